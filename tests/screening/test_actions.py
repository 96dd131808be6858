"""The verbs of the room, and what other rooms are told."""

import datetime as dt

import pgtrigger
import pytest
from django.utils import timezone

from accounts.models import Membership
from accounts.rules.findings import Outcome, Refused
from mdmaat.development.demo.screening import consent, sign_decision, unremarkable
from patients.models import Contact, Course, Medicine
from patients.rules.protocol import EvidenceKind
from screening.actions import facts
from screening.actions.consents import withdraw_consent
from screening.actions.deciding import decide, is_genuine, what_is_seen
from screening.actions.record import judge_finding, record_evidence
from screening.models import Decision, Evidence, Judgement
from screening.rules import criteria
from screening.rules.verdict import judge
from tests.factories import PASSWORD, CourseFactory, MedicineFactory, decided, screened


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def ready(course, physician):
    """Everything recorded, nothing against."""
    return screened(course, by=physician)


@pytest.fixture
def eligible(ready, physician):
    decided(ready, by=physician)
    ready.refresh_from_db()
    return ready


def codes(refused):
    return [finding.code for finding in refused.value.findings]


def blocking(course, as_of):
    return {finding.code: finding.outcome for finding in facts.eligible_now(course, as_of)}


# --- deciding


def test_a_signed_yes_makes_the_course_eligible_and_keeps_what_it_rests_on(ready, physician):
    at = timezone.now()
    decision = decided(ready, by=physician, at=at)
    ready.refresh_from_db()
    assert (ready.state, [step.state for step in ready.steps.all()]) == ("eligible", ["eligible"])
    assert (decision.signed_by, decision.signed_at, decision.printed_name) == (physician, at, "Petra Fictional")
    assert decision.protocol_sha256 == ready.protocol.sha256
    assert {finding["outcome"] for finding in decision.findings} == {"met"}
    assert decision.meaning == "I have gone through every finding and decide that this patient may be treated."


def test_a_signature_verifies_until_anything_it_covers_is_changed(ready, physician):
    decision = decided(ready, by=physician)
    stored = Decision.objects.get(pk=decision.pk)
    assert is_genuine(stored)
    for field, value in (("reason", "x"), ("printed_name", "x"), ("inputs", {}), ("protocol_sha256", "x")):
        changed = Decision.objects.get(pk=decision.pk)
        setattr(changed, field, value)
        assert not is_genuine(changed)


BLOCKS = {
    "missing": {"leave_out": ("ecg",)},
    "stop": {"risks": ("P2",)},
    "judgement": {"risks": ("P17",)},
    "long QT": {"numbers": {"qt": 480}},
    "pressure": {"numbers": {"systolic_1": 150, "systolic_2": 150, "systolic_3": 150}},
}


@pytest.mark.parametrize("changes", BLOCKS.values(), ids=BLOCKS)
def test_nobody_is_made_eligible_while_any_finding_blocks(course, physician, changes):
    screened(course, by=physician, **changes)
    with pytest.raises(Refused):
        decided(course, by=physician)
    course.refresh_from_db()
    assert (course.state, Decision.objects.count()) == ("screening", 0)


def test_without_the_guard_the_database_still_refuses(course, physician, monkeypatch):
    """The negative control of the test above, and the second wall behind it."""
    from django.db import IntegrityError, transaction

    screened(course, by=physician, leave_out=("ecg",))
    monkeypatch.setattr("screening.actions.deciding.refusals", lambda *args: [])
    with pytest.raises(IntegrityError, match="eligible_only_when_nothing_blocks"), transaction.atomic():
        decided(course, by=physician)


def test_a_criterion_that_read_unknown_as_met_would_be_found(course, physician, monkeypatch, today):
    """The planted fault: with it the suite fails, because here a patient without an ECG would be waved through."""
    screened(course, by=physician, leave_out=("ecg",))
    assert "M2" in blocking(course, today)

    def planted(*args):
        return criteria.Answer(Outcome.MET, "Fine.")

    monkeypatch.setattr(criteria, "_answer", planted)
    assert "M2" not in blocking(course, today)
    assert "evidence-ecg" in blocking(course, today)


