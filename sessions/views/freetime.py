"""The next days on which therapists, a room and a physician are free, and the morning after; on to a move or a plan."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.models import Clinic
from patients.models import Course
from sessions.actions.freetime import (
    Movable,
    Pattern,
    courses_without,
    dosing_days_ahead,
    of_pair,
    pattern_of,
    protocol_in_use,
    request_for_course,
    request_for_two,
)
from sessions.actions.roster import names_in, therapists_in
from sessions.forms.calendar import ANY, PlanForm
from sessions.forms.freetime import LONGEST, FreeTimeForm
from sessions.rules.freetime import FreeTime, Slot, free_time, lead_up

SLOTS, REFUSALS = 12, 8
QUARTER = dt.timedelta(minutes=15)


@require_GET
def free_times(request: HttpRequest) -> HttpResponse:
    """Asked with a visit, the answer is for its course; asked without, for anybody's."""
    clinic = get_object_or_404(Clinic.objects.visible_to(request.grant), pk=request.clinic.pk)
    now = timezone.now()
    movables = dosing_days_ahead(clinic, request.grant, as_of=now)
    chosen = _chosen(request, movables)
    courses = [] if chosen else courses_without(clinic, request.grant)
    course = next((row for row in courses if str(row.public_id) == request.GET.get("course")), None)
    about = chosen.visit.course if chosen else course
    protocol = about.plan if about else protocol_in_use()
    context: dict[str, Any] = {"chosen": chosen, "course": course, "clinic": clinic}
    if protocol is None:
        return render(request, "sessions/free_times.html", context)
    usual = pattern_of(protocol, chosen.visit.code if chosen else None)
    first = _usual_values(usual, chosen, course, request.grant.on)
    asked = request.GET if "first" in request.GET else (first if "first" in first else None)
    therapists = therapists_in(clinic, request.grant.on)
    form = FreeTimeForm(asked, initial=first, therapists=therapists, courses=courses)
    if chosen:
        del form.fields["course"]
    context["form"] = form
    if form.is_bound and form.is_valid():
        found = _look(clinic, form, usual, about, now)
        movable = [chosen] if chosen else ([] if course else of_pair(movables, form.pair))
        rows = _rows(clinic, found, movable)
        if course:
            for row in rows:
                row["plan"] = _plan(course, usual[0].code, row["day"], form, request.grant.on)
        context |= {"found": found, "rows": rows, "last": _last(form)}
    return render(request, "sessions/free_times.html", context)


def _chosen(request: HttpRequest, movables: list[Movable]) -> Movable | None:
    asked = request.GET.get("visit", "")
    if not asked:
        return None
    try:
        wanted = UUID(asked)
    except ValueError as problem:
        raise Http404 from problem
    found = next((movable for movable in movables if movable.visit.public_id == wanted), None)
    if found is None or len(found.pair) != 2:
        raise Http404
    return found


def _usual_values(usual: Pattern, chosen: Movable | None, course: Course | None, today: dt.date) -> dict[str, Any]:
    """What is asked at first: the protocol's dosing day, in three weeks, or in the window of the visit that is chosen.

    For a course to plan: from the first day that its dosing day could have.
    """
    dosing, morning = usual
    tomorrow = today + dt.timedelta(days=1)
    values: dict[str, Any] = {
        "room": dosing.room or "dosing",
        "minutes": chosen.visit.minutes if chosen else dosing.minutes.whole,
        "start": tomorrow,
        "days": 21,
        "physician": "physician" in dosing.also_present,
        "night": "night attendant" in dosing.also_present,
        "morning": morning is not None,
    }
    if chosen:
        start = max(tomorrow, chosen.first)
        values |= {"start": start, "days": min(LONGEST, max(1, (chosen.last - start).days + 1))}
        values |= dict(zip(("first", "second"), chosen.pair, strict=True))
    elif course:
        least, _ = lead_up(course.plan.visits, dosing.code)
        values |= {"start": tomorrow + least, "course": str(course.public_id)}
        values |= dict(zip(("first", "second"), (str(user.pk) for user in course.pair(today)), strict=False))
    return values


