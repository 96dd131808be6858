"""Dates and kinds of evidence as the findings say them."""

from calendar import monthrange
from datetime import date, timedelta
from functools import lru_cache

from patients.rules.protocol import EvidenceKind, Figure

PIECES = {
    EvidenceKind.HISTORY: "medical history",
    EvidenceKind.EXAMINATION: "physical examination",
    EvidenceKind.LABORATORY: "laboratory tests",
    EvidenceKind.ECG: "ECG",
    EvidenceKind.PSYCHIATRIC: "psychiatric evaluation",
}


@lru_cache(maxsize=1024)
def said(day: date) -> str:
    return f"{day:%-d %b %Y}"


def counted(number: int, noun: str) -> str:
    """A number with its noun: 1 day, 2 days."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def capital(words: str) -> str:
    """The words with a capital at the front and the rest untouched."""
    return words[:1].upper() + words[1:]


def before(day: date, span: Figure) -> date:
    """The day that lies `span` (days or months) earlier; the last of the month where that month is too short."""
    if span.unit == "days":
        return day - timedelta(days=span.whole)
    year, month = divmod(day.year * 12 + day.month - 1 - span.whole, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