def test_the_findings_are_worked_out_again_when_the_signature_is_given(ready, physician, today):
    candidate = facts.candidate_for(ready, today)
    seen = what_is_seen(candidate, judge(ready.plan, candidate, as_of=today))
    MedicineFactory(patient=ready.patient, name="Phenelzine")
    with pytest.raises(Refused) as refused:
        decide(ready, eligible=True, reason="", seen=seen, password=PASSWORD, by=physician, at=timezone.now())
    assert codes(refused) == ["changed", "M21", "medicine-phenelzine"]


def test_only_a_physician_of_the_clinic_decides_and_with_the_own_password(ready, lead, stranger, physician):
    for user in (lead, stranger):
        with pytest.raises(Refused) as refused:
            decided(ready, by=user)
        assert codes(refused) == ["not-physician"]
    with pytest.raises(Refused) as refused:
        sign_decision(ready, eligible=True, password="guess", by=physician, at=timezone.now())
    assert codes(refused) == ["password"]


def test_a_physician_whose_membership_has_ended_decides_nothing(ready, physician, today):
    Membership.objects.filter(user=physician).update(ends_on=today - dt.timedelta(days=1))
    with pytest.raises(Refused) as refused:
        decided(ready, by=physician.__class__.objects.get(pk=physician.pk))
    assert codes(refused) == ["not-physician"]


def test_a_decision_against_needs_a_reason_and_excludes(course, physician):
    with pytest.raises(Refused) as refused:
        decided(course, by=physician, eligible=False)
    assert codes(refused) == ["reason"]
    decided(course, by=physician, eligible=False, reason="QTc 480 ms.")
    course.refresh_from_db()
    assert (course.state, course.steps.last().reason) == ("excluded", "QTc 480 ms.")


def test_an_excluded_patient_comes_back_through_screening(ready, physician):
    decided(ready, by=physician, eligible=False, reason="Mistaken ECG.")
    decided(ready, by=physician, reason="The ECG was read again.")
    ready.refresh_from_db()
    assert [step.state for step in ready.steps.all()] == ["excluded", "screening", "eligible"]
    assert ready.state == "eligible"


@pytest.mark.parametrize("state", ["completed", "withdrawn"])
def test_a_course_that_has_ended_is_not_decided(ready, physician, state):
    Course.objects.filter(pk=ready.pk).update(state=state)
    with pytest.raises(Refused) as refused:
        decided(ready, by=physician)
    assert codes(refused) == ["state"]


def test_a_course_in_treatment_is_decided_again_without_moving(eligible, physician):
    Course.objects.filter(pk=eligible.pk).update(state="in_treatment")
    decided(eligible, by=physician)
    eligible.refresh_from_db()
    assert (eligible.state, eligible.decisions.count()) == ("in_treatment", 2)


# --- what other rooms are told


def test_a_course_that_was_decided_and_has_not_changed_may_be_dosed(eligible, today):
    assert facts.eligible_now(eligible, today) == []
    assert facts.has_decision(eligible)


def test_without_a_decision_nobody_is_dosed(ready, today):
    assert blocking(ready, today) == {"decision": Outcome.UNKNOWN}
    assert not facts.has_decision(ready)


def test_a_decision_against_stands_in_the_way(eligible, physician, today):
    decided(eligible, by=physician, eligible=False, reason="Changed his mind.")
    assert blocking(eligible, today) == {"decision": Outcome.NOT_MET}


def test_a_new_medicine_makes_the_decision_stale(eligible, today):
    MedicineFactory(patient=eligible.patient, name="Ibuprofen", regular=False)
    [finding] = facts.eligible_now(eligible, today)
    assert (finding.code, finding.outcome) == ("decision", Outcome.UNKNOWN)
    assert finding.sentence == (
        "The decision no longer stands, a physician decides again. "
        "The medicine list now has: Ibuprofen, as needed, ongoing."
    )


def test_new_evidence_makes_the_decision_stale_until_it_is_decided_again(eligible, lead, physician, today):
    piece = unremarkable(eligible.plan, EvidenceKind.ECG, today)
    piece["numbers"] |= {"qt": 390}
    record_evidence(eligible, **piece, by=lead, at=timezone.now())
    assert blocking(eligible, today) == {"decision": Outcome.UNKNOWN}
    decided(eligible, by=physician)
    assert blocking(eligible, today) == {}


def test_a_washout_that_runs_again_stands_in_the_way(eligible, today):
    MedicineFactory(patient=eligible.patient, name="Sertraline", ongoing=False, last_dose_on=today)
    assert blocking(eligible, today) == {
        "decision": Outcome.UNKNOWN,
        "M21": Outcome.WAITING,
        "medicine-sertraline": Outcome.WAITING,
    }


