"""When a visit could begin: the free time of people and rooms, and what one request leaves of it.

A `Calendar` is what all requests of a clinic share; visits can be put into it and taken out again. `Openings` adds one
patient to it. `lifted` names rules to leave out, which is how a "no" is explained. Keys of rules: hours:KEY, away:KEY,
booked:KEY, lapsed:KEY and weekly:KEY of a person; room:KIND for the hours and bookings of rooms; cover, rater, night;
times and booked:patient; clinic, closures. Washout and the start belong to the chain.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, cached_property

from patients.rules.protocol import RoomKind, VisitKind, VisitPlan
from sessions.rules.days import FINE, QUARTER, WHOLE_DAY, Days, Flags, runs
from sessions.rules.intervals import Interval, at_wall
from sessions.rules.planning import Appointment, House, Person, Request, Space, Week

MINUTE = timedelta(minutes=1)
MORNING = (time(0, 0), time(12, 0))
NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)  # compared by identity: `shape` makes each only once
class Shape:
    """What a visit needs of a day; visits of the same shape share their openings."""

    minutes: int
    therapists: int
    room: RoomKind | None
    physician: bool
    rater: bool
    call: bool  # made from anywhere, so also outside working hours: the week after a dosing day has a weekend in it
    morning: bool  # the visit of the morning after a dosing day
    night: bool


def is_morning_after(visit: VisitPlan, anchor: VisitPlan | None) -> bool:
    """True for the visit that must follow on the next morning of a dosing day."""
    return (
        visit.kind is VisitKind.INTEGRATION
        and anchor is not None
        and anchor.kind is VisitKind.DOSING
        and visit.latest.whole == 1
    )


def shape_of(visit: VisitPlan, anchor: VisitPlan | None) -> Shape:
    also = visit.also_present
    return _shape(
        visit.minutes.whole,
        visit.therapists,
        visit.room,
        "physician" in also,
        "rater" in also,
        visit.kind is VisitKind.CALL,
        is_morning_after(visit, anchor),
        "night attendant" in also,
    )


@cache
def _shape(
    minutes: int,
    therapists: int,
    room: RoomKind | None,
    physician: bool,
    rater: bool,
    call: bool,
    morning: bool,
    night: bool,
) -> Shape:
    return Shape(minutes, therapists, room, physician, rater, call, morning, night)


def in_working_hours(shape: Shape) -> Shape:
    """The same visit, if it were no call."""
    return _like(shape, shape.therapists, call=False)


def for_one(shape: Shape) -> Shape:
    """The same visit with one therapist."""
    return _like(shape, 1, call=shape.call)


def _like(shape: Shape, therapists: int, *, call: bool) -> Shape:
    also = (shape.physician, shape.rater, call, shape.morning, shape.night)
    return _shape(shape.minutes, therapists, shape.room, *also)


def grain(requests: Iterable[Request]) -> int:
    """The step of the clock at which nothing of these requests is lost: a quarter of an hour wherever that will do."""
    for request in requests:
        lengths = [visit.minutes.whole for visit in request.protocol.visits]
        if any(minutes % QUARTER for minutes in (*lengths, *(space.turnover for space in request.spaces))):
            return FINE
    return QUARTER


def night_of(day: date, house: House) -> Interval:
    """From the hour at which the clinic closes on this day to the hour at which it opens on the next."""
    until = at_wall(day + timedelta(days=1), house.opens, house.zone)
    return Interval(at_wall(day, house.closes, house.zone), until)


def _taken_room(key: str) -> str:
    """People and rooms may have the same keys."""
    return f"room {key}"


class Calendar:
    """People, rooms and nights with what is booked, for many requests over one stretch of days."""

    def __init__(self, house: House, people: dict[str, Person], spaces: tuple[Space, ...], days: Days) -> None:
        self.house, self.people, self.days = house, people, days
        self.spaces = {space.key: space for space in spaces}
        self._rooms = {_taken_room(space.key): space for space in spaces}
        self._busy: dict[str, int] = {}
        self._version: dict[str, int] = defaultdict(int)
        self._standing: dict[tuple[str, bool, frozenset[str]], int] = {}
        self._known: dict[tuple[object, ...], tuple[tuple[int, ...], int]] = {}
        self._weeks: dict[str, list[int]] = {}
        self._nights: dict[str, set[int]] = {}
        self._roster: dict[str, set[int]] = {}
        self._quarters = days.every_day(self._quarter_row)

    # What is booked

    def masks(self, appointments: Iterable[Appointment]) -> dict[str, int]:
        """The bits that these visits take of each person and room, rooms until they are turned over."""
        found: dict[str, list[Interval]] = defaultdict(list)
        for appointment in appointments:
            for _, key in appointment.people:
                found[key].append(appointment.interval)
            if appointment.room is not None:
                turnover = self.spaces[appointment.room].turnover
                found[_taken_room(appointment.room)].append(appointment.interval.lengthened(turnover))
        return {key: self.days.taken(intervals) for key, intervals in found.items()}

    def take(self, appointments: Iterable[Appointment], masks: dict[str, int]) -> None:
        for key, mask in masks.items():
            self._busy[key] = self.busy(key) | mask
            self._version[key] += 1
        self._count(appointments, 1)

    def release(self, appointments: Iterable[Appointment], masks: dict[str, int]) -> None:
        for key, mask in masks.items():
            self._busy[key] = self.busy(key) & ~mask
            self._version[key] += 1
        self._count(appointments, -1)

    def _count(self, appointments: Iterable[Appointment], sign: int) -> None:
        days = self.days
        for appointment in appointments:
            day = days.index(appointment.start.astimezone(days.zone).date())
            minutes = sign * int((appointment.end - appointment.start).total_seconds() // 60)
            for _, key in appointment.people:
                if self.people[key].weekly_minutes is not None:
                    self.booked_minutes(key)[days.week_of[day]] += minutes
            if appointment.night is not None:
                taken = self._nights_taken(appointment.night)
                (taken.add if sign > 0 else taken.discard)(day)
                self._version[appointment.night] += 1

    def busy(self, key: str) -> int:
        """When a person is taken, by their key, or a room, by `_taken_room` of its key."""
        if key not in self._busy:
            person = self.people.get(key)
            taken = self._rooms[key].busy if person is None else (*person.busy, *person.outside)
            self._busy[key] = self.days.taken(taken)
        return self._busy[key]

    def booked_minutes(self, key: str) -> list[int]:
        """Minutes already booked, by week of the horizon; a booking counts in the week in which it begins."""
        if key not in self._weeks:
            weeks = [0] * (self.days.week_of[-1] + 1)
            for interval in self.people[key].busy:
                week = self.days.week_at(interval.start)
                if week is not None:
                    weeks[week] += (interval.end - interval.start) // MINUTE
            self._weeks[key] = weeks
        return self._weeks[key]

    def version(self, key: str) -> int:
        """Another number whenever what a person is booked for has changed."""
        return self._version[key]

    # When people are free

    def person(self, key: str, calling: bool = False, lifted: frozenset[str] = NOTHING) -> int:
        """When somebody is free: working (a call needs no working hours), not away, not booked, credentials good."""
        lifted &= {f"{what}:{key}" for what in ("hours", "away", "booked", "lapsed")}
        known = (key, calling, lifted)
        if known not in self._standing:
            self._standing[known] = self._standing_bits(self.people[key], calling, lifted)
        return self._standing[known] if f"booked:{key}" in lifted else self._standing[known] & ~self.busy(key)

    def person_starts(self, key: str, minutes: int, calling: bool, lifted: frozenset[str] = NOTHING) -> int:
        """Starts at which somebody is free for so long, and has the hours left in that week."""

        def work_out() -> int:
            found = runs(self.person(key, calling, lifted), self.days.steps(minutes))
            return found & self._hours_left(key, minutes, lifted)

        return self._cached((key, minutes, calling, lifted), (key,), work_out)

    def both_starts(self, pair: tuple[str, str], minutes: int, calling: bool, lifted: frozenset[str] = NOTHING) -> int:
        def work_out() -> int:
            lead, second = (self.person_starts(key, minutes, calling, lifted) for key in pair)
            return lead & second

        return self._cached((*pair, minutes, calling, lifted), pair, work_out)

    def _standing_bits(self, person: Person, calling: bool, lifted: frozenset[str]) -> int:
        days, key = self.days, person.key
        any_hour = calling or f"hours:{key}" in lifted
        bits = days.daily(WHOLE_DAY) if any_hour else days.week(person.hours)
        closed: set[int] = set()
        if f"away:{key}" not in lifted:
            closed = self._absent_days(person)
        last = None if f"lapsed:{key}" in lifted else last_good_day(person)
        if last is not None:
            closed.update(range(max(0, (last - days.first).days + 1), days.count))
        return bits & ~days.whole(closed) if closed else bits

    def _absent_days(self, person: Person) -> set[int]:
        days = self.days
        away: set[int] = set()
        for absence in person.absences:
            low = max(0, days.index(absence.first))
            away.update(range(low, min(days.count, days.index(absence.last) + 1)))
        return away

    def _hours_left(self, key: str, minutes: int, lifted: frozenset[str]) -> int:
        most = self.people[key].weekly_minutes
        if most is None or f"weekly:{key}" in lifted:
            return -1
        booked, offset = self.booked_minutes(key), self.days.first.weekday()
        full = [week * 7 - offset for week, already in enumerate(booked) if already + minutes > most]
        return ~self.days.whole(day for monday in full for day in range(monday, monday + 7)) if full else -1

    # Rooms, cover, nights, and the clinic itself

    def room_starts(self, space: Space, minutes: int) -> int:
        """Starts at which the room is open for the visit and nobody else's until it has been turned over."""

        def work_out() -> int:
            usable = self._room_hours(space) & ~self.busy(_taken_room(space.key))
            return runs(usable, self.days.steps(minutes) + self.days.steps(space.turnover))

        return self._cached(("room", space.key, minutes), (_taken_room(space.key),), work_out)

    def _room_hours(self, space: Space) -> int:
        # Turnover may run past closing; only another booking is in its way.
        days = self.days
        extra = (1 << days.steps(space.turnover)) - 1

        def row(day: int) -> int:
            hours = days.hours(day, (space.opens, space.closes))
            return hours | extra << hours.bit_length() if hours else 0

        return self._cached(("hours", space.key), (), lambda: days.every_day(row))

    def shared(self, shape: Shape, request: Request, lifted: frozenset[str] = NOTHING) -> int:
        """Everything except the pair and the patient: clinic, quarter hour, morning, room, cover, night."""
        keys = self._shared_keys(shape, request)
        known = ("shared", shape, request.physicians, request.attendants, lifted)
        return self._cached(known, keys, lambda: self._shared(shape, request, lifted))

    def _shared_keys(self, shape: Shape, request: Request) -> tuple[str, ...]:
        rooms = [key for key, space in self._rooms.items() if space.kind is shape.room]
        covers = request.physicians if shape.physician else ()
        return (*rooms, *covers, *(request.attendants if shape.night else ()))

    def _shared(self, shape: Shape, request: Request, lifted: frozenset[str]) -> int:
        days = self.days
        bits = self._cached(("clinic", shape, lifted), (), lambda: self._clinic(shape, lifted))
        if shape.room is not None and f"room:{shape.room}" not in lifted:
            rooms = 0
            for space in self.spaces.values():
                if space.kind is shape.room:
                    rooms |= self.room_starts(space, shape.minutes)
            bits &= rooms
        if shape.physician and "cover" not in lifted:
            bits &= self.any_person(request.physicians, shape.minutes)
        if shape.night and request.attendants and "night" not in lifted:
            bits &= days.whole(set().union(*(self.nights(key) for key in request.attendants)))
        return bits

    def _clinic(self, shape: Shape, lifted: frozenset[str]) -> int:
        """Quarter hours at which the clinic is open for such a visit, whoever is there."""
        days, house = self.days, self.house
        hours = WHOLE_DAY if "clinic" in lifted else (house.opens, house.closes)
        bits = self._quarters & runs(days.daily(hours), days.steps(shape.minutes))
        if not shape.call and "closures" not in lifted:
            bits &= ~days.whole(days.index(day) for day in house.closures)
        return bits & days.daily(MORNING) if shape.morning else bits

    def any_person(self, keys: Iterable[str], minutes: int) -> int:
        bits = 0
        for key in keys:
            bits |= self.person_starts(key, minutes, False)
        return bits

    def nights(self, key: str) -> set[int]:
        """The days after which somebody may stay the night: on the roster, not away, not booked, credentials good."""
        if key not in self._roster:
            person, days = self.people[key], self.days
            weekday = days.first.weekday()
            last = last_good_day(person)
            good = days.count if last is None else max(0, min(days.count, (last - days.first).days + 1))
            roster = person.hours if person.nights is None else person.nights
            on = {day for day in range(good) if (weekday + day) % 7 in roster}
            self._roster[key] = on - self._absent_days(person)
        return self._roster[key] - self._nights_taken(key)

    def has_night(self, key: str, day: int) -> bool:
        if key not in self._roster:
            self.nights(key)
        return day in self._roster[key] and day not in self._nights_taken(key)

    def _nights_taken(self, key: str) -> set[int]:
        if key not in self._nights:
            person = self.people[key]
            taken: set[int] = set()
            begin, end = self._each_night
            for interval in (*person.busy, *person.outside):
                taken.update(range(bisect_right(end, interval.start), bisect_left(begin, interval.end)))
            self._nights[key] = taken
        return self._nights[key]

    @cached_property
    def _each_night(self) -> tuple[list[datetime], list[datetime]]:
        """When the night after each day begins, and when it ends."""
        nights = [night_of(day, self.house) for day in self.days.dates]
        return [night.start for night in nights], [night.end for night in nights]

    def _quarter_row(self, day: int) -> int:
        each = QUARTER // self.days.step_minutes
        return sum(1 << step for step in range(0, self.days.length(day), each))

    def _cached(self, known: tuple[object, ...], keys: tuple[str, ...], work_out: Callable[[], int]) -> int:
        version = tuple([self._version[key] for key in keys])
        held = self._known.get(known)
        if held is None or held[0] != version:
            held = self._known[known] = (version, work_out())
        return held[1]


