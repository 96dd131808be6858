"""Departures of one course from its protocol: those that are signed, and signing another."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.actions.audit import record_opening
from accounts.rules.findings import Refused
from patients.models import Course
from sessions.actions.deviations import may_sign, sign_deviation
from sessions.forms.mending import DeviationForm
from sessions.models import Deviation
from sessions.rules.deviations import may_deviate, outer_window, window_of


@require_http_methods(["GET", "HEAD", "POST"])
def deviation(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """What the protocol lets a signature allow, visit by visit; sign one of them with the password."""
    rows = Course.objects.visible_to(request.grant).select_related("clinic", "patient", "protocol")
    course = get_object_or_404(rows.prefetch_related("team__user"), public_id=course_id)
    record_opening(by=request.user, patient=course.patient, what="deviations", at=timezone.now())
    visits = [visit for visit in course.plan.visits if may_deviate(visit)]
    form = DeviationForm(
        request.POST or None,
        choices=[(visit.code, f"{visit.code} {visit.title}") for visit in visits],
        initial={"code": request.GET.get("code", ""), "rule": Deviation.Rule.WINDOW},
    )
    findings, status = (), 200
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        if values.pop("rule") == Deviation.Rule.ALONE:
            values["earliest"] = values["latest"] = None
        try:
            row = sign_deviation(course, by=request.user, at=timezone.now(), **values)
        except Refused as refused:
            findings, status = refused.findings, 409
        else:
            messages.success(request, f"Signed: {row}.")
            return redirect("sessions:deviation", course.public_id)
    elif request.method == "POST":
        status = 422
    context = {
        "course": course,
        "tab": "plan",
        "form": form,
        "findings": findings,
        "signed": Deviation.objects.visible_to(request.grant).filter(course=course),
        "may_sign": may_sign(course, request.user, timezone.now()),
        "visits": [{"visit": visit, "window": window_of(visit), "outer": outer_window(visit)} for visit in visits],
    }
    return render(request, "sessions/deviation.html", context, status=status)
