"""The conditions of giving a dose, one function each: what must hold, said in a sentence with its remedy.

Each function returns findings for what is met, too, because the page shows the whole list.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from accounts.rules.findings import Finding, Mark, Outcome, Source
from patients.rules.protocol import Figure, VitalLimit
from sessions.rules.facts import Answer, Check, DoseKind, Facts
from sessions.rules.spans import later, minutes_between, spoken
from sessions.rules.vitals import NAMES, UNITS

BRIEF = Source("The clinic's brief", Mark.BRIEF)
ETHICS = Source("MAPS Code of Ethics 2021 and training manual", Mark.PUBLISHED)
PROPOSED = Source("Default, to be confirmed by the medical director", Mark.NOT_VERIFIED)
TRIAL = Source("MAPP2 protocol", Mark.PUBLISHED)

IDEATION_STOP = Figure(4, "level", Source("Columbia-Suicide Severity Rating Scale", Mark.PUBLISHED))


@dataclass(frozen=True, slots=True)
class Statement:
    """A check answered with yes or no, and what each answer means."""

    check: Check
    good: str
    bad: str
    missing: str
    source: Source
    decided_by: str = ""


BEFORE = (
    Statement(
        Check.IDENTITY,
        "Identity was checked.",
        "Identity could not be confirmed. Stop until it is.",
        "Nobody has checked the patient's identity today. Ask for full name and date of birth.",
        PROPOSED,
    ),
    Statement(
        Check.CONSENT,
        "Consent was affirmed again today.",
        "The patient did not affirm consent today. Do not dose.",
        "Consent has not been affirmed again today. Ask before anything else is done.",
        ETHICS,
    ),
    Statement(
        Check.TOUCH,
        "The touch agreement was read again while sober.",
        "The touch agreement is not settled. Settle it before dosing; no touch is an agreement too.",
        "The touch agreement has not been read again today. Read it together and write it down.",
        ETHICS,
    ),
    Statement(
        Check.ABSTAINED,
        "No alcohol, cannabis or other psychoactive substance in the last day.",
        "The patient took another substance in the last day. Hold and call the physician.",
        "Nobody has asked about alcohol, cannabis and other substances in the last day.",
        Source("Contraindications listed by the protocol", Mark.PUBLISHED),
        "physician",
    ),
    Statement(
        Check.URINE,
        "The urine drug screen is negative or explained.",
        "The urine drug screen is positive without an explanation. Hold and call the physician.",
        "There is no urine drug screen from today.",
        PROPOSED,
        "physician",
    ),
    Statement(
        Check.ATTENDANT,
        "A night attendant is arranged.",
        "No night attendant is arranged. Name one before dosing.",
        "Nobody has written down who stays overnight. Name the night attendant.",
        Source("Treatment manual and FDA partial hold 2022", Mark.PUBLISHED),
    ),
    Statement(
        Check.ROOM,
        "The room is set up: couch, eye mask, music, water, emergency equipment.",
        "The room is not ready. Complete the set-up before dosing.",
        "Nobody has checked the room: couch, eye mask, music, water, emergency equipment.",
        BRIEF,
    ),
)

AFFIRMATION = Statement(
    Check.AFFIRMED,
    "The patient wants the supplemental dose.",
    "The patient declines the supplemental dose. Withhold it.",
    "The patient has not been asked whether they want the supplemental dose.",
    PROPOSED,
)


def statement(facts: Facts, row: Statement, *, since: datetime | None = None) -> Finding:
    """A yes or no check: unknown when it was not asked, when it was asked before `since`, or longer ago than tests hold."""
    answer = facts.answer(row.check, since=since)
    if answer is None:
        return Finding(row.check.value, Outcome.UNKNOWN, row.missing, source=row.source, decided_by=row.decided_by)
    if stale := _stale(answer, facts):
        return Finding(row.check.value, Outcome.UNKNOWN, f"{row.missing} {stale}", source=row.source)
    outcome = Outcome.MET if answer.good else Outcome.NOT_MET
    sentence = row.good if answer.good else row.bad
    return Finding(row.check.value, outcome, sentence, told(answer), row.source, row.decided_by)


def two_therapists(facts: Facts) -> list[Finding]:
    """Distinct therapists who have arrived, have not left, and whose licence and training hold today."""
    people = {person.key: person for person in facts.present}
    live = [person for person in people.values() if person.live]
    names = " and ".join(sorted(person.name for person in people.values())) or "nobody"
    findings = [
        Finding(
            "credentials",
            Outcome.UNKNOWN if person.live is None else Outcome.NOT_MET,
            f"{person.name} has no licence and training on file that hold today. Enter them under People.",
            source=BRIEF,
        )
        for person in sorted(people.values(), key=lambda person: person.name)
        if not person.live
    ]
    if len(live) >= facts.therapists_needed:
        return [Finding("pair", Outcome.MET, f"Present: {names}.", source=BRIEF), *findings]
    sentence = (
        f"{facts.therapists_needed} therapists must be present; present now: {names}. "
        "Record the arrival of each therapist."
    )
    return [Finding("pair", Outcome.NOT_MET, sentence, source=BRIEF), *findings]


def physician_cover(facts: Facts) -> Finding:
    source = Source("Site requirements of the trials; FDA asks for a physician on site", Mark.PUBLISHED)
    answer = facts.answer(Check.PHYSICIAN)
    if answer is None or facts.physician is None:
        return Finding(
            "physician", Outcome.UNKNOWN, "No physician is named for today. Name who is on site or on call.", "", source
        )
    if not answer.good:
        return Finding("physician", Outcome.NOT_MET, "No physician can be reached. Do not dose.", source=source)
    if stale := _stale(answer, facts):
        return Finding("physician", Outcome.UNKNOWN, f"Physician cover must be confirmed again. {stale}", "", source)
    if not facts.physician.live:
        outcome = Outcome.UNKNOWN if facts.physician.live is None else Outcome.NOT_MET
        sentence = f"{facts.physician.name} has no licence on file that holds today. Enter it under People."
        return Finding("physician", outcome, sentence, source=source)
    sentence = f"{facts.physician.name} covers today."
    return Finding("physician", Outcome.MET, sentence, told(answer), source)


def eligible_now(facts: Facts) -> list[Finding]:
    """Screening's findings at this instant, the blocking ones; one met line when nothing blocks."""
    if not facts.eligibility:
        return [Finding("eligible", Outcome.UNKNOWN, "Eligibility could not be established. Open the screening page.")]
    if blocking := [finding for finding in facts.eligibility if finding.blocks]:
        return blocking
    return [Finding("eligible", Outcome.MET, "Eligible: every criterion holds at this moment.", source=BRIEF)]


