"""Measures, ratings and well-being checks whose day has come."""

import datetime as dt

from django.urls import reverse

from integration.actions.outcomes import Task, ratings_of, tasks_of
from integration.rules.due import Timing
from reports.actions.today.lines import Line, Section, section
from reports.actions.today.reader import Reader
from screening.actions.tapering import watches_of


def ratings_due(reader: Reader) -> Section:
    """By chart number and day: the number of the visit would tell a blinded rater too much."""
    soon = reader.on + dt.timedelta(days=14)
    rows = ratings_of(reader.measured("integration:ratings"), by=reader.user, as_of=reader.on)
    lines = [
        Line(f"CAPS-5 with chart {row.course.patient.chart_number}", _sheet(row), _day(row), "", *_late(row))
        for row in rows
        if row.open or (row.due.timing is Timing.AHEAD and row.due.on and row.due.on <= soon)
    ]
    return section(
        "Ratings due", "No rating in the next two weeks.", lines, reverse("integration:ratings"), "All your ratings"
    )


def measures_due(reader: Reader) -> Section:
    """What the treating team has to ask and enter; ratings are the rater's."""
    rows = tasks_of(reader.measured("integration:assess").active(), by=reader.user, as_of=reader.on)
    lines = [
        Line(f"{row.due.instrument}, {row.course.patient}", _sheet(row), _day(row), "", *_late(row))
        for row in rows
        if row.open and row.slug
    ]
    return section("Measures to enter", "No measure is due.", lines)


def well_being_due(reader: Reader) -> Section:
    """Who is to be asked how they are: a taper or a washout runs, and the week is over."""
    rows = {row.pk: row for row in reader.measured("screening:check").active()}
    due = [
        (rows[key], watch) for key, watch in watches_of(rows.values(), reader.on).items() if watch.due_on <= reader.on
    ]
    lines = [
        Line(
            str(course.patient),
            reverse("screening:check", args=[course.public_id]),
            detail=watch.words(reader.on),
            tone="attention" if watch.late(reader.on) else "",
        )
        for course, watch in sorted(due, key=lambda pair: pair[1].due_on)
    ]
    return section("Well-being checks due", "Nobody in a taper or washout waits to be asked.", lines)


def _sheet(task: Task) -> str:
    return reverse("integration:assess", args=[task.course.public_id, task.slug, task.visit_id])


def _day(task: Task) -> str:
    return f"{task.due.on:%a} {task.due.on.day} {task.due.on:%b}" if task.due.on else ""


def _late(task: Task) -> tuple[str, str]:
    """How late, in words, and the tone it is said in."""
    if not task.late:
        return ("Begun, not signed", "") if task.due.timing is Timing.STARTED else ("", "")
    return f"{task.late} day{'' if task.late == 1 else 's'} late", "attention"
