"""What changed from one recording to the next, and when a change needs a reason."""

import pytest

from patients.rules.protocol import EvidenceKind
from screening.rules.candidate import Piece
from screening.rules.history import Difference, differences, needs_reason
from tests.rules.screening.people import TODAY, ago, mapp3

HISTORY, EXAM = EvidenceKind.HISTORY, EvidenceKind.EXAMINATION
PSYCHOSIS = next(c.question for c in mapp3().criteria if c.code == "P17")
ECT = next(c.question for c in mapp3().criteria if c.code == "P14")


def piece(kind=EXAM, on=TODAY, answers=None, numbers=None, words=None):
    return Piece(kind, on, answers or {}, numbers or {}, words or {})


def changed(before, after):
    return [(one.title, one.was, one.now) for one in differences(mapp3(), before, after)]


FIRST = piece(HISTORY, answers={"P17": False}, words={"mdma_trial": "no"}, numbers={"mdma_uses": 2})


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (FIRST, []),
        (
            piece(HISTORY, answers={"P17": True}, words={"mdma_trial": "no"}, numbers={"mdma_uses": 2}),
            [(PSYCHOSIS, "no", "yes")],
        ),
        (
            piece(HISTORY, words={"mdma_trial": "no"}, numbers={"mdma_uses": 2}),
            [(PSYCHOSIS, "no", "unknown")],
        ),
        (
            piece(
                HISTORY,
                answers={"P17": False, "P14": True},
                words={"mdma_trial": "no", "last-P14": "2026-01-06"},
                numbers={"mdma_uses": 2},
            ),
            [(ECT, "unknown", "yes"), (f"{ECT} Last so on", "unknown", "6 Jan 2026")],
        ),
        (
            piece(HISTORY, ago(3), answers={"P17": False}, words={"mdma_trial": "no"}, numbers={"mdma_uses": 2}),
            [("Taken on", "1 Apr 2026", "29 Mar 2026")],
        ),
        (
            piece(HISTORY, answers={"P17": False}, words={"mdma_trial": "yes"}, numbers={"mdma_uses": 12}),
            [("Uses in the last 10 years", "2 uses", "12 uses"), ("Was it given in an earlier trial?", "No", "Yes")],
        ),
    ],
)
def test_every_line_that_says_something_else_is_shown_with_what_it_said(after, expected):
    assert changed(FIRST, after) == expected


def test_a_first_recording_fills_gaps_and_corrects_nothing():
    found = differences(mapp3(), None, piece(numbers={"weight": 70}))
    assert found == [Difference("Taken on", "unknown", "1 Apr 2026"), Difference("Weight", "unknown", "70 kg")]
    assert [one.is_correction for one in found] == [False, False]
    assert Difference("Weight", "70 kg", "unknown").is_correction


@pytest.mark.parametrize(
    ("before", "after", "needed"),
    [
        (piece(numbers={"weight": 70}), piece(numbers={"weight": 70}), False),
        (piece(), piece(numbers={"weight": 70}), False),  # a gap is filled
        (piece(numbers={"weight": 70}), piece(numbers={"weight": 50}), True),
        (piece(numbers={"weight": 70}), piece(), True),  # a value is taken back
        (piece(numbers={"weight": 70}), piece(numbers={"weight": 50, "systolic_1": 120}), True),
        (piece(numbers={"weight": 70}), piece(on=ago(-7), numbers={"weight": 50}), False),  # measured again later
        (piece(numbers={"weight": 70}), piece(on=ago(1), numbers={"weight": 70}), True),  # dated back
    ],
)
def test_a_reason_is_asked_for_when_something_recorded_is_taken_back(before, after, needed):
    assert needs_reason(mapp3(), before, after) is needed