def fasting(facts: Facts) -> Finding:
    """Hours since the last meal, counted on from the moment the question was asked."""
    answer = facts.answer(Check.FASTING)
    if answer is None or answer.number is None:
        return Finding("fasting", Outcome.UNKNOWN, "Ask when the patient last ate.", source=facts.day.fasting.source)
    hours = answer.number + minutes_between(answer.at, facts.now) / 60
    if hours >= facts.day.fasting.value:
        return Finding(
            "fasting", Outcome.MET, f"Fasting for {spoken(hours * 60)}.", told(answer), facts.day.fasting.source
        )
    wait = spoken((facts.day.fasting.value - hours) * 60)
    sentence = f"Fasting for {spoken(hours * 60)}; {facts.day.fasting.whole} h are needed. Wait another {wait}."
    return Finding("fasting", Outcome.WAITING, sentence, told(answer), facts.day.fasting.source)


def pregnancy(facts: Facts) -> Finding:
    source = Source("MAPP2 eligibility", Mark.PUBLISHED)
    if facts.may_be_pregnant is False:
        return Finding("pregnancy", Outcome.MET, "A pregnancy test does not apply.", source=source)
    row = Statement(
        Check.PREGNANCY,
        "The pregnancy test is negative, or does not apply.",
        "The pregnancy test is positive. Do not dose; tell the physician.",
        "There is no pregnancy test from today. Without one nobody is dosed.",
        source,
        "physician",
    )
    return statement(facts, row)


def suicide_risk(facts: Facts, *, since: datetime | None = None) -> Finding:
    source = IDEATION_STOP.source
    answer = facts.answer(Check.SUICIDE_RISK, since=since)
    when = "since the last dose" if since else "today"
    if answer is None or answer.number is None:
        return Finding("suicide_risk", Outcome.UNKNOWN, f"The C-SSRS has not been asked {when}.", source=source)
    if stale := _stale(answer, facts):
        return Finding("suicide_risk", Outcome.UNKNOWN, f"Ask the C-SSRS again. {stale}", source=source)
    if not answer.good or answer.number >= IDEATION_STOP.value:
        found = "behaviour since the last visit" if not answer.good else f"ideation at level {answer.number:.0f}"
        sentence = f"The C-SSRS shows {found}. Stop, open the safety plan and call the physician."
        return Finding("suicide_risk", Outcome.NOT_MET, sentence, told(answer), source, "physician")
    sentence = f"C-SSRS: ideation {answer.number:.0f} of 5, no behaviour."
    return Finding("suicide_risk", Outcome.MET, sentence, told(answer), source)


def baseline_distress(facts: Facts) -> Finding:
    if (answer := facts.answer(Check.DISTRESS)) and answer.number is not None:
        sentence = f"Distress before dosing: {answer.number:.0f} of 10."
        return Finding("distress", Outcome.MET, sentence, told(answer), PROPOSED)
    sentence = "Ask for distress from 0 to 10 now; at the end it is compared with this."
    return Finding("distress", Outcome.UNKNOWN, sentence, source=PROPOSED)


