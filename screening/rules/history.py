"""How one recording of a piece of evidence differs from the one before it, in the words of its form."""

from dataclasses import dataclass
from datetime import date

from patients.rules.protocol import Protocol
from screening.rules.candidate import Piece
from screening.rules.readings import last_name, questions, said_values
from screening.rules.words import said

NOTHING = "unknown"


@dataclass(frozen=True, slots=True)
class Difference:
    """One line of a form that says something else; "unknown" where it said or says nothing."""

    title: str
    was: str
    now: str

    @property
    def is_correction(self) -> bool:
        """Whether something that was recorded is another now; filling a gap corrects nothing."""
        return self.was != NOTHING


def differences(protocol: Protocol, before: Piece | None, after: Piece) -> list[Difference]:
    """Every line that changed from one recording to the next, in the order of the form."""
    was, now = _lines(protocol, before) if before else {}, _lines(protocol, after)
    return [
        Difference(title, was.get(title, NOTHING), now.get(title, NOTHING))
        for title in dict.fromkeys([*now, *was])
        if was.get(title) != now.get(title)
    ]


def needs_reason(protocol: Protocol, before: Piece, after: Piece) -> bool:
    """Whether this takes back what was recorded for the same day, instead of adding to it or coming later."""
    changed = differences(protocol, before, after)
    return after.taken_on <= before.taken_on and any(difference.is_correction for difference in changed)


def _lines(protocol: Protocol, piece: Piece) -> dict[str, str]:
    lines = {"Taken on": said(piece.taken_on)}
    lines |= dict(said_values(piece.kind, dict(piece.numbers), dict(piece.words)))
    for criterion in questions(protocol, piece.kind):
        if criterion.code in piece.answers:
            lines[criterion.question] = "yes" if piece.answers[criterion.code] else "no"
        if last := piece.words.get(last_name(criterion.code)):
            lines[f"{criterion.question} Last so on"] = said(date.fromisoformat(last))
    return lines
