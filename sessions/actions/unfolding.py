"""Reads when somebody is taken out of a file of their own calendar: from and until, and nothing else that it says.

    python -m sessions.actions.unfolding ZONE SINCE UNTIL < FILE

The file may come from anywhere, and a few lines of it can keep any reader busy for ever (a recurrence whose interval is
zero does). So it is read in a process of its own, with little time and memory, that knows neither settings nor secrets
and needs no database. Prints JSON: "times" as pairs of ISO 8601 instants, or the sentence why the file is "refused".
"""

import datetime as dt
import json
import resource
import sys
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Event

from sessions.rules.intervals import Interval, at_wall, merged

MOST_EVENTS = 5_000
MOST_TIMES = 2_000  # once those that overlap are joined
MOST_NESTED = 20_000
MOST_LINES = 100_000  # 5,000 events of a calendar program have 60,000 in 2 MB
MOST_RECURRING = 200  # that are not over: each costs as much as fifty events that come once
# The largest file that is read (2 MB, 5,000 events, 100 of them weekly) took 3.4 seconds on a busy machine.
CPU_SECONDS, MEMORY = 5, 1 << 30
DAMAGED = "It is damaged: its lines do not fit together. Export it again."
OFTEN = {"SECONDLY", "MINUTELY", "HOURLY"}
CLOCK = ("BYHOUR", "BYMINUTE", "BYSECOND")  # several of one are as good as several rules
WITH_TIMES = ("DTSTART", "DTEND", "RECURRENCE-ID", "RDATE", "EXDATE")
THAT_COUNT = (*WITH_TIMES, "DURATION", "RRULE")
TAKE_OUT = "Take it out and export the calendar again."


class Unusable(Exception):
    """A file that cannot be taken over: a sentence why, which quotes nothing of it but names of properties."""


def times_in(content: bytes, *, zone: ZoneInfo, since: dt.datetime, until: dt.datetime) -> list[Interval]:
    """Every stretch between two instants that the file says is taken, uncut and not joined. Raises Unusable.

    Events that are cancelled or do not take any time (transparent, or "free" in Outlook) are left out. Times without a
    zone, and whole days, are taken on the clinic's wall clock.
    """
    found: list[Interval] = []
    for calendar in _calendars(content):
        events = calendar.walk("VEVENT")
        for event in events:
            _check(event, zone)
        if sum(_goes_on(rule, since) for event in events for rule in _listed(event, "RRULE")) > MOST_RECURRING:
            raise Unusable(f"More than {MOST_RECURRING} events in it recur. Export a calendar with fewer of them.")
        try:
            unfolded = recurring_ical_events.of(calendar).between(since, until)
        except (ValueError, OverflowError) as problem:
            raise Unusable(f"An event in it has times or a recurrence that cannot be read. {TAKE_OUT}") from problem
        found += [interval for event in unfolded for interval in _taken(event, zone)]
    return [interval for interval in found if interval.start < until and since < interval.end]


def _calendars(content: bytes) -> list[Calendar]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise Unusable("It is not a text in UTF-8. Export it again as an iCalendar file (.ics).") from problem
    if "BEGIN:VCALENDAR" not in text.upper():
        raise Unusable("It is no iCalendar file. Export the calendar as a file that ends in .ics.")
    if text.count("\n") > MOST_LINES:
        raise Unusable(f"It has more than {MOST_LINES} lines. Export a shorter period.")
    if text.upper().count("BEGIN:VEVENT") > MOST_EVENTS or text.upper().count("BEGIN:") > MOST_NESTED:
        raise Unusable(f"It holds more than {MOST_EVENTS} events. Export a shorter period.")
    try:
        calendars = list(Calendar.from_ical(text, multiple=True))
    except ValueError as problem:
        raise Unusable(DAMAGED) from problem
    if not calendars:  # begun, and never ended
        raise Unusable(DAMAGED)
    return calendars


