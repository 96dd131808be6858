"""Suicide risk of a course: what was asked, the safety plan, the physician's clearing, and the alerts that were raised."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actions.audit import record_opening
from accounts.models import grant_for
from accounts.rules.findings import Refused
from patients.models import Course
from screening.actions import alerts as telling
from screening.actions import risk as acts
from screening.forms.risk import AlertForm, ClearingForm, SafetyPlanForm
from screening.models import Alert
from screening.rules import suicide
from screening.views.drafting import Typing

either = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def risk(request: HttpRequest, course_id: UUID) -> HttpResponse:
    return _risk(request, _open(request, course_id, "suicide risk"), ClearingForm())


@require_POST
def clear(request: HttpRequest, course_id: UUID) -> HttpResponse:
    found = _open(request, course_id, "suicide risk")
    form = ClearingForm(request.POST)
    if form.is_valid():
        try:
            acts.clear_risk(found, reason=form.cleaned_data["why"], by=request.user, at=timezone.now())
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "Cleared. Your reason stays with the record.")
            return redirect("screening:risk", found.public_id)
    return _risk(request, found, form, status=409)


@either
def safety_plan(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """The plan as it stands, to be gone through with the patient and kept as a new version."""
    found = _open(request, course_id, "safety plan")
    newest = found.safety_plans.select_related("by").first()
    typing = Typing(request, "safety plan", clinic=found.clinic, course=found)
    form = SafetyPlanForm(typing.data, newest=newest, begun=typing.begun({}))
    if answer := typing.answer(form):
        return answer
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"]
        try:
            plan = acts.keep_safety_plan(found, words=form.words, version=version, by=request.user, at=timezone.now())
        except Refused as refused:
            form.say(refused)
        else:
            typing.done()
            messages.success(request, f"Safety plan, version {plan.version}: kept.")
            return redirect("screening:risk", found.public_id)
    context = {"course": found, "form": form, "newest": newest, "typing": typing}
    return render(request, "screening/safety_plan.html", context, status=409 if form.errors else 200)


@either
def alert(request: HttpRequest, alert_id: UUID) -> HttpResponse:
    """One alert: what happened, who was told and what each did; whoever was told answers here."""
    rows = Alert.objects.visible_to(request.grant).select_related("course__patient", "course__clinic", "raised_by")
    found = get_object_or_404(rows, public_id=alert_id)
    now = timezone.now()
    record_opening(by=request.user, patient=found.course.patient, what=f"alert: {found.kind}", at=now)
    readers = list(found.readers.select_related("user"))
    mine = next((row for row in readers if row.user_id == request.user.pk and row.acknowledged_at is None), None)
    form = AlertForm(request.POST or None)
    if request.method == "POST" and mine and form.is_valid():
        telling.acknowledge(mine, done=form.cleaned_data["done"], by=request.user, at=now)
        messages.success(request, "Answered. The alert is off your pages.")
        return redirect("screening:alert", found.public_id)
    context = {"found": found, "course": found.course, "readers": readers, "mine": mine, "form": form}
    return render(request, "screening/alert.html", context, status=409 if form.errors else 200)


def _risk(request: HttpRequest, found: Course, form: ClearingForm, status: int = 200) -> HttpResponse:
    readings = acts.readings_of([found])[found.pk]
    flag = suicide.flag(readings)
    may_clear = not grant_for(request.user, "screening:clear_risk", request.grant.on).empty
    missing = acts.clearing_refusals(found, reason="given", by=request.user, at=timezone.now()) if flag else []
    context = {
        "course": found,
        "tab": "risk",
        "finding": suicide.standing(readings),
        "flag": flag,
        "readings": readings[::-1],
        "plan": found.safety_plans.select_related("by").first(),
        "alerts": found.alerts.prefetch_related("readers__user"),
        "form": form,
        "may_clear": may_clear,
        "missing": [finding for finding in missing if finding.code != "not-physician"],
    }
    return render(request, "screening/risk.html", context, status=status)


def _open(request: HttpRequest, course_id: UUID, what: str) -> Course:
    rows = Course.objects.visible_to(request.grant).select_related("patient", "clinic", "protocol")
    found = get_object_or_404(rows, public_id=course_id)
    record_opening(by=request.user, patient=found.patient, what=what, at=timezone.now())
    return found
