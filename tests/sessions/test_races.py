"""T4: two people change the calendar at the same moment, on two connections; exactly one of them wins.

RACE_TRIALS says how often each shape is tried: 1,000 here, 10,000 in the nightly run (RACE_TRIALS=10000). Every trial
has courses and a day of its own, so that it costs the same whether it is the first or the last of them.
"""

import datetime as dt
import os
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction

from accounts.actions.audit import acting
from accounts.models import Credential
from accounts.rules.findings import Refused
from patients.models import Course, Patient, TeamMember
from sessions.actions import booking, repairing, undoing
from sessions.actions.booking import book, refusals_to_change
from sessions.actions.planning import request_for
from sessions.actions.repairing import Overtaken, commit_repair, propose_repair
from sessions.actions.undoing import undo
from sessions.actions.writing import Planned, write
from sessions.models import Allocation, Leave, Rearrangement, Visit
from sessions.rules.events import PersonAway
from sessions.rules.intervals import at_wall
from sessions.rules.planning import Appointment, Duty, Plan, Wish
from tests.factories import CourseFactory, PatientFactory, TeamMemberFactory, published
from tests.sessions.test_booking import doubly_booked, open_hours

pytestmark = pytest.mark.django_db(transaction=True)
TRIALS = int(os.environ.get("RACE_TRIALS", "1000"))
CONTROLS = 20
CROWD = 16
NEIGHBOURS = 10
FIRST = dt.datetime(2027, 1, 4, 10, tzinfo=dt.UTC)
HOUR, MINUTE, DAY, WEEK = dt.timedelta(hours=1), dt.timedelta(minutes=1), dt.timedelta(days=1), dt.timedelta(weeks=1)
LONG = HOUR * 1.5
DROP = "ALTER TABLE therapy_sessions_allocation DROP CONSTRAINT one_place_at_a_time"
ADD = (
    "ALTER TABLE therapy_sessions_allocation ADD CONSTRAINT one_place_at_a_time"
    " EXCLUDE USING gist (resource WITH =, during WITH &&) WHERE (active)"
)


class Ring:
    """A clinic with two therapists and a room; as many fresh courses as are asked for; and two people at the keyboard."""

    def __init__(self, clinic, lead, second, by):
        self.clinic, self.lead, self.second, self.by = clinic, lead, second, by
        self.room = clinic.rooms.filter(kind="consulting").earliest("pk")
        self.pair = (str(lead.pk), str(second.pk))
        self.gates: dict[int, threading.Barrier] = {}
        self.threads = ThreadPoolExecutor(CROWD)
        self.courses = iter(())

    def close(self):
        """Each thread closes the connection it had; none ends before all have come to it."""
        gate = threading.Barrier(CROWD)
        for _ in range(CROWD):
            self.threads.submit(lambda: (gate.wait(10), connections.close_all()))
        self.threads.shutdown()

    def admit(self, number):
        """So many courses that nobody has booked yet, with this pair on their care team."""
        protocol = published("mapp3")
        patients = Patient.objects.bulk_create(PatientFactory.build_batch(number, clinic=self.clinic))
        courses = Course.objects.bulk_create(
            CourseFactory.build(patient=patient, clinic=self.clinic, protocol=protocol) for patient in patients
        )
        TeamMember.objects.bulk_create(
            TeamMemberFactory.build(course=course, user=user, duty=duty)
            for course in courses
            for duty, user in (("lead", self.lead), ("second", self.second))
        )
        self.courses = iter(courses)
        wish = Wish(FIRST.date(), FIRST.date(), self.pair, mend=True)
        self.request = request_for(courses[0], wish=wish, as_of=FIRST - WEEK) if courses else None

    def fresh(self):
        return next(self.courses)

    def placed(self, course, *places, night=None):
        """Write these visits of a course: (code, start, therapist, room or None); who stays the night after them."""
        stays = None if night is None else str(night.pk)
        appointments = tuple(
            Appointment(
                code, start, start + HOUR, ((Duty.LEAD, str(who.pk)),), str(room.pk) if room else None, night=stays
            )
            for code, start, who, room in places
        )
        planned = Planned(course, Plan(self.pair, appointments, 0), self.request, {})
        kind = Rearrangement.Kind.REPAIRED
        change, _ = write(self.clinic, [planned], kind=kind, reason="", by=self.by, at=FIRST)
        return change

    def moved(self, visit, version, to):
        """What the page does: the version that was shown, then the move."""
        with transaction.atomic():
            row = Visit.objects.select_for_update().get(pk=visit.pk)
            if reasons := refusals_to_change(row, version=version):
                raise Refused(reasons)
            return self.placed(visit.course, (visit.code, to, self.lead, None))

    def together(self, actions):
        """All at the same moment; what each came to."""
        gate = self.gates.setdefault(len(actions), threading.Barrier(len(actions)))

        def run(action):
            gate.wait(10)
            try:
                with acting(process="race"):
                    return action()
            except (Refused, Overtaken) as lost:
                return lost

        return [future.result(60) for future in [self.threads.submit(run, action) for action in actions]]


