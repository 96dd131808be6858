"""Group integration and supervision: what is booked, and booking another."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Clinic
from accounts.rules.findings import Refused
from sessions.actions import gatherings as actions
from sessions.forms.gatherings import GatheringForm
from sessions.models import Gathering, Room


@require_http_methods(["GET", "HEAD", "POST"])
def gatherings(request: HttpRequest) -> HttpResponse:
    """What comes, and a form; a time that is taken is refused with the next times that are open."""
    clinic = get_object_or_404(Clinic.objects.visible_to(request.grant), pk=request.clinic.pk)
    form = GatheringForm(
        request.POST or None,
        rooms=Room.objects.visible_to(request.grant).filter(clinic=clinic, active=True),
        therapists=actions.therapists_of(clinic, request.grant.on),
        patients=actions.patients_of(clinic).visible_to(request.grant),
    )
    context: dict[str, Any] = {"form": form, "findings": ()}
    status = 200
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        starts_at = dt.datetime.combine(values.pop("day"), values.pop("clock"), tzinfo=clinic.zone)
        try:
            row = actions.gather(clinic, starts_at=starts_at, by=request.user, at=timezone.now(), **values)
        except Refused as refused:
            values.pop("kind")
            context["findings"], status = refused.findings, 409
            if any(finding.code == "taken" for finding in refused.findings):
                context["openings"] = actions.next_openings(clinic, after=starts_at, **values)
        else:
            messages.success(request, f"{row} is booked.")
            return redirect("sessions:gatherings")
    elif request.method == "POST":
        status = 422
    rows = Gathering.objects.visible_to(request.grant).filter(is_off=False, ends_at__gte=timezone.now())
    context["rows"] = rows.select_related("room").prefetch_related("allocations__therapist", "allocations__patient")[
        :50
    ]
    return render(request, "sessions/gatherings.html", context, status=status)


@require_POST
def gathering_off(request: HttpRequest, gathering_id: UUID) -> HttpResponse:
    """Call it off and free everybody in it."""
    row = get_object_or_404(Gathering.objects.visible_to(request.grant), public_id=gathering_id)
    typed = request.POST.get("version", "")
    version = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else 0
    try:
        actions.call_gathering_off(row, version=version, by=request.user, at=timezone.now())
    except Refused as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, f"{row} is off. Everybody in it is free again.")
    return redirect("sessions:gatherings")