def test_evidence_that_has_run_out_stands_in_the_way(eligible, today):
    later = today + dt.timedelta(days=91)
    assert {code for code in blocking(eligible, later) if code.startswith("evidence-")} == {
        f"evidence-{kind}" for kind in EvidenceKind
    }


def test_a_withdrawn_consent_stands_in_the_way_at_once(eligible, lead, today):
    withdraw_consent(eligible.consents.get(kind="treatment"), by=lead, at=timezone.now())
    assert blocking(eligible, today) == {"consent": Outcome.NOT_MET, "decision": Outcome.UNKNOWN}


def test_a_consent_given_again_after_it_was_withdrawn_still_asks_for_a_decision(eligible, lead, physician, today):
    assert blocking(eligible, today) == {}
    consent(eligible, by=lead, at=timezone.now())
    assert blocking(eligible, today) == {}
    withdraw_consent(eligible.consents.filter(kind="treatment").last(), by=lead, at=timezone.now())
    consent(eligible, by=lead, at=timezone.now())
    assert blocking(eligible, today) == {"decision": Outcome.UNKNOWN}
    decided(eligible, by=physician)
    assert blocking(eligible, today) == {}


def test_a_contact_person_who_is_no_longer_there_stands_in_the_way(eligible, today):
    Contact.objects.filter(patient=eligible.patient).update(active=False)
    assert blocking(eligible, today) == {"I5": Outcome.WAITING}


def test_the_calendar_learns_from_when_a_dosing_day_is_free(course, today):
    assert facts.clear_from(course, today) == (today, [])
    MedicineFactory(patient=course.patient, name="Sertraline", ongoing=False, last_dose_on=today)
    on, [finding] = facts.clear_from(course, today)
    assert (on, finding.outcome) == (today + dt.timedelta(days=29), Outcome.WAITING)
    MedicineFactory(patient=course.patient, name="Prozac")
    assert facts.clear_from(course, today).on is None


def test_many_courses_are_answered_in_the_same_number_of_queries(eligible, physician, today, django_assert_num_queries):
    others = [CourseFactory(clinic=eligible.clinic, patient__clinic=eligible.clinic) for _ in range(4)]
    for other in others:
        screened(other, by=physician)
    rows = Course.objects.select_related("patient", "clinic", "protocol")
    one = rows.get(pk=eligible.pk)
    with django_assert_num_queries(10):
        facts.eligible_now(one, today)
    with django_assert_num_queries(11):
        answers = facts.eligible_now_for(rows, today)
    assert {key: [f.code for f in found] for key, found in answers.items()} == {
        eligible.pk: [],
        **{other.pk: ["decision", "I5"] for other in others},
    }


@pytest.mark.parametrize(("word", "answer"), [("yes", True), ("no", False), (None, None)])
def test_whether_pregnancy_is_possible_is_what_the_laboratory_sheet_says(course, lead, today, word, answer):
    assert facts.may_become_pregnant(course) is None
    piece = unremarkable(course.plan, EvidenceKind.LABORATORY, today)
    piece["words"].pop("can_become_pregnant")
    piece["words"] |= {"can_become_pregnant": word} if word else {}
    record_evidence(course, **piece, by=lead, at=timezone.now())
    assert facts.may_become_pregnant(course) is answer


def test_a_poor_metaboliser_waits_longer(course, lead, today):
    MedicineFactory(patient=course.patient, name="Aripiprazole", ongoing=False, last_dose_on=today)
    usual = facts.clear_from(course, today).on
    piece = unremarkable(course.plan, EvidenceKind.LABORATORY, today)
    piece["words"] |= {"cyp2d6": "poor"}
    record_evidence(course, **piece, by=lead, at=timezone.now())
    assert facts.clear_from(course, today).on - usual == dt.timedelta(days=11)
    # A later laboratory that did not ask takes nothing back; one that did does.
    again = unremarkable(course.plan, EvidenceKind.LABORATORY, today)
    record_evidence(course, **again, by=lead, at=timezone.now())
    assert facts.clear_from(course, today).on - usual == dt.timedelta(days=11)
    again["words"] |= {"cyp2d6": "other"}
    record_evidence(course, **again, by=lead, at=timezone.now())
    assert facts.clear_from(course, today).on == usual


