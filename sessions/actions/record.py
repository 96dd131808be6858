"""Holding a session: it begins, therapists come and go, it closes."""

import datetime as dt

from django.db import transaction

from accounts.models import User
from accounts.rules.findings import Finding, Outcome, Refused, refusal
from patients.actions.courses import move_course
from patients.models import Course
from patients.rules.protocol import VisitKind
from sessions.models import Presence, TherapySession, Visit
from sessions.rules.dosing import State

EARLIEST_ENTRY = dt.timedelta(hours=18)
"""How long after it happened an arrival or leaving may still be written down."""


def first_state(visit: Visit) -> State:
    return State.PREPARING if visit.kind == VisitKind.DOSING else State.OPEN


@transaction.atomic
def hold(visit: Visit) -> TherapySession:
    """The session of a visit, made if there is none yet, locked until the transaction ends.

    Raises Refused for a visit that was cancelled or missed.
    """
    # The course first, as everywhere: a decision or a withdrawal comes before what is done here, or waits for it.
    Course.objects.select_for_update().get(pk=visit.course_id)
    visit = (
        Visit.objects.select_for_update(of=("self",))
        .select_related("course__patient", "course__clinic", "course__protocol")
        .get(pk=visit.pk)
    )
    session = TherapySession.objects.filter(visit=visit).first()
    if session is None:
        if visit.state != Visit.State.PLANNED:
            raise Refused(
                [refusal("visit", f"This visit is {visit.get_state_display().lower()}. Nothing is recorded.")]
            )
        session = TherapySession.objects.create(visit=visit, state=first_state(visit))
    session = TherapySession.objects.select_for_update().get(pk=session.pk)
    session.visit = visit
    return session


def ensure_unsigned(session: TherapySession) -> None:
    """Raises Refused once the record is signed; the database refuses it as well."""
    if session.notes.filter(kind="record", signed_at__isnull=False).exists():
        raise Refused([refusal("signed", "The record of this session is signed. Write an addendum to the note.")])


@transaction.atomic
def arrive(visit: Visit, *, therapist: User, by: User, at: dt.datetime, now: dt.datetime) -> Presence:
    """Write down that a therapist came into the session at `at`. The first arrival begins the treatment.

    Raises Refused for a time in the future or long past, somebody who is not on the pair, or is there already.
    """
    session = hold(visit)
    ensure_unsigned(session)
    reasons = _untimely(at, now)
    if therapist not in allowed_therapists(session.visit):
        reasons.append(refusal("pair", f"{therapist} is not a therapist of this visit."))
    if session.presences.filter(therapist=therapist, left_at=None).exists():
        reasons.append(refusal("present", f"{therapist} is already here."))
    if session.presences.filter(therapist=therapist, left_at__gt=at).exists():
        reasons.append(refusal("overlap", f"{therapist} was already here at that time."))
    if session.has_ended:
        reasons.append(refusal("ended", "This session has ended."))
    if reasons:
        raise Refused(reasons)
    course = session.visit.course
    if course.state == Course.State.ELIGIBLE:
        move_course(course, to=Course.State.IN_TREATMENT, by=by, at=now)
    return Presence.objects.create(session=session, therapist=therapist, arrived_at=at, recorded_by=by)


@transaction.atomic
def leave(visit: Visit, *, therapist: User, by: User, at: dt.datetime, now: dt.datetime) -> Presence:
    """Write down that a therapist left at `at`. Raises Refused when they are not there or the time cannot be."""
    session = hold(visit)
    ensure_unsigned(session)
    present = session.presences.select_for_update().filter(therapist=therapist, left_at=None).first()
    if present is None:
        raise Refused([refusal("absent", f"{therapist} is not here.")])
    reasons = _untimely(at, now)
    if at <= present.arrived_at:
        reasons.append(refusal("order", "Nobody leaves before they arrive."))
    if reasons:
        raise Refused(reasons)
    present.left_at = at
    present.save(update_fields=["left_at"])
    return present


@transaction.atomic
def complete(visit: Visit, *, by: User, at: dt.datetime) -> Visit:
    """Mark a visit that has no session of its own, a rating or a follow-up, as held. Marking it twice changes nothing.

    Raises Refused before the visit begins, and for one that was cancelled, missed or has a session.
    """
    visit = Visit.objects.select_for_update().get(pk=visit.pk)
    if visit.state == Visit.State.DONE:
        return visit
    reasons = []
    if visit.state != Visit.State.PLANNED:
        reasons.append(refusal("visit", f"This visit is {visit.get_state_display().lower()}: it was not held."))
    if at < visit.starts_at:
        reasons.append(refusal("future", "This visit is still to come."))
    if TherapySession.objects.filter(visit=visit).exists():
        reasons.append(refusal("session", "This visit has a session: close the session, and the visit is done."))
    if reasons:
        raise Refused(reasons)
    visit.state = Visit.State.DONE
    visit.version += 1
    visit.save(update_fields=["state", "version"])
    return visit


def allowed_therapists(visit: Visit) -> list[User]:
    """The therapists allocated to the visit; the course's pair where nobody is allocated."""
    return visit.therapists or visit.course.pair(visit.starts_at.date())


def _untimely(at: dt.datetime, now: dt.datetime) -> list[Finding]:
    if at > now:
        return [refusal("future", "This time is still to come.")]
    if at < now - EARLIEST_ENTRY:
        return [Finding("past", Outcome.NOT_MET, "This time is too long ago. Write it into the note instead.")]
    return []
