"""The short questions on the telephone, before there is a patient: what was said proposes an outcome and is no evidence."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from accounts.rules.findings import Finding, refusal
from patients.rules.protocol import Criterion, CriterionKind, Protocol
from screening.rules.words import counted


class CallOutcome(StrEnum):
    INTAKE = "intake"
    NOT_SUITABLE = "not suitable"
    CALL_BACK = "call back"


@dataclass(frozen=True, slots=True)
class Call:
    """What is to be kept of a call. `answers`: criterion code -> is the risk there; absent: not asked or not known."""

    answers: Mapping[str, bool]
    outcome: CallOutcome
    reason: str
    call_back_on: date | None


@dataclass(frozen=True, slots=True)
class Said:
    """One question with what was said."""

    criterion: Criterion
    answer: bool | None

    @property
    def words(self) -> str:
        return {True: "yes", False: "no", None: "not said"}[self.answer]


def asked(protocol: Protocol) -> list[Criterion]:
    """The criteria that the protocol marks for the telephone, in its order."""
    return [criterion for criterion in protocol.criteria if criterion.code in protocol.prescreen.codes]


def said(protocol: Protocol, answers: Mapping[str, bool]) -> list[Said]:
    return [Said(criterion, answers.get(criterion.code)) for criterion in asked(protocol)]


def stops(protocol: Protocol, answers: Mapping[str, bool]) -> list[Criterion]:
    """The stops that were answered yes: on the evidence of a chart they would exclude."""
    return [c for c in asked(protocol) if c.kind is CriterionKind.STOP and answers.get(c.code)]


def proposal(protocol: Protocol, answers: Mapping[str, bool]) -> tuple[CallOutcome, str]:
    """What the answers speak for, in a sentence; whoever calls decides."""
    found = stops(protocol, answers)
    if found:
        codes = ", ".join(criterion.code for criterion in found)
        return CallOutcome.NOT_SUITABLE, f"{counted(len(found), 'stop')} answered yes: {codes}."
    if unsaid := [row for row in said(protocol, answers) if row.answer is None]:
        return CallOutcome.CALL_BACK, f"{counted(len(unsaid), 'question')} not answered yet."
    return CallOutcome.INTAKE, "Nothing that was said stands against an intake."


def refusals(protocol: Protocol, call: Call, *, today: date) -> list[Finding]:
    """Every reason why a call may not be kept like this; empty when it may."""
    reasons = []
    found, reason = stops(protocol, call.answers), call.reason.strip()
    if call.outcome is CallOutcome.NOT_SUITABLE and not reason and not found:
        reasons.append(refusal("reason", "Say why this is not suitable: no stop was answered yes."))
    if call.outcome is CallOutcome.INTAKE and found and not reason:
        sentence = "A stop was answered yes. Say why they are to come all the same: the screening will ask again."
        reasons.append(refusal("reason", sentence))
    if call.outcome is CallOutcome.CALL_BACK and call.call_back_on is None:
        reasons.append(refusal("call-back", "Say on which day to call back."))
    if call.call_back_on is not None and call.call_back_on < today:
        reasons.append(refusal("call-back", "The day to call back has passed already. Give a later one."))
    return reasons