class Openings:
    """Every start that hard rules leave open to one request, without the rules in `lifted`."""

    def __init__(self, request: Request, calendar: Calendar, lifted: frozenset[str] = NOTHING) -> None:
        self.request, self.calendar, self.days, self.lifted = request, calendar, calendar.days, lifted
        self._starts: dict[tuple[Shape, tuple[str, str]], int] = {}
        self._rows: dict[tuple[Shape, tuple[str, str]], bytes] = {}
        times = None if "times" in lifted else request.client.times
        self._reachable = self._client_bits(None)  # the patient's times say when they can come, not when they answer
        self._client = self._reachable if times is None else self._client_bits(times)
        self._whole = times is None and not request.client.busy
        self._since = -1 if request.not_before is None else self.days.since(request.not_before)
        self._patient: dict[tuple[int, bool], int] = {}

    def refresh(self) -> None:
        """Look at the calendar again: something was put into it or taken out."""
        self._starts.clear()
        self._rows.clear()

    def starts(self, shape: Shape, pair: tuple[str, str]) -> int:
        """The bits of all days at which a visit of this shape can begin with this pair."""
        known = (shape, pair)
        if known not in self._starts:
            self._starts[known] = self._work_out(shape, pair)
        return self._starts[known]

    def flags(self, shape: Shape, pair: tuple[str, str]) -> Flags:
        """The days on which such a visit can begin."""
        return self.days.flags(self.starts(shape, pair))

    def row(self, shape: Shape, pair: tuple[str, str], day: int) -> int:
        """The bits of one day at which such a visit can begin."""
        known = (shape, pair)
        if known not in self._rows:
            self._rows[known] = self.days.packed(self.starts(shape, pair))
        size = self.days.width // 8
        return int.from_bytes(self._rows[known][day * size : (day + 1) * size], "little")

    def raters(self, pair: tuple[str, str]) -> tuple[str, ...]:
        """Raters who are independent of the pair."""
        return tuple(key for key in self.request.raters if key not in pair)

    def _work_out(self, shape: Shape, pair: tuple[str, str]) -> int:
        calendar, minutes = self.calendar, shape.minutes
        bits = calendar.shared(shape, self.request, self.lifted) & self._since
        bits &= self._patient_starts(minutes, shape.call)
        if bits and shape.rater and "rater" not in self.lifted:
            bits &= calendar.any_person(self.raters(pair), minutes)
        if not bits or not shape.therapists:
            return bits
        if shape.therapists >= 2:
            return bits & calendar.both_starts(pair, minutes, shape.call, self.lifted)
        lead, second = (calendar.person_starts(key, minutes, shape.call, self.lifted) for key in pair)
        return bits & (lead | second)

    def _patient_starts(self, minutes: int, call: bool) -> int:
        if self._whole:
            return -1
        known = (minutes, call)
        if known not in self._patient:
            free = self._reachable if call else self._client
            self._patient[known] = runs(free, self.days.steps(minutes))
        return self._patient[known]

    def _client_bits(self, times: Week | None) -> int:
        booked = 0 if "booked:patient" in self.lifted else self.days.taken(self.request.client.busy)
        hours = self.days.daily(WHOLE_DAY) if times is None else self.days.week(times)
        return hours & ~booked


def last_good_day(person: Person) -> date | None:
    """The last day on which every needed credential is good; None when none of them ends, date.min when one is missing."""
    last: date | None = None
    for kind in person.needs:
        held = [credential.expires_on for credential in person.credentials if credential.kind == kind]
        if not held:
            return date.min
        good = None if None in held else max(day for day in held if day is not None)
        if good is not None:
            last = good if last is None else min(last, good)
    return last
