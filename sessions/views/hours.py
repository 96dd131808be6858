"""Therapist-hours, summed from the rows: of one course, and of the clinic in one month."""

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.actions.audit import record_opening
from accounts.models import Grant
from patients.models import Course
from patients.rules.protocol import Protocol, VisitKind
from sessions.models import Allocation, Presence, Visit
from sessions.rules.hours import THERAPY, Stretch, Tally, place, tally
from sessions.rules.plots import bars

PHASES = (*THERAPY, VisitKind.CALL, VisitKind.RATING, VisitKind.FOLLOW_UP)


@require_GET
def course_hours(request: HttpRequest, public_id: Any) -> HttpResponse:
    course = get_object_or_404(
        Course.objects.visible_to(request.grant).select_related("patient", "clinic", "protocol"), public_id=public_id
    )
    record_opening(by=request.user, patient=course.patient, what="hours", at=timezone.now())
    visits = Visit.objects.visible_to(request.grant).filter(course=course)
    planned, logged, names = _sums(request.grant, visits)
    protocol = course.plan
    return render(
        request,
        "sessions/course_hours.html",
        {
            "course": course,
            "protocol": protocol,
            "planned": planned,
            "logged": logged,
            "by_protocol": _by_protocol(protocol),
            "bars": bars(planned, logged, protocol.hours),
            "place": place(logged.therapy, protocol.hours),
            "place_planned": place(planned.therapy, protocol.hours),
            "phases": [(kind, planned.of(kind), logged.of(kind)) for kind in PHASES],
            "therapists": _people(planned, logged, names),
            "counted": [kind.value for kind in THERAPY],
        },
    )


@require_GET
def hours(request: HttpRequest) -> HttpResponse:
    """Everybody who holds visits in the clinic in one month, of the courses this person may see."""
    first = _month(request.GET.get("month", ""))
    after = (first + dt.timedelta(days=32)).replace(day=1)
    start, end = (timezone.make_aware(dt.datetime.combine(day, dt.time())) for day in (first, after))
    visits = Visit.objects.visible_to(request.grant).filter(starts_at__gte=start, starts_at__lt=end)
    planned, logged, names = _sums(request.grant, visits)
    return render(
        request,
        "sessions/hours.html",
        {
            "month": first,
            "previous": first - dt.timedelta(days=1),
            "next": after,
            "planned": planned,
            "logged": logged,
            "phases": PHASES,
            "sums": [(kind, planned.of(kind), logged.of(kind)) for kind in PHASES],
            "therapists": _people(planned, logged, names),
        },
    )


def _sums(grant: Grant, visits: Any) -> tuple[Tally, Tally, dict[str, str]]:
    """Planned and logged minutes of these visits, and the names of the therapists by key. Two queries."""
    names: dict[str, str] = {}
    planned = []
    for row in (
        Allocation.objects.visible_to(grant)
        .filter(visit__in=visits.standing(), therapist__isnull=False, active=True)
        .select_related("visit", "therapist")
    ):
        names[str(row.therapist_id)] = str(row.therapist)
        planned.append(_stretch(row.visit, row.therapist_id, row.visit.starts_at, row.visit.ends_at))
    logged = []
    for row in (
        Presence.objects.visible_to(grant)
        .filter(session__visit__in=visits)
        .select_related("session__visit", "therapist")
    ):
        names[str(row.therapist_id)] = str(row.therapist)
        logged.append(_stretch(row.session.visit, row.therapist_id, row.arrived_at, row.left_at))
    return tally(planned), tally(logged), names


def _stretch(visit: Visit, therapist: int, starts: dt.datetime, ends: dt.datetime | None) -> Stretch:
    return Stretch(str(visit.pk), VisitKind(visit.kind), str(therapist), starts, ends)


def _people(planned: Tally, logged: Tally, names: dict[str, str]) -> list[dict[str, Any]]:
    rows = [
        {
            "name": name,
            "planned": planned.of(therapist=key),
            "logged": logged.of(therapist=key),
            "phases": [(kind, planned.of(kind, key), logged.of(kind, key)) for kind in PHASES],
        }
        for key, name in names.items()
    ]
    return sorted(rows, key=lambda row: row["name"])


def _by_protocol(protocol: Protocol) -> int:
    """Therapist-minutes of a whole course as the protocol staffs it."""
    return sum(visit.minutes.whole * visit.therapists for visit in protocol.visits if visit.kind in THERAPY)


def _month(words: str) -> dt.date:
    """The first day of the month named as 2026-11; of this month for anything else."""
    try:
        return dt.datetime.strptime(words, "%Y-%m").date()
    except ValueError:
        return timezone.localdate().replace(day=1)
