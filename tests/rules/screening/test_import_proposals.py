"""What a record proposes: the risk or the measured value, never the absence of a risk; and what is left, with its reason."""

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.rules.findings import Mark
from screening.rules import conditions
from screening.rules.importing import mapping
from screening.rules.importing.facts import Code, Coded
from screening.rules.importing.proposing import Kind, propose
from screening.rules.importing.reading import read
from screening.rules.medicines import read as read_medicine
from screening.rules.units import units_of
from tests import records

TODAY = dt.date(2026, 11, 22)
ICD, SNOMED = records.ICD, records.SNOMED


def proposals(*resources):
    return propose(read(records.file(records.bundle(*resources))), as_of=TODAY)


def criteria(*resources):
    return [line.title for line in proposals(*resources).lines if line.kind is Kind.CRITERION]


def the(kind, *resources):
    """The proposal of the only line of this kind."""
    (line,) = [line for line in proposals(*resources).lines if line.kind is kind]
    return line


def left(rows):
    return [(one.what, one.why) for one in rows]


# --- diagnoses, procedures, allergies, reports


@pytest.mark.parametrize(
    ("system", "code", "asked"),
    [
        (ICD, "F20", ["P2"]),
        (ICD, "F29.9", ["P2"]),
        (ICD, "f25.1", ["P2"]),
        (ICD, "F19.9", ["P10", "P19"]),
        (ICD, "F30.1", ["P3"]),
        (ICD, "F31.2", ["P3"]),
        (ICD, "F31.81", []),
        (ICD, "F32.2", []),
        (ICD, "F32.3", ["P6"]),
        (ICD, "F33.3", ["P6"]),
        (ICD, "F44.81", ["P4"]),
        (ICD, "F50.2", ["P5"]),
        (ICD, "F60.3", ["P7"]),
        (ICD, "F62.0", []),
        (ICD, "F10.10", ["P19"]),
        (ICD, "F10.20", ["P19"]),
        (ICD, "F12.20", ["P19"]),
        (ICD, "F17.2", []),
        (ICD, "I10", ["M1a"]),
        (ICD, "I21.4", ["M19", "M7"]),
        (ICD, "I48.91", ["M20", "M5", "M6"]),
        (ICD, "I47.2", ["M20", "M4"]),
        (ICD, "I49.3", []),
        (ICD, "I45.81", ["M19", "M3"]),
        (ICD, "I50.9", ["M19", "M3"]),
        (ICD, "I63.9", ["M19", "M7"]),
        (ICD, "E11.9", ["M13"]),
        (ICD, "E87.1", ["M9"]),
        (ICD, "H40.1", ["M15"]),
        (ICD, "G40.9", ["M12"]),
        (ICD, "Z81.8", ["P17"]),
        (ICD, "J06.9", []),
        ("http://hl7.org/fhir/sid/icd-10-cm", "F20.0", ["P2"]),
        ("http://fhir.de/CodeSystem/bfarm/icd-10-gm", "F20.0", ["P2"]),
        (SNOMED, "58214004", ["P2"]),
        (SNOMED, "371596008", ["P3"]),
        (SNOMED, "83225003", []),
        (SNOMED, "49436004", ["M20", "M5", "M6"]),
        (SNOMED, "9651007", ["M19", "M3"]),
        ("http://other.example", "F20", []),
    ],
)
def test_a_code_speaks_of_its_criteria(system, code, asked):
    assert sorted(criteria(records.condition("c", {"coding": [{"system": system, "code": code}]}))) == asked


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("Paranoid schizophrenia, chronic", ["P2"]),
        ("Family history of schizophrenia in mother", ["P17"]),
        ("Depression, severe, without psychotic symptoms", []),
        ("Severe depressive episode with psychotic symptoms", ["P6"]),
        ("Bipolar II disorder", []),
        ("Bipolar disorder NOS", ["P3"]),
        ("Attempted suicide", ["P11"]),
        ("Ingrown toenail", []),
    ],
)
def test_words_are_read_where_no_code_is_known(words, asked):
    assert criteria(records.condition("c", {"text": words})) == asked


