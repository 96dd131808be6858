"""What a decision rests on: whose washouts are stretched, and by what a signed decision is known again."""

import hashlib

import pytest

from patients.rules.protocol import EvidenceKind
from screening.rules.candidate import changes, fingerprint, inputs, is_poor_metaboliser
from tests.rules.screening.people import healthy, taking, with_piece, without_piece

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


def test_nothing_changed_is_said_when_nothing_did():
    assert changes(inputs(healthy()), inputs(healthy())) == []
    assert changes(inputs(healthy()), inputs(taking())) == []
