"""Moving one visit: by form, or dropped somewhere in the calendar; what would follow is always seen before."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET

from sessions.actions import booking
from sessions.actions.gatherings import therapists_of
from sessions.actions.pictures import when
from sessions.actions.repairing import say
from sessions.forms.mending import MoveForm
from sessions.models import Visit
from sessions.rules.alternatives import next_times
from sessions.rules.events import Moved
from sessions.views.mending import Answer, Asked, answer, either, page, visit_to_change

ASKED = ("day", "clock", "version", "room", "leaves", "comes", "pair", "view", "by")


@either
def move(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Choose a time, see what would follow, then move: one transaction."""
    visit = visit_to_change(request, visit_id)
    form = _form(request, visit)
    context: dict[str, Any] = {"visit": visit, "course": visit.course, "form": form}
    found = None
    if form.is_bound and form.is_valid():
        event = _event(visit, form)
        found = answer(request, Asked(visit.course.clinic, event, visit=visit, version=form.cleaned_data["version"]))
        if found.change:
            messages.success(request, f"{visit} is moved to {when(event.start)}. {say(found.change)}")
            return redirect(_back(visit, form))
        asked = {name: form[name].value() for name in ASKED if form[name].value()}
        context |= {"to": event.start, "hidden": (asked | {"version": visit.version}).items()}
        context |= {"room": form.cleaned_data["room"], "comes": form.cleaned_data["comes"]}
        context["leaves"] = form.cleaned_data["leaves"]
        context["alternatives"] = _alternatives(visit, found, event.start)
    elif reasons := booking.refusals_to_change(visit, version=visit.version):
        context["refusals"] = reasons
    return page(request, "sessions/move.html", context, found)


@require_GET
def fits(request: HttpRequest, visit_id: UUID) -> JsonResponse:
    """Whether a visit may be dropped here: where its preview is, or every reason why not and when it could be instead."""
    visit = visit_to_change(request, visit_id)
    form = _form(request, visit)
    if not form.is_valid():
        reasons = [error for errors in form.errors.values() for error in errors]
        return JsonResponse({"fits": False, "reasons": reasons, "instead": []}, status=422)
    event = _event(visit, form)
    found = answer(request, Asked(visit.course.clinic, event, visit=visit, version=form.cleaned_data["version"]))
    address = reverse("sessions:move", args=[visit.public_id])
    preview = f"{address}?{urlencode({name: form[name].value() for name in ASKED if form[name].value()})}"
    if found.proposed is not None and found.proposed.repair.is_whole:
        return JsonResponse({"fits": True, "preview": preview})
    reasons = [finding.sentence for finding in (*found.findings, *_why_not(found))]
    instead = [
        {
            "say": when(start),
            "preview": f"{address}?{urlencode({'day': f'{start:%Y-%m-%d}', 'clock': f'{start:%H:%M}', 'version': visit.version})}",
        }
        for start in _alternatives(visit, found, event.start)
    ]
    return JsonResponse({"fits": False, "reasons": reasons, "instead": instead, "preview": preview})


def _form(request: HttpRequest, visit: Visit) -> MoveForm:
    start = visit.starts_at.astimezone(visit.course.clinic.zone)
    first = {"day": start.date().isoformat(), "clock": f"{start:%H:%M}", "version": visit.version}
    data = request.POST if request.method == "POST" else request.GET
    people = therapists_of(visit.course.clinic, start.date())
    return MoveForm(data if "day" in data else None, initial=first, visit=visit, people=people)


def _event(visit: Visit, form: MoveForm) -> Moved:
    values = form.cleaned_data
    to = dt.datetime.combine(values["day"], values["clock"], tzinfo=visit.course.clinic.zone)
    room, leaves, comes = values["room"], values["leaves"], values["comes"]
    return Moved(
        str(visit.course_id),
        visit.code,
        to,
        str(room.pk) if room else None,
        (str(leaves.pk), str(comes.pk)) if leaves else None,
    )


def _back(visit: Visit, form: MoveForm) -> str:
    """The calendar where the visit was dropped, or its own page."""
    values = form.cleaned_data
    if not values["view"]:
        return reverse("sessions:visit", args=[visit.public_id])
    asked = {"view": values["view"], "by": values["by"] or "people", "day": values["day"].isoformat()}
    return f"{reverse('sessions:calendar')}?{urlencode(asked)}"


def _why_not(found: Answer) -> list[Any]:
    if found.proposed is None:
        return []
    return [finding for mended in found.proposed.repair.courses if mended.plan is None for finding in mended.findings]


def _alternatives(visit: Visit, found: Answer, to: dt.datetime) -> list[dt.datetime]:
    """Where else the visit could be, when it cannot be where it was wanted."""
    if found.proposed is None:
        return []
    for mended in found.proposed.repair.courses:
        if mended.key == str(visit.course_id) and mended.plan is None:
            zone = visit.course.clinic.zone
            return [start.astimezone(zone) for start in next_times(mended.request, visit.code, to)]
    return []
