"""Draws a document's pictures: the ribbon from its template, the plots from their specifications."""

from dataclasses import replace
from typing import Any

from django.template.loader import render_to_string

from integration.rules.pictures import describe, outcome_picture
from patients.models import Course
from patients.rules.protocol import VisitKind
from reports.actions.course_facts import scores_of, visits_in_order
from reports.models import Report
from reports.rules import plots
from reports.rules.documents import Contents
from reports.rules.papers import DoseLine, Paper, Picture
from sessions.models import Visit
from sessions.rules import ribbon
from sessions.rules.picture import Stop


def drawn(specification: dict[str, Any]) -> str:
    """The SVG of a Vega-Lite specification."""
    import vl_convert  # here: the library hangs in a process that was forked after it was loaded

    return str(vl_convert.vegalite_to_svg(specification))


def pictures_of(report: Report, paper: Paper) -> Paper:
    """The paper with its pictures, each with the words that stand for it."""
    if paper.letter or paper.safety_plan:
        return paper
    paper = replace(paper, ribbon=course_ribbon(report.course, paper))
    if paper.readings:
        plot = plots.vital_signs(paper.readings, paper.doses, paper.limits)
        paper = replace(paper, vital_plot=Picture(drawn(plot), plots.vital_signs_in_words(paper.readings, paper.doses)))
    if report.visit is None and paper.is_clinical:
        scores = [charted for charted in scores_of(report.course) if charted.scored]
        charts = tuple(
            Picture(drawn(outcome_picture(charted, for_print=True)), describe(charted), charted.instrument)
            for charted in scores
        )
        paper = replace(paper, outcome_plots=charts)
    return paper


def course_ribbon(course: Course, paper: Paper) -> Picture | None:
    """The course in weeks; None before anything is booked."""
    visits = visits_in_order(course)
    if not visits:
        return None
    doses: dict[str, list[DoseLine]] = {}
    for dose in paper.doses if paper.contents != Contents.OFFICE else ():
        doses.setdefault(dose.day, []).append(dose)
    today = paper.printed_at.date()
    stops = [_stop(visit, today, doses.get(visit.code, [])) for visit in visits if visit.kind != VisitKind.CALL]
    picture = ribbon.draw(stops, title="The course in weeks", today=today)
    page = render_to_string("parts/_ribbon.html", {"picture": picture, "printed": True, "table": False})
    svg = page[page.index("<svg") : page.index("</svg>") + len("</svg>")]
    return Picture(svg, f"{picture.title}. {picture.description}")


def _stop(visit: Visit, today: Any, doses: list[DoseLine]) -> Stop:
    day = visit.starts_at.astimezone(visit.course.clinic.zone).date()
    given = " + ".join(dose.milligrams.removesuffix(" mg") for dose in doses)
    return Stop(
        code=visit.code,
        kind=VisitKind(visit.kind),
        title=visit.title,
        state=ribbon.state_of(visit.state, day, today),
        day=day,
        when=f"{day:%a} {day.day} {day:%b}",
        dose=f"{given} mg" if given else "",
    )