def _check(event: Event, zone: ZoneInfo) -> None:
    """Raises Unusable for what would be read wrongly, or would take for ever."""
    broken = [name for name, _ in event.errors if name in THAT_COUNT]
    if broken or "DTSTART" not in event:
        name = broken[0] if broken else "DTSTART"
        raise Unusable(f"An event in it has a {name} that cannot be read. {TAKE_OUT}")
    _check_zones(event)
    if _ends_early(event, zone):
        raise Unusable(
            "An event in it ends before it begins. Put it right or take it out, and export the calendar again."
        )
    for rule in _listed(event, "RRULE"):
        if {str(often).upper() for often in rule.get("FREQ", [])} & OFTEN or any(
            len(rule.get(n, [])) > 1 for n in CLOCK
        ):
            raise Unusable(f"An event in it recurs more often than daily. {TAKE_OUT}")
        if any(int(number) < 1 for number in rule.get("INTERVAL", [])):
            raise Unusable(f"An event in it has a RRULE that cannot be read. {TAKE_OUT}")


def _goes_on(rule: Any, since: dt.datetime) -> bool:
    """Whether a recurrence may still come after this; by days, so that no zone matters."""
    last = [until.date() if isinstance(until, dt.datetime) else until for until in rule.get("UNTIL", [])]
    return not last or max(last) >= since.date()


def _check_zones(event: Event) -> None:
    """What is in an unknown zone would be read as the clinic's, and one day of a series dropped or put elsewhere by it."""
    floating = set()
    for name in WITH_TIMES:
        for value in _listed(event, name):
            for moment in _moments(value):
                if "TZID" in value.params and moment.tzinfo is None:
                    raise Unusable(f"An event in it is in a time zone that the file does not explain. {TAKE_OUT}")
                floating.add(moment.tzinfo is None)
    if len(floating) > 1:  # the reader would take all of them to be in the zone of one
        raise Unusable(f"An event in it has times with a time zone and times without one. {TAKE_OUT}")


def _listed(event: Event, name: str) -> list[Any]:
    """Every value of a property: none, one, or several of the same name."""
    values = event.get(name, [])
    return values if isinstance(values, list) else [values]


def _moments(value: Any) -> Iterator[dt.datetime]:
    """The times of day in a value: of one, of a list, or of both ends of a period; a whole day has none."""
    for one in getattr(value, "dts", [value]):
        ends = one.dt if isinstance(one.dt, tuple) else (one.dt,)
        yield from (end for end in ends if isinstance(end, dt.datetime))


def _ends_early(event: Event, zone: ZoneInfo) -> bool:
    """The reader would turn it round, and a time be kept free that nobody asked for."""
    if "DURATION" in event:
        return bool(event["DURATION"].dt < dt.timedelta(0))
    return "DTEND" in event and _instant(event["DTEND"].dt, zone) < _instant(event["DTSTART"].dt, zone)


def _taken(event: Event, zone: ZoneInfo) -> Iterator[Interval]:
    is_free = (
        str(event.get("TRANSP", "")).upper() == "TRANSPARENT"
        or str(event.get("STATUS", "")).upper() == "CANCELLED"
        or str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper() == "FREE"
    )
    start, end = _instant(event.start, zone), _instant(event.end, zone)
    if not is_free and start < end:
        yield Interval(start, end)


def _instant(value: dt.date, zone: ZoneInfo) -> dt.datetime:
    if isinstance(value, dt.datetime):
        here = value if value.tzinfo else value.replace(tzinfo=zone)
        return here.astimezone(dt.UTC)
    return at_wall(value, dt.time(0), zone)


def answer(content: bytes, zone: str, since: str, until: str) -> dict[str, Any]:
    """What is printed."""
    begin, end = dt.datetime.fromisoformat(since), dt.datetime.fromisoformat(until)
    try:
        found = times_in(content, zone=ZoneInfo(zone), since=begin, until=end)
    except Unusable as problem:
        return {"refused": str(problem)}
    if len(merged(found)) > MOST_TIMES:
        return {"refused": f"It takes more than {MOST_TIMES} separate times. Export a shorter period."}
    pairs = sorted({(max(one.start, begin), min(one.end, end)) for one in found})
    return {"times": [(start.isoformat(), end.isoformat()) for start, end in pairs]}


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    json.dump(answer(sys.stdin.buffer.read(), *sys.argv[1:4]), sys.stdout)
