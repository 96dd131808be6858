"""Measured values of a record: the newest of each reading, in the unit in which it is recorded here."""

import pytest

from screening.rules.importing import measuring
from screening.rules.importing.proposing import Kind
from tests import records
from tests.rules.screening.importing import SNOMED, lines, proposals, reading, readings, the


@pytest.mark.parametrize(
    ("code", "value", "unit", "expected"),
    [
        ("2951-2", 139, "mmol/L", reading({"sodium": 139})),
        ("2823-3", 4.1, "meq/L", reading({"potassium": 4.1})),
        ("2160-0", 1.2, "mg/dL", reading({"creatinine": 106.08})),
        ("14682-9", 80, "umol/L", reading({"creatinine": 80})),
        ("718-7", 13.5, "g/dL", reading({"haemoglobin": 135})),
        ("4548-4", 6.5, "%", reading({"hba1c": 47.52951455})),
        ("3016-3", 2.1, "u[IU]/mL", reading({"tsh": 2.1})),
        ("1742-6", 30, "U/L", reading({"alt": 30})),
        ("1742-6", 0.5, "ukat/L", reading({"alt": 30})),
        ("1920-8", 31, "[IU]/L", reading({"ast": 31})),
        ("29463-7", 64, "kg", reading({"weight": 64}, evidence="examination")),
        ("29463-7", 64000, "g", reading({"weight": 64}, evidence="examination")),
        ("29463-7", 141, "[lb_av]", reading({"weight": 63.95652417}, evidence="examination")),
        ("8634-8", 400, "ms", reading({"qt": 400}, evidence="ecg")),
        ("44975-1", 0.4, "s", reading({"qt": 400}, evidence="ecg")),
    ],
)
def test_a_value_is_proposed_in_the_unit_that_is_recorded(code, value, unit, expected):
    assert readings(records.observation("o", code, "x", value, unit, "2026-11-02")) == ([expected], [])


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"status": "preliminary"}, "It is preliminary, not final."),
        ({"status": "entered-in-error"}, "It is entered in error, not final."),
        ({"effectiveDateTime": "2026"}, "It has no day on which it was measured."),
        ({"effectiveDateTime": "2027-01-01"}, "Its day has not come yet."),
        (
            {"valueQuantity": {"value": 139, "code": "mg/dL"}},
            "Its unit, mg/dL, is not in the table: nothing is converted by guess.",
        ),
        ({"valueQuantity": {"value": 139}}, "Its unit, none, is not in the table: nothing is converted by guess."),
        ({"valueQuantity": {"value": 120, "code": "mmol/L", "comparator": "<"}}, "“< 120” is a limit, not a value."),
        ({"valueQuantity": {"code": "mmol/L"}}, "It has no value."),
        (
            {"valueQuantity": {"value": 13.9, "code": "mmol/L"}},
            "13.9 mmol/L is outside what can be recorded: check it in the other system.",
        ),
    ],
)
def test_a_value_that_cannot_be_used_says_why(changes, why):
    sodium = records.observation("na", "2951-2", "Sodium", 139, "mmol/L", "2026-11-02")
    assert readings(sodium | changes) == ([], [("Sodium", why)])


def test_the_newest_value_of_each_reading_counts():
    found, aside = readings(
        records.observation("b", "2951-2", "Sodium", 139, "mmol/L", "2026-11-02"),
        records.observation("a", "2947-0", "Sodium", 128, "mmol/L", "2026-10-02"),
    )
    assert (found, aside) == ([reading({"sodium": 139})], [("Sodium: 128 mmol/L", "There is a newer value.")])


def test_a_value_of_today_counts_and_one_of_tomorrow_does_not():
    today, tomorrow = (
        records.observation("w", "29463-7", "Weight", 64, "kg", day) for day in ("2026-11-22", "2026-11-23")
    )
    assert (len(lines(Kind.READING, today)), len(lines(Kind.READING, tomorrow))) == (1, 0)


@pytest.mark.parametrize(("value", "kept"), [(25, True), (24.9, False), (300, True), (300.1, False)])
def test_a_value_on_the_edge_of_what_can_be_recorded_is_taken(value, kept):
    weight = records.observation("w", "29463-7", "Weight", value, "kg", "2026-11-02")
    assert len(lines(Kind.READING, weight)) == kept


def test_a_whole_number_and_a_value_without_a_number():
    weight = records.observation("w", "29463-7", "Weight", 64, "kg", "2026-11-02")
    whole = {name: part for name, part in weight.items() if name != "valueQuantity"}
    assert readings({**whole, "valueInteger": 64})[1] == [
        ("Weight", "Its unit, none, is not in the table: nothing is converted by guess.")
    ]
    assert readings({**whole, "valueString": "about 64"})[1] == [("Weight", "It has no number.")]


def test_the_same_value_twice_at_one_moment_is_one_and_two_values_are_none():
    def sodium(id, value):
        return records.observation(id, "2951-2", "Sodium", value, "mmol/L", "2026-11-02T09:00:00Z")

    found = proposals(sodium("a", 139), sodium("b", 139))
    [line] = [line for line in found.lines if line.kind is Kind.READING]
    assert (line.says, len(line.origins)) == (("Sodium: 139 mmol/L, 2 Nov 2026",), 1)
    assert [one.why for one in found.set_aside] == ["It is there twice, or higher."]
    assert lines(Kind.READING, sodium("a", 139), sodium("b", 140)) == []


