from dataclasses import replace
from datetime import timedelta

from sessions.rules.facts import Basis, DoseKind, Given
from sessions.rules.plots import plot


def drawn(day, *readings, dosed=True, minutes=120):
    doses = [Given(DoseKind.INITIAL, 80, Basis.HYDROCHLORIDE, day.T0)] if dosed else []
    return plot(readings, doses=doses, limits=day.LIMITS, now=day.T0 + timedelta(minutes=minutes))


def test_an_empty_plot_has_axes_and_no_line(day):
    picture = drawn(day, dosed=False, minutes=0)
    assert [line.path for line in picture.lines] == ["", "", ""]
    assert [tick.words for tick in picture.across] == ["10:00"]
    assert picture.now_x is not None


def test_readings_rise_to_the_right_and_upwards(day):
    first = day.reading(day.T0 - timedelta(minutes=20), systolic=120)
    second = day.reading(day.T0 + timedelta(minutes=60), systolic=150)
    line = drawn(day, second, first).lines[0]
    a, b = line.dots
    assert a.x < b.x
    assert a.y > b.y
    assert line.path == f"{a.x},{a.y} {b.x},{b.y}"
    assert a.words == "09:10: systolic pressure 120 mmHg"


def test_time_is_counted_from_the_dose_and_limits_stand_where_they_apply(day):
    picture = drawn(day, day.reading(day.T0 - timedelta(minutes=70)))
    assert [tick.words for tick in picture.across[:4]] == ["-1 h", "09:30", "+1 h", "+2 h"]
    assert [tick.words for tick in picture.doses] == ["80 mg at 09:30"]
    assert [tick.words for tick in picture.thresholds] == ["systolic pressure 160", "pulse 110"]


def test_the_scale_grows_with_the_readings_and_skips_what_was_not_taken(day):
    high = day.reading(day.T0, systolic=212)
    untaken = replace(day.reading(day.T0), systolic=None)
    picture = drawn(day, high, untaken)
    assert len(picture.lines[0].dots) == 1
    assert picture.top <= picture.lines[0].dots[0].y < picture.bottom
    assert picture.up[-1].words == "220"


def test_now_is_drawn_only_inside_the_day(day):
    assert drawn(day, minutes=120).now_x is not None
    assert drawn(day, minutes=24 * 60).now_x is None
    assert drawn(day, minutes=-24 * 60).now_x is None
