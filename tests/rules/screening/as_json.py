"""Candidates as JSON: read, refused, and changed in one place."""

import json
from dataclasses import replace

import pytest

from patients.rules.protocol import EvidenceKind
from screening.rules.candidate import ConsentFact, ConsentKind, JudgementFact, MedicineFact
from screening.rules.strict import BadInput
from screening.rules.written import candidate_from
from tests.rules.screening.people import TAKEN, TODAY, ago, healthy, mapp3, taking, written

ECG, LAB, EXAM = EvidenceKind.ECG, EvidenceKind.LABORATORY, EvidenceKind.EXAMINATION


def read(values):
    return candidate_from(json.dumps(values).encode(), mapp3())


def faults(data):
    with pytest.raises(BadInput) as refused:
        candidate_from(data if isinstance(data, bytes) else json.dumps(data).encode(), mapp3())
    return [(fault.pointer, fault.reason) for fault in refused.value.faults]


def with_reading(kind, **readings):
    values = written(healthy())
    values["evidence"][kind.value]["readings"] |= readings
    return values


FULL = replace(
    taking(MedicineFact("sertraline", "50 mg", True, False, ago(10)), MedicineFact("Xyzzomab", regular=False)),
    consents=(
        ConsentFact(ConsentKind.TREATMENT, "1", TAKEN, True),
        ConsentFact(ConsentKind.TOUCH, "1", TAKEN, True, TODAY),
    ),
    judgements=(JudgementFact("P17", "Medical history of 20 Mar 2026: yes", True, "A cousin.", "Dr Ash", TODAY),),
)
HEALTHY = written(healthy())


def put(place, value):
    """Everything written down, with something else in one place."""
    values = written(FULL)
    values["evidence"]["laboratory"]["readings"]["alt"] = {"value": 30, "unit": "U/L", "upper": 40}
    *path, last = place.split("/")
    inner = values
    for part in path:
        inner = inner[int(part) if part.isdigit() else part]
    inner[last] = value
    return values
