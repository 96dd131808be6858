"""C-SSRS screen: the answers, and how urgent they are. An unanswered question never reads as safe."""

from dataclasses import dataclass
from enum import StrEnum

from accounts.rules.findings import Finding, Mark, Outcome, Source
from integration.rules import symptoms
from integration.rules.symptoms import Answers, Item

CODE = "C-SSRS"

_COLUMBIA = Source("Columbia Lighthouse Project, triage of the C-SSRS screen", Mark.PUBLISHED)
_BETWEEN = Source("C-SSRS screen, low and moderate levels, not yet read in a primary source", Mark.NOT_VERIFIED)

YES_NO = ("No", "Yes")
WISH = Item("1", "Wish to be dead or not to wake up, past month", YES_NO)
THOUGHTS = Item("2", "Thoughts of killing oneself, past month", YES_NO)
METHOD = Item("3", "Thinking about how, past month", YES_NO, required=False)
INTENT = Item("4", "Some intention to act, past month", YES_NO, required=False)
PLAN = Item("5", "A worked-out plan and the intention, past month", YES_NO, required=False)
BEHAVIOUR_EVER = Item("6", "Any attempt or preparation, ever", YES_NO)
BEHAVIOUR_RECENT = Item("6r", "Any attempt or preparation, past three months", YES_NO, required=False)
ITEMS = (WISH, THOUGHTS, METHOD, INTENT, PLAN, BEHAVIOUR_EVER, BEHAVIOUR_RECENT)


class Risk(StrEnum):
    NONE = "none reported"
    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Score:
    """`risk` is None when the unanswered questions could raise it."""

    risk: Risk | None
    missing: tuple[Item, ...]


def asked(answers: Answers) -> tuple[Item, ...]:
    """The questions these answers call for: 3 to 5 follow a yes to 2, the recent one a yes to 6."""
    leads = {METHOD: THOUGHTS, INTENT: THOUGHTS, PLAN: THOUGHTS, BEHAVIOUR_RECENT: BEHAVIOUR_EVER}
    return tuple(item for item in ITEMS if item not in leads or answers.get(leads[item].code) != 0)


def score(answers: Answers) -> Score:
    """Triage. High: a yes to 4 or 5 in the past month, or behaviour in the past three. ValueError off the scale."""
    symptoms.check(answers, ITEMS)
    needed = asked(answers)
    absent = tuple(item for item in needed if answers.get(item.code) is None)

    def yes(*questions: Item) -> bool:
        return any(answers.get(question.code) == 1 for question in questions)

    if yes(INTENT, PLAN, BEHAVIOUR_RECENT):
        return Score(Risk.HIGH, absent)
    if absent:
        return Score(None, absent)
    if yes(METHOD, BEHAVIOUR_EVER):
        return Score(Risk.MODERATE, absent)
    return Score(Risk.LOW if yes(WISH, THOUGHTS) else Risk.NONE, absent)


def finding(scored: Score, evidence: str = "") -> Finding:
    """What follows, in words, for the clinician who asked."""
    code = "suicide_risk"
    match scored.risk:
        case Risk.HIGH:
            sentence = (
                "High risk of suicide: stay with the patient, tell the physician now, make the safety plan, no dosing."
            )
            return Finding(code, Outcome.NOT_MET, sentence, evidence, _COLUMBIA, "physician")
        case Risk.MODERATE:
            sentence = "Moderate risk of suicide: the physician looks at it today and renews the safety plan."
            return Finding(code, Outcome.JUDGEMENT, sentence, evidence, _BETWEEN, "physician")
        case Risk.LOW:
            sentence = "Low risk of suicide: speak about it in the next session and ask again."
            return Finding(code, Outcome.JUDGEMENT, sentence, evidence, _BETWEEN, "therapist")
        case Risk.NONE:
            return Finding(code, Outcome.MET, "No thoughts of suicide and no attempt reported.", evidence, _COLUMBIA)
        case _:
            names = ", ".join(item.code for item in scored.missing)
            sentence = f"The risk of suicide is unknown: ask the open questions ({names})."
            return Finding(code, Outcome.UNKNOWN, sentence, evidence, _COLUMBIA, "therapist")
