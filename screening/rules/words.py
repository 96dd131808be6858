"""Dates and kinds of evidence as the findings say them."""

from datetime import date

from patients.rules.protocol import EvidenceKind

PIECES = {
    EvidenceKind.HISTORY: "medical history",
    EvidenceKind.EXAMINATION: "physical examination",
    EvidenceKind.LABORATORY: "laboratory tests",
    EvidenceKind.ECG: "ECG",
    EvidenceKind.PSYCHIATRIC: "psychiatric evaluation",
}


def said(day: date) -> str:
    return f"{day:%-d %b %Y}"


def counted(number: int, noun: str) -> str:
    """A number with its noun: 1 day, 2 days."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def capital(words: str) -> str:
    """The words with a capital at the front and the rest untouched."""
    return words[:1].upper() + words[1:]
