"""A candidate as JSON: what is read."""

from dataclasses import replace
from datetime import date

import pytest
from jsonschema import Draft202012Validator

from patients.rules.protocol import EvidenceKind
from screening.rules.candidate import MedicineFact
from screening.rules.schema import schema
from tests.rules.screening.as_json import ECG, EXAM, FULL, HEALTHY, LAB, faults, put, read, with_reading
from tests.rules.screening.people import healthy, mapp3, written


@pytest.mark.parametrize("candidate", [healthy(), FULL, replace(healthy(), evidence={}, sex=None, born_on=None)])
def test_what_is_written_down_is_read_again(candidate):
    assert read(written(candidate)) == candidate


def test_what_is_absent_or_null_is_unknown():
    bare = read({"evidence": {"ecg": {"taken_on": "2026-03-20", "readings": {"qt": None}, "answers": {"M4": None}}}})
    piece = bare.evidence[ECG]
    assert (bare.born_on, bare.sex, bare.contact_named, bare.medicines) == (None, None, None, ())
    assert (piece.answers, piece.numbers, piece.words) == ({}, {}, {})


def test_the_schema_is_one_and_says_what_every_part_means():
    Draft202012Validator.check_schema(schema(mapp3()))
    head = {name: schema(mapp3())[name] for name in ("$schema", "$id", "title")}
    assert head == {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:mdmaat:candidate:mapp3:1",
        "title": "One candidate for the protocol mapp3, version 1",
    }
    assert "never as no" in schema(mapp3())["description"]

    def undescribed(part, path):
        for name, inner in part.get("properties", {}).items():
            if "description" not in inner:
                yield f"{path}/{name}"
            yield from undescribed(inner, f"{path}/{name}")
        if "items" in part:
            yield from undescribed(part["items"], f"{path}/*")

    assert list(undescribed(schema(mapp3()), "")) == []


@pytest.mark.parametrize(
    ("reading", "kept"),
    [
        ({"value": 4.2, "unit": "mEq/L", "lower": 3.5, "upper": 5.1}, (4.2, 3.5, 5.1)),
        ({"value": 4.2, "unit": "mmol/L"}, (4.2, None, None)),
        (4.2, (4.2, None, None)),
    ],
)
def test_a_laboratory_value_may_carry_its_unit_and_reference_limits(reading, kept):
    values = written(healthy())
    values["evidence"]["laboratory"]["readings"]["potassium"] = reading
    numbers = read(values).evidence[LAB].numbers
    assert tuple(numbers.get(name) for name in ("potassium", "potassium_lower", "potassium_upper")) == kept


@pytest.mark.parametrize(
    ("kind", "name", "value", "unit", "kept"),
    [
        (LAB, "creatinine", 1.2, "mg/dL", 106.08),
        (LAB, "haemoglobin", 14.1, "g/dL", 141),
        (LAB, "hba1c", 6.5, "%", 47.52951455),
        (LAB, "alt", 0.5, "µkat/L", 30),
        (LAB, "tsh", 2.1, "µIU/mL", 2.1),
        (EXAM, "weight", 150, "lb", 68.0388555),
    ],
)
def test_a_value_in_another_unit_is_converted(kind, name, value, unit, kept):
    assert read(with_reading(kind, **{name: {"value": value, "unit": unit}})).evidence[kind].numbers[name] == kept


@pytest.mark.parametrize(
    ("reading", "numbers"),
    [
        ({"value": 30, "unit": "U/L", "upper": 0}, {"alt": 30, "alt_upper": 0}),
        ({"value": 0, "unit": "U/L"}, {"alt": 0}),
        ({"value": 10000, "unit": "U/L", "upper": 10000}, {"alt": 10000, "alt_upper": 10000}),
    ],
)
def test_a_value_on_the_end_of_its_range_is_read(reading, numbers):
    read_numbers = read(with_reading(LAB, alt=reading)).evidence[LAB].numbers
    assert {name: value for name, value in read_numbers.items() if name.startswith("alt")} == numbers


def test_both_reference_limits_may_be_the_same():
    sodium = {"value": 140, "unit": "mmol/L", "lower": 140, "upper": 140}
    numbers = read(with_reading(LAB, sodium=sodium)).evidence[LAB].numbers
    assert (numbers["sodium_lower"], numbers["sodium_upper"]) == (140, 140)


def test_a_limit_that_the_laboratory_did_not_print_hides_no_other():
    potassium = {"value": 4.2, "unit": "mmol/L", "upper": 5.1}
    numbers = read(with_reading(LAB, potassium=potassium)).evidence[LAB].numbers
    assert (numbers.get("potassium_lower"), numbers["potassium_upper"]) == (None, 5.1)


def test_a_reading_that_is_unknown_hides_no_other():
    piece = read(with_reading(EXAM, weight=None)).evidence[EXAM]
    assert piece.numbers == {name: n for name, n in healthy().evidence[EXAM].numbers.items() if name != "weight"}


def test_the_days_that_a_course_counts_from_are_read():
    found = read({**HEALTHY, "last_dosing_day": "2026-02-03", "screening_began_on": "2026-01-05"})
    assert (found.dosed_on, found.began_on) == (date(2026, 2, 3), date(2026, 1, 5))
    assert (read(HEALTHY).dosed_on, read(HEALTHY).began_on) == (None, None)


def test_a_medicine_is_regular_unless_it_is_called_otherwise():
    [medicine] = read({**HEALTHY, "medicines": [{"name": "lorazepam"}]}).medicines
    assert medicine == MedicineFact("lorazepam", regular=True, ongoing=None, last_dose_on=None)


# The longest that is still taken.
LONGEST = [
    ("evidence/psychiatric/readings/diagnoses", "F43.1 " + "x" * 1994),
    ("medicines/0/name", "x" * 200),
    ("medicines/0/dose", "x" * 200),
    ("consents/0/version", "x" * 40),
    ("judgements/0/code", "x" * 140),
    ("judgements/0/about", "x" * 4000),
    ("judgements/0/about", ""),
    ("judgements/0/reason", "x" * 4000),
    ("judgements/0/by", "x" * 200),
]


@pytest.mark.parametrize(("place", "value"), LONGEST)
def test_the_longest_of_every_text_is_read(place, value):
    read(put(place, value))


def test_the_day_of_a_yes_stands_beside_it_and_nowhere_else():
    values = written(healthy())
    history = values["evidence"]["history"]
    history["last_on"] = {"P14": "2026-01-06"}
    assert faults(values) == [("/evidence/history/last_on/P14", "needs the answer true to P14")]
    history["answers"]["P14"] = True
    assert read(values).evidence[EvidenceKind.HISTORY].words["last-P14"] == "2026-01-06"
    assert read(written(read(values))) == read(values)
    history["last_on"] = {"P14": None}
    assert "last-P14" not in read(values).evidence[EvidenceKind.HISTORY].words