@pytest.mark.parametrize(
    ("state", "certainty", "asked", "aside"),
    [
        ("active", "confirmed", ["P2", "M13"], []),
        ("active", "unconfirmed", ["P2", "M13"], []),
        ("active", "provisional", ["P2", "M13"], []),
        ("active", "differential", ["P2", "M13"], []),
        ("remission", "confirmed", ["P2", "M13"], []),
        ("recurrence", "confirmed", ["P2", "M13"], []),
        ("", "", ["P2", "M13"], []),
        ("resolved", "confirmed", ["P2"], [("Diabetes", "It is over, and the criterion asks about now.")]),
        ("inactive", "confirmed", ["P2"], [("Diabetes", "It is over, and the criterion asks about now.")]),
        ("active", "refuted", [], [("Schizophrenia", "It was refuted."), ("Diabetes", "It was refuted.")]),
        (
            "active",
            "entered-in-error",
            [],
            [("Schizophrenia", "It was entered in error."), ("Diabetes", "It was entered in error.")],
        ),
    ],
)
def test_a_status_decides_what_counts_for_ever_and_what_for_now(state, certainty, asked, aside):
    found = proposals(
        records.condition("s", records.coded(ICD, "F20", "Schizophrenia"), state, certainty),
        records.condition("d", records.coded(ICD, "E11", "Diabetes"), state, certainty),
    )
    assert [line.title for line in found.lines if line.kind is Kind.CRITERION] == asked
    assert left(found.set_aside) == aside


def test_a_line_gathers_everything_that_speaks_of_one_criterion():
    line = the(
        Kind.CRITERION,
        records.condition("a", records.coded(ICD, "F20.0", "Paranoid schizophrenia"), onsetDateTime="2011"),
        records.condition("b", records.coded(SNOMED, "48500005", "Delusional disorder"), "resolved", "unconfirmed"),
    )
    assert line.says == (
        "Paranoid schizophrenia (F20.0), active, since 2011",
        "Delusional disorder (48500005), resolved, unconfirmed",
    )
    assert (line.proposal, line.origins) == ({"criterion": "P2"}, ("Condition a", "Condition b"))


@pytest.mark.parametrize(
    ("at", "asked"), [("2026-10-01", ["P14"]), ("2026-08-30", ["P14"]), ("2026-08-29", []), ("2009", ["P14"])]
)
def test_what_lies_further_back_than_the_criterion_looks_is_set_aside(at, asked):
    assert criteria(records.procedure("p", records.coded(SNOMED, "23835007", "ECT"), at)) == asked


@pytest.mark.parametrize("status", ["not-done", "entered-in-error", "preparation"])
def test_a_procedure_that_was_not_done_proposes_nothing(status):
    ect = records.procedure("p", records.coded(SNOMED, "23835007", "ECT"), "2026-11-01", status)
    assert criteria(ect) == []


def test_the_conclusion_of_a_report_speaks_like_a_diagnosis():
    flutter = records.coded(SNOMED, "164890007", "ECG: atrial flutter")
    assert criteria(records.report("r", flutter)) == ["M20", "M5", "M6"]
    assert criteria(records.report("r", flutter, "entered-in-error")) == []


def test_an_allergy_speaks_of_allergies_only():
    assert criteria(records.allergy("a", records.coded(SNOMED, "782415009", "Intolerance to lactose"))) == ["M18"]
    assert criteria(records.allergy("a", {"text": "MDMA"})) == ["M18"]
    found = proposals(records.allergy("a", {"text": "Peanut, causes seizure"}))
    assert [line.title for line in found.lines[1:]] == ["Allergy: Peanut, causes seizure"]


