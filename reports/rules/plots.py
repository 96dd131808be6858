"""Pictures as data: Vega-Lite specifications, drawn by whoever has the drawing library.

Wall times are given to the drawing library as if they were UTC, so that the axis shows the clinic's clock whatever the
zone of the machine.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from .papers import DoseLine, Limit, Reading

FONT = "Source Serif 4"
INK, MUTED, LINE = "#1E2A2E", "#5B686D", "#E5E1D8"
DOSING, STOP = "#6A3B74", "#B3261E"
SERIES = {
    "systolic": ("Systolic, mmHg", "#0E5A5A", "circle"),
    "diastolic": ("Diastolic, mmHg", "#2F5D8C", "square"),
    "pulse": ("Pulse, per min", "#9A5B00", "triangle-up"),
}
CLOCK = "%H:%M"
Layer = dict[str, Any]


def _wall(at: datetime) -> str:
    return f"{at.replace(tzinfo=None, second=0, microsecond=0).isoformat()}Z"


def _time_axis() -> dict[str, Any]:
    return {
        "field": "at",
        "type": "temporal",
        "scale": {"type": "utc", "nice": False},
        "axis": {"format": CLOCK, "title": None, "grid": False, "labelFlush": False, "tickCount": 8},
    }


def configuration() -> dict[str, Any]:
    """Type, colours and hairlines of every picture in a document."""
    return {
        "font": FONT,
        "background": "transparent",
        "view": {"stroke": None},
        "axis": {
            "labelColor": MUTED,
            "titleColor": MUTED,
            "labelFontSize": 10,
            "titleFontSize": 10,
            "titleFontWeight": "normal",
            "gridColor": LINE,
            "domainColor": LINE,
            "tickColor": LINE,
        },
        "legend": {"labelColor": INK, "labelFontSize": 10, "title": None, "orient": "top", "symbolSize": 60},
    }


def vital_signs(readings: Sequence[Reading], doses: Sequence[DoseLine], limits: Sequence[Limit]) -> dict[str, Any]:
    """Blood pressure and pulse over the clinic's clock, with the doses as upright lines and thresholds as dashed ones."""
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": 560,
        "height": 190,
        "config": configuration(),
        "layer": [_values(readings), *_thresholds(readings, limits), *_doses(doses)],
    }


def _values(readings: Sequence[Reading]) -> Layer:
    rows = [
        {"at": _wall(reading.at), "series": title, "value": value}
        for reading in readings
        for name, (title, _, _) in SERIES.items()
        if (value := getattr(reading, name)) is not None
    ]
    titles, colours, shapes = (list(each) for each in zip(*SERIES.values(), strict=True))
    series = {"field": "series", "type": "nominal"}
    return {
        "data": {"values": rows},
        "mark": {"type": "line", "strokeWidth": 1.5, "point": {"size": 34, "filled": True}},
        "encoding": {
            "x": _time_axis(),
            "y": {"field": "value", "type": "quantitative", "title": None, "scale": {"zero": False, "nice": True}},
            "color": {**series, "scale": {"domain": titles, "range": colours}},
            "shape": {**series, "scale": {"domain": titles, "range": shapes}},
        },
    }


def _thresholds(readings: Sequence[Reading], limits: Sequence[Limit]) -> list[Layer]:
    """One dashed line for each value that something measured is held against."""
    named: dict[float, list[str]] = {}
    for limit in limits:
        if limit.measure in SERIES and any(getattr(reading, limit.measure) is not None for reading in readings):
            named.setdefault(limit.value, []).append(limit.measure)
    if not named:
        return []
    words = {"type": "text", "align": "right", "dy": -5, "fontSize": 9, "color": STOP}
    lines = [
        {"value": value, "label": f"{' and '.join(measures).capitalize()} {value:g}"}
        for value, measures in sorted(named.items())
    ]
    return [
        {
            "data": {"values": lines},
            "layer": [
                {"mark": {"type": "rule", "color": STOP, "strokeDash": [3, 3], "strokeWidth": 0.8}},
                {"mark": words, "encoding": {"x": {"value": 556}, "text": {"field": "label"}}},
            ],
            "encoding": {"y": {"field": "value", "type": "quantitative"}},
        }
    ]


def _doses(doses: Sequence[DoseLine]) -> list[Layer]:
    if not doses:
        return []
    words = {"type": "text", "align": "left", "baseline": "top", "dx": 4, "fontSize": 10, "fontWeight": 600}
    return [
        {
            "data": {"values": [{"at": _wall(dose.at), "label": f"{dose.milligrams}"} for dose in doses]},
            "layer": [
                {"mark": {"type": "rule", "color": DOSING, "strokeWidth": 1}},
                {"mark": {**words, "color": DOSING}, "encoding": {"y": {"value": 4}, "text": {"field": "label"}}},
            ],
            "encoding": {"x": _time_axis()},
        }
    ]


def vital_signs_in_words(readings: Sequence[Reading], doses: Sequence[DoseLine]) -> str:
    """What the plot shows, for who cannot see it: the number of readings, the ranges and the highest pressure."""
    if not readings:
        return "No vital signs were recorded."
    said = [f"Blood pressure and pulse at {len(readings)} times, {readings[0].at:%H:%M} to {readings[-1].at:%H:%M}."]
    pressures = [reading for reading in readings if reading.systolic is not None]
    if pressures:
        top = max(pressures, key=lambda reading: reading.systolic or 0)
        said.append(f"Highest blood pressure {top.pressure} mmHg at {top.at:%H:%M}.")
    pulses = [reading.pulse for reading in readings if reading.pulse is not None]
    if pulses:
        said.append(f"Pulse from {min(pulses)} to {max(pulses)} per minute.")
    said += [f"{dose.kind.capitalize()} dose {dose.milligrams} at {dose.at:%H:%M}." for dose in doses]
    return " ".join(said)