@pytest.fixture
def ring(clinic, lead, second, physician, rater, coordinator):
    open_hours(clinic)
    clinic.region = ""  # a public holiday would refuse a booking that nobody else is after
    clinic.save()
    Credential.objects.update(expires_on=dt.date(2300, 1, 1))  # ten thousand trials reach far
    ring = Ring(clinic, lead, second, coordinator)
    yield ring
    ring.close()


# The shapes: what two people do at the same moment around `at`


def therapist(ring, at):
    """They overlap by a minute."""
    one, two = ring.fresh(), ring.fresh()
    return (
        lambda: ring.placed(one, ("P1", at, ring.lead, None)),
        lambda: ring.placed(two, ("P1", at + HOUR - MINUTE, ring.lead, None)),
    )


def room(ring, at):
    one, two = ring.fresh(), ring.fresh()
    return (
        lambda: ring.placed(one, ("P1", at, ring.lead, ring.room)),
        # It begins when the first one ends: the turnover is in the way.
        lambda: ring.placed(two, ("P1", at + HOUR, ring.second, ring.room)),
    )


def patient(ring, at):
    course = ring.fresh()
    return (
        lambda: ring.placed(course, ("P1", at, ring.lead, None)),
        lambda: ring.placed(course, ("P2", at + HOUR / 2, ring.second, None)),
    )


def crosswise(ring, at):
    """Each wants both therapists, one of them first."""
    one, two = ring.fresh(), ring.fresh()
    return (
        lambda: ring.placed(one, ("P1", at, ring.lead, ring.room), ("P2", at + DAY, ring.second, ring.room)),
        lambda: ring.placed(two, ("P1", at + DAY, ring.second, ring.room), ("P2", at, ring.lead, ring.room)),
    )


def book_and_move(ring, at):
    one, two = ring.fresh(), ring.fresh()
    ring.placed(two, ("P1", at + 4 * HOUR, ring.lead, None))
    visit = two.visits.get()
    return (
        lambda: ring.placed(one, ("P1", at, ring.lead, None)),
        lambda: ring.moved(visit, 1, at + HOUR / 2),
    )


def course_and_visit(ring, at):
    one, two = ring.fresh(), ring.fresh()
    codes = ("P1", "P2", "P3", "D1", "I1.1")
    whole = [(code, at + n * DAY, ring.lead, ring.room) for n, code in enumerate(codes)]
    return (
        lambda: ring.placed(one, *whole),
        lambda: ring.placed(two, ("P1", at + 3 * DAY, ring.lead, None)),
    )


def night_and_visit(ring, at):
    """Who is to stay the night after one patient's day is booked for another patient's visit in it."""
    one, two = ring.fresh(), ring.fresh()
    evening = at_wall(at.date(), ring.clinic.closes_at, ring.clinic.zone) + HOUR
    return (
        lambda: ring.placed(one, ("D1", at, ring.second, None), night=ring.lead),
        lambda: ring.placed(two, ("P1", evening, ring.lead, None)),
    )


def same_visit(ring, at):
    course = ring.fresh()
    ring.placed(course, ("P1", at, ring.lead, None))
    visit = course.visits.get()
    return (
        lambda: ring.moved(visit, 1, at + 2 * HOUR),
        lambda: ring.moved(visit, 1, at + 4 * HOUR),
    )


def undo_and_move(ring, at):
    course = ring.fresh()
    ring.placed(course, ("P1", at, ring.lead, None))
    change = ring.placed(course, ("P1", at + 2 * HOUR, ring.lead, None))
    visit = course.visits.get()
    return (
        lambda: undo(change, by=ring.by, at=FIRST),
        lambda: ring.moved(visit, 2, at + 4 * HOUR),
    )


