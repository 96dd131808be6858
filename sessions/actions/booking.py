"""Booking, moving and cancelling visits: all or nothing, and never two things in one place at a time.

The database has the last word: `one_place_at_a_time` refuses what overlaps, whoever was told what before. Every action
returns the visits it wrote; whatever follows from them (reminders, reports) is read from their rows.
"""

import datetime as dt
import time
from collections.abc import Iterable

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import F

from accounts.models import User
from accounts.rules.findings import Finding, Refused, refusal
from patients.actions.care import assign_team
from patients.models import Course, TeamMember
from sessions.actions.planning import appointment_of, request_for
from sessions.models import Allocation, Room, Visit
from sessions.rules.checking import check
from sessions.rules.planning import Appointment, Plan, Request, Wish

OVERLAP = "23P01"
DEADLOCK = "40P01"
ATTEMPTS = 3


@transaction.atomic
def book(course: Course, *, plan: Plan, wish: Wish, by: User, at: dt.datetime) -> list[Visit]:
    """Write every visit of a plan that is not yet as planned: new ones are created, those elsewhere are moved.

    The plan is checked again, by code that the planner does not share, against the calendar as it is now. Returns the
    visits that were created or moved; raises Refused with every reason, and then nothing is written.
    """
    course = (
        Course.objects.select_for_update(of=("self",)).select_related("clinic", "patient", "protocol").get(pk=course.pk)
    )
    if not course.is_active:
        state = course.get_state_display().lower()
        raise Refused([refusal("course_closed", f"This course is {state}: nothing more is booked for it.")])
    request = request_for(course, wish=wish, as_of=at)
    if faults := check(plan, request):
        raise Refused([*faults, _look_again()])
    _settle_pair(course, plan, by=by, at=at)
    return _write(course, plan, request, by=by, at=at)


def move(visit: Visit, *, plan: Plan, to: dt.datetime, version: int, by: User, at: dt.datetime) -> list[Visit]:
    """Move a visit to `to`, and with it whatever the plan moves. Raises Refused, also when somebody was faster."""
    with transaction.atomic():
        row = Visit.objects.select_for_update().get(pk=visit.pk)
        if reasons := refusals_to_change(row, version=version):
            raise Refused(reasons)
        return book(visit.course, plan=plan, wish=wish_to_move(visit, to=to), by=by, at=at)


@transaction.atomic
def cancel(visit: Visit, *, reason: str, version: int, by: User | None, at: dt.datetime) -> Visit:
    """Take a planned visit out of the calendar and free everybody in it. The row stays, with its reason."""
    return _give_up(visit, Visit.State.CANCELLED, reason=reason, version=version)


@transaction.atomic
def record_missed(visit: Visit, *, reason: str, version: int, by: User, at: dt.datetime) -> Visit:
    """The patient did not come. Free the time that is left; the row stays, with its reason."""
    if at < visit.starts_at:
        raise Refused([refusal("not_yet", "This visit has not begun, so nobody has missed it. Cancel or move it.")])
    return _give_up(visit, Visit.State.MISSED, reason=reason, version=version)


def refusals_to_change(visit: Visit, *, version: int) -> list[Finding]:
    """Every reason why this visit may not be moved or taken out of the calendar."""
    reasons = []
    if visit.state != Visit.State.PLANNED:
        reasons.append(refusal("state", f"{visit} is {visit.get_state_display().lower()} and stays as it is."))
    if visit.version != version:
        sentence = f"Somebody else has changed {visit} meanwhile. Look at it again before you change it."
        reasons.append(refusal("changed", sentence))
    return reasons


def wish_to_move(visit: Visit, *, to: dt.datetime) -> Wish:
    """What the planner is asked when one visit moves: the same pair, and as little else as possible."""
    day = to.astimezone(visit.course.clinic.zone).date()
    keys = [str(user.pk) for user in visit.course.pair(day)]
    if len(keys) != 2:
        sentence = "The course has no pair of therapists on that day. Name a lead and a second on its care team."
        raise Refused([refusal("pair", sentence)])
    first = visit.course.visits.standing().order_by("starts_at", "pk").first() or visit
    start = day if first.pk == visit.pk else first.starts_at.astimezone(visit.course.clinic.zone).date()
    return Wish(start, start, (keys[0], keys[1]), moved=(visit.code, to))


def _give_up(visit: Visit, state: str, *, reason: str, version: int) -> Visit:
    row = Visit.objects.select_for_update().get(pk=visit.pk)
    reasons = refusals_to_change(row, version=version)
    if not reason.strip():
        reasons.append(refusal("reason", "Say why: the chart and the people who wait for this visit need the reason."))
    if reasons:
        raise Refused(reasons)
    row.state, row.state_reason = state, reason.strip()
    row.schedule_version += 1
    row.version += 1
    row.save(update_fields=["state", "state_reason", "schedule_version", "version"])
    row.allocations.filter(active=True).update(active=False)
    return row


def _settle_pair(course: Course, plan: Plan, *, by: User, at: dt.datetime) -> None:
    """A plan found for another pair than the care team's makes that pair the care team."""
    on = at.astimezone(course.clinic.zone).date()
    if [str(user.pk) for user in course.pair(on)] == list(plan.pair):
        return
    members = {str(m.user_id): m for m in course.clinic.memberships.filter(user__in=plan.pair).select_related("user")}
    duties = (TeamMember.Duty.LEAD, TeamMember.Duty.SECOND)
    chosen = {duty.value: members[key] for duty, key in zip(duties, plan.pair, strict=True)}
    assign_team(course, members=chosen, by=by, at=at, on=on)


