"""Every criterion of a protocol has a finding, and without its evidence it is unknown."""

from datetime import date

import pytest

from accounts.rules.findings import Mark
from patients.rules.protocol import EvidenceKind
from screening.rules.computed import COMPUTED
from screening.rules.criteria import current, evaluate, evidence_findings
from tests.rules.screening.criteria import ECG, FAILED, LAB, MET, UNKNOWN, finding, outcome, protocol_with
from tests.rules.screening.people import TODAY, ago, healthy, mapp3, with_piece, without_piece

ANSWERED = [c for c in mapp3().criteria if c.computed is None]


def test_every_criterion_of_the_protocol_has_exactly_one_finding_in_its_order():
    assert [f.code for f in evaluate(mapp3(), healthy(), as_of=TODAY)] == [c.code for c in mapp3().criteria]


def test_a_candidate_with_everything_recorded_and_nothing_against_meets_them_all():
    assert [f.code for f in evaluate(mapp3(), healthy(), as_of=TODAY) if f.outcome is not MET] == []


def test_every_computed_criterion_of_the_protocol_can_be_computed():
    assert [c.code for c in mapp3().criteria if c.computed and c.computed not in COMPUTED] == []


@pytest.mark.parametrize("criterion", ANSWERED, ids=lambda c: c.code)
def test_an_answered_criterion_is_met_by_no_only(criterion):
    for answer, expected in ((False, MET), (True, FAILED[criterion.kind]), (None, UNKNOWN)):
        candidate = with_piece(healthy(), criterion.evidence, answers={criterion.code: answer})
        assert outcome(criterion.code, candidate) is expected


@pytest.mark.parametrize("criterion", [c for c in mapp3().criteria if c.evidence], ids=lambda c: c.code)
def test_without_its_evidence_a_criterion_is_unknown(criterion):
    assert outcome(criterion.code, without_piece(healthy(), criterion.evidence)) is UNKNOWN


@pytest.mark.parametrize("kind", EvidenceKind)
def test_evidence_counts_through_its_last_valid_day_and_not_a_day_longer(kind):
    dependent = [c.code for c in mapp3().criteria if c.evidence is kind]
    last = mapp3().evidence_validity[kind].whole
    inside, outside = (with_piece(healthy(), kind, taken_on=ago(days)) for days in (last, last + 1))
    future, today = (with_piece(healthy(), kind, taken_on=ago(days)) for days in (-1, 0))
    assert {outcome(code, inside) for code in dependent} == {MET}
    assert {outcome(code, outside) for code in dependent} == {UNKNOWN}
    assert {outcome(code, future) for code in dependent} == {UNKNOWN}
    assert {outcome(code, today) for code in dependent} == {MET}


def test_each_of_the_five_pieces_of_evidence_has_a_finding():
    found = evidence_findings(mapp3(), without_piece(healthy(), ECG), as_of=TODAY)
    assert {f.code: f.outcome for f in found} == {
        "evidence-history": MET,
        "evidence-examination": MET,
        "evidence-laboratory": MET,
        "evidence-ecg": UNKNOWN,
        "evidence-psychiatric": MET,
    }
    assert (found[3].sentence, found[3].decided_by) == (
        "ECG: not recorded yet. Without it nobody is eligible.",
        "physician",
    )


def test_evidence_out_of_date_says_until_when_it_was_valid():
    piece, trouble = current(mapp3(), healthy(), ECG, as_of=date(2026, 6, 19))
    assert piece is None
    assert trouble == "ECG: taken 20 Mar 2026, valid until 18 Jun 2026; out of date, to be repeated."


def test_what_is_not_verified_is_said_with_the_finding():
    assert finding("M1", healthy()).sentence == (
        "Blood pressure was below 140/90 mmHg on 3 separate days. "
        "Not verified: systolic 140 mmHg, diastolic 90 mmHg, occasions 3 occasions."
    )
    assert finding("M5", healthy()).sentence.endswith("Not verified: look-back 12 months.")
    assert finding("M7", healthy()).sentence.endswith("Not verified: the list of conditions.")
    assert finding("M10", healthy()).sentence == "Body weight is 70 kg, at least 48."
    assert finding("M10", healthy()).source.mark is Mark.NOT_VERIFIED


def test_a_test_that_nobody_can_record_is_missing_for_good():
    found = finding("X1", healthy(), protocol_with(computed="panel", evidence=LAB, readings=("aura",)))
    assert (found.outcome, found.sentence) == (
        UNKNOWN,
        "Not recorded with the laboratory's reference limits: aura.",
    )


def test_a_limit_that_the_protocol_forgot_is_unknown_and_says_so():
    found = finding("X1", healthy(), protocol_with(computed="weight"))
    assert found.outcome is UNKNOWN
    assert found.sentence == "The protocol gives X1 no limit called 'weight'; it has to be corrected."


def test_a_criterion_that_nobody_can_compute_is_unknown():
    found = finding("X1", healthy(), protocol_with(computed="aura"))
    assert (found.outcome, found.sentence) == (
        UNKNOWN,
        "Nobody can work out “aura” here; the protocol has to be corrected.",
    )


def test_a_finding_carries_its_source_and_who_decides():
    found = finding("M2", healthy())
    assert (found.source.mark, found.decided_by) == (Mark.BRIEF, "physician")