def vitals(facts: Facts, *, stage: str, fresh: Figure) -> list[Finding]:
    """Each limit of the stage against the latest reading of its measure, which must be fresh enough."""
    limits = [limit for limit in facts.limits if limit.stage == stage]
    if not limits:
        sentence = "The protocol names no vital-sign limits for this step, so it cannot be judged."
        return [Finding("vitals", Outcome.UNKNOWN, sentence)]
    findings = []
    for limit in limits:
        code, source = f"vitals.{limit.code}", limit.limit.source
        name, unit = NAMES[limit.measure], UNITS[limit.measure]
        reading = facts.latest(limit.measure)
        value = reading.value(limit.measure) if reading else None
        if reading is None or value is None:
            findings.append(Finding(code, Outcome.UNKNOWN, f"Take the {name}: none has been saved.", "", source))
            continue
        age = minutes_between(reading.taken_at, facts.now)
        evidence = f"{value:g} {unit} at {reading.taken_at:%H:%M}"
        if age > fresh.value:
            sentence = f"The {name} is {spoken(age)} old; take it again (at most {fresh.whole} min)."
            findings.append(Finding(code, Outcome.UNKNOWN, sentence, evidence, source))
        elif limit.is_crossed_by(value):
            sentence = crossing(limit, value)
            findings.append(Finding(code, Outcome.NOT_MET, sentence, evidence, source, "physician"))
        else:
            bound = "at most" if limit.above else "at least"
            sentence = f"{name.capitalize()} {value:g} {unit} ({bound} {limit.limit.value:g})."
            findings.append(Finding(code, Outcome.MET, sentence, evidence, source))
    return findings


def crossing(limit: VitalLimit, value: float) -> str:
    """That a value crosses a limit, and what the protocol says to do."""
    word = "at" if value == limit.limit.value else "above" if limit.above else "below"
    name, unit = NAMES[limit.measure].capitalize(), UNITS[limit.measure]
    return f"{name} {value:g} {unit} is {word} the limit of {limit.limit.value:g}. {limit.action}"


def no_severe_effects(facts: Facts) -> Finding:
    if facts.severe_effects:
        sentence = f"Severe and still going on: {', '.join(facts.severe_effects)}. Withhold and call the physician."
        return Finding("effects", Outcome.NOT_MET, sentence, source=PROPOSED, decided_by="physician")
    return Finding("effects", Outcome.MET, "No severe effect is going on.", source=PROPOSED)


def supplement_window(facts: Facts) -> Finding:
    """Inside [earliest, latest] minutes after the initial dose; both ends belong to the window."""
    initial, plan = facts.dose(DoseKind.INITIAL), facts.plan
    if initial is None or plan is None:
        return Finding("window", Outcome.UNKNOWN, "The window opens with the initial dose, which is not recorded.")
    source = plan.supplement_earliest.source
    opens = later(initial.at, plan.supplement_earliest.value)
    shuts = later(initial.at, plan.supplement_latest.value)
    span = f"{opens:%H:%M} to {shuts:%H:%M}"
    if (left := minutes_between(facts.now, opens)) > 0:
        sentence = f"The window opens in {spoken(left)}, at {opens:%H:%M} ({span})."
        return Finding("window", Outcome.WAITING, sentence, "", source)
    if (left := minutes_between(facts.now, shuts)) < 0:
        sentence = f"The window passed at {shuts:%H:%M}. Record the supplement as withheld."
        return Finding("window", Outcome.NOT_MET, sentence, "", source)
    return Finding("window", Outcome.MET, f"The window is open until {shuts:%H:%M}, {spoken(left)} left.", span, source)


def no_dose_of(kind: DoseKind) -> Callable[[Facts], Finding]:
    """That no dose of this kind was given in this session."""

    def found(facts: Facts) -> Finding:
        if dose := facts.dose(kind):
            sentence = f"The {kind.value} dose of {dose.mg:g} mg was given at {dose.at:%H:%M}; there is no second one."
            return Finding("second_dose", Outcome.NOT_MET, sentence)
        return Finding("second_dose", Outcome.MET, f"No {kind.value} dose has been given today.")

    return found


def reason_given(facts: Facts) -> Finding:
    if facts.reason.strip():
        return Finding("reason", Outcome.MET, f"Reason: {facts.reason.strip()}")
    return Finding("reason", Outcome.UNKNOWN, "Write the reason: it stays in the record.")


def _stale(answer: Answer, facts: Facts) -> str:
    age = minutes_between(answer.at, facts.now)
    if age <= facts.day.tests_valid.value * 60:
        return ""
    return f"The last answer is {spoken(age)} old; it holds for {facts.day.tests_valid.whole} h."


def told(answer: Answer) -> str:
    """What was written beside an answer, and when."""
    return f"{answer.detail}, {answer.at:%H:%M}" if answer.detail else f"{answer.at:%H:%M}"
