"""The tables of codes: every row leads to a reading, medicine, unit or criterion that there is."""

import pytest

from accounts.rules.findings import Mark
from screening.rules import conditions
from screening.rules.importing import mapping
from screening.rules.importing.facts import Code, Coded
from screening.rules.importing.proposing import Kind
from screening.rules.medicines import read as read_medicine
from screening.rules.units import units_of
from tests import records
from tests.rules.screening.importing import ICD, SNOMED, proposals


def test_every_row_of_the_table_leads_somewhere():
    from screening.rules.importing.measuring import READINGS

    for row in mapping._ROWS["ingredients"]:
        assert read_medicine(row["name"]).certain, row
    for row in (*mapping._ROWS["readings"], *mapping._ROWS["rates"]):
        assert row["name"] in ("systolic", "diastolic") or READINGS[row["name"]][0] == row["evidence"], row
    for row in conditions._ROWS["conditions"]:
        assert all(word in READINGS for word in row.get("words", {})), row


def test_every_unit_of_the_table_is_one_that_the_table_of_units_knows():
    for row in mapping._ROWS["readings"]:
        named = [unit for unit in row["share"].values() if isinstance(unit, str)]
        assert set(named) <= {unit.name for unit in units_of(row["name"])}, row


def test_no_assignment_to_a_criterion_claims_to_be_published():
    rows = (*conditions._ROWS["conditions"], *conditions._ROWS["terms"])
    assert {row["mark"] for row in rows} == {Mark.NOT_VERIFIED.value}


def test_every_criterion_of_the_table_is_one_that_a_protocol_asks():
    from pathlib import Path

    from patients.rules import loading
    from screening.rules.importing.folding import home

    folder = Path(loading.__file__).parent.parent / "protocols"
    codes = {code for row in (*conditions._ROWS["conditions"], *conditions._ROWS["terms"]) for code in row["criteria"]}
    for path in folder.glob("*.toml"):
        protocol = loading.load(path.read_text(encoding="utf-8"), path.name)
        assert [code for code in sorted(codes) if home(protocol, code) is None] == [], path.name
        # What no line proposes is worked out from readings, and is there to be held against.
        worked_out = {criterion.code for criterion in protocol.criteria if home(protocol, criterion.code) is None}
        rows = conditions._ROWS["conditions"]
        assert {code for row in rows for code in row.get("against", ())} <= worked_out, path.name
        assert {code for row in rows for code in row.get("supports", ())} <= {c.code for c in protocol.criteria}


def test_the_longest_fitting_code_counts():
    def of(code):
        return [meaning.display for meaning in mapping.meanings(Coded((Code(ICD, code),)))]

    assert of("F31.8") == ["Bipolar affective disorder"]
    assert of("F31.81") == ["Bipolar II disorder"]
    assert of("I47.9") == ["Paroxysmal tachycardia"]


ROWS = [row for row in conditions._ROWS["conditions"] if not row.get("within")]
SYSTEM = {"icd-10": ICD, "snomed": SNOMED}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["code"])
def test_every_code_of_the_table_proposes_its_criteria_from_a_diagnosis_a_procedure_and_a_report(row):
    code = records.coded(SYSTEM[row["system"]], row["code"].partition("-")[0], "x")
    for resource in (
        records.condition("c", code),
        records.procedure("p", code, "2026-11-01"),
        records.report("r", code),
    ):
        found = proposals(resource)
        assert sorted(line.title for line in found.lines if line.kind is Kind.CRITERION) == sorted(row["criteria"])
        said = {k: v for line in found.lines for k, v in line.proposal.get("words", {}).items() if k != "diagnoses"}
        assert said == row.get("words", {})
