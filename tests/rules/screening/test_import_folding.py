"""A confirmed line in a piece of evidence: nothing recorded is lost, and nothing looks newer than it is."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.rules.findings import Outcome
from patients.rules.protocol import EvidenceKind
from screening.rules.candidate import Candidate, Piece
from screening.rules.criteria import evaluate
from screening.rules.importing import folding
from tests.rules.screening.importing import TODAY
from tests.rules.screening.people import mapp3

LABORATORY, EXAMINATION, HISTORY = EvidenceKind.LABORATORY, EvidenceKind.EXAMINATION, EvidenceKind.HISTORY


def before(kind, days_ago, **more):
    return {kind: Piece(kind, TODAY - dt.timedelta(days=days_ago), **more)}


def reading(numbers=None, words=None, evidence=LABORATORY, days_ago=20):
    on = (TODAY - dt.timedelta(days=days_ago)).isoformat() if days_ago is not None else None
    return {"evidence": evidence.value, "on": on, "numbers": numbers or {}, "words": words or {}}


def fold(proposal, evidence=None):
    return folding.reading(mapp3(), proposal, evidence or {}, as_of=TODAY)


def refused(folded):
    return [finding.code for finding in folded.refusals]


def test_a_first_reading_begins_a_piece_of_its_own_day():
    folded = fold(reading({"sodium": 139}))
    assert (folded.taken_on, folded.numbers, folded.answers, folded.correction) == (
        dt.date(2026, 11, 2),
        {"sodium": 139},
        {},
        "",
    )


def test_a_reading_joins_what_is_recorded_and_the_oldest_day_counts():
    there = before(LABORATORY, 5, answers={"M13": False}, numbers={"potassium": 4}, words={"nursing": "no"})
    folded = fold(reading({"sodium": 139}), there)
    assert (folded.taken_on, folded.correction) == (dt.date(2026, 11, 2), folding.REASON)
    assert (folded.answers, folded.numbers, folded.words) == (
        {"M13": False},
        {"potassium": 4, "sodium": 139},
        {"nursing": "no"},
    )
    older = fold(reading({"sodium": 139}), before(LABORATORY, 60, numbers={"potassium": 4}))
    assert older.taken_on == TODAY - dt.timedelta(days=60)


@pytest.mark.parametrize(("days", "codes"), [(0, []), (90, []), (91, ["too-old"])])
def test_a_reading_counts_as_long_as_the_protocol_says(days, codes):
    assert refused(fold(reading({"sodium": 139}, days_ago=days))) == codes


@pytest.mark.parametrize(("days", "kept"), [(90, True), (91, False)])
def test_evidence_that_is_out_of_date_is_not_completed(days, kept):
    folded = fold(reading({"sodium": 139}), before(LABORATORY, days, numbers={"potassium": 4}))
    assert ("potassium" in folded.numbers) is kept


@pytest.mark.parametrize("there", [{"numbers": {"sodium": 128}}, {"words": {"sodium": "?"}}])
def test_nothing_recorded_is_replaced(there):
    assert refused(fold(reading({"sodium": 139}), before(LABORATORY, 30, **there))) == ["recorded"]


def test_a_word_without_a_day_is_of_the_day_it_is_confirmed():
    folded = fold(reading(words={"nursing": "yes"}, days_ago=None))
    assert (folded.taken_on, folded.words) == (TODAY, {"nursing": "yes"})


def test_blood_pressures_fill_the_free_days_and_then_no_more():
    evidence, proposal = {}, reading({"systolic": 130, "diastolic": 80}, evidence=EXAMINATION)
    for number in (1, 2, 3):
        folded = fold(proposal, evidence)
        assert folded.words[f"day_{number}"] == "2026-11-02"
        evidence = {EXAMINATION: Piece(EXAMINATION, folded.taken_on, folded.answers, folded.numbers, folded.words)}
    assert refused(fold(proposal, evidence)) == ["full"]


def answer(code, evidence=None):
    return folding.answer(mapp3(), code, evidence or {}, as_of=TODAY)


def test_a_risk_is_added_to_the_answers_and_turns_an_earlier_no():
    folded = answer("M20", before(HISTORY, 10, answers={"M20": False, "M7": False}))
    assert (folded.answers, folded.taken_on) == ({"M20": True, "M7": False}, TODAY - dt.timedelta(days=10))
    assert answer("M20").taken_on == TODAY


def test_the_question_beside_a_worked_out_criterion_can_be_answered():
    assert (answer("M3").kind, answer("M3").answers) == (HISTORY, {"M3": True})


@pytest.mark.parametrize("code", ["M2", "I1", "M21", "X1"])
def test_what_is_worked_out_or_not_asked_cannot_be_answered(code):
    assert refused(answer(code)) == ["no-question"]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("P2", "A stop."),
        ("I5", "It holds the screening."),
        ("P7", "For judgement by the physician."),
        ("X1", "This protocol has no such criterion."),
    ],
)
def test_what_a_confirmed_risk_means_is_said_as_the_protocol_has_it(code, words):
    assert folding.consequence(mapp3(), code) == words


GOOD = (Outcome.MET,)


@given(
    st.sampled_from(sorted(c.code for c in mapp3().criteria)),
    st.dictionaries(st.sampled_from(sorted(c.code for c in mapp3().criteria)), st.booleans()),
    st.integers(0, 120),
)
def test_confirming_a_risk_never_makes_a_criterion_met(code, answers, days_ago):
    kind = folding.home(mapp3(), code) or HISTORY
    evidence = before(kind, days_ago, answers=answers)
    folded = folding.answer(mapp3(), code, evidence, as_of=TODAY)
    if folded.refusals:
        return
    after = {kind: Piece(kind, folded.taken_on, folded.answers, folded.numbers, folded.words)}

    def met(pieces):
        candidate = Candidate(dt.date(1985, 5, 17), "female", evidence=pieces)
        return {f.code for f in evaluate(mapp3(), candidate, as_of=TODAY) if f.outcome in GOOD}

    assert met(after) <= met(evidence)


def test_a_reading_that_is_too_old_says_how_long_it_counts():
    proposal = {"evidence": "laboratory", "on": "2026-08-01", "numbers": {"sodium": 139}, "words": {}}
    [refusal] = folding.reading(mapp3(), proposal, {}, as_of=TODAY).refusals
    assert refusal.sentence == ("It is of 1 Aug 2026 and counts for 90 days. Measure it again.")


def test_one_value_that_is_recorded_already_keeps_all_that_came_with_it_out():
    there = {EvidenceKind.ECG: Piece(EvidenceKind.ECG, TODAY, {}, {"qt": 400}, {})}
    proposal = {"evidence": "ecg", "on": "2026-11-20", "numbers": {"rate": 60, "qt": 380}, "words": {}}
    assert [one.code for one in folding.reading(mapp3(), proposal, there, as_of=TODAY).refusals] == ["recorded"]


def test_a_question_beside_a_worked_out_criterion_is_at_home_where_its_readings_are():
    criteria = tuple(replace(one, evidence=None) if one.code == "M3" else one for one in mapp3().criteria)
    assert folding.home(mapp3(), "M3") is HISTORY
    assert folding.home(replace(mapp3(), criteria=criteria), "M3") is HISTORY


F41 = "F41.1 Generalised anxiety disorder"


def listed(reading, entry, kept, taken_on=TODAY):
    kind = EvidenceKind.PSYCHIATRIC if reading == "diagnoses" else HISTORY
    there = {kind: Piece(kind, taken_on, {}, {}, {reading: kept} if kept else {})}
    proposal = {"evidence": kind.value, "on": None, "numbers": {}, "words": {reading: entry}}
    return folding.reading(mapp3(), proposal, there, as_of=TODAY)


@pytest.mark.parametrize(
    ("reading", "entry", "kept", "expected"),
    [
        ("diagnoses", F41, "", F41),
        ("diagnoses", F41, "F43.1 PTSD", f"F43.1 PTSD\n{F41}"),
        ("diagnoses", F41, "F43.1 PTSD\nF41.1", "recorded"),
        ("allergies", "Lactose", "Pollen", "Pollen\nLactose"),
        ("allergies", "Lactose", "Pollen\n lactose", "recorded"),
        ("diagnoses", F41, "F43.1 " + "x" * (1999 - 6 - len(F41)), "F43.1 " + "x" * (1993 - len(F41)) + f"\n{F41}"),
        ("diagnoses", F41, "F43.1 " + "x" * (2000 - 6 - len(F41)), "full"),
    ],
)
def test_a_list_gets_what_it_has_not_got_as_long_as_there_is_room(reading, entry, kept, expected):
    folded = listed(reading, entry, kept)
    assert (folded.refusals[0].code if folded.refusals else folded.words[reading]) == expected
