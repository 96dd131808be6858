"""Mending the calendar: what would follow from an event, and writing exactly what was shown, or showing it again."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Clinic, Membership, User
from accounts.rules.access import Role
from accounts.rules.findings import Refused, refusal
from patients.models import Course
from patients.rules.protocol import VisitKind
from sessions.actions.booking import locked
from sessions.actions.events import give_up
from sessions.actions.planning import Shared, request_for, shared_by
from sessions.actions.writing import Planned, Values, hold_calendar, look_again, write
from sessions.models import Allocation, Closure, Leave, Rearrangement, Room, RoomClosure, Visit, VisitEvent
from sessions.rules.checking import check
from sessions.rules.events import CalledOff, ClinicClosed, Event, Lengthened, Moved, PersonAway, RoomAway, after
from sessions.rules.intervals import at_wall
from sessions.rules.planning import Wish
from sessions.rules.repair import Repair, Standing, price, repaired

NEIGHBOURS = 8
LONGEST_WAIT = dt.timedelta(weeks=4)
"""How much later than it stands a course that has not begun may begin after a repair."""
KINDS = {Moved: Rearrangement.Kind.MOVED, Lengthened: Rearrangement.Kind.LENGTHENED}


@dataclass(frozen=True, slots=True)
class Proposed:
    """What would become of the calendar, and the courses it speaks of by their key."""

    repair: Repair
    courses: dict[str, Course]


class Overtaken(Exception):
    """The calendar has changed since the repair was shown; carries the one that would be made now."""

    def __init__(self, proposed: Proposed) -> None:
        self.proposed = proposed
        super().__init__("The calendar has changed since this was shown.")


def propose_repair(
    clinic: Clinic, *, event: Event | None = None, courses: Iterable[Course] = (), as_of: dt.datetime
) -> Proposed:
    """The least disturbing way on for every course that the event touches, or for these courses as they stand.

    Courses of the same therapists are looked at only when those that are touched find no place by themselves.
    """
    chosen = {str(course.pk): course for course in (*courses, *_touched(clinic, event))}
    found = Proposed(repaired(_standings(chosen, event, as_of)), chosen)
    if found.repair.is_whole:
        return found
    beside = _neighbours(clinic, chosen, as_of)
    if not beside:
        return found
    every = {**chosen, **beside}
    return Proposed(repaired(_standings(every, event, as_of)), every)


@transaction.atomic
def commit_repair(
    clinic: Clinic,
    *,
    event: Event | None = None,
    courses: Iterable[Course] = (),
    shown: str,
    reason: str,
    by: User,
    at: dt.datetime,
    enter: bool = False,
    called_off: tuple[VisitEvent.Kind, int] | None = None,
) -> Rearrangement:
    """Write the repair that was shown: all of it in one transaction, with the absence itself when `enter` says so.

    `called_off` says what became of the visit of a CalledOff event, and which version of it was shown. Courses without
    a plan stay as they are. Raises Overtaken with the repair as it would be now, or Refused with every reason.
    """
    hold_calendar(clinic)
    named = list(courses)
    proposed = propose_repair(clinic, event=event, courses=named, as_of=at)
    for key in sorted(proposed.courses, key=int):
        locked(proposed.courses[key])
    if proposed.repair.fingerprint != shown:
        raise Overtaken(proposed)
    gave_up = []
    if isinstance(event, CalledOff) and called_off is not None:
        kind, version = called_off
        visit = Visit.objects.get(course=proposed.courses[event.course], code=event.code, state=Visit.State.PLANNED)
        gave_up = [give_up(visit, kind, reason=reason, version=version, at=at)]
    absence = _enter(clinic, event, at=at) if enter and event is not None else {}
    entered = [absence] if absence else []
    planned = []
    for mended in proposed.repair.courses:
        if mended.plan is None:
            continue
        if faults := check(mended.plan, mended.request):
            raise Refused([*faults, look_again()])
        reasons = {change.code: " ".join(change.reasons) for change in mended.changes}
        planned.append(Planned(proposed.courses[mended.key], mended.plan, mended.request, reasons))
    kind = KINDS.get(type(event), Rearrangement.Kind.REPAIRED)
    change, _ = write(clinic, planned, kind=kind, reason=reason, by=by, at=at, entered=entered, gave_up=gave_up)
    if change is None:
        raise Refused([refusal("nothing", "Everything holds where it stands: there is nothing to change.")])
    return change


def _standings(courses: dict[str, Course], event: Event | None, as_of: dt.datetime) -> list[Standing]:
    movable = list(
        Visit.objects.filter(course__in=courses.values(), state=Visit.State.PLANNED, starts_at__gt=as_of).values_list(
            "pk", flat=True
        )
    )
    every = list(courses.values())
    shared = shared_by(every[0].clinic, every, as_of=as_of) if every else None
    standings = [_standing(key, course, movable, shared, as_of) for key, course in courses.items()]
    if event is None:
        return standings
    try:
        return after(event, standings)
    except KeyError as missing:
        sentence = "This visit has been held, or is off, or its time has passed: it stays as it is."
        raise Refused([refusal("state", sentence)]) from missing


def _standing(key: str, course: Course, movable: Sequence[int], shared: Shared | None, as_of: dt.datetime) -> Standing:
    today = as_of.astimezone(course.clinic.zone).date()
    pair = tuple(str(user.pk) for user in course.pair(today))
    if len(pair) != 2:
        sentence = (
            f"The course of {course.patient} has no pair of therapists. Name a lead and a second on its care team."
        )
        raise Refused([refusal("pair", sentence)])
    first = course.visits.standing().order_by("starts_at", "pk").first()
    start = min(today, first.starts_at.astimezone(course.clinic.zone).date()) if first else today
    begins = max(start, first.starts_at.astimezone(course.clinic.zone).date() if first else today)
    wish = Wish(start, begins + LONGEST_WAIT, pair, mend=True)
    request = request_for(course, wish=wish, as_of=as_of, without=movable, shared=shared)
    announced = set(course.visits.filter(announced_at__isnull=False).values_list("code", flat=True))
    kinds = {visit.code: visit.kind for visit in request.protocol.visits}
    prices = {
        code: price(appointment, is_dosing=kinds[code] is VisitKind.DOSING, is_announced=code in announced, as_of=as_of)
        for code, appointment in request.current.items()
    }
    others = tuple(name for name in _therapists(course, today) if name not in (*pair, *request.raters[:1]))
    return Standing(key, replace(request, prices=prices), stand_ins=others)


def _therapists(course: Course, today: dt.date) -> list[str]:
    """Who may stand in: therapists of the clinic with their papers, except whoever rates this course."""
    raters = {member.user_id for member in course.members(today) if member.duty == "rater"}
    members = Membership.objects.filter(clinic=course.clinic_id).holding(Role.THERAPIST, today)
    return [
        str(member.user_id)
        for member in members.prefetch_related("credentials").order_by("user__name", "pk")
        if member.user_id not in raters
        and {"licence", "training"} <= {credential.kind for credential in member.credentials.all()}
    ]


def _touched(clinic: Clinic, event: Event | None) -> list[Course]:
    """The courses of a course's event, or those with a visit of the person, the room or the clinic on the days."""
    rows = _courses(clinic)
    match event:
        case None:
            return []
        case PersonAway() | RoomAway() | ClinicClosed():
            start = at_wall(event.first, dt.time(0), clinic.zone)
            end = at_wall(event.last + dt.timedelta(days=1), dt.time(0), clinic.zone)
            visits = Visit.objects.filter(
                course__clinic=clinic, state=Visit.State.PLANNED, starts_at__lt=end, ends_at__gt=start
            )
            if isinstance(event, PersonAway):
                visits = visits.with_person(int(event.person))
            if isinstance(event, RoomAway):
                visits = visits.filter(room=int(event.room))
            return list(rows.filter(pk__in=visits.values("course")))
        case _:
            return list(rows.filter(pk=int(event.course)))


