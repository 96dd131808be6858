"""What a clinic has to plan with, from the database to the plan: nights, preferences, priority, hours."""

import datetime as dt
import importlib
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from accounts.actions.audit import name_actor
from accounts.rules.findings import Refused
from sessions.actions.booking import book
from sessions.actions.events import cancel
from sessions.actions.gatherings import gather
from sessions.actions.office import record_leave
from sessions.actions.planning import propose, request_for
from sessions.actions.repairing import propose_repair
from sessions.actions.undoing import undo
from sessions.models import Allocation, Preference, Rearrangement, Visit, WorkingTime
from sessions.rules.events import PersonAway
from sessions.rules.planning import Wish
from tests.cast import member
from tests.factories import VisitFactory, WorkingTimeFactory
from tests.sessions.test_booking import AS_OF, MONDAY, another_course, open_hours

SOON = MONDAY + dt.timedelta(days=40)


@pytest.fixture
def clinic_open(course, other_therapist):
    open_hours(course.clinic)
    return course.clinic


@pytest.fixture
def nia(clinic_open):
    """Stays the night after Mondays, Wednesdays and Fridays."""
    user = member(clinic_open, "nia", "Nia Fictional", "night_attendant")
    user.memberships.update(nights=[0, 2, 4])
    return user


@pytest.fixture
def wish(lead, second):
    return Wish(MONDAY, SOON, (str(lead.pk), str(second.pk)))


def booked(course, wish, by):
    proposal = propose(course, wish=wish, as_of=AS_OF)
    assert proposal.plan is not None, [finding.sentence for finding in proposal.findings]
    return book(course, plan=proposal.plan, wish=wish, by=by, at=AS_OF)


def test_a_dosing_day_is_booked_with_who_stays_the_night(course, wish, nia, coordinator):
    visits = booked(course, wish, coordinator)
    nights = [visit for visit in visits if visit.night_attendant_id]
    assert [visit.code for visit in nights] == ["D1", "D2", "D3"]
    assert {visit.night_attendant for visit in nights} == {nia}
    assert {visit.starts_at.weekday() for visit in nights} <= {0, 2, 4}


def test_nobody_stays_with_two_patients_in_one_night(course, wish, nia, clinic, lead, other_therapist, coordinator):
    first = booked(course, wish, coordinator)
    other = another_course(clinic, lead, other_therapist)
    second = booked(other, Wish(MONDAY, SOON), coordinator)
    nights = [visit.starts_at.date() for visit in (*first, *second) if visit.night_attendant_id]
    assert len(nights) == len(set(nights)) == 6


def nights_of(user):
    """The nights for which somebody is taken, by the clinic's wall."""
    rows = Allocation.objects.filter(stays=user, active=True).order_by("during")
    zone = ZoneInfo("Europe/London")
    return [tuple(f"{at.astimezone(zone):%d.%m. %H:%M}" for at in (row.during.lower, row.during.upper)) for row in rows]


def test_who_stays_is_taken_for_the_night_until_it_is_given_up_and_again_when_that_is_taken_back(
    course, wish, nia, coordinator
):
    visits = booked(course, wish, coordinator)
    days = [visit.starts_at.date() for visit in visits if visit.code in ("D1", "D2", "D3")]
    closes, opens = (f"{clock:%H:%M}" for clock in (course.clinic.closes_at, course.clinic.opens_at))
    taken = [(f"{day:%d.%m.} {closes}", f"{day + dt.timedelta(days=1):%d.%m.} {opens}") for day in days]
    assert nights_of(nia) == taken
    first = course.visits.get(code="D1")
    cancel(first, reason="Flu", version=first.version, by=coordinator, at=AS_OF)
    assert nights_of(nia) == taken[1:]
    undo(Rearrangement.objects.latest("pk"), by=coordinator, at=AS_OF)
    assert nights_of(nia) == taken
    assert course.visits.get(code="D1").therapists != []
    assert nia not in course.visits.get(code="D1").therapists


def test_nights_that_were_booked_before_are_taken_by_the_migration_where_nobody_is_in_them(
    course, wish, nia, coordinator
):
    visits = booked(course, wish, coordinator)
    taken = nights_of(nia)
    Allocation.objects.filter(stays=nia).delete()
    dosing = next(visit for visit in visits if visit.code == "D2")
    evening = dosing.starts_at + dt.timedelta(hours=14)
    elsewhere = Allocation.objects.create(
        visit=visits[0], therapist=nia, during=(evening, evening + dt.timedelta(hours=1))
    )
    migration = importlib.import_module("sessions.migrations.0013_nights_that_are_booked")
    name_actor("")  # as where `migrate` runs: nobody is named, and whatever is written must say who does it
    with time_machine.travel(AS_OF):
        migration.take_the_nights_ahead(apps, None)
    assert nights_of(nia) == [taken[0], taken[2]]
    assert Allocation.objects.filter(pk=elsewhere.pk, active=True).exists()


def test_a_supervision_is_not_booked_into_somebodys_night(course, wish, nia, second, coordinator):
    booked(course, wish, coordinator)
    night = Allocation.objects.filter(stays=nia).earliest("during").during
    people = {"kind": "supervision", "minutes": 60, "room": None, "therapists": [nia, second]}
    with pytest.raises(Refused) as refusal:
        gather(course.clinic, starts_at=night.lower, by=coordinator, at=AS_OF, **people)
    assert [finding.sentence.split(" is taken")[0] for finding in refusal.value.findings] == ["Nia Fictional"]
    Allocation.objects.filter(stays=nia).update(active=False)  # the control
    gather(course.clinic, starts_at=night.lower, by=coordinator, at=AS_OF, **people)


