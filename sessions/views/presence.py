from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.rules.findings import Refused
from sessions.actions.facts import therapists
from sessions.actions.record import arrive, leave
from sessions.forms.dosing import PresenceForm
from sessions.models import Visit
from sessions.views.daysheet import is_dosing


@require_POST
def presence(request: HttpRequest, public_id: Any) -> HttpResponse:
    """A therapist comes or goes."""
    visit = get_object_or_404(
        Visit.objects.visible_to(request.grant).select_related("course__patient", "course__clinic"),
        public_id=public_id,
    )
    form = PresenceForm(request.POST, therapists=therapists(visit))
    if form.is_valid():
        act = arrive if form.cleaned_data["act"] == "arrive" else leave
        now = timezone.now()
        try:
            act(visit, therapist=form.cleaned_data["therapist"], by=request.user, at=form.moment(now), now=now)
        except Refused as refused:
            for finding in refused.findings:
                messages.error(request, finding.sentence)
    else:
        messages.error(request, "Choose who came or left, and a time such as 09:05.")
    to_note = form.data.get("back") == "note" or not is_dosing(visit)
    return redirect("sessions:note" if to_note else "sessions:dosing", visit.public_id)
