"""Suicide risk: how urgent the answers of a C-SSRS are, and whether a flag stands against dosing.

An unanswered question never reads as safe. A flag goes down only when a physician clears it in writing, on a newer
C-SSRS that is not high, with a safety plan made since.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from accounts.rules.findings import Finding, Mark, Outcome, Source, refusal
from screening.rules.words import said

CODE = "suicide-flag"
COLUMBIA = Source("Columbia Lighthouse Project, triage of the C-SSRS screen", Mark.PUBLISHED)
BETWEEN = Source("C-SSRS screen, low and moderate levels, not yet read in a primary source", Mark.NOT_VERIFIED)
CLEARING = Source("Default, to be confirmed by the medical director", Mark.NOT_VERIFIED)


class Risk(StrEnum):
    """In rising order of urgency."""

    NONE = "none reported"
    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"


class Asked(StrEnum):
    """Where an answer about suicide was given."""

    SCREENING = "psychiatric evaluation"
    MEASURE = "C-SSRS sheet"
    DOSING_DAY = "dosing day"
    ITEM_NINE = "PHQ-9, item 9"
    WELL_BEING = "weekly well-being check"


class Behaviour(StrEnum):
    """Suicidal behaviour: attempts and preparation. Recent is within the past three months."""

    NEVER = "never"
    EARLIER = "earlier"
    RECENT = "recent"


@dataclass(frozen=True, slots=True)
class Signs:
    """The answers of the screen: ideation 1-5 in the past month, and behaviour. None was not asked.

    Intent and plan are the screen's items 4 and 5.
    """

    wish: bool | None
    thoughts: bool | None
    method: bool | None
    intent: bool | None
    plan: bool | None
    behaviour: Behaviour | None


def triage(signs: Signs) -> Risk | None:
    """High: a yes to 4 or 5 in the past month, or behaviour in the past three. None: an open answer could raise it."""
    if signs.intent or signs.plan or signs.behaviour is Behaviour.RECENT:
        return Risk.HIGH
    ideation = (signs.wish, signs.thoughts, signs.method, signs.intent, signs.plan)
    if None in ideation or signs.behaviour is None:
        return None
    if signs.method or signs.behaviour is Behaviour.EARLIER:
        return Risk.MODERATE
    return Risk.LOW if signs.wish or signs.thoughts else Risk.NONE


def from_level(ideation: float | None, behaviour: Behaviour | None) -> Signs:
    """The answers behind the highest ideation level, 0 (none) to 5 (with plan and intent)."""
    if ideation is None:
        return Signs(None, None, None, None, None, behaviour)
    return Signs(ideation >= 1, ideation >= 2, ideation >= 3, ideation >= 4, ideation >= 5, behaviour)


def from_evidence(numbers: Mapping[str, float], words: Mapping[str, str]) -> Signs | None:
    """The answers that a psychiatric evaluation holds; None when it holds nothing about suicide."""
    ideation, behaviour = numbers.get("ideation_month"), RECORDED.get(words.get("behaviour", ""))
    return None if ideation is None and behaviour is None else from_level(ideation, behaviour)


def written(signs: Signs) -> str:
    """The answers in a few words, as they are kept beside the reading."""
    items = (signs.wish, signs.thoughts, signs.method, signs.intent, signs.plan)
    highest = next((item for item in range(5, 0, -1) if items[item - 1]), 0)
    ideation = "ideation not asked" if None in items and not highest else f"ideation {highest} of 5"
    behaviour = {None: "behaviour not asked", Behaviour.NEVER: "no behaviour", Behaviour.EARLIER: "earlier behaviour"}
    return f"{ideation}, {behaviour.get(signs.behaviour, 'behaviour in the last three months')}"


# The words of a psychiatric evaluation. What lies between three and six months is not recent any more.
RECORDED = {
    "never": Behaviour.NEVER,
    "earlier": Behaviour.EARLIER,
    "half year": Behaviour.EARLIER,
    "quarter": Behaviour.RECENT,
}


@dataclass(frozen=True, slots=True)
class Clearing:
    """A physician's written answer to a high reading."""

    by: str
    on: date
    reason: str


