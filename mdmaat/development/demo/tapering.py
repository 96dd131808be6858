"""One course in which a medicine runs out: the prescriber's plan, the last dose, and the checks of every week but this one."""

import datetime as dt

from mdmaat.development.demo.cases import Case
from mdmaat.development.demo.intake import at_nine
from mdmaat.development.demo.people import House
from patients.actions.patients import change_medicine
from patients.models import Course
from screening.actions.tapering import check_well_being, record_taper
from screening.rules.tapering import Step

# Days from today: the steps, the last dose, and the checks with (overall, sleep, mood).
STEPS = ((-38, "20 mg every other day"), (-28, "20 mg every third day"))
LAST_DOSE = -20
CHECKS = {-31: (4, 3, 4), -24: (3, 2, 3), -17: (3, 3, 3), -10: (4, 3, 4)}


def taper(house: House, case: Case, course: Course) -> None:
    medicine = course.patient.medicines.get(name="Fluoxetine")
    physician, (lead, _) = house.staff["physician"], house.pairs[case.number % len(house.pairs)]
    record_taper(
        course,
        medicine=medicine,
        prescriber="Dr A. N. Other",
        steps=[Step(_day(house, days), dose) for days, dose in STEPS],
        last_dose_on=_day(house, LAST_DOSE),
        note="Told by the general practice on the telephone.",
        by=physician,
        at=at_nine(house, _day(house, STEPS[0][0] - 1)),
    )
    stopped = {"ongoing": False, "last_dose_on": _day(house, LAST_DOSE)}
    at = at_nine(house, _day(house, LAST_DOSE))
    change_medicine(medicine, version=medicine.version, **stopped, by=physician, at=at)
    for days, (how, sleep, mood) in CHECKS.items():
        check_well_being(
            course,
            taken_on=_day(house, days),
            how=how,
            sleep=sleep,
            mood=mood,
            suicidal=False,
            by=lead,
            at=at_nine(house, _day(house, days), 16),
        )


def _day(house: House, days: int) -> dt.date:
    return house.today + dt.timedelta(days=days)
