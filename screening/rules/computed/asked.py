"""What a computed criterion is asked, what it answers, and how several of them answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from accounts.rules.findings import Outcome
from patients.rules.protocol import Criterion, Protocol
from screening.rules.candidate import Candidate, Piece
from screening.rules.washout import Clearance
from screening.rules.words import said

MET, NOT_MET, UNKNOWN, JUDGEMENT = Outcome.MET, Outcome.NOT_MET, Outcome.UNKNOWN, Outcome.JUDGEMENT


@dataclass(frozen=True, slots=True)
class Answer:
    outcome: Outcome
    sentence: str
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """One criterion put to one candidate. `piece` is the current evidence, absent for criteria that rest on other records."""

    protocol: Protocol
    criterion: Criterion
    candidate: Candidate
    piece: Piece
    as_of: date
    entries: Sequence[Clearance] = ()  # the medicine list with its washouts on the day
    laboratory: Piece | None = None  # the laboratory's results, while they are current

    def limit(self, name: str) -> float:
        return self.criterion.limits[name].value

    def number(self, name: str) -> float | None:
        return self.piece.numbers.get(name)

    def word(self, name: str) -> str:
        return self.piece.words.get(name, "")


def at_least(asked: Asked, reading: str, limit: str, name: str, unit: str) -> Answer:
    """A reading that has to reach a limit of the criterion, in the limit's own unit."""
    value, least = asked.number(reading), asked.limit(limit)
    if value is None:
        return Answer(UNKNOWN, f"{name} is not recorded.")
    evidence = f"{name} {value:g} {unit}, {said(asked.piece.taken_on)}"
    if value < least:
        return Answer(NOT_MET, f"{name} is {value:g} {unit}, below {least:g}.", evidence)
    return Answer(MET, f"{name} is {value:g} {unit}, at least {least:g}.", evidence)


def dated(asked: Asked, words: str) -> str:
    """The words with the day of the evidence: a judgement of one day's evidence is none of the next."""
    return f"{words}, {said(asked.piece.taken_on)}" if words else ""
