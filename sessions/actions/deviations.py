"""Signing a departure from the protocol. The planner then plans within what was signed, and no further."""

import datetime as dt

from django.db import transaction

from accounts.models import User
from accounts.rules.findings import Refused
from patients.models import Course, TeamMember
from sessions.actions.booking import locked
from sessions.models import Deviation
from sessions.rules.deviations import MEANING, Departure, refusals, window_of
from sessions.rules.notes import digest


@transaction.atomic
def sign_deviation(
    course: Course,
    *,
    code: str,
    earliest: int | None = None,
    latest: int | None = None,
    reason: str,
    password: str,
    by: User,
    at: dt.datetime,
) -> Deviation:
    """Allow one visit another window, or with both days None one therapist. Raises Refused with every reason."""
    course = locked(course)
    visit = course.plan.visit(code)
    departure = Departure(visit, earliest, latest, reason, by.check_password(password), may_sign(course, by, at))
    if reasons := refusals(departure):
        raise Refused(reasons)
    row = Deviation(
        course=course,
        code=code,
        rule=Deviation.Rule.WINDOW if departure.is_window else Deviation.Rule.ALONE,
        said=window_of(visit) if departure.is_window else "two therapists",
        allowed=f"{earliest} to {latest} days after {visit.anchor}" if departure.is_window else "one therapist",
        earliest=earliest,
        latest=latest,
        reason=reason.strip(),
        signer=by,
        printed_name=str(by),
        meaning=MEANING,
        at=at,
    )
    row.digest = digest(content_of(row))
    row.save()
    return row


def content_of(row: Deviation) -> dict[str, object]:
    """What the digest of a deviation covers."""
    return {
        "course": str(row.course.public_id),
        "code": row.code,
        "rule": str(row.rule),
        "said": row.said,
        "allowed": row.allowed,
        "reason": row.reason,
        "signer": row.signer_id,
        "printed_name": row.printed_name,
        "meaning": row.meaning,
        "at": row.at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
    }


def is_genuine(row: Deviation) -> bool:
    """Whether what was signed is still what is there."""
    return digest(content_of(row)) == row.digest


def may_sign(course: Course, user: User, at: dt.datetime) -> bool:
    """Whether this person is a physician of the clinic or leads the course."""
    on = at.astimezone(course.clinic.zone).date()
    leads = [member.user_id for member in course.members(on) if member.duty == TeamMember.Duty.LEAD]
    physician = any(
        membership.clinic_id == course.clinic_id and "physician" in membership.held
        for membership in user.current_memberships(on)
    )
    return physician or user.pk in leads
