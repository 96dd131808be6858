"""The prescriber's taper, and the weekly check how somebody is while it lasts."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.actions.audit import record_opening
from accounts.rules.findings import Refused
from patients.models import Course
from screening.actions import tapering as acts
from screening.forms.tapering import TaperForm, WellBeingForm
from screening.rules.medicines import Rule, read

either = require_http_methods(["GET", "HEAD", "POST"])
TOLD = "Thoughts of suicide: the physician and the pair have been told. Stay in contact, and do the C-SSRS now."


@either
def taper(request: HttpRequest, course_id: UUID) -> HttpResponse:
    found = _open(request, course_id, "taper")
    medicines = found.patient.medicines.filter(ongoing=True)
    wanted = next((row for row in medicines if _is_tapered(row.name)), None) or medicines.first()
    form = TaperForm(
        request.POST or None,
        medicines=medicines,
        initial={"medicine": wanted.public_id, "prescriber": wanted.prescriber} if wanted else {},
    )
    if request.method == "POST" and form.is_valid():
        try:
            plan = acts.record_taper(found, **form.values, by=request.user, at=timezone.now())
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"{plan}: recorded as {plan.prescriber} planned it.")
            return redirect("screening:taper", found.public_id)
    plans = found.taper_plans.select_related("medicine", "by").prefetch_related("steps")
    context = {"course": found, "form": form, "plans": plans, "can_plan": wanted is not None, "today": request.grant.on}
    context["held"] = {plan.pk for plan in found.taper_plans.newest()}
    return render(request, "screening/taper.html", context, status=409 if form.errors else 200)


@either
def check(request: HttpRequest, course_id: UUID) -> HttpResponse:
    found = _open(request, course_id, "well-being")
    today = timezone.localdate(timezone=found.clinic.zone)
    form = WellBeingForm(request.POST or None, initial={"taken_on": today})
    if request.method == "POST" and form.is_valid():
        try:
            kept = acts.check_well_being(found, **form.cleaned_data, by=request.user, at=timezone.now())
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.add_message(request, *(_told(kept.suicidal)))
            return redirect("screening:risk" if kept.suicidal else "screening:check", found.public_id)
    watch = acts.watches_of([found], today).get(found.pk)
    context = {"course": found, "form": form, "earlier": found.well_being.select_related("by")}
    context["due"] = watch.words(today) if watch else ""
    return render(request, "screening/check.html", context, status=409 if form.errors else 200)


def _told(suicidal: bool) -> tuple[int, str]:
    return (messages.WARNING, TOLD) if suicidal else (messages.SUCCESS, "The check is kept.")


def _is_tapered(name: str) -> bool:
    """Whether a plan is likelier for this medicine than for one that may go on."""
    return any(drug.rule is not Rule.CONTINUE for drug in read(name).drugs)


def _open(request: HttpRequest, course_id: UUID, what: str) -> Course:
    rows = Course.objects.visible_to(request.grant).select_related("patient", "clinic", "protocol")
    found = get_object_or_404(rows, public_id=course_id)
    record_opening(by=request.user, patient=found.patient, what=what, at=timezone.now())
    return found
