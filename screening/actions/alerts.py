"""Telling the right people at once: suicide risk from wherever it was noticed, and whatever else cannot wait.

Rooms above raise with these; what was raised stays at the top of the pages of those who were told.
"""

import datetime as dt

from django.db import transaction

from accounts.models import Membership, User
from accounts.rules.access import Role
from accounts.rules.findings import Refused, refusal
from patients.models import Course, TeamMember
from screening.models import Alert, AlertReader, RiskReading
from screening.rules.suicide import Asked, Risk
from screening.rules.words import capital, said

PAIR = (TeamMember.Duty.LEAD, TeamMember.Duty.SECOND)
PHYSICIAN = TeamMember.Duty.PHYSICIAN


@transaction.atomic
def raise_risk(
    course: Course,
    *,
    risk: Risk | None,
    asked: Asked,
    reference: str,
    evidence: str,
    taken_on: dt.date,
    by: User,
    at: dt.datetime,
) -> RiskReading:
    """Keep one answer about suicide, low ones as well: a later low C-SSRS is what a physician may clear a high one on.

    `risk` None means that thoughts were reported or answers left open and no C-SSRS says how far: that blocks dosing
    until one is asked. A high or open answer tells the physician and the pair at once. The same answer, known by
    `asked` and `reference`, is kept once and tells nobody twice.
    """
    Course.objects.select_for_update().get(pk=course.pk)
    reading, new = RiskReading.objects.get_or_create(
        course=course,
        asked=asked,
        reference=reference,
        defaults={"risk": risk or "", "taken_on": taken_on, "evidence": evidence[:300], "by": by, "at": at},
    )
    if new and risk in (Risk.HIGH, None):
        raise_alert(
            course,
            kind=Alert.Kind.SUICIDE_RISK,
            reference=f"{asked}: {reference}",
            sentence=_told(risk, asked, taken_on),
            duties=(PHYSICIAN, *PAIR),
            by=by,
            at=at,
        )
    return reading


@transaction.atomic
def raise_alert(
    course: Course,
    *,
    kind: str,
    reference: str,
    sentence: str,
    duties: tuple[str, ...],
    by: User | None,
    at: dt.datetime,
) -> Alert:
    """Tell whoever has these duties on the course now, once for each `reference`. `by` None: nobody had to notice it.

    Where nobody has the physician's duty, every physician of the clinic is told instead.
    """
    alert, new = Alert.objects.get_or_create(
        course=course,
        kind=kind,
        reference=reference,
        defaults={"sentence": sentence[:300], "raised_by": by, "raised_at": at},
    )
    if new:
        AlertReader.objects.bulk_create(
            AlertReader(alert=alert, user=user, duty=duty) for user, duty in _readers(course, duties, at).items()
        )
    return alert


@transaction.atomic
def acknowledge(reader: AlertReader, *, done: str, by: User, at: dt.datetime) -> AlertReader:
    """Answer an alert by name with what was done. Raises Refused without words, for somebody else, or a second time."""
    reasons = []
    if reader.user_id != by.pk:
        reasons.append(refusal("not-told", "Only the person who was told answers an alert."))
    if not done.strip():
        reasons.append(refusal("done", "Say what was done: whom you reached, what was agreed, what comes next."))
    if reasons:
        raise Refused(reasons)
    moved = AlertReader.objects.filter(pk=reader.pk, acknowledged_at=None).update(acknowledged_at=at, done=done.strip())
    if not moved:
        raise Refused([refusal("answered", "This alert has been answered already. Open the page again to read it.")])
    reader.refresh_from_db()
    return reader


def settle(course: Course, *, kind: str, done: str, at: dt.datetime) -> None:
    """Take an alert off the pages of those who have not answered it: what it asked for has happened."""
    waiting = AlertReader.objects.filter(alert__course=course, alert__kind=kind, acknowledged_at=None)
    waiting.update(acknowledged_at=at, done=done)


def _told(risk: Risk | None, asked: Asked, taken_on: dt.date) -> str:
    where = f"{capital(asked)}, {said(taken_on)}"
    if risk is Risk.HIGH:
        return f"{where}: high risk of suicide. Stay with the patient, make the safety plan, no dosing."
    return f"{where}: thoughts of suicide, and no C-SSRS says how far they go. Ask it today."


def _readers(course: Course, duties: tuple[str, ...], at: dt.datetime) -> dict[User, str]:
    on = at.astimezone(course.clinic.zone).date()
    team = course.team.select_related("user").filter(duty__in=duties)
    readers = {member.user: str(member.duty) for member in team if member.in_force(on)}
    if PHYSICIAN in duties and PHYSICIAN not in readers.values():
        members = Membership.objects.filter(clinic=course.clinic_id).holding(Role.PHYSICIAN, on).select_related("user")
        readers |= {row.user: str(PHYSICIAN) for row in members if row.user not in readers}
    return readers
