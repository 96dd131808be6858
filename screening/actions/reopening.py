"""Decisions that something underneath has overtaken: noticed within the minute, whoever changed it, and told once.

Evidence, medicines, consents and the chart are written in several rooms, and an import writes many at a time; a round that
looks at what is there misses none of them. The calendar works its blocked days out by itself and needs no telling.
"""

import datetime as dt

from django.db import transaction

from patients.models import Course
from screening.actions.alerts import PAIR, PHYSICIAN, raise_alert, settle
from screening.actions.facts import candidates_at, newest_decisions, signed
from screening.models import Alert, Decision, Reopening
from screening.rules.candidate import Candidate
from screening.rules.decision import overtaken

TREATED = (Course.State.ELIGIBLE, Course.State.IN_TREATMENT)
TOLD = "The decision no longer stands, and no dosing day is held until a physician decides again."


def follow_decisions(*, at: dt.datetime) -> int:
    """Look at the decision of every course in treatment or about to be. Returns how many were found re-opened just now."""
    courses = Course.objects.filter(state__in=TREATED).select_related("patient", "clinic", "protocol")
    rows = list(courses)
    decisions, candidates = newest_decisions(rows), candidates_at(rows, at)
    reopened = {
        row.decision.course_id: row for row in Reopening.objects.filter(ended_at=None).select_related("decision")
    }
    told = 0
    for course in rows:
        decision, there = decisions.get(course.pk), reopened.pop(course.pk, None)
        if decision is None or decision.waits_for_second:
            continue  # it is being decided again just now
        because = _because(course, decision, candidates[course.pk])
        if there and there.decision != decision:
            end(course, ended=Reopening.End.DECIDED, at=at)
            there = None
        elif there and not because:
            end(course, ended=Reopening.End.STANDS, at=at)
        if because and not there:
            told += _begin(course, decision, because, at)
    for row in reopened.values():
        end(row.decision.course, ended=Reopening.End.OVER, at=at)
    return told


@transaction.atomic
def end(course: Course, *, ended: Reopening.End, at: dt.datetime) -> None:
    """The decision of a course is settled again, one way or another; whoever was told need not answer."""
    if Reopening.objects.filter(decision__course=course, ended_at=None).update(ended=ended, ended_at=at):
        settle(course, kind=Alert.Kind.REOPENED, done=f"Settled: {ended.label}.", at=at)


def _because(course: Course, decision: Decision, candidate: Candidate) -> list[str]:
    """What has overtaken a yes; nothing for a no."""
    if decision.answer != Decision.Answer.ELIGIBLE:
        return []
    return overtaken(signed(decision), candidate, course.protocol.sha256)


@transaction.atomic
def _begin(course: Course, decision: Decision, because: list[str], at: dt.datetime) -> bool:
    Course.objects.select_for_update().get(pk=course.pk)
    reopening, new = Reopening.objects.get_or_create(
        decision=decision, ended_at=None, defaults={"because": " ".join(because), "at": at}
    )
    if new:
        raise_alert(
            course,
            kind=Alert.Kind.REOPENED,
            reference=f"{decision.public_id}, {reopening.pk}",
            sentence=f"{TOLD} {' '.join(because)}",
            duties=(PHYSICIAN, *PAIR),
            by=None,
            at=at,
        )
    return new
