import datetime as dt
from dataclasses import replace

import pytest

from accounts.rules.findings import Finding, Outcome
from patients.rules.protocol import VisitKind
from reports.rules.readiness import Facts, Remedy, Upcoming, blockers

LAPSED = Finding("team-licence", Outcome.NOT_MET, "The licence to practise of Ada Mundane expired on 1 April 2026.")
ECG = Finding("qtc", Outcome.UNKNOWN, "No ECG is recorded.")
CONSENT = Finding("consent-treatment", Outcome.UNKNOWN, "Consent to treatment is not recorded.")
ETHICS = Finding("approval-ethics", Outcome.NOT_MET, "The ethics committee's approval is missing.")
GOOD = Finding("blood-pressure", Outcome.MET, "Blood pressure is 122/78.")

PREPARATION = Upcoming(
    key="p2",
    code="P2",
    title="Second preparation",
    kind=VisitKind.PREPARATION,
    day=dt.date(2026, 4, 16),
    needs_room=True,
    room="Rowan",
    needs_therapists=2,
    therapists=("Ada Mundane", "Bo Plain"),
)
DOSING = replace(PREPARATION, key="d1", code="D1", title="First dosing day", kind=VisitKind.DOSING)
READY = Facts(
    state="in_treatment",
    next_visit=PREPARATION,
    passed=(),
    held=2,
    of_visits=30,
    screening=(GOOD,),
    decided=True,
    team=(),
    duties=frozenset({"lead", "second", "physician", "rater"}),
    approvals=(GOOD,),
    contacts=frozenset({"emergency", "ride_home"}),
)


def said(facts: Facts) -> list[tuple[str, str]]:
    return [(blocker.finding.code, blocker.remedy.value) for blocker in blockers(facts)]


@pytest.mark.parametrize("visit", [PREPARATION, DOSING])
def test_a_course_with_everything_in_place_is_ready(visit: Upcoming) -> None:
    assert blockers(replace(READY, next_visit=visit)) == ()


@pytest.mark.parametrize("state", ["completed", "excluded", "withdrawn"])
def test_a_course_that_has_ended_is_blocked_by_nothing(state: str) -> None:
    assert blockers(replace(READY, state=state, screening=(ECG,), duties=frozenset())) == ()


def test_in_screening_every_open_finding_blocks_and_leads_to_its_page() -> None:
    facts = replace(READY, state="screening", next_visit=None, screening=(ECG, GOOD, CONSENT), decided=False, held=0)
    assert said(facts) == [("qtc", "screening"), ("consent-treatment", "consent")]


def test_in_screening_with_nothing_open_the_decision_is_what_is_waited_for() -> None:
    facts = replace(READY, state="screening", next_visit=None, decided=False, held=0)
    assert said(facts) == [("no-decision", "decision")]
    assert blockers(facts)[0].finding.decided_by == "physician"


def test_a_finding_of_the_screening_does_not_stop_a_preparation_but_stops_a_dosing_day() -> None:
    facts = replace(READY, screening=(ECG,), approvals=(ETHICS,), contacts=frozenset())
    assert said(facts) == []
    assert said(replace(facts, next_visit=DOSING)) == [
        ("qtc", "screening"),
        ("approval-ethics", "approvals"),
        ("no-contact", "patient"),
    ]


def test_a_reason_that_holds_for_several_requirements_is_said_once() -> None:
    facts = replace(
        READY, state="screening", next_visit=None, screening=(ECG, replace(ECG, code="heart")), decided=False
    )
    assert said(facts) == [("qtc", "screening")]


def test_a_decision_that_no_longer_stands_leads_to_the_decision() -> None:
    stale = Finding("decision", Outcome.UNKNOWN, "What the decision rests on has changed since. Decide again.")
    assert said(replace(READY, next_visit=DOSING, screening=(stale,))) == [("decision", "decision")]


