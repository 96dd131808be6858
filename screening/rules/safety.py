"""The safety plan: its headings in the order in which they are gone through, and when it is whole enough to keep."""

from collections.abc import Mapping
from dataclasses import dataclass

from accounts.rules.findings import Finding, Mark, Source, refusal

SOURCE = Source("Safety planning after Stanley and Brown, headings in our own words", Mark.NOT_VERIFIED)


@dataclass(frozen=True, slots=True)
class Heading:
    code: str
    title: str
    ask: str
    needed: bool = True


HEADINGS = (
    Heading("signs", "How I notice it coming", "Thoughts, images, moods, situations that come before."),
    Heading("coping", "What I can do by myself", "Things that have carried the patient through before."),
    Heading("places", "Where I can be, and with whom", "People and places that take the mind elsewhere.", needed=False),
    Heading("people", "Whom I can ask for help", "Name and telephone of people who may know."),
    Heading(
        "professionals",
        "Professionals I can call, day and night",
        "This clinic, the crisis line, the emergency number.",
    ),
    Heading("safe", "How we make home safe", "Medicines, weapons, other means: who keeps what, and until when."),
    Heading("reasons", "What I want to live for", "In the patient's own words.", needed=False),
)


def refusals(words: Mapping[str, str]) -> list[Finding]:
    """Every reason why this is no safety plan yet; empty when it may be kept."""
    missing = [heading for heading in HEADINGS if heading.needed and not words.get(heading.code, "").strip()]
    return [refusal(heading.code, f"“{heading.title}” is empty. Write it down together.") for heading in missing]


OVERTAKEN = refusal("overtaken", "Somebody else has written the safety plan meanwhile. Open it again and compare.")
