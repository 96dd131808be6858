"""Why a course ends early. A code is always given, so that reasons can be counted; regulators asked for them."""

from enum import StrEnum

from accounts.rules.findings import Finding, refusal


class Cause(StrEnum):
    PATIENT = "patient"
    ADVERSE_EVENT = "adverse_event"
    PHYSICIAN = "physician"
    LOST_CONTACT = "lost_contact"
    MOVED = "moved"
    ACCESS = "access"
    OTHER_TREATMENT = "other_treatment"
    OTHER = "other"


CAUSE_TITLES = {
    Cause.PATIENT: "The patient's wish",
    Cause.ADVERSE_EVENT: "Adverse event",
    Cause.PHYSICIAN: "Physician's decision",
    Cause.LOST_CONTACT: "Lost contact",
    Cause.MOVED: "Moved away",
    Cause.ACCESS: "Approval or funding ended",
    Cause.OTHER_TREATMENT: "Another treatment began",
    Cause.OTHER: "Another reason, given in words",
}


def refusals(cause: str, words: str) -> list[Finding]:
    """Every reason why this is no sufficient reason."""
    if cause not in CAUSE_TITLES:
        return [refusal("withdraw-cause", "Choose the reason why the course ends.")]
    if cause == Cause.OTHER and not words.strip():
        return [refusal("withdraw-words", "Say in words why the course ends.")]
    return []


def written(cause: str, words: str) -> str:
    """The reason as it is kept with the change of state."""
    title = CAUSE_TITLES[Cause(cause)]
    return f"{title}: {words.strip()}" if words.strip() else title