def test_a_lapsed_licence_and_an_empty_place_block_any_visit() -> None:
    facts = replace(READY, team=(LAPSED,), duties=frozenset({"lead"}))
    assert said(facts) == [("team-incomplete", "team"), ("team-licence", "team")]
    assert blockers(facts)[0].finding.sentence == (
        "Nobody is the second therapist and physician of this course. Assign the care team."
    )


def test_one_empty_place_is_named_alone() -> None:
    facts = replace(READY, duties=frozenset({"lead", "second"}))
    assert blockers(facts)[0].finding.sentence == "Nobody is the physician of this course. Assign the care team."


def test_only_the_missing_contact_is_asked_for() -> None:
    facts = replace(READY, next_visit=DOSING, contacts=frozenset({"emergency"}))
    assert [b.finding.sentence for b in blockers(facts)] == [
        "No ride home is recorded. Ask the patient and add it before the dosing day."
    ]


def test_a_planned_visit_whose_day_has_passed_asks_what_became_of_it() -> None:
    late = replace(PREPARATION, key="p1", code="P1", day=dt.date(2026, 4, 9))
    (blocker,) = blockers(replace(READY, passed=(late,)))
    assert (blocker.remedy, blocker.visit) == (Remedy.VISIT, "p1")
    assert blocker.finding.sentence == (
        "P1 was planned for Thu 9 Apr and nothing is recorded. Say whether it was held or missed."
    )


def test_a_visit_without_a_room_or_with_one_of_two_therapists_is_blocked() -> None:
    facts = replace(READY, next_visit=replace(PREPARATION, room="", therapists=("Ada Mundane",)))
    assert [b.finding.sentence for b in blockers(facts)] == [
        "P2 on Thu 16 Apr has no room. Move it or cancel it.",
        "P2 on Thu 16 Apr needs two therapists; only Ada Mundane is booked. Move it or cancel it.",
    ]


def test_a_visit_for_one_therapist_says_that_nobody_is_booked() -> None:
    facts = replace(READY, next_visit=replace(PREPARATION, needs_room=False, needs_therapists=1, therapists=()))
    assert [b.finding.sentence for b in blockers(facts)] == [
        "P2 on Thu 16 Apr needs 1 therapist; nobody is booked. Move it or cancel it."
    ]


@pytest.mark.parametrize(
    ("held", "sentence"),
    [
        (0, "No visit is planned. Plan the course."),
        (12, "No further visit is planned; 18 of the protocol's 30 have not been held."),
    ],
)
def test_an_eligible_course_without_a_next_visit_must_be_planned(held: int, sentence: str) -> None:
    facts = replace(READY, state="eligible", next_visit=None, held=held)
    assert [(b.finding.sentence, b.remedy) for b in blockers(facts)] == [(sentence, Remedy.PLAN)]


def test_a_course_whose_every_visit_was_held_needs_no_plan() -> None:
    assert blockers(replace(READY, next_visit=None, held=30)) == ()


def test_evidence_that_is_missing_or_out_of_date_is_one_reason_in_its_place() -> None:
    history = Finding("evidence-history", Outcome.UNKNOWN, "Medical history: not recorded yet.")
    ecg = Finding("evidence-ecg", Outcome.UNKNOWN, "ECG: taken 1 Jan, valid until 1 Apr; out of date.")
    facts = replace(READY, state="screening", next_visit=None, screening=(history, ecg, CONSENT), decided=False, held=0)
    found = blockers(replace(facts, duties=frozenset({"lead", "second"})))
    assert [(blocker.finding.sentence, blocker.remedy) for blocker in found] == [
        ("Nobody is the physician of this course. Assign the care team.", Remedy.TEAM),
        ("Evidence missing or out of date: medical history and ECG.", Remedy.SCREENING),
        (CONSENT.sentence, Remedy.CONSENT),
    ]
    assert said(replace(facts, screening=(ecg, CONSENT))) == [
        ("evidence-ecg", "screening"),
        ("consent-treatment", "consent"),
    ]
