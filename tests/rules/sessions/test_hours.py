from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.rules.protocol import HoursBand, VisitKind
from sessions.rules.hours import Place, Stretch, place, tally
from sessions.rules.plots import bars
from sessions.rules.spans import later, minutes_between, spoken


def stretch(day, visit="P1", kind=VisitKind.PREPARATION, therapist="ana", starts=0, ends=90):
    at = day.T0
    return Stretch(
        visit, kind, therapist, at + timedelta(minutes=starts), None if ends is None else at + timedelta(minutes=ends)
    )


def band(day):
    return HoursBand(day.figure(52), day.figure(84), day.figure(12), day.figure(18))


def test_a_dyad_with_three_long_dosing_days_is_84_hours(day):
    rows = [
        stretch(day, visit=f"{kind}{number}", kind=kind, therapist=who, ends=minutes)
        for who in ("ana", "ben")
        for kind, count, minutes in (
            (VisitKind.PREPARATION, 3, 90),
            (VisitKind.DOSING, 3, 480),
            (VisitKind.INTEGRATION, 9, 90),
        )
        for number in range(count)
    ]
    sums = tally(rows)
    assert sums.therapy == 84 * 60
    assert sums.of(VisitKind.DOSING) == 48 * 60
    assert sums.of(therapist="ana") == 42 * 60
    assert sums.of(VisitKind.INTEGRATION, "ben") == 13 * 60 + 30
    assert sums.therapists == ["ana", "ben"]


def test_calls_are_counted_beside_the_band(day):
    sums = tally([stretch(day, visit="C1.1", kind=VisitKind.CALL, ends=30), stretch(day)])
    assert (sums.therapy, sums.of()) == (90, 120)


def test_overlapping_stretches_of_one_person_count_once(day):
    rows = [stretch(day, ends=60), stretch(day, starts=30, ends=90), stretch(day, starts=40, ends=50)]
    assert tally(rows).of() == 90
    assert tally([*rows, stretch(day, therapist="ben", ends=60)]).of() == 150
    assert tally([stretch(day, ends=30), stretch(day, starts=60, ends=90)]).of() == 60


def test_somebody_who_has_not_left_is_named_and_not_counted(day):
    sums = tally([stretch(day, ends=None), stretch(day, therapist="ben")])
    assert (sums.of(), sums.open_stretches) == (90, 1)


@pytest.mark.parametrize(("month", "date", "minutes"), [(3, 29, 420), (10, 25, 540), (5, 12, 480)])
def test_a_day_with_a_clock_change_counts_what_was_worked(day, month, date, minutes):
    starts = datetime(2026, month, date, 0, 30, tzinfo=day.ZONE)
    ends = datetime(2026, month, date, 8, 30, tzinfo=day.ZONE)
    assert tally([Stretch("D1", VisitKind.DOSING, "ana", starts, ends)]).of() == minutes


@pytest.mark.parametrize(
    ("hours", "where"), [(51.99, Place.BELOW), (52, Place.WITHIN), (84, Place.WITHIN), (84.02, Place.ABOVE)]
)
def test_both_ends_belong_to_the_band(day, hours, where):
    assert place(round(hours * 60), band(day)) is where


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 500), st.integers(1, 300)), max_size=12))
def test_totals_agree_however_they_are_cut(rows):
    t0 = datetime(2026, 5, 12, 9, tzinfo=UTC)
    sums = tally(
        Stretch("D1", VisitKind.DOSING, who, t0 + timedelta(minutes=a), t0 + timedelta(minutes=a + n))
        for who, a, n in rows
    )
    assert sums.of() == sum(sums.of(therapist=who) for who in sums.therapists) == sums.of(VisitKind.DOSING)
    minutes = {(who, minute) for who, a, n in rows for minute in range(a, a + n)}
    assert sums.of() == len(minutes)


def test_bars_stand_on_one_scale(day):
    planned, logged = tally([stretch(day)]), tally([stretch(day, ends=45)])
    picture = bars(planned, logged, band(day))
    assert [segment.minutes for segment in picture.planned] == [90, 0, 0]
    assert picture.planned[0].width == pytest.approx(2 * picture.logged[0].width, abs=0.1)
    assert picture.standard[0] == pytest.approx(picture.band[0] * 12 / 52, abs=0.1)
    assert picture.ticks[0].words == "0 h"
    assert picture.band[0] + picture.band[1] < picture.width


def test_time_is_added_and_said_in_elapsed_minutes(day):
    night = datetime(2026, 10, 25, 1, 30, tzinfo=day.ZONE)
    assert later(night, 90).strftime("%H:%M") == "02:00"
    assert minutes_between(night, later(night, 90)) == 90
    assert [spoken(m) for m in (0, 45, 60, -95, 120)] == ["0 min", "45 min", "1 h", "1 h 35 min", "2 h"]
