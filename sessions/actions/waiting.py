"""Who waits for a plan: eligible courses without a visit in the calendar. Writes nothing."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from accounts.models import Clinic
from patients.models import Course
from sessions.actions.planning import washouts_of
from sessions.models import Visit
from sessions.rules.preferences import Preference


@dataclass(frozen=True, slots=True)
class Waiting:
    """One course that waits: since when, until which day for a washout, for what, and with whom."""

    course: Course
    since: dt.date
    clear_from: dt.date | None
    unknown: tuple[str, ...]
    preferences: tuple[Preference, ...]


def courses_waiting(clinic: Clinic) -> QuerySet[Course]:
    """Eligible courses of the clinic without a visit, the most urgent first, then those that have waited longest."""
    standing = Visit.objects.standing().filter(course=OuterRef("pk"))
    rows = Course.objects.filter(~Exists(standing), clinic=clinic, state=Course.State.ELIGIBLE)
    since = Max("steps__at", filter=Q(steps__state=Course.State.ELIGIBLE))
    return rows.annotate(since=since).order_by("-priority", "since", "pk")


def waiting_in(clinic: Clinic, *, today: dt.date) -> list[Waiting]:
    """Everybody who waits, in their order; the number of queries is fixed."""
    rows = courses_waiting(clinic).select_related("clinic", "patient", "protocol")
    courses = list(rows.prefetch_related("team__user", "preferences__person"))
    washouts = washouts_of(courses, today) if courses else {}
    return [
        Waiting(
            course,
            course.since.astimezone(clinic.zone).date() if course.since else course.opened_on,
            *washouts[course.pk],
            tuple(row.asked for row in course.preferences.all()),
        )
        for course in courses
    ]
