"""What became of a visit: cancelled, cancelled late, missed, begun late. Told with a reason, and taken back when wrong."""

import datetime as dt

from django.db import transaction

from accounts.models import User
from accounts.rules.findings import Refused, refusal
from sessions.actions.booking import refusals_to_change
from sessions.actions.writing import GivenUp, values_of, write
from sessions.models import Rearrangement, Visit, VisitEvent
from sessions.models.changes import SETTLING

LATE = dt.timedelta(hours=48)
"""A visit called off within this time before it begins was called off late (clinic's own, not verified)."""
STATES = {
    VisitEvent.Kind.CANCELLED: Visit.State.CANCELLED,
    VisitEvent.Kind.LATE_CANCEL: Visit.State.CANCELLED,
    VisitEvent.Kind.NO_SHOW: Visit.State.MISSED,
}


def cancel(visit: Visit, *, reason: str, version: int, by: User | None, at: dt.datetime) -> Visit:
    """Take a planned visit out of the calendar and free everybody in it. The row stays, with its reason."""
    return _call_off(visit, kind_of_cancel(visit, at), reason=reason, version=version, by=by, at=at)


def record_missed(visit: Visit, *, reason: str, version: int, by: User, at: dt.datetime) -> Visit:
    """The patient did not come. Free the time that is left; the row stays, with its reason."""
    return _call_off(visit, VisitEvent.Kind.NO_SHOW, reason=reason, version=version, by=by, at=at)


def kind_of_cancel(visit: Visit, at: dt.datetime) -> VisitEvent.Kind:
    """Whether calling the visit off at this moment is late."""
    return VisitEvent.Kind.LATE_CANCEL if visit.starts_at - at < LATE else VisitEvent.Kind.CANCELLED


@transaction.atomic
def record_late_start(visit: Visit, *, minutes: int, reason: str, by: User, at: dt.datetime) -> VisitEvent:
    """The visit began so many minutes late, and why. Its place in the calendar stays as it is."""
    visit = Visit.objects.select_for_update().get(pk=visit.pk)
    reasons = []
    if not visit.is_standing:
        reasons.append(refusal("state", f"{visit} is {visit.get_state_display().lower()}: it did not begin."))
    if at < visit.starts_at:
        reasons.append(refusal("not_yet", "This visit has not begun yet."))
    if not 0 < minutes <= visit.minutes:
        reasons.append(refusal("minutes", f"Give the minutes from 1 to {visit.minutes}, the length of the visit."))
    if not reason.strip():
        reasons.append(refusal("reason", "Say why it began late."))
    if reasons:
        raise Refused(reasons)
    return VisitEvent.objects.create(
        visit=visit, kind=VisitEvent.Kind.LATE_START, minutes=minutes, reason=reason.strip(), by=by, at=at
    )


@transaction.atomic
def take_back_late_start(event: VisitEvent, *, reason: str, by: User, at: dt.datetime) -> VisitEvent:
    """It was told in error. Raises Refused when it is taken back already, or without a reason."""
    event = VisitEvent.objects.select_for_update(of=("self",)).get(pk=event.pk)
    reasons = []
    if event.kind != VisitEvent.Kind.LATE_START or hasattr(event, "undone_by"):
        reasons.append(refusal("event", "There is nothing to take back."))
    if not reason.strip():
        reasons.append(refusal("reason", "Say why it is taken back."))
    if reasons:
        raise Refused(reasons)
    return VisitEvent.objects.create(
        visit=event.visit, kind=VisitEvent.Kind.TAKEN_BACK, reason=reason.strip(), by=by, at=at, undoes=event
    )


@transaction.atomic
def _call_off(
    visit: Visit, kind: VisitEvent.Kind, *, reason: str, version: int, by: User | None, at: dt.datetime
) -> Visit:
    gave_up = give_up(visit, kind, reason=reason, version=version, at=at)
    says = Rearrangement.Kind.MISSED if kind == VisitEvent.Kind.NO_SHOW else Rearrangement.Kind.CANCELLED
    write(visit.course.clinic, [], kind=says, reason=reason.strip(), by=by, at=at, gave_up=[gave_up])
    return gave_up.visit


def give_up(visit: Visit, kind: VisitEvent.Kind, *, reason: str, version: int, at: dt.datetime) -> GivenUp:
    """Take a planned visit out of the calendar, inside somebody's transaction. Raises Refused with every reason."""
    row = Visit.objects.select_for_update().get(pk=visit.pk)
    reasons = refusals_to_change(row, version=version)
    if kind == VisitEvent.Kind.NO_SHOW and at < row.starts_at:
        sentence = "This visit has not begun, so nobody has missed it. Cancel or move it."
        reasons.append(refusal("not_yet", sentence))
    if not reason.strip():
        reasons.append(refusal("reason", "Say why: the chart and the people who wait for this visit need the reason."))
    if reasons:
        raise Refused(reasons)
    before = values_of(row)
    row.state, row.state_reason = STATES[kind], reason.strip()
    row.schedule_version += 1
    row.version += 1
    row.settles_at = at + SETTLING
    row.save(update_fields=["state", "state_reason", "schedule_version", "version", "settles_at"])
    row.allocations.filter(active=True).update(active=False)
    return GivenUp(row, kind, before, reason.strip())
