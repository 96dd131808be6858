"""The days of a calendar as bits: one integer holds a whole horizon, every day a field of the same width.

Bit n of a day stands for the n-th elapsed step after the clinic's midnight, so days of 23 and 25 hours need no care. A
field is wider than any day; the bits after a day's end are never open, so nothing runs across midnight.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from sessions.rules.intervals import Interval, at_wall
from sessions.rules.planning import Hours, Week

QUARTER = 15  # visits begin on the quarter hour
FINE = 5  # the step when a length or a turnover is no multiple of a quarter
WIDTH = {QUARTER: 128, FINE: 320}  # bits of a day's field: whole words of 64 bits, more than 25 hours
WHOLE_DAY = (time(0, 0), time.max)

Flags = NDArray[np.bool_]


def runs(free: int, steps: int) -> int:
    """The bits of `free` at which `steps` free steps in a row begin."""
    have = 1
    while have < steps and free:
        shift = min(have, steps - have)
        free &= free >> shift
        have += shift
    return free


def bits_of(bits: int) -> Iterator[int]:
    """The places of the bits, lowest first."""
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low


class Days:
    """The calendar days of a plan, and how instants fall on them."""

    def __init__(self, first: date, count: int, zone: ZoneInfo, step: int = FINE) -> None:
        self.first, self.count, self.zone, self.step_minutes = first, count, zone, step
        self.width = WIDTH[step]
        self.dates = [first + timedelta(days=n) for n in range(count)]
        midnights = [at_wall(first + timedelta(days=n), WHOLE_DAY[0], zone) for n in range(count + 1)]
        self.begins, self.ends = midnights[0], midnights[-1]
        self._midnights = [int(midnight.timestamp()) // 60 for midnight in midnights]
        self._midnights_in_seconds = np.array([midnight.timestamp() for midnight in midnights])
        self._regular = 24 * 60 // step
        self._irregular = [day for day in range(count) if self.length(day) != self._regular]
        self._hours: dict[tuple[int, Hours], int] = {}
        self._daily: dict[Hours, int] = {}
        self.week_of = [(first.weekday() + n) // 7 for n in range(count)]  # which Monday to Sunday a day is in
        mondays = range(-first.weekday(), count + 7, 7)
        self._mondays = [at_wall(first + timedelta(days=n), WHOLE_DAY[0], zone) for n in mondays]

    def index(self, day: date) -> int:
        return (day - self.first).days

    def length(self, day: int) -> int:
        """Steps in this day: a few more or fewer than usual when the clock changes."""
        return (self._midnights[day + 1] - self._midnights[day]) // self.step_minutes

    def week_at(self, instant: datetime) -> int | None:
        """The week of this calendar in which an instant is; it may be on a day before the first or after the last."""
        week = bisect_right(self._mondays, instant) - 1
        return week if 0 <= week <= self.week_of[-1] else None

    def steps(self, minutes: int) -> int:
        return -(-minutes // self.step_minutes)

    def instant(self, day: int, step: int) -> datetime:
        return datetime.fromtimestamp((self._midnights[day] + step * self.step_minutes) * 60, UTC)

    def step(self, day: int, instant: datetime) -> int:
        return (int(instant.timestamp()) // 60 - self._midnights[day]) // self.step_minutes

    def hours(self, day: int, hours: Hours) -> int:
        """The bits of this day between two wall-clock times."""
        key = (-1 if self.length(day) == self._regular else day, hours)
        if key not in self._hours:
            start, end = (self._step_at(day, clock) for clock in hours)
            self._hours[key] = ((1 << end) - (1 << start)) if end > start else 0
        return self._hours[key]

    def _step_at(self, day: int, clock: time) -> int:
        if clock == time.max:
            return self.length(day)
        return self.step(day, at_wall(self.dates[day], clock, self.zone))

    def every_day(self, row: Callable[[int], int]) -> int:
        """One integer of all days from a row of bits that is the same on all days of 24 hours."""
        rows: dict[int, int] = {day: row(day) for day in self._irregular}
        if len(rows) == self.count:
            return self._laid(b"", rows)
        plain = next(day for day in range(self.count) if day not in rows)
        return self._laid(self._packed_row(row(plain)) * self.count, rows)

    def daily(self, hours: Hours) -> int:
        """The bits between two wall-clock times on all days."""
        if hours not in self._daily:
            self._daily[hours] = self.every_day(lambda day: self.hours(day, hours))
        return self._daily[hours]

    def week(self, week: Week) -> int:
        """The bits of weekly hours on all days."""
        weekday = self.first.weekday()

        def row(day: int) -> int:
            bits = 0
            for hours in week.get((weekday + day) % 7, ()):
                bits |= self.hours(day, hours)
            return bits

        rows = {day: row(day) for day in self._irregular}
        plain = [next((day for day in range(n, self.count, 7) if day not in rows), None) for n in range(7)]
        packed = b"".join(self._packed_row(0 if day is None else row(day)) for day in plain)
        return self._laid(packed * (self.count // 7 + 1), rows)

    def whole(self, days: Iterable[int]) -> int:
        """Every bit of these days, the ones behind their ends too."""
        bits = np.zeros((self.count, self.width // 8), dtype=np.uint8)
        bits[[day for day in days if 0 <= day < self.count]] = 255
        return int.from_bytes(bits.tobytes(), "little")

    def _packed_row(self, row: int) -> bytes:
        return (row & ((1 << self.width) - 1)).to_bytes(self.width // 8, "little")

    def _laid(self, packed: bytes, rows: dict[int, int]) -> int:
        """These days, with the rows of some of them put in their place."""
        size = self.width // 8
        laid = bytearray(packed[: size * self.count].ljust(size * self.count, b"\0"))
        for day, row in rows.items():
            laid[day * size : (day + 1) * size] = self._packed_row(row)
        return int.from_bytes(laid, "little")

    def taken(self, intervals: Iterable[Interval]) -> int:
        """The bits that intervals touch; a step that is partly taken is taken."""
        here = [each for each in intervals if each.end > self.begins and each.start < self.ends]
        starts = np.floor(self._places([each.start for each in here])).astype(int)
        ends = np.ceil(self._places([each.end for each in here])).astype(int)
        bits = np.zeros(self.count * self.width, dtype=np.bool_)
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            bits[start:end] = True
        return int.from_bytes(np.packbits(bits, bitorder="little").tobytes(), "little")

    def _places(self, instants: list[datetime]) -> NDArray[np.float64]:
        """How many bits come before each of these instants; a part of a step is a part of a bit."""
        midnights = self._midnights_in_seconds
        seconds = np.clip([instant.timestamp() for instant in instants], midnights[0], midnights[-1])
        day = np.searchsorted(midnights, seconds, "right") - 1
        place: NDArray[np.float64] = day * self.width + (seconds - midnights[day]) / (60 * self.step_minutes)
        return place

    def since(self, instant: datetime) -> int:
        """The bits of all steps that begin at this instant or later, as a mask."""
        minute = -(-int(instant.timestamp()) // 60)
        day = bisect_right(self._midnights, minute) - 1
        if day < 0:
            return -1
        if day >= self.count:
            return 0
        return -1 << (day * self.width + -(-(minute - self._midnights[day]) // self.step_minutes))

    def row(self, bits: int, day: int) -> int:
        """The bits of one day."""
        return (bits >> day * self.width) & ((1 << self.width) - 1)

    def flags(self, bits: int) -> Flags:
        """Which days have a bit."""
        words = np.frombuffer(self.packed(bits), dtype=np.uint64).reshape(self.count, -1)
        return np.asarray(words.any(axis=1))

    def packed(self, bits: int) -> bytes:
        return (bits & self._mask).to_bytes(self.count * self.width // 8, "little")

    @property
    def _mask(self) -> int:
        return (1 << self.count * self.width) - 1
