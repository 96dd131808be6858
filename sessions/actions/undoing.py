"""Taking a change of the calendar back: every visit of it goes back to where it was, or none does."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, F, Min, OuterRef, Q

from accounts.models import Clinic, User, grant_for
from accounts.rules.findings import Finding, Refused, refusal
from patients.models import Course
from sessions.actions.pictures import when
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
    rows = list(change.changes.select_related("visit__course"))
    for row in rows:
        if row.visit_id in begun:
            reasons.append(refusal("begun", f"{row.visit} has begun since. Move the others by themselves."))
        if row.visit.version != row.version:
            reasons.append(
                refusal("changed", f"{row.visit} has been changed again since. Take that back first, or move it.")
            )
        if change.kind not in ANY_TIME and row.visit.announced_at and row.visit.announced_at >= change.at:
            reasons.append(
                refusal("told", f"The patient has been told of {row.visit} already. Move the visits instead.")
            )
        if row.visit.state == Visit.State.DONE:
            reasons.append(refusal("done", f"{row.visit} has been held since. Move the others by themselves."))
    return [*reasons, *_no_place_for(rows, at=at)]


def _no_place_for(rows: Sequence[VisitChange], *, at: dt.datetime) -> Iterator[Finding]:
    """Visits that would stand again where none may: their course has ended, or they were booked anew since."""
    back = [row for row in rows if row.before is not None and row.before["state"] in Visit.STANDING]
    if not back:
        return
    others = Visit.objects.standing().filter(course__in=[row.visit.course_id for row in back])
    anew = set(others.exclude(pk__in=[row.visit_id for row in rows]).values_list("course", "code"))
    for row in back:
        visit, course = row.visit, row.visit.course
        if (course.pk, visit.code) in anew:
            yield refusal("anew", f"{visit} has been booked anew since. Take that back first, or move it.")
        is_ahead = dt.datetime.fromisoformat(row.before["starts_at"]) > at
        if is_ahead and course.state not in Course.ACTIVE:
            state = course.get_state_display().lower()
            yield refusal("ended", f"The course is {state} by now: {visit} keeps neither people nor a room.")


@transaction.atomic
def undo(change: Rearrangement, *, by: User, at: dt.datetime, reason: str = "") -> Rearrangement:
    """Put every visit of a change back, and what was entered with it. Raises Refused with every reason why not."""
    hold_calendar(change.clinic)
    visits = Visit.objects.filter(changes__rearrangement=change)
    list(Course.objects.select_for_update().filter(pk__in=visits.values("course")).order_by("pk"))
    list(Visit.objects.select_for_update().filter(pk__in=visits.values("pk")).order_by("pk"))
    # Read once they are held: what was read before may have been moved since.
    changed = change.changes.select_related("visit__course__patient", "visit__course__clinic").prefetch_related(
        "visit__allocations"
    )
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
    said = reason.strip()[:300] or "The change was taken back."
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
    # Whatever gives up its place first: a visit and the one that replaced it are never both standing.
    Visit.objects.filter(pk__in=[row.visit_id for row in rows if row.before is None]).update(
        state=Visit.State.CANCELLED,
        state_reason="Booked and taken back",
        schedule_version=F("schedule_version") + 1,
        version=F("version") + 1,
        settles_at=at + SETTLING,
    )
    for row in rows:
        visit, was = row.visit, row.before
        if was is None:
            continue
        _take_over(visit, was)
        if was["state"] in Visit.STANDING:
            during = (visit.starts_at, visit.ends_at)
            night = visit.night_attendant_id
            wanted += allocations_of(visit, during, was["therapists"], visit.room_id, turnover, night=night)
        visit.schedule_version += 1
        visit.version += 1
        visit.settles_at = at + SETTLING
        visit.save()
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


def fresh_for(
    user: User, clinic: Clinic, *, on: dt.date, at: dt.datetime, course: Course | None = None
) -> list[Rearrangement]:
    """The fresh changes for whoever may take them back: their words name patients of other courses, too."""
    may_undo = clinic.pk in grant_for(user, "sessions:undo", on).clinics
    return fresh_changes(clinic, at=at, course=course) if may_undo else []


def fresh_changes(clinic: Clinic, *, at: dt.datetime, course: Course | None = None) -> list[Rearrangement]:
    """Changes that nobody has been told of and nothing has overtaken, the latest first, each with `says` and the time left.

    Three queries; one while there are none.
    """
    overtaken = VisitChange.objects.filter(rearrangement=OuterRef("pk")).exclude(visit__version=F("version"))
    rows = Rearrangement.objects.filter(~Exists(overtaken), clinic=clinic, at__gt=at - SETTLING, undone_by=None)
    rows = rows.exclude(kind=Rearrangement.Kind.UNDONE)
    if course is not None:
        rows = rows.filter(changes__visit__course=course).distinct()
    changes = list(rows.select_related("by"))
    for change in changes:
        change.seconds_left = int((change.settles_at - at).total_seconds())
        change.minutes_left = -(-change.seconds_left // 60)
    _tell(changes, clinic)
    return changes


def _tell(changes: Sequence[Rearrangement], clinic: Clinic) -> None:
    """Give each change the sentence that tells it from the others. Of a booking only its first visit is read."""
    if not changes:
        return
    counts = {
        row["rearrangement"]: row
        for row in VisitChange.objects.filter(rearrangement__in=changes)
        .values("rearrangement")
        .annotate(first=Min("pk"), visits=Count("pk"), courses=Count("visit__course", distinct=True))
    }
    listed = [change for change in changes if change.kind != Rearrangement.Kind.BOOKED]
    wanted = Q(pk__in=[row["first"] for row in counts.values()]) | Q(rearrangement__in=listed)
    rows: dict[int, list[VisitChange]] = {}
    for row in VisitChange.objects.filter(wanted).select_related("visit__course__patient", "visit__course__clinic"):
        rows.setdefault(row.rearrangement_id, []).append(row)
    for change in changes:
        if change.pk not in counts:  # an absence that touched nothing
            change.says = "An absence entered"
        elif change.kind == Rearrangement.Kind.BOOKED:
            change.says = _say_booked(rows[change.pk][0], **counts[change.pk])
        else:
            change.says = _say_changed(rows[change.pk], clinic, with_absence=bool(change.entered))


def _say_booked(row: VisitChange, *, visits: int, courses: int, **_: int) -> str:
    whose = f"{courses} courses" if courses > 1 else str(row.visit.course.patient)
    return f"{visits} visit{'s' if visits > 1 else ''} of {whose} booked"


def _say_changed(rows: Sequence[VisitChange], clinic: Clinic, *, with_absence: bool) -> str:
    """The two that stood first, from when to when, and how many more."""
    in_order = sorted(rows, key=lambda row: (row.before or row.after)["starts_at"])
    said = "; ".join(_say_visit(row, clinic) for row in in_order[:2])
    more = f"; and {len(rows) - 2} more" if len(rows) > 2 else ""
    return f"{said}{more}{', with the absence entered' if with_absence else ''}"


def _say_visit(row: VisitChange, clinic: Clinic) -> str:
    name = f"{row.visit.code} {row.visit.course.patient}"

    def at(values: dict[str, Any]) -> str:
        return when(dt.datetime.fromisoformat(values["starts_at"]).astimezone(clinic.zone))

    if row.after["state"] not in Visit.STANDING:
        return f"{name}, {at(row.after)}: {Visit.State(row.after['state']).label.lower()}"
    if row.before is None:
        return f"{name} booked for {at(row.after)}"
    if row.before["starts_at"] == row.after["starts_at"]:
        return f"{name}, {at(row.after)}: with other people, room or length"
    return f"{name} moved from {at(row.before)} to {at(row.after)}"
