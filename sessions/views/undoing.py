"""What became of a visit, and taking back what was done to the calendar."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from accounts.rules.findings import Refused
from sessions.actions import events
from sessions.actions.undoing import refusals_to_undo
from sessions.actions.undoing import undo as take_back
from sessions.forms.mending import LateForm, ReasonForm
from sessions.models import Rearrangement, Visit, VisitEvent

TAKEN_BACK = "It is taken back: everything stands where it stood before. Nobody was told."
PAIRS_STAY = " Whoever was named for the care team stays named."

either = require_http_methods(["GET", "HEAD", "POST"])


@either
def undo(request: HttpRequest, change_id: UUID) -> HttpResponse:
    """What would go back to where it was; then, all of it or none. Pressed on another page, it leads back there."""
    rows = Rearrangement.objects.visible_to(request.grant).select_related("clinic", "by")
    change = get_object_or_404(rows, public_id=change_id)
    now, status = timezone.now(), 200
    context: dict[str, Any] = {
        "change": change,
        "rows": change.changes.select_related("visit__course__patient").order_by("visit__starts_at", "pk"),
        "refusals": refusals_to_undo(change, at=now),
    }
    if request.method == "POST":
        try:
            take_back(change, by=request.user, at=now, reason=request.POST.get("reason", ""))
        except Refused as refused:
            context["refusals"], status = list(refused.findings), 409
        else:
            messages.success(request, TAKEN_BACK + (PAIRS_STAY if change.kind == Rearrangement.Kind.BOOKED else ""))
            back = request.POST.get("back", "")
            if url_has_allowed_host_and_scheme(back, allowed_hosts=None):
                return HttpResponseRedirect(back)  # an address, never the name of one
            first = context["rows"].first()
            return redirect("sessions:visit", first.visit.public_id) if first else redirect("sessions:calendar")
    return render(request, "sessions/undo.html", context, status=status)


@either
def late(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """The visit began late, and why."""
    rows = Visit.objects.visible_to(request.grant).select_related("course__clinic", "course__patient")
    visit = get_object_or_404(rows, public_id=visit_id)
    form = LateForm(request.POST or None)
    findings, status = (), 200
    if request.method == "POST" and form.is_valid():
        try:
            events.record_late_start(visit, by=request.user, at=timezone.now(), **form.cleaned_data)
        except Refused as refused:
            findings, status = refused.findings, 409
        else:
            messages.success(request, f"{visit} began {form.cleaned_data['minutes']} minutes late: it is on record.")
            return redirect("sessions:visit", visit.public_id)
    elif request.method == "POST":
        status = 422
    context = {"visit": visit, "course": visit.course, "form": form, "findings": findings}
    return render(request, "sessions/late.html", context, status=status)


@either
def take_back_event(request: HttpRequest, event_id: UUID) -> HttpResponse:
    """A late start that was told in error."""
    rows = VisitEvent.objects.visible_to(request.grant).select_related(
        "visit__course__clinic", "visit__course__patient"
    )
    event = get_object_or_404(rows, public_id=event_id)
    form = ReasonForm(request.POST or None)
    findings, status = (), 200
    if request.method == "POST" and form.is_valid():
        try:
            events.take_back_late_start(event, by=request.user, at=timezone.now(), reason=form.cleaned_data["reason"])
        except Refused as refused:
            findings, status = refused.findings, 409
        else:
            messages.success(request, "It is taken back.")
            return redirect("sessions:visit", event.visit.public_id)
    elif request.method == "POST":
        status = 422
    context = {"event": event, "visit": event.visit, "form": form, "findings": findings}
    return render(request, "sessions/take_back.html", context, status=status)
