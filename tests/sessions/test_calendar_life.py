"""The life of a booked calendar as a state machine: whatever people do in whatever order, every course stays sound.

LIFE_RUNS says how many lives are lived: 3 here, 1,000 in the nightly run (LIFE_RUNS=1000).
"""

import datetime as dt
import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.rules.findings import Refused
from sessions.actions.booking import book
from sessions.actions.deviations import sign_deviation
from sessions.actions.events import cancel, record_missed
from sessions.actions.planning import propose
from sessions.actions.repairing import Overtaken, commit_repair, propose_repair
from sessions.actions.undoing import fresh_changes, undo
from sessions.models import Leave, Rearrangement, Visit, VisitEvent
from sessions.rules.events import CalledOff, Moved, PersonAway
from sessions.rules.planning import Wish
from tests.factories import PASSWORD
from tests.sessions.test_booking import AS_OF, MONDAY, another_course, doubly_booked, open_hours

RUNS = int(os.environ.get("LIFE_RUNS", "3"))
STEPS = int(os.environ.get("LIFE_STEPS", "8"))


class Life(RuleBasedStateMachine):
    """Two courses with one pair and a colleague. The clock only goes forward."""

    cast: dict = {}

    def __init__(self):
        super().__init__()
        from django.db import transaction

        self.now = AS_OF
        self.whole = transaction.atomic()
        self.whole.__enter__()

    def teardown(self):
        from django.db import transaction

        transaction.set_rollback(True)
        self.whole.__exit__(None, None, None)

    @initialize()
    def booked(self):
        self.by, self.clinic = self.cast["coordinator"], self.cast["clinic"]
        pair = (str(self.cast["lead"].pk), str(self.cast["second"].pk))
        self.wish = Wish(MONDAY, MONDAY + dt.timedelta(days=60), pair)
        for course in self.cast["courses"]:
            plan = propose(course, wish=self.wish, as_of=self.now).plan
            book(course, plan=plan, wish=self.wish, by=self.by, at=self.now)

    def ahead(self, course, place):
        rows = course.visits.filter(state="planned", starts_at__gt=self.now).order_by("starts_at", "pk")
        rows = list(rows)
        return rows[place % len(rows)] if rows else None

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

    courses = st.integers(0, 1)
    places = st.integers(0, 30)

    @rule(which=courses, place=places, days=st.integers(-3, 5), hours=st.integers(-3, 3))
    def move(self, which, place, days, hours):
        if visit := self.ahead(self.cast["courses"][which], place):
            to = visit.starts_at + dt.timedelta(days=days, hours=hours)
            self.commit(Moved(str(visit.course_id), visit.code, to))

    @rule(which=courses, place=places, again=st.booleans())
    def call_off(self, which, place, again):
        visit = self.ahead(self.cast["courses"][which], place)
        if visit is None:
            return
        if again:
            called_off = (VisitEvent.Kind.CANCELLED, visit.version)
            self.commit(CalledOff(str(visit.course_id), visit.code), called_off=called_off)
        else:
            cancel(visit, reason="Flu", version=visit.version, by=self.by, at=self.now)

    @rule(first=st.integers(1, 90), days=st.integers(1, 10), who=st.sampled_from(["lead", "second"]))
    def away(self, first, days, who):
        day = self.now.date() + dt.timedelta(days=first)
        event = PersonAway(str(self.cast[who].pk), day, day + dt.timedelta(days=days - 1), "away")
        self.commit(event, enter=True)

    @rule(which=courses)
    def no_show(self, which):
        """Time passes to the end of the next visit, and nobody came."""
        if visit := self.ahead(self.cast["courses"][which], 0):
            self.now = visit.ends_at
            Visit.objects.filter(state="planned", ends_at__lt=self.now).exclude(pk=visit.pk).update(state="done")
            record_missed(visit, reason="No sign", version=visit.version, by=self.by, at=self.now)

    @rule(which=courses, code=st.sampled_from(["I1.2", "I2.2", "I3.2"]))
    def deviate(self, which, code):
        sign_deviation(
            self.cast["courses"][which],
            code=code,
            earliest=5,
            latest=16,
            reason="The pair is away.",
            password=PASSWORD,
            by=self.cast["lead"],
            at=self.now,
        )

    @precondition(lambda self: fresh_changes(self.clinic.pk, at=self.now))
    @rule(place=places)
    def take_back(self, place):
        changes = [c for c in fresh_changes(self.clinic.pk, at=self.now) if c.kind != Rearrangement.Kind.BOOKED]
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
    def every_visit_holds_where_it_stands(self):
        """The checker finds nothing, except visits that an undone leave or a called-off anchor left for somebody to see."""
        from sessions.actions.repairing import _standings
        from sessions.rules.checking import troubles

        chosen = {str(course.pk): type(course).objects.get(pk=course.pk) for course in self.cast["courses"]}
        for standing in _standings(chosen, None, self.now):
            found = {
                code: [finding.sentence for finding in findings]
                for code, findings in troubles(standing.request).items()
            }
            assert found == {}

    @invariant()
    def a_planned_visit_has_its_patient_and_a_visit_that_is_off_has_nobody(self):
        for visit in Visit.objects.filter(course__in=self.cast["courses"]).prefetch_related("allocations"):
            taken = [row for row in visit.allocations.all() if row.active]
            if visit.state in ("cancelled", "missed"):
                assert taken == []
            if visit.state == "planned":
                assert [row.patient_id for row in taken if row.patient_id] == [visit.course.patient_id]

    @invariant()
    def nobody_treats_while_they_are_away(self):
        zone = self.clinic.zone
        for leave in Leave.objects.select_related("membership"):
            rows = Visit.objects.filter(
                state="planned",
                allocations__active=True,
                allocations__therapist=leave.membership.user_id,
                starts_at__gt=self.now,
            )
            for visit in rows:
                assert not leave.starts_on <= visit.starts_at.astimezone(zone).date() <= leave.ends_on


@pytest.mark.django_db
def test_every_course_stays_sound_whatever_people_do(
    course, clinic, lead, second, other_therapist, physician, rater, coordinator
):
    open_hours(clinic)
    Life.cast = {
        "clinic": clinic,
        "lead": lead,
        "second": second,
        "coordinator": coordinator,
        "courses": [course, another_course(clinic, lead, second)],
    }
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=RUNS < 10,
            suppress_health_check=list(HealthCheck),
        ),
    )
