"""T4: two people change the calendar at the same moment, on two connections; exactly one of them wins.

RACE_TRIALS says how often each shape is tried: 60 here, 10,000 in the nightly run (RACE_TRIALS=10000).
"""

import datetime as dt
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction

from accounts.actions.audit import acting
from accounts.rules.findings import Refused
from sessions.actions.booking import book, refusals_to_change
from sessions.actions.planning import propose, request_for
from sessions.actions.repairing import Overtaken, commit_repair, propose_repair
from sessions.actions.undoing import undo
from sessions.actions.writing import Planned, write
from sessions.models import Allocation, Leave, Rearrangement, Room, Visit
from sessions.rules.events import PersonAway
from sessions.rules.planning import Appointment, Duty, Plan, Wish
from tests.factories import CourseFactory, PatientFactory
from tests.sessions.test_booking import AS_OF, MONDAY, another_course, doubly_booked, open_hours

pytestmark = pytest.mark.django_db(transaction=True)
TRIALS = int(os.environ.get("RACE_TRIALS", "60"))
BASE = dt.datetime(2027, 1, 4, 9, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
DROP = "ALTER TABLE therapy_sessions_allocation DROP CONSTRAINT one_place_at_a_time"
ADD = (
    "ALTER TABLE therapy_sessions_allocation ADD CONSTRAINT one_place_at_a_time"
    " EXCLUDE USING gist (resource WITH =, during WITH &&) WHERE (active)"
)


class Ring:
    """Two courses of one clinic, two therapists and a room; every trial begins where the last one began."""

    def __init__(self, course, other, lead, second, room, by):
        self.one, self.two, self.lead, self.second, self.room, self.by = course, other, lead, second, room, by
        self.clinic = course.clinic
        day = course.opened_on
        wish = Wish(day, day, (str(lead.pk), str(second.pk)), mend=True)
        self.requests = {row.pk: request_for(row, wish=wish, as_of=AS_OF) for row in (course, other)}
        self.gate = threading.Barrier(2)
        self.threads = ThreadPoolExecutor(2)

    def close(self):
        for _ in range(2):
            self.threads.submit(self._leave)
        self.threads.shutdown()

    def _leave(self):
        self.gate.wait(10)
        connections.close_all()

    def placed(self, course, *places):
        """Write these visits of a course: (code, start, therapist or None, room or None)."""
        appointments = tuple(
            Appointment(
                code,
                start,
                start + HOUR,
                ((Duty.LEAD, str(who.pk)),) if who else (),
                str(room.pk) if room else None,
            )
            for code, start, who, room in places
        )
        plan = Plan((str(self.lead.pk), str(self.second.pk)), appointments, 0)
        planned = Planned(course, plan, self.requests[course.pk], {})
        kind = Rearrangement.Kind.REPAIRED
        change, _ = write(self.clinic, [planned], kind=kind, reason="", by=self.by, at=AS_OF)
        return change

    def moved(self, visit, version, to):
        """What the page does: the version that was shown, then the move."""
        with transaction.atomic():
            row = Visit.objects.select_for_update().get(pk=visit.pk)
            if reasons := refusals_to_change(row, version=version):
                raise Refused(reasons)
            return self.placed(visit.course, (visit.code, to, self.lead, None))

    def duel(self, *actions):
        """Both at the same moment; what each came to."""

        def run(action):
            self.gate.wait(10)
            try:
                with acting(process="race"):
                    return action()
            except (Refused, Overtaken) as lost:
                return lost

        return [future.result(30) for future in [self.threads.submit(run, action) for action in actions]]

    def clear(self):
        Allocation.objects.filter(active=True).update(active=False)
        Visit.objects.filter(state="planned").update(state="cancelled")


@pytest.fixture
def ring(course, clinic, lead, second, coordinator):
    other = CourseFactory(patient=PatientFactory(clinic=clinic))
    room = Room.objects.create(clinic=clinic, name="Quiet", kind="consulting", turnover_minutes=15)
    ring = Ring(course, other, lead, second, room, coordinator)
    yield ring
    ring.close()


def therapist(ring, at):
    return (
        lambda: ring.placed(ring.one, ("P1", at, ring.lead, None)),
        lambda: ring.placed(ring.two, ("P1", at + HOUR / 2, ring.lead, None)),
    )


def room(ring, at):
    return (
        lambda: ring.placed(ring.one, ("P1", at, ring.lead, ring.room)),
        # It begins when the first one ends: the turnover is in the way.
        lambda: ring.placed(ring.two, ("P1", at + HOUR, ring.second, ring.room)),
    )


def patient(ring, at):
    return (
        lambda: ring.placed(ring.one, ("P1", at, ring.lead, None)),
        lambda: ring.placed(ring.one, ("P2", at + HOUR / 2, ring.second, None)),
    )


def same_visit(ring, at):
    ring.placed(ring.one, ("P1", at, ring.lead, None))
    visit = ring.one.visits.get(code="P1", state="planned")
    return (
        lambda: ring.moved(visit, 1, at + 2 * HOUR),
        lambda: ring.moved(visit, 1, at + 4 * HOUR),
    )


def book_and_move(ring, at):
    ring.placed(ring.two, ("P1", at + 4 * HOUR, ring.lead, None))
    visit = ring.two.visits.get(code="P1", state="planned")
    return (
        lambda: ring.placed(ring.one, ("P1", at, ring.lead, None)),
        lambda: ring.moved(visit, 1, at + HOUR / 2),
    )


def course_and_visit(ring, at):
    days = [("P1", 0), ("P2", 1), ("P3", 2), ("D1", 3), ("I1.1", 4)]
    whole = [(code, at + dt.timedelta(days=n), ring.lead, ring.room) for code, n in days]
    return (
        lambda: ring.placed(ring.one, *whole),
        lambda: ring.placed(ring.two, ("P1", at + dt.timedelta(days=3), ring.lead, None)),
    )


def undo_and_move(ring, at):
    ring.placed(ring.one, ("P1", at, ring.lead, None))
    change = ring.placed(ring.one, ("P1", at + 2 * HOUR, ring.lead, None))
    visit = ring.one.visits.get(code="P1", state="planned")
    return (
        lambda: undo(change, by=ring.by, at=AS_OF),
        lambda: ring.moved(visit, 2, at + 4 * HOUR),
    )


BY_CONSTRAINT = (therapist, room, patient, book_and_move, course_and_visit)
BY_VERSION = (same_visit, undo_and_move)


def winners(results):
    return sum(not isinstance(result, Refused | Overtaken) for result in results)


@pytest.mark.parametrize("shape", [*BY_CONSTRAINT, *BY_VERSION], ids=lambda shape: shape.__name__)
def test_exactly_one_wins(ring, shape):
    tally = {0: 0, 1: 0, 2: 0}
    for trial in range(TRIALS):
        tally[winners(ring.duel(*shape(ring, BASE + trial * dt.timedelta(days=7))))] += 1
        assert doubly_booked() == 0
        ring.clear()
    assert tally == {0: 0, 1: TRIALS, 2: 0}


def test_the_loser_reads_who_was_faster(ring):
    results = ring.duel(*therapist(ring, BASE))
    (lost,) = [result for result in results if isinstance(result, Refused)]
    assert [finding.code for finding in lost.findings] == ["taken", "calendar_changed"]
    assert "Ada Fictional was booked" in lost.findings[0].sentence


def test_neighbours_in_time_both_win(ring):
    for trial in range(10):
        at = BASE + trial * dt.timedelta(days=7)
        results = ring.duel(
            lambda at=at: ring.placed(ring.one, ("P1", at, ring.lead, None)),
            lambda at=at: ring.placed(ring.two, ("P1", at + HOUR, ring.lead, None)),
        )
        assert winners(results) == 2
        ring.clear()


@pytest.mark.parametrize("shape", BY_CONSTRAINT, ids=lambda shape: shape.__name__)
def test_without_the_constraint_both_win(ring, shape):
    """The negative control: what the tests above prove is the constraint."""
    with connection.cursor() as cursor:
        cursor.execute(DROP)
    try:
        both = 0
        for trial in range(20):
            both += winners(ring.duel(*shape(ring, BASE + trial * dt.timedelta(days=7)))) == 2 and doubly_booked() > 0
            ring.clear()
        assert both >= 10
    finally:
        ring.clear()
        with connection.cursor() as cursor:
            cursor.execute(ADD)


def test_a_booking_and_a_leave_see_each_other(course, clinic, lead, second, coordinator):
    """Whoever is second: the booking is refused because somebody is away, or the leave is shown again with its visits."""
    open_hours(clinic)
    rows = [another_course(clinic, lead, second) for _ in range(max(2, TRIALS // 30))]
    ring = Ring(course, course, lead, second, None, coordinator)
    try:
        for row in rows:
            wish = Wish(MONDAY, MONDAY + dt.timedelta(days=200), (str(lead.pk), str(second.pk)))
            plan = propose(row, wish=wish, as_of=AS_OF).plan
            day = plan.appointment("P2").start.astimezone(clinic.zone).date()
            event = PersonAway(str(second.pk), day, day)
            shown = propose_repair(clinic, event=event, as_of=AS_OF).repair.fingerprint
            leave = {"event": event, "shown": shown, "reason": "", "by": coordinator, "at": AS_OF, "enter": True}
            results = ring.duel(
                lambda row=row, plan=plan, wish=wish: book(row, plan=plan, wish=wish, by=coordinator, at=AS_OF),
                lambda leave=leave: commit_repair(clinic, **leave),
            )
            assert winners(results) == 1
            Leave.objects.all().delete()
    finally:
        ring.close()
