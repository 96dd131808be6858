"""How far back a criterion looks: ideation, behaviour, and the day of a yes."""

from datetime import date

import pytest

from patients.rules.protocol import EvidenceKind, Figure
from screening.rules.readings import dated
from screening.rules.words import before
from tests.rules.screening.criteria import (
    ECG,
    HISTORY,
    JUDGEMENT,
    MET,
    MIND,
    NOT_MET,
    SOURCE,
    UNKNOWN,
    finding,
    limits,
    outcome,
    protocol_with,
    words,
    yes,
)
from tests.rules.screening.people import healthy, mapp3, with_piece


def test_a_behaviour_window_shorter_than_what_was_recorded_is_for_judgement():
    quarter = Figure(3, "months", SOURCE)
    protocol = protocol_with(computed="suicide_risk", look_back=quarter)
    assert outcome("X1", words(MIND, behaviour="half year"), protocol) is JUDGEMENT
    assert outcome("X1", words(MIND, behaviour="quarter"), protocol) is NOT_MET
    assert outcome("X1", words(MIND, behaviour="half year"), protocol_with(computed="suicide_risk")) is NOT_MET


@pytest.mark.parametrize(
    ("months", "values", "weekly", "expected"),
    [
        # Ideation of the last month alone answers a look-back of one month, and its frequency may soften it.
        (1, {"ideation_month": 4, "ideation_half_year": None}, "no", JUDGEMENT),
        (1, {"ideation_month": 0, "ideation_half_year": 5}, "no", MET),
        # Anything longer needs both, and is softened by nothing.
        (2, {"ideation_month": 0, "ideation_half_year": 5}, "no", NOT_MET),
        (2, {"ideation_month": 4, "ideation_half_year": 4}, "no", NOT_MET),
        (2, {"ideation_month": 3, "ideation_half_year": None}, "no", UNKNOWN),
    ],
)
def test_ideation_is_read_over_the_whole_look_back(months, values, weekly, expected):
    protocol = protocol_with(
        computed="suicide_risk", look_back=Figure(months, "months", SOURCE), limits=limits(ideation=4)
    )
    candidate = with_piece(healthy(), MIND, numbers=values, words={"ideation_weekly": weekly})
    assert outcome("X1", candidate, protocol) is expected


@pytest.mark.parametrize(
    ("code", "kind", "last_outside", "first_inside"),
    [
        ("P14", HISTORY, "2026-01-06", "2026-01-07"),  # 84 days before 1 April
        ("P10", MIND, "2025-03-31", "2025-04-01"),
        ("M5", ECG, "2025-03-31", "2025-04-01"),
    ],
)
def test_a_yes_counts_within_the_look_back_and_not_a_day_longer(code, kind, last_outside, first_inside):
    days = [last_outside, first_inside, "2026-04-01", "2026-04-02", None]
    assert [outcome(code, yes(code, kind, day)) for day in days] == [MET, NOT_MET, NOT_MET, UNKNOWN, NOT_MET]
    assert finding(code, yes(code, kind, first_inside)).evidence.endswith(
        f": yes, last {date.fromisoformat(first_inside):%-d %b %Y}"
    )


def test_only_what_reaches_back_within_a_time_asks_for_the_day_of_a_yes():
    asked = [criterion.code for kind in EvidenceKind for criterion in dated(mapp3(), kind)]
    assert sorted(asked) == ["M5", "P10", "P14"]
    assert outcome("P2", yes("P2", MIND, "1990-01-01")) is NOT_MET


@pytest.mark.parametrize(
    ("day", "span", "unit", "expected"),
    [
        (date(2026, 3, 31), 1, "months", date(2026, 2, 28)),
        (date(2024, 3, 31), 1, "months", date(2024, 2, 29)),
        (date(2026, 1, 15), 1, "months", date(2025, 12, 15)),
        (date(2026, 12, 15), 12, "months", date(2025, 12, 15)),
        (date(2026, 1, 15), 25, "months", date(2023, 12, 15)),
        (date(2026, 3, 1), 1, "days", date(2026, 2, 28)),
    ],
)
def test_a_look_back_ends_on_a_day_that_exists(day, span, unit, expected):
    assert before(day, Figure(span, unit, SOURCE)) == expected
