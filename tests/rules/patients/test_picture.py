from pathlib import Path

from patients.rules.loading import load
from patients.rules.picture import places, therapy_minutes, weeks
from patients.rules.protocol import VisitKind

TEXT = (Path(__file__).parents[3] / "patients" / "protocols" / "mapp3.toml").read_text(encoding="utf-8")
PROTOCOL = load(TEXT, "mapp3.toml")


def test_on_its_targets_the_reference_course_doses_in_weeks_4_8_and_12_and_ends_after_20():
    day = {place.visit.code: place.day for place in places(PROTOCOL)}
    assert [day[code] for code in ("P1", "P2", "R0", "P3", "D1", "D2", "D3", "R3", "F1")] == [
        0,
        7,
        12,
        14,
        21,
        49,
        77,
        138,
        145,
    ]
    assert weeks(PROTOCOL) == 20


def test_a_window_is_drawn_round_its_anchor():
    (second,) = [place for place in places(PROTOCOL) if place.visit.code == "D2"]
    assert (second.earliest, second.day, second.latest) == (42, 49, 56)


def test_the_minutes_of_therapy_are_summed_by_phase():
    assert therapy_minutes(PROTOCOL) == {
        VisitKind.PREPARATION: (270, 540),
        VisitKind.DOSING: (1440, 2880),
        VisitKind.INTEGRATION: (810, 1620),
    }
