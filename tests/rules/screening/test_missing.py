"""What is missing: what, who can supply it, and by when."""

from dataclasses import replace
from datetime import date

import pytest

from accounts.rules.findings import Outcome
from patients.rules.protocol import EvidenceKind
from screening.rules.candidate import MedicineFact
from screening.rules.missing import Missing, deadline
from screening.rules.verdict import judge
from tests.rules.screening.people import TAKEN, TODAY, ago, healthy, mapp3, taking, with_piece, without_piece

ECG, HISTORY, LAB = EvidenceKind.ECG, EvidenceKind.HISTORY, EvidenceKind.LABORATORY
PAIR = "physician or a therapist of the pair"
# 42 days after 20 March, when screening began; the evidence of that day counts for 90.
BY = date(2026, 5, 1)


def of(candidate, code):
    found = [one for one in judge(mapp3(), candidate, as_of=TODAY).missing if one.code == code]
    return found[0] if found else None


@pytest.mark.parametrize(
    ("candidate", "expected"),
    [
        (without_piece(healthy(), ECG), Missing("evidence-ecg", "ECG", PAIR, BY)),
        (without_piece(healthy(), ECG), Missing("M2", "ECG", PAIR, BY)),
        (
            without_piece(healthy(), LAB),
            Missing("evidence-laboratory", "laboratory tests", f"the laboratory, recorded by the {PAIR}", BY),
        ),
        (
            with_piece(healthy(), HISTORY, answers={"M7": None}),
            Missing(
                "M7",
                "“Has the patient ever had a heart attack, stroke, TIA, aneurysm, AV malformation or significant valve "
                "disease?” has not been answered; ask, and record it in the medical history.",
                PAIR,
                BY,
            ),
        ),
        (
            replace(healthy(), contact_named=False),
            Missing("I5", "Names a contact person who can be reached", "coordinator or physician", BY),
        ),
        (
            replace(healthy(), born_on=None),
            Missing("I1", "At least 18 years old", "coordinator or physician", BY),
        ),
        (
            replace(healthy(), consents=()),
            Missing("consent", "consent to treatment", f"the patient, explained by the {PAIR}", BY),
        ),
        (
            with_piece(healthy(), HISTORY, words={"medicines_complete": None}),
            Missing("medicine-list", "the medicine list, gone through with the patient", PAIR, BY),
        ),
        (
            taking(MedicineFact("sertraline", ongoing=False, last_dose_on=ago(10))),
            Missing("medicine-sertraline", "the end of the washout", "nobody: it ends by itself", date(2026, 4, 20)),
        ),
        (
            taking(MedicineFact("sertraline", ongoing=False, last_dose_on=ago(10))),
            Missing("M21", "the end of the washout", "nobody: it ends by itself", date(2026, 4, 20)),
        ),
        (
            with_piece(healthy(), HISTORY, words={"medicines_complete": None}),
            Missing("M16", "what is taken, and the day of the last dose", "prescriber", BY),
        ),
        (
            taking(MedicineFact("sertraline", ongoing=True)),
            Missing("medicine-sertraline", "what is taken, and the day of the last dose", "prescriber", BY),
        ),
        (
            taking(MedicineFact("Abrixol")),
            Missing("unlisted-abrixol", "what is taken, and the day of the last dose", "prescriber", BY),
        ),
    ],
)
def test_what_is_missing_says_what_who_and_by_when(candidate, expected):
    assert of(candidate, expected.code) == expected


def test_everything_that_waits_is_missing_and_nothing_else():
    candidate = with_piece(without_piece(healthy(), ECG), HISTORY, answers={"P17": True, "M7": True})
    answer = judge(mapp3(), candidate, as_of=TODAY)
    waiting = [f.code for f in answer.findings if f.outcome in (Outcome.UNKNOWN, Outcome.WAITING)]
    assert [one.code for one in answer.missing] == waiting
    assert judge(mapp3(), healthy(), as_of=TODAY).missing == ()


@pytest.mark.parametrize(
    ("candidate", "by"),
    [
        (healthy(), BY),
        (replace(healthy(), began_on=date(2026, 3, 30)), date(2026, 5, 11)),
        # The ECG runs out before the time for screening is over.
        (replace(with_piece(healthy(), ECG, taken_on=ago(85)), began_on=ago(1)), date(2026, 4, 6)),
        # What has run out already sets no date, nor does evidence of a day that has not come.
        (replace(with_piece(healthy(), ECG, taken_on=ago(95)), began_on=TAKEN), BY),
        (with_piece(healthy(), ECG, taken_on=ago(-3)), BY),
        # Screening began with the first piece; what runs out today still counts today.
        (with_piece(healthy(), ECG, taken_on=ago(2)), BY),
        (with_piece(healthy(), ECG, taken_on=ago(90)), TODAY),
        (replace(healthy(), evidence={}), date(2026, 5, 13)),
        # Screening has lasted too long: the evidence that is there still sets a date.
        (replace(healthy(), began_on=ago(60)), date(2026, 6, 18)),
        (replace(healthy(), evidence={}, began_on=ago(60)), TODAY),
    ],
)
def test_the_last_day_is_the_first_thing_that_runs_out(candidate, by):
    assert deadline(mapp3(), candidate, as_of=TODAY) == by


def test_what_was_taken_today_runs_out_too():
    short = replace(mapp3().evidence_validity[ECG], value=7)
    protocol = replace(mapp3(), evidence_validity={**mapp3().evidence_validity, ECG: short})
    assert deadline(protocol, with_piece(healthy(), ECG, taken_on=TODAY), as_of=TODAY) == date(2026, 4, 8)


def test_whose_judgement_is_asked_for_is_said_once():
    candidate = with_piece(healthy(), HISTORY, answers={"P17": True, "M15": True, "M6": True})
    assert judge(mapp3(), candidate, as_of=TODAY).judges == ("physician", "physician, with a cardiologist's letter")
    assert judge(mapp3(), healthy(), as_of=TODAY).judges == ()
