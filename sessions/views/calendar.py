"""The calendar: a day or a week, by person, by room or by pair."""

import datetime as dt
from collections.abc import Sequence
from typing import TypeVar

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET

from accounts.models import Clinic, grant_for
from sessions.actions.roster import closed_days
from sessions.actions.undoing import fresh_for
from sessions.models import Gathering, Visit
from sessions.rules.intervals import at_wall
from sessions.views.blocked import tell_blocked
from sessions.views.lines import PAIRS, PEOPLE, ROOMS, Duty, Entry, lines_by
from sessions.views.sheets import Row, day_sheet, in_company, week_table

DAY, WEEK = "day", "week"
Timed = TypeVar("Timed", Visit, Gathering)


@require_GET
def calendar(request: HttpRequest) -> HttpResponse:
    """A day with its hours, a week of everybody, or, of one line alone, its week with the hours."""
    clinic = request.clinic
    view = DAY if request.GET.get("view") == DAY else WEEK
    by = request.GET.get("by") if request.GET.get("by") in (ROOMS, PAIRS) else PEOPLE
    today = request.grant.on
    day = _asked_day(request, today)
    first = day if view == DAY else day - dt.timedelta(days=day.weekday())
    days = [first + dt.timedelta(days=n) for n in range(1 if view == DAY else 7)]
    visits = _visits(request, clinic, by, days)
    entries: list[Entry] = sorted([*visits, *_gatherings(request, clinic, days)], key=lambda e: (e.starts_at, e.pk))
    blocked = tell_blocked(visits, user=request.user, on=today)
    lines = lines_by(by, request, clinic, entries, days)
    chosen = request.GET.get("who", "")
    shown = [line for line in lines if line.key == chosen] or lines
    alone = shown[0] if shown is not lines else None
    counted = [entry for entry in alone.entries if isinstance(entry, Visit | Duty)] if alone else visits
    closed = closed_days(clinic, days)
    step = dt.timedelta(days=1 if view == DAY else 7)
    context = {
        "view": view,
        "by": by,
        "day": day,
        "first": first,
        "last": days[-1],
        "today": today,
        "back": first - step,
        "ahead": first + step,
        "lines": lines,
        "who": alone.key if alone else "",
        "alone": alone,
        "closed": closed,
        "count": len(counted),
        "blocked": blocked,
        "fresh": fresh_for(request.user, clinic, on=today, at=timezone.now()),
    }
    if view == DAY:
        rows = [Row(line.key, line, day) for line in in_company(shown)]
        context |= day_sheet(clinic, rows, closed, by)
    elif context["who"]:
        rows = [Row(day.isoformat(), shown[0], day) for day in _worked(days, entries)]
        context |= day_sheet(clinic, rows, closed, by)
    else:
        context |= week_table(in_company(shown), _worked(days, entries), closed)
    return render(request, "sessions/calendar.html", context)


def _asked_day(request: HttpRequest, today: dt.date) -> dt.date:
    try:
        asked = parse_date(request.GET.get("day", "")) or today
    except ValueError:  # the thirty-first of a month that has thirty
        asked = today
    return asked if dt.date(2000, 1, 10) < asked < dt.date(2200, 1, 1) else today


def _worked(days: list[dt.date], entries: Sequence[Entry]) -> list[dt.date]:
    """Monday to Friday, or all seven where something is on a weekend."""
    return days if any(entry.local.weekday() > 4 for entry in entries) else days[:5]


def _during(clinic: Clinic, days: Sequence[dt.date]) -> Q:
    begins = at_wall(days[0], dt.time(0), clinic.zone)
    ends = at_wall(days[-1] + dt.timedelta(days=1), dt.time(0), clinic.zone)
    return Q(starts_at__lt=ends, ends_at__gt=begins)


def _visits(request: HttpRequest, clinic: Clinic, by: str, days: Sequence[dt.date]) -> list[Visit]:
    rows = (
        Visit.objects.visible_to(request.grant)
        .standing()
        .filter(_during(clinic, days), course__clinic=clinic)
        .select_related("course__patient", "course__clinic", "room")
        .with_therapists()
        .prefetch_related(*(["course__team__user"] if by == PAIRS else []))
    )
    now = timezone.now()
    may_move = clinic.pk in grant_for(request.user, "sessions:move", request.grant.on).clinics
    visits = [_timed(row, clinic) for row in rows]
    for visit in visits:
        visit.people = visit.therapists
        visit.late = visit.is_late(now)
        visit.is_movable = may_move and visit.state == Visit.State.PLANNED and visit.starts_at > now
        # Both blocks of a dyad say these: worked out once.
        visit.called, visit.here = (
            f"{visit.code} {visit.course.patient}",
            reverse("sessions:visit", args=[visit.public_id]),
        )
    return visits


def _gatherings(request: HttpRequest, clinic: Clinic, days: Sequence[dt.date]) -> list[Gathering]:
    rows = Gathering.objects.visible_to(request.grant).filter(_during(clinic, days), clinic=clinic, is_off=False)
    gatherings = [_timed(row, clinic) for row in rows.select_related("room").prefetch_related("allocations__therapist")]
    for gathering in gatherings:
        taken = [row for row in gathering.allocations.all() if row.active]
        gathering.people = [row.therapist for row in taken if row.therapist_id]
        gathering.patients = sum(row.patient_id is not None for row in taken)
    return gatherings


def _timed(entry: Timed, clinic: Clinic) -> Timed:
    entry.local = entry.starts_at.astimezone(clinic.zone)
    entry.until = entry.ends_at.astimezone(clinic.zone)
    entry.on = entry.local.date().isoformat()
    entry.clocks = f"{entry.local:%H:%M}", f"{entry.until:%H:%M}"
    return entry
