"""Medicines of a record: one line for each drug, its name, its dose, and what to ask the patient."""

import pytest

from screening.rules.importing.proposing import Kind
from tests import records
from tests.rules.screening.importing import ICD, criteria, left, lines, medicine, proposals, taken, the


def test_two_medicines_that_nobody_knows_stay_two_and_one_written_twice_is_one():
    found = lines(
        Kind.MEDICINE,
        records.prescription("a", "Xyzzomab"),
        records.prescription("b", "Wibblamine"),
        records.prescription("c", "XYZZOMAB"),
    )
    assert [line.title for line in found] == ["Xyzzomab", "Wibblamine"]


def test_a_medicine_named_elsewhere_in_the_file_is_found():
    named = {"resourceType": "Medication", "id": "med", "code": {"text": "Phenelzine"}}
    by_reference = records.prescription("m", "x") | {"medicationReference": {"reference": "Medication/med"}}
    del by_reference["medicationCodeableConcept"]
    assert medicine(named, by_reference)["name"] == "Phenelzine"
    inside = by_reference | {"contained": [named], "medicationReference": {"reference": "#med"}}
    assert medicine(inside)["name"] == "Phenelzine"


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("https://ehr.example/fhir/Medication/med", "Phenelzine"),
        ("Medication/med", "Phenelzine"),
        ("https://ehr.example/fhir/OtherMedication/med", None),
    ],
)
def test_a_medicine_named_elsewhere_is_found_by_any_address_of_it(reference, name):
    named = {"resourceType": "Medication", "id": "med", "code": {"text": "Phenelzine"}}
    by_reference = records.prescription("m", "x") | {"medicationReference": {"reference": reference}}
    del by_reference["medicationCodeableConcept"]
    found = lines(Kind.MEDICINE, named, by_reference)
    assert [line.title for line in found] == ([name] if name else [])
    assert [says.partition(",")[0] for line in found for says in line.says] == ([name] if name else [])


@pytest.mark.parametrize("inner", [{}, {"id": 7}])
def test_a_medicine_inside_a_prescription_needs_no_proper_id(inner):
    inside = {"resourceType": "Medication", "code": {"text": "Phenelzine"}, **inner}
    reference = f"#{inner.get('id', '')}"
    wrapped = records.prescription("m", "x", contained=[inside], medicationReference={"reference": reference})
    del wrapped["medicationCodeableConcept"]
    assert medicine(wrapped)["name"] == "Phenelzine"


@pytest.mark.parametrize(
    ("concept", "name"),
    [
        (
            records.coded(records.RXNORM, "312938", "24 HR venlafaxine 75 MG Extended Release Oral Capsule"),
            "Venlafaxine",
        ),
        (records.coded(records.RXNORM, "36437", "a tablet against sadness"), "Sertraline"),
        (records.coded(records.RXNORM, "999999", "Zoloft 50 MG Oral Tablet"), "Sertraline"),
        ({"text": "Nobody's pill"}, "Nobody's pill"),
    ],
)
def test_a_medicine_is_named_as_the_washout_table_names_it(concept, name):
    assert medicine(records.prescription("m", "x") | {"medicationCodeableConcept": concept})["name"] == name


def test_an_unknown_medicine_says_that_its_washout_is_unknown():
    line = the(Kind.MEDICINE, records.prescription("m", "Nobody's pill"))
    assert line.warnings == ("Not in the washout table: its washout is unknown until a physician looks it up.",)


def test_a_prescription_without_a_name_is_set_aside():
    nameless = records.prescription("m", "x") | {"medicationReference": {"reference": "Medication/gone"}}
    del nameless["medicationCodeableConcept"]
    assert left(proposals(nameless).set_aside) == [("MedicationRequest m", "It does not name the medicine.")]


def test_a_medicine_as_needed_is_not_regular():
    as_needed = [{"text": "for sleep", "asNeededBoolean": True}]
    assert medicine(records.prescription("m", "Zolpidem", dosageInstruction=as_needed))["regular"] is False
    assert medicine(records.prescription("m", "Zolpidem"))["regular"] is True


def test_one_regular_prescription_makes_it_regular():
    as_needed = [{"text": "for sleep", "asNeededBoolean": True}]
    both = [
        records.prescription("a", "Zolpidem", dosageInstruction=as_needed),
        records.prescription("b", "Zolpidem"),
    ]
    assert medicine(*both)["regular"] is True


