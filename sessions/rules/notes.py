"""Session notes: what a note is made of, its digest, and every reason why it may not be signed."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from accounts.rules.findings import WRONG_PASSWORD, Finding, Outcome, refusal
from patients.rules.protocol import VisitKind


class NoteKind(StrEnum):
    RECORD = "record"  # one per session, signed by both therapists
    PROCESS = "process"  # psychotherapy note, one per therapist, signed by its author


MEANING = {
    NoteKind.RECORD: "I was in this session and this record of it is true and complete.",
    NoteKind.PROCESS: "I wrote this note and it is complete.",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the list that is ticked during a session."""

    code: str
    label: str


ITEMS: dict[VisitKind, tuple[Item, ...]] = {
    VisitKind.PREPARATION: (
        Item("history", "Talked about the history and what the patient hopes for"),
        Item("medicine", "Explained the medicine, its effects and its risks"),
        Item("roles", "Explained what the therapists do and do not do"),
        Item("touch", "Discussed and practised the touch agreement, with stop word and hand sign"),
        Item("room", "Showed the room, eye mask and music"),
        Item("support", "Named who supports the patient afterwards, and the way home"),
        Item("safety", "Asked about suicidal thoughts"),
    ),
    VisitKind.DOSING: (
        Item("intention", "The patient spoke about an intention"),
        Item("inward", "Time inward with eye mask and music was offered"),
        Item("pace", "The patient set the pace"),
        Item("grounding", "Distress was met with presence and grounding"),
        Item("water", "Water and food were offered"),
        Item("stayed", "At least one therapist was in the room at all times"),
        Item("handover", "Handed over to the night attendant"),
    ),
    VisitKind.INTEGRATION: (
        Item("telling", "The patient told the experience in their own words"),
        Item("life", "Linked insights with daily life"),
        Item("practice", "Agreed on something to do before the next session"),
        Item("effects", "Asked about unwanted and welcome effects"),
        Item("sleep", "Asked about sleep, mood and energy"),
        Item("safety", "Asked about suicidal thoughts"),
        Item("contact", "Said whom to call, day and night"),
    ),
}

REMAINING = (
    Item("wellbeing", "Asked how the patient is"),
    Item("effects", "Asked about unwanted and welcome effects"),
    Item("safety", "Asked about suicidal thoughts"),
)
"""For calls, ratings and follow-up."""


def items_for(kind: VisitKind) -> tuple[Item, ...]:
    return ITEMS.get(kind, REMAINING)


@dataclass(frozen=True, slots=True)
class SigningFacts:
    kind: NoteKind
    signer: str
    may_sign: frozenset[str]  # the session's therapists for a record, the author for a process note
    signed_by: frozenset[str]
    password_right: bool
    is_empty: bool
    shown_version: int
    version: int
    unsaved: tuple[str, ...]  # "Ana Ruiz at 14:03": drafts that are newer than the version
    session_ended: bool


def signing_refusals(facts: SigningFacts) -> list[Finding]:
    """Every reason why the signer may not sign now; empty when they may."""
    reasons = []
    if facts.signer not in facts.may_sign:
        whose = "the therapists of this session" if facts.kind is NoteKind.RECORD else "its author"
        reasons.append(refusal("signer", f"This note is signed by {whose}."))
    if facts.signer in facts.signed_by:
        reasons.append(refusal("signed", "You have already signed this note."))
    if not facts.password_right:
        reasons.append(WRONG_PASSWORD)
    if facts.is_empty:
        reasons.append(refusal("empty", "There is nothing to sign yet. Write the note and save it."))
    if facts.shown_version != facts.version:
        sentence = (
            f"You read version {facts.shown_version}; version {facts.version} has been saved since. Read it first."
        )
        reasons.append(refusal("version", sentence))
    reasons += [
        refusal("unsaved", f"There is unsaved text by {who}. Save or discard it first.") for who in facts.unsaved
    ]
    if facts.kind is NoteKind.RECORD and not facts.session_ended:
        sentence = "The session has not been closed. Close it first, so that nothing can be added to what you sign."
        reasons.append(Finding("open", Outcome.WAITING, sentence))
    return reasons


def may_read(reader: str, pair: frozenset[str]) -> bool:
    """Psychotherapy notes are for the two therapists of the session, and for nobody else."""
    return reader in pair


def is_complete(signed_by: frozenset[str], may_sign: frozenset[str]) -> bool:
    """Whether everybody who has to sign has signed."""
    return bool(signed_by) and len(signed_by) >= len(may_sign)


def digest(content: Mapping[str, object]) -> str:
    """SHA-256 over canonical JSON: keys sorted, no spaces, UTF-8 as written. Values must be JSON already."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
