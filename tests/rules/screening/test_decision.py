from dataclasses import replace

import pytest

from accounts.rules.findings import Outcome
from patients.rules.protocol import EvidenceKind
from screening.rules.candidate import inputs
from screening.rules.decision import MOVES, Signed, Signing, refusals, seconds, standing
from screening.rules.verdict import judge
from tests.rules.screening.people import TODAY, healthy, mapp3, with_piece, without_piece

ECG = EvidenceKind.ECG
YES = Signing(eligible=True, reason="", is_physician=True, password_right=True, seen="a", now="a")
STATES = ["screening", "eligible", "in_treatment", "completed", "excluded", "withdrawn"]


def codes(signing, state="screening", candidate=None):
    return [f.code for f in refusals(state, judge(mapp3(), candidate or healthy(), as_of=TODAY), signing)]


def test_a_physician_who_has_seen_everything_signs_a_yes_when_nothing_blocks():
    assert codes(YES) == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"is_physician": False}, "not-physician"),
        ({"password_right": False}, "password"),
        ({"now": "b"}, "changed"),
        ({"eligible": False}, "reason"),
        ({"eligible": False, "reason": "  "}, "reason"),
    ],
)
def test_each_thing_that_is_wrong_is_a_reason(changes, reason):
    assert codes(replace(YES, **changes)) == [reason]


def test_every_reason_is_given_at_once():
    wrong = replace(YES, is_physician=False, password_right=False, now="b")
    blockers = [f.code for f in judge(mapp3(), without_piece(healthy(), ECG), as_of=TODAY).blockers]
    assert codes(wrong, "completed", without_piece(healthy(), ECG)) == [
        "not-physician",
        "state",
        "changed",
        *blockers,
        "password",
    ]


def test_a_refusal_says_which_answer_cannot_be_given_in_which_state():
    said = [
        refusals("in_treatment", judge(mapp3(), healthy(), as_of=TODAY), YES),
        refusals("on_hold", judge(mapp3(), healthy(), as_of=TODAY), YES),
    ]
    assert [[f.sentence for f in reasons] for reasons in said] == [
        [],
        ["The course is on hold: it cannot be decided that the patient may be treated."],
    ]
    no = refusals("on_hold", judge(mapp3(), healthy(), as_of=TODAY), replace(YES, eligible=False, reason="No."))
    assert [f.sentence for f in no] == ["The course is on hold: it cannot be decided against treatment."]


def test_a_no_is_signed_whatever_is_missing():
    assert codes(replace(YES, eligible=False, reason="Long QT."), "screening", without_piece(healthy(), ECG)) == []


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("eligible", [True, False])
def test_every_state_is_decided_or_refused_by_the_table(state, eligible):
    expected = [] if (state, eligible) in MOVES else ["state"]
    assert codes(replace(YES, eligible=eligible, reason="Because."), state) == expected


SIGNED = Signed(True, "Dr Ash", TODAY, inputs(healthy()), "p1")


@pytest.mark.parametrize(
    ("signed", "candidate", "outcome", "sentence"),
    [
        (None, healthy(), Outcome.UNKNOWN, "No physician has decided yet whether this patient may be treated."),
        (SIGNED, healthy(), Outcome.MET, "A physician decided that this patient may be treated."),
        (replace(SIGNED, eligible=False), healthy(), Outcome.NOT_MET, "A physician decided against treatment."),
        (
            SIGNED,
            with_piece(healthy(), ECG, numbers={"qt": 401}),
            Outcome.UNKNOWN,
            "The decision no longer stands, a physician decides again. New ecg evidence was recorded.",
        ),
        (
            replace(SIGNED, protocol="p2"),
            healthy(),
            Outcome.UNKNOWN,
            "The decision no longer stands, a physician decides again. The protocol is another.",
        ),
    ],
)
def test_a_decision_stands_while_nothing_it_rests_on_has_changed(signed, candidate, outcome, sentence):
    finding = standing(signed, candidate, "p1")
    assert (finding.outcome, finding.sentence) == (outcome, sentence)
    assert (finding.code, finding.decided_by) == ("decision", "physician")
    assert finding.evidence == ("Signed by Dr Ash, 1 Apr 2026" if signed else "")


FIRST = replace(SIGNED, signer=1, waits_for_second=True)


@pytest.mark.parametrize(
    ("first", "signer", "candidate", "protocol", "second"),
    [
        (FIRST, 2, healthy(), "p1", True),
        (FIRST, 1, healthy(), "p1", False),
        (FIRST, 2, with_piece(healthy(), ECG, numbers={"qt": 401}), "p1", False),
        (FIRST, 2, healthy(), "p2", False),
        (replace(FIRST, eligible=False), 2, healthy(), "p1", False),
        (replace(FIRST, waits_for_second=False), 2, healthy(), "p1", False),
        (None, 2, healthy(), "p1", False),
    ],
)
def test_a_second_signature_is_another_physicians_about_the_same_facts(first, signer, candidate, protocol, second):
    assert seconds(first, signer=signer, candidate=candidate, protocol=protocol) is second


def test_a_first_signature_does_not_let_treatment_go_on():
    finding = standing(FIRST, healthy(), "p1")
    assert (finding.outcome, finding.sentence, finding.decided_by) == (
        Outcome.UNKNOWN,
        "The protocol asks for two physicians: another one signs too.",
        "another physician",
    )
