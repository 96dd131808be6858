"""The steps of a dosing day: when each may be taken, and its facts with one answer changed or taken away."""

from dataclasses import replace
from datetime import timedelta

from sessions.rules.dosing import Step
from sessions.rules.facts import Answer, Basis, Check, DoseKind, Proposal

GOOD = {
    Step.CLEAR: "before_dose",
    Step.UNCLEAR: "before_dose",
    Step.INITIAL: "before_dose",
    Step.SUPPLEMENT: "before_supplement",
    Step.WITHHOLD: "before_supplement",
    Step.CALL_OFF: "before_dose",
    Step.CLOSE: "before_close",
}
BEFORE = [
    Check.IDENTITY,
    Check.CONSENT,
    Check.TOUCH,
    Check.ABSTAINED,
    Check.URINE,
    Check.ATTENDANT,
    Check.ROOM,
    Check.FASTING,
    Check.PREGNANCY,
    Check.SUICIDE_RISK,
    Check.DISTRESS,
    Check.PHYSICIAN,
]
CLOSING = [
    Check.ORIENTED,
    Check.GAIT,
    Check.STABLE,
    Check.ADULT,
    Check.NO_DRIVING,
    Check.SUICIDE_RISK,
    Check.DISTRESS,
]


def codes(findings):
    return [finding.code for finding in findings]


def without(facts, check):
    return replace(facts, answers=tuple(row for row in facts.answers if row.check is not check))


def answered(facts, check, *, good=True, number=None, ago=1):
    row = Answer(check, good, facts.now - timedelta(minutes=ago), number)
    return replace(without(facts, check), answers=(*without(facts, check).answers, row))


def proposal(**changes):
    whole = Proposal(DoseKind.INITIAL, 120, Basis.HYDROCHLORIDE, "LOT-7", "ana", "ben")
    return replace(whole, **changes)
