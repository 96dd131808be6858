import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts.actions.editing import edit
from accounts.models import Clinic, User
from patients.models import Contact, Medicine, Patient
from patients.models.patient import PatientQuerySet
from patients.rules.duplicates import Identity, in_common

DETAILS = (
    "given_name",
    "family_name",
    "date_of_birth",
    "sex",
    "phone",
    "email",
    "language",
    "reminder_channel",
    "discreet",
    "quiet_from",
    "quiet_until",
    "times",
)


@dataclass(frozen=True, slots=True)
class NewContact:
    """Somebody to call, as written at intake."""

    kind: str
    name: str
    phone: str
    relationship: str = ""


@transaction.atomic
def take_in(
    clinic: Clinic, *, details: dict[str, Any], contacts: list[NewContact] | None = None, by: User, at: dt.datetime
) -> Patient:
    """Open a patient's chart under the clinic's next number, with whom to call.

    `details` holds fields of DETAILS only; anything else is a programming error.
    """
    _only_details(details)
    patient = Patient(clinic=clinic, chart_number=_next_number(clinic, at.year), **details)
    patient.full_clean()
    patient.save(force_insert=True)
    for contact in contacts or []:
        add_contact(
            patient,
            kind=contact.kind,
            name=contact.name,
            phone=contact.phone,
            relationship=contact.relationship,
            by=by,
            at=at,
        )
    return patient


def change_patient(patient: Patient, *, version: int, by: User, at: dt.datetime, **changes: Any) -> Patient:
    """Change details. Raises Stale when somebody else changed the chart since `version` was shown."""
    _only_details(changes)
    edit(patient, version=version, by=by, **changes)
    return patient


@transaction.atomic
def add_contact(
    patient: Patient, *, kind: str, name: str, phone: str, relationship: str = "", by: User, at: dt.datetime
) -> Contact:
    contact = Contact(patient=patient, kind=kind, name=name, phone=phone, relationship=relationship)
    contact.full_clean()
    contact.save(force_insert=True)
    return contact


def change_contact(contact: Contact, *, version: int, by: User, at: dt.datetime, **changes: Any) -> Contact:
    """Change a contact, or set `active` to False when they are not to be called any more. Raises Stale."""
    edit(contact, version=version, by=by, **changes)
    return contact


@transaction.atomic
def add_medicine(patient: Patient, *, by: User, at: dt.datetime, **values: Any) -> Medicine:
    """Record a medicine as the patient tells it. An unknown last dose stays unknown."""
    medicine = Medicine(patient=patient, **values)
    medicine.full_clean()
    medicine.save(force_insert=True)
    return medicine


def change_medicine(medicine: Medicine, *, version: int, by: User, at: dt.datetime, **changes: Any) -> Medicine:
    """Change a medicine, for instance note the day of its last dose. Raises Stale."""
    edit(medicine, version=version, by=by, **changes)
    return medicine


def alike(
    patients: PatientQuerySet, *, given_name: str, family_name: str, date_of_birth: dt.date, phone: str
) -> list[tuple[Patient, list[str]]]:
    """Charts among `patients` that may be this person's, with what they have in common; most in common first."""
    wanted = Identity(given_name, family_name, date_of_birth, phone)
    found = []
    for patient in patients.only("public_id", "chart_number", "given_name", "family_name", "date_of_birth", "phone"):
        identity = Identity(patient.given_name, patient.family_name, patient.date_of_birth, patient.phone)
        if shared := in_common(wanted, identity):
            found.append((patient, shared))
    return sorted(found, key=lambda pair: -len(pair[1]))[:5]


def _only_details(values: dict[str, Any]) -> None:
    if unknown := set(values) - set(DETAILS):
        raise TypeError(f"not a detail of a patient: {', '.join(sorted(unknown))}")


def _next_number(clinic: Clinic, year: int) -> str:
    """The next chart number of the year, as 2026-0042. The clinic's row is locked, so that two people never share one."""
    Clinic.objects.select_for_update().get(pk=clinic.pk)
    prefix = f"{year}-"
    taken = Patient.objects.filter(clinic=clinic, chart_number__startswith=prefix).values_list(
        "chart_number", flat=True
    )
    numbers = [int(number.removeprefix(prefix)) for number in taken if number.removeprefix(prefix).isdigit()]
    return f"{prefix}{max(numbers, default=0) + 1:04d}"
