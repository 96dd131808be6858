from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from integration.rules.practices import WEEKS_SHOWN, Week, weeks

STARTED = date(2026, 3, 2)


def test_a_whole_week_and_the_days_of_the_first_one():
    done = [date(2026, 3, 2), date(2026, 3, 5), date(2026, 3, 6), date(2026, 3, 10)]
    rows = weeks(times_a_week=3, started_on=STARTED, ended_on=None, done=done, as_of=date(2026, 3, 11))
    assert rows == (Week(date(2026, 3, 2), 1, 2), Week(date(2026, 3, 5), 3, 3))
    assert [week.kept for week in rows] == [False, True]
    assert [week.days for week in rows] == [(True, False), (True, True, True)]


def test_weeks_stop_where_the_practice_ended():
    rows = weeks(times_a_week=7, started_on=STARTED, ended_on=date(2026, 3, 8), done=[], as_of=date(2026, 6, 1))
    assert rows == (Week(STARTED, 0, 7),)


def test_a_practice_that_has_not_begun_has_no_weeks():
    assert weeks(times_a_week=1, started_on=STARTED, ended_on=None, done=[], as_of=date(2026, 3, 1)) == ()


@given(st.integers(1, 7), st.integers(0, 200), st.sets(st.integers(0, 200)))
def test_no_day_is_counted_twice_and_none_of_the_last_weeks_is_lost(times, length, done_after):
    as_of = STARTED + timedelta(days=length)
    done = [STARTED + timedelta(days=days) for days in done_after]
    rows = weeks(times_a_week=times, started_on=STARTED, ended_on=None, done=done, as_of=as_of)
    assert len(rows) == min(WEEKS_SHOWN, length // 7 + 1)
    assert sum(week.done for week in rows) == sum(rows[0].starts_on <= day <= as_of for day in done)
    assert all(1 <= week.planned <= times for week in rows)
