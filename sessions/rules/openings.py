"""When a visit could begin, day by day: each day of the clinic is one integer whose bits are steps of five minutes.

Bit n of a day stands for the n-th elapsed step after the clinic's midnight, so days of 23 and 25 hours need no care.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from patients.rules.protocol import RoomKind, VisitKind, VisitPlan
from sessions.rules.intervals import Interval, at_wall
from sessions.rules.planning import Hours, Person, Request, Space, Week

STEP = 5  # minutes
GRID = 3  # visits begin on the quarter hour
NOON = time(12, 0)
WHOLE_DAY = time(0, 0)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a visit needs of a day; visits of the same shape share their openings."""

    minutes: int
    therapists: int
    room: RoomKind | None
    physician: bool
    rater: bool
    call: bool  # made from anywhere, so also outside working hours: the week after a dosing day has a weekend in it
    morning: bool  # the visit of the morning after a dosing day


def is_morning_after(visit: VisitPlan, anchor: VisitPlan | None) -> bool:
    """True for the visit that must follow on the next morning of a dosing day."""
    return (
        visit.kind is VisitKind.INTEGRATION
        and anchor is not None
        and anchor.kind is VisitKind.DOSING
        and visit.latest.whole == 1
    )


def shape_of(visit: VisitPlan, anchor: VisitPlan | None) -> Shape:
    return Shape(
        minutes=visit.minutes.whole,
        therapists=visit.therapists,
        room=visit.room,
        physician="physician" in visit.also_present,
        rater="rater" in visit.also_present,
        call=visit.kind is VisitKind.CALL,
        morning=is_morning_after(visit, anchor),
    )


def runs(free: int, steps: int) -> int:
    """The bits of `free` at which `steps` free steps in a row begin."""
    have = 1
    while have < steps and free:
        shift = min(have, steps - have)
        free &= free >> shift
        have += shift
    return free


