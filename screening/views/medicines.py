"""The medicine form: names of the reference table offered as one types, and what not to begin soon after a dose."""

from uuid import UUID

from django.contrib import messages
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from patients.actions import patients as acts
from patients.models import Medicine, Patient
from screening.forms.medicines import MedicineForm
from screening.rules.medicines import read, search
from screening.rules.washout import unknown_words

OFFERED = 5
LONGEST = 120
either = require_http_methods(["GET", "HEAD", "POST"])


@either
def medicine_new(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    patient = _patient(request, patient_id)
    form = _form(request, patient)
    if request.method == "POST" and form.is_valid():
        acts.add_medicine(patient, by=request.user, at=timezone.now(), **form.values)
        messages.success(request, "The medicine is added.")
        return _back(request, patient, form.cleaned_data["name"])
    return _page(request, form, patient, "Add a medicine")


@either
def medicine_edit(request: HttpRequest, patient_id: UUID, medicine_id: UUID) -> HttpResponse:
    patient = _patient(request, patient_id)
    medicine = get_object_or_404(Medicine.objects.visible_to(request.grant), patient=patient, public_id=medicine_id)
    form = _form(request, patient, medicine)
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"]
        acts.change_medicine(medicine, version=version, by=request.user, at=timezone.now(), **form.values)
        messages.success(request, "The medicine is saved.")
        return _back(request, patient, form.cleaned_data["name"])
    return _page(request, form, patient, "Change a medicine")


@require_safe
def known_names(request: HttpRequest) -> HttpResponse:
    """Names of the table for what was typed so far, and what the table makes of it as it stands."""
    typed = request.GET.get("q", "").strip()[:LONGEST]
    reading = read(typed)
    context = {
        "typed": typed,
        "drugs": [] if reading.certain else search(typed, most=OFFERED),
        "reading": reading,
        "unknown": "" if reading.certain or not typed else unknown_words(typed),
    }
    return render(request, "screening/_known_names.html", context)


def _form(request: HttpRequest, patient: Patient, medicine: Medicine | None = None) -> MedicineForm:
    return MedicineForm(
        request.POST or None,
        instance=medicine,
        today=timezone.localdate(timezone=patient.clinic.zone),
        dosed_on=patient.courses.aggregate(last=Max("dosed_on"))["last"],
    )


def _back(request: HttpRequest, patient: Patient, name: str) -> HttpResponse:
    if not read(name).certain:
        messages.warning(request, unknown_words(name))
    return redirect("patients:detail", patient.public_id)


def _page(request: HttpRequest, form: MedicineForm, patient: Patient, title: str) -> HttpResponse:
    context = {"form": form, "patient": patient, "title": title}
    return render(request, "patients/form.html", context, status=422 if form.errors else 200)


def _patient(request: HttpRequest, patient_id: UUID) -> Patient:
    rows = Patient.objects.visible_to(request.grant).select_related("clinic")
    return get_object_or_404(rows, public_id=patient_id)
