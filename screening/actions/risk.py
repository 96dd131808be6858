"""Suicide risk of a course as it stands, its safety plan, and the physician's clearing."""

import datetime as dt
from collections.abc import Iterable, Mapping

from django.db import transaction

from accounts.models import User
from accounts.rules.access import Role
from accounts.rules.findings import Finding, Refused
from patients.models import Course
from screening.models import RiskClearing, RiskReading, SafetyPlan
from screening.models.record import CourseRecordQuerySet
from screening.rules import safety, suicide
from screening.rules.suicide import Asked, Clearing, Flag, Reading, Risk


def readings_of(courses: Iterable[Course]) -> dict[int, list[Reading]]:
    """Every answer about suicide by course key, in the order in which it was recorded. One query."""
    rows = {course.pk: course for course in courses}
    found: dict[int, list[Reading]] = {key: [] for key in rows}
    for row in RiskReading.objects.filter(course__in=rows).select_related("clearing__by"):
        found[row.course_id].append(_reading(row, rows[row.course_id]))
    return found


def flag_of(course: Course) -> Flag | None:
    """The flag that stands on a course, if one does."""
    return suicide.flag(readings_of([course])[course.pk])


def flags_among(rows: CourseRecordQuerySet) -> list[tuple[Course, Flag]]:
    """The flags that stand, of whatever readings somebody may see. One query."""
    of_course: dict[Course, list[Reading]] = {}
    for row in rows.select_related("course__clinic", "clearing__by"):
        of_course.setdefault(row.course, []).append(_reading(row, row.course))
    flags = [(course, suicide.flag(readings)) for course, readings in of_course.items()]
    return [(course, flag) for course, flag in flags if flag]


def risk_findings(courses: Iterable[Course]) -> dict[int, Finding]:
    """Whether suicide risk stands against dosing, by course key."""
    return {key: suicide.standing(readings) for key, readings in readings_of(courses).items()}


@transaction.atomic
def keep_safety_plan(
    course: Course, *, words: Mapping[str, str], version: int, by: User, at: dt.datetime
) -> SafetyPlan:
    """Keep a new version of the safety plan. `version` is the one that was shown, 0 for none.

    Raises Refused for empty headings, and when somebody else has written a version meanwhile.
    """
    Course.objects.select_for_update().get(pk=course.pk)
    reasons = safety.refusals(words)
    newest = course.safety_plans.first()
    if (newest.version if newest else 0) != version:
        reasons.append(safety.OVERTAKEN)
    if reasons:
        raise Refused(reasons)
    said = {heading.code: words.get(heading.code, "").strip() for heading in safety.HEADINGS}
    return SafetyPlan.objects.create(course=course, version=version + 1, words=said, by=by, at=at)


def clearing_refusals(course: Course, *, reason: str, by: User, at: dt.datetime) -> list[Finding]:
    """Every reason why this person may not clear the flag now."""
    plan = course.safety_plans.first()
    return suicide.clearing_refusals(
        readings_of([course])[course.pk],
        is_physician=Role.PHYSICIAN in by.roles_in(course.clinic_id, at.astimezone(course.clinic.zone).date()),
        reason=reason,
        plan_made_at=plan.at if plan else None,
    )


@transaction.atomic
def clear_risk(course: Course, *, reason: str, by: User, at: dt.datetime) -> RiskClearing:
    """A physician clears high risk in writing; it rests on the newest C-SSRS. Raises Refused with every reason."""
    Course.objects.select_for_update().get(pk=course.pk)
    if reasons := clearing_refusals(course, reason=reason, by=by, at=at):
        raise Refused(reasons)
    newest = course.risk_readings.exclude(risk="").last()
    return RiskClearing.objects.create(reading=newest, reason=reason.strip(), by=by, at=at)


def _reading(row: RiskReading, course: Course) -> Reading:
    clearing = row.clearing if hasattr(row, "clearing") else None
    zone = course.clinic.zone
    return Reading(
        risk=Risk(row.risk) if row.risk else None,
        asked=Asked(row.asked),
        taken_on=row.taken_on,
        at=row.at,
        evidence=row.evidence,
        clearing=Clearing(str(clearing.by), clearing.at.astimezone(zone).date(), clearing.reason) if clearing else None,
    )
