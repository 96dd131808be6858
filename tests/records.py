"""FHIR records of people who do not exist, built resource by resource."""

import io
import json
from typing import Any

SNOMED, ICD, LOINC = "http://snomed.info/sct", "http://hl7.org/fhir/sid/icd-10", "http://loinc.org"
RXNORM, UCUM = "http://www.nlm.nih.gov/research/umls/rxnorm", "http://unitsofmeasure.org"
WREN = "urn:uuid:5d5f0000-0000-4000-8000-000000000001"
SUBJECT = {"reference": WREN}

Resource = dict[str, Any]


def coded(system: str, code: str, display: str) -> Resource:
    return {"coding": [{"system": system, "code": code, "display": display}], "text": display}


def patient(**changes: Any) -> Resource:
    return {
        "resourceType": "Patient",
        "id": "wren",
        "name": [{"use": "official", "family": "Fictional", "given": ["Wren"]}],
        "gender": "female",
        "birthDate": "1985-05-17",
        "telecom": [{"system": "phone", "value": "020 7946 0002"}],
        **changes,
    }


def condition(id: str, code: Resource, state: str = "active", certainty: str = "confirmed", **more: Any) -> Resource:
    statuses = {"clinicalStatus": state, "verificationStatus": certainty}
    return {
        "resourceType": "Condition",
        "id": id,
        **{name: {"coding": [{"code": status}]} for name, status in statuses.items() if status},
        "code": code,
        "subject": SUBJECT,
        **more,
    }


def observation(id: str, code: str, display: str, value: Any, unit: str, at: str, **more: Any) -> Resource:
    return {
        "resourceType": "Observation",
        "id": id,
        "status": "final",
        "code": coded(LOINC, code, display),
        "subject": SUBJECT,
        "effectiveDateTime": at,
        "valueQuantity": {"value": value, "unit": unit, "system": UCUM, "code": unit},
        **more,
    }


def pressure(id: str, systolic: float, diastolic: float, at: str, **more: Any) -> Resource:
    def part(code: str, display: str, value: float) -> Resource:
        quantity = {"value": value, "unit": "mmHg", "system": UCUM, "code": "mm[Hg]"}
        return {"code": coded(LOINC, code, display), "valueQuantity": quantity}

    return {
        "resourceType": "Observation",
        "id": id,
        "status": "final",
        "code": coded(LOINC, "85354-9", "Blood pressure panel"),
        "subject": SUBJECT,
        "effectiveDateTime": at,
        "component": [part("8480-6", "Systolic", systolic), part("8462-4", "Diastolic", diastolic)],
        **more,
    }


def prescription(id: str, name: str, status: str = "active", **more: Any) -> Resource:
    return {
        "resourceType": "MedicationRequest",
        "id": id,
        "status": status,
        "intent": "order",
        "subject": SUBJECT,
        "medicationCodeableConcept": {"text": name},
        **more,
    }


def statement(id: str, name: str, status: str, **more: Any) -> Resource:
    return {
        "resourceType": "MedicationStatement",
        "id": id,
        "status": status,
        "subject": SUBJECT,
        "medicationCodeableConcept": {"text": name},
        **more,
    }


def allergy(id: str, code: Resource, **more: Any) -> Resource:
    return {
        "resourceType": "AllergyIntolerance",
        "id": id,
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "code": code,
        "patient": SUBJECT,
        **more,
    }


def procedure(id: str, code: Resource, at: str, status: str = "completed") -> Resource:
    return {
        "resourceType": "Procedure",
        "id": id,
        "status": status,
        "code": code,
        "subject": SUBJECT,
        "performedDateTime": at,
    }


def report(id: str, conclusion: Resource, status: str = "final") -> Resource:
    return {
        "resourceType": "DiagnosticReport",
        "id": id,
        "status": status,
        "code": coded(LOINC, "11524-6", "EKG study"),
        "subject": SUBJECT,
        "effectiveDateTime": "2026-11-02",
        "conclusionCode": [conclusion],
    }


