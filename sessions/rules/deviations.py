"""How far a course may depart from its protocol: only where the visit's plan leaves it, and only by signature."""

from dataclasses import dataclass

from accounts.rules.findings import WRONG_PASSWORD, Finding, refusal
from patients.rules.protocol import VisitPlan

MEANING = "I allow this departure from the protocol for this visit of this course."


@dataclass(frozen=True, slots=True)
class Departure:
    """What is asked for: a window in days after the anchor, or (both None) one therapist instead of two."""

    visit: VisitPlan
    earliest: int | None
    latest: int | None
    reason: str
    password_right: bool
    may_sign: bool  # a physician of the clinic, or the lead therapist of the course

    @property
    def is_window(self) -> bool:
        return self.earliest is not None or self.latest is not None


def refusals(departure: Departure) -> list[Finding]:
    """Every reason why this deviation may not be signed."""
    reasons = list(_window(departure) if departure.is_window else _alone(departure))
    if not departure.reason.strip():
        reasons.append(refusal("reason", "Say why: a deviation without a reason is none."))
    if not departure.may_sign:
        reasons.append(refusal("signer", "A physician or the lead therapist of the course signs a deviation."))
    if not departure.password_right:
        reasons.append(WRONG_PASSWORD)
    return reasons


def _window(departure: Departure) -> list[Finding]:
    visit = departure.visit
    if departure.earliest is None or departure.latest is None or departure.earliest > departure.latest:
        return [refusal("window", "Give the earliest and the latest day, the earliest first.")]
    if visit.anchor is None:
        return [refusal("window", f"{visit.title} opens the course and has no window to leave.")]
    low, high = outer_window(visit)
    if (low, high) == (visit.earliest.whole, visit.latest.whole):
        sentence = f"The protocol allows no deviation from the window of {visit.title}: {window_of(visit)}."
        return [refusal("protocol", sentence)]
    if departure.earliest < low or departure.latest > high:
        sentence = f"The protocol allows {visit.title} at most {low} to {high} days after {visit.anchor}, by deviation."
        return [refusal("protocol", sentence)]
    if visit.earliest.whole <= departure.earliest and departure.latest <= visit.latest.whole:
        return [refusal("window", f"That is inside the window ({window_of(visit)}): nothing needs a signature.")]
    return []


def _alone(departure: Departure) -> list[Finding]:
    if departure.visit.may_be_alone:
        return []
    return [refusal("protocol", f"The protocol asks for two therapists in {departure.visit.title}, without exception.")]


def outer_window(visit: VisitPlan) -> tuple[int, int]:
    """The widest window that a signature may open, in days after the anchor."""
    early, late = visit.deviation_earliest or visit.earliest, visit.deviation_latest or visit.latest
    return early.whole, late.whole


def window_of(visit: VisitPlan) -> str:
    return f"{visit.earliest.whole} to {visit.latest.whole} days after {visit.anchor}"


def may_deviate(visit: VisitPlan) -> bool:
    """Whether the protocol leaves anything to sign for this visit."""
    return visit.may_be_alone or outer_window(visit) != (visit.earliest.whole, visit.latest.whole)
