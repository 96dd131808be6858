"""How a practice is followed through, week by week, without blame."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

WEEKS_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days that end on a given day or before; `planned` shrinks where the practice ran for only part of them."""

    starts_on: date
    done: int
    planned: int

    @property
    def days(self) -> tuple[bool, ...]:
        """One place for each planned day, filled for each day done; more places where more was done."""
        return tuple(place < self.done for place in range(max(self.done, self.planned)))

    @property
    def kept(self) -> bool:
        return self.done >= self.planned


def weeks(
    *, times_a_week: int, started_on: date, ended_on: date | None, done: Collection[date], as_of: date
) -> tuple[Week, ...]:
    """The last six weeks up to `as_of`, the oldest first; none before the practice began.

    Weeks count back from the last day that matters: today, or the day the practice ended.
    """
    last = min(as_of, ended_on) if ended_on else as_of
    rows: list[Week] = []
    end = last
    while end >= started_on and len(rows) < WEEKS_SHOWN:
        start = max(end - timedelta(days=6), started_on)
        days = (end - start).days + 1
        count = sum(start <= day <= end for day in done)
        rows.append(Week(start, count, -(-times_a_week * days // 7)))
        end -= timedelta(days=7)
    return tuple(reversed(rows))
