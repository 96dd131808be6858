"""Which measures are due at which visit, from the protocol and the calendar."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from patients.rules.protocol import MeasurePlan


class Timing(StrEnum):
    OVERDUE = "overdue"
    DUE = "due"
    STARTED = "started"
    AHEAD = "ahead"
    UNPLANNED = "visit not booked"
    SKIPPED = "visit missed"
    TAKEN = "signed"


@dataclass(frozen=True, slots=True)
class VisitOn:
    """A visit of the course as far as measures care; `on` is the day in the clinic's zone."""

    code: str
    on: date
    held: bool
    missed: bool


@dataclass(frozen=True, slots=True)
class Due:
    """One measure at one visit."""

    instrument: str
    title: str
    visit: str
    by: str
    on: date | None
    timing: Timing

    def days_late(self, as_of: date) -> int:
        """Days since the visit, when overdue; else 0."""
        return (as_of - self.on).days if self.timing is Timing.OVERDUE and self.on else 0


def timing(visit: VisitOn | None, *, signed: bool, started: bool, as_of: date) -> Timing:
    """How one measure stands. It is due on the day of its visit and overdue from the next day."""
    if signed:
        return Timing.TAKEN
    if visit is None:
        return Timing.UNPLANNED
    if as_of > visit.on:
        return Timing.SKIPPED if visit.missed and not started else Timing.OVERDUE
    if started:
        return Timing.STARTED
    return Timing.DUE if visit.held or as_of == visit.on else Timing.AHEAD


def measures_due(
    measures: Iterable[MeasurePlan],
    visits: Iterable[VisitOn],
    *,
    signed: Collection[tuple[str, str]],
    started: Collection[tuple[str, str]],
    as_of: date,
) -> tuple[Due, ...]:
    """Every measure the protocol asks for, in the order of the days; those without a booked visit come last.

    `signed` and `started` hold (instrument, visit code).
    """
    by_code = {visit.code: visit for visit in visits}
    rows = [
        Due(
            measure.code,
            measure.title,
            code,
            measure.by,
            by_code[code].on if code in by_code else None,
            timing(
                by_code.get(code),
                signed=(measure.code, code) in signed,
                started=(measure.code, code) in started,
                as_of=as_of,
            ),
        )
        for measure in measures
        for code in measure.visits
    ]
    far = date.max - timedelta(days=1)
    return tuple(sorted(rows, key=lambda row: row.on or far))