def _last(form: FreeTimeForm) -> dt.date:
    return form.cleaned_data["start"] + dt.timedelta(days=form.cleaned_data["days"] - 1)


def _look(clinic: Clinic, form: FreeTimeForm, usual: Pattern, about: Course | None, now: dt.datetime) -> FreeTime:
    first = max(form.cleaned_data["start"], now.astimezone(clinic.zone).date())
    span = {"first": first, "last": max(first, _last(form)), "as_of": now}
    pattern = form.pattern(usual)
    if about and form.is_of_two and (theirs := _in_their_order(about, form.pair, now)):
        return free_time(request_for_course(about, theirs, pattern, **span), slots=SLOTS, refusals=REFUSALS)
    return free_time(request_for_two(clinic, form.pair, pattern, **span), slots=SLOTS, refusals=REFUSALS)


def _in_their_order(course: Course, pair: tuple[str, str], now: dt.datetime) -> tuple[str, str] | None:
    """This pair with the lead of the course first; None when the course is of two others."""
    team = [str(user.pk) for user in course.pair(now.astimezone(course.clinic.zone).date())]
    if len(team) < 2:
        return pair
    return (team[0], team[1]) if set(team) == set(pair) else None


def _plan(course: Course, code: str, day: dt.date, form: FreeTimeForm, today: dt.date) -> dict[str, Any] | None:
    """Where this course is planned so that its dosing day falls on or near this one; None when it comes too soon."""
    least, target = lead_up(course.plan.visits, code)
    if day - least <= today:
        return None
    begins = max(today + dt.timedelta(days=1), day - target)
    pair = "-".join(form.pair) if form.is_of_two else ANY
    asked = PlanForm.defaults(course, [], today) | {"first_week": begins.isoformat(), "within": "2", "pair": pair}
    address = reverse("sessions:plan", args=[course.public_id])
    return {"begins": begins, "address": f"{address}?{urlencode(asked)}"}


def _rows(clinic: Clinic, found: FreeTime, movables: list[Movable]) -> list[dict[str, Any]]:
    people, rooms = names_in(clinic)
    return [
        {
            "day": slot.day,
            "starts": _stretches(slot, clinic),
            "start": slot.starts[0].astimezone(clinic.zone),
            "end": slot.visit.end.astimezone(clinic.zone),
            "room": rooms.get(slot.visit.room or "", ""),
            "cover": people.get(slot.visit.cover or "", ""),
            "night": people.get(slot.visit.night or "", ""),
            "morning": slot.morning and slot.morning.start.astimezone(clinic.zone),
            "morning_room": slot.morning and rooms.get(slot.morning.room or "", ""),
            "moves": [
                {"visit": movable.visit, "address": _move(movable, slot, clinic)}
                for movable in movables
                if movable.first <= slot.day <= movable.last
            ],
        }
        for slot in found.slots
    ]


def _stretches(slot: Slot, clinic: Clinic) -> list[tuple[dt.datetime, dt.datetime]]:
    """The starts as stretches from the first to the last of those that follow one another."""
    found: list[list[dt.datetime]] = []
    for start in slot.starts:
        if found and start - found[-1][-1] == QUARTER:
            found[-1].append(start)
        else:
            found.append([start])
    return [(run[0].astimezone(clinic.zone), run[-1].astimezone(clinic.zone)) for run in found]


def _move(movable: Movable, slot: Slot, clinic: Clinic) -> str:
    start = slot.starts[0].astimezone(clinic.zone)
    asked = {"day": start.date().isoformat(), "clock": f"{start:%H:%M}", "version": movable.visit.version}
    return f"{reverse('sessions:move', args=[movable.visit.public_id])}?{urlencode(asked)}"
