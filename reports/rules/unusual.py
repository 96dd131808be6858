"""Which openings of charts a privacy lead should look at: in the night, or many charts on one day.

Both are only a reason to ask. Asking people soon is what stops curiosity, whatever the answer is.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

MANY = 15  # different charts by one person on one day; the clinic's own figure


@dataclass(frozen=True, slots=True)
class Opened:
    """One opening, in the clinic's wall time."""

    who: str
    chart: int
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Oddity:
    who: str
    day: dt.date
    charts: tuple[int, ...]
    sentence: str


def oddities(openings: Iterable[Opened], opens: dt.time, closes: dt.time) -> tuple[Oddity, ...]:
    """What stands out, newest day first."""
    days: dict[tuple[dt.date, str], list[Opened]] = defaultdict(list)
    for opened in openings:
        days[opened.at.date(), opened.who].append(opened)
    found = []
    for (day, who), rows in days.items():
        closed = [row for row in rows if not opens <= row.at.time() <= closes]
        charts = {row.chart for row in rows}
        if closed:
            first = min(row.at for row in closed)
            words = f"{_charts({row.chart for row in closed})} while the clinic was closed, first at {first:%H:%M}"
            found.append(Oddity(who, day, tuple(sorted({row.chart for row in closed})), words))
        if len(charts) >= MANY:
            found.append(Oddity(who, day, tuple(sorted(charts)), f"{_charts(charts)} on one day"))
    return tuple(sorted(found, key=lambda oddity: (-oddity.day.toordinal(), oddity.who, oddity.sentence)))


def _charts(charts: set[int]) -> str:
    return "one chart" if len(charts) == 1 else f"{len(charts)} charts"
