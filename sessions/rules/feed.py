"""What another calendar is told of ours: that somebody or a room is taken, from and until, and that a time was given up.

No name, no kind of visit, no code of it, and not even the name of this application, which would tell what is treated.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event, vDuration
from icalendar.enums import CLASS, STATUS, TRANSP

PERSON_TITLE, ROOM_TITLE = "Appointment", "Busy"
ASK_AGAIN = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Entry:
    """One time. `uid` stays the same for good, and `sequence` grows whenever something about it changes."""

    uid: str
    start: datetime
    end: datetime
    sequence: int
    stands: bool  # false: it was given up, and whoever has it in their calendar takes it out


def fingerprint(entries: Sequence[Entry], title: str) -> str:
    """The same for the same feed, whenever it is asked for."""
    return hashlib.sha256(repr((title, entries)).encode()).hexdigest()[:32]


def calendar_of(entries: Sequence[Entry], *, title: str, at: datetime) -> bytes:
    """The feed as a file (RFC 5545), times in UTC, so that they are right on every side of a clock change."""
    calendar = Calendar()
    for name, value in (("VERSION", "2.0"), ("PRODID", "-//calendar//EN"), ("METHOD", "PUBLISH")):
        calendar.add(name, value)
    calendar.add("REFRESH-INTERVAL", vDuration(ASK_AGAIN), {"VALUE": "DURATION"})  # RFC 7986 wants its type named
    calendar.add("X-PUBLISHED-TTL", vDuration(ASK_AGAIN))  # what Outlook reads instead
    for entry in entries:
        calendar.add_component(
            Event.new(
                uid=entry.uid,
                start=entry.start.astimezone(UTC),
                end=entry.end.astimezone(UTC),
                sequence=entry.sequence,
                stamp=at.astimezone(UTC),
                summary=title,
                status=STATUS.CONFIRMED if entry.stands else STATUS.CANCELLED,
                transparency=TRANSP.OPAQUE if entry.stands else TRANSP.TRANSPARENT,
                classification=CLASS.PRIVATE,
            )
        )
    return bytes(calendar.to_ical())