@pytest.mark.parametrize(
    ("code", "words"),
    [("K74.6", {"liver_symptoms": "yes"}), ("Z33", {"pregnancy_test": "positive"}), ("Z39.1", {"nursing": "yes"})],
)
def test_what_a_worked_out_criterion_rests_on_is_proposed_as_the_word_that_is_recorded(code, words):
    line = the(Kind.READING, records.condition("c", records.coded(ICD, code, "x")))
    assert (line.proposal["words"], line.proposal["evidence"]) == (words, "laboratory")


# --- medicines


def medicine(*resources):
    return the(Kind.MEDICINE, *resources).proposal


@pytest.mark.parametrize(
    ("taken", "ongoing", "last"),
    [
        (records.prescription("m", "Sertraline", "active"), True, None),
        (records.prescription("m", "Sertraline", "completed"), False, None),
        (records.prescription("m", "Sertraline", "stopped"), False, None),
        (records.prescription("m", "Sertraline", "on-hold"), False, None),
        (records.prescription("m", "Sertraline", "unknown"), False, None),
        (records.statement("m", "Sertraline", "active", effectivePeriod={"start": "2026-01-01"}), True, None),
        (records.statement("m", "Sertraline", "completed", effectivePeriod={"end": "2026-10-01"}), False, "2026-10-01"),
        (records.statement("m", "Sertraline", "stopped", effectivePeriod={"end": "2026-10"}), False, None),
        (records.statement("m", "Sertraline", "stopped"), False, None),
        (records.statement("m", "Sertraline", "active", effectivePeriod={"end": "2026-10-01"}), True, None),
        (records.statement("m", "Sertraline", "stopped", effectivePeriod={"end": "2027-01-01"}), True, None),
    ],
)
def test_the_last_dose_is_known_only_where_somebody_stated_it_to_the_day(taken, ongoing, last):
    proposal = medicine(taken)
    assert (proposal["ongoing"], proposal["last_dose_on"]) == (ongoing, last)


@pytest.mark.parametrize(
    "taken",
    [
        records.prescription("m", "Sertraline", "cancelled"),
        records.prescription("m", "Sertraline", "draft"),
        records.prescription("m", "Sertraline", "entered-in-error"),
        records.prescription("m", "Sertraline", doNotPerform=True),
        records.statement("m", "Sertraline", "not-taken"),
        records.statement("m", "Sertraline", "intended"),
        records.statement("m", "Sertraline", "stopped", effectivePeriod={"end": "2025-11-21"}),
    ],
)
def test_what_was_not_taken_or_ended_long_ago_is_set_aside(taken):
    found = proposals(taken)
    assert [line.kind for line in found.lines] == [Kind.PERSON]
    assert len(found.set_aside) == 1


def test_prescriptions_of_one_drug_are_one_line_and_one_unknown_end_keeps_the_last_dose_unknown():
    ended = records.statement("a", "Zoloft", "completed", effectivePeriod={"start": "2024-01-01", "end": "2026-10-01"})
    assert medicine(ended)["last_dose_on"] == "2026-10-01"
    both = medicine(ended, records.prescription("b", "sertraline 50 MG Oral Tablet", "completed"))
    assert (both["name"], both["ongoing"], both["last_dose_on"]) == ("Sertraline", False, None)
    assert medicine(ended, records.prescription("b", "Sertraline", "active"))["ongoing"] is True


def test_a_medicine_named_elsewhere_in_the_file_is_found():
    named = {"resourceType": "Medication", "id": "med", "code": {"text": "Phenelzine"}}
    by_reference = records.prescription("m", "x") | {"medicationReference": {"reference": "Medication/med"}}
    del by_reference["medicationCodeableConcept"]
    assert medicine(named, by_reference)["name"] == "Phenelzine"
    inside = by_reference | {"contained": [named], "medicationReference": {"reference": "#med"}}
    assert medicine(inside)["name"] == "Phenelzine"


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


def test_a_medicine_as_needed_is_not_regular():
    as_needed = [{"text": "for sleep", "asNeededBoolean": True}]
    assert medicine(records.prescription("m", "Zolpidem", dosageInstruction=as_needed))["regular"] is False
    assert medicine(records.prescription("m", "Zolpidem"))["regular"] is True


