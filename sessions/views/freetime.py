"""The next days on which two therapists, a room and a physician are free, and the morning after; and on to a move."""

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
from sessions.actions.freetime import (
    Movable,
    Pattern,
    dosing_days_ahead,
    of_pair,
    pattern_of,
    protocol_in_use,
    request_for_two,
    request_for_visit,
)
from sessions.actions.roster import names_in, therapists_in
from sessions.forms.freetime import LONGEST, FreeTimeForm
from sessions.rules.freetime import FreeTime, Slot, free_time

SLOTS, REFUSALS = 12, 8
QUARTER = dt.timedelta(minutes=15)


@require_GET
def free_times(request: HttpRequest) -> HttpResponse:
    """Asked with a visit, the answer is for its course; asked without, for anybody's."""
    clinic = get_object_or_404(Clinic.objects.visible_to(request.grant), pk=request.clinic.pk)
    now = timezone.now()
    movables = dosing_days_ahead(clinic, request.grant, as_of=now)
    chosen = _chosen(request, movables)
    protocol = chosen.visit.course.plan if chosen else protocol_in_use()
    context: dict[str, Any] = {"chosen": chosen, "clinic": clinic}
    if protocol is None:
        return render(request, "sessions/free_times.html", context)
    usual = pattern_of(protocol, chosen.visit.code if chosen else None)
    first = _usual_values(usual, chosen, request.grant.on)
    asked = request.GET if "first" in request.GET else (first if chosen else None)
    form = FreeTimeForm(asked, initial=first, therapists=therapists_in(clinic, request.grant.on))
    context["form"] = form
    if form.is_bound and form.is_valid():
        found = _look(clinic, form, usual, chosen, now)
        movable = [chosen] if chosen else of_pair(movables, form.pair)
        context |= {"found": found, "rows": _rows(clinic, found, movable), "last": _last(form)}
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


def _usual_values(usual: Pattern, chosen: Movable | None, today: dt.date) -> dict[str, Any]:
    """What is asked at first: the protocol's dosing day, in three weeks, or in the window of the visit that is chosen."""
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
    return values


def _last(form: FreeTimeForm) -> dt.date:
    return form.cleaned_data["start"] + dt.timedelta(days=form.cleaned_data["days"] - 1)


def _look(clinic: Clinic, form: FreeTimeForm, usual: Pattern, chosen: Movable | None, now: dt.datetime) -> FreeTime:
    first = max(form.cleaned_data["start"], now.astimezone(clinic.zone).date())
    span = {"first": first, "last": max(first, _last(form)), "as_of": now}
    pattern = form.pattern(usual)
    if chosen and set(chosen.pair) == set(form.pair):
        return free_time(request_for_visit(chosen, pattern, **span), slots=SLOTS, refusals=REFUSALS)
    return free_time(request_for_two(clinic, form.pair, pattern, **span), slots=SLOTS, refusals=REFUSALS)


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
