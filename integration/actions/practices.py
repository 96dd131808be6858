import datetime as dt

from django.db import IntegrityError, transaction

from accounts.actions.editing import edit
from accounts.models import User
from accounts.rules.findings import Refused, refusal
from integration.models import Insight, Practice, PracticeDone
from patients.models import Course
from sessions.models import Visit


@transaction.atomic
def record_insight(course: Course, *, text: str, visit: Visit | None, by: User, at: dt.datetime) -> Insight:
    """Keep an insight as it was said. Raises Refused when nothing was said."""
    if not text.strip():
        raise Refused([refusal("empty", "Write the insight down first.")])
    return Insight.objects.create(course=course, text=text.strip(), visit=visit, by=by, at=at)


@transaction.atomic
def begin_practice(
    course: Course,
    *,
    title: str,
    times_a_week: int,
    started_on: dt.date,
    by: User,
    at: dt.datetime,
    insight: Insight | None = None,
) -> Practice:
    """Begin a practice on one to seven days a week."""
    return Practice.objects.create(
        course=course,
        title=title,
        times_a_week=times_a_week,
        started_on=started_on,
        insight=insight,
        by=by,
        at=at,
    )


@transaction.atomic
def record_done(practice: Practice, *, on: dt.date, by: User, at: dt.datetime, note: str = "") -> PracticeDone:
    """Note that a practice was done on a day, once. Raises Refused for a day outside the practice or noted already."""
    today = at.astimezone(practice.course.clinic.zone).date()
    if on > today:
        raise Refused([refusal("in_future", "That day has not come yet.")])
    if on < practice.started_on or (practice.ended_on and on > practice.ended_on):
        raise Refused([refusal("outside", "The practice did not run on that day.")])
    try:
        with transaction.atomic():
            return PracticeDone.objects.create(practice=practice, on=on, note=note, by=by, at=at)
    except IntegrityError as problem:
        raise Refused([refusal("noted", f"{on:%-d %B} is noted already.")]) from problem


@transaction.atomic
def end_practice(practice: Practice, *, on: dt.date, version: int, by: User) -> Practice:
    """End a practice; what was done stays. Raises Stale when somebody else changed it."""
    return edit(practice, version=version, by=by, ended_on=max(on, practice.started_on))
