"""Booked dosing days that may not be held as things stand. Worked out whenever it is asked, so it is never out of date."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from django.db.models import prefetch_related_objects

from accounts.rules.findings import Finding, Outcome
from patients.models import Course
from patients.rules.protocol import VisitKind
from screening.actions.facts import outlooks_for
from screening.rules.booked import Outlook
from sessions.models import Visit


def outlooks_of(visits: Iterable[Visit], *, today: dt.date) -> dict[int, Outlook]:
    """What stands against each dosing day that is planned for today or later, by visit key, in a dozen queries or none.

    Needs the `course` of the visits with its "patient" and "clinic".
    """
    planned = [row for row in visits if row.kind == VisitKind.DOSING and row.state == Visit.State.PLANNED]
    coming = [row for row in planned if _day(row, row.ends_at) >= today]
    if not coming:
        return {}
    prefetch_related_objects([row.course for row in coming], "protocol")  # its text once for all courses
    booked: dict[Course, set[dt.date]] = defaultdict(set)
    for row in coming:
        booked[row.course].add(_day(row, row.starts_at))
    found = outlooks_for(booked, today=today)
    return {row.pk: _with_course(row.course, found[row.course_id][_day(row, row.starts_at)]) for row in coming}


def _day(row: Visit, instant: dt.datetime) -> dt.date:
    return instant.astimezone(row.course.clinic.zone).date()


def course_open(course: Course) -> Finding:
    """Whether the course is in a state in which somebody may be dosed."""
    if course.state in (Course.State.ELIGIBLE, Course.State.IN_TREATMENT):
        return Finding("course", Outcome.MET, f"The course is {course.get_state_display().lower()}.")
    sentence = f"The course is {course.get_state_display().lower()}. Nobody is dosed before screening says yes."
    return Finding("course", Outcome.NOT_MET, sentence)


def _with_course(course: Course, outlook: Outlook) -> Outlook:
    state = course_open(course)
    return replace(outlook, blocked=(state, *outlook.blocked)) if state.blocks else outlook
