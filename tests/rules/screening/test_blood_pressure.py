"""Blood pressure: three separate days below the limit."""

from dataclasses import replace

import pytest

from tests.rules.screening.criteria import (
    EXAM,
    JUDGEMENT,
    MET,
    NOT_MET,
    UNKNOWN,
    A,
    B,
    C,
    finding,
    limits,
    outcome,
    pressure,
    protocol_with,
)
from tests.rules.screening.people import mapp3

PRESSURES = [
    ([(139, 89, A), (139, 89, B), (139, 89, C)], MET),
    ([(140, 80, A), (140, 80, B), (140, 80, C)], NOT_MET),
    ([(120, 90, A), (120, 90, B), (120, 90, C)], NOT_MET),
    ([(180, 120, A), (120, 90, B), (140, 80, C)], NOT_MET),
    ([(140, 80, A), (139, 89, B), (139, 89, C)], JUDGEMENT),
    ([(140, 90, A), (140, 90, B), (139, 89, C)], JUDGEMENT),
    ([], UNKNOWN),
    ([(120, 80, A), (120, 80, B)], UNKNOWN),
    ([(140, 90, A), (140, 90, B)], UNKNOWN),
    ([(120, 80, A), (120, 80, B), (120, 80, B)], UNKNOWN),
    ([(120, 80, A), (120, 80, B), (120, None, C)], UNKNOWN),
    ([(120, 80, A), (120, 80, B), (80, 120, C)], UNKNOWN),
    ([(120, 80, A), (120, 80, B), (120, 80, None)], UNKNOWN),
    ([(120, 80, A), (120, 80, B), (120, 80, "2026-04-02")], UNKNOWN),
    ([(120, 80, A), (120, 80, B), (120, 80, "2025-12-31")], UNKNOWN),
    ([(120, 80, A), (120, 80, B), (120, 80, "2026-01-01")], MET),
    ([(120, 80, A), (120, 80, B), (120, 80, "2026-04-01")], MET),  # measured today
    ([(120, 80, A), (120, 80, B), (120, 120, C)], UNKNOWN),
]


@pytest.mark.parametrize(("readings", "expected"), PRESSURES)
def test_blood_pressure_needs_three_separate_days_below_the_limit(readings, expected):
    assert outcome("M1", pressure(*readings)) is expected


def test_of_two_readings_on_one_day_the_higher_stands():
    protocol = replace(mapp3(), criteria=tuple(c for c in mapp3().criteria if c.code == "M1"))
    two = replace(protocol.criteria[0], limits={**protocol.criteria[0].limits, **limits(occasions=2)})
    protocol = replace(protocol, criteria=(two,))
    assert outcome("M1", pressure((120, 80, A), (150, 95, B), (120, 80, B)), protocol) is JUDGEMENT
    # Neither hides the height of the other.
    assert outcome("M1", pressure((120, 80, A), (135, 80, B), (130, 95, B)), protocol) is JUDGEMENT
    assert outcome("M1", pressure((120, 80, A), (135, 80, B), (130, 89, B)), protocol) is MET


def test_the_days_that_count_are_shown_even_if_the_first_reading_does_not():
    found = finding("M1", pressure((120, None, A), (128, 80, B), (126, 82, C)))
    assert found.evidence == "128/80 mmHg on 15 Mar 2026; 126/82 mmHg on 20 Mar 2026"
    assert found.sentence.startswith("Blood pressure: 2 days with a current reading; 3 separate days are needed.")


@pytest.mark.parametrize("readings", [((150, 80, A), (130, 95, A)), ((130, 95, A), (150, 80, A))])
def test_of_two_readings_of_one_day_the_higher_systolic_and_the_higher_diastolic_stand(readings):
    two = protocol_with(
        computed="blood_pressure", evidence=EXAM, limits=limits(systolic=140, diastolic=90, occasions=2)
    )
    found = finding("X1", pressure(*readings, (120, 80, B)), two)
    assert (found.outcome, found.evidence) == (
        JUDGEMENT,
        "150/95 mmHg on 10 Mar 2026; 120/80 mmHg on 15 Mar 2026",
    )
