"""Writes changed courses into the calendar: all of them or none, with what was there before, so that it can be taken back.

The database has the last word: `one_place_at_a_time` refuses what overlaps, whoever was told what before.
"""

import datetime as dt
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import F, Prefetch

from accounts.models import Clinic, User
from accounts.rules.findings import Finding, Refused, refusal
from patients.models import Course
from sessions.actions.planning import appointment_of
from sessions.models import Allocation, Rearrangement, Room, Visit, VisitChange, VisitEvent
from sessions.models.changes import SETTLING
from sessions.rules.intervals import day_of
from sessions.rules.openings import night_of
from sessions.rules.planning import Appointment, House, Plan, Request

OVERLAP = "23P01"
DEADLOCK = "40P01"
ATTEMPTS = 3

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A visit that was just taken out of the calendar, what became of it, and where it was before."""

    visit: Visit
    kind: VisitEvent.Kind
    before: Values
    reason: str


@dataclass(frozen=True, slots=True)
class Planned:
    """A course with the plan that is to stand for it, the request it was made from, and why each visit changes."""

    course: Course
    plan: Plan
    request: Request
    reasons: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Placed:
    """A visit's row and where it is to be."""

    row: Visit
    appointment: Appointment
    before: Values | None
    reason: str


def values_of(visit: Visit) -> Values:
    """A visit's place, people and state as JSON. Reads its allocations; prefetch them for lists."""
    return {
        "starts_at": visit.starts_at.isoformat(),
        "ends_at": visit.ends_at.isoformat(),
        "room": visit.room_id,
        "cover": visit.covered_by_id,
        "night": visit.night_attendant_id,
        "therapists": sorted(a.therapist_id for a in visit.allocations.all() if a.active and a.therapist_id),
        "state": visit.state,
        "state_reason": visit.state_reason,
    }


def write(
    clinic: Clinic,
    planned: Sequence[Planned],
    *,
    kind: Rearrangement.Kind,
    reason: str,
    by: User | None,
    at: dt.datetime,
    entered: Sequence[Values] = (),
    gave_up: Sequence[GivenUp] = (),
    into: Rearrangement | None = None,
) -> tuple[Rearrangement | None, list[Visit]]:
    """Write every visit that is not yet as planned: new ones are created, those elsewhere are moved.

    `gave_up` are visits that left the calendar in the same transaction, and `entered` what was put on record with it.
    `into` is a change that this transaction has begun: what is written now is taken back together with it.
    Returns the change (None when there was nothing to write) and the visits in the order of time. Raises Refused with
    every reason when somebody was faster, and then nothing is written.
    """
    placed = [one for item in planned for one in _to_place(item)]
    if not placed and not entered and not gave_up:
        return None, []
    for attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                visits = _store(clinic, placed, at=at)
                change = into or Rearrangement.objects.create(
                    clinic=clinic, kind=kind, reason=reason[:300], by=by, at=at, entered=list(entered)
                )
                was = {one.row.pk: (one.before, one.reason) for one in placed}
                was |= {one.visit.pk: (one.before, one.reason) for one in gave_up}
                remember(change, was)
                for one in gave_up:
                    VisitEvent.objects.create(
                        visit=one.visit, kind=one.kind, reason=one.reason, by=by, at=at, rearrangement=change
                    )
                return change, visits
        except (IntegrityError, OperationalError) as problem:
            code = getattr(problem.__cause__, "sqlstate", None)
            if code == DEADLOCK and attempt + 1 < ATTEMPTS:
                time.sleep(0.02 * (attempt + 1))
                continue
            if code == OVERLAP:
                raise Refused([*in_the_way(placed, clinic), look_again()]) from problem
            if code == DEADLOCK or "one_standing_visit_per_code" in str(problem):
                raise Refused([look_again()]) from problem
            raise
    raise AssertionError("every attempt returns or raises")


def hold_calendar(clinic: Clinic) -> None:
    """One change of a clinic's calendar at a time, until the transaction ends: absences and bookings see each other.

    Two bookings are kept apart by the database in any case; a leave and a booking share no row that could clash.
    """
    Clinic.objects.select_for_update(no_key=True).get(pk=clinic.pk)


def look_again() -> Finding:
    sentence = "The calendar has changed since this was planned, and nothing was booked. Plan again: it takes a moment."
    return refusal("calendar_changed", sentence)


def _to_place(item: Planned) -> Iterable[Placed]:
    rows = {row.code: row for row in item.course.visits.order_by("pk").prefetch_related("allocations")}
    standing = {code: row for code, row in rows.items() if row.is_standing}
    for appointment in item.plan.appointments:
        code = appointment.code
        if code in item.request.held:
            continue
        visit = item.course.plan.visit(code)
        row = standing.get(code)
        reason = item.reasons.get(code, "")
        if row is None:
            created = Visit(
                course=item.course,
                code=code,
                kind=visit.kind.value,
                title=visit.title,
                dose_number=visit.dose_number,
                replaces=rows.get(code),
                **_place(appointment),
            )
            yield Placed(created, appointment, None, reason)
        elif _differs(appointment_of(row, visit, None), appointment):
            yield Placed(row, appointment, values_of(row), reason)


