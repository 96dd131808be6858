"""The JSON Schema (2020-12) of one candidate, made from the protocol's questions and the readings of each piece of evidence."""

from collections.abc import Mapping

from patients.rules.protocol import EvidenceKind, Protocol
from screening.rules.candidate import ConsentKind
from screening.rules.readings import GROUPS, Choice, Day, Number, Reading, Text, dated, questions
from screening.rules.words import PIECES, capital

Schema = dict[str, object]

UNKNOWN = "Absent or null: unknown, which never counts as no."
DAY: Schema = {"type": ["string", "null"], "format": "date", "pattern": r"^(19|20|21)\d\d-\d\d-\d\d$"}
WHOLE_DAY: Schema = {**DAY, "type": "string"}
YES_NO: Schema = {"type": ["boolean", "null"]}
MOST = 200  # entries of a list; a chart with more is a slip


def schema(protocol: Protocol) -> Schema:
    """What `screen` reads for this protocol."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:mdmaat:candidate:{protocol.code}:{protocol.version}",
        "title": f"One candidate for the protocol {protocol.code}, version {protocol.version}",
        "description": (
            "Everything that screening looks at. What is not known is left out or null, and then counts as unknown, "
            "never as no. Days are written YYYY-MM-DD."
        ),
        **_object(
            {
                "born_on": _of(DAY, f"Date of birth. {UNKNOWN}"),
                "sex": _of(_among("female", "male"), f"Which limit of the QT interval applies. {UNKNOWN}"),
                "emergency_contact": _of(YES_NO, f"Is a contact person with a telephone number named? {UNKNOWN}"),
                "last_dosing_day": _of(DAY, "The last dosing day that was held, if there was one."),
                "screening_began_on": _of(
                    DAY, "The day screening began; from it the protocol counts how long it may last."
                ),
                "evidence": _evidence(protocol),
                "medicines": _many(_medicine(), "Every medicine, supplement and substance that is or was taken."),
                "consents": _many(_consent(), "Consents, oldest first; the newest of a kind counts."),
                "judgements": _many(
                    _judgement(), "Written judgements, oldest first; the newest one about a finding counts."
                ),
            },
            needed=("evidence",),
        ),
    }


def _evidence(protocol: Protocol) -> Schema:
    pieces = {kind.value: _piece(protocol, kind) for kind in EvidenceKind}
    return {"description": "The pieces of evidence. Without all five nobody is eligible.", **_object(pieces)}


def _piece(protocol: Protocol, kind: EvidenceKind) -> Schema:
    asked = {c.code: _of(YES_NO, f"{c.question} true: yes; false: no. {UNKNOWN}") for c in questions(protocol, kind)}
    read = {reading.name: _reading(reading) for reading in readings_of(kind)}
    valid = protocol.evidence_validity[kind]
    parts: Schema = {
        "taken_on": _of(WHOLE_DAY, f"The day it was taken; it counts for {valid.value:g} {valid.unit}."),
        "readings": {"description": "What was measured or recorded.", **_object(read)},
    }
    if asked:
        parts["answers"] = {"description": "The protocol's questions, by the code of the criterion.", **_object(asked)}
    if when := {
        c.code: _of(DAY, f"When it was last so; only beside an answer true. {UNKNOWN}") for c in dated(protocol, kind)
    }:
        parts["last_on"] = {"description": "When a risk that was answered yes was last there.", **_object(when)}
    return {"description": f"{capital(PIECES[kind])}.", **_object(parts, needed=("taken_on",))}


def readings_of(kind: EvidenceKind) -> list[Reading]:
    """The readings of a piece of evidence; reference limits are written inside the reading that they belong to."""
    every = [reading for group in GROUPS[kind] for reading in group.readings]
    return [reading for reading in every if not (isinstance(reading, Number) and reading.of)]


def _reading(reading: Reading) -> Schema:
    if isinstance(reading, Number):
        return _number(reading)
    if isinstance(reading, Choice):
        words = "; ".join(f"{value}: {label}" for value, label in reading.choices)
        return _of(_among(*(value for value, _ in reading.choices)), f"{reading.label} ({words}). {UNKNOWN}")
    if isinstance(reading, Day):
        return _of(DAY, f"{reading.label}. {UNKNOWN}")
    return _text(reading)


def _text(reading: Text) -> Schema:
    return {"type": ["string", "null"], "maxLength": 2000, "description": f"{reading.label}. {reading.note} {UNKNOWN}"}


def _number(reading: Number) -> Schema:
    """A number in the unit that is kept, or an object with the unit it was reported in. Ranges catch slips, no more."""
    unit = f"{reading.label}, in {reading.unit}, {reading.low:g} to {reading.high:g}."
    if not reading.units and not reading.limited:
        kind = "integer" if reading.whole else "number"
        return {
            "type": [kind, "null"],
            "minimum": reading.low,
            "maximum": reading.high,
            "description": f"{unit} {UNKNOWN}",
        }
    names = [reading.unit, *(other.name for other in reading.units)]
    within: Schema = {
        "value": {"type": "number", "description": "The value as reported."},
        "unit": {"enum": names, "description": "The unit in which value and limits were reported."},
    }
    within |= {
        name: {"type": "number", "description": f"The {name} reference limit that the laboratory printed."}
        for name in reading.limited
    }
    return {
        "type": ["number", "object", "null"],
        "minimum": reading.low,
        "maximum": reading.high,
        "description": f"{unit} Also with its unit ({', '.join(names)}) and reference limits. {UNKNOWN}",
        "properties": within,
        "required": ["value", "unit"],
        "additionalProperties": False,
    }


def _medicine() -> Schema:
    return _object(
        {
            "name": {"type": "string", "pattern": r"\S", "maxLength": 200, "description": "Generic or trade name."},
            "dose": {"type": "string", "maxLength": 200, "description": "As written in the chart."},
            "regular": {"type": "boolean", "description": "false: only as needed. Absent: regular."},
            "ongoing": _of(YES_NO, f"Is it still taken? {UNKNOWN}"),
            "last_dose_on": _of(DAY, f"The day of the last dose, or of the last one planned. {UNKNOWN}"),
        },
        needed=("name",),
    )


def _consent() -> Schema:
    return _object(
        {
            "kind": {"enum": [kind.value for kind in ConsentKind], "description": "What was consented to."},
            "version": {"type": "string", "pattern": r"\S", "maxLength": 40, "description": "Version of the text."},
            "given_on": _of(WHOLE_DAY, "The day it was given."),
            "understood": {"type": "boolean", "description": "Was the understanding check passed?"},
            "withdrawn_on": _of(DAY, "The day it was withdrawn, if it was."),
        },
        needed=("kind", "version", "given_on", "understood"),
    )


def _judgement() -> Schema:
    def text(most: int, say: str) -> Schema:
        return {"type": "string", "maxLength": most, "pattern": r"\S", "description": say}

    return _object(
        {
            "code": text(140, "The code of the finding that is judged."),
            "about": {
                "type": "string",
                "maxLength": 4000,
                "description": "The finding's `evidence`, word for word: a judgement holds for that evidence alone.",
            },
            "acceptable": {"type": "boolean", "description": "true: treatment may go on in spite of it."},
            "reason": text(4000, "What was weighed."),
            "by": text(200, "Who judged."),
            "on": _of(WHOLE_DAY, "The day of the judgement."),
        },
        needed=("code", "about", "acceptable", "reason", "by", "on"),
    )


def _object(properties: Mapping[str, object], needed: tuple[str, ...] = ()) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(needed),
        "additionalProperties": False,
    }


def _many(items: Schema, say: str) -> Schema:
    return {"type": "array", "maxItems": MOST, "items": items, "description": say}


def _among(*words: str) -> Schema:
    return {"enum": [*words, None]}


def _of(kind: Schema, say: str) -> Schema:
    return {**kind, "description": say}
