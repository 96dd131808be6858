"""Opening a course, its approvals, its care team, and its early end."""

import datetime as dt
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from accounts.models import Membership, User
from accounts.rules.access import Role
from accounts.rules.findings import Finding, Refused, refusal
from patients.actions.courses import move_course
from patients.models import Course, CourseApproval, CourseStep, Patient, ProtocolVersion, TeamMember
from patients.rules import approvals as approval_rules
from patients.rules import team as team_rules
from patients.rules import withdrawal


@dataclass(frozen=True, slots=True)
class NewApproval:
    kind: str
    authority: str
    reference: str
    approved_on: dt.date
    expires_on: dt.date


@transaction.atomic
def open_course(
    patient: Patient,
    *,
    protocol: ProtocolVersion,
    indication: str,
    access_route: str,
    approvals: list[NewApproval],
    by: User,
    at: dt.datetime,
    on: dt.date,
) -> Course:
    """Open a course in screening, pinned to one protocol version, on an access route with at least one approval in force.

    `on` is the day in the clinic's zone. Raises Refused with every reason.
    """
    reasons: list[Finding] = []
    if indication not in protocol.protocol.indications:
        reasons.append(refusal("course-indication", f"{protocol} does not allow the indication {indication}."))
    if access_route not in approval_rules.NEEDED:
        reasons.append(refusal("course-route", "Choose the access route: no course is opened without one."))
    if not any(approval.approved_on <= on <= approval.expires_on for approval in approvals):
        reasons.append(
            refusal("course-approval", "Record at least one approval of the access route that is in force today.")
        )
    if patient.courses.active().exists():
        reasons.append(_already_open())
    if reasons:
        raise Refused(reasons)
    try:
        with transaction.atomic():
            course = Course.objects.create(
                clinic_id=patient.clinic_id,
                patient=patient,
                protocol=protocol,
                indication=indication,
                access_route=access_route,
                opened_on=on,
            )
    except IntegrityError as race:
        raise Refused([_already_open()]) from race
    CourseStep.objects.create(course=course, state=course.state, by=by, at=at, reason="Course opened")
    for approval in approvals:
        record_approval(course, approval=approval, by=by, at=at)
    return course


@transaction.atomic
def record_approval(course: Course, *, approval: NewApproval, by: User, at: dt.datetime) -> CourseApproval:
    row = CourseApproval(
        course=course,
        kind=approval.kind,
        authority=approval.authority,
        reference=approval.reference,
        approved_on=approval.approved_on,
        expires_on=approval.expires_on,
    )
    row.full_clean()
    row.save(force_insert=True)
    return row


def approval_findings(course: Course, on: dt.date) -> list[Finding]:
    """What the course's access route needs, and whether it is in force on the day."""
    held = [
        approval_rules.Approval(row.kind, f"{row.authority}, {row.reference}", row.approved_on, row.expires_on)
        for row in course.approvals.all()
    ]
    return approval_rules.findings(course.access_route, held, on)


def team_refusals(membership: Membership, duty: str, on: dt.date) -> list[Finding]:
    """Why this member of the clinic may not take this duty on the day; empty when they may."""
    works_here = membership.in_force(on) and membership.user.is_active
    person = team_rules.Person(
        str(membership.user),
        frozenset(Role(role) for role in membership.roles) if works_here else frozenset(),
        tuple(team_rules.Held(row.kind, row.title, row.expires_on) for row in membership.credentials.all()),
    )
    return team_rules.refusals(person, duty, on)


@transaction.atomic
def assign_team(
    course: Course, *, members: dict[str, Membership | None], by: User, at: dt.datetime, on: dt.date
) -> list[TeamMember]:
    """Make these members the care team from `on`; `members` maps each duty to somebody, or to None for nobody.

    Who leaves stays on record until the day before. Raises Refused with every reason, in sentences.
    """
    Course.objects.select_for_update().get(pk=course.pk)
    current = {row.duty: row for row in TeamMember.objects.filter(course=course, ends_on=None).select_related("user")}
    chosen = {duty: member for duty, member in members.items() if member is not None}
    reasons: list[Finding] = []
    if not course.is_active:
        reasons.append(
            refusal("team-course", f"This course is {course.get_state_display().lower()}: its team is not changed.")
        )
    for duty, member in chosen.items():
        if member.clinic_id != course.clinic_id:
            raise ValueError("a member of another clinic")
        if duty not in current or current[duty].user_id != member.user_id:
            reasons += team_refusals(member, duty, on)
    after = {duty: row.user_id for duty, row in current.items() if duty not in members}
    reasons += team_rules.doubled(
        {**{d: str(user) for d, user in after.items()}, **{d: str(m.user_id) for d, m in chosen.items()}}
    )
    if reasons:
        raise Refused(reasons)
    for duty in members:
        row, member = current.get(duty), members[duty]
        if row and (member is None or member.user_id != row.user_id):
            _leave(row, on)
    return [
        TeamMember.objects.create(course=course, user=member.user, duty=duty, starts_on=on)
        for duty, member in chosen.items()
        if duty not in current or current[duty].user_id != member.user_id
    ]


def withdraw(course: Course, *, cause: str, words: str = "", by: User, at: dt.datetime) -> Course:
    """End a course early, for a reason that can be counted. Raises Refused. The calendar frees what is booked."""
    if reasons := withdrawal.refusals(cause, words):
        raise Refused(reasons)
    return move_course(course, to=Course.State.WITHDRAWN, by=by, at=at, reason=withdrawal.written(cause, words))


def _leave(row: TeamMember, on: dt.date) -> None:
    """End a duty the day before; one that began today never counted and is taken back (the audit keeps it)."""
    if row.starts_on >= on:
        row.delete()
    else:
        row.ends_on = on - dt.timedelta(days=1)
        row.save(update_fields=["ends_on"])


def _already_open() -> Finding:
    return refusal(
        "course-open", "This patient has a course under way. Finish or withdraw it before another is opened."
    )
