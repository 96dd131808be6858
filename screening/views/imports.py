"""Records from elsewhere: read in, put to a chart, gone through line by line."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actions.audit import record_opening
from accounts.models import Clinic, grant_for
from accounts.rules.findings import Refused
from patients.actions.patients import alike
from patients.models import Patient
from screening.actions import importing as acts
from screening.forms import NewPatientForm, UploadForm
from screening.models import ImportBatch, ImportLine
from screening.rules.importing.opening import MEGABYTE, Malformed
from screening.views import lines

PAGE = 25
either = require_http_methods(["GET", "HEAD", "POST"])


@either
def imports(request: HttpRequest) -> HttpResponse:
    form, status = _form(request), 200
    if request.method == "POST":
        clinics = Clinic.objects.visible_to(request.grant)
        clinic = clinics.filter(pk=request.clinic.pk).first() or get_object_or_404(clinics[:1])
        answer, status = _read_in(request, form, clinic, None)
        if answer:
            return answer
    open_lines = Count("lines", filter=Q(lines__state=ImportLine.State.PROPOSED))
    rows = (
        ImportBatch.objects.visible_to(request.grant)
        .select_related("patient", "by")
        .annotate(open=open_lines)
        .order_by("-at", "-pk")
    )
    context = {"form": form, "page": Paginator(rows, PAGE).get_page(request.GET.get("page"))}
    return render(request, "screening/imports.html", context, status=status)


@either
def import_into(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    rows = Patient.objects.visible_to(request.grant).select_related("clinic")
    patient = get_object_or_404(rows, public_id=patient_id)
    form, status = _form(request), 200
    if request.method == "POST":
        answer, status = _read_in(request, form, patient.clinic, patient)
        if answer:
            return answer
    context = {"form": form, "patient": patient, "imports": patient.imports.select_related("by")}
    return render(request, "screening/import_into.html", context, status=status)


@require_safe
def import_(request: HttpRequest, import_id: UUID) -> HttpResponse:
    batch = _batch(request, import_id)
    if batch.patient:
        record_opening(by=request.user, patient=batch.patient, what="imported record", at=timezone.now())
    today = timezone.localdate(timezone=batch.clinic.zone)
    return render(request, "screening/import.html", {**lines.page(batch, today), "may_decide": _may_decide(request)})


@require_POST
def import_line(request: HttpRequest, import_id: UUID, line_id: UUID) -> HttpResponse:
    rows = ImportLine.objects.visible_to(request.grant).select_related("batch")
    line = get_object_or_404(rows, batch__public_id=import_id, public_id=line_id)
    decide = acts.confirm if request.POST.get("answer") == "confirm" else acts.reject
    done = decide(line, by=request.user, at=timezone.now())
    messages.success(request, f"{done.get_state_display()}: {done.title}, from {', '.join(done.origins[:3])}.")
    return redirect(reverse("screening:import", args=[import_id]) + f"#{lines.anchor_after(line)}")


@either
def import_patient(request: HttpRequest, import_id: UUID) -> HttpResponse:
    batch = _batch(request, import_id)
    if batch.patient:
        return redirect("screening:import", batch.public_id)
    at, patients = timezone.now(), Patient.objects.visible_to(request.grant).filter(clinic=batch.clinic)
    if "chart" in request.POST:
        patient = get_object_or_404(patients, public_id=lines.uuid_or_none(request.POST["chart"]))
        acts.choose_patient(batch, patient, by=request.user, at=at)
        messages.success(request, f"The record is put to the chart of {patient}.")
        return redirect("screening:import", batch.public_id)
    form = NewPatientForm(request.POST or None, initial=lines.person_of(batch))
    record = acts.identity_of(batch)
    found = (
        alike(
            patients,
            given_name=record.given_name,
            family_name=record.family_name,
            date_of_birth=record.date_of_birth,
            phone=record.phone,
        )
        if record
        else []
    )
    if request.method == "POST" and form.is_valid():
        if found and not form.cleaned_data["somebody_else"]:
            form.add_error("somebody_else", "Is it one of the charts below? If not, tick this.")
        else:
            patient = acts.take_in(batch, details=form.details, contacts=form.contacts, by=request.user, at=at)
            messages.success(request, f"{patient} is taken in as {patient.chart_number}.")
            return redirect("screening:import", batch.public_id)
    context = {"batch": batch, "form": form, "alike": found}
    return render(request, "screening/import_patient.html", context, status=422 if form.errors else 200)


def _form(request: HttpRequest) -> UploadForm:
    posted = request.method == "POST"
    return UploadForm(
        request.POST if posted else None, request.FILES if posted else None, limit=settings.IMPORT_LIMIT_MB
    )


def _read_in(
    request: HttpRequest, form: UploadForm, clinic: Clinic, patient: Patient | None
) -> tuple[HttpResponse | None, int]:
    """Read the file in and go to its page; otherwise the form says why not, and this is its status."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.UPLOAD_REQUEST_LIMIT:
        form.refuse_size()
        return None, 413
    if not form.is_valid():
        return None, 422
    try:
        done = acts.read_in(
            clinic,
            file=form.cleaned_data["file"].file,
            limit=settings.IMPORT_LIMIT_MB * MEGABYTE,
            patient=patient,
            by=request.user,
            at=timezone.now(),
        )
    except (Malformed, Refused) as problem:
        form.add_error("file", str(problem))
        return None, 422
    if done.batch is None:
        form.add_error("file", f"All {done.known} lines of this file are known from earlier imports: nothing is new.")
        return None, 422
    if done.again:
        messages.info(request, "This very file was read before: here is what became of it.")
    else:
        messages.success(request, f"Read: {done.made} lines to confirm. Nothing is recorded until you confirm it.")
    return redirect("screening:import", done.batch.public_id), 302


def _batch(request: HttpRequest, import_id: UUID) -> ImportBatch:
    rows = ImportBatch.objects.visible_to(request.grant).select_related("patient", "clinic", "by")
    return get_object_or_404(rows, public_id=import_id)


def _may_decide(request: HttpRequest) -> bool:
    return not grant_for(request.user, "screening:import_line", request.grant.on).empty