def relative(id: str, who: Resource, *conditions: Resource, status: str = "completed") -> Resource:
    return {
        "resourceType": "FamilyMemberHistory",
        "id": id,
        "status": status,
        "patient": SUBJECT,
        "relationship": who,
        "condition": [{"code": code} for code in conditions],
    }


def result(id: str, code: Resource, word: str, at: str = "2026-11-02", **more: Any) -> Resource:
    """An observation with a written result."""
    return {
        "resourceType": "Observation",
        "id": id,
        "status": "final",
        "code": code,
        "subject": SUBJECT,
        "effectiveDateTime": at,
        "valueString": word,
        **more,
    }


def bundle(*resources: Resource, person: Resource | None = None) -> Resource:
    """A collection that begins with its patient, unless `person` says otherwise ({}: none)."""
    first = patient() if person is None else person
    listed = ([{"fullUrl": WREN, "resource": first}] if first else []) + [{"resource": one} for one in resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": listed}


def file(value: Any) -> io.BytesIO:
    """The value as a file: bytes as they are, anything else as JSON."""
    return io.BytesIO(value if isinstance(value, bytes) else json.dumps(value).encode())


def lines(*resources: Resource) -> io.BytesIO:
    """The resources as NDJSON, the patient first."""
    return io.BytesIO(b"".join(json.dumps(one).encode() + b"\n" for one in (patient(), *resources)))


def whole() -> Resource:
    """A record as a clinic might get it: risks, medicines, readings, and a great deal that a screening does not ask for."""
    visits = [{"resourceType": "Encounter", "id": f"visit-{n}", "status": "finished"} for n in range(150)]
    heights = [observation(f"height-{n}", "8302-2", "Body height", 168, "cm", f"20{n:02d}-03-01") for n in range(1, 26)]
    weights = [
        observation(f"weight-{n}", "29463-7", "Body weight", 60 + n / 10, "kg", f"20{n:02d}-03-01")
        for n in range(1, 26)
    ]
    pressures = [pressure(f"bp-{n}", 118 + n, 76, f"2026-10-{n:02d}T09:00:00Z") for n in range(1, 29)]
    colds = [condition(f"cold-{n}", coded(SNOMED, "82272006", "Common cold"), "resolved") for n in range(40)]
    refills = [
        prescription(f"refill-{n}", "Venlafaxine 75 MG Oral Capsule", "completed", authoredOn=f"2025-{n:02d}-01")
        for n in range(1, 13)
    ]
    return bundle(
        condition("ptsd", coded(ICD, "F43.1", "Post-traumatic stress disorder"), onsetDateTime="2019-03-01"),
        condition("ruled-out", coded(SNOMED, "58214004", "Schizophrenia"), certainty="refuted"),
        condition("flutter", coded(SNOMED, "5370000", "Atrial flutter"), "resolved", onsetDateTime="2014"),
        condition("pressure", coded(ICD, "I10", "Essential hypertension")),
        prescription(
            "now",
            "Venlafaxine 75 MG Oral Capsule",
            authoredOn="2026-01-10",
            dosageInstruction=[{"text": "75 mg daily"}],
        ),
        statement("before", "Sertraline", "completed", effectivePeriod={"start": "2025-01-01", "end": "2026-10-01"}),
        observation("na", "2951-2", "Sodium", 139, "mmol/L", "2026-11-02"),
        observation("k", "2823-3", "Potassium", 4.1, "mmol/L", "2026-11-02"),
        observation("crea", "2160-0", "Creatinine", 0.9, "mg/dL", "2026-11-02"),
        observation("weight", "29463-7", "Body weight", 64, "kg", "2026-11-02"),
        observation("qt", "8634-8", "Q-T interval", 400, "ms", "2026-11-02T11:00:00Z"),
        observation("hr", "8867-4", "Heart rate", 60, "/min", "2026-11-02T11:00:00Z"),
        allergy("milk", coded(SNOMED, "782415009", "Intolerance to lactose")),
        procedure("ect", coded(SNOMED, "23835007", "Electroconvulsive therapy"), "2009-05-01"),
        *(visits + heights + weights + pressures + colds + refills),
    )
