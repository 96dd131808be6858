"""The dosing day: its states, the steps between them, and every reason why a step may not be taken now.

The page and the guard ask the same functions, so they cannot disagree. Unknown refuses.
"""

from collections.abc import Callable
from enum import StrEnum

from accounts.rules.findings import Finding, Outcome, Source, refusal
from sessions.rules import conditions, leaving
from sessions.rules.facts import DoseKind, Facts, Proposal


class State(StrEnum):
    OPEN = "open"  # a session without a medicine
    PREPARING = "preparing"
    CLEARED = "cleared"
    DOSED = "dosed"
    SUPPLEMENTED = "supplemented"
    WITHHELD = "withheld"
    CALLED_OFF = "called off"
    CLOSED = "closed"


class Step(StrEnum):
    CLEAR = "clear"
    UNCLEAR = "take clearance back"
    INITIAL = "initial dose"
    SUPPLEMENT = "supplemental dose"
    WITHHOLD = "withhold supplement"
    CALL_OFF = "call off"
    CLOSE = "close"


TRANSITIONS: dict[tuple[State, Step], State] = {
    (State.PREPARING, Step.CLEAR): State.CLEARED,
    (State.PREPARING, Step.CALL_OFF): State.CALLED_OFF,
    (State.CLEARED, Step.UNCLEAR): State.PREPARING,
    (State.CLEARED, Step.INITIAL): State.DOSED,
    (State.CLEARED, Step.CALL_OFF): State.CALLED_OFF,
    (State.DOSED, Step.SUPPLEMENT): State.SUPPLEMENTED,
    (State.DOSED, Step.WITHHOLD): State.WITHHELD,
    (State.SUPPLEMENTED, Step.CLOSE): State.CLOSED,
    (State.WITHHELD, Step.CLOSE): State.CLOSED,
    (State.OPEN, Step.CLOSE): State.CLOSED,
}

ENDED = frozenset({State.CLOSED, State.CALLED_OFF})

SITUATION = {
    State.OPEN: "This session has no medicine.",
    State.PREPARING: "The patient has not been cleared for dosing.",
    State.CLEARED: "The patient is cleared; the initial dose has not been given.",
    State.DOSED: "The initial dose was given; the supplement is not decided.",
    State.SUPPLEMENTED: "Both doses were given.",
    State.WITHHELD: "The initial dose was given and the supplement withheld.",
    State.CALLED_OFF: "This dosing day was called off.",
    State.CLOSED: "This session is closed.",
}


SAID = {
    Step.CLEAR: "Cleared for dosing",
    Step.UNCLEAR: "Clearance taken back",
    Step.INITIAL: "Initial dose given",
    Step.SUPPLEMENT: "Supplemental dose given",
    Step.WITHHOLD: "Supplement withheld",
    Step.CALL_OFF: "Called off",
    Step.CLOSE: "Closed",
}


def readiness(state: State, step: Step, facts: Facts) -> list[Finding]:
    """The whole go/no-go list of a step: what is met as well as what blocks. A wrong state is the first line."""
    out_of_order = [] if (state, step) in TRANSITIONS else [refusal("order", f"{SITUATION[state]} {_LEADS_HERE[step]}")]
    asked = _TALKING_CLOSE if (state, step) == (State.OPEN, Step.CLOSE) else _CONDITIONS[step]
    return [*out_of_order, *(finding for condition in asked for finding in condition(facts))]


def refusals(state: State, step: Step, facts: Facts) -> list[Finding]:
    """Every reason this step may not be taken now; empty when it may."""
    return [finding for finding in readiness(state, step, facts) if finding.blocks]


def unfit(facts: Facts, proposal: Proposal) -> list[Finding]:
    """Every reason why this amount, basis, lot or pair of people may not be recorded as a dose."""
    return [
        *_people(facts, proposal),
        *_substance(facts, proposal),
        *(_initial_amount(facts, proposal) if proposal.kind is DoseKind.INITIAL else _supplement(facts, proposal)),
        *_totals(facts, proposal),
    ]


def _people(facts: Facts, proposal: Proposal) -> list[Finding]:
    findings = []
    if proposal.given_by == proposal.witnessed_by:
        findings.append(
            refusal(
                "two_people",
                "One person gives and another witnesses; these are the same person. Choose another witness.",
            )
        )
    entitled = {person.key for person in facts.present if person.live}
    if facts.physician is not None and facts.physician.live:
        entitled.add(facts.physician.key)
    for role, key in (("gives", proposal.given_by), ("witnesses", proposal.witnessed_by)):
        if key not in entitled:
            sentence = f"Whoever {role} the dose must be a therapist who is present or today's physician."
            findings.append(refusal("entitled", sentence))
    return findings


def _substance(facts: Facts, proposal: Proposal) -> list[Finding]:
    findings = []
    if facts.salt is None or proposal.basis is None:
        sentence = "It is not known whether the milligrams count the hydrochloride or the base."
        findings.append(Finding("basis", Outcome.UNKNOWN, sentence))
    elif proposal.basis is not facts.salt:
        sentence = f"The protocol counts mg of {facts.salt.value}; this dose is in mg of {proposal.basis.value}."
        findings.append(refusal("basis", sentence))
    if not proposal.lot.strip():
        findings.append(refusal("lot", "Enter the lot number on the container."))
    return findings


