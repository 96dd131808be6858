import datetime as dt

from django.db import transaction

from accounts.models import User
from accounts.rules.findings import Refused, refusal
from patients.models import Course, CourseStep
from patients.rules.course import refusals


@transaction.atomic
def move_course(course: Course, *, to: str, by: User | None, at: dt.datetime, reason: str = "") -> Course:
    """Move a course to another state and note who, when and why.

    Raises Refused when the step is not in the table, or when somebody has moved the course meanwhile.
    """
    if reasons := refusals(course.state, to, reason):
        raise Refused(reasons)
    moved = Course.objects.filter(pk=course.pk, state=course.state).update(state=to, version=course.version + 1)
    if not moved:
        raise Refused([refusal("course-moved", "Somebody else has just changed this course. Open it again.")])
    CourseStep.objects.create(course=course, state=to, by=by, at=at, reason=reason)
    course.refresh_from_db()
    return course


def note_dosing(course: Course, *, on: dt.date) -> None:
    """Note the last day on which a dose was given; an earlier one than is known changes nothing."""
    Course.objects.filter(pk=course.pk).exclude(dosed_on__gte=on).update(dosed_on=on)
