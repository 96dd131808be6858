"""The conditions of ending a dosing day: the patient has recovered and somebody takes over."""

from accounts.rules.findings import Finding, Mark, Outcome, Source
from patients.rules.protocol import Figure
from sessions.rules.conditions import PROPOSED, TRIAL, Statement, crossing, told
from sessions.rules.facts import Check, DoseKind, Facts
from sessions.rules.spans import minutes_between, spoken
from sessions.rules.vitals import NAMES, UNITS

CLOSING_VITALS = Figure(30, "min", PROPOSED)
RETURN_SHARE = Figure(20, "%", PROPOSED)

CLOSING = (
    Statement(
        Check.ORIENTED,
        "The patient is oriented.",
        "The patient is not fully oriented. Stay; call the physician if this does not pass.",
        "Nobody has checked orientation since the last dose.",
        PROPOSED,
    ),
    Statement(
        Check.GAIT,
        "The patient walks safely.",
        "The patient does not walk safely yet. Stay with them.",
        "Nobody has checked the patient's gait since the last dose.",
        PROPOSED,
    ),
    Statement(
        Check.STABLE,
        "Both therapists and the patient agree that the patient is stable.",
        "Therapists and patient do not all agree that the patient is stable. Stay.",
        "Nobody has asked whether both therapists and the patient find the patient stable.",
        Source("Treatment manual", Mark.PUBLISHED),
    ),
    Statement(
        Check.ADULT,
        "A named adult or the night attendant takes over.",
        "Nobody takes over from the therapists. Do not leave the patient.",
        "Nobody has written down who takes over: the night attendant or a named adult.",
        TRIAL,
    ),
    Statement(
        Check.NO_DRIVING,
        "The patient knows not to drive until tomorrow.",
        "The patient has not agreed not to drive. Settle the way home first.",
        "Nobody has told the patient not to drive until tomorrow.",
        TRIAL,
    ),
)


def stayed(facts: Facts) -> Finding:
    """That the patient was accompanied for as long as the protocol asks, counted from the initial dose."""
    source = facts.day.stay.source
    initial = facts.dose(DoseKind.INITIAL)
    if initial is None:
        return Finding("stay", Outcome.UNKNOWN, "The time since the initial dose is not known.", source=source)
    gone = minutes_between(initial.at, facts.now)
    if gone < facts.day.stay.value:
        sentence = f"{spoken(gone)} since the initial dose; stay until {spoken(facts.day.stay.value)} have passed."
        return Finding("stay", Outcome.WAITING, sentence, source=source)
    return Finding("stay", Outcome.MET, f"{spoken(gone)} since the initial dose.", source=source)


def recovered(facts: Facts) -> list[Finding]:
    """The signs at the end: below the limit and not rising, or back within a share of the first reading of the day."""
    limits = [limit for limit in facts.limits if limit.stage == "close"]
    since = max((dose.at for dose in facts.doses), default=None)
    findings = [] if limits else [Finding("vitals", Outcome.UNKNOWN, "The protocol names no limits for closing.")]
    for limit in limits:
        code, source = f"vitals.{limit.code}", limit.limit.source
        name, unit = NAMES[limit.measure], UNITS[limit.measure]
        taken = sorted(
            (row.taken_at, value) for row in facts.readings if (value := row.value(limit.measure)) is not None
        )
        if not taken or (since is not None and taken[-1][0] <= since):
            sentence = f"Take the {name}: none has been saved since the last dose."
            findings.append(Finding(code, Outcome.UNKNOWN, sentence, "", source))
            continue
        (at, value), first = taken[-1], taken[0][1]
        age = minutes_between(at, facts.now)
        evidence = f"{value:g} {unit} at {at:%H:%M}; first of the day {first:g}"
        near = limit.measure != "temperature" and abs(value - first) <= first * RETURN_SHARE.value / 100
        if age > CLOSING_VITALS.value:
            sentence = f"The {name} is {spoken(age)} old; take it again (at most {CLOSING_VITALS.whole} min)."
            findings.append(Finding(code, Outcome.UNKNOWN, sentence, evidence, source))
        elif near:
            sentence = f"{name.capitalize()} is back near its first value."
            findings.append(Finding(code, Outcome.MET, sentence, evidence, source))
        elif limit.is_crossed_by(value):
            sentence = crossing(limit, value)
            findings.append(Finding(code, Outcome.NOT_MET, sentence, evidence, source, "physician"))
        elif limit.above and len(taken) > 1 and value > taken[-2][1] and limit.measure != "temperature":
            sentence = (
                f"{name.capitalize()} still rises ({taken[-2][1]:g}, then {value:g} {unit}). Wait and measure again."
            )
            findings.append(Finding(code, Outcome.WAITING, sentence, evidence, source))
        else:
            findings.append(
                Finding(code, Outcome.MET, f"{name.capitalize()} {value:g} {unit} has settled.", evidence, source)
            )
    return findings


def distress_settled(facts: Facts) -> Finding:
    since = max((dose.at for dose in facts.doses), default=None)
    before = [row.number for row in facts.answers if row.check is Check.DISTRESS and (since is None or row.at <= since)]
    now = facts.answer(Check.DISTRESS, since=since)
    source = Source("Treatment manual", Mark.PUBLISHED)
    if not before or before[0] is None or now is None or now.number is None:
        sentence = "Ask for distress from 0 to 10 again: it is compared with the value before dosing."
        return Finding("distress", Outcome.UNKNOWN, sentence, source=source)
    figures = f"{now.number:.0f} of 10, before dosing {before[0]:.0f}"
    if now.number > before[0]:
        sentence = f"Distress is higher than before dosing ({figures}). Stay with the patient."
        return Finding("distress", Outcome.NOT_MET, sentence, told(now), source)
    return Finding("distress", Outcome.MET, f"Distress is no higher than before dosing ({figures}).", "", source)
