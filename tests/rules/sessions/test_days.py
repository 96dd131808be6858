"""Instants as bits of a calendar, against a look at every single step of it."""

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sessions.rules.days import FINE, QUARTER, Days, bits_of
from sessions.rules.intervals import Interval


@pytest.mark.parametrize(
    ("zone", "first"),
    [("Europe/Berlin", "2026-03-27"), ("Europe/Berlin", "2026-10-23"), ("Australia/Lord_Howe", "2026-10-02")],
)
@pytest.mark.parametrize("step", [QUARTER, FINE])
def test_the_bits_that_are_taken_are_the_steps_that_the_intervals_overlap(zone, first, step):
    days = Days(date.fromisoformat(first), 4, ZoneInfo(zone), step)
    dice = random.Random(f"{zone}/{first}/{step}")
    for _ in range(60):
        minutes = [dice.randrange(-1500, 6 * 1440) for _ in range(3)]
        starts = [days.begins + timedelta(minutes=minute, seconds=dice.choice((0, 0, 20))) for minute in minutes]
        intervals = [
            Interval(start, start + timedelta(minutes=dice.choice((1, 15, 90, 600, 3000)))) for start in starts
        ]
        assert steps_of(days, days.taken(intervals)) == overlapped(days, intervals)


def steps_of(days, bits):
    """The bits of real steps; those after a day's end are nobody's."""
    return [bit for bit in bits_of(bits) if bit % days.width < days.length(bit // days.width)]


def overlapped(days, intervals):
    long = timedelta(minutes=days.step_minutes)
    steps = [(day, step) for day in range(days.count) for step in range(days.length(day))]
    each = {day * days.width + step: days.instant(day, step) for day, step in steps}
    return [bit for bit, begins in each.items() if any(i.overlaps(Interval(begins, begins + long)) for i in intervals)]


def test_a_week_of_the_calendar_begins_on_the_monday_before_its_first_day_and_ends_on_the_sunday_after_its_last():
    days = Days(date(2026, 3, 4), 9, ZoneInfo("UTC"))
    instants = [datetime(2026, 3, day, hour, tzinfo=UTC) for day, hour in ((1, 23), (2, 0), (8, 23), (9, 0), (15, 23))]
    assert [days.week_at(instant) for instant in [*instants, datetime(2026, 3, 16, tzinfo=UTC)]] == [
        None, 0, 0, 1, 1, None,
    ]  # fmt: skip
