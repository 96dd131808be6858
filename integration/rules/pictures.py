"""The outcome chart as data: a Vega-Lite specification, for the page and for print."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from integration.rules import outcomes, pcl5
from integration.rules.caps5 import Band
from integration.rules.outcomes import Series

PAGE_FONT, PRINT_FONT = "Inter", "Source Serif 4"
INK, MUTED, LINE = "#1E2A2E", "#5B686D", "#E5E1D8"
PRIMARY, DOSING, MEASURE = "#0E5A5A", "#6A3B74", "#6B5B4B"
BAND_TINTS = ("#F6F8F3", "#FFFFFF", "#FBF7EF", "#F8F0E2", "#F5E8D6")
DRAWN = ("MDMA with therapy",)  # the arms that the chart shows; the table has all of them

Layer = dict[str, Any]


def _day(on: date) -> str:
    return f"{on.isoformat()}T00:00:00Z"


def span(charted: Series) -> tuple[date, date]:
    """First and last day of the time axis: every reading, dosing day and trial endpoint, with room at both ends."""
    days = [reading.on for reading in charted.readings] + [day.on for day in charted.dosing_days]
    days += [line.on for line in outcomes.expectations(charted)]
    first, last = min(days), max(days)
    room = max(timedelta(days=7), (last - first) / 16)
    return first - room, last + 3 * room


def describe(charted: Series) -> str:
    """The chart in one sentence, for those who do not see it."""
    scores = ", ".join(f"{reading.total} on {reading.on:%-d %B %Y}" for reading in charted.scored)
    doses = ", ".join(f"{day.on:%-d %B %Y}" for day in charted.dosing_days)
    words = f"{charted.instrument} over time: {scores or 'no score yet'}."
    return f"{words} Dosing days: {doses}." if doses else words


def outcome_picture(charted: Series, *, for_print: bool = False) -> dict[str, Any]:
    """Scores over time with dosing days; for CAPS-5 also severity bands and the trial means this baseline allows.

    Days are given as UTC midnights, so that the axis is the same whatever the zone of the machine.
    """
    first, last = span(charted)
    layers = [
        *_bands(charted.bands, first, last),
        *_cut(charted, first, last),
        *_dosing_days(charted, first, last),
        *_trials(charted, first, last),
        *_scores(charted, first, last),
    ]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "description": describe(charted),
        "width": 460 if for_print else 720,
        "height": 240 if for_print else 280,
        "padding": {"left": 4, "right": 4, "top": 4, "bottom": 4},
        "layer": layers,
        "config": {
            "font": PRINT_FONT if for_print else PAGE_FONT,
            "aria": False,  # one title says it all; the table beside it holds the numbers
            "background": "transparent",
            "view": {"stroke": None},
            "axis": {
                "labelColor": MUTED,
                "titleColor": MUTED,
                "labelFontSize": 10 if for_print else 12,
                "titleFontSize": 10 if for_print else 12,
                "titleFontWeight": "normal",
                "gridColor": LINE,
                "domainColor": LINE,
                "tickColor": LINE,
            },
        },
    }


def _x(first: date, last: date, field: str = "on") -> dict[str, Any]:
    return {
        "field": field,
        "type": "temporal",
        "scale": {"type": "utc", "domain": [_day(first), _day(last)], "nice": False},
        "axis": {"title": None, "format": "%-d %b", "grid": False, "tickCount": 8, "labelOverlap": True},
    }


def _y(field: str = "total", title: str | None = None) -> dict[str, Any]:
    return {
        "field": field,
        "type": "quantitative",
        "scale": {"domain": [0, 80], "nice": False},
        "axis": {"title": title, "values": [0, 20, 40, 60, 80], "grid": True, "domain": False, "ticks": False},
    }


def _bands(bands: Sequence[Band], first: date, last: date) -> list[Layer]:
    if not bands:
        return []
    rows = [
        {
            "low": band.low,
            # Bands of whole points meet half-way, so that no white line runs between them.
            "high": band.high if band is bands[-1] else band.high + 1,
            "name": band.name,
            "tint": tint,
            "from": _day(first),
            "until": _day(last),
        }
        for band, tint in zip(bands, BAND_TINTS, strict=True)
    ]
    x = _x(first, last, "from")
    return [
        {
            "data": {"values": rows},
            "mark": {"type": "rect"},
            "encoding": {
                "x": x,
                "x2": {"field": "until"},
                "y": _y("low"),
                "y2": {"field": "high"},
                "color": {"field": "tint", "type": "nominal", "scale": None},
            },
        },
        {
            "data": {"values": rows},
            "mark": {"type": "text", "align": "right", "baseline": "bottom", "dx": -6, "dy": -3, "fontSize": 11},
            "encoding": {
                "x": _x(first, last, "until"),
                "y": _y("low"),
                "text": {"field": "name"},
                "color": {"value": MUTED},
            },
        },
    ]


def _cut(charted: Series, first: date, last: date) -> list[Layer]:
    if charted.instrument != pcl5.CODE:
        return []
    row = {
        "from": _day(first),
        "until": _day(last),
        "low": pcl5.CUT_LOW.value,
        "high": pcl5.CUT_HIGH.value,
        "say": f"Cut-off {pcl5.CUT_LOW.whole} to {pcl5.CUT_HIGH.whole}",
    }
    x = _x(first, last, "from")
    return [
        {
            "data": {"values": [row]},
            "mark": {"type": "rect", "color": BAND_TINTS[-1]},
            "encoding": {"x": x, "x2": {"field": "until"}, "y": _y("low"), "y2": {"field": "high"}},
        },
        {
            "data": {"values": [row]},
            "mark": {"type": "text", "align": "right", "baseline": "bottom", "dx": -6, "dy": -3, "fontSize": 11},
            "encoding": {
                "x": _x(first, last, "until"),
                "y": _y("high"),
                "text": {"field": "say"},
                "color": {"value": MUTED},
            },
        },
    ]


def _dosing_days(charted: Series, first: date, last: date) -> list[Layer]:
    rows = [
        {"on": _day(day.on), "say": f"Dosing {day.number}" + ("" if day.done else ", planned"), "top": 80}
        for day in charted.dosing_days
    ]
    if not rows:
        return []
    return [
        {
            "data": {"values": rows},
            "mark": {"type": "rule", "color": DOSING, "strokeDash": [3, 3], "strokeWidth": 1},
            "encoding": {"x": _x(first, last)},
        },
        {
            "data": {"values": rows},
            "mark": {"type": "point", "shape": "diamond", "filled": True, "color": DOSING, "size": 90, "opacity": 1},
            "encoding": {"x": _x(first, last), "y": _y("top")},
        },
        {
            "data": {"values": rows},
            "mark": {"type": "text", "align": "left", "baseline": "middle", "dx": 9, "fontSize": 11, "color": DOSING},
            "encoding": {"x": _x(first, last), "y": _y("top"), "text": {"field": "say"}},
        },
    ]


def _trials(charted: Series, first: date, last: date) -> list[Layer]:
    drawn = [line for line in outcomes.expectations(charted) if line.benchmark.arm in DRAWN]
    if not drawn:
        return []
    rows = [
        {
            # Side by side, a few days apart, so that the whiskers do not hide each other.
            "on": _day(line.on + timedelta(days=4 * place)),
            "words_on": _day(line.on),
            "level": line.level,
            "low": line.low,
            "high": line.high,
            "say": f"{line.benchmark.trial}, n = {line.benchmark.n}",
            "above": place == 0,
        }
        for place, line in enumerate(drawn)
    ]
    x = _x(first, last)
    words = {"type": "text", "align": "right", "fontSize": 11, "color": MEASURE, "dx": -8}
    return [
        {
            "data": {"values": rows},
            "mark": {"type": "rule", "color": MEASURE, "strokeWidth": 2, "opacity": 0.7},
            "encoding": {"x": x, "y": _y("low"), "y2": {"field": "high"}},
        },
        {
            "data": {"values": rows},
            "mark": {"type": "tick", "color": MEASURE, "thickness": 2, "size": 12, "orient": "horizontal"},
            "encoding": {"x": x, "y": _y("level")},
        },
        *(
            {
                "data": {"values": [row]},
                "mark": words | {"dy": -8 if row["above"] else 8},
                "encoding": {"x": _x(first, last, "words_on"), "y": _y("level"), "text": {"field": "say"}},
            }
            for row in rows
        ),
    ]


def _scores(charted: Series, first: date, last: date) -> list[Layer]:
    rows = [
        {
            "on": _day(reading.on),
            "total": reading.total,
            "blinded": "blinded" if reading.blinded or charted.instrument == pcl5.CODE else "not blinded",
        }
        for reading in charted.scored
    ]
    x, y = _x(first, last), _y(title=f"{charted.instrument} total")
    return [
        {
            "data": {"values": rows},
            "mark": {"type": "line", "color": PRIMARY, "strokeWidth": 2},
            "encoding": {"x": x, "y": y},
        },
        {
            "data": {"values": rows},
            "mark": {"type": "point", "filled": True, "size": 80, "opacity": 1, "stroke": PRIMARY, "strokeWidth": 2},
            "encoding": {
                "x": x,
                "y": y,
                # An unblinded rating is hollow.
                "fill": {
                    "condition": {"test": "datum.blinded === 'blinded'", "value": PRIMARY},
                    "value": "#FFFFFF",
                },
            },
        },
        {
            "data": {"values": rows},
            "mark": {"type": "text", "dy": -14, "fontSize": 13, "fontWeight": 600, "color": INK},
            "encoding": {"x": x, "y": y, "text": {"field": "total", "type": "quantitative"}},
        },
    ]