class Days:
    """The calendar days of a plan, and how instants fall on them."""

    def __init__(self, first: date, count: int, request: Request) -> None:
        self.first = first
        self.count = count
        self.zone = request.house.zone
        self.dates = [first + timedelta(days=n) for n in range(count)]
        midnights = [at_wall(first + timedelta(days=n), WHOLE_DAY, self.zone) for n in range(count + 1)]
        self._midnights = [int(midnight.timestamp()) // 60 for midnight in midnights]
        self._hours: dict[tuple[int, Hours], int] = {}

    def index(self, day: date) -> int:
        return (day - self.first).days

    def length(self, day: int) -> int:
        """Steps in this day: 288, or a few more or fewer when the clock changes."""
        return (self._midnights[day + 1] - self._midnights[day]) // STEP

    def instant(self, day: int, step: int) -> datetime:
        return datetime.fromtimestamp((self._midnights[day] + step * STEP) * 60, UTC)

    def step(self, day: int, instant: datetime) -> int:
        return (int(instant.timestamp()) // 60 - self._midnights[day]) // STEP

    def hours(self, day: int, hours: Hours) -> int:
        """The bits between two wall-clock times of this day."""
        regular = self.length(day) == 24 * 60 // STEP
        key = (-1 if regular else day, hours)
        if key not in self._hours:
            start, end = (self._step_at(day, clock) for clock in hours)
            self._hours[key] = ((1 << end) - (1 << start)) if end > start else 0
        return self._hours[key]

    def _step_at(self, day: int, clock: time) -> int:
        if clock == time.max:
            return self.length(day)
        return self.step(day, at_wall(self.dates[day], clock, self.zone))

    def week(self, day: int, week: Week) -> int:
        bits = 0
        for hours in week.get(self.dates[day].weekday(), ()):
            bits |= self.hours(day, hours)
        return bits

    def taken(self, intervals: Iterable[Interval]) -> dict[int, int]:
        """The bits that intervals touch, by day; a step that is partly taken is taken."""
        bits: dict[int, int] = {}
        for interval in intervals:
            start = int(interval.start.timestamp()) // 60
            end = -(-int(interval.end.timestamp()) // 60)
            day = max(0, min(self.count - 1, (start - self._midnights[0]) // 1440 - 1))
            while day < self.count and self._midnights[day + 1] <= start:
                day += 1
            while day < self.count and self._midnights[day] < end:
                low = max(0, start - self._midnights[day]) // STEP
                high = min(self.length(day), -(-(end - self._midnights[day]) // STEP))
                if high > low:
                    bits[day] = bits.get(day, 0) | ((1 << high) - (1 << low))
                day += 1
        return bits


class Openings:
    """Every start that hard rules leave open. `lifted` names rules to leave out, which is how a "no" is explained.

    Keys of rules: hours:KEY, away:KEY, booked:KEY and lapsed:KEY of a person; room:KIND for the hours and bookings of
    rooms; cover, rater; times and booked of the patient; clinic, closures. Washout and the start belong to the planner.
    """

    def __init__(self, request: Request, days: Days, lifted: frozenset[str] = frozenset()) -> None:
        self.request = request
        self.days = days
        self.lifted = lifted
        self._people: dict[str, list[int]] = {}
        self._calling: dict[str, list[int]] = {}
        self._rooms: dict[str, tuple[list[int], list[int]]] = {}
        self._starts: dict[tuple[Shape, tuple[str, str]], dict[int, int]] = {}
        self._shared: dict[Shape, dict[int, int]] = {}
        self._client = self._client_bits(None if "times" in lifted else request.client.times)
        self._reachable = self._client_bits(None)  # the patient's times say when they can come, not when they answer
        self._quarters = [self._quarter_bits(day) for day in range(days.count)]

    def starts(self, shape: Shape, pair: tuple[str, str], day: int) -> int:
        """The bits of this day at which a visit of this shape can begin with this pair; 0 when the day is closed."""
        known = self._starts.setdefault((shape, pair), {})
        bits = known.get(day)
        if bits is None:
            bits = known[day] = self._starts_on(shape, pair, day)
        return bits

    def _starts_on(self, shape: Shape, pair: tuple[str, str], day: int) -> int:
        shared = self._shared.setdefault(shape, {})
        if day not in shared:
            shared[day] = self._shared_on(shape, day)
        bits = shared[day]
        if not bits or not shape.therapists:
            return bits
        steps = -(-shape.minutes // STEP)
        lead, second = (self.person(who, shape.call)[day] for who in pair)
        if shape.therapists >= 2:
            return bits & runs(lead & second, steps)
        return bits & (runs(lead, steps) | runs(second, steps))

    def person(self, key: str, calling: bool = False) -> list[int]:
        """When somebody is free: working (a call needs no working hours), not away, not booked, credentials good."""
        cache = self._calling if calling else self._people
        if key not in cache:
            cache[key] = self._person_bits(self.request.people[key], calling)
        return cache[key]

    def room_starts(self, space: Space, steps: int, day: int) -> int:
        """Starts at which the room is open for the visit and nobody else's until it has been turned over."""
        if space.key not in self._rooms:
            self._rooms[space.key] = self._room_bits(space)
        usable, unbooked = self._rooms[space.key]
        turnover = -(-space.turnover // STEP)
        return runs(usable[day] & unbooked[day], steps) & runs(unbooked[day], steps + turnover)

    def _shared_on(self, shape: Shape, day: int) -> int:
        """Everything except the pair: clinic, patient, room, cover, rater, quarter hour, morning."""
        steps = -(-shape.minutes // STEP)
        closed = not shape.call and "closures" not in self.lifted and self._is_closed(day)
        bits = 0 if closed else self._quarters[day]
        if bits:
            client = self._reachable if shape.call else self._client
            bits &= runs(self._clinic_bits(day) & client[day], steps)
        if bits and shape.morning:
            bits &= self.days.hours(day, (WHOLE_DAY, NOON))
        if bits and shape.room is not None:
            bits &= self._any_room(shape.room, steps, day)
        if bits and shape.physician and "cover" not in self.lifted:
            bits &= self._any_person(self.request.physicians, steps, day)
        if bits and shape.rater and "rater" not in self.lifted:
            bits &= self._any_person(self.request.raters, steps, day)
        return bits

    def _is_closed(self, day: int) -> bool:
        return self.days.dates[day] in self.request.house.closures

    def _clinic_bits(self, day: int) -> int:
        house = self.request.house
        hours = (WHOLE_DAY, time.max) if "clinic" in self.lifted else (house.opens, house.closes)
        return self.days.hours(day, hours)

    def _any_room(self, kind: RoomKind, steps: int, day: int) -> int:
        bits = 0
        for space in self.request.spaces:
            if space.kind is kind:
                bits |= self.room_starts(space, steps, day)
        if f"room:{kind}" in self.lifted:
            return -1
        return bits

    def _any_person(self, keys: tuple[str, ...], steps: int, day: int) -> int:
        bits = 0
        for key in keys:
            bits |= runs(self.person(key)[day], steps)
        return bits

    def _quarter_bits(self, day: int) -> int:
        length = self.days.length(day)
        bits = 0
        for step in range(0, length, GRID):
            bits |= 1 << step
        earliest = self.request.not_before
        if earliest is not None:
            passed = self.days.step(day, earliest) + 1
            bits = 0 if passed > length else bits & ~((1 << max(0, passed)) - 1)
        return bits

    def _client_bits(self, times: Week | None) -> list[int]:
        days = self.days
        booked = {} if "booked:patient" in self.lifted else days.taken(self.request.client.busy)
        return [
            (((1 << days.length(day)) - 1) if times is None else days.week(day, times)) & ~booked.get(day, 0)
            for day in range(days.count)
        ]

    def _person_bits(self, person: Person, calling: bool) -> list[int]:
        days, lifted = self.days, self.lifted
        booked = {} if f"booked:{person.key}" in lifted else days.taken(person.busy)
        away = set() if f"away:{person.key}" in lifted else self._absent_days(person)
        last = None if f"lapsed:{person.key}" in lifted else last_good_day(person)
        any_hour = calling or f"hours:{person.key}" in lifted
        bits = []
        for day, today in enumerate(days.dates):
            if day in away or (last is not None and today > last):
                bits.append(0)
                continue
            hours = (1 << days.length(day)) - 1 if any_hour else days.week(day, person.hours)
            bits.append(hours & ~booked.get(day, 0))
        return bits

    def _absent_days(self, person: Person) -> set[int]:
        days = self.days
        away: set[int] = set()
        for absence in person.absences:
            low = max(0, days.index(absence.first))
            away.update(range(low, min(days.count, days.index(absence.last) + 1)))
        return away

    def _room_bits(self, space: Space) -> tuple[list[int], list[int]]:
        days = self.days
        booked = days.taken(space.busy)
        hours = (space.opens, space.closes)
        usable = [days.hours(day, hours) for day in range(days.count)]
        # Turnover may run past midnight and past closing; only another booking is in its way.
        unbooked = [((1 << 2 * days.length(day)) - 1) & ~booked.get(day, 0) for day in range(days.count)]
        return usable, unbooked


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
