"""Values beside the reference limits that their own laboratory printed."""

from collections.abc import Mapping
from dataclasses import dataclass

from patients.rules.protocol import EvidenceKind
from screening.rules.readings import GROUPS, Number, said_values


@dataclass(frozen=True, slots=True)
class Shown:
    """One reading with its value and unit; `beside` says the laboratory's limits, and on which side of them it lies."""

    label: str
    value: str
    beside: str = ""
    is_outside: bool = False


def side(reading: Number, numbers: Mapping[str, float]) -> str:
    """On which side of its reference limits a value lies: below, above, or "" within them and where one is not known."""
    value = numbers.get(reading.name)
    lower, upper = (numbers.get(f"{reading.name}_{which}") for which in ("lower", "upper"))
    if value is None:
        return ""
    if lower is not None and value < lower:
        return "below"
    return "above" if upper is not None and value > upper else ""


def span(reading: Number, numbers: Mapping[str, float]) -> str:
    """The limits in words; "" where none is recorded."""
    lower, upper = (numbers.get(f"{reading.name}_{which}") for which in ("lower", "upper"))
    if lower is not None and upper is not None:
        return f"{lower:g} to {upper:g}"
    if upper is not None:
        return f"up to {upper:g}"
    return f"from {lower:g}" if lower is not None else ""


def shown_values(kind: EvidenceKind, numbers: dict[str, float], words: dict[str, str]) -> list[Shown]:
    """The readings that were taken, each limit beside its value instead of on a line of its own."""
    readings = {reading.label: reading for group in GROUPS[kind] for reading in group.readings}
    shown = []
    for label, value in said_values(kind, numbers, words):
        reading = readings[label]
        if not isinstance(reading, Number) or not reading.limited:
            if not (isinstance(reading, Number) and reading.of in numbers):
                shown.append(Shown(label, value))
            continue
        where, limits = side(reading, numbers), span(reading, numbers)
        beside = f"{where} the laboratory's limits, {limits}" if where else limits
        shown.append(Shown(label, value, beside, bool(where)))
    return shown
