"""Booked dosing days that may not be held as things stand. Worked out whenever it is asked, so it is never out of date."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from accounts.rules.findings import Finding, Outcome
from patients.models import Course
from patients.rules.protocol import VisitKind
from screening.actions.facts import outlooks_for
from screening.rules.booked import Outlook
from sessions.models import Visit


def outlooks_of(visits: Iterable[Visit], *, today: dt.date) -> dict[int, Outlook]:
    """What stands against each dosing day that is planned for today or later, by visit key, in eight queries or none."""
    planned = [row for row in visits if row.kind == VisitKind.DOSING and row.state == Visit.State.PLANNED]
    if not planned:
        return {}
    courses = Course.objects.select_related("patient", "clinic", "protocol").in_bulk({row.course_id for row in planned})
    zones = {key: course.clinic.zone for key, course in courses.items()}
    coming = [row for row in planned if row.ends_at.astimezone(zones[row.course_id]).date() >= today]
    days = {row.pk: row.starts_at.astimezone(zones[row.course_id]).date() for row in coming}
    booked: dict[Course, set[dt.date]] = defaultdict(set)
    for row in coming:
        booked[courses[row.course_id]].add(days[row.pk])
    found = outlooks_for(booked, today=today)
    return {row.pk: _with_course(courses[row.course_id], found[row.course_id][days[row.pk]]) for row in coming}


def course_open(course: Course) -> Finding:
    """Whether the course is in a state in which somebody may be dosed."""
    if course.state in (Course.State.ELIGIBLE, Course.State.IN_TREATMENT):
        return Finding("course", Outcome.MET, f"The course is {course.get_state_display().lower()}.")
    sentence = f"The course is {course.get_state_display().lower()}. Nobody is dosed before screening says yes."
    return Finding("course", Outcome.NOT_MET, sentence)


def _with_course(course: Course, outlook: Outlook) -> Outlook:
    state = course_open(course)
    return replace(outlook, blocked=(state, *outlook.blocked)) if state.blocks else outlook
