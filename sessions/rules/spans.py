"""Elapsed time. Aware datetimes of one zone add and subtract as wall clocks in Python, so spans are measured in UTC."""

from datetime import UTC, datetime, timedelta


def minutes_between(start: datetime, end: datetime) -> float:
    """Elapsed minutes from start to end, negative when end is earlier; right across a daylight-saving change."""
    return (end.astimezone(UTC) - start.astimezone(UTC)).total_seconds() / 60


def later(at: datetime, minutes: float) -> datetime:
    """The moment this many elapsed minutes after `at`, in the zone of `at`."""
    return (at.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(at.tzinfo)


def spoken(minutes: float) -> str:
    """Whole minutes as people say them: "45 min", "2 h", "1 h 30 min". The sign is dropped."""
    hours, rest = divmod(round(abs(minutes)), 60)
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"