def _store(clinic: Clinic, placed: Sequence[Placed], *, at: dt.datetime) -> list[Visit]:
    settles = at + SETTLING
    moved = [one for one in placed if one.before is not None]
    created = [one.row for one in placed if one.before is None]
    Allocation.objects.filter(visit__in=[one.row for one in moved], active=True).update(active=False)
    for one in moved:
        changed = Visit.objects.filter(pk=one.row.pk, version=one.row.version, state=Visit.State.PLANNED).update(
            **_place(one.appointment),
            schedule_version=F("schedule_version") + 1,
            version=F("version") + 1,
            announced_at=None,
            settles_at=settles,
        )
        if not changed:
            raise Refused([look_again()])
    for visit in created:
        visit.pk, visit.settles_at = None, settles
    Visit.objects.bulk_create(created)
    turnover = dict(Room.objects.filter(clinic=clinic).values_list("pk", "turnover_minutes"))
    wanted = [allocation for one in placed for allocation in _allocations(one.row, one.appointment, turnover)]
    # One order for everybody, so that two bookings never wait for each other crosswise.
    Allocation.objects.bulk_create(sorted(wanted, key=in_order))
    return list(Visit.objects.filter(pk__in=[one.row.pk for one in placed]).order_by("starts_at", "pk"))


def remember(change: Rearrangement, was: Mapping[int, tuple[Values | None, str]]) -> None:
    """Keep with a change what each visit was before it, why it changed, and what it is now."""
    active = Prefetch("allocations", Allocation.objects.filter(active=True))
    now = Visit.objects.prefetch_related(active).in_bulk(was)
    VisitChange.objects.bulk_create(
        VisitChange(
            rearrangement=change,
            visit_id=key,
            before=before,
            after=values_of(now[key]),
            version=now[key].version,
            reason=reason[:600],
        )
        for key, (before, reason) in was.items()
    )


def _place(appointment: Appointment) -> Values:
    return {
        "starts_at": appointment.start,
        "ends_at": appointment.end,
        "room_id": None if appointment.room is None else int(appointment.room),
        "covered_by_id": None if appointment.cover is None else int(appointment.cover),
        "night_attendant_id": None if appointment.night is None else int(appointment.night),
    }


def _allocations(visit: Visit, appointment: Appointment, turnover: Mapping[int, int]) -> Iterable[Allocation]:
    therapists = [int(key) for _, key in appointment.people]
    room, night = (None if key is None else int(key) for key in (appointment.room, appointment.night))
    return allocations_of(visit, (appointment.start, appointment.end), therapists, room, turnover, night=night)


def allocations_of(
    visit: Visit,
    during: tuple[dt.datetime, dt.datetime],
    therapists: Iterable[int],
    room: int | None,
    turnover: Mapping[int, int],
    *,
    night: int | None,
) -> Iterable[Allocation]:
    """What a visit takes: its therapists, its room with the turnover behind it, its patient, and who stays the night."""
    for therapist in therapists:
        yield Allocation(visit=visit, therapist_id=therapist, during=during)
    if room is not None:
        cleared = during[1] + dt.timedelta(minutes=turnover[room])
        yield Allocation(visit=visit, room_id=room, during=(during[0], cleared))
    yield Allocation(visit=visit, patient_id=visit.course.patient_id, during=during)
    if night is not None:
        clinic = visit.course.clinic
        hours = night_of(day_of(during[1], clinic.zone), House(clinic.zone, clinic.opens_at, clinic.closes_at))
        yield Allocation(visit=visit, stays_id=night, during=(hours.start, hours.end))


def in_order(allocation: Allocation) -> tuple[int, int, dt.datetime]:
    kinds = _taking(allocation)
    kind = next(i for i, key in enumerate(kinds) if key is not None)
    return kind, kinds[kind] or 0, allocation.during[0]


def _differs(now: Appointment, then: Appointment) -> bool:
    people_now, people_then = ({key for _, key in appointment.people} for appointment in (now, then))
    places = [(one.start, one.end, one.room, one.cover, one.night) for one in (now, then)]
    return places[0] != places[1] or people_now != people_then


def in_the_way(placed: Sequence[Placed], clinic: Clinic) -> list[Finding]:
    """Who or what was booked by somebody else since the plan was made: one sentence each."""
    zone = clinic.zone
    turnover = dict(Room.objects.filter(clinic=clinic).values_list("pk", "turnover_minutes"))
    first = min(one.appointment.start for one in placed)
    last = max(one.appointment.end for one in placed) + dt.timedelta(days=1)
    courses = {one.row.course_id for one in placed}
    taken = (
        Allocation.objects.filter(active=True, during__overlap=(first, last))
        .exclude(visit__course__in=courses)
        .select_related("therapist", "stays", "room", "patient")
        .order_by("during", "pk")
    )
    wanted = [(one, list(_allocations(one.row, one.appointment, turnover))) for one in placed]
    findings = []
    for row in taken:
        for one, allocations in wanted:
            if any(_clash(row, allocation) for allocation in allocations):
                start = one.appointment.start.astimezone(zone)
                who = row.therapist or row.stays or row.room or "The patient"
                when = f"{start:%a} {start.day} {start:%b}, {start:%H:%M}"
                findings.append(
                    refusal("taken", f"{who} was booked for {when} ({one.appointment.code}) by somebody else.")
                )
    return findings


def _taking(row: Allocation) -> tuple[int | None, int | None, int | None]:
    """Whom or what it takes: a person, by day or by night, a room or a patient."""
    return row.therapist_id or row.stays_id, row.room_id, row.patient_id


def _clash(row: Allocation, wanted: Allocation) -> bool:
    return (
        _taking(row) == _taking(wanted) and row.during.lower < wanted.during[1] and wanted.during[0] < row.during.upper
    )
