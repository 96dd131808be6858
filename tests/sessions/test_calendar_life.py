"""The life of a booked calendar as a state machine: whatever people do in whatever order, every course stays sound.

What is sound is said by the checker that shares no code with the planner, on the calendar as the database has it.
LIFE_RUNS says how many lives are lived: 24 here, 1,000 in the nightly run (LIFE_RUNS=1000); LIFE_SEED draws others.
"""

import datetime as dt
import os

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from accounts.rules.findings import Refused
from sessions.actions.booking import book
from sessions.actions.deviations import sign_deviation
from sessions.actions.events import cancel, record_late_start, record_missed
from sessions.actions.planning import propose
from sessions.actions.repairing import Overtaken, commit_repair, propose_repair
from sessions.actions.standing import inspect_calendar
from sessions.actions.undoing import fresh_changes, undo
from sessions.models import BusyTime, Rearrangement, RoomClosure, Visit, VisitEvent
from sessions.rules.events import CalledOff, ClinicClosed, Lengthened, Moved, PersonAway, RoomAway
from sessions.rules.planning import Wish
from tests.factories import PASSWORD
from tests.sessions.test_booking import AS_OF, MONDAY, another_course, doubly_booked, open_hours

RUNS = int(os.environ.get("LIFE_RUNS", "24"))
STEPS = int(os.environ.get("LIFE_STEPS", "10"))
PARTS = 4  # for as many processors
DAY = dt.timedelta(days=1)
SEED = int(os.environ.get("LIFE_SEED", "1"))


class Life(RuleBasedStateMachine):
    """Two courses with one pair and two colleagues. The clock only goes forward."""

    cast: dict = {}

    def __init__(self):
        super().__init__()
        self.now = AS_OF
        self.by, self.clinic, self.courses = (self.cast[name] for name in ("coordinator", "clinic", "courses"))
        self.whole = transaction.atomic()
        self.whole.__enter__()

    def teardown(self):
        transaction.set_rollback(True)
        self.whole.__exit__(None, None, None)

    def ahead(self, course, place):
        rows = course.visits.filter(state="planned", starts_at__gt=self.now).order_by("starts_at", "pk")
        rows = list(rows)
        return rows[place % len(rows)] if rows else None

    def days(self, first, days):
        """So many days, from so many days ahead."""
        day = self.now.date() + dt.timedelta(days=first)
        return day, day + dt.timedelta(days=days - 1)

    def commit(self, event, **more):
        """What a coordinator sees and accepts; a repair that finds no way is discarded."""
        try:
            found = propose_repair(self.clinic, event=event, as_of=self.now)
            if found.repair.is_whole and found.repair.courses:
                shown = found.repair.fingerprint
                commit_repair(self.clinic, event=event, shown=shown, reason="Told", by=self.by, at=self.now, **more)
                return True
        except (Refused, Overtaken):
            return False
        return False

    which = st.integers(0, 1)
    places = st.integers(0, 30)

    @rule(which=which, place=places, days=st.integers(-3, 5), hours=st.integers(-3, 3))
    def move(self, which, place, days, hours):
        if visit := self.ahead(self.courses[which], place):
            to = visit.starts_at + dt.timedelta(days=days, hours=hours)
            self.commit(Moved(str(visit.course_id), visit.code, to))

    @rule(which=which, place=places, again=st.booleans())
    def call_off(self, which, place, again):
        visit = self.ahead(self.courses[which], place)
        if visit is None:
            return
        if again:
            called_off = (VisitEvent.Kind.CANCELLED, visit.version)
            self.commit(CalledOff(str(visit.course_id), visit.code), called_off=called_off)
        else:
            cancel(visit, reason="Flu", version=visit.version, by=self.by, at=self.now)

    @rule(first=st.integers(1, 90), days=st.integers(1, 10), who=st.sampled_from(["lead", "second"]))
    def away(self, first, days, who):
        self.commit(PersonAway(str(self.cast[who].pk), *self.days(first, days), "away"), enter=True)

    @rule(first=st.integers(1, 90), days=st.integers(1, 10), place=st.integers(0, 3))
    def room_away(self, first, days, place):
        room = self.clinic.rooms.order_by("pk")[place]
        self.commit(RoomAway(str(room.pk), *self.days(first, days), "painted"), enter=True)

    @rule(first=st.integers(1, 90), days=st.integers(1, 2))
    def closed(self, first, days):
        self.commit(ClinicClosed(*self.days(first, days), "snow"), enter=True)

    @rule(which=which, place=places, minutes=st.sampled_from([60, 75, 120]))
    def lengthen(self, which, place, minutes):
        if visit := self.ahead(self.courses[which], place):
            self.commit(Lengthened(str(visit.course_id), visit.code, minutes))

    @rule(which=which)
    def no_show(self, which):
        """Time passes to the end of the next visit, and nobody came."""
        if visit := self.ahead(self.courses[which], 0):
            self.now = visit.ends_at
            Visit.objects.filter(state="planned", ends_at__lt=self.now).exclude(pk=visit.pk).update(state="done")
            record_missed(visit, reason="No sign", version=visit.version, by=self.by, at=self.now)

    @rule(which=which, minutes=st.integers(1, 30))
    def late_start(self, which, minutes):
        """Time passes to the end of the next visit, which began late."""
        if visit := self.ahead(self.courses[which], 0):
            self.now = visit.ends_at
            record_late_start(visit, minutes=minutes, reason="Traffic", by=self.by, at=self.now)
            Visit.objects.filter(state="planned", ends_at__lte=self.now).update(state="done")

    @rule(which=which, code=st.sampled_from(["I1.2", "I2.2", "I3.2"]))
    def deviate(self, which, code):
        sign_deviation(
            self.courses[which],
            code=code,
            earliest=5,
            latest=16,
            reason="The pair is away.",
            password=PASSWORD,
            by=self.cast["lead"],
            at=self.now,
        )

    @precondition(lambda self: fresh_changes(self.clinic, at=self.now))
    @rule(place=places)
    def take_back(self, place):
        changes = [c for c in fresh_changes(self.clinic, at=self.now) if c.kind != Rearrangement.Kind.BOOKED]
        if changes:
            try:
                undo(changes[place % len(changes)], by=self.by, at=self.now)
            except Refused as refused:
                assert refused.findings

    @rule(days=st.integers(1, 20))
    def time_passes(self, days):
        self.now += dt.timedelta(days=days)
        Visit.objects.filter(state="planned", ends_at__lt=self.now).update(state="done")

    @invariant()
    def nobody_is_in_two_places(self):
        assert doubly_booked() == 0

    @invariant()
    def the_checker_finds_nothing(self):
        assert [violation.sentence for violation in inspect_calendar(self.clinic, as_of=self.now)] == []

    @invariant()
    def a_planned_visit_has_its_patient_and_a_visit_that_is_off_has_nobody(self):
        for visit in Visit.objects.filter(course__in=self.courses).prefetch_related("allocations"):
            taken = [row for row in visit.allocations.all() if row.active]
            if visit.state in ("cancelled", "missed"):
                assert taken == []
            if visit.state == "planned":
                assert [row.patient_id for row in taken if row.patient_id] == [visit.course.patient_id]