def book_and_leave(ring, at):
    """Whoever is second: the booking is refused because somebody is away, or the leave is shown again with its visit."""
    course, day, as_of = ring.fresh(), at.date(), at - WEEK
    Leave.objects.all().delete()
    wish = Wish(day, day, ring.pair, mend=True, again=frozenset({"P1"}))
    pair = ((Duty.LEAD, ring.pair[0]), (Duty.SECOND, ring.pair[1]))
    plan = Plan(ring.pair, (Appointment("P1", at, at + LONG, pair, str(ring.room.pk)),), 0)
    event = PersonAway(ring.pair[1], day, day)
    shown = propose_repair(ring.clinic, event=event, as_of=as_of).repair.fingerprint
    leave = {"event": event, "shown": shown, "reason": "", "by": ring.by, "at": as_of, "enter": True}
    return (
        lambda: book(course, plan=plan, wish=wish, by=ring.by, at=as_of),
        lambda: commit_repair(ring.clinic, **leave),
    )


BY_CONSTRAINT = (therapist, room, patient, crosswise, book_and_move, course_and_visit, night_and_visit)
BY_VERSION = (same_visit, undo_and_move)
BY_ROW = (book_and_leave,)


def won(results):
    return sum(not isinstance(result, Refused | Overtaken) for result in results)


def tally(ring, shape, trials):
    """How many trials had how many winners."""
    ring.admit(2 * trials)
    return Counter(won(ring.together(shape(ring, FIRST + trial * WEEK))) for trial in range(trials))


@pytest.mark.parametrize("shape", [*BY_CONSTRAINT, *BY_VERSION, *BY_ROW], ids=lambda shape: shape.__name__)
def test_exactly_one_wins(ring, shape):
    assert tally(ring, shape, TRIALS) == {1: TRIALS}
    assert doubly_booked() == 0


def test_of_sixteen_exactly_one_wins(ring):
    trials = max(10, TRIALS // 50)
    ring.admit(CROWD * trials)
    for trial in range(trials):
        at = FIRST + trial * WEEK
        crowd = [ring.fresh() for _ in range(CROWD)]
        starts = [at + n * 3 * MINUTE for n in range(CROWD)]
        bookings = zip(crowd, starts, strict=True)
        results = ring.together(
            [lambda row=row, start=start: ring.placed(row, ("P1", start, ring.lead, None)) for row, start in bookings]
        )
        assert won(results) == 1
    assert doubly_booked() == 0


def test_the_loser_reads_who_was_faster(ring):
    ring.admit(2)
    results = ring.together(therapist(ring, FIRST))
    (lost,) = [result for result in results if isinstance(result, Refused)]
    assert [finding.code for finding in lost.findings] == ["taken", "calendar_changed"]
    assert "Ada Fictional was booked" in lost.findings[0].sentence


def test_neighbours_in_time_both_win(ring):
    ring.admit(2 * NEIGHBOURS)
    for trial in range(NEIGHBOURS):
        at, one, two = FIRST + trial * WEEK, ring.fresh(), ring.fresh()
        results = ring.together(
            [
                lambda at=at, one=one: ring.placed(one, ("P1", at, ring.lead, None)),
                lambda at=at, two=two: ring.placed(two, ("P1", at + HOUR, ring.lead, None)),
            ]
        )
        assert won(results) == 2


# Negative controls: without its guard, each shape has two winners


@pytest.mark.parametrize("shape", BY_CONSTRAINT, ids=lambda shape: shape.__name__)
def test_without_the_constraint_both_win(ring, shape):
    with connection.cursor() as cursor:
        cursor.execute(DROP)
    try:
        assert tally(ring, shape, CONTROLS)[2] >= CONTROLS / 2
        assert doubly_booked() >= CONTROLS / 2
    finally:
        Allocation.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(ADD)


@pytest.mark.parametrize("shape", BY_VERSION, ids=lambda shape: shape.__name__)
def test_without_a_look_at_the_version_both_win(ring, shape, monkeypatch):
    monkeypatch.setitem(globals(), "refusals_to_change", lambda visit, *, version: [])
    monkeypatch.setattr(undoing, "refusals_to_undo", lambda change, *, at: [])
    assert tally(ring, shape, CONTROLS)[2] >= CONTROLS / 2


def test_without_holding_the_calendar_a_booking_and_a_leave_both_win(ring, monkeypatch):
    """They meet once more between looking and writing, as they may when neither waits for the other."""
    meeting = threading.Barrier(2)

    def after_both_looked(write):
        return lambda *given, **more: (meeting.wait(10), write(*given, **more))[1]

    monkeypatch.setattr(booking, "settle_pair", after_both_looked(booking.settle_pair))
    monkeypatch.setattr(repairing, "_enter", after_both_looked(repairing._enter))
    for module in (booking, repairing):
        monkeypatch.setattr(module, "hold_calendar", lambda clinic: None)
    assert tally(ring, book_and_leave, CONTROLS) == {2: CONTROLS}
