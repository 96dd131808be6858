"""Booking a whole course: all or nothing, and never two things in one place at a time.

Returns the visits that were written; whatever follows from them (reminders, reports) is read from their rows.
"""

import datetime as dt
from collections.abc import Collection

from django.db import transaction

from accounts.models import User
from accounts.rules.findings import Finding, Refused, refusal
from patients.actions.care import assign_team
from patients.models import Course, TeamMember
from sessions.actions.planning import request_for
from sessions.actions.writing import Planned, hold_calendar, look_again, write
from sessions.models import Rearrangement, Visit
from sessions.rules.checking import check
from sessions.rules.planning import Plan, Wish


@transaction.atomic
def book(course: Course, *, plan: Plan, wish: Wish, by: User, at: dt.datetime) -> list[Visit]:
    """Write every visit of a plan that is not yet as planned: new ones are created, those elsewhere are moved.

    The plan is checked again, by code that the planner does not share, against the calendar as it is now. Returns the
    visits that were created or moved; raises Refused with every reason, and then nothing is written.
    """
    hold_calendar(course.clinic)
    course = locked(course)
    request = request_for(course, wish=wish, as_of=at)
    if faults := check(plan, request):
        raise Refused([*faults, look_again()])
    settle_pair(course, plan, by=by, at=at)
    planned = Planned(course, plan, request, {})
    _, visits = write(course.clinic, [planned], kind=Rearrangement.Kind.BOOKED, reason="", by=by, at=at)
    return visits


def locked(course: Course) -> Course:
    """The course, held until the transaction ends. Raises Refused when it is over."""
    return all_locked([course.pk])[course.pk]


def all_locked(keys: Collection[int]) -> dict[int, Course]:
    """The courses, all held until the transaction ends, in one order for everybody. Raises Refused when one is over."""
    rows = Course.objects.select_for_update(of=("self",)).select_related("clinic", "patient", "protocol")
    courses = {course.pk: course for course in rows.filter(pk__in=keys).order_by("pk")}
    for course in courses.values():
        if not course.is_active:
            state = course.get_state_display().lower()
            raise Refused([refusal("course_closed", f"This course is {state}: nothing more is booked for it.")])
    return courses


def refusals_to_change(visit: Visit, *, version: int) -> list[Finding]:
    """Every reason why this visit may not be moved or taken out of the calendar."""
    reasons = []
    if visit.state != Visit.State.PLANNED:
        reasons.append(refusal("state", f"{visit} is {visit.get_state_display().lower()} and stays as it is."))
    if visit.version != version:
        sentence = f"Somebody else has changed {visit} meanwhile. Look at it again before you change it."
        reasons.append(refusal("changed", sentence))
    return reasons


def settle_pair(course: Course, plan: Plan, *, by: User, at: dt.datetime) -> None:
    """A plan found for another pair than the care team's makes that pair the care team."""
    on = at.astimezone(course.clinic.zone).date()
    if [str(user.pk) for user in course.pair(on)] == list(plan.pair):
        return
    members = {str(m.user_id): m for m in course.clinic.memberships.filter(user__in=plan.pair).select_related("user")}
    duties = (TeamMember.Duty.LEAD, TeamMember.Duty.SECOND)
    chosen = {duty.value: members[key] for duty, key in zip(duties, plan.pair, strict=True)}
    assign_team(course, members=chosen, by=by, at=at, on=on)