def test_a_prescription_without_a_name_is_set_aside():
    nameless = records.prescription("m", "x") | {"medicationReference": {"reference": "Medication/gone"}}
    del nameless["medicationCodeableConcept"]
    assert left(proposals(nameless).set_aside) == [("MedicationRequest m", "It does not name the medicine.")]


def test_two_codes_of_one_meaning_count_once_and_a_dose_without_a_quantity_is_none():
    twice = {"coding": [{"system": ICD, "code": "F20.0"}, {"system": f"{ICD}-cm", "code": "F20.1"}]}
    assert criteria(records.condition("c", twice)) == ["P2"]
    named_twice = {"coding": [{"display": "Schizophrenia"}], "text": "Paranoid schizophrenia"}
    assert criteria(records.condition("c", named_twice)) == ["P2"]
    empty = [{"doseAndRate": [{"rateQuantity": {"value": 1}}]}]
    assert medicine(records.prescription("m", "Sertraline", dosageInstruction=empty))["dose"] == ""


def test_the_dose_is_taken_from_words_or_from_the_quantity():
    by_words = [{"text": "one in the morning"}]
    by_number = [{"doseAndRate": [{"doseQuantity": {"value": 50, "unit": "mg"}}]}]
    assert medicine(records.prescription("m", "Sertraline", dosageInstruction=by_words))["dose"] == "one in the morning"
    assert medicine(records.prescription("m", "Sertraline", dosageInstruction=by_number))["dose"] == "50 mg"


def test_a_start_after_the_last_dose_or_in_the_future_is_no_start():
    later = records.statement(
        "m", "Sertraline", "stopped", effectivePeriod={"start": "2026-10-02", "end": "2026-10-01"}
    )
    assert (medicine(later)["started_on"], medicine(later)["last_dose_on"]) == (None, "2026-10-01")
    assert medicine(records.prescription("m", "Sertraline", authoredOn="2027-01-01"))["started_on"] is None


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


# --- readings


def readings(*resources):
    found = proposals(*resources)
    return [dict(line.proposal) for line in found.lines if line.kind is Kind.READING], left(found.set_aside)


def reading(numbers=None, words=None, evidence="laboratory", on="2026-11-02"):
    return {"evidence": evidence, "on": on, "numbers": numbers or {}, "words": words or {}}


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


def test_reference_limits_come_along_where_they_are_recorded_and_in_the_same_unit():
    limits = [{"low": {"value": 5, "code": "U/L"}, "high": {"value": 40, "code": "U/L"}}]
    found, _ = readings(records.observation("o", "1742-6", "ALT", 30, "U/L", "2026-11-02", referenceRange=limits))
    assert found == [reading({"alt": 30, "alt_upper": 40})]
    odd = [{"high": {"value": 0.7, "code": "ukat/L"}}]
    found, _ = readings(records.observation("o", "1742-6", "ALT", 30, "U/L", "2026-11-02", referenceRange=odd))
    assert found == [reading({"alt": 30})]


def test_blood_pressures_of_three_days_and_of_each_day_the_highest():
    days = [records.pressure(f"d{n}", 120 + n, 80, f"2026-11-{n:02d}T09:00:00Z") for n in range(1, 5)]
    found, aside = readings(*days, records.pressure("high", 160, 95, "2026-11-04T12:00:00Z"))
    assert found == [
        reading({"systolic": top, "diastolic": bottom}, evidence="examination", on=day)
        for top, bottom, day in ((160, 95, "2026-11-04"), (123, 80, "2026-11-03"), (122, 80, "2026-11-02"))
    ]
    assert aside == [
        ("Blood pressure 124/80 mmHg, 4 Nov 2026", "There is a higher one of the same day."),
        ("Blood pressure 121/80 mmHg, 1 Nov 2026", "There are three newer days."),
    ]


