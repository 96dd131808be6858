"""What a decision rests on: whose washouts are stretched, and by what a signed decision is known again."""

import hashlib
from dataclasses import replace

import pytest

from patients.rules.protocol import EvidenceKind
from screening.rules.candidate import JudgementFact, changes, fingerprint, inputs, is_poor_metaboliser
from tests.rules.screening.people import TODAY, healthy, taking, with_piece, without_piece

LAB = EvidenceKind.LABORATORY


@pytest.mark.parametrize(
    ("candidate", "poor"),
    [
        (with_piece(healthy(), LAB, words={"cyp2d6": "poor"}), True),
        (with_piece(healthy(), LAB, words={"cyp2d6": "normal"}), False),
        (with_piece(healthy(), LAB, words={"cyp2d6": None}), False),
        (without_piece(healthy(), LAB), False),
    ],
)
def test_only_a_laboratory_makes_somebody_a_poor_metaboliser(candidate, poor):
    assert is_poor_metaboliser(candidate.evidence) is poor


def test_a_fingerprint_knows_the_same_facts_again_in_any_order_and_for_good():
    facts = {"sex": "female", "medicines": ["Sertralíne"]}
    assert fingerprint(facts) == fingerprint(dict(reversed(facts.items())))
    # Decisions that are signed already were signed over this spelling.
    spelled = '{"medicines": ["Sertralíne"], "sex": "female"}'
    assert fingerprint(facts) == hashlib.sha256(spelled.encode()).hexdigest()
    assert fingerprint(facts) != fingerprint({**facts, "sex": "male"})


def test_a_judgement_is_kept_whole_beside_the_decision_and_named_when_it_is_new():
    medicine = JudgementFact("medicine-gabapentin", "Gabapentin, 300 mg, taken", True, "For pain.", "Dr Ash", TODAY)
    unread = JudgementFact("unlisted-xyzzomab", "Xyzzomab, taken", True, "Looked up.", "Dr Ash", TODAY)
    family = JudgementFact("P17", "Medical history of 20 Mar 2026: yes", False, "A brother.", "Dr Ash", TODAY)
    judged = inputs(replace(healthy(), judgements=(medicine, unread, family)))
    assert judged["judgements"][0] == {
        "code": "medicine-gabapentin",
        "about": "Gabapentin, 300 mg, taken",
        "acceptable": True,
        "reason": "For pain.",
        "by": "Dr Ash",
        "on": "2026-04-01",
    }
    assert changes(inputs(healthy()), judged) == [
        "Gabapentin was judged anew.",
        "Xyzzomab was judged anew.",
        "P17 was judged anew.",
    ]


def test_nothing_changed_is_said_when_nothing_did():
    assert changes(inputs(healthy()), inputs(healthy())) == []
    assert changes(inputs(healthy()), inputs(taking())) == []
