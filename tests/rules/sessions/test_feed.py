"""A calendar for other calendars: held against a text written by hand from RFC 5545, and read back by the library."""

import datetime as dt
from zoneinfo import ZoneInfo

from icalendar import Calendar

from sessions.rules.feed import PERSON_TITLE, Entry, calendar_of, fingerprint

LONDON = ZoneInfo("Europe/London")
AT = dt.datetime(2031, 3, 1, 12, tzinfo=dt.UTC)
UID = "0b6c1c7e-6c0a-4b7e-9a53-3c7a1f0d2e11"
# Ten in the morning before and after the clocks go forward on 30 March 2031.
WINTER = Entry(
    UID, dt.datetime(2031, 3, 28, 10, tzinfo=LONDON), dt.datetime(2031, 3, 28, 11, 30, tzinfo=LONDON), 3, True
)
SUMMER = Entry(
    "1f0d2e11-6c0a-4b7e-9a53-3c7a0b6c1c7e",
    dt.datetime(2031, 3, 31, 10, tzinfo=LONDON),
    dt.datetime(2031, 3, 31, 18, tzinfo=LONDON),
    1,
    False,
)
BY_HAND = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//calendar//EN
METHOD:PUBLISH
REFRESH-INTERVAL;VALUE=DURATION:PT15M
X-PUBLISHED-TTL:PT15M
BEGIN:VEVENT
CLASS:PRIVATE
DTEND:20310328T113000Z
DTSTAMP:20310301T120000Z
DTSTART:20310328T100000Z
SEQUENCE:3
STATUS:CONFIRMED
SUMMARY:Appointment
TRANSP:OPAQUE
UID:0b6c1c7e-6c0a-4b7e-9a53-3c7a1f0d2e11
END:VEVENT
BEGIN:VEVENT
CLASS:PRIVATE
DTEND:20310331T170000Z
DTSTAMP:20310301T120000Z
DTSTART:20310331T090000Z
SEQUENCE:1
STATUS:CANCELLED
SUMMARY:Appointment
TRANSP:TRANSPARENT
UID:1f0d2e11-6c0a-4b7e-9a53-3c7a0b6c1c7e
END:VEVENT
END:VCALENDAR
"""


def written(*entries):
    return calendar_of(entries, title=PERSON_TITLE, at=AT)


def test_the_file_is_the_one_written_by_hand():
    """Lines end in CRLF; the order of properties within a component means nothing."""
    lines = written(WINTER, SUMMER).decode().split("\r\n")
    assert sorted(lines) == sorted(BY_HAND.split("\n"))
    assert [line for line in lines if line.startswith(("BEGIN", "END"))] == [
        line for line in BY_HAND.split("\n") if line.startswith(("BEGIN", "END"))
    ]


def test_the_library_reads_the_same_times_back():
    read = [
        (str(event["UID"]), event.start, event.end, event["SEQUENCE"], str(event["STATUS"]))
        for event in Calendar.from_ical(written(WINTER, SUMMER)).events
    ]
    assert read == [
        (one.uid, one.start, one.end, one.sequence, "CONFIRMED" if one.stands else "CANCELLED")
        for one in (WINTER, SUMMER)
    ]


def test_nothing_in_it_tells_what_is_treated():
    assert "mdma" not in written(WINTER, SUMMER).decode().casefold()


def test_an_empty_calendar_is_one():
    assert Calendar.from_ical(written()).events == []


def test_the_fingerprint_changes_with_whatever_is_said():
    same = fingerprint([WINTER, SUMMER], PERSON_TITLE)
    assert same == fingerprint([WINTER, SUMMER], PERSON_TITLE)
    others = [fingerprint([WINTER], PERSON_TITLE), fingerprint([WINTER, SUMMER], "Busy")]
    assert len({same, *others}) == 3