def test_half_a_blood_pressure_is_none_and_two_halves_of_one_moment_are_one():
    top = records.observation("s", "8480-6", "Systolic", 130, "mm[Hg]", "2026-11-02T09:00:00Z")
    bottom = records.observation("d", "8462-4", "Diastolic", 80, "mm[Hg]", "2026-11-02T09:00:00Z")
    assert readings(top)[1] == [("Systolic: 130 mm[Hg]", "The other half of the blood pressure is missing.")]
    assert readings(top, bottom)[0] == [reading({"systolic": 130, "diastolic": 80}, evidence="examination")]
    twice = records.observation("e", "8462-4", "Diastolic", 70, "mm[Hg]", "2026-11-02T09:00:00Z")
    assert readings(top, bottom, twice)[0] == []


def test_a_heart_rate_is_the_ecgs_only_beside_a_qt_interval():
    qt = records.observation("qt", "8634-8", "QT", 400, "ms", "2026-11-02T09:00:00Z")
    rate = records.observation("hr", "8867-4", "Heart rate", 60, "/min", "2026-11-02T09:00:00Z")
    other = records.observation("hr2", "8867-4", "Heart rate", 90, "/min", "2026-11-03T09:00:00Z")
    found, aside = readings(qt, rate, other)
    assert found == [reading({"qt": 400, "rate": 60}, evidence="ecg")]
    assert aside == [("Heart rate", "A heart rate that belongs to no ECG is not asked for.")]


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


def test_a_whole_number_and_a_value_without_a_number():
    weight = records.observation("w", "29463-7", "Weight", 64, "kg", "2026-11-02")
    whole = {name: part for name, part in weight.items() if name != "valueQuantity"}
    assert readings({**whole, "valueInteger": 64})[1] == [
        ("Weight", "Its unit, none, is not in the table: nothing is converted by guess.")
    ]
    assert readings({**whole, "valueString": "about 64"})[1] == [("Weight", "It has no number.")]


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


def test_an_older_ecg_is_set_aside_whole():
    def tracing(name, day, qt):
        at = f"2026-11-{day:02d}T09:00:00Z"
        return [
            records.observation(f"q{name}", "8634-8", "QT", qt, "ms", at),
            records.observation(f"r{name}", "8637-1", "RR", 900, "ms", at),
        ]

    found, aside = readings(*tracing(1, 1, 410), *tracing(2, 9, 400))
    assert found == [reading({"qt": 400, "rr": 900}, evidence="ecg", on="2026-11-09")]
    assert aside == [("QT: 410 ms", "There is a newer ECG."), ("RR: 900 ms", "There is a newer ECG.")]
    rr = records.observation("r", "8637-1", "RR", 900, "ms", "2026-11-01")
    assert readings(rr)[1] == [("RR", "It has no QT interval.")]


def test_neither_of_two_pressures_of_one_day_hides_the_height_of_the_other():
    for pair in (((139, 80), (138, 95)), ((138, 95), (139, 80))):
        parts = [records.pressure(name, *pair[n], f"2026-11-04T0{n}:00:00Z") for n, name in enumerate("ab")]
        found, aside = readings(*parts)
        assert found == [reading({"systolic": 139, "diastolic": 95}, evidence="examination", on="2026-11-04")]
        assert aside == []


def test_a_lower_pressure_after_a_higher_one_of_the_same_day_is_set_aside_too():
    high = records.pressure("a", 160, 95, "2026-11-04T08:00:00Z")
    low = records.pressure("b", 120, 80, "2026-11-04T09:00:00Z")
    found, aside = readings(high, low)
    assert found == [reading({"systolic": 160, "diastolic": 95}, evidence="examination", on="2026-11-04")]
    assert aside == [("Blood pressure 120/80 mmHg, 4 Nov 2026", "There is a higher one of the same day.")]


# --- the whole


