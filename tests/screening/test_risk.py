"""Suicide risk from wherever it is noticed: kept, told at once, blocking until a physician clears it."""

import datetime as dt

import pgtrigger
import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django.utils import timezone

from accounts.rules.findings import Outcome, Refused
from mdmaat.development.demo.screening import unremarkable
from patients.models import TeamMember
from patients.rules.protocol import EvidenceKind
from screening.actions import facts
from screening.actions.alerts import acknowledge, raise_risk
from screening.actions.record import record_evidence
from screening.actions.risk import clear_risk, flag_of, keep_safety_plan
from screening.models import Alert, AlertReader, RiskClearing, RiskReading, SafetyPlan
from screening.rules.safety import HEADINGS
from screening.rules.suicide import Asked, Risk
from tests.factories import decided, screened

PLAN = {heading.code: f"Words on {heading.code}." for heading in HEADINGS}


def asked(course, by, risk, *, reference="1", days=0, source=Asked.MEASURE):
    return raise_risk(
        course,
        risk=risk,
        asked=source,
        reference=reference,
        evidence="C-SSRS, fictional",
        taken_on=timezone.localdate() + dt.timedelta(days=days),
        by=by,
        at=timezone.now(),
    )


def codes(refused):
    return [finding.code for finding in refused.value.findings]


@pytest.fixture
def eligible(course, physician):
    screened(course, by=physician)
    decided(course, by=physician)
    course.refresh_from_db()
    return course


# --- telling


def test_high_risk_tells_the_physician_and_the_pair_at_once_and_nobody_else(course, lead, second, physician):
    asked(course, lead, Risk.HIGH)
    alert = Alert.objects.get()
    assert (alert.kind, alert.raised_by) == ("suicide risk", lead)
    assert {(row.user, row.duty) for row in alert.readers.all()} == {
        (physician, "physician"),
        (lead, "lead"),
        (second, "second"),
    }


def test_without_a_physician_on_the_team_every_physician_of_the_clinic_is_told(
    course, lead, second, physician, stranger
):
    TeamMember.objects.filter(course=course, duty="physician").update(ends_on=timezone.localdate() - dt.timedelta(2))
    asked(course, lead, Risk.HIGH)
    assert {row.user for row in AlertReader.objects.all()} == {lead, second, physician}


def test_the_same_answer_is_kept_once_and_tells_nobody_twice(course, lead):
    first, again = asked(course, lead, Risk.HIGH), asked(course, lead, Risk.HIGH)
    assert (first, RiskReading.objects.count(), Alert.objects.count()) == (again, 1, 1)
    asked(course, lead, Risk.HIGH, reference="2")
    assert Alert.objects.count() == 2


@pytest.mark.parametrize("risk", [Risk.NONE, Risk.LOW, Risk.MODERATE])
def test_what_is_not_high_is_kept_and_alarms_nobody(course, lead, risk):
    asked(course, lead, risk)
    assert (RiskReading.objects.get().risk, Alert.objects.count()) == (risk, 0)


def test_thoughts_that_nobody_has_followed_up_alarm_and_block(eligible, lead):
    asked(eligible, lead, None, source=Asked.WELL_BEING)
    assert Alert.objects.get().sentence.endswith("Ask it today.")
    assert [(f.code, f.outcome) for f in facts.eligible_now(eligible, timezone.localdate())] == [
        ("suicide-flag", Outcome.UNKNOWN)
    ]
    asked(eligible, lead, Risk.LOW, days=1)
    assert facts.eligible_now(eligible, timezone.localdate()) == []


# --- where it comes from


@pytest.mark.parametrize(("numbers", "risk"), [({"ideation_month": 4}, "high"), ({"ideation_month": 1}, "low")])
def test_a_psychiatric_evaluation_is_a_reading(course, lead, numbers, risk):
    piece = unremarkable(course.plan, EvidenceKind.PSYCHIATRIC, timezone.localdate())
    piece["numbers"] |= numbers
    record_evidence(course, **piece, by=lead, at=timezone.now())
    record_evidence(course, **piece, by=lead, at=timezone.now())  # completed later, the same answers
    assert [(row.risk, row.asked) for row in RiskReading.objects.all()] == [(risk, "psychiatric evaluation")]


def test_an_evaluation_with_open_answers_is_no_reading(course, lead):
    piece = unremarkable(course.plan, EvidenceKind.PSYCHIATRIC, timezone.localdate())
    piece["words"].pop("behaviour")
    record_evidence(course, **piece, by=lead, at=timezone.now())
    assert RiskReading.objects.count() == 0


# --- answering


def test_an_alert_is_answered_by_name_with_what_was_done(course, lead, physician):
    asked(course, lead, Risk.HIGH)
    row = AlertReader.objects.get(user=physician)
    at = timezone.now()
    acknowledge(row, done=" Called at once. ", by=physician, at=at)
    assert (row.done, row.acknowledged_at) == ("Called at once.", at)
    assert list(AlertReader.objects.open_for(physician)) == []
    assert AlertReader.objects.open_for(lead).count() == 1
    with pytest.raises(Refused) as refused:
        acknowledge(row, done="Again", by=physician, at=at)
    assert codes(refused) == ["answered"]