@dataclass(frozen=True, slots=True)
class Reading:
    """One time that somebody asked. `risk` None: thoughts were reported or answers left open, and no C-SSRS says how far."""

    risk: Risk | None
    asked: Asked
    taken_on: date
    at: datetime  # when it was recorded
    evidence: str
    clearing: Clearing | None = None  # of the earlier high readings, resting on this one

    @property
    def is_a_screen(self) -> bool:
        """A C-SSRS, rather than a single question."""
        return self.risk is not None


@dataclass(frozen=True, slots=True)
class Flag:
    """What stands against dosing: the newest high reading that is not cleared, or a question nobody has followed up."""

    since: Reading
    newer: Reading | None  # the newest C-SSRS after it

    @property
    def is_high(self) -> bool:
        return self.since.risk is Risk.HIGH


def flag(readings: Sequence[Reading]) -> Flag | None:
    """The flag that these readings raise, given in the order in which they were recorded; None when there is none."""
    cleared = max((index for index, reading in enumerate(readings) if reading.clearing), default=-1)
    standing = readings[cleared + 1 :]
    high = [index for index, reading in enumerate(standing) if reading.risk is Risk.HIGH]
    if high:
        after = [reading for reading in standing[high[-1] + 1 :] if reading.is_a_screen]
        return Flag(standing[high[-1]], after[-1] if after else None)
    open_ = [reading for index, reading in enumerate(standing) if _is_open(reading, standing[index + 1 :])]
    return Flag(open_[-1], None) if open_ else None


def _is_open(reading: Reading, later: Sequence[Reading]) -> bool:
    """Whether a single question waits for its C-SSRS: one recorded later about an earlier day does not answer it."""
    return not reading.is_a_screen and not any(
        other.is_a_screen and other.taken_on >= reading.taken_on for other in later
    )


def standing(readings: Sequence[Reading]) -> Finding:
    """Whether suicide risk stands against a dosing day."""
    up = flag(readings)
    if up is None:
        newest = readings[-1].evidence if readings else ""
        return Finding(CODE, Outcome.MET, "No flag for suicide risk stands.", newest, COLUMBIA, "physician")
    day = said(up.since.taken_on)
    if up.is_high:
        sentence = (
            f"High risk of suicide, {day}. Nobody is dosed until a physician clears it in writing "
            "after a newer C-SSRS and with a safety plan."
        )
        return Finding(CODE, Outcome.NOT_MET, sentence, up.since.evidence, COLUMBIA, "physician")
    sentence = f"Thoughts of suicide were reported on {day} and no C-SSRS says how far they go. Ask it today."
    return Finding(CODE, Outcome.UNKNOWN, sentence, up.since.evidence, COLUMBIA, "physician")


def clearing_refusals(
    readings: Sequence[Reading], *, is_physician: bool, reason: str, plan_made_at: datetime | None
) -> list[Finding]:
    """Every reason why the flag may not be cleared now; empty when it may."""
    up = flag(readings)
    reasons = []
    if not is_physician:
        reasons.append(refusal("not-physician", "Only a physician of the clinic clears suicide risk."))
    if up is None or not up.is_high:
        return [*reasons, refusal("no-flag", "No high risk of suicide stands: there is nothing to clear.")]
    if up.newer is None or up.newer.taken_on < up.since.taken_on:
        reasons.append(
            refusal("no-newer", f"No C-SSRS was taken since {said(up.since.taken_on)}. Ask it again, then clear.")
        )
    if plan_made_at is None or plan_made_at < up.since.at:
        reasons.append(refusal("no-plan", "No safety plan was made since. Make or renew it with the patient first."))
    if not reason.strip():
        reasons.append(refusal("reason", "Write down why it is safe to go on: the reason is kept for good."))
    return reasons