def test_a_realistic_record_gives_a_list_that_can_be_gone_through():
    found = proposals(*[entry["resource"] for entry in records.whole()["entry"][1:]])
    assert [(line.kind.value, line.title) for line in found.lines] == [
        ("person", "Wren Fictional"),
        *(("criterion", code) for code in ("M20", "M5", "M6", "M1a", "M18")),
        ("reading", "Diagnosis: F43.1 Post-traumatic stress disorder, since 2019-03-01"),
        ("reading", "Allergy: Intolerance to lactose"),
        ("medicine", "Venlafaxine"),
        ("medicine", "Sertraline"),
        ("reading", "Blood pressure 146/76 mmHg"),
        ("reading", "Blood pressure 145/76 mmHg"),
        ("reading", "Blood pressure 144/76 mmHg"),
        ("reading", "QT interval 400 ms, Heart rate 60 per minute"),
        ("reading", "Creatinine 79.56 µmol/L"),
        ("reading", "Potassium 4.1 mmol/L"),
        ("reading", "Sodium 139 mmol/L"),
        ("reading", "Weight 64 kg"),
    ]


def test_the_order_of_a_file_changes_neither_lines_nor_digests():
    value = records.whole()
    turned = {**value, "entry": value["entry"][::-1]}
    one, other = ({line.digest for line in propose(read(records.file(v)), as_of=TODAY).lines} for v in (value, turned))
    assert one == other


def test_another_content_is_another_digest():
    lines = [
        the(Kind.MEDICINE, records.prescription("m", "Sertraline", state)).digest for state in ("active", "stopped")
    ]
    assert lines[0] != lines[1]


CODES = st.sampled_from(["F20.0", "F31.9", "I48", "I10", "E11", "E87.1", "K70", "Z33", "Q99"])
STATES = st.sampled_from(["active", "resolved", "remission", "inactive", ""])
CERTAINTIES = st.sampled_from(["confirmed", "refuted", "entered-in-error", "unconfirmed", ""])
CONDITIONS = st.builds(
    lambda n, c, s, v: records.condition(f"c{n}", records.coded(ICD, c, c), s, v),
    st.integers(0, 9),
    CODES,
    STATES,
    CERTAINTIES,
)
MEASURES = st.builds(
    lambda n, code, value, unit, day: records.observation(f"o{n}", code, code, value, unit, f"2026-{day % 12 + 1:02d}-01"),
    st.integers(0, 9), st.sampled_from(["2951-2", "2823-3", "1742-6", "8480-6", "8462-4", "8634-8", "8867-4", "29463-7"]),
    st.floats(0, 1e6, allow_nan=False), st.sampled_from(["mmol/L", "U/L", "mm[Hg]", "ms", "kg", "/min", "?"]), st.integers(0, 20),
)  # fmt: skip
MEDICINES = st.builds(
    lambda n, name, status: records.prescription(f"m{n}", name, status),
    st.integers(0, 9), st.sampled_from(["Sertraline", "Nardil", "?", "Fluoxetine 20 mg"]), st.sampled_from(["active", "stopped", "completed", "draft", "odd"]),
)  # fmt: skip


@given(st.lists(CONDITIONS | MEASURES | MEDICINES, max_size=12, unique_by=lambda one: one["id"]))
def test_no_record_proposes_that_a_risk_is_absent_and_every_entry_is_accounted_for(found):
    answer = proposals(*found)
    for line in answer.lines:
        json.dumps(dict(line.proposal))
        if line.kind is Kind.CRITERION:
            assert dict(line.proposal) == {"criterion": line.title}
        if line.kind is Kind.READING:
            assert set(line.proposal) == {"evidence", "on", "numbers", "words"}
        if line.kind is Kind.MEDICINE:
            assert not (line.proposal["ongoing"] and line.proposal["last_dose_on"])
    spoken = {origin for line in answer.lines for origin in line.origins}
    paths = {one.path for one in (*answer.unmapped, *answer.set_aside, *answer.skipped)}
    if len(found) == 1:
        assert paths or len(spoken) == 2


# --- the table


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