def test_nobody_answers_for_somebody_else_or_without_words(course, lead, physician):
    asked(course, lead, Risk.HIGH)
    with pytest.raises(Refused) as refused:
        acknowledge(AlertReader.objects.get(user=physician), done=" ", by=lead, at=timezone.now())
    assert codes(refused) == ["not-told", "done"]


def test_an_answer_is_frozen_and_needs_its_words_in_the_database_too(course, lead, physician):
    asked(course, lead, Risk.HIGH)
    rows = AlertReader.objects.filter(user=physician)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(acknowledged_at=timezone.now(), done="  ")
    rows.update(acknowledged_at=timezone.now(), done="Called.")
    with pytest.raises(ProgrammingError), transaction.atomic():
        rows.update(done="Something else.")


# --- clearing


def test_high_risk_blocks_until_a_physician_clears_it_on_a_newer_screen(eligible, lead, physician):
    today = timezone.localdate()
    asked(eligible, lead, Risk.HIGH)
    assert [f.code for f in facts.eligible_now(eligible, today)] == ["suicide-flag"]
    with pytest.raises(Refused) as refused:
        clear_risk(eligible, reason="", by=lead, at=timezone.now())
    assert codes(refused) == ["not-physician", "no-newer", "no-plan", "reason"]
    asked(eligible, lead, Risk.LOW, reference="2", days=1)
    keep_safety_plan(eligible, words=PLAN, version=0, by=lead, at=timezone.now())
    assert [f.code for f in facts.eligible_now(eligible, today)] == ["suicide-flag"]
    clearing = clear_risk(eligible, reason=" Spoken for an hour. ", by=physician, at=timezone.now())
    assert (clearing.reason, clearing.reading.reference) == ("Spoken for an hour.", "2")
    assert (facts.eligible_now(eligible, today), flag_of(eligible)) == ([], None)


def test_nobody_is_decided_eligible_under_a_flag(course, lead, physician):
    screened(course, by=physician)
    asked(course, lead, Risk.HIGH)
    with pytest.raises(Refused) as refused:
        decided(course, by=physician)
    assert codes(refused) == ["suicide-flag"]


@pytest.mark.parametrize("risk", [Risk.HIGH, None])
def test_the_database_refuses_a_clearing_on_an_older_high_or_open_reading(course, lead, physician, risk):
    old = asked(course, lead, Risk.LOW, reference="0")
    newest = asked(course, lead, Risk.HIGH, days=1)
    for reading in (old, newest, asked(course, lead, risk, reference="3", days=2)):
        with pytest.raises(ProgrammingError, match="newer C-SSRS"), transaction.atomic():
            RiskClearing.objects.create(reading=reading, reason="x", by=physician, at=timezone.now())
    with pgtrigger.ignore("screening.RiskClearing:rests_on_a_newer_screen"):  # the guard removed, it slips in
        RiskClearing.objects.create(reading=old, reason="x", by=physician, at=timezone.now())


# --- the safety plan


def test_each_change_of_the_safety_plan_is_a_new_version(course, lead):
    at = timezone.now()
    keep_safety_plan(course, words=PLAN, version=0, by=lead, at=at)
    keep_safety_plan(course, words=PLAN | {"signs": "I stop answering."}, version=1, by=lead, at=at)
    assert [(row.version, row.words["signs"]) for row in SafetyPlan.objects.all()] == [
        (2, "I stop answering."),
        (1, "Words on signs."),
    ]


def test_of_two_who_write_the_plan_the_second_is_told(course, lead, second):
    keep_safety_plan(course, words=PLAN, version=0, by=lead, at=timezone.now())
    with pytest.raises(Refused) as refused:
        keep_safety_plan(course, words=PLAN | {"safe": ""}, version=0, by=second, at=timezone.now())
    assert codes(refused) == ["safe", "overtaken"]


def evaluation(course, by, ideation):
    taken = unremarkable(course.plan, EvidenceKind.PSYCHIATRIC, timezone.localdate())
    taken["numbers"]["ideation_month"] = ideation
    record_evidence(course, **taken, correction="Asked again, fictional", by=by, at=timezone.now())


def test_an_evaluation_that_is_high_again_on_the_same_day_raises_the_flag_again(course, physician):
    evaluation(course, physician, 4)
    evaluation(course, physician, 4)
    assert RiskReading.objects.filter(risk="high").count() == 1, "what was only copied tells nothing new"
    keep_safety_plan(course, words=PLAN, version=0, by=physician, at=timezone.now())
    evaluation(course, physician, 0)
    clear_risk(course, reason="No thoughts, fictional", by=physician, at=timezone.now())
    assert flag_of(course) is None
    evaluation(course, physician, 4)
    assert flag_of(course).is_high
    assert Alert.objects.filter(kind="suicide risk").count() == 2
