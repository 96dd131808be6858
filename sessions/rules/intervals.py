"""Half-open stretches of time, and the clinic's wall clock on days when the clock changes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """[start, end) between two aware instants; never empty, so that two of them can always be compared."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("An interval needs aware times.")
        if self.start >= self.end:
            raise ValueError("An interval ends after it starts.")

    def overlaps(self, other: "Interval") -> bool:
        """True when they share an instant; one that ends when the other begins does not."""
        return self.start < other.end and other.start < self.end

    def lengthened(self, minutes: int) -> "Interval":
        """The same start, ending so many elapsed minutes later (turnover of a room)."""
        return Interval(self.start, self.end + timedelta(minutes=minutes))


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """The same instants in the fewest intervals, in order; those that touch are joined."""
    joined: list[Interval] = []
    for interval in sorted(intervals):
        if joined and interval.start <= joined[-1].end:
            joined[-1] = Interval(joined[-1].start, max(joined[-1].end, interval.end))
        else:
            joined.append(interval)
    return joined


def at_wall(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which the wall clock of the zone shows this time.

    A time that the clock skips counts from the offset before the change, so it lands after the gap; of a time that
    comes twice, the first is meant (PEP 495, fold 0).
    """
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)


def lasting(start: datetime, minutes: int) -> Interval:
    """An interval of elapsed minutes, which is not the same as wall-clock minutes when the clock changes."""
    return Interval(start, start + timedelta(minutes=minutes))


def day_of(instant: datetime, zone: ZoneInfo) -> date:
    """The calendar day of an instant on the clinic's wall."""
    return instant.astimezone(zone).date()
