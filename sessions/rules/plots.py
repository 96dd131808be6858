"""Where things stand in the pictures of a session: the blood pressure plot and the bars of hours. Numbers only."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from patients.rules.protocol import HoursBand, VisitKind, VitalLimit
from sessions.rules.facts import Given
from sessions.rules.hours import THERAPY, Tally
from sessions.rules.spans import later, minutes_between
from sessions.rules.vitals import NAMES, UNITS, Reading

PLOTTED = ("systolic", "diastolic", "pulse")
WIDTH, HEIGHT = 960.0, 320.0
LEFT, RIGHT, TOP, BOTTOM = 52.0, 20.0, 18.0, 34.0
LOWEST, HIGHEST = 40.0, 180.0


@dataclass(frozen=True, slots=True)
class Dot:
    x: float
    y: float
    words: str


@dataclass(frozen=True, slots=True)
class Line:
    measure: str
    name: str
    path: str  # for <polyline points>
    dots: tuple[Dot, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    words: str


@dataclass(frozen=True, slots=True)
class Plot:
    width: float
    height: float
    left: float
    right: float  # x of the right edge
    top: float
    bottom: float  # y of the bottom edge
    lines: tuple[Line, ...]
    thresholds: tuple[Tick, ...]
    doses: tuple[Tick, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    now_x: float | None


def plot(
    readings: Iterable[Reading], *, doses: Sequence[Given], limits: Iterable[VitalLimit], now: datetime, hours: int = 8
) -> Plot:
    """Blood pressure and pulse over the day. The clock starts an hour before the initial dose, or before the first reading."""
    rows = sorted(readings, key=lambda row: row.taken_at)
    t0 = min((dose.at for dose in doses), default=None)
    moments = [row.taken_at for row in rows] + [dose.at for dose in doses]
    starts = later(min([*moments, t0 or now]), -15)
    ends = later(max([*moments, later(t0 or now, 60 * hours if t0 else 60)]), 15)
    values = [value for row in rows for measure in PLOTTED if (value := row.value(measure)) is not None]
    low = min([LOWEST, *values])
    high = max([HIGHEST, *(value + 10 for value in values)])
    length = minutes_between(starts, ends)
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM

    def x(at: datetime) -> float:
        return round(LEFT + (right - LEFT) * minutes_between(starts, at) / length, 1)

    def y(value: float) -> float:
        return round(bottom - (bottom - TOP) * (value - low) / (high - low), 1)

    lines = []
    for measure in PLOTTED:
        dots = tuple(
            Dot(x(row.taken_at), y(value), f"{row.taken_at:%H:%M}: {NAMES[measure]} {value:g} {UNITS[measure]}")
            for row in rows
            if (value := row.value(measure)) is not None
        )
        path = " ".join(f"{dot.x},{dot.y}" for dot in dots)
        lines.append(Line(measure, NAMES[measure], path, dots))
    return Plot(
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
        right=right,
        top=TOP,
        bottom=bottom,
        lines=tuple(lines),
        thresholds=tuple(
            Tick(y(limit.limit.value), f"{NAMES[limit.measure]} {limit.limit.value:g}")
            for limit in limits
            if limit.measure in PLOTTED and limit.stage == "before-supplement" and limit.limit.value <= high
        ),
        doses=tuple(Tick(x(dose.at), f"{dose.mg:g} mg at {dose.at:%H:%M}") for dose in doses),
        across=tuple(_hours(starts, ends, x, t0)),
        up=tuple(Tick(y(value), str(value)) for value in range(int(-(-low // 20) * 20), int(high) + 1, 20)),
        now_x=x(now) if minutes_between(starts, now) >= 0 and minutes_between(now, ends) >= 0 else None,
    )


@dataclass(frozen=True, slots=True)
class Segment:
    kind: VisitKind
    x: float
    width: float
    minutes: int


@dataclass(frozen=True, slots=True)
class Bars:
    """Two stacked bars on one scale with the two bands behind them."""

    width: float
    planned: tuple[Segment, ...]
    logged: tuple[Segment, ...]
    band: tuple[float, float]  # x and width
    standard: tuple[float, float]
    ticks: tuple[Tick, ...]


def bars(planned: Tally, logged: Tally, band: HoursBand, *, width: float = 900.0) -> Bars:
    """Therapist-hours by phase, planned above logged; the scale holds the band and the longer bar."""
    most = max(band.high.value * 60, planned.therapy, logged.therapy) * 1.08

    def x(minutes: float) -> float:
        return round(width * minutes / most, 1)

    def stacked(row: Tally) -> tuple[Segment, ...]:
        segments, reached = [], 0
        for kind in THERAPY:
            minutes = row.of(kind)
            segments.append(Segment(kind, x(reached), x(minutes), minutes))
            reached += minutes
        return tuple(segments)

    return Bars(
        width=width,
        planned=stacked(planned),
        logged=stacked(logged),
        band=(x(band.low.value * 60), x((band.high.value - band.low.value) * 60)),
        standard=(x(band.standard_low.value * 60), x((band.standard_high.value - band.standard_low.value) * 60)),
        ticks=tuple(Tick(x(hour * 60), f"{hour} h") for hour in range(0, int(most // 60) + 1, 12)),
    )


def _hours(starts: datetime, ends: datetime, x: Callable[[datetime], float], t0: datetime | None) -> list[Tick]:
    """Marks on the time axis: hours since the initial dose, or clock hours before there is one."""
    if t0 is None:
        at, ticks = later(starts, 60 - starts.minute), []
        while minutes_between(at, ends) >= 0:
            ticks.append(Tick(x(at), f"{at:%H:%M}"))
            at = later(at, 60)
        return ticks
    first = math.ceil(minutes_between(t0, starts) / 60)
    last = math.floor(minutes_between(t0, ends) / 60)
    return [Tick(x(later(t0, 60 * hour)), f"{hour:+d} h" if hour else f"{t0:%H:%M}") for hour in range(first, last + 1)]