def _initial_amount(facts: Facts, proposal: Proposal) -> list[Finding]:
    if facts.plan is None:
        return [Finding("amount", Outcome.UNKNOWN, "The protocol has no dose for this visit.")]
    choices = [figure.value for figure in facts.plan.initial_choices]
    if proposal.mg in choices:
        return []
    allowed = " or ".join(f"{value:g}" for value in choices)
    return [_amount(f"The initial dose is {allowed} mg, not {proposal.mg:g} mg.", facts.plan.initial_choices[0].source)]


def _supplement(facts: Facts, proposal: Proposal) -> list[Finding]:
    initial = facts.dose(DoseKind.INITIAL)
    if facts.plan is None or initial is None:
        return [Finding("amount", Outcome.UNKNOWN, "There is no initial dose to measure the supplement against.")]
    most = initial.mg * facts.plan.supplement_share.value
    if 0 < proposal.mg <= most:
        return []
    sentence = f"The supplement is at most {most:g} mg after {initial.mg:g} mg, not {proposal.mg:g} mg."
    return [_amount(sentence, facts.plan.supplement_share.source)]


def _totals(facts: Facts, proposal: Proposal) -> list[Finding]:
    findings = []
    session = facts.session_mg + proposal.mg
    if facts.plan is not None and session > facts.plan.session_maximum.value:
        most = facts.plan.session_maximum
        sentence = f"With this dose the session holds {session:g} mg; the most is {most.value:g} mg."
        findings.append(Finding("session_maximum", Outcome.NOT_MET, sentence, source=most.source))
    if facts.earlier_mg is None or facts.course_maximum is None:
        sentence = "What the course has had so far is not known, so its maximum cannot be checked."
        findings.append(Finding("course_maximum", Outcome.UNKNOWN, sentence))
    elif facts.earlier_mg + session > facts.course_maximum:
        total = facts.earlier_mg + session
        sentence = f"With this dose the course holds {total:g} mg; the most is {facts.course_maximum:g} mg."
        findings.append(Finding("course_maximum", Outcome.NOT_MET, sentence))
    return findings


def _amount(sentence: str, source: Source) -> Finding:
    return Finding("amount", Outcome.NOT_MET, sentence, source=source)


def _staffed(facts: Facts) -> list[Finding]:
    return [*conditions.two_therapists(facts), conditions.physician_cover(facts)]


def _safe_to_begin(facts: Facts) -> list[Finding]:
    return [
        *_staffed(facts),
        *conditions.eligible_now(facts),
        *(conditions.statement(facts, row) for row in conditions.BEFORE),
        conditions.fasting(facts),
        conditions.pregnancy(facts),
        conditions.suicide_risk(facts),
        conditions.baseline_distress(facts),
        *conditions.vitals(facts, stage="before-dose", fresh=facts.day.vitals_valid),
        conditions.no_dose_of(DoseKind.INITIAL)(facts),
    ]


def _safe_to_supplement(facts: Facts) -> list[Finding]:
    initial = facts.dose(DoseKind.INITIAL)
    return [
        conditions.supplement_window(facts),
        *conditions.vitals(facts, stage="before-supplement", fresh=facts.day.supplement_vitals_valid),
        conditions.statement(facts, conditions.AFFIRMATION, since=initial.at if initial else None),
        conditions.no_severe_effects(facts),
        *_staffed(facts),
        *conditions.eligible_now(facts),
        conditions.no_dose_of(DoseKind.SUPPLEMENTAL)(facts),
    ]


def _safe_to_leave(facts: Facts) -> list[Finding]:
    since = max((dose.at for dose in facts.doses), default=None)
    return [
        *conditions.two_therapists(facts),
        leaving.stayed(facts),
        *leaving.recovered(facts),
        leaving.distress_settled(facts),
        conditions.suicide_risk(facts, since=since),
        *(conditions.statement(facts, row, since=since) for row in leaving.CLOSING),
    ]


def _with_reason(facts: Facts) -> list[Finding]:
    return [conditions.reason_given(facts)]


_CONDITIONS: dict[Step, tuple[Callable[[Facts], list[Finding]], ...]] = {
    Step.CLEAR: (_safe_to_begin,),
    Step.UNCLEAR: (_with_reason,),
    Step.INITIAL: (_safe_to_begin,),
    Step.SUPPLEMENT: (_safe_to_supplement,),
    Step.WITHHOLD: (_with_reason,),
    Step.CALL_OFF: (_with_reason,),
    Step.CLOSE: (_safe_to_leave,),
}

_TALKING_CLOSE: tuple[Callable[[Facts], list[Finding]], ...] = (conditions.two_therapists,)

_LEADS_HERE = {
    Step.CLEAR: "Clearing comes first and once.",
    Step.UNCLEAR: "There is no clearance to take back.",
    Step.INITIAL: "An initial dose follows a clearance, once.",
    Step.SUPPLEMENT: "A supplemental dose follows the initial dose, once.",
    Step.WITHHOLD: "There is no supplement to decide on.",
    Step.CALL_OFF: "Only a day without a dose can be called off.",
    Step.CLOSE: "A dosing day closes after the supplement was given or withheld.",
}