def _write(course: Course, plan: Plan, request: Request, *, by: User, at: dt.datetime) -> list[Visit]:
    rows = {row.code: row for row in course.visits.order_by("pk").prefetch_related("allocations")}
    standing = {code: row for code, row in rows.items() if row.is_standing}
    plans = {visit.code: visit for visit in request.protocol.visits}
    to_create, to_move = [], []
    for appointment in plan.appointments:
        if appointment.code in request.held:
            continue
        row = standing.get(appointment.code)
        if row is None:
            visit = plans[appointment.code]
            to_create.append(
                Visit(
                    course=course,
                    code=visit.code,
                    kind=visit.kind.value,
                    title=visit.title,
                    dose_number=visit.dose_number,
                    replaces=rows.get(visit.code),
                    **_place(appointment),
                )
            )
        elif _differs(appointment_of(row, plans[row.code], None), appointment):
            to_move.append((row, appointment))
    for attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                return _store(course, plan, to_create, to_move)
        except (IntegrityError, OperationalError) as problem:
            code = getattr(problem.__cause__, "sqlstate", None)
            if code == DEADLOCK and attempt + 1 < ATTEMPTS:
                time.sleep(0.02 * (attempt + 1))
                continue
            if code == OVERLAP:
                raise Refused(_in_the_way(plan, request, rows.values())) from problem
            if code == DEADLOCK or "one_standing_visit_per_code" in str(problem):
                raise Refused([_look_again()]) from problem
            raise
    raise AssertionError("every attempt returns or raises")


def _store(course: Course, plan: Plan, to_create: list[Visit], to_move: list[tuple[Visit, Appointment]]) -> list[Visit]:
    moved = [row for row, _ in to_move]
    Allocation.objects.filter(visit__in=moved, active=True).update(active=False)
    for row, appointment in to_move:
        place = _place(appointment)
        changed = Visit.objects.filter(pk=row.pk, version=row.version, state=Visit.State.PLANNED).update(
            **place, schedule_version=F("schedule_version") + 1, version=F("version") + 1, announced_at=None
        )
        if not changed:
            raise Refused([_look_again()])
    for visit in to_create:
        visit.pk = None
    created = Visit.objects.bulk_create(to_create)
    written = {row.code: row for row in (*moved, *created)}
    turnover = dict(Room.objects.filter(clinic=course.clinic).values_list("pk", "turnover_minutes"))
    wanted = [
        allocation
        for appointment in plan.appointments
        if appointment.code in written
        for allocation in _allocations(written[appointment.code], appointment, course.patient_id, turnover)
    ]
    # One order for everybody, so that two bookings never wait for each other crosswise.
    Allocation.objects.bulk_create(sorted(wanted, key=_order))
    return list(Visit.objects.filter(pk__in=[row.pk for row in written.values()]).order_by("starts_at", "pk"))


def _place(appointment: Appointment) -> dict[str, object]:
    return {
        "starts_at": appointment.start,
        "ends_at": appointment.end,
        "room_id": None if appointment.room is None else int(appointment.room),
        "covered_by_id": None if appointment.cover is None else int(appointment.cover),
    }


def _allocations(
    visit: Visit, appointment: Appointment, patient_id: int, turnover: dict[int, int]
) -> Iterable[Allocation]:
    during = (appointment.start, appointment.end)
    for _, key in appointment.people:
        yield Allocation(visit=visit, therapist_id=int(key), during=during)
    if appointment.room is not None:
        room = int(appointment.room)
        cleared = appointment.end + dt.timedelta(minutes=turnover[room])
        yield Allocation(visit=visit, room_id=room, during=(appointment.start, cleared))
    yield Allocation(visit=visit, patient_id=patient_id, during=during)


def _order(allocation: Allocation) -> tuple[int, int, dt.datetime]:
    kinds = (allocation.therapist_id, allocation.room_id, allocation.patient_id)
    kind = next(i for i, key in enumerate(kinds) if key is not None)
    return kind, kinds[kind] or 0, allocation.during[0]


def _differs(now: Appointment, then: Appointment) -> bool:
    people_now, people_then = ({key for _, key in appointment.people} for appointment in (now, then))
    return (now.start, now.end, now.room, now.cover, people_now) != (
        then.start,
        then.end,
        then.room,
        then.cover,
        people_then,
    )


def _in_the_way(plan: Plan, request: Request, own: Iterable[Visit]) -> list[Finding]:
    """Who or what was booked by somebody else since the plan was made: one sentence each."""
    zone = request.house.zone
    own_ids = [row.pk for row in own]
    first, last = min(a.start for a in plan.appointments), max(a.end for a in plan.appointments)
    taken = (
        Allocation.objects.filter(active=True, during__overlap=(first, last + dt.timedelta(days=1)))
        .exclude(visit__in=own_ids)
        .select_related("therapist", "room", "patient")
        .order_by("during", "pk")
    )
    turnover = {space.key: space.turnover for space in request.spaces}
    findings = []
    for row in taken:
        for appointment in plan.appointments:
            end = appointment.end
            if row.room_id is not None:
                is_same = appointment.room == str(row.room_id)
                end += dt.timedelta(minutes=turnover.get(str(row.room_id), 0))
            elif row.therapist_id is not None:
                is_same = str(row.therapist_id) in [key for _, key in appointment.people]
            else:
                is_same = str(row.patient_id) == request.client.key
            if is_same and row.during.lower < end and appointment.start < row.during.upper:
                start = appointment.start.astimezone(zone)
                who = row.therapist or row.room or "The patient"
                when = f"{start:%a} {start.day} {start:%b}, {start:%H:%M}"
                findings.append(refusal("taken", f"{who} was booked for {when} ({appointment.code}) by somebody else."))
    return [*findings, _look_again()]


def _look_again() -> Finding:
    sentence = "The calendar has changed since this was planned, and nothing was booked. Plan again: it takes a moment."
    return refusal("calendar_changed", sentence)
