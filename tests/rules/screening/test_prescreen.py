from datetime import date, timedelta

import pytest

from screening.rules.letter import Addressee, proposed
from screening.rules.letter import refusals as letter_refusals
from screening.rules.prescreen import Call, CallOutcome, asked, proposal, refusals, said, stops
from tests.rules.screening.people import mapp3

TODAY = date(2026, 3, 2)
CLEAR = dict.fromkeys((c.code for c in asked(mapp3())), False)
INTAKE, NOT_SUITABLE, CALL_BACK = CallOutcome


def call(outcome, answers=None, reason="", day=None):
    return Call(CLEAR if answers is None else answers, outcome, reason, day)


def codes(made):
    return [finding.code for finding in refusals(mapp3(), made, today=TODAY)]


def test_the_protocol_says_what_is_asked_on_the_telephone():
    assert [c.code for c in asked(mapp3())][:2] == ["P2", "P3"]
    assert all(criterion.question for criterion in asked(mapp3()))
    assert mapp3().prescreen.source.mark == "not verified"


@pytest.mark.parametrize(
    ("answers", "outcome", "sentence"),
    [
        (CLEAR, INTAKE, "Nothing that was said stands against an intake."),
        (CLEAR | {"P2": True}, NOT_SUITABLE, "1 stop answered yes: P2."),
        (CLEAR | {"P2": True, "M7": True}, NOT_SUITABLE, "2 stops answered yes: P2, M7."),
        ({}, CALL_BACK, f"{len(CLEAR)} questions not answered yet."),
        ({**{k: v for k, v in CLEAR.items() if k != "P2"}}, CALL_BACK, "1 question not answered yet."),
    ],
)
def test_the_answers_propose_an_outcome(answers, outcome, sentence):
    assert proposal(mapp3(), answers) == (outcome, sentence)


@pytest.mark.parametrize(
    ("made", "reasons"),
    [
        (call(INTAKE), []),
        (call(INTAKE, CLEAR | {"P2": True}), ["reason"]),
        (call(INTAKE, CLEAR | {"P2": True}, "Told by a neighbour."), []),
        (call(NOT_SUITABLE), ["reason"]),
        (call(NOT_SUITABLE, reason="Lives too far away."), []),
        (call(NOT_SUITABLE, CLEAR | {"P2": True}), []),
        (call(CALL_BACK), ["call-back"]),
        (call(CALL_BACK, day=TODAY), []),
        (call(CALL_BACK, day=TODAY - timedelta(days=1)), ["call-back"]),
    ],
)
def test_what_may_not_be_kept_says_why(made, reasons):
    assert codes(made) == reasons


def test_unknown_is_said_as_not_said_and_is_no_stop():
    assert {row.words for row in said(mapp3(), {"P2": True, "P3": False})} == {"yes", "no", "not said"}
    assert [c.code for c in stops(mapp3(), {"P2": True, "P3": False})] == ["P2"]


BANNED = ("MDMA", "psychedelic", "PTSD", "drug", "trial", "QT", "psycho")


@pytest.mark.parametrize("to", list(Addressee))
@pytest.mark.parametrize("reasons", [[], ["P2"], ["P2", "M1"]])
def test_the_first_wording_of_a_letter_tells_a_stranger_nothing(to, reasons):
    words = proposed(to, name="Wren Fictional", reasons=reasons, clinic="The practice", phone="020 7946 0000")
    assert "020 7946 0000" in words and "Wren Fictional" in words
    assert [word for word in BANNED if word.lower() in words.lower()] == []
    assert [code for code in reasons if code in words] == []


@pytest.mark.parametrize(
    ("reasons", "patient", "referrer"),
    [
        ((), "found a reason why", "we found a reason against"),
        (("P2",), "found one reason why", "we found one reason against"),
        (("P2", "M1"), "found several reasons why", "we found several reasons against"),
    ],
)
def test_a_letter_counts_the_reasons_and_speaks_to_whom_it_is_sent(reasons, patient, referrer):
    to_patient, to_referrer = (
        proposed(to, name="Wren Fictional", reasons=reasons, clinic="The practice", phone="")
        for to in (Addressee.PATIENT, Addressee.REFERRER)
    )
    assert to_patient.startswith("Dear Wren Fictional,") and patient in to_patient
    assert to_referrer.startswith("Dear colleague,") and referrer in to_referrer
    assert "Thank you for sending Wren Fictional to The practice." in to_referrer


def test_a_letter_is_neither_empty_nor_changed_once_signed():
    assert letter_refusals("Dear", is_signed=False) == []
    assert [f.code for f in letter_refusals(" ", is_signed=True)] == ["signed", "empty"]
    assert "reach us" not in proposed(Addressee.PATIENT, name="W", reasons=[], clinic="C", phone="")
