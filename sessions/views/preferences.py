"""What a patient asks of their two therapists, and how urgent the course is."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.actions.audit import record_opening
from accounts.rules.findings import Refused
from patients.models import Course
from sessions.actions import preferences as acts
from sessions.forms.waiting import PreferenceForm
from sessions.models import Preference


@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """What is asked for, one line each; add, weigh and take back."""
    courses = Course.objects.visible_to(request.grant).select_related("clinic", "patient", "protocol")
    course = get_object_or_404(courses.prefetch_related("team__user"), public_id=course_id)
    therapists, traits = acts.to_ask_for(course.clinic, request.grant.on)
    is_new = request.POST.get("what") == "add"
    form = PreferenceForm(request.POST if is_new else None, therapists=therapists, traits=traits)
    status, findings = 200, ()
    if request.method == "POST":
        try:
            if _change(request, course, form):
                return redirect("sessions:preferences", course.public_id)
            status = 422
        except Refused as refused:
            status, findings = 409, refused.findings
    else:
        record_opening(by=request.user, patient=course.patient, what="preferences", at=timezone.now())
    context = {
        "course": course,
        "tab": "plan",
        "form": form,
        "traits": traits,
        "findings": findings,
        "rows": course.preferences.select_related("person"),
        "priorities": Course.Priority.choices,
    }
    return render(request, "sessions/preferences.html", context, status=status)


def _change(request: HttpRequest, course: Course, form: PreferenceForm) -> bool:
    """Do what was asked; False when there is something wrong with the form."""
    now, what = timezone.now(), request.POST.get("what")
    if what == "add" and form.is_valid():
        acts.add_preference(course, by=request.user, at=now, **form.cleaned_data)
        messages.success(request, "The preference is recorded. It counts from the next plan on.")
        return True
    if what == "priority" and request.POST.get("priority") in {str(value) for value in Course.Priority.values}:
        priority, version = int(request.POST["priority"]), _number(request.POST.get("version"))
        acts.change_priority(course, priority=priority, version=version, by=request.user, at=now)
        messages.success(request, "The priority is saved.")
        return True
    if what in ("must", "take_back"):
        rows = Preference.objects.visible_to(request.grant).filter(course=course)
        row = get_object_or_404(rows, pk=_number(request.POST.get("row")))
        if what == "must":
            version = _number(request.POST.get("version"))
            acts.change_must(row, must=not row.must, version=version, by=request.user, at=now)
        else:
            acts.take_back_preference(row, by=request.user, at=now)
        return True
    return False


def _number(typed: str | None) -> int:
    return int(typed) if typed and typed.isascii() and typed.isdecimal() and len(typed) < 10 else 0
