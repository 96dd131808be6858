"""Every criterion of every shipped protocol has a case just inside, just outside and unknown; a new one without fails here."""

import pytest

from accounts.rules.findings import Outcome
from patients.rules.protocol import Criterion, EvidenceKind
from patients.rules.shipped import codes, shipped
from screening.rules.criteria import evaluate
from tests.rules.screening.criteria import FAILED, pressure, words
from tests.rules.screening.people import TODAY, healthy, mapp3, with_piece
from tests.rules.screening.test_blood_pressure import PRESSURES
from tests.rules.screening.test_computed import SIMPLE
from tests.rules.screening.test_qtc import TRACINGS

INSIDE, OUTSIDE, UNKNOWN = "inside", "outside", "unknown"
KINDS = frozenset({INSIDE, OUTSIDE, UNKNOWN})
SIDE = {Outcome.MET: INSIDE, Outcome.UNKNOWN: UNKNOWN}


def of_a_question(criterion: Criterion) -> list[tuple[object, Outcome]]:
    """No, yes and not answered."""
    answers = ((False, Outcome.MET), (True, FAILED[criterion.kind]), (None, Outcome.UNKNOWN))
    return [
        (with_piece(healthy(), criterion.evidence, answers={criterion.code: answer}), expected)
        for answer, expected in answers
    ]


def cases(criteria=None) -> list[tuple[str, object, Outcome]]:
    """Every case of the tables: code, candidate, outcome expected."""
    every = [("M1", pressure(*readings), expected) for readings, expected in PRESSURES]
    every += [("M2", candidate, expected) for candidate, expected in TRACINGS]
    every += list(SIMPLE)
    every += [(code, candidate, expected) for code, candidate, expected in MORE]
    for criterion in criteria or mapp3().criteria:
        if criterion.computed is None:
            every += [(criterion.code, candidate, expected) for candidate, expected in of_a_question(criterion)]
    return every


def lacking(criteria, listed) -> dict[str, list[str]]:
    """Criteria that have not all three kinds of case, with the kinds that are not there."""
    had = {criterion.code: set() for criterion in criteria}
    for code, _, expected in listed:
        had.setdefault(code, set()).add(SIDE.get(expected, OUTSIDE))
    return {c.code: sorted(KINDS - had[c.code]) for c in criteria if KINDS - had[c.code]}


LAB = EvidenceKind.LABORATORY
# Cases just inside that no table has because somebody against whom nothing stands is one.
MORE = [
    ("I5", healthy(), Outcome.MET),
    ("I7", healthy(), Outcome.MET),
    ("I7", words(LAB, pregnancy_test="positive"), Outcome.NOT_MET),
    ("I7", words(LAB, contraception="no"), Outcome.NOT_MET),
    ("M11", healthy(), Outcome.MET),
    ("S1", healthy(), Outcome.MET),
]


@pytest.mark.parametrize("code", codes())
def test_every_criterion_has_a_case_inside_one_outside_and_one_unknown(code):
    criteria = shipped(code).criteria
    assert lacking(criteria, cases(criteria)) == {}


def test_a_criterion_without_a_case_is_found():
    """The negative control: take the cases of one computed criterion, or one kind of them, away."""
    listed = cases()
    assert lacking(mapp3().criteria, [case for case in listed if case[0] != "M10"]) == {"M10": sorted(KINDS)}
    without = [case for case in listed if not (case[0] == "I10" and case[2] is Outcome.UNKNOWN)]
    assert lacking(mapp3().criteria, without) == {"I10": [UNKNOWN]}


def test_there_are_at_least_two_hundred_cases_and_each_comes_out_as_the_table_says():
    listed = cases()
    assert len(listed) >= 200
    wrong = []
    for code, candidate, expected in listed:
        [found] = [finding for finding in evaluate(mapp3(), candidate, as_of=TODAY) if finding.code == code]
        # A medicine that is waited for is a stop in the table's words.
        if found.outcome is not expected and (code, found.outcome) != ("M21", Outcome.WAITING):
            wrong.append((code, expected, found.outcome))
    assert wrong == []