def _neighbours(clinic: Clinic, chosen: dict[str, Course], as_of: dt.datetime) -> dict[str, Course]:
    """Courses whose visits ahead are held by the same therapists, those with the most of them first."""
    mine = Allocation.objects.filter(
        visit__course__in=chosen.values(), visit__starts_at__gt=as_of, active=True, therapist__isnull=False
    ).values("therapist")
    taken = Allocation.objects.filter(
        therapist__in=mine, active=True, visit__starts_at__gt=as_of, visit__state=Visit.State.PLANNED
    ).exclude(visit__course__in=chosen.values())
    counted: dict[int, int] = {}
    for course in taken.values_list("visit__course", flat=True):
        counted[course] = counted.get(course, 0) + 1
    nearest = sorted(counted, key=lambda course: (-counted[course], course))[:NEIGHBOURS]
    today = as_of.astimezone(clinic.zone).date()
    rows = _courses(clinic).filter(pk__in=nearest)
    return {str(course.pk): course for course in rows if len(course.pair(today)) == 2}


def _courses(clinic: Clinic) -> QuerySet[Course]:
    rows = Course.objects.filter(clinic=clinic).active().order_by("pk")
    return rows.select_related("clinic", "patient", "protocol").prefetch_related("team__user", "deviations")


def _enter(clinic: Clinic, event: Event, *, at: dt.datetime) -> Values:
    """Put the absence itself on record, unless it is; what the change remembers of it."""
    match event:
        case PersonAway():
            membership = Membership.objects.filter(clinic=clinic, user=int(event.person)).latest("pk")
            days = {"starts_on": event.first, "ends_on": event.last}
            if Leave.objects.filter(membership=membership, **days).exists():
                return {}
            return {"kind": "leave", "id": Leave.objects.create(membership=membership, note=event.reason, **days).pk}
        case RoomAway():
            room = Room.objects.get(clinic=clinic, pk=int(event.room))
            days = {"starts_on": event.first, "ends_on": event.last}
            if RoomClosure.objects.filter(room=room, **days).exists():
                return {}
            return {"kind": "room", "id": RoomClosure.objects.create(room=room, note=event.reason, **days).pk}
        case ClinicClosed():
            closing = [event.first + dt.timedelta(days=n) for n in range((event.last - event.first).days + 1)]
            known = set(Closure.objects.filter(clinic=clinic, day__in=closing).values_list("day", flat=True))
            rows = [Closure(clinic=clinic, day=day, name=event.reason) for day in closing if day not in known]
            return {"kind": "closure", "ids": [row.pk for row in Closure.objects.bulk_create(rows)]} if rows else {}
        case _:
            return {}


def say(change: Rearrangement) -> str:
    """What was written, in a sentence."""
    rows = list(change.changes.select_related("visit"))
    moved = [row for row in rows if row.before is None or row.before["starts_at"] != row.after["starts_at"]]
    others = len(rows) - len(moved)
    parts = [f"{len(moved)} visit{'s' if len(moved) != 1 else ''} moved"] if moved else []
    if others:
        parts.append(f"{others} kept {'their times' if others > 1 else 'its time'} with other people, room or state")
    return f"{' and '.join(parts) or 'Nothing had to move'}."
