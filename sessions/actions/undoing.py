"""Taking a change of the calendar back: every visit of it goes back to where it was, or none does."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.models import Clinic, User
from accounts.rules.findings import Finding, Refused, refusal
from patients.models import Course
from sessions.actions.writing import OVERLAP, allocations_of, hold_calendar, in_order, remember, values_of
from sessions.models import (
    Allocation,
    Closure,
    Leave,
    Rearrangement,
    Room,
    RoomClosure,
    TherapySession,
    Visit,
    VisitChange,
    VisitEvent,
)
from sessions.models.changes import SETTLING

# What was told in error may be taken back later than that: nobody announces a no-show.
ANY_TIME = (Rearrangement.Kind.MISSED,)


def refusals_to_undo(change: Rearrangement, *, at: dt.datetime) -> list[Finding]:
    """Every reason why this change may not be taken back now, as far as its own rows tell."""
    if change.kind == Rearrangement.Kind.UNDONE:
        return [refusal("undone", "This is itself a change that was taken back. Change the visits anew.")]
    if Rearrangement.objects.filter(undoes=change).exists():
        return [refusal("undone", "This change has been taken back already. Change the visits anew.")]
    reasons = []
    if change.kind not in ANY_TIME and at >= change.at + SETTLING:
        minutes = int(SETTLING.total_seconds() // 60)
        sentence = f"More than {minutes} minutes have passed, and people may have been told. Move the visits instead."
        reasons.append(refusal("settled", sentence))
    begun = set(TherapySession.objects.filter(visit__changes__rearrangement=change).values_list("visit", flat=True))
    for row in change.changes.select_related("visit"):
        if row.visit_id in begun:
            reasons.append(refusal("begun", f"{row.visit} has begun since. Move the others by themselves."))
        if row.visit.version != row.version:
            reasons.append(
                refusal("changed", f"{row.visit} has been changed again since. Take that back first, or move it.")
            )
        if row.visit.state == Visit.State.DONE:
            reasons.append(refusal("done", f"{row.visit} has been held since. Move the others by themselves."))
    return reasons


@transaction.atomic
def undo(change: Rearrangement, *, by: User, at: dt.datetime, reason: str = "") -> Rearrangement:
    """Put every visit of a change back, and what was entered with it. Raises Refused with every reason why not."""
    hold_calendar(change.clinic)
    visits = Visit.objects.filter(changes__rearrangement=change)
    list(Course.objects.select_for_update().filter(pk__in=visits.values("course")).order_by("pk"))
    list(Visit.objects.select_for_update().filter(pk__in=visits.values("pk")).order_by("pk"))
    # Read once they are held: what was read before may have been moved since.
    changed = change.changes.select_related("visit__course__patient").prefetch_related("visit__allocations")
    rows = list(changed.order_by("visit__course", "pk"))
    change = Rearrangement.objects.select_for_update(of=("self",)).select_related("clinic").get(pk=change.pk)
    if reasons := refusals_to_undo(change, at=at):
        raise Refused(reasons)
    try:
        with transaction.atomic():
            back = Rearrangement.objects.create(
                clinic=change.clinic,
                kind=Rearrangement.Kind.UNDONE,
                reason=reason.strip()[:300],
                by=by,
                at=at,
                undoes=change,
            )
            _put_back(change.clinic, rows, back, at=at)
    except IntegrityError as problem:
        if getattr(problem.__cause__, "sqlstate", None) != OVERLAP:
            raise
        raise Refused(_taken(change.clinic, rows)) from problem
    _forget(change.entered)
    said = reason.strip() or "The change was taken back."
    VisitEvent.objects.bulk_create(
        VisitEvent(visit_id=event.visit_id, kind=VisitEvent.Kind.TAKEN_BACK, reason=said, by=by, at=at, undoes=event)
        for event in VisitEvent.objects.filter(rearrangement=change)
    )
    return back


def _put_back(clinic: Clinic, rows: Sequence[VisitChange], back: Rearrangement, *, at: dt.datetime) -> None:
    turnover = dict(Room.objects.filter(clinic=clinic).values_list("pk", "turnover_minutes"))
    now = {row.visit_id: values_of(row.visit) for row in rows}
    Allocation.objects.filter(visit__in=now, active=True).update(active=False)
    wanted: list[Allocation] = []
    for row in rows:
        visit, was = row.visit, row.before
        if was is None:
            visit.state, visit.state_reason = Visit.State.CANCELLED, "Booked and taken back"
        else:
            _take_over(visit, was)
            if was["state"] in Visit.STANDING:
                during = (visit.starts_at, visit.ends_at)
                wanted += allocations_of(visit, during, was["therapists"], visit.room_id, turnover)
        visit.schedule_version += 1
        visit.version += 1
        visit.settles_at = at + SETTLING
    # Whatever gives up its place first: a visit and the one that replaced it are never both standing.
    for row in sorted(rows, key=lambda row: row.before is not None):
        row.visit.save()
    Allocation.objects.bulk_create(sorted(wanted, key=in_order))
    remember(back, {key: (values, "") for key, values in now.items()})


def _take_over(visit: Visit, was: dict[str, Any]) -> None:
    visit.starts_at, visit.ends_at = (dt.datetime.fromisoformat(was[name]) for name in ("starts_at", "ends_at"))
    # A change that was written before nights were on the roster says nothing of them: nobody stayed.
    visit.room_id, visit.covered_by_id, visit.night_attendant_id = was["room"], was["cover"], was.get("night")
    visit.state, visit.state_reason = was["state"], was["state_reason"]


def _taken(clinic: Clinic, rows: Sequence[VisitChange]) -> list[Finding]:
    """Which of the old places somebody else has taken meanwhile."""
    found = []
    for row in rows:
        if row.before is None:
            continue
        start, end = (dt.datetime.fromisoformat(row.before[name]) for name in ("starts_at", "ends_at"))
        who = Q(therapist__in=row.before["therapists"]) | Q(patient=row.visit.course.patient_id)
        if row.before["room"] is not None:
            who |= Q(room=row.before["room"])
        others = Allocation.objects.filter(who, active=True, during__overlap=(start, end)).exclude(
            visit__in=[other.visit for other in rows]
        )
        for other in others.select_related("therapist", "room"):
            local = start.astimezone(clinic.zone)
            name = other.therapist or other.room or "The patient"
            sentence = (
                f"{name} has been booked for {local:%a} {local.day} {local:%b}, {local:%H:%M} ({row.visit.code})."
            )
            found.append(refusal("taken", sentence))
    return found or [refusal("taken", "Somebody has taken one of the old places meanwhile. Move the visits instead.")]


def _forget(entered: Sequence[dict[str, Any]]) -> None:
    """Take back the absence that was entered with the change; the audit keeps that it was there."""
    for item in entered:
        match item.get("kind"):
            case "leave":
                Leave.objects.filter(pk=item["id"]).delete()
            case "room":
                RoomClosure.objects.filter(pk=item["id"]).delete()
            case "closure":
                Closure.objects.filter(pk__in=item["ids"]).delete()


def fresh_changes(clinic_id: int, *, at: dt.datetime, course: Course | None = None) -> list[Rearrangement]:
    """Changes that can still be taken back because nobody has been told of them, the latest first."""
    rows = Rearrangement.objects.filter(clinic=clinic_id, at__gt=at - SETTLING, undone_by=None).exclude(
        kind=Rearrangement.Kind.UNDONE
    )
    if course is not None:
        rows = rows.filter(changes__visit__course=course).distinct()
    return list(rows.select_related("by"))
