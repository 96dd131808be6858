"""Booked dosing days: what blocks them today, what only has to be renewed by then, and what time puts right by itself."""

from dataclasses import replace
from datetime import timedelta

import pytest

from accounts.rules.findings import Finding, Outcome
from patients.rules.protocol import EvidenceKind
from screening.rules.booked import Outlook, as_planned, outlooks
from screening.rules.candidate import ConsentFact, ConsentKind, MedicineFact
from tests.rules.screening.people import TODAY, healthy, mapp3, without_piece

STANDS = Finding("decision", Outcome.MET, "A physician decided that this patient may be treated.")
STALE = Finding("decision", Outcome.UNKNOWN, "The decision no longer stands.")
SOON, FAR = TODAY + timedelta(days=10), TODAY + timedelta(days=200)


def outlook(candidate, day=SOON, decision=STANDS):
    return outlooks(mapp3(), candidate, [decision], [day], today=TODAY)[day]


def codes(findings):
    return [finding.code for finding in findings]


def test_nothing_stands_against_a_day_of_somebody_eligible():
    assert outlook(healthy()) == Outlook()
    assert outlook(healthy()).renew == ()


def test_a_stale_decision_blocks_every_day_alike():
    days = outlooks(mapp3(), healthy(), [STALE], [SOON, SOON + timedelta(days=28)], today=TODAY)
    assert [codes(day.blocked) for day in days.values()] == [["decision"], ["decision"]]


def with_medicine(**taken):
    return replace(healthy(), medicines=(MedicineFact("Ibuprofen", ongoing=True), MedicineFact(**taken)))


def test_a_washout_that_is_over_by_then_blocks_nothing_and_one_that_is_not_does():
    stopped = with_medicine(name="Venlafaxine", ongoing=False, last_dose_on=TODAY)
    after = outlook(stopped, TODAY + timedelta(days=60))
    assert (after.blocked, after.renew) == ((), ())
    assert codes(outlook(stopped, TODAY + timedelta(days=2)).blocked) == ["M21"]


@pytest.mark.parametrize("day", [SOON, FAR])
def test_a_medicine_that_is_still_taken_blocks_whenever_the_day_is(day):
    assert codes(outlook(with_medicine(name="Venlafaxine", ongoing=True), day).blocked) == ["M21"]


def test_evidence_that_runs_out_before_the_day_is_to_be_renewed_and_blocks_nothing_yet():
    far = outlook(healthy(), FAR)
    assert far.blocked == ()
    assert len(far.renew) == len(EvidenceKind)
    assert not outlook(healthy(), SOON).renew


def test_evidence_that_is_missing_today_blocks_and_is_said_once():
    missing = outlook(without_piece(healthy(), EvidenceKind.ECG))
    assert [finding.sentence for finding in missing.blocked] == [
        "ECG: not recorded yet. Without it nobody is eligible."
    ]
    assert missing.is_blocked


def test_a_withdrawn_consent_blocks():
    gone = ConsentFact(ConsentKind.TREATMENT, "1", TODAY - timedelta(days=9), True, withdrawn_on=TODAY)
    assert codes(outlook(replace(healthy(), consents=(gone,))).blocked) == ["consent"]


def test_a_day_that_has_passed_is_judged_as_of_today():
    past = TODAY - timedelta(days=3)
    assert codes(outlook(without_piece(healthy(), EvidenceKind.ECG), past).blocked) == ["evidence-ecg"]


def test_a_planned_last_dose_blocks_a_day_before_its_washout_is_over_and_none_after():
    planned = with_medicine(name="Venlafaxine", ongoing=True, last_dose_on=TODAY + timedelta(days=5))
    assert codes(outlook(planned, TODAY + timedelta(days=14)).blocked) == ["M21"]
    after = outlook(planned, TODAY + timedelta(days=15))
    assert (after.blocked, after.renew) == ((), ())
    overrun = with_medicine(name="Venlafaxine", ongoing=True, last_dose_on=TODAY)
    assert codes(outlook(overrun, TODAY + timedelta(days=15)).blocked) == ["M21"]


@pytest.mark.parametrize(("last", "goes_on"), [(0, True), (1, False), (9, False), (10, True), (11, True)])
def test_a_last_dose_is_taken_as_planned_only_between_today_and_the_day(last, goes_on):
    """Today's may still be followed by another, and that of the day itself has not been taken when the day begins."""
    planned = with_medicine(name="Venlafaxine", ongoing=True, last_dose_on=TODAY + timedelta(days=last))
    assert as_planned(planned, by=SOON, today=TODAY).medicines[-1].ongoing is goes_on
