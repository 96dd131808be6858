"""Blocked dosing days as pages show them: the reasons for those who may read the screening, the fact for everybody else."""

from collections.abc import Sequence
from datetime import date

from accounts.models import User, grant_for
from patients.models import Course
from sessions.actions.blocking import outlooks_of
from sessions.models import Visit


def tell_blocked(visits: Sequence[Visit], *, user: User, on: date) -> list[Visit]:
    """Give each visit its `outlook` (None where nothing is to be said) and return those that are blocked.

    `reasons` is the outlook again for those who may read the screening, and None for everybody else.
    """
    standing = outlooks_of(visits, today=on)
    readable = _readable(visits, user, on) if standing else frozenset()
    for visit in visits:
        visit.outlook = standing.get(visit.pk)
        visit.reasons = visit.outlook if visit.course_id in readable else None
    return [visit for visit in visits if visit.outlook and visit.outlook.is_blocked]


def _readable(visits: Sequence[Visit], user: User, on: date) -> frozenset[int]:
    """Keys of the courses whose screening this person may read."""
    rows = Course.objects.visible_to(grant_for(user, "screening:course", on))
    return frozenset(rows.filter(pk__in={visit.course_id for visit in visits}).values_list("pk", flat=True))