def test_reference_limits_come_along_where_they_are_recorded_and_in_the_same_unit():
    limits = [{"low": {"value": 5, "code": "U/L"}, "high": {"value": 40, "code": "U/L"}}]
    found, _ = readings(records.observation("o", "1742-6", "ALT", 30, "U/L", "2026-11-02", referenceRange=limits))
    assert found == [reading({"alt": 30, "alt_upper": 40})]
    odd = [{"high": {"value": 0.7, "code": "ukat/L"}}]
    found, _ = readings(records.observation("o", "1742-6", "ALT", 30, "U/L", "2026-11-02", referenceRange=odd))
    assert found == [reading({"alt": 30})]


def test_of_several_reference_limits_the_narrowest_counts():
    def limits(low, high):
        return {"low": {"value": low, "code": "mmol/L"}, "high": {"value": high, "code": "mmol/L"}}

    potassium = records.observation(
        "k", "2823-3", "Potassium", 4.1, "mmol/L", "2026-11-02", referenceRange=[limits(3.5, 5.1), limits(3.6, 5.0)]
    )
    assert the(Kind.READING, potassium).proposal["numbers"] == {
        "potassium": 4.1,
        "potassium_lower": 3.6,
        "potassium_upper": 5.0,
    }


def test_a_low_reference_limit_comes_along_too():
    limits = [{"low": {"value": 0.4, "code": "m[IU]/L"}, "high": {"value": 4, "code": "m[IU]/L"}}]
    tsh = records.observation("t", "3016-3", "TSH", 2.1, "m[IU]/L", "2026-11-02", referenceRange=limits)
    assert the(Kind.READING, tsh).proposal["numbers"] == {"tsh": 2.1, "tsh_lower": 0.4, "tsh_upper": 4}


@pytest.mark.parametrize(
    ("result", "word"),
    [
        ({"valueCodeableConcept": records.coded(SNOMED, "260385009", "Negative")}, "negative"),
        ({"valueCodeableConcept": records.coded(SNOMED, "10828004", "Positive")}, "positive"),
        ({"valueString": "NEGATIVE"}, "negative"),
        ({"valueString": "see comment"}, None),
        (
            {
                "interpretation": [
                    {
                        "coding": [
                            {
                                "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation",
                                "code": "POS",
                            }
                        ]
                    }
                ]
            },
            "positive",
        ),
    ],
)
def test_a_pregnancy_test_is_read_from_its_coded_or_written_result(result, word):
    test = records.observation("p", "2106-3", "Pregnancy test", 1, "x", "2026-11-02") | result
    del test["valueQuantity"]
    found, aside = readings(test)
    assert found == ([reading(words={"pregnancy_test": word})] if word else [])
    assert aside == ([] if word else [("Pregnancy test", "“see comment” is neither positive nor negative.")])


@pytest.mark.parametrize(
    ("written", "word"), [("Positive", "positive"), (" negative ", "negative"), ("doubtful", None)]
)
def test_a_written_result_is_read_when_it_is_the_word_itself(written, word):
    test = records.observation("p", "2106-3", "Pregnancy test", 1, "x", "2026-11-02") | {"valueString": written}
    del test["valueQuantity"]
    found = lines(Kind.READING, test)
    assert [line.proposal["words"] for line in found] == ([{"pregnancy_test": word}] if word else [])


@pytest.mark.parametrize(
    ("name", "word", "said"),
    [
        ("pregnancy_test", "positive", "Pregnancy test: positive"),
        ("nursing", "yes", "Is the patient nursing: yes"),
        ("mdma_last", "half year", "Last used: within 6 months"),
    ],
)
def test_a_word_is_proposed_with_what_it_answers(name, word, said):
    assert measuring.label(name, word) == said


def test_a_result_beside_an_unknown_code_is_still_read_and_an_empty_part_of_a_panel_is_nothing():
    both = [{"system": "http://local.example", "code": "N"}, {"system": SNOMED, "code": "260385009"}]
    test = records.observation("p", "2106-3", "Pregnancy test", 1, "x", "2026-11-02") | {
        "valueCodeableConcept": {"coding": both}
    }
    del test["valueQuantity"]
    assert readings(test)[0] == [reading(words={"pregnancy_test": "negative"})]
    panel = records.pressure("p", 130, 80, "2026-11-02T09:00:00Z")
    panel["code"] = panel["component"][0]["code"]
    assert readings(panel)[0] == [reading({"systolic": 130, "diastolic": 80}, evidence="examination")]


def test_what_is_known_is_never_called_unmapped_and_what_is_not_known_always():
    sodium = records.observation("na", "2951-2", "Sodium", 139, "mmol/L", "2026-11-02")
    height = records.observation("h", "8302-2", "Height", 168, "cm", "2026-11-02")
    assert [one.what for one in proposals(sodium, height).unmapped] == ["Height (8302-2)"]
    bare = height | {"code": {"coding": [{"system": records.LOINC, "code": "8302-2"}]}}
    assert [one.what for one in proposals(bare).unmapped] == ["8302-2"]
    nameless = {name: part for name, part in height.items() if name != "code"} | {"code": {"text": ""}}
    assert [one.what for one in proposals(nameless).unmapped] in (["Observation h"], [])
