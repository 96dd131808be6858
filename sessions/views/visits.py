"""One visit: who, where, when, its state, and what became of it."""

from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from accounts.actions.audit import record_opening
from accounts.rules.findings import Refused
from sessions.actions import booking
from sessions.actions.pictures import pictures_of
from sessions.forms.calendar import CancelForm
from sessions.models import Visit
from sessions.views.blocked import tell_blocked
from sessions.views.planning import visit_link


def _visits(request: HttpRequest) -> QuerySet[Visit]:
    return (
        Visit.objects.visible_to(request.grant)
        .select_related("course__clinic", "course__patient", "course__protocol", "room", "covered_by", "replaces")
        .prefetch_related("allocations__therapist", "replaced_by")
    )


@require_GET
def visit(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    row = get_object_or_404(_visits(request), public_id=visit_id)
    record_opening(by=request.user, patient=row.course.patient, what=f"visit {row.code}", at=timezone.now())
    today = request.grant.on
    course = row.course
    tell_blocked([row], user=request.user, on=today)
    picture = pictures_of([course], today=today, link=visit_link)[course.pk]
    stop = next((stop for stop in picture.rows if stop.code == row.code), None)
    history = Visit.objects.visible_to(request.grant).filter(course=course, code=row.code).order_by("pk")
    context = {
        "visit": row,
        "course": course,
        "picture": picture,
        "window": stop.window if stop else "",
        "history": history if len(history) > 1 else [],
        "is_late": row.state == Visit.State.PLANNED and row.ends_at < timezone.now(),
    }
    return render(request, "sessions/visit.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Take a visit out of the calendar, with a reason: cancelled, or missed by the patient."""
    row = get_object_or_404(_visits(request), public_id=visit_id)
    form = CancelForm(request.POST or None, visit=row, initial={"version": row.version})
    findings, status = booking.refusals_to_change(row, version=row.version), 200
    if request.method == "POST" and form.is_valid():
        verb = booking.record_missed if form.cleaned_data["what"] == CancelForm.MISSED else booking.cancel
        reason, version = form.cleaned_data["reason"], form.cleaned_data["version"]
        try:
            verb(row, reason=reason, version=version, by=request.user, at=timezone.now())
        except Refused as refused:
            findings, status = list(refused.findings), 409
        else:
            messages.success(request, f"{row} is out of the calendar. Its people and its room are free again.")
            return redirect("sessions:visit", row.public_id)
    elif request.method == "POST":
        status = 422
    context = {"visit": row, "course": row.course, "form": form, "findings": findings}
    return render(request, "sessions/cancel.html", context, status=status)
