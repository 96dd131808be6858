"""Intake: the patient, contacts, medicines, the course, its approvals and its care team."""

import datetime as dt

from mdmaat.development.demo.cases import Case
from mdmaat.development.demo.people import House
from patients.actions.care import NewApproval, assign_team, open_course
from patients.actions.patients import NewContact, add_medicine, take_in
from patients.models import Course, Patient, ProtocolVersion


def at_nine(house: House, day: dt.date, hour: int = 9) -> dt.datetime:
    """A moment of a day in the clinic's wall time."""
    return dt.datetime.combine(day, dt.time(hour), house.clinic.zone)


def opened_on(house: House, case: Case) -> dt.date:
    """Screening takes a few weeks before the first preparation; who has no course yet came lately."""
    if case.stage in ("treated", "less_touch", "at_risk", "dosing_today", "completed", "withdrawn"):
        begun = case.begun if case.stage != "dosing_today" else -30
        return house.today + dt.timedelta(days=begun - 35)
    if case.stage == "washout":
        return house.today - dt.timedelta(days=45)
    return house.today - dt.timedelta(days=4 + case.number * 3)


def take_in_case(house: House, case: Case, protocol: ProtocolVersion) -> Course:
    day = opened_on(house, case)
    at, by = at_nine(house, day), house.staff["coordinator"]
    given, family = case.name
    patient = take_in(
        house.clinic,
        details={
            "given_name": given,
            "family_name": family,
            "date_of_birth": case.born,
            "sex": case.sex,
            "phone": f"020 7946 0{200 + case.number}",
            "email": f"{given.lower()}.{case.number}@patient.example",
            "reminder_channel": "email" if case.number % 4 else "none",
        },
        contacts=[
            NewContact("emergency", f"Robin {family}", f"020 7946 0{300 + case.number}", "partner"),
            NewContact("ride_home", f"Jay {family}", f"020 7946 0{400 + case.number}", "friend"),
        ],
        by=by,
        at=at,
    )
    _medicines(house, case, patient, day)
    course = open_course(
        patient,
        protocol=protocol,
        indication=case.indication,
        access_route="trial" if case.number % 3 else "expanded_access",
        approvals=[
            NewApproval(
                "ethics", "Fictional Research Ethics Committee", f"FREC-{2000 + case.number}", day, _in(day, 540)
            ),
            NewApproval("regulator", "Fictional Medicines Authority", f"FMA-{700 + case.number}", day, _in(day, 400)),
            NewApproval("sponsor", "Fictional Sponsor Foundation", f"FSF-{40 + case.number}", day, _in(day, 400)),
        ],
        by=by,
        at=at,
        on=day,
    )
    if case.stage not in ("intake", "long_qt", "psychosis"):
        lead, second = house.pairs[case.number % len(house.pairs)]
        people = {
            **{"lead": lead, "second": second},
            **{"physician": house.staff["physician"], "rater": house.staff["rater"]},
        }
        members = {duty: user.memberships.get() for duty, user in people.items()}
        assign_team(course, members=members, by=by, at=at, on=day)
    return course


def _medicines(house: House, case: Case, patient: Patient, day: dt.date) -> None:
    by, at = house.staff["coordinator"], at_nine(house, day)
    if case.stage == "washout":
        add_medicine(
            patient,
            name="Fluoxetine",
            dose="20 mg",
            started_on=_in(day, -700),
            prescriber="Dr A. N. Other",
            by=by,
            at=at,
        )
    elif case.number % 3 == 0:
        add_medicine(
            patient,
            name="Sertraline",
            dose="100 mg",
            started_on=_in(day, -900),
            ongoing=False,
            last_dose_on=_in(day, -60),
            prescriber="Dr A. N. Other",
            by=by,
            at=at,
        )
    if case.number % 4 == 1:
        add_medicine(patient, name="Ibuprofen", dose="400 mg", regular=False, by=by, at=at)


def _in(day: dt.date, days: int) -> dt.date:
    return day + dt.timedelta(days=days)
