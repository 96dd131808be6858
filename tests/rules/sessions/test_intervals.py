from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions.rules.intervals import Interval, at_wall, day_of, lasting, merged

LONDON = ZoneInfo("Europe/London")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def hours(start: int, end: int) -> Interval:
    return Interval(NOON + timedelta(hours=start), NOON + timedelta(hours=end))


def test_visits_that_touch_do_not_overlap():
    assert not hours(0, 1).overlaps(hours(1, 2))
    assert hours(0, 2).overlaps(hours(1, 3))


def test_an_empty_interval_is_refused():
    with pytest.raises(ValueError, match="ends after it starts"):
        hours(1, 1)


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="aware"):
        Interval(datetime(2026, 3, 2), datetime(2026, 3, 3))


def test_turnover_is_added_at_the_end():
    assert hours(0, 1).lengthened(60) == hours(0, 2)


def test_intervals_that_touch_are_joined():
    assert merged([hours(3, 4), hours(0, 1), hours(1, 2)]) == [hours(0, 2), hours(3, 4)]


def test_the_wall_clock_decides_what_nine_is():
    assert at_wall(date(2026, 3, 28), time(9), LONDON) == datetime(2026, 3, 28, 9, tzinfo=UTC)
    assert at_wall(date(2026, 3, 29), time(9), LONDON) == datetime(2026, 3, 29, 8, tzinfo=UTC)


def test_a_time_that_the_clock_skips_lands_after_the_gap():
    skipped = at_wall(date(2026, 3, 29), time(1, 30), LONDON)
    assert skipped.astimezone(LONDON).time() == time(2, 30)


def test_of_a_time_that_comes_twice_the_first_is_meant():
    assert at_wall(date(2026, 10, 25), time(1, 30), LONDON) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_minutes_are_elapsed_minutes():
    begins = at_wall(date(2026, 4, 5), time(1, 0), LORD_HOWE)  # the clock goes back half an hour at two
    assert lasting(begins, 120).end.astimezone(LORD_HOWE).time() == time(2, 30)


@given(st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)))
def test_the_day_is_the_day_on_the_clinics_wall(instant):
    assert day_of(instant, LORD_HOWE) == instant.astimezone(LORD_HOWE).date()
