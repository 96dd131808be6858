"""Who may enter a measure, whether the rating counts as blinded, and what stands in the way of signing it."""

from collections.abc import Collection
from datetime import date

from accounts.rules.findings import Finding, Outcome, refusal
from integration.rules import instruments
from integration.rules.symptoms import Answers

RATER = "rater"
TREATING = frozenset({"lead", "second", "physician"})


def blinded(duties: Collection[str], *, learned_something: bool) -> bool:
    """True for an independent rater who treats nobody in this course and was told nothing that gives the stage away."""
    return RATER in duties and not TREATING & set(duties) and not learned_something


def who_refusals(measure_by: str, duties: Collection[str]) -> list[Finding]:
    """Why somebody with these duties on the course may not enter a measure that belongs to `measure_by`.

    A clinician-rated outcome belongs to the independent rater: the pair and the physician know the dose, so they may not
    score it. Self-ratings and safety questions belong to those who treat.
    """
    held = set(duties)
    if measure_by == RATER:
        if held & TREATING:
            return [
                refusal(
                    "treats_the_patient",
                    "You treat this patient, so you cannot rate this outcome. Ask an independent rater on the care team.",
                )
            ]
        if RATER not in held:
            return [refusal("not_the_rater", "Only an independent rater on the care team may rate this outcome.")]
        return []
    if not held & TREATING:
        return [refusal("not_treating", "Only the therapists and the physician of this course may enter this measure.")]
    return []


def day_refusals(taken_on: date, *, as_of: date) -> list[Finding]:
    """A measure is written down on the day it was taken or later, never before."""
    if taken_on <= as_of:
        return []
    return [refusal("taken_in_future", f"{taken_on:%-d %B %Y} has not come yet. Give the day the measure was taken.")]


def signing_refusals(code: str, answers: Answers, *, leave_out_missing: bool) -> list[Finding]:
    """Why these answers cannot be signed yet: each open question by name, unless the signer says they stay open."""
    open_items = instruments.missing(code, answers)
    if not open_items or (leave_out_missing and answers):
        return []
    names = "; ".join(f"{item.code} {item.label}" for item in open_items)
    number = len(open_items)
    sentence = f"{number} {'answer is' if number == 1 else 'answers are'} missing: {names}."
    return [Finding("items_missing", Outcome.UNKNOWN, sentence)]
