"""Figures with their source and mark, and the small picture of a course."""

from typing import Any

from django import template

from accounts.rules.findings import Mark, Source
from patients.rules.picture import places, weeks
from patients.rules.protocol import Figure, Protocol, VisitKind

register = template.Library()

SIGNS = {Mark.PUBLISHED: "●", Mark.BRIEF: "◆", Mark.CLINIC: "■", Mark.NOT_VERIFIED: "○"}
MARGIN, WIDTH = 16, 1000
# The line of each kind of visit in the picture, from the top.
LANES = {
    VisitKind.RATING: 28,
    VisitKind.PREPARATION: 62,
    VisitKind.DOSING: 62,
    VisitKind.INTEGRATION: 86,
    VisitKind.CALL: 103,
    VisitKind.FOLLOW_UP: 28,
}


@register.filter
def amount(figure: Figure) -> str:
    """A figure as people say it: 90 min is 1.5 h only where it is long, 0.5 of a dose is 50 %."""
    value, unit = figure.value, figure.unit
    if unit == "min" and abs(value) >= 120 and value % 30 == 0:
        value, unit = value / 60, "h"
    if unit == "share":
        value, unit = value * 100, "%"
    if unit == "days" and value >= 56 and value % 7 == 0:
        return f"{value / 7:g} weeks"
    if unit == "days" and value == 1:
        unit = "day"
    return f"{value:g} {unit}"


@register.filter
def sign(mark: Mark) -> str:
    return SIGNS[mark]


@register.filter
def as_hours(minutes: float) -> str:
    return f"{minutes / 60:g} h"


@register.filter
def clock(minute: Figure) -> str:
    """Minutes round the initial dose, as in T+1:30."""
    hours, rest = divmod(abs(minute.whole), 60)
    return f"T{'−' if minute.value < 0 else '+'}{hours}:{rest:02d}"


@register.filter
def spaced(name: str) -> str:
    """A name of the file as words: report_within, before-dose."""
    return name.replace("_", " ").replace("-", " ")


@register.simple_tag
def numbered(protocol: Protocol, source: Source) -> list[int]:
    """The numbers of a source in the list at the end of the page."""
    return [number for number, title in enumerate(protocol.sources.values(), start=1) if title in source.document]


@register.inclusion_tag("patients/_figure.html")
def figure(protocol: Protocol, figure: Figure) -> dict[str, Any]:
    return {"figure": figure, "numbers": numbered(protocol, figure.source)}


@register.inclusion_tag("patients/_source.html")
def source(protocol: Protocol, source: Source) -> dict[str, Any]:
    return {"source": source, "numbers": numbered(protocol, source)}


@register.inclusion_tag("patients/_picture.html")
def course_picture(protocol: Protocol) -> dict[str, Any]:
    """Every visit on its target day on a line of weeks, follow-ups after the last week at the right edge."""
    total = weeks(protocol)
    step = (WIDTH - 2 * MARGIN) / (total + 1)
    marks = [
        {"visit": place.visit, "x": round(MARGIN + place.day / 7 * step, 1), "y": LANES[place.visit.kind]}
        for place in places(protocol)
        if place.day <= total * 7
    ]
    ticks = [{"week": week, "x": round(MARGIN + (week - 1) * step, 1)} for week in range(1, total + 2)]
    return {"protocol": protocol, "marks": marks, "ticks": ticks, "weeks": total, "width": WIDTH, "margin": MARGIN}
