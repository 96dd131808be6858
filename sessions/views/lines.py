"""The lines of the calendar: people, rooms, or pairs of therapists, each with what it holds and when it is open."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid5

from django.http import HttpRequest

from accounts.models import Clinic, User
from sessions.actions.roster import Hours, Stretches, days_closed, roster
from sessions.models import Gathering, Room, Visit

PEOPLE, ROOMS, PAIRS = "people", "rooms", "pairs"


@dataclass(frozen=True, slots=True)
class Duty:
    """A dosing day in the line of the physician who covers it, beside the visit in the lines of those who hold it."""

    public_id: UUID
    visit: Visit
    starts_at: dt.datetime
    ends_at: dt.datetime
    local: dt.datetime
    until: dt.datetime
    clocks: tuple[str, str]
    room: None = None
    room_id: None = None
    is_duty: bool = True


Entry = Visit | Gathering | Duty


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody or something that holds visits; `hours` by weekday, `away` by day with the reason, `elsewhere` by day."""

    key: str
    name: str
    note: str
    entries: list[Entry]
    hours: Hours
    away: dict[dt.date, str] = field(default_factory=dict)
    people: tuple[User, ...] = ()
    elsewhere: Stretches = field(default_factory=dict)
    nights: dict[dt.date, list[Visit]] = field(default_factory=dict)  # by the evening: after which visits they stay


def lines_by(
    by: str, request: HttpRequest, clinic: Clinic, entries: Sequence[Entry], days: Sequence[dt.date]
) -> list[Line]:
    if by == ROOMS:
        return _rooms(request, clinic, entries, days)
    return _pairs(clinic, entries, days) if by == PAIRS else _people(request, clinic, entries, days)


def _people(request: HttpRequest, clinic: Clinic, entries: Sequence[Entry], days: Sequence[dt.date]) -> list[Line]:
    sees_clinic = clinic.pk in request.grant.clinics
    covers, nights = _duties(entries)
    seen = {person.pk for entry in entries for person in entry.people} | covers.keys() | nights.keys()
    seen |= set() if sees_clinic else {request.user.pk}
    return [
        Line(
            f"p{colleague.member.user_id}",
            str(colleague.member.user),
            ", ".join(colleague.member.role_titles),
            [entry for entry in entries if any(person.pk == colleague.member.user_id for person in entry.people)]
            + covers[colleague.member.user_id],
            colleague.hours,
            colleague.away,
            (colleague.member.user,),
            colleague.elsewhere,
            nights[colleague.member.user_id],
        )
        for colleague in roster(clinic, days=days, people=seen, everybody=sees_clinic, with_reasons=sees_clinic)
    ]


def _duties(entries: Sequence[Entry]) -> tuple[dict[int, list[Entry]], dict[int, dict[dt.date, list[Visit]]]]:
    """By person: the dosing days they cover, and after which visits they stay which night."""
    covers: dict[int, list[Entry]] = defaultdict(list)
    nights: dict[int, dict[dt.date, list[Visit]]] = defaultdict(lambda: defaultdict(list))
    for entry in entries:
        if isinstance(entry, Visit) and entry.covered_by_id:
            key = uuid5(entry.public_id, "covers")
            times = (entry.starts_at, entry.ends_at, entry.local, entry.until, entry.clocks)
            covers[entry.covered_by_id].append(Duty(key, entry, *times))
        if isinstance(entry, Visit) and entry.night_attendant_id:
            nights[entry.night_attendant_id][entry.local.date()].append(entry)
    return covers, nights


def _rooms(request: HttpRequest, clinic: Clinic, entries: Sequence[Entry], days: Sequence[dt.date]) -> list[Line]:
    """The clinic's rooms; for those who see their own courses only, the rooms of these."""
    seen = {entry.room for entry in entries if entry.room}
    every = Room.objects.visible_to(request.grant) if clinic.pk in request.grant.clinics else seen
    used = {room.pk for room in seen}
    rooms = [room for room in every if room.clinic_id == clinic.pk and (room.active or room.pk in used)]
    closed = days_closed(rooms, days)
    return [
        Line(
            f"r{room.pk}",
            room.name,
            room.get_kind_display(),
            [entry for entry in entries if entry.room_id == room.pk],
            {n: [(room.opens_at or clinic.opens_at, room.closes_at or clinic.closes_at)] for n in range(7)},
            closed.get(room.pk, {}),
        )
        for room in sorted(rooms, key=lambda room: (room.kind != Room.Kind.DOSING, room.name))
    ]


def _pairs(clinic: Clinic, entries: Sequence[Entry], days: Sequence[dt.date]) -> list[Line]:
    """Every two therapists who hold a visit of these days together, or one of them for a course of both; with their gatherings."""
    held: dict[tuple[User, ...], list[Entry]] = defaultdict(list)
    for entry in entries:
        if pair := _pair_of(entry):
            held[pair].append(entry)
    for entry in entries:
        if isinstance(entry, Gathering):
            for pair, theirs in held.items():
                if any(person in pair for person in entry.people):
                    theirs.append(entry)
    people = {person.pk for pair in held for person in pair}
    staff = {c.member.user_id: c for c in roster(clinic, days=days, people=people, everybody=False, with_reasons=False)}
    return [
        Line(
            "x" + "-".join(str(person.pk) for person in pair),
            " and ".join(str(person) for person in pair),
            "",
            held[pair],
            _shared([staff[person.pk].hours for person in pair if person.pk in staff]),
            {day: str(person) for person in pair if person.pk in staff for day in staff[person.pk].away},
            pair,
            {
                day: sorted(
                    part for person in pair if person.pk in staff for part in staff[person.pk].elsewhere.get(day, [])
                )
                for day in days
            },
        )
        for pair in sorted(held, key=lambda pair: [(str(person), person.pk) for person in pair])
    ]


def _pair_of(entry: Entry) -> tuple[User, ...]:
    """Who holds the visit, by name; for one therapist alone the pair of the course that they are of."""
    if isinstance(entry, Gathering) or not entry.people:
        return ()
    people = entry.people
    if len(people) == 1:
        pair = entry.course.pair(entry.local.date())
        if people[0] not in pair:
            return ()  # a rating, or somebody who stood in alone: it is in the lines of people
        people = pair
    return tuple(sorted(people, key=lambda person: (str(person), person.pk)))


def _shared(weeks: Sequence[Hours]) -> Hours:
    """The hours in which all of them work."""
    first, *others = weeks or [{}]
    shared = first
    for week in others:
        shared = {
            day: [
                (max(opens, other_opens), min(closes, other_closes))
                for opens, closes in hours
                for other_opens, other_closes in week.get(day, [])
                if max(opens, other_opens) < min(closes, other_closes)
            ]
            for day, hours in shared.items()
        }
    return shared
