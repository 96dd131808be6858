"""The calendar: a day or a week, by person or by room."""

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET

from accounts.models import Clinic
from sessions.actions.roster import closed_days, roster
from sessions.models import Room, Visit
from sessions.rules.daysheet import QUARTER, Block, arranged, sheet
from sessions.rules.intervals import at_wall
from sessions.views.blocked import tell_blocked

PEOPLE, ROOMS = "people", "rooms"
DAY, WEEK = "day", "week"


@require_GET
def calendar(request: HttpRequest) -> HttpResponse:
    clinic = request.clinic
    view = DAY if request.GET.get("view") == DAY else WEEK
    by = ROOMS if request.GET.get("by") == ROOMS else PEOPLE
    today = request.grant.on
    day = _asked_day(request, today)
    first = day if view == DAY else day - dt.timedelta(days=day.weekday())
    days = [first + dt.timedelta(days=n) for n in range(1 if view == DAY else 7)]
    visits = _visits(request, clinic, first, days[-1])
    blocked = tell_blocked(visits, user=request.user, on=today)
    lines = _lines(request, clinic, by, visits, days)
    chosen = request.GET.get("who", "")
    shown = [line for line in lines if not chosen or line["key"] == chosen]
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
        "who": chosen,
        "closed": closed_days(clinic, days),
        "count": len(visits),
        "blocked": blocked,
    }
    context |= (
        _day_table(clinic, shown, visits, days[0], by) if view == DAY else _week_table(shown, days, context["closed"])
    )
    return render(request, "sessions/calendar.html", context)


def _asked_day(request: HttpRequest, today: dt.date) -> dt.date:
    try:
        asked = parse_date(request.GET.get("day", "")) or today
    except ValueError:  # the thirty-first of a month that has thirty
        asked = today
    return asked if dt.date(2000, 1, 10) < asked < dt.date(2200, 1, 1) else today


def _visits(request: HttpRequest, clinic: Clinic, first: dt.date, last: dt.date) -> list[Visit]:
    begins = at_wall(first, dt.time(0), clinic.zone)
    ends = at_wall(last + dt.timedelta(days=1), dt.time(0), clinic.zone)
    rows = (
        Visit.objects.visible_to(request.grant)
        .standing()
        .filter(course__clinic=clinic, starts_at__lt=ends, ends_at__gt=begins)
        .select_related("course__patient", "room", "covered_by")
        .prefetch_related("allocations__therapist")
        .order_by("starts_at", "pk")
    )
    now = timezone.now()
    visits = list(rows)
    for visit in visits:
        visit.people = visit.therapists
        visit.late = visit.is_late(now)
        visit.local = visit.starts_at.astimezone(clinic.zone)
        visit.until = visit.ends_at.astimezone(clinic.zone)
    return visits


def _lines(
    request: HttpRequest, clinic: Clinic, by: str, visits: list[Visit], days: list[dt.date]
) -> list[dict[str, Any]]:
    """The people or rooms that can have visits, each with its visits, hours and days away."""
    if by == ROOMS:
        rooms = Room.objects.visible_to(request.grant) if clinic.pk in request.grant.clinics else _rooms_seen(visits)
        return [
            {
                "key": f"r{room.pk}",
                "name": room.name,
                "note": room.get_kind_display(),
                "visits": [visit for visit in visits if visit.room_id == room.pk],
                "hours": {
                    n: [(room.opens_at or clinic.opens_at, room.closes_at or clinic.closes_at)] for n in range(7)
                },
                "away": {},
            }
            for room in rooms
            if room.clinic_id == clinic.pk and (room.active or any(visit.room_id == room.pk for visit in visits))
        ]
    sees_clinic = clinic.pk in request.grant.clinics
    seen = {person.pk for visit in visits for person in visit.people} | (set() if sees_clinic else {request.user.pk})
    return [
        {
            "key": f"p{colleague.member.user_id}",
            "name": str(colleague.member.user),
            "note": ", ".join(colleague.member.role_titles),
            "visits": [v for v in visits if any(person.pk == colleague.member.user_id for person in v.people)],
            "hours": colleague.hours,
            "away": colleague.away,
        }
        for colleague in roster(clinic, days=days, people=seen, everybody=sees_clinic, with_reasons=sees_clinic)
    ]


def _rooms_seen(visits: list[Visit]) -> list[Room]:
    return sorted({visit.room for visit in visits if visit.room}, key=lambda room: room.name)


def _week_table(lines: list[dict[str, Any]], days: list[dt.date], closed: dict[dt.date, str]) -> dict[str, Any]:
    columns = [{"day": day, "closed": closed.get(day, "")} for day in days]
    if not any(v.local.weekday() > 4 for line in lines for v in line["visits"]):
        columns = columns[:5]
    rows = []
    for line in lines:
        cells = [
            {
                "visits": [visit for visit in line["visits"] if visit.local.date() == column["day"]],
                "away": line["away"].get(column["day"], ""),
                "works": bool(line["hours"].get(column["day"].weekday())),
                "closed": column["closed"],
            }
            for column in columns
        ]
        rows.append({"line": line, "cells": cells})
    return {"columns": columns, "rows": rows}


def _day_table(
    clinic: Clinic, lines: list[dict[str, Any]], visits: list[Visit], day: dt.date, by: str
) -> dict[str, Any]:
    """A sheet of quarters of an hour, with a dyad as one cell over two lines."""
    opens = min([clinic.opens_at.hour, *(visit.local.hour for visit in visits)])
    closes = max([clinic.closes_at.hour + bool(clinic.closes_at.minute), *(v.until.hour + 1 for v in visits)])
    closes = min(24, closes)
    start = dt.time(opens)

    def step(clock: dt.time) -> int:
        return (clock.hour * 60 + clock.minute - start.hour * 60) // QUARTER

    keys = [line["key"] for line in lines]
    columns = (closes - opens) * 60 // QUARTER
    blocks = []
    for visit in visits:
        whole = [f"r{visit.room_id}"] if by == ROOMS else [f"p{person.pk}" for person in visit.people]
        ends = (
            columns
            if visit.until.date() > day
            else -(-(visit.until.hour * 60 + visit.until.minute - opens * 60) // QUARTER)
        )
        turnover = visit.room.turnover_minutes // QUARTER if by == ROOMS and visit.room else 0
        mine = tuple(key for key in whole if key in keys)
        if mine:
            blocks.append(Block(visit.pk, max(0, step(visit.local.time())), ends, mine[:2], turnover))
    hours = {
        line["key"]: []
        if day in line["away"]
        else [(max(0, step(a)), min(columns, step(b))) for a, b in line["hours"].get(day.weekday(), [])]
        for line in lines
    }
    by_key = {line["key"]: line for line in lines}
    by_id = {visit.pk: visit for visit in visits}
    order = arranged(keys, blocks)
    table = [
        {
            "line": by_key[row.key],
            "away": by_key[row.key]["away"].get(day, ""),
            "cells": [{"cell": cell, "visit": by_id.get(cell.block)} for cell in row.cells],
        }
        for row in sheet(order, blocks, hours, columns)
    ]
    return {"hours": range(opens, closes), "table": table}
