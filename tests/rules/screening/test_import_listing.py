"""What a record adds to the lists of diagnoses and allergies."""

import pytest

from tests import records
from tests.rules.screening.importing import ICD, proposals


@pytest.mark.parametrize(
    ("code", "state", "more", "title"),
    [
        ("F20", "active", {}, "Diagnosis: F20 Schizophrenia"),
        ("F20.0", "resolved", {}, "Diagnosis: F20.0 Schizophrenia (resolved)"),
        ("F200", "inactive", {}, "Diagnosis: F20.0 Schizophrenia (inactive)"),
        ("F20.0", "remission", {}, "Diagnosis: F20.0 Schizophrenia (remission)"),
        (
            "F20.0",
            "resolved",
            {"abatementDateTime": "2020-05"},
            "Diagnosis: F20.0 Schizophrenia, until 2020-05",
        ),
        ("F20.0", "active", {"onsetDateTime": "2011-02-03"}, "Diagnosis: F20.0 Schizophrenia, since 2011-02-03"),
    ],
)
def test_a_diagnosis_is_listed_with_what_became_of_it(code, state, more, title):
    condition = records.condition("c", records.coded(ICD, code, "Schizophrenia"), state, **more)
    assert title in [line.title for line in proposals(condition).lines]


@pytest.mark.parametrize(
    ("reaction", "title"),
    [
        ({"manifestation": [{"text": "rash"}], "severity": "severe"}, "Allergy: Lactose: rash (severe)"),
        ({"manifestation": [{"text": "rash"}]}, "Allergy: Lactose: rash"),
        ({"manifestation": [{"coding": []}], "severity": "mild"}, "Allergy: Lactose"),
        (
            {"manifestation": [{"coding": []}], "description": "itching", "severity": "mild"},
            "Allergy: Lactose: itching (mild)",
        ),
    ],
)
def test_an_allergy_is_listed_with_what_happened_and_how_badly(reaction, title):
    found = proposals(records.allergy("a", {"text": "Lactose"}, reaction=[reaction]))
    assert title in [line.title for line in found.lines]
