"""One resource held against its FHIR model, and what it says taken out of it. The only place that knows `fhir.resources`.

Only the fields that are read are held against the model: an odd narrative, extension or encounter does not lose a
diagnosis. What cannot be read is refused by the resource (Unfit), never by the file.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from screening.rules.importing.facts import (
    Code,
    Coded,
    Measured,
    Origin,
    Panel,
    Person,
    Problem,
    Taken,
    Value,
    When,
    plain,
    when,
)
from screening.rules.importing.opening import Raw

if TYPE_CHECKING:
    from fhir.resources.R4B.allergyintolerance import AllergyIntolerance, AllergyIntoleranceReaction
    from fhir.resources.R4B.codeableconcept import CodeableConcept
    from fhir.resources.R4B.condition import Condition
    from fhir.resources.R4B.diagnosticreport import DiagnosticReport
    from fhir.resources.R4B.dosage import Dosage
    from fhir.resources.R4B.familymemberhistory import FamilyMemberHistory
    from fhir.resources.R4B.medication import Medication
    from fhir.resources.R4B.medicationrequest import MedicationRequest
    from fhir.resources.R4B.medicationstatement import MedicationStatement
    from fhir.resources.R4B.observation import Observation, ObservationComponent
    from fhir.resources.R4B.patient import Patient
    from fhir.resources.R4B.period import Period
    from fhir.resources.R4B.procedure import Procedure
    from fhir.resources.R4B.quantity import Quantity
    from fhir.resources.R4B.reference import Reference

# A moment without a zone, which FHIR does not allow and many systems write: the day of it is kept.
NO_ZONE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?")
# Characters that no name or code holds, and halves of characters that no database keeps.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
# Fields that are read, by kind. `status`, `code` and whom it is about are in every row on purpose.
FIELDS: dict[str, tuple[str, ...]] = {
    "Patient": ("name", "birthDate", "gender", "telecom", "communication"),
    "Condition": (
        *("clinicalStatus", "verificationStatus", "code", "subject", "recordedDate"),
        *("onsetDateTime", "onsetPeriod", "onsetString", "abatementDateTime", "abatementPeriod", "abatementString"),
    ),
    "AllergyIntolerance": (
        *("clinicalStatus", "verificationStatus", "code", "patient", "recordedDate", "onsetDateTime", "reaction"),
    ),
    "FamilyMemberHistory": ("status", "patient", "relationship", "condition"),
    "Procedure": ("status", "code", "subject", "performedDateTime", "performedPeriod", "performedString"),
    "DiagnosticReport": (
        "status",
        "code",
        "subject",
        "effectiveDateTime",
        "effectivePeriod",
        "conclusionCode",
        "result",
    ),
    "Observation": (
        *("status", "code", "subject", "effectiveDateTime", "effectivePeriod", "effectiveInstant", "component"),
        *("valueQuantity", "valueCodeableConcept", "valueString", "valueInteger", "dataAbsentReason"),
        *("referenceRange", "interpretation", "hasMember"),
    ),
    "MedicationRequest": (
        *("status", "intent", "subject", "medicationCodeableConcept", "medicationReference", "authoredOn"),
        *("doNotPerform", "requester", "dosageInstruction"),
    ),
    "MedicationStatement": (
        *("status", "subject", "medicationCodeableConcept", "medicationReference", "effectiveDateTime"),
        *("effectivePeriod", "dateAsserted", "dosage"),
    ),
    "Medication": ("code",),
}

# Kinds whose field for whom they are about is called `patient`.
OF_PATIENT = ("AllergyIntolerance", "FamilyMemberHistory")

Read = Person | Problem | Taken | Measured | Panel | Coded


class Unfit(Exception):
    """This one resource cannot be used; the sentence says where and why."""


def read(raw: Raw, origin: Origin) -> list[Read]:
    """What one resource says. Raises Unfit."""
    return READERS[origin.kind](_shaped(raw, origin.kind), origin)


def medicine(raw: Raw, origin: Origin) -> Coded:
    """The medicine that a Medication resource names. Raises Unfit."""
    found: Medication = _shaped(raw, origin.kind)
    return _coded(found.code)


def about(raw: Raw, kind: str) -> str:
    """The reference to whom the resource is about; "" when it names nobody."""
    subject = raw.get("patient" if kind in OF_PATIENT else "subject")
    reference = subject.get("reference") if isinstance(subject, dict) else None
    return reference if isinstance(reference, str) else ""


def _shaped(raw: Raw, kind: str) -> Any:
    """The fields of a resource that are read, as the model of its kind."""
    kept = {"resourceType": kind, **{name: raw[name] for name in ("id", *FIELDS[kind]) if name in raw}}
    for name in ("modifierExtension", "implicitRules"):
        if raw.get(name):
            raise Unfit(f"{kind}.{name} can turn its meaning around, and is not understood here.")
    model = getattr(import_module(f"fhir.resources.R4B.{kind.lower()}"), kind)
    try:
        return model.model_validate(_fit(kept, kind))
    except ValidationError as problem:
        first = problem.errors()[0]
        path = ".".join([kind, *(str(part) for part in first["loc"])])
        raise Unfit(plain(f"{path}: {first['msg']}.")) from problem


def _fit(value: Any, path: str) -> Any:
    """The value without extensions; Unfit where text or a modifier could mislead."""
    if isinstance(value, dict):
        if value.get("modifierExtension"):
            raise Unfit(f"{path}.modifierExtension can turn its meaning around, and is not understood here.")
        return {
            name: _fit(part, f"{path}.{name}")
            for name, part in value.items()
            if name != "extension" and not name.startswith("_")
        }
    if isinstance(value, list):
        return [_fit(part, f"{path}[{number}]") for number, part in enumerate(value)]
    if isinstance(value, str):
        if CONTROL.search(value):
            raise Unfit(f"{plain(path)} holds control characters.")
        return value[:10] if NO_ZONE.fullmatch(value) else value
    return value


# --- parts


def _coded(concept: "CodeableConcept | None") -> Coded:
    if concept is None:
        return Coded()
    codes = [coding for coding in concept.coding or [] if coding is not None]
    return Coded(
        tuple(Code(plain(c.system), plain(c.code), plain(c.display)) for c in codes if c.code or c.display),
        plain(concept.text),
    )


def _status(concept: "CodeableConcept | None") -> str:
    """The code of a status that FHIR codes as a concept."""
    return next((code.code for code in _coded(concept).codes if code.code), "")


def _start(period: "Period | None") -> When:
    return when(_moment(period.start)) if period else When()


def _end(period: "Period | None") -> When:
    return when(_moment(period.end)) if period else When()


def _moment(value: object) -> date | datetime | str | None:
    return value if isinstance(value, date | str) else None


def _known(*days: When) -> When:
    return next((day for day in days if day.words), When())


def _said(reference: "Reference | None") -> str:
    return plain(reference.display) if reference else ""


# --- kinds of resource


def _patient(found: "Patient", origin: Origin) -> list[Read]:
    names = [name for name in found.name or [] if name is not None]
    names.sort(key=lambda name: (name.use != "official", name.use != "usual"))
    name = names[0] if names else None
    telecom = {point.system: plain(point.value) for point in reversed(found.telecom or []) if point and point.value}
    spoken = [tongue for tongue in found.communication or [] if tongue]
    spoken.sort(key=lambda tongue: not tongue.preferred)
    return [
        Person(
            origin,
            given_name=" ".join(plain(given) for given in (name.given or [] if name else []) if given),
            family_name=plain(name.family if name else ""),
            born_on=when(_moment(found.birthDate)).day,
            sex=found.gender if found.gender in ("female", "male") else "",
            phone=telecom.get("phone", ""),
            email=telecom.get("email", ""),
            language=_coded(spoken[0].language).name if spoken else "",
        )
    ]


def _condition(found: "Condition", origin: Origin) -> list[Read]:
    began = _known(
        when(_moment(found.onsetDateTime)),
        _start(found.onsetPeriod),
        when(plain(found.onsetString) or None),
        when(_moment(found.recordedDate)),
    )
    ended = _known(
        when(_moment(found.abatementDateTime)), _end(found.abatementPeriod), when(plain(found.abatementString) or None)
    )
    state, certainty = _status(found.clinicalStatus), _status(found.verificationStatus)
    return [Problem(origin, _coded(found.code), state, certainty, began, ended)]


def _allergy(found: "AllergyIntolerance", origin: Origin) -> list[Read]:
    began = _known(when(_moment(found.onsetDateTime)), when(_moment(found.recordedDate)))
    state, certainty = _status(found.clinicalStatus), _status(found.verificationStatus)
    reactions = tuple(filter(None, (_reaction(one) for one in found.reaction or [] if one)))
    return [Problem(origin, _coded(found.code), state, certainty, began, When(), reactions=reactions)]


def _reaction(found: "AllergyIntoleranceReaction") -> str:
    """What happened, and how badly."""
    shown = ", ".join(filter(None, (_coded(concept).name for concept in found.manifestation or [])))
    words = shown or plain(found.description)
    return f"{words} ({found.severity})" if words and found.severity else words


def _family(found: "FamilyMemberHistory", origin: Origin) -> list[Read]:
    """Each condition of one relative; the relative alone where none is listed."""
    relative = _coded(found.relationship)
    things = [_coded(one.code) for one in found.condition or [] if one] or [Coded((), "no condition listed")]
    return [Problem(origin, thing, plain(found.status), "", When(), When(), relative) for thing in things]


def _procedure(found: "Procedure", origin: Origin) -> list[Read]:
    began = _known(
        when(_moment(found.performedDateTime)),
        _end(found.performedPeriod),
        _start(found.performedPeriod),
        when(plain(found.performedString) or None),
    )
    return [Problem(origin, _coded(found.code), plain(found.status), "", began, When())]


def _report(found: "DiagnosticReport", origin: Origin) -> list[Read]:
    """Each coded conclusion, or the report itself where it concludes nothing in codes; and which observations it reports."""
    began = _known(when(_moment(found.effectiveDateTime)), _end(found.effectivePeriod))
    concluded = [_coded(concept) for concept in found.conclusionCode or []] or [_coded(found.code)]
    problems: list[Read] = [Problem(origin, thing, plain(found.status), "", began, When()) for thing in concluded]
    return [*problems, *_panel(origin, _coded(found.code), found.result)]


def _observation(found: "Observation", origin: Origin) -> list[Read]:
    at = _known(
        when(_moment(found.effectiveDateTime)), when(_moment(found.effectiveInstant)), _end(found.effectivePeriod)
    )
    values = [_value(found), *(_value(part) for part in found.component or [] if part)]
    thing = _coded(found.code)
    return [
        Measured(origin, thing, plain(found.status), at, tuple(values)),
        *_panel(origin, thing, found.hasMember),
    ]


def _panel(origin: Origin, thing: Coded, listed: "Sequence[Reference | None] | None") -> list[Read]:
    # A result that is only described stays, as a reference to nothing: without it the panel is not whole.
    references = tuple(plain(one.reference) if one else "" for one in listed or [])
    return [Panel(origin, thing, references)] if references else []


def _value(found: "Observation | ObservationComponent") -> Value:
    thing, quantity = _coded(found.code), found.valueQuantity
    if quantity is not None:
        return _quantity(thing, quantity, found)
    if found.valueInteger is not None:
        return Value(thing, number=float(found.valueInteger))
    result = _coded(found.valueCodeableConcept)
    if found.valueString:
        result = Coded((), plain(found.valueString))
    if not result.name and (read := [_coded(concept) for concept in found.interpretation or []]):
        result = read[0]
    return Value(thing, result=result, trouble="" if result.name else "it has no value")


def _quantity(thing: Coded, quantity: "Quantity", found: "Observation | ObservationComponent") -> Value:
    unit = plain(quantity.code or quantity.unit)
    if quantity.value is None:
        return Value(thing, trouble="it has no value")
    if quantity.comparator:
        return Value(thing, trouble=f"“{plain(quantity.comparator)} {quantity.value}” is a limit, not a value")
    low, high = (_limits(found, unit, end) for end in ("low", "high"))
    read = next((_coded(concept) for concept in found.interpretation or [] if concept), Coded())
    return Value(thing, float(quantity.value), unit, max(low, default=None), min(high, default=None), read)


def _limits(found: "Observation | ObservationComponent", unit: str, end: str) -> list[float]:
    """The reference limits at one end that are given in the unit of the value."""
    ends: list[Quantity | None] = [getattr(limits, end) for limits in found.referenceRange or [] if limits]
    return [
        float(limit.value)
        for limit in ends
        if limit and limit.value is not None and plain(limit.code or limit.unit) in ("", unit)
    ]


def _request(found: "MedicationRequest", origin: Origin) -> list[Read]:
    state = "do-not-perform" if found.doNotPerform else plain(found.status)
    thing, reference = _medicine(found)
    dose, as_needed = _dose(found.dosageInstruction or [])
    began = when(_moment(found.authoredOn))
    return [Taken(origin, thing, reference, state, dose, as_needed, _said(found.requester), began, When())]


def _statement(found: "MedicationStatement", origin: Origin) -> list[Read]:
    thing, reference = _medicine(found)
    dose, as_needed = _dose(found.dosage or [])
    began = _known(_start(found.effectivePeriod), when(_moment(found.effectiveDateTime)))
    return [
        Taken(origin, thing, reference, plain(found.status), dose, as_needed, "", began, _end(found.effectivePeriod))
    ]


def _medicine(found: "MedicationRequest | MedicationStatement") -> tuple[Coded, str]:
    reference = found.medicationReference
    thing = _coded(found.medicationCodeableConcept)
    if reference is None:
        return thing, ""
    return Coded((), plain(reference.display)), plain(reference.reference)


def _dose(lines: "Sequence[Dosage | None]") -> tuple[str, bool]:
    """The dose in words, and whether it is taken only as needed."""
    dosages = [line for line in lines if line]
    as_needed = any(line.asNeededBoolean or line.asNeededCodeableConcept for line in dosages)
    words = [plain(line.text) for line in dosages if line.text]
    for line in dosages:
        for part in line.doseAndRate or []:
            if part and part.doseQuantity and part.doseQuantity.value is not None:
                words.append(f"{part.doseQuantity.value:g} {plain(part.doseQuantity.unit)}".strip())
    return words[0] if words else "", as_needed


READERS: dict[str, Callable[[Any, Origin], list[Read]]] = {
    "Patient": _patient,
    "Condition": _condition,
    "AllergyIntolerance": _allergy,
    "FamilyMemberHistory": _family,
    "Procedure": _procedure,
    "DiagnosticReport": _report,
    "Observation": _observation,
    "MedicationRequest": _request,
    "MedicationStatement": _statement,
    "Medication": lambda found, origin: [_coded(found.code)],
}