# --- recording


def test_evidence_of_a_day_that_has_not_come_is_refused(course, lead, today):
    tomorrow = unremarkable(course.plan, EvidenceKind.ECG, today + dt.timedelta(days=2))
    with pytest.raises(Refused) as refused:
        record_evidence(course, **tomorrow, by=lead, at=timezone.now())
    assert (codes(refused), Evidence.objects.count()) == (["future"], 0)


def test_an_older_ecg_replaces_a_newer_one_only_with_a_reason(ready, lead, today):
    older = unremarkable(ready.plan, EvidenceKind.ECG, today - dt.timedelta(days=30))
    with pytest.raises(Refused) as refused:
        record_evidence(ready, **older, by=lead, at=timezone.now())
    assert codes(refused) == ["older"]
    record_evidence(ready, **older, correction="Mistyped year.", by=lead, at=timezone.now())
    assert ready.evidence.filter(kind="ecg").count() == 2


@pytest.mark.parametrize("state", ["completed", "withdrawn"])
def test_nothing_is_recorded_for_a_course_that_has_ended(course, lead, physician, today, state):
    Course.objects.filter(pk=course.pk).update(state=state)
    piece = unremarkable(course.plan, EvidenceKind.ECG, today)
    acts = [
        lambda: record_evidence(course, **piece, by=lead, at=timezone.now()),
        lambda: judge_finding(
            course, code="P17", about="", acceptable=True, reason="x", by=physician, at=timezone.now()
        ),
    ]
    for act in acts:
        with pytest.raises(Refused) as refused:
            act()
        assert codes(refused)[0] == "ended"


def about(course, code, today):
    return next(f.evidence for f in facts.verdict_for(course, today).findings if f.code == code)


def judged(course, by, today, code="P17", **changes):
    values = {"about": about(course, code, today), "acceptable": True, "reason": "One episode at 60.", **changes}
    return judge_finding(course, code=code, **values, by=by, at=timezone.now())


def test_a_physician_judges_what_is_for_judgement_and_may_take_it_back(course, physician, today):
    screened(course, by=physician, risks=("P17",))
    judged(course, physician, today)
    assert facts.verdict_for(course, today).blockers == ()
    judged(course, physician, today, acceptable=False, reason="A second brother.")
    assert [f.outcome for f in facts.verdict_for(course, today).blockers] == [Outcome.NOT_MET]


def test_a_therapist_judges_nothing_and_a_stop_is_judged_by_nobody(course, lead, physician, today):
    screened(course, by=physician, risks=("P17", "P2"))
    for by, code, reason in ((lead, "P17", "not-physician"), (physician, "P2", "not-for-judgement")):
        with pytest.raises(Refused) as refused:
            judged(course, by, today, code=code)
        assert codes(refused) == [reason]
    assert Judgement.objects.count() == 0


def test_an_unlisted_medicine_is_judged_by_a_physician_and_a_misspelt_one_is_not(ready, physician, today):
    MedicineFactory(patient=ready.patient, name="Xyzzomab")
    MedicineFactory(patient=ready.patient, name="Zolof", ongoing=False, last_dose_on=dt.date(2020, 1, 1))
    judged(ready, physician, today, code="unlisted-xyzzomab")
    with pytest.raises(Refused) as refused:
        judged(ready, physician, today, code="medicine-zolof")
    assert codes(refused) == ["not-for-judgement"]
    Medicine.objects.filter(name="Zolof").delete()
    assert facts.verdict_for(ready, today).blockers == ()


def test_a_judgement_of_a_finding_that_changed_meanwhile_is_refused(course, physician, today):
    screened(course, by=physician, risks=("P17",))
    with pytest.raises(Refused) as refused:
        judged(course, physician, today, about="Medical history of 1 Jan 2020: yes")
    assert codes(refused) == ["changed"]


def test_a_decision_whose_evidence_was_tampered_with_is_stale(eligible, today):
    """Even where somebody gets round the triggers, the decision no longer fits what it rests on."""
    with pgtrigger.ignore("screening.Evidence:append_only"):
        row = Evidence.objects.get(kind="ecg")
        Evidence.objects.filter(pk=row.pk).update(values={**row.values, "numbers": {"qt": 380, "rr": 938, "rate": 64}})
    assert blocking(eligible, today) == {"decision": Outcome.UNKNOWN}
