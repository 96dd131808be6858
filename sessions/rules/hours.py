"""Therapist-hours: planned from visits, logged from arrivals and leavings, against the band of the protocol.

Minutes are elapsed minutes, so a day with a clock change counts what was really worked.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from patients.rules.protocol import HoursBand, VisitKind
from sessions.rules.spans import minutes_between

THERAPY = (VisitKind.PREPARATION, VisitKind.DOSING, VisitKind.INTEGRATION)
"""The phases that the bands count; calls, ratings and follow-up are shown beside them."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """One therapist's time in one visit: planned, or logged when `ends` may still be open."""

    visit: str
    kind: VisitKind
    therapist: str
    starts: datetime
    ends: datetime | None


@dataclass(frozen=True, slots=True)
class Tally:
    """Minutes by phase and by therapist. Every figure is a sum of the same cells, so they always agree."""

    cells: Mapping[tuple[VisitKind, str], int]
    open_stretches: int = 0  # somebody arrived and nobody wrote when they left; counts nothing

    def of(self, kind: VisitKind | None = None, therapist: str | None = None) -> int:
        """Minutes of one phase, of one therapist, of both, or of all."""
        return sum(
            minutes
            for (cell_kind, cell_therapist), minutes in self.cells.items()
            if kind in (None, cell_kind) and therapist in (None, cell_therapist)
        )

    @property
    def therapy(self) -> int:
        """Minutes that count towards the band."""
        return sum(self.of(kind) for kind in THERAPY)

    @property
    def therapists(self) -> list[str]:
        return sorted({therapist for _, therapist in self.cells})


class Place(StrEnum):
    BELOW = "below the band"
    WITHIN = "within the band"
    ABOVE = "above the band"


def tally(stretches: Iterable[Stretch]) -> Tally:
    """Adds up stretches. Overlapping stretches of one therapist in one visit count once."""
    grouped: dict[tuple[str, VisitKind, str], list[tuple[datetime, datetime]]] = defaultdict(list)
    unfinished = 0
    for stretch in stretches:
        if stretch.ends is None:
            unfinished += 1
        else:
            grouped[(stretch.visit, stretch.kind, stretch.therapist)].append((stretch.starts, stretch.ends))
    cells: dict[tuple[VisitKind, str], int] = defaultdict(int)
    for (_, kind, therapist), spans in grouped.items():
        cells[(kind, therapist)] += round(_covered(spans))
    return Tally(dict(cells), unfinished)


def place(minutes: int, band: HoursBand) -> Place:
    """Where a total of therapist-minutes lies against the protocol's band; both ends belong to the band."""
    if minutes < band.low.value * 60:
        return Place.BELOW
    return Place.WITHIN if minutes <= band.high.value * 60 else Place.ABOVE


def _covered(spans: list[tuple[datetime, datetime]]) -> float:
    """Minutes covered by at least one span."""
    total = 0.0
    reached: datetime | None = None
    for starts, ends in sorted(spans, key=lambda span: (span[0].timestamp(), span[1].timestamp())):
        begin = starts if reached is None or minutes_between(reached, starts) > 0 else reached
        if (minutes := minutes_between(begin, ends)) > 0:
            total += minutes
            reached = ends
    return total
