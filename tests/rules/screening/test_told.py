"""A verdict as JSON: every finding, and what is missing."""

from dataclasses import replace
from datetime import date

from screening.rules.verdict import judge
from screening.rules.written import told
from tests.rules.screening.people import TODAY, healthy, mapp3


def test_a_verdict_is_told_with_every_finding():
    answer = told(judge(mapp3(), healthy(), as_of=date(2026, 4, 1)))
    [qtc] = [finding for finding in answer.pop("findings") if finding["code"] == "M2"]
    assert answer == {
        "verdict": "eligible",
        "sentence": "Every requirement is met.",
        "until": None,
        "judged_by": [],
        "missing": [],
    }
    assert qtc == {
        "code": "M2",
        "outcome": "met",
        "sentence": "QTc (Bazett) is 400 ms, at most 460 ms. Not verified: male 450 ms, female 460 ms.",
        "evidence": "QT 400 ms, RR 1000 ms: QTcB 400 ms, QTcF 400 ms, 20 Mar 2026",
        "source": "The clinic's brief",
        "mark": "brief",
        "decided_by": "physician",
    }


def test_what_is_missing_is_told_with_who_supplies_it_and_by_when():
    began = replace(healthy(), contact_named=None, began_on=TODAY)
    [missing] = told(judge(mapp3(), began, as_of=TODAY))["missing"]
    [sooner] = told(judge(mapp3(), replace(began, began_on=None), as_of=TODAY))["missing"]
    assert missing == {
        "code": "I5",
        "what": "Names a contact person who can be reached",
        "who": "coordinator or physician",
        "by": "2026-05-13",
    }
    assert sooner == {**missing, "by": "2026-05-01"}  # six weeks after the oldest evidence
