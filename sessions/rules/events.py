"""What happens to a calendar: each event changes what courses are asked for, and `repair` says what follows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from sessions.rules.intervals import Interval, at_wall
from sessions.rules.planning import Absence, Appointment, Duty, Request
from sessions.rules.repair import Standing, lasting

MIDNIGHT = time(0, 0)


@dataclass(frozen=True, slots=True)
class PersonAway:
    """Somebody is away for whole days, both ends included."""

    person: str
    first: date
    last: date
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RoomAway:
    """A room cannot be used for whole days, both ends included."""

    room: str
    first: date
    last: date
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ClinicClosed:
    """The clinic is closed for whole days, both ends included."""

    first: date
    last: date
    reason: str = "closed"


@dataclass(frozen=True, slots=True)
class Washout:
    """A course's clear-from date is another one."""

    course: str
    clear_from: date


@dataclass(frozen=True, slots=True)
class Moved:
    """Somebody wants a visit to begin at another time, in this room, or with one person in place of another."""

    course: str
    code: str
    start: datetime
    room: str | None = None
    instead: tuple[str, str] | None = None  # who leaves it, and who comes


@dataclass(frozen=True, slots=True)
class Lengthened:
    """A visit takes longer, or less long, than the protocol says."""

    course: str
    code: str
    minutes: int


@dataclass(frozen=True, slots=True)
class CalledOff:
    """A visit was cancelled or missed; with `again` it is to get another place."""

    course: str
    code: str
    again: bool = True


Event = PersonAway | RoomAway | ClinicClosed | Washout | Moved | Lengthened | CalledOff


def after(event: Event, courses: Sequence[Standing]) -> list[Standing]:
    """Every course as it is asked for once the event is true. Raises KeyError for what the courses do not know."""
    match event:
        case PersonAway() | RoomAway() | ClinicClosed():
            return [replace(course, request=_without(event, course.request)) for course in courses]
        case Washout() | Moved() | Lengthened() | CalledOff():
            if event.course not in {course.key for course in courses}:
                raise KeyError(event.course)
            return [_of_course(event, course) if course.key == event.course else course for course in courses]


def _without(event: PersonAway | RoomAway | ClinicClosed, request: Request) -> Request:
    match event:
        case PersonAway():
            person = request.people[event.person]
            absence = Absence(event.first, event.last, event.reason)
            away = replace(person, absences=(*person.absences, absence))
            return replace(request, people={**request.people, event.person: away})
        case RoomAway():
            if all(space.key != event.room for space in request.spaces):
                raise KeyError(event.room)
            zone = request.house.zone
            after_it = event.last + timedelta(days=1)
            closed = Interval(at_wall(event.first, MIDNIGHT, zone), at_wall(after_it, MIDNIGHT, zone))
            return replace(
                request,
                spaces=tuple(
                    replace(space, busy=tuple(sorted((*space.busy, closed)))) if space.key == event.room else space
                    for space in request.spaces
                ),
            )
        case ClinicClosed():
            days = (event.last - event.first).days + 1
            closures = {event.first + timedelta(days=n): event.reason for n in range(days)}
            return replace(request, house=replace(request.house, closures={**request.house.closures, **closures}))


def _not_then(gone: Appointment, request: Request, current: dict[str, Appointment]) -> Interval:
    """The time that a visit which was called off does not get again: its day, or itself where the day holds more."""
    zone = request.house.zone
    day = gone.start.astimezone(zone).date()
    if any(other.start.astimezone(zone).date() == day for other in current.values()):
        return gone.interval
    return Interval(at_wall(day, MIDNIGHT, zone), at_wall(day + timedelta(days=1), MIDNIGHT, zone))


def _wanted(event: Moved, request: Request) -> Request:
    code, now = event.code, request.current[event.code]
    request = replace(request, wanted={**request.wanted, code: event.start})
    if event.room is not None:
        request = replace(request, wanted_rooms={**request.wanted_rooms, code: event.room})
    if event.instead is not None:
        leaves, comes = event.instead
        therapists = {key for duty, key in now.people if duty is not Duty.RATER} - {leaves} | {comes}
        request = replace(request, wanted_people={**request.wanted_people, code: frozenset(therapists)})
    return request


def _of_course(event: Washout | Moved | Lengthened | CalledOff, course: Standing) -> Standing:
    request = course.request
    if isinstance(event, Washout):
        return replace(course, request=replace(request, clear_from=event.clear_from))
    match event:
        case Moved():
            reason = (event.code, "It is moved by hand.")
            return replace(course, request=_wanted(event, request), reasons=(*course.reasons, reason))
        case Lengthened():
            if event.code not in request.current:
                raise KeyError(event.code)
            visits = tuple(
                lasting(visit, event.minutes) if visit.code == event.code else visit
                for visit in request.protocol.visits
            )
            protocol = replace(request.protocol, visits=visits)
            reason = (event.code, f"It is to last {event.minutes} minutes.")
            request = replace(request, protocol=protocol)
            return replace(course, request=request, reasons=(*course.reasons, reason))
        case CalledOff():
            now = request.current.get(event.code) or request.held[event.code]
            current = {code: a for code, a in request.current.items() if code != event.code}
            held = {code: a for code, a in request.held.items() if code != event.code}
            if event.again:
                barred = _not_then(now, request, current)
                client = replace(request.client, busy=tuple(sorted((*request.client.busy, barred))))
                return replace(
                    course,
                    request=replace(request, current=current, held=held, client=client),
                    again=course.again | {event.code},
                    reasons=(*course.reasons, (event.code, "It was called off and gets another day.")),
                )
            held[event.code] = now
            request = replace(request, current=current, held=held)
            return replace(course, request=request, off=course.off | {event.code})
