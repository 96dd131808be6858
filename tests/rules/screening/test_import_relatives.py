"""What a relative has speaks of the criteria about the family, and never of the patient's own illness."""

import pytest

from tests import records
from tests.rules.screening.importing import ICD, SNOMED, left, proposals, titles

ROLE = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
MOTHER = {"coding": [{"system": ROLE, "code": "MTH", "display": "mother"}]}


@pytest.mark.parametrize(
    ("who", "thing", "asked"),
    [
        (MOTHER, records.coded(ICD, "F20.0", "Schizophrenia"), ["P17"]),
        (MOTHER, records.coded(SNOMED, "83225003", "Bipolar II disorder"), ["P17"]),
        (MOTHER, {"text": "Psychosis"}, ["P17"]),
        (MOTHER, {"text": "Depression without psychotic symptoms"}, []),
        (MOTHER, {"text": "Long QT syndrome"}, ["M3"]),
        (MOTHER, records.coded(ICD, "I21", "Heart attack"), []),
        ({"text": "half-brother"}, {"text": "Bipolar disorder"}, []),
        ({"text": "Older brother"}, {"text": "Bipolar disorder"}, ["P17"]),
        ({"text": "Maternal grandmother"}, {"text": "Bipolar disorder"}, []),
        ({"coding": [{"system": ROLE, "code": "MGRMTH"}]}, {"text": "Bipolar disorder"}, []),
        ({"text": "Maternal grandmother"}, {"text": "Long QT syndrome"}, ["M3"]),
        ({"coding": []}, {"text": "Bipolar disorder"}, ["P17"]),
    ],
)
def test_what_a_relative_has_speaks_of_the_criteria_about_the_family(who, thing, asked):
    assert titles(records.relative("f", who, thing)) == asked


def test_a_relatives_illness_is_never_read_as_the_patients_own():
    found = proposals(records.relative("f", MOTHER, records.coded(ICD, "F20.0", "Schizophrenia")))
    assert found.lines[1].says == ("mother: Schizophrenia (F20.0), completed",)
    grandmother = proposals(records.relative("f", {"text": "Grandmother"}, {"text": "Schizophrenia"}))
    assert left(grandmother.set_aside) == [
        ("Grandmother: Schizophrenia", "The criterion asks about parents, siblings and children.")
    ]
    error = records.relative("f", MOTHER, {"text": "Schizophrenia"}, status="entered-in-error")
    assert left(proposals(error).set_aside) == [("mother: Schizophrenia", "It was entered in error.")]
    assert left(proposals(records.relative("f", MOTHER)).unmapped) == [
        ("mother: no condition listed", "No criterion or reading of a screening asks about it.")
    ]


def test_a_relative_whom_nobody_names_is_still_a_relative():
    found = proposals(records.relative("f", {}, {"text": "Schizophrenia"}))
    assert [line.says for line in found.lines if line.title == "P17"] == [("Relative: Schizophrenia, completed",)]
    unknown = proposals(records.relative("f", {}, {"text": "Ingrown toenail"}))
    assert [one.what for one in unknown.unmapped] == ["Relative: Ingrown toenail"]