def test_the_dose_is_taken_from_words_or_from_the_quantity():
    by_words = [{"text": "one in the morning"}]
    by_number = [{"doseAndRate": [{"doseQuantity": {"value": 50, "unit": "mg"}}]}]
    assert medicine(records.prescription("m", "Sertraline", dosageInstruction=by_words))["dose"] == "one in the morning"
    assert medicine(records.prescription("m", "Sertraline", dosageInstruction=by_number))["dose"] == "50 mg"


def test_two_codes_of_one_meaning_count_once_and_a_dose_without_a_quantity_is_none():
    twice = {"coding": [{"system": ICD, "code": "F20.0"}, {"system": f"{ICD}-cm", "code": "F20.1"}]}
    assert criteria(records.condition("c", twice)) == ["P2"]
    named_twice = {"coding": [{"display": "Schizophrenia"}], "text": "Paranoid schizophrenia"}
    assert criteria(records.condition("c", named_twice)) == ["P2"]
    empty = [{"doseAndRate": [{"rateQuantity": {"value": 1}}]}]
    assert medicine(records.prescription("m", "Sertraline", dosageInstruction=empty))["dose"] == ""


def test_dose_and_prescriber_are_those_of_the_newest_prescription():
    def written(id, on, dose):
        return records.prescription(
            id, "Sertraline", authoredOn=on, dosageInstruction=[{"text": dose}], requester={"display": f"Dr {id}"}
        )

    older, newer = written("Old", "2026-01-01", "50 mg"), written("New", "2026-06-01", "100 mg")
    for order in ((older, newer), (newer, older)):
        assert (medicine(*order)["dose"], medicine(*order)["prescriber"]) == ("100 mg", "Dr New")
    begun_long_ago = taken(start="2020-01-01", end="2026-10-01", dosage=[{"text": "25 mg"}])
    assert medicine(older, begun_long_ago)["dose"] == "25 mg"


def test_what_may_be_misread_or_contradicts_itself_is_said():
    line = the(Kind.MEDICINE, records.prescription("m", "Sertralin forte", "on-hold"))
    assert line.warnings == (
        "Perhaps sertraline; write the generic name after confirming.",
        "The record does not say whether it is taken at present: ask the patient.",
    )
    ended = records.statement("m", "Sertraline", "active", effectivePeriod={"end": "2026-10-01"})
    assert the(Kind.MEDICINE, ended).warnings == (
        "The record calls it active and also gives its end: ask the patient.",
    )


@pytest.mark.parametrize(
    ("found", "warnings"),
    [
        ([taken(state="active", end="2026-11-22")], ()),  # until today is no contradiction
        (
            [taken(state="active", end="2026-11-21")],
            ("The record calls it active and also gives its end: ask the patient.",),
        ),
        (
            [taken(state="active"), taken(id="n", state="active", end="2026-10-01")],
            ("The record calls it active and also gives its end: ask the patient.",),
        ),
        (
            [taken(state="unknown"), taken(id="n", state="stopped", end="2026-10-01")],
            ("The record does not say whether it is taken at present: ask the patient.",),
        ),
        (
            [taken(state="on-hold"), taken(id="n", state="active")],
            ("The record does not say whether it is taken at present: ask the patient.",),
        ),
    ],
)
def test_one_doubtful_entry_is_enough_to_ask_the_patient(found, warnings):
    assert the(Kind.MEDICINE, *found).warnings == warnings


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (taken(state="active"), "Sertraline, active"),
        (
            taken("Sertraline 50 mg", "on-hold", "2026-01-02", "2026-03", dosage=[{"text": "50 mg"}]),
            "Sertraline 50 mg, on hold, from 2 Jan 2026, until 2026-03",
        ),
        (
            taken(end="2026-10-01", dosage=[{"text": "50 mg", "asNeededBoolean": True}]),
            "Sertraline, 50 mg, as needed, stopped, until 1 Oct 2026",
        ),
    ],
)
def test_what_the_record_says_of_a_medicine_is_shown_word_for_word(found, says):
    assert the(Kind.MEDICINE, found).says == (says,)


def test_what_is_too_long_for_the_chart_is_cut_where_the_chart_ends():
    dosage = [{"text": "d" * 81}]
    found = medicine(records.prescription("m", "x" * 121, dosageInstruction=dosage, requester={"display": "p" * 121}))
    assert (len(found["name"]), len(found["dose"]), len(found["prescriber"])) == (120, 80, 120)
