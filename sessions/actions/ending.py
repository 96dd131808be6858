import datetime as dt

from accounts.rules.findings import Refused
from patients.models import Course
from sessions.actions.events import cancel
from sessions.models import Visit

ENDED = (Course.State.EXCLUDED, Course.State.WITHDRAWN)


def free_what_ended_courses_hold(*, at: dt.datetime) -> int:
    """Cancel what is still planned ahead for courses that were withdrawn or excluded; returns how many visits.

    A course ends in a lower room, which knows no calendar. May be called again and again, by several workers at once.
    """
    freed = 0
    for visit in Visit.objects.filter(
        state=Visit.State.PLANNED, starts_at__gt=at, course__state__in=ENDED
    ).select_related("course"):
        reason = f"The course is {visit.course.get_state_display().lower()}"
        try:
            cancel(visit, reason=reason, version=visit.version, by=None, at=at)
        except Refused:  # somebody else has just changed this visit: the next round looks again
            continue
        freed += 1
    return freed
