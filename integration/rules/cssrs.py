"""C-SSRS screen: the answers, and how urgent they are. An unanswered question never reads as safe."""

from dataclasses import dataclass

from accounts.rules.findings import Finding, Outcome
from integration.rules import symptoms
from integration.rules.symptoms import Answers, Item
from screening.rules.suicide import BETWEEN, COLUMBIA, Behaviour, Risk, Signs, triage

CODE = "C-SSRS"

YES_NO = ("No", "Yes")
WISH = Item("1", "Wish to be dead or not to wake up, past month", YES_NO)
THOUGHTS = Item("2", "Thoughts of killing oneself, past month", YES_NO)
METHOD = Item("3", "Thinking about how, past month", YES_NO, required=False)
INTENT = Item("4", "Some intention to act, past month", YES_NO, required=False)
PLAN = Item("5", "A worked-out plan and the intention, past month", YES_NO, required=False)
BEHAVIOUR_EVER = Item("6", "Any attempt or preparation, ever", YES_NO)
BEHAVIOUR_RECENT = Item("6r", "Any attempt or preparation, past three months", YES_NO, required=False)
ITEMS = (WISH, THOUGHTS, METHOD, INTENT, PLAN, BEHAVIOUR_EVER, BEHAVIOUR_RECENT)


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

    return Score(triage(signs(answers)), absent)


def signs(answers: Answers) -> Signs:
    """The answers as the triage reads them. What a no made needless to ask is a no."""

    def given(item: Item, needless: bool = False) -> bool | None:
        value = answers.get(item.code)
        return (False if needless else None) if value is None else value == 1

    no_thoughts = answers.get(THOUGHTS.code) == 0
    return Signs(
        wish=given(WISH),
        thoughts=given(THOUGHTS),
        method=given(METHOD, no_thoughts),
        intent=given(INTENT, no_thoughts),
        plan=given(PLAN, no_thoughts),
        behaviour=_behaviour(given(BEHAVIOUR_EVER), given(BEHAVIOUR_RECENT)),
    )


def _behaviour(ever: bool | None, recent: bool | None) -> Behaviour | None:
    if recent:
        return Behaviour.RECENT
    if ever is False:
        return Behaviour.NEVER
    return Behaviour.EARLIER if ever and recent is False else None


def finding(scored: Score, evidence: str = "") -> Finding:
    """What follows, in words, for the clinician who asked."""
    code = "suicide_risk"
    match scored.risk:
        case Risk.HIGH:
            sentence = (
                "High risk of suicide: stay with the patient, tell the physician now, make the safety plan, no dosing."
            )
            return Finding(code, Outcome.NOT_MET, sentence, evidence, COLUMBIA, "physician")
        case Risk.MODERATE:
            sentence = "Moderate risk of suicide: the physician looks at it today and renews the safety plan."
            return Finding(code, Outcome.JUDGEMENT, sentence, evidence, BETWEEN, "physician")
        case Risk.LOW:
            sentence = "Low risk of suicide: speak about it in the next session and ask again."
            return Finding(code, Outcome.JUDGEMENT, sentence, evidence, BETWEEN, "therapist")
        case Risk.NONE:
            return Finding(code, Outcome.MET, "No thoughts of suicide and no attempt reported.", evidence, COLUMBIA)
        case _:
            names = ", ".join(item.code for item in scored.missing)
            sentence = f"The risk of suicide is unknown: ask the open questions ({names})."
            return Finding(code, Outcome.UNKNOWN, sentence, evidence, COLUMBIA, "therapist")