def test_the_database_keeps_a_night_to_one_patient(course, nia, clinic, lead, second):
    at = dt.datetime(2026, 12, 7, 9, tzinfo=dt.UTC)
    day = {"kind": "dosing", "starts_at": at, "ends_at": at + dt.timedelta(hours=8), "night_attendant": nia}
    VisitFactory(course=course, code="D1", **day)
    other = another_course(clinic, lead, second)
    with pytest.raises(IntegrityError, match="one_patient_a_night"), transaction.atomic():
        VisitFactory(course=other, code="D1", **day)
    with connection.cursor() as cursor:  # the negative control: without the constraint nothing stops it
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE therapy_sessions_visit DROP CONSTRAINT one_patient_a_night")
    VisitFactory(course=other, code="D1", **day)
    assert Visit.objects.filter(night_attendant=nia).count() == 2


def test_a_night_that_lost_its_attendant_is_found_and_taken_back_with_the_rest(course, wish, nia, clinic, coordinator):
    booked(course, wish, coordinator)
    nia.memberships.update(nights=[])
    nils = member(clinic, "nils", "Nils Fictional", "night_attendant")
    nils.memberships.update(nights=list(range(7)))
    mended = propose_repair(clinic, courses=[course], as_of=AS_OF + dt.timedelta(hours=1)).repair.courses[0]
    assert {appointment.night for appointment in mended.plan.appointments} == {None, str(nils.pk)}
    change = Rearrangement.objects.get()
    undo(change, by=coordinator, reason="", at=AS_OF + dt.timedelta(minutes=5))
    assert {row.before["night"] for row in change.changes.all() if row.before} <= {nia.pk, None}
    assert not course.visits.standing().exists()


def test_an_attendant_who_is_away_touches_the_dosing_days_before_their_nights(course, wish, nia, clinic, coordinator):
    days = {visit.code: visit.starts_at.date() for visit in booked(course, wish, coordinator)}
    leave, touched = record_leave(
        nia.memberships.get(), starts_on=days["D1"], ends_on=days["D1"], note="", by=coordinator, at=AS_OF
    )
    assert [visit.code for visit in touched] == ["D1"]
    leave.delete()
    nils = member(clinic, "nils", "Nils Fictional", "night_attendant")
    nils.memberships.update(nights=list(range(7)))
    event = PersonAway(str(nia.pk), days["D1"], days["D1"], "ill")
    mended = propose_repair(clinic, event=event, as_of=AS_OF).repair.courses[0].plan
    assert {a.code: a.night for a in mended.appointments if a.night} == {
        "D1": str(nils.pk),
        "D2": str(nia.pk),
        "D3": str(nia.pk),
    }


def test_what_a_patient_must_have_decides_who_may_treat(course, clinic_open, lead, second, other_therapist):
    for user, trait in ((lead, "woman"), (second, "man"), (other_therapist, "woman")):
        user.memberships.update(traits=[trait])
    Preference.objects.create(course=course, of="both", trait="woman", must=True)
    request = request_for(course, wish=Wish(MONDAY, SOON), as_of=AS_OF)
    assert [set(pair) for pair in request.pairs] == [{str(lead.pk), str(other_therapist.pk)}]
    assert request.left_out == {"both therapists: woman": 2}
    named = propose(course, wish=Wish(MONDAY, SOON, (str(lead.pk), str(second.pk))), as_of=AS_OF)
    assert [finding.code for finding in named.findings] == ["preference"]


def test_a_wish_for_a_person_is_counted_and_a_course_under_way_keeps_its_pair(
    course, clinic_open, lead, second, other_therapist, wish, coordinator
):
    booked(course, wish, coordinator)
    Preference.objects.create(course=course, of="neither", person=second, must=True)
    Preference.objects.create(course=course, of="one", person=other_therapist)
    fresh = request_for(course, wish=Wish(MONDAY, SOON), as_of=AS_OF)
    assert all(str(second.pk) not in pair for pair in fresh.pairs)
    assert fresh.misses == {}
    mending = Wish(MONDAY, SOON, wish.pair, mend=True)
    assert request_for(course, wish=mending, as_of=AS_OF).pairs == (wish.pair,)


def test_a_preference_is_about_a_trait_or_a_person_and_asked_once(course, lead):
    Preference.objects.create(course=course, of="one", trait="woman")
    for wrong in ({"trait": "woman", "of": "both"}, {"of": "one"}, {"of": "one", "trait": "man", "person": lead}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Preference.objects.create(course=course, **wrong)


def test_a_courses_priority_reaches_the_planner(course, clinic_open):
    type(course).objects.filter(pk=course.pk).update(priority=4)
    course.refresh_from_db()
    assert request_for(course, wish=Wish(MONDAY, SOON), as_of=AS_OF).priority == 4


def test_working_hours_of_a_day_do_not_overlap(lead):
    row = WorkingTimeFactory(membership=lead.memberships.get(), starts=dt.time(8), ends=dt.time(12))
    WorkingTimeFactory(membership=row.membership, starts=dt.time(12), ends=dt.time(16))
    WorkingTimeFactory(membership=row.membership, weekday=1, starts=dt.time(8), ends=dt.time(12))
    with pytest.raises(IntegrityError, match="working_times_do_not_overlap"), transaction.atomic():
        WorkingTimeFactory(membership=row.membership, starts=dt.time(11), ends=dt.time(13))
    assert WorkingTime.objects.count() == 3
