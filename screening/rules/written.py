"""A candidate written down as JSON, and the verdict told as JSON.

Read strictly: what is not in the schema is refused, and what is absent is unknown.
"""

from datetime import date
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from accounts.rules.findings import Finding
from patients.rules.protocol import EvidenceKind, Protocol
from screening.rules import diagnoses
from screening.rules.candidate import (
    Candidate,
    ConsentFact,
    ConsentKind,
    JudgementFact,
    MedicineFact,
    Piece,
    is_poor_metaboliser,
)
from screening.rules.readings import Number, last_name
from screening.rules.schema import readings_of, schema
from screening.rules.strict import BadInput, Fault, short, under, values_of
from screening.rules.verdict import Verdict

SHOWN = 20  # names that a message lists


def candidate_from(data: bytes, protocol: Protocol) -> Candidate:
    """The candidate that `data` describes to this protocol. Raises BadInput."""
    values = values_of(data)
    checker = Draft202012Validator(schema(protocol), format_checker=Draft202012Validator.FORMAT_CHECKER)
    errors = sorted(checker.iter_errors(values), key=lambda error: [str(part) for part in error.absolute_path])
    if errors:
        raise BadInput(*(_told(error) for error in errors))
    return _candidate(values)


def told(verdict: Verdict) -> dict[str, Any]:
    """The verdict and every finding as plain values."""
    return {
        "verdict": verdict.standing.value,
        "sentence": verdict.sentence,
        "until": verdict.until.isoformat() if verdict.until else None,
        "judged_by": list(verdict.judges),
        "missing": [
            {"code": one.code, "what": one.what, "who": one.who, "by": one.by.isoformat()} for one in verdict.missing
        ],
        "findings": [_finding(finding) for finding in verdict.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "outcome": finding.outcome.value,
        "sentence": finding.sentence,
        "evidence": finding.evidence,
        "source": finding.source.document if finding.source else None,
        "mark": finding.source.mark.value if finding.source else None,
        "decided_by": finding.decided_by,
    }


# What the schema refuses, in words


def _told(error: ValidationError) -> Fault:
    pointer = ""
    for part in error.absolute_path:
        pointer = under(pointer, part)
    wanted: Any = error.validator_value
    given: Any = error.instance
    within: Any = error.schema
    if error.validator == "required":
        missing = next(name for name in wanted if name not in given)
        return Fault(pointer, f"needs “{missing}”")
    if error.validator == "additionalProperties":
        known = within["properties"]
        extra = next(name for name in given if name not in known)
        return Fault(under(pointer, extra), f"is not known here; known are {_listed(known)}")
    return Fault(pointer, _reason(str(error.validator), wanted, given))


def _reason(rule: str, wanted: Any, given: Any) -> str:
    if rule == "type":
        names = [wanted] if isinstance(wanted, str) else [name for name in wanted if name != "null"]
        return f"must be {' or '.join(TYPES[name] for name in names)}, not {short(given)}"
    if rule == "enum":
        return f"must be one of {_listed(word for word in wanted if word is not None)}, not {short(given)}"
    if rule in ("minimum", "maximum"):
        return f"must be at {'least' if rule == 'minimum' else 'most'} {wanted:g}, not {short(given)}"
    if rule in ("maxLength", "maxItems"):
        return f"must have at most {wanted} {'entries' if rule == 'maxItems' else 'characters'}"
    if rule == "pattern" and wanted == r"\S":
        return "must not be empty"
    return f"must be a day that exists, written YYYY-MM-DD, from 1900 to 2199, not {short(given)}"


TYPES = {
    "object": "an object",
    "array": "a list",
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
}


def _listed(names: Any) -> str:
    every = [str(name) for name in names]
    return ", ".join(every[:SHOWN]) + (f" and {len(every) - SHOWN} more" if len(every) > SHOWN else "")


# Values to candidate


def _candidate(values: dict[str, Any]) -> Candidate:
    _oldest_first(values, "consents", "kind", "given_on")
    _oldest_first(values, "judgements", "code", "on")
    evidence = {
        kind: _piece(kind, values["evidence"][kind.value]) for kind in EvidenceKind if kind.value in values["evidence"]
    }
    return Candidate(
        born_on=_day(values.get("born_on")),
        sex=values.get("sex"),
        contact_named=values.get("emergency_contact"),
        poor_metaboliser=is_poor_metaboliser(evidence),
        dosed_on=_day(values.get("last_dosing_day")),
        evidence=evidence,
        medicines=tuple(_medicine(entry) for entry in values.get("medicines", ())),
        consents=tuple(_consent(entry) for entry in values.get("consents", ())),
        judgements=tuple(_judgement(entry) for entry in values.get("judgements", ())),
        began_on=_day(values.get("screening_began_on")),
    )


def _oldest_first(values: dict[str, Any], name: str, same: str, day: str) -> None:
    """Refuse what would let an older entry count as the newest one."""
    latest: dict[str, str] = {}
    for index, entry in enumerate(values.get(name, ())):
        if entry[day] < latest.get(entry[same], ""):
            raise BadInput(
                Fault(f"/{name}/{index}/{day}", "is earlier than that of the entry before; the oldest stands first")
            )
        latest[entry[same]] = entry[day]


def _piece(kind: EvidenceKind, values: dict[str, Any]) -> Piece:
    numbers: dict[str, float] = {}
    words: dict[str, str] = {}
    written = values.get("readings", {})
    for reading in readings_of(kind):
        value = written.get(reading.name)
        if value is None:
            continue
        if isinstance(reading, Number):
            numbers |= _numbers(kind, reading, value)
        elif value.strip():
            if reading.name == diagnoses.READING and (wrong := diagnoses.faults(value)):
                raise BadInput(*(Fault(f"/evidence/{kind}/readings/{reading.name}", fault) for fault in wrong))
            words[reading.name] = value
    for code, day in _said(values.get("last_on", {})).items():
        if values.get("answers", {}).get(code) is not True:
            raise BadInput(Fault(f"/evidence/{kind}/last_on/{code}", f"needs the answer true to {code}"))
        words[last_name(code)] = day
    return Piece(kind, date.fromisoformat(values["taken_on"]), _said(values.get("answers", {})), numbers, words)


def _said(answers: dict[str, Any]) -> dict[str, Any]:
    """What was answered; null says as little as what is absent."""
    return {code: answer for code, answer in answers.items() if answer is not None}


def _numbers(kind: EvidenceKind, reading: Number, value: Any) -> dict[str, float]:
    """A reading and its reference limits in the unit that is kept."""
    if not isinstance(value, dict):
        return {reading.name: float(value)}
    unit = next((other for other in reading.units if other.name == value["unit"]), None)
    found = {}
    names = {"value": reading.name, **{which: f"{reading.name}_{which}" for which in reading.limited}}
    for key, name in names.items():
        if key not in value:
            continue
        kept = unit.converted(value[key]) if unit else float(value[key])
        low = reading.low if key == "value" else 0
        if not low <= kept <= reading.high:
            reason = f"is {kept:g} {reading.unit}, outside {low:g} to {reading.high:g}"
            raise BadInput(Fault(f"/evidence/{kind}/readings/{reading.name}/{key}", reason))
        found[name] = kept
    lower, upper = found.get(f"{reading.name}_lower"), found.get(f"{reading.name}_upper")
    if lower is not None and upper is not None and lower > upper:
        raise BadInput(Fault(f"/evidence/{kind}/readings/{reading.name}/lower", "is above the upper limit"))
    return found


def _medicine(values: dict[str, Any]) -> MedicineFact:
    return MedicineFact(
        name=values["name"],
        dose=values.get("dose", ""),
        regular=values.get("regular", True),
        ongoing=values.get("ongoing"),
        last_dose_on=_day(values.get("last_dose_on")),
    )


def _consent(values: dict[str, Any]) -> ConsentFact:
    return ConsentFact(
        kind=ConsentKind(values["kind"]),
        version=values["version"],
        given_on=date.fromisoformat(values["given_on"]),
        understood=values["understood"],
        withdrawn_on=_day(values.get("withdrawn_on")),
    )


def _judgement(values: dict[str, Any]) -> JudgementFact:
    return JudgementFact(**{**values, "on": date.fromisoformat(values["on"])})


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None
