from datetime import date

import pytest

from accounts.rules.findings import Mark
from integration.rules import outcomes
from integration.rules.outcomes import DosingDay, Reading

FIRST, SECOND = DosingDay(1, date(2026, 3, 1), True), DosingDay(2, date(2026, 4, 1), True)


def sheet(points, code="CAPS-5"):
    symptoms = {str(number): points // 20 + (number <= points % 20) for number in range(1, 21)}
    return symptoms | ({"A": 1, "F": 1, "23": 2, "24": 0, "25": 0} if code == "CAPS-5" else {})


def reading(visit, on, total, code="CAPS-5"):
    return Reading(visit, on, total, True, {} if total is None else sheet(total, code))


def caps(*readings, days=(FIRST, SECOND)):
    return outcomes.series("CAPS-5", readings, days)


BASELINE = reading("R0", date(2026, 2, 20), 48)
LATER = reading("R1", date(2026, 3, 25), 30)


def test_readings_and_dosing_days_are_put_in_order():
    charted = outcomes.series("CAPS-5", [LATER, BASELINE], [SECOND, FIRST])
    assert charted.readings == (BASELINE, LATER)
    assert charted.dosing_days == (FIRST, SECOND)


def test_the_baseline_is_the_last_total_up_to_the_first_dosing_day():
    older, empty = reading("S", date(2026, 1, 5), 60), reading("R", date(2026, 2, 25), None)
    assert caps(older, BASELINE, empty, LATER).baseline == BASELINE


def test_before_any_dosing_the_newest_total_is_the_baseline():
    planned = DosingDay(1, date(2026, 2, 1), False)
    assert caps(reading("S", date(2026, 1, 5), 60), BASELINE, days=(planned,)).baseline == BASELINE
    assert caps(days=()).baseline is None


def test_without_a_total_before_the_first_dosing_day_there_is_no_baseline_and_no_change():
    charted = caps(LATER)
    assert charted.baseline is None
    assert [row.change for row in outcomes.rows(charted)] == [None]
    assert outcomes.expectations(charted) == ()


def test_the_rows_carry_change_band_and_how_many_doses_came_before():
    rows = outcomes.rows(caps(BASELINE, LATER))
    assert [(row.change, row.is_baseline, row.after_dose, row.band.name) for row in rows] == [
        (None, True, 0, "Extreme"),
        (-18, False, 1, "Moderate"),
    ]
    assert (rows[0].rated_change, rows[1].rated_change.response) == (None, True)


def test_the_rows_of_a_self_rating_have_no_band():
    first, second = reading("P1", date(2026, 2, 20), 50, "PCL-5"), reading("I1.3", date(2026, 3, 20), 44, "PCL-5")
    charted = outcomes.series("PCL-5", [first, second], [FIRST])
    rows = outcomes.rows(charted)
    assert [(row.change, row.band) for row in rows] == [(None, None), (-6, None)]
    assert (rows[1].self_rated_change.reliable, rows[1].self_rated_change.meaningful) == (True, False)
    assert (charted.bands, charted.highest, outcomes.expectations(charted)) == ((), 80, ())


def test_a_reading_without_total_stays_in_the_table_and_leaves_the_chart():
    charted = caps(BASELINE, reading("R1", date(2026, 3, 25), None))
    assert charted.scored == (BASELINE,)
    assert [row.change for row in outcomes.rows(charted)] == [None, None]


def test_trial_lines_lie_at_the_baseline_plus_the_mean_change_after_18_weeks():
    charted = caps(BASELINE, LATER)
    mapp2 = outcomes.expectations(charted)[2]
    assert mapp2.benchmark.title == "MAPP2, MDMA with therapy"
    assert mapp2.on == date(2026, 6, 26)
    assert (mapp2.level, mapp2.low, mapp2.high) == pytest.approx((24.3, 21.06, 27.56))
    assert [(band.low, band.high) for band in charted.bands][-1] == (47, charted.highest)


def test_trial_lines_stop_at_nought():
    low = caps(reading("R0", date(2026, 2, 20), 20))
    assert outcomes.expectations(low)[0].level == 0.0


@pytest.mark.parametrize(
    ("benchmark", "deviation", "critical"),
    [(outcomes.BENCHMARKS[0], 11.6, 2.0195), (outcomes.BENCHMARKS[1], 11.5, 2.0281)],
)
def test_the_intervals_computed_from_standard_deviations(benchmark, deviation, critical):
    half = critical * deviation / benchmark.n**0.5
    assert (benchmark.low, benchmark.high) == pytest.approx(
        (benchmark.change - half, benchmark.change + half), abs=0.06
    )


def test_proportions_show_their_interval_and_mark():
    lost = outcomes.BENCHMARKS[2].proportions[0]
    assert (round(lost.percent, 1), lost.source.mark) == (71.2, Mark.NOT_VERIFIED)
    assert lost.interval == pytest.approx((57.7, 81.7), abs=0.1)


def test_every_benchmark_lies_within_its_interval():
    for benchmark in outcomes.BENCHMARKS:
        assert benchmark.low < benchmark.change < benchmark.high < 0


def test_the_caption_is_honest():
    assert outcomes.CAPTION == "trial, functionally unblinded, not a target"
