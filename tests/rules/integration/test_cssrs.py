from itertools import product

import pytest

from accounts.rules.findings import Outcome
from integration.rules import cssrs
from integration.rules.cssrs import Risk

NO = dict.fromkeys(["1", "2", "3", "4", "5", "6", "6r"], 0)
EVERY_SHEET = [dict(zip(NO, values, strict=True)) for values in product((None, 0, 1), repeat=len(NO))]
HOW_GRAVE = list(Risk)


@pytest.mark.parametrize(
    ("yes", "risk"),
    [
        ([], Risk.NONE),
        (["1"], Risk.LOW),
        (["1", "2"], Risk.LOW),
        (["2", "3"], Risk.MODERATE),
        (["6"], Risk.MODERATE),
        (["2", "4"], Risk.HIGH),
        (["2", "5"], Risk.HIGH),
        (["6", "6r"], Risk.HIGH),
    ],
)
def test_triage(yes, risk):
    assert cssrs.score(NO | dict.fromkeys(yes, 1)).risk is risk


def test_a_no_to_the_second_question_skips_the_next_three():
    scored = cssrs.score({"1": 0, "2": 0, "6": 0})
    assert (scored.risk, scored.missing) == (Risk.NONE, ())


def test_a_yes_to_the_second_question_opens_the_next_three():
    scored = cssrs.score({"1": 1, "2": 1, "6": 0})
    assert (scored.risk, [item.code for item in scored.missing]) == (None, ["3", "4", "5"])


def test_an_attempt_without_its_time_is_unknown():
    assert cssrs.score({"1": 0, "2": 0, "6": 1}).risk is None


def test_with_questions_open_the_answer_is_high_or_unknown_on_every_sheet_there_is():
    scores = [cssrs.score(sheet) for sheet in EVERY_SHEET]
    assert {scored.risk for scored in scores if scored.missing} == {Risk.HIGH, None}


def test_turning_any_no_into_a_yes_never_lowers_a_known_risk():
    for sheet in EVERY_SHEET:
        before = cssrs.score(sheet).risk
        for question in NO:
            after = cssrs.score(sheet | {question: 1}).risk
            if before is not None and after is not None and sheet[question] == 0:
                assert HOW_GRAVE.index(after) >= HOW_GRAVE.index(before)


@pytest.mark.parametrize("question", ["4", "5", "6r"])
def test_a_single_grave_answer_is_high_whatever_else_is_missing(question):
    assert cssrs.score({question: 1}).risk is Risk.HIGH
    assert cssrs.score(NO | {question: 1}).risk is Risk.HIGH


@pytest.mark.parametrize(
    ("answers", "outcome", "decided_by"),
    [
        (NO, Outcome.MET, ""),
        (NO | {"1": 1}, Outcome.JUDGEMENT, "therapist"),
        (NO | {"6": 1}, Outcome.JUDGEMENT, "physician"),
        (NO | {"4": 1}, Outcome.NOT_MET, "physician"),
        ({}, Outcome.UNKNOWN, "therapist"),
    ],
)
def test_the_finding_says_who_decides(answers, outcome, decided_by):
    found = cssrs.finding(cssrs.score(answers), "asked on 3 March")
    assert (found.outcome, found.decided_by, found.evidence) == (outcome, decided_by, "asked on 3 March")


def test_the_unknown_finding_names_the_open_questions():
    found = cssrs.finding(cssrs.score(NO | {"2": None}))
    assert found.sentence == "The risk of suicide is unknown: ask the open questions (2)."
