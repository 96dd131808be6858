"""The six-monthly report of authorised prescribers in Australia: which months, due when, and its two numbers, zero included."""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from accounts.rules.findings import Mark, Source

SOURCE = Source("Submitting six-monthly reports (tga.gov.au)", Mark.PUBLISHED)


@dataclass(frozen=True, slots=True)
class HalfYear:
    """First and last day, and the last day on which its report is in time."""

    first: dt.date
    last: dt.date
    due: dt.date

    @property
    def said(self) -> str:
        return f"{self.first:%-d %b} to {self.last:%-d %b %Y}"


def latest(on: dt.date) -> HalfYear:
    """The half-year that was over last on a day."""
    if on.month > 6:
        return HalfYear(dt.date(on.year, 1, 1), dt.date(on.year, 6, 30), dt.date(on.year, 7, 31))
    return HalfYear(dt.date(on.year - 1, 7, 1), dt.date(on.year - 1, 12, 31), dt.date(on.year, 1, 31))


def counted(half: HalfYear, treated: Iterable[Collection[dt.date]]) -> tuple[int, int]:
    """(new patients, all patients treated) of a half-year, from the dosing days of each patient."""
    within = [days for days in treated if any(half.first <= day <= half.last for day in days)]
    return sum(min(days) >= half.first for days in within), len(within)
