"""The record that one patient brings from elsewhere: read in, and waiting to be gone through."""

import datetime as dt
import io
import json
from typing import Any

from mdmaat.development.demo.cases import Case
from mdmaat.development.demo.intake import at_nine
from mdmaat.development.demo.people import House
from patients.models import Course
from screening.actions.importing import read_in

ICD, SNOMED, LOINC = "http://hl7.org/fhir/sid/icd-10", "http://snomed.info/sct", "http://loinc.org"
PATIENT = {"reference": "Patient/demo"}

Resource = dict[str, Any]


def bring_record(house: House, case: Case, course: Course) -> None:
    """Read a FHIR bundle of the patient into their chart; nothing of it is confirmed yet."""
    resources = [_patient(course), *_said(house.today)]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]}
    read_in(
        course.clinic,
        file=io.BytesIO(json.dumps(bundle).encode()),
        limit=1_000_000,
        patient=course.patient,
        by=house.staff["coordinator"],
        at=at_nine(house, house.today),
    )


def _patient(course: Course) -> Resource:
    patient = course.patient
    return {
        "resourceType": "Patient",
        "id": "demo",
        "name": [{"given": [patient.given_name], "family": patient.family_name}],
        "birthDate": patient.date_of_birth.isoformat(),
        "gender": patient.sex,
    }


def _said(today: dt.date) -> list[Resource]:
    recent = today - dt.timedelta(days=12)
    return [
        _condition("ptsd", ICD, "F43.1", "Post-traumatic stress disorder"),
        _condition("hypertension", ICD, "I10", "Essential hypertension"),
        _condition("flutter", SNOMED, "5370000", "Atrial flutter", state="resolved", onsetDateTime="2014"),
        _condition("psychosis", SNOMED, "69322001", "Psychotic disorder", certainty="refuted"),
        _condition("cold", SNOMED, "82272006", "Common cold", state="resolved"),
        _medicine("venlafaxine", "Venlafaxine 75 MG Oral Capsule", "active", "75 mg in the morning"),
        _medicine("drops", "Fictional Evening Drops", "completed", "as on the label"),
        _measured("sodium", "2951-2", "Sodium", 139, "mmol/L", recent),
        _measured("creatinine", "2160-0", "Creatinine", 0.9, "mg/dL", recent),
        _measured("weight", "29463-7", "Body weight", 66, "kg", recent),
        _measured("height", "8302-2", "Body height", 171, "cm", recent),
        _pressure("pressure", 128, 78, recent),
        _measured("phq", "44261-6", "PHQ-9 total score", 15, "{score}", recent),
        _measured("qtc", "8636-3", "Q-T interval corrected", 431, "ms", recent),
        *_screen(recent),
        {
            "resourceType": "AllergyIntolerance",
            "id": "penicillin",
            "patient": PATIENT,
            "clinicalStatus": {"coding": [{"code": "active"}]},
            "code": {"text": "Penicillin"},
            "reaction": [{"manifestation": [{"text": "Rash"}], "severity": "moderate"}],
        },
        {
            "resourceType": "FamilyMemberHistory",
            "id": "brother",
            "patient": PATIENT,
            "status": "completed",
            "relationship": {"text": "Brother"},
            "condition": [{"code": _coded(ICD, "F31.9", "Bipolar affective disorder")}],
        },
    ]


def _screen(day: dt.date) -> list[Resource]:
    """A urine drug screen as a laboratory reports it: each substance by itself, and the report that binds them."""
    substances = {"cocaine": "19359-9", "opiates": "19295-5", "amphetamine": "19343-3", "cannabinoids": "18282-4"}
    results = [
        {**_observation(name, code, f"{name.capitalize()} in urine", day), "valueString": "Negative"}
        for name, code in substances.items()
    ]
    report = {
        "resourceType": "DiagnosticReport",
        "id": "screen",
        "subject": PATIENT,
        "status": "final",
        "code": {"text": "Urine drug screen"},
        "result": [{"reference": f"Observation/{name}"} for name in substances],
    }
    return [*results, report]


def _coded(system: str, code: str, display: str) -> Resource:
    return {"coding": [{"system": system, "code": code, "display": display}], "text": display}


def _condition(
    name: str, system: str, code: str, display: str, *, state: str = "active", certainty: str = "confirmed", **more: Any
) -> Resource:
    return {
        "resourceType": "Condition",
        "id": name,
        "subject": PATIENT,
        "clinicalStatus": {"coding": [{"code": state}]},
        "verificationStatus": {"coding": [{"code": certainty}]},
        "code": _coded(system, code, display),
        **more,
    }


def _medicine(name: str, words: str, status: str, dose: str) -> Resource:
    return {
        "resourceType": "MedicationRequest",
        "id": name,
        "subject": PATIENT,
        "status": status,
        "intent": "order",
        "medicationCodeableConcept": {"text": words},
        "dosageInstruction": [{"text": dose}],
    }


def _measured(name: str, code: str, display: str, value: float, unit: str, day: dt.date) -> Resource:
    return {
        **_observation(name, code, display, day),
        "valueQuantity": {"value": value, "unit": unit, "code": unit},
    }


def _pressure(name: str, systolic: float, diastolic: float, day: dt.date) -> Resource:
    parts = (("8480-6", "Systolic", systolic), ("8462-4", "Diastolic", diastolic))
    component = [
        {"code": _coded(LOINC, code, display), "valueQuantity": {"value": value, "code": "mm[Hg]"}}
        for code, display, value in parts
    ]
    return {**_observation(name, "85354-9", "Blood pressure panel", day), "component": component}


def _observation(name: str, code: str, display: str, day: dt.date) -> Resource:
    return {
        "resourceType": "Observation",
        "id": name,
        "subject": PATIENT,
        "status": "final",
        "code": _coded(LOINC, code, display),
        "effectiveDateTime": day.isoformat(),
    }
