from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from accounts.actions.audit import record_opening
from accounts.models import Clinic
from patients.actions import patients as acts
from patients.forms import WEEKDAYS, ContactForm, DetailsForm, IntakeForm
from patients.models import Contact, Course, Patient
from patients.models.trail import Trail, people_of, tables_readable_by

PAGE = 25
STATES = [("", "All"), *Course.State.choices, ("none", "Without a course")]
either = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def patient_list(request: HttpRequest) -> HttpResponse:
    words, state = request.GET.get("q", "").strip()[:80], request.GET.get("state", "")
    courses = Course.objects.visible_to(request.grant)
    rows = Patient.objects.visible_to(request.grant).matching(words)
    if state in dict(STATES) and state:
        rows = rows.in_state(state, courses)
    rows = rows.prefetch_related(Prefetch("courses", courses.for_lists(), to_attr="visible_courses"))
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "words": words, "state": state, "states": STATES, "today": request.grant.on}
    return render(request, "patients/list.html", context)


@either
def new(request: HttpRequest) -> HttpResponse:
    form = IntakeForm(request.POST or None)
    alike = []
    if request.method == "POST" and form.is_valid():
        identity = {name: form.cleaned_data[name] for name in ("given_name", "family_name", "date_of_birth", "phone")}
        alike = acts.alike(Patient.objects.visible_to(request.grant), **identity)
        if not alike or form.cleaned_data["somebody_else"]:
            patient = acts.take_in(
                _clinic_for(request),
                details=form.details,
                contacts=form.contacts,
                by=request.user,
                at=timezone.now(),
            )
            messages.success(request, f"{patient} is taken in as {patient.chart_number}.")
            return redirect("patients:detail", patient.public_id)
        form.ask_whether_somebody_else()
    return render(request, "patients/new.html", {"form": form, "alike": alike}, status=_status(form, bool(alike)))


@require_safe
def detail(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    patient = _patient(request, patient_id)
    record_opening(by=request.user, patient=patient, what="chart", at=timezone.now())
    contacts = list(patient.contacts.all())
    context = {
        "patient": patient,
        "age": patient.age(request.grant.on),
        "contacts": [contact for contact in contacts if contact.active],
        "former_contacts": [contact for contact in contacts if not contact.active],
        "missing_contacts": _missing(contacts),
        "medicines": patient.medicines.all(),
        "courses": Course.objects.visible_to(request.grant).filter(patient=patient).for_lists(),
        "today": request.grant.on,
    }
    context["times"] = [(WEEKDAYS[int(day)], spans) for day, spans in sorted(patient.times.items())]
    context["has_active_course"] = patient.courses.active().exists()
    return render(request, "patients/detail.html", context)


@either
def edit(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    patient = _patient(request, patient_id)
    form = DetailsForm(request.POST or None, instance=patient)
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"]
        acts.change_patient(patient, version=version, by=request.user, at=timezone.now(), **form.details)
        messages.success(request, "The details are saved.")
        return redirect("patients:detail", patient.public_id)
    return _form_page(request, form, patient, "Change details")


@either
def contact_new(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    patient = _patient(request, patient_id)
    form = ContactForm(request.POST or None, initial={"kind": request.GET.get("kind", "")})
    if request.method == "POST" and form.is_valid():
        acts.add_contact(patient, by=request.user, at=timezone.now(), **form.values)
        messages.success(request, "The contact is added.")
        return redirect("patients:detail", patient.public_id)
    return _form_page(request, form, patient, "Add a contact")


@either
def contact_edit(request: HttpRequest, patient_id: UUID, contact_id: UUID) -> HttpResponse:
    patient = _patient(request, patient_id)
    contact = get_object_or_404(Contact.objects.visible_to(request.grant), patient=patient, public_id=contact_id)
    form = ContactForm(request.POST or None, instance=contact)
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"]
        acts.change_contact(contact, version=version, by=request.user, at=timezone.now(), **form.values)
        messages.success(request, "The contact is saved.")
        return redirect("patients:detail", patient.public_id)
    return _form_page(request, form, patient, "Change a contact")


@require_GET
def changes(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    patient = _patient(request, patient_id)
    record_opening(by=request.user, patient=patient, what="changes of the chart", at=timezone.now())
    people = list(people_of(patient))
    who = next((person for person in people if str(person.public_id) == request.GET.get("who")), None)
    kind = request.GET.get("kind", "")
    kind = kind if kind in ("changes", "openings") else ""
    trail = Trail(patient, kind=kind, who=who, readable=tables_readable_by(request.user, patient, request.grant.on))
    page = Paginator(trail, PAGE).get_page(request.GET.get("page"))
    context = {"patient": patient, "page": page, "people": people, "who": who, "kind": kind}
    return render(request, "patients/changes.html", context)


def _patient(request: HttpRequest, patient_id: UUID) -> Patient:
    return get_object_or_404(Patient.objects.visible_to(request.grant), public_id=patient_id)


def _clinic_for(request: HttpRequest) -> Clinic:
    """The clinic one works in; another where one may take in patients, if not in that one."""
    clinics = Clinic.objects.visible_to(request.grant)
    return clinics.filter(pk=request.clinic.pk).first() or get_object_or_404(clinics[:1])


def _missing(contacts: list[Contact]) -> list[tuple[str, str]]:
    """Kinds of contact that a course cannot do without, as (value, title)."""
    there = {contact.kind for contact in contacts if contact.active}
    return [(k.value, k.label) for k in (Contact.Kind.EMERGENCY, Contact.Kind.RIDE_HOME) if k not in there]


def _form_page(request: HttpRequest, form: ContactForm | DetailsForm, patient: Patient, title: str) -> HttpResponse:
    context = {"form": form, "patient": patient, "title": title}
    return render(request, "patients/form.html", context, status=_status(form))


def _status(form: ContactForm | DetailsForm, asks: bool = False) -> int:
    """422 when something has to be looked at before it can be saved."""
    return 422 if form.errors or asks else 200
