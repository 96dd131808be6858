"""A confirmed line put into a piece of evidence: what is recorded already stays, and nothing looks newer than it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from accounts.rules.findings import Finding, refusal
from patients.rules.protocol import Criterion, CriterionKind, EvidenceKind, Protocol
from screening.rules import diagnoses
from screening.rules.candidate import Piece
from screening.rules.computed import COMPUTED
from screening.rules.importing.measuring import DAYS, PRESSURES
from screening.rules.readings import ALSO_ASKED, LISTS
from screening.rules.words import PIECES, capital, counted, said

LONGEST = 2000  # letters that a written reading holds
REASON = "Completed from an imported record"


@dataclass(frozen=True, slots=True)
class Folded:
    """What would be recorded; when there are refusals, nothing is."""

    kind: EvidenceKind
    taken_on: date
    answers: Mapping[str, bool] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    correction: str = ""
    refusals: tuple[Finding, ...] = ()


def home(protocol: Protocol, code: str) -> EvidenceKind | None:
    """The piece of evidence in which a criterion's question is answered; None where it is worked out, or not asked."""
    criterion = find(protocol, code)
    if criterion is None or (criterion.computed is not None and criterion.computed not in ALSO_ASKED):
        return None
    if criterion.computed:
        return criterion.evidence or COMPUTED[criterion.computed][0]
    return criterion.evidence


def find(protocol: Protocol, code: str) -> Criterion | None:
    return next((criterion for criterion in protocol.criteria if criterion.code == code), None)


def consequence(protocol: Protocol, code: str) -> str:
    """What confirming the risk means, in words."""
    criterion = find(protocol, code)
    if criterion is None:
        return "This protocol has no such criterion."
    return {
        CriterionKind.STOP: "A stop.",
        CriterionKind.HOLD: "It holds the screening.",
        CriterionKind.JUDGEMENT: f"For judgement by the {criterion.decided_by}.",
    }[criterion.kind]


def answer(protocol: Protocol, code: str, before: Mapping[EvidenceKind, Piece], *, as_of: date) -> Folded:
    """The risk of a criterion, which a clinician has confirmed, added to the evidence as it stands on the day."""
    kind = home(protocol, code)
    if kind is None:
        sentence = f"{code} is worked out or not part of this protocol: there is nothing to answer. Reject this line."
        return _refused(EvidenceKind.HISTORY, as_of, "no-question", sentence)
    piece = _current(protocol, before, kind, as_of)
    base = piece or Piece(kind, as_of)
    return Folded(kind, base.taken_on, {**base.answers, code: True}, base.numbers, base.words, _why(piece))


def reading(
    protocol: Protocol, proposal: Mapping[str, Any], before: Mapping[EvidenceKind, Piece], *, as_of: date
) -> Folded:
    """A reading added to the evidence as it stands, never in place of one. The piece is dated by its oldest part."""
    kind = EvidenceKind(proposal["evidence"])
    on = date.fromisoformat(proposal["on"]) if proposal["on"] else as_of
    validity = protocol.evidence_validity[kind].whole
    if (as_of - on).days > validity:
        sentence = f"It is of {said(on)} and counts for {counted(validity, 'day')}. Measure it again."
        return _refused(kind, on, "too-old", sentence)
    piece = _current(protocol, before, kind, as_of)
    base = piece or Piece(kind, on)
    numbers, words = dict(base.numbers), dict(base.words)
    if set(proposal["numbers"]) == set(PRESSURES):
        slot = _free(base)
        if slot is None:
            sentence = "Three days of blood pressure are recorded already; change them on the evidence page."
            return _refused(kind, on, "full", sentence)
        numbers |= {f"{name}_{slot}": value for name, value in proposal["numbers"].items()}
        words[f"day_{slot}"] = on.isoformat()
    elif listed := next((name for name in LISTS if name in proposal["words"]), ""):
        entry, kept = proposal["words"][listed], words.get(listed, "")
        if _has(kept, entry, listed):
            return _refused(kind, on, "recorded", f"{capital(PIECES[kind])} of {said(base.taken_on)} lists it already.")
        words[listed] = f"{kept}\n{entry}".strip()
        if len(words[listed]) > LONGEST:
            return _refused(kind, on, "full", f"The list is full; shorten it in the {PIECES[kind]}.")
    else:
        named = [*proposal["numbers"], *proposal["words"]]
        if any(name in numbers or name in words for name in named):
            sentence = f"{capital(PIECES[kind])} of {said(base.taken_on)} has a value for it already; change it there."
            return _refused(kind, on, "recorded", sentence)
        numbers |= proposal["numbers"]
        words |= proposal["words"]
    return Folded(kind, min(on, base.taken_on), base.answers, numbers, words, _why(piece))


def _current(protocol: Protocol, before: Mapping[EvidenceKind, Piece], kind: EvidenceKind, as_of: date) -> Piece | None:
    """The piece that still counts; one that is out of date is not completed, a new one is begun."""
    piece = before.get(kind)
    if piece is None or (as_of - piece.taken_on).days > protocol.evidence_validity[kind].whole:
        return None
    return piece


def _has(kept: str, entry: str, listed: str) -> bool:
    """Whether a list has an entry: the same line, or a line with the same code."""
    if listed == diagnoses.READING:
        return bool({d.code for d in diagnoses.read(entry)} & {d.code for d in diagnoses.read(kept)})
    return entry.casefold() in (line.strip().casefold() for line in kept.splitlines())


def _free(piece: Piece) -> int | None:
    return next((n for n in range(1, DAYS + 1) if f"systolic_{n}" not in piece.numbers), None)


def _why(piece: Piece | None) -> str:
    return REASON if piece else ""


def _refused(kind: EvidenceKind, on: date, code: str, sentence: str) -> Folded:
    return Folded(kind, on, refusals=(refusal(code, sentence),))
