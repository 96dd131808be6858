"""Totals of measures and the QTc that a device printed, read by code or by the exact words of their names."""

import pytest

from screening.rules.importing.proposing import Kind
from tests import records
from tests.rules.screening.importing import LOINC, left, proposals, proposed_readings


@pytest.mark.parametrize(
    ("code", "value", "unit", "name", "evidence"),
    [
        (records.coded(LOINC, "44261-6", "PHQ-9 total"), 14, "{score}", "phq9", "psychiatric"),
        (records.coded(LOINC, "44249-1", "PHQ-9 panel"), 14, "{score}", "phq9", "psychiatric"),
        (records.coded(LOINC, "8636-3", "QTc"), 432, "ms", "qtc_printed", "ecg"),
        (records.coded(LOINC, "76635-2", "QTc Bazett"), 0.432, "s", "qtc_printed", "ecg"),
        (records.coded(LOINC, "76634-5", "QTc Fridericia"), 432, "ms", "qtc_printed", "ecg"),
        ({"text": "CAPS-5 total severity score"}, 44, "{score}", "caps5", "psychiatric"),
        ({"text": "PTSD Checklist for DSM-5 (PCL-5) total score"}, 52, "{score}", "pcl5", "psychiatric"),
    ],
)
def test_a_score_is_read_by_its_code_or_by_the_exact_words_of_its_name(code, value, unit, name, evidence):
    observation = records.observation("o", "x", "x", value, unit, "2026-11-02") | {"code": code}
    [line] = [line for line in proposals(observation).lines if line.kind is Kind.READING]
    expected = 432 if name == "qtc_printed" else value
    assert dict(line.proposal) == {"evidence": evidence, "on": "2026-11-02", "numbers": {name: expected}, "words": {}}
    by_name = "coding" not in code
    assert bool(line.warnings) is by_name
    whole = {k: v for k, v in observation.items() if k != "valueQuantity"} | {"valueInteger": value}
    if unit == "{score}":
        assert proposed_readings(whole)[0]["numbers"] == {name: value}


@pytest.mark.parametrize("name", ["CAPS-5 total symptom count", "CAPS-5 criterion B", "PCL-5 item 3", "PCL", "CAPS-5"])
def test_other_names_are_not_taken_for_a_total(name):
    observation = records.observation("o", "x", "x", 12, "{score}", "2026-11-02") | {"code": {"text": name}}
    assert proposed_readings(observation) == []


def test_of_two_printed_qtc_of_one_moment_the_higher_counts_and_of_two_potassium_neither():
    def twice(code, low, high, unit):
        return [records.observation(f"o{v}", code, "x", v, unit, "2026-11-02T09:00:00Z") for v in (high, low)]

    assert proposed_readings(*twice("8636-3", 430, 470, "ms"))[0]["numbers"] == {"qtc_printed": 470}
    found = proposals(*twice("2823-3", 3.1, 4.4, "mmol/L"))
    assert [line.kind for line in found.lines] == [Kind.PERSON]
    assert [why for _, why in left(found.set_aside)] == [
        "Several values of one moment: nobody can tell which one holds."
    ] * 2
    assert proposed_readings(*twice("2823-3", 4.4, 4.4, "mmol/L"))[0]["numbers"] == {"potassium": 4.4}
