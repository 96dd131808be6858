"""A judgement answers only the evidence it was written about, and overrides no stop."""

from dataclasses import replace

import pytest

from patients.rules.protocol import CriterionKind, Figure
from screening.rules.candidate import JudgementFact
from screening.rules.criteria import evaluate
from tests.rules.screening.criteria import (
    HISTORY,
    JUDGEMENT,
    LAB,
    MET,
    MIND,
    NOT_MET,
    SOURCE,
    finding,
    judged,
    limits,
    numbers,
    outcome,
    protocol_with,
    words,
)
from tests.rules.screening.people import TAKEN, TODAY, ago, healthy, with_piece


def test_a_judgement_answers_only_the_evidence_it_was_written_about():
    candidate = with_piece(healthy(), HISTORY, answers={"P17": True})
    about = "Medical history of 20 Mar 2026: yes"
    assert finding("P17", candidate).sentence == (
        "“Does a parent, sibling or child have a psychotic or bipolar disorder?” was answered yes. "
        "Physician judges it, with a written reason."
    )
    accepted = replace(candidate, judgements=(judged("P17", about),))
    assert finding("P17", accepted).outcome is MET
    assert finding("P17", accepted).sentence.endswith(
        "Judged acceptable by Dr Ash on 1 Apr 2026: Brother, one episode at 60."
    )
    assert outcome("P17", replace(candidate, judgements=(judged("P17", about, acceptable=False),))) is NOT_MET
    both = (judged("P17", about), judged("P17", about, acceptable=False))
    assert outcome("P17", replace(candidate, judgements=both)) is NOT_MET
    assert outcome("P17", with_piece(accepted, HISTORY, taken_on=ago(1))) is JUDGEMENT


def test_a_judgement_of_one_evaluation_is_none_of_the_next():
    protocol = protocol_with(computed="suicide_risk", look_back=Figure(3, "months", SOURCE))
    first = words(MIND, behaviour="half year")
    (shown,) = evaluate(protocol, first, as_of=TODAY)
    judged = JudgementFact("X1", shown.evidence, True, "Talked about at length.", "Dr Physician", TODAY)
    again = with_piece(replace(first, judgements=(judged,)), MIND, taken_on=TODAY)
    assert outcome("X1", replace(first, judgements=(judged,)), protocol) is MET
    assert outcome("X1", again, protocol) is JUDGEMENT


JUDGED = [
    # What a clinic's protocol may leave to judgement, and the evidence that is taken again.
    ({"computed": "potassium", "evidence": HISTORY, "limits": limits(potassium=3.5)}, numbers(LAB, potassium=3.1), LAB),
    (
        {"computed": "potassium", "evidence": HISTORY, "limits": limits(potassium=3.5)},
        with_piece(healthy(), HISTORY, answers={"X1": True}),
        HISTORY,
    ),
    (
        {"computed": "prior_mdma", "evidence": HISTORY, "limits": limits(uses=10, free_for=6)},
        numbers(HISTORY, mdma_uses=11),
        HISTORY,
    ),
    ({"computed": "liver", "evidence": LAB, "limits": limits(transaminases=3)}, numbers(LAB, alt=400), LAB),
    (
        {"computed": "liver", "evidence": LAB, "limits": limits(transaminases=3)},
        with_piece(healthy(), LAB, numbers={"alt": None, "ast": None}, words={"liver_symptoms": "yes"}),
        LAB,
    ),
    ({"computed": "pregnancy", "evidence": LAB}, words(LAB, nursing="yes", pregnancy_test=None), LAB),
    (
        {"computed": "ptsd", "evidence": MIND, "limits": limits(months=6)},
        with_piece(healthy(), MIND, answers={"X1": True}, numbers={"ptsd_months": None}),
        MIND,
    ),
    ({"computed": "contact"}, replace(healthy(), contact_named=False), HISTORY),
]


@pytest.mark.parametrize(("fields", "candidate", "kind"), JUDGED)
def test_a_judgement_of_one_days_evidence_is_none_of_the_next_days(fields, candidate, kind):
    protocol = protocol_with(kind=CriterionKind.JUDGEMENT, **fields)
    shown = finding("X1", candidate, protocol)
    assert shown.outcome is JUDGEMENT
    accepted = replace(candidate, judgements=(judged("X1", shown.evidence),))
    assert outcome("X1", accepted, protocol) is MET
    assert outcome("X1", with_piece(accepted, kind, taken_on=TODAY), protocol) is JUDGEMENT


def test_a_judgement_of_a_day_that_has_not_come_judges_nothing():
    protocol = protocol_with(computed="suicide_risk", look_back=Figure(3, "months", SOURCE))
    first = words(MIND, behaviour="half year")
    (shown,) = evaluate(protocol, first, as_of=TODAY)
    judged = JudgementFact("X1", shown.evidence, True, "Talked about at length.", "Dr Physician", ago(-1))
    assert outcome("X1", replace(first, judgements=(judged,)), protocol) is JUDGEMENT


def test_a_stop_has_no_override():
    candidate = with_piece(healthy(), MIND, answers={"P2": True})
    about = f"Psychiatric evaluation of {TAKEN:%-d %b %Y}: yes"
    assert finding("P2", candidate).evidence == about
    assert outcome("P2", replace(candidate, judgements=(judged("P2", about),))) is NOT_MET
