"""Laboratory values beside the reference limits of their own laboratory."""

import pytest

from accounts.rules.findings import Outcome
from patients.rules.protocol import EvidenceKind
from screening.rules.criteria import evaluate
from screening.rules.limits import Shown, shown_values, side
from screening.rules.readings import GROUPS
from tests.rules.screening.people import TODAY, healthy, mapp3, with_piece

LAB, MIND = EvidenceKind.LABORATORY, EvidenceKind.PSYCHIATRIC


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ({"sodium": 140, "sodium_lower": 135, "sodium_upper": 145}, Shown("Sodium", "140 mmol/L", "135 to 145")),
        ({"sodium": 135, "sodium_lower": 135, "sodium_upper": 145}, Shown("Sodium", "135 mmol/L", "135 to 145")),
        (
            {"sodium": 134.9, "sodium_lower": 135, "sodium_upper": 145},
            Shown("Sodium", "134.9 mmol/L", "below the laboratory's limits, 135 to 145", True),
        ),
        (
            {"sodium": 145.1, "sodium_lower": 135, "sodium_upper": 145},
            Shown("Sodium", "145.1 mmol/L", "above the laboratory's limits, 135 to 145", True),
        ),
        ({"sodium": 120}, Shown("Sodium", "120 mmol/L")),
        (
            {"sodium": 120, "sodium_lower": 135},
            Shown("Sodium", "120 mmol/L", "below the laboratory's limits, from 135", True),
        ),
        (
            {"hba1c": 43, "hba1c_upper": 42},
            Shown("HbA1c", "43 mmol/mol", "above the laboratory's limits, up to 42", True),
        ),
        ({"sodium_upper": 145}, Shown("Sodium, upper limit of normal", "145 mmol/L")),
    ],
)
def test_a_value_stands_beside_the_limits_of_its_laboratory(numbers, expected):
    assert shown_values(LAB, numbers, {}) == [expected]


def test_what_was_not_measured_lies_on_no_side():
    [sodium] = [reading for group in GROUPS[LAB] for reading in group.readings if reading.name == "sodium"]
    assert side(sodium, {"sodium_lower": 135, "sodium_upper": 145}) == ""


def test_readings_without_limits_are_shown_as_they_are():
    assert shown_values(MIND, {"caps5": 44}, {"behaviour": "never"}) == [
        Shown("Suicidal behaviour", "Never"),
        Shown("CAPS-5 total", "44 (0–80)"),
    ]


def test_the_finding_gives_the_range_beside_the_value():
    candidate = with_piece(healthy(), LAB, numbers={"sodium": 131, "tsh": 5})
    [found] = [f for f in evaluate(mapp3(), candidate, as_of=TODAY) if f.code == "S2"]
    assert found.outcome is Outcome.JUDGEMENT
    assert found.evidence == "Sodium 131 mmol/L (135 to 145); TSH 5 mIU/L (0.4 to 4), 20 Mar 2026"
