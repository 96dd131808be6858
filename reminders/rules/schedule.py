"""Which reminders a visit has, to whom, and when each is due.

A reminder keeps the visit's wall time: a visit at 10:00 is reminded of at 10:00, so many days before, on the clinic's
clock, whatever daylight saving does in between. Where that wall time does not exist (the clocks go forward), the first
minute that does exist is taken; where it exists twice (they go back), the first of the two. What falls into the
reader's quiet hours waits until they end. What would be due in the past is not made at all.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from patients.rules.protocol import VisitKind


class Kind(StrEnum):
    WASHOUT_CHECK = "washout check"
    WEEK_BEFORE = "week before"
    TWO_DAYS_BEFORE = "two days before"
    DAY_BEFORE = "day before"
    DAY_BEFORE_CHECK = "day-before check"
    CALL_DUE = "call due"
    MEASURES_DUE = "measures due"
    DAY_AFTER_CHECK = "day-after check"
    ALERT = "alert"


class Reader(StrEnum):
    PATIENT = "patient"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Days counted from the visit's day on the clinic's calendar, at the visit's wall time or at a fixed one."""

    reader: Reader
    days: int
    at: time | None
    duties: tuple[str, ...]  # who on the care team is written to: the first duty that somebody holds
    said: str


MORNING = time(8, 0)

RHYTHMS: dict[Kind, Rhythm] = {
    Kind.WASHOUT_CHECK: Rhythm(
        Reader.STAFF, -14, MORNING, ("physician", "lead"), "Washout check, 14 days before the dosing day"
    ),
    Kind.WEEK_BEFORE: Rhythm(Reader.PATIENT, -7, None, (), "To the patient, a week before"),
    Kind.TWO_DAYS_BEFORE: Rhythm(Reader.PATIENT, -2, None, (), "To the patient, two days before"),
    Kind.DAY_BEFORE: Rhythm(Reader.PATIENT, -1, None, (), "To the patient, the day before"),
    Kind.DAY_BEFORE_CHECK: Rhythm(Reader.STAFF, -1, MORNING, ("lead", "second"), "Fasting and ride home, to the team"),
    Kind.CALL_DUE: Rhythm(Reader.STAFF, 0, MORNING, ("lead", "second"), "Call due today, to the team"),
    Kind.MEASURES_DUE: Rhythm(Reader.STAFF, -2, MORNING, ("rater", "lead"), "Measures due, to the rater"),
    Kind.DAY_AFTER_CHECK: Rhythm(Reader.STAFF, 1, MORNING, ("lead", "second"), "Morning after, to the team"),
    # Belongs to an alert rather than to a visit: due at once, to the very person who was told.
    Kind.ALERT: Rhythm(Reader.STAFF, 0, None, (), "Something that needs them, to one of the staff"),
}

OF_VISIT: dict[VisitKind, tuple[Kind, ...]] = {
    VisitKind.PREPARATION: (Kind.TWO_DAYS_BEFORE,),
    VisitKind.DOSING: (
        Kind.WASHOUT_CHECK,
        Kind.WEEK_BEFORE,
        Kind.TWO_DAYS_BEFORE,
        Kind.DAY_BEFORE,
        Kind.DAY_BEFORE_CHECK,
        Kind.DAY_AFTER_CHECK,
    ),
    VisitKind.INTEGRATION: (Kind.TWO_DAYS_BEFORE,),
    VisitKind.CALL: (Kind.DAY_BEFORE, Kind.CALL_DUE),
    VisitKind.RATING: (Kind.TWO_DAYS_BEFORE,),
    VisitKind.FOLLOW_UP: (Kind.WEEK_BEFORE, Kind.DAY_BEFORE),
}

# Elsewhere a measure is part of the session, and its page asks for it.
MEASURED = frozenset({VisitKind.RATING, VisitKind.FOLLOW_UP})
STALE_AFTER = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours in which the reader is left alone, on the reader's own clock; they may run over midnight."""

    begins: time
    ends: time
    zone: ZoneInfo

    def holds(self, instant: datetime) -> bool:
        """Whether an instant lies in the quiet hours; the minute in which they end does not."""
        now = instant.astimezone(self.zone).time()
        if self.begins <= self.ends:
            return self.begins <= now < self.ends
        return now >= self.begins or now < self.ends


@dataclass(frozen=True, slots=True)
class Booked:
    """What the schedule needs to know about a visit."""

    kind: VisitKind
    starts_at: datetime
    has_measures: bool


@dataclass(frozen=True, slots=True)
class Due:
    kind: Kind
    at: datetime


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The UTC instant of a wall time: in a gap the first minute that exists, in an overlap the first of the two."""
    found = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == wall:
        return found
    # In a gap the two readings lie on either side of the change; halve the distance down to its second.
    low, high = wall.replace(tzinfo=zone, fold=1).astimezone(UTC), found
    new_offset = high.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == new_offset:
            high = middle
        else:
            low = middle
    return high


def outside(quiet: Quiet | None, due: datetime) -> datetime:
    """The due time, or the end of the quiet hours that it falls into."""
    if quiet is None or not quiet.holds(due):
        return due
    local = due.astimezone(quiet.zone)
    day = local.date() + timedelta(days=1 if local.time() >= quiet.ends else 0)
    return instant(datetime.combine(day, quiet.ends), quiet.zone)


def kinds_of(visit: Booked) -> tuple[Kind, ...]:
    """The reminders that a visit of this kind has, whenever it is."""
    asks_for_forms = visit.has_measures and visit.kind in MEASURED
    return OF_VISIT[visit.kind] + ((Kind.MEASURES_DUE,) if asks_for_forms else ())


def reminders_of(visit: Booked, *, zone: ZoneInfo, quiet: Quiet | None, now: datetime) -> list[Due]:
    """Every reminder a visit still has, in order. Quiet hours are the patient's and do not hold back the staff's."""
    start = visit.starts_at.astimezone(zone)
    made: list[Due] = []
    for kind in kinds_of(visit):
        rhythm = RHYTHMS[kind]
        wall = datetime.combine(start.date() + timedelta(days=rhythm.days), rhythm.at or start.time())
        due = outside(quiet if rhythm.reader is Reader.PATIENT else None, instant(wall, zone))
        if due > now and (rhythm.days > 0 or due < visit.starts_at):
            made.append(Due(kind, due))
    return sorted(made, key=lambda each: (each.at, each.kind))


def is_too_late(kind: Kind, *, due_at: datetime, starts_at: datetime, now: datetime) -> bool:
    """Whether sending now would only confuse: the visit has begun, or the check is two days old."""
    return now - due_at > STALE_AFTER if RHYTHMS[kind].days > 0 else now >= starts_at


def reader_of(kind: Kind, held: Iterable[str]) -> str | None:
    """The duty on the care team whose holder a staff reminder is written to; None when nobody holds one."""
    duties = frozenset(held)
    return next((duty for duty in RHYTHMS[kind].duties if duty in duties), None)