@pytest.fixture
def booked(course, clinic, lead, second, other_therapist, physician, rater, coordinator):
    """Two courses of one pair, booked."""
    open_hours(clinic)
    courses = [course, another_course(clinic, lead, second)]
    wish = Wish(MONDAY, MONDAY + dt.timedelta(days=60), (str(lead.pk), str(second.pk)))
    for row in courses:
        book(row, plan=propose(row, wish=wish, as_of=AS_OF).plan, wish=wish, by=coordinator, at=AS_OF)
    return {"clinic": clinic, "lead": lead, "second": second, "coordinator": coordinator, "courses": courses}


@pytest.mark.django_db
@pytest.mark.parametrize("part", range(PARTS))
def test_every_course_stays_sound_whatever_people_do(booked, part):
    Life.cast = booked
    run_state_machine_as_test(
        seed(PARTS * SEED + part)(Life),
        settings=settings(
            max_examples=RUNS // PARTS,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            phases=(Phase.generate,),  # a few steps are read as they are; to look for fewer takes longer than the lives
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.django_db
def test_the_checker_sees_what_is_put_into_the_calendar_behind_everybodys_back(booked):
    """The negative control: the calendar is read whole, so what is wrong in it is found."""
    clinic, (course, _) = booked["clinic"], booked["courses"]
    assert inspect_calendar(clinic, as_of=AS_OF) == []
    visit = course.visits.get(code="F1")
    Visit.objects.filter(pk=visit.pk).update(starts_at=visit.starts_at + 70 * DAY, ends_at=visit.ends_at + 70 * DAY)
    booked["lead"].memberships.get().leave.create(starts_on=MONDAY, ends_on=MONDAY + 400 * DAY)
    BusyTime.objects.create(
        membership=booked["second"].memberships.get(), during=(AS_OF, AS_OF + dt.timedelta(days=400))
    )
    RoomClosure.objects.create(room=course.visits.get(code="D1").room, starts_on=MONDAY, ends_on=MONDAY + 400 * DAY)
    found = {violation.rule for violation in inspect_calendar(clinic, as_of=AS_OF)}
    assert found == {"window", "leave", "double booking", "room booked"}
