import json
from datetime import date, timedelta

import pytest

from integration.rules import outcomes
from integration.rules.outcomes import DosingDay, Reading
from integration.rules.pictures import describe, outcome_picture, span

BEFORE = Reading("R0", date(2026, 2, 20), 48, True, {})
AFTER = Reading("R1", date(2026, 3, 25), 30, False, {})
DOSED, PLANNED = DosingDay(1, date(2026, 3, 1), True), DosingDay(2, date(2026, 4, 1), False)


def rows_of(picture):
    return [row for layer in picture["layer"] for row in layer["data"]["values"]]


@pytest.fixture
def clinician():
    return outcomes.series("CAPS-5", [BEFORE, AFTER], [DOSED, PLANNED])


def test_every_score_is_on_its_day(clinician):
    scores = outcome_picture(clinician)["layer"][-1]["data"]["values"]
    assert scores == [
        {"on": "2026-02-20T00:00:00Z", "total": 48, "blinded": "blinded"},
        {"on": "2026-03-25T00:00:00Z", "total": 30, "blinded": "not blinded"},
    ]


def test_dosing_days_are_marked_and_planned_ones_say_so(clinician):
    said = [row["say"] for row in rows_of(outcome_picture(clinician)) if row.get("top")]
    assert set(said) == {"Dosing 1", "Dosing 2, planned"}


def test_bands_cover_the_scale_without_a_gap(clinician):
    bands = outcome_picture(clinician)["layer"][0]["data"]["values"]
    assert [(band["low"], band["high"]) for band in bands] == [(0, 11), (11, 23), (23, 35), (35, 47), (47, 80)]


def test_trials_are_drawn_with_their_number_and_interval(clinician):
    lines = {row["say"]: (row["low"], row["high"]) for row in rows_of(outcome_picture(clinician)) if "level" in row}
    assert lines == {"MAPP1, n = 42": (20.0, 27.2), "MAPP2, n = 53": (pytest.approx(21.06), pytest.approx(27.56))}


def test_a_self_rating_has_the_cut_off_and_neither_bands_nor_trials():
    charted = outcomes.series("PCL-5", [BEFORE], [])
    assert [row["say"] for row in rows_of(outcome_picture(charted)) if "say" in row] == ["Cut-off 31 to 33"] * 2


def test_nothing_lies_outside_the_time_axis(clinician):
    first, last = span(clinician)
    endpoint = BEFORE.on + timedelta(weeks=18)
    assert first < BEFORE.on and endpoint < last


def test_without_a_baseline_no_trial_is_drawn():
    charted = outcomes.series("CAPS-5", [AFTER], [DOSED])
    assert not [row for row in rows_of(outcome_picture(charted)) if "level" in row]


def test_the_picture_is_described_in_words(clinician):
    assert describe(clinician) == (
        "CAPS-5 over time: 48 on 20 February 2026, 30 on 25 March 2026. Dosing days: 1 March 2026, 1 April 2026."
    )
    assert describe(outcomes.series("PCL-5", [], [])) == "PCL-5 over time: no score yet."


def test_print_differs_in_type_and_size_only(clinician):
    page, paper = outcome_picture(clinician), outcome_picture(clinician, for_print=True)
    assert (page["config"]["font"], paper["config"]["font"]) == ("Inter", "Source Serif 4")
    assert json.dumps(page["layer"]) == json.dumps(paper["layer"])
