"""Diagnoses, allergies, family, scores, drug screens and printed QTc: what reaches the draft, and what is set aside and why."""

import datetime as dt

import pytest

from patients.rules.protocol import EvidenceKind
from screening.rules import conditions, diagnoses
from screening.rules.candidate import Piece
from screening.rules.importing import folding
from screening.rules.importing.proposing import Kind
from tests import records
from tests.rules.screening.importing import ICD, SNOMED, TODAY, left, proposals
from tests.rules.screening.people import mapp3

LOINC = records.LOINC
ROLE = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
MOTHER = {"coding": [{"system": ROLE, "code": "MTH", "display": "mother"}]}
MIND, HISTORY = EvidenceKind.PSYCHIATRIC, EvidenceKind.HISTORY


def titles(*resources):
    return [line.title for line in proposals(*resources).lines[1:]]


def readings(*resources):
    return [dict(line.proposal) for line in proposals(*resources).lines if line.kind is Kind.READING]


def words(evidence, on, **said):
    return {"evidence": evidence, "on": on, "numbers": {}, "words": said}


# --- every row of the table, as every kind of resource that may carry it


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


# --- diagnoses of the evaluation


@pytest.mark.parametrize(
    ("condition", "line"),
    [
        (
            records.condition("c", records.coded(ICD, "F43.1", "PTSD"), onsetDateTime="2019-03-01"),
            "F43.1 PTSD, since 2019-03-01",
        ),
        (records.condition("c", records.coded(ICD, "f4310", "PTSD"), onsetDateTime="2019"), "F43.10 PTSD, since 2019"),
        (
            records.condition(
                "c", records.coded(ICD, "F33.2", "Depression"), "resolved", abatementDateTime="2024-05-01"
            ),
            "F33.2 Depression, until 2024-05-01",
        ),
        (records.condition("c", records.coded(ICD, "F50.2", "Bulimia"), "resolved"), "F50.2 Bulimia (resolved)"),
        (records.condition("c", {"coding": [{"system": ICD, "code": "F41.1"}]}), "F41.1"),
        # Words that would break the line, or hide a second code in it, are left out.
        (records.condition("c", records.coded(ICD, "F43.1", "PTSD since F20.0")), "F43.1"),
        # Days that contradict each other are left out too.
        (
            records.condition(
                "c", records.coded(ICD, "F43.1", "PTSD"), onsetDateTime="2020-01-01", abatementDateTime="2010-01-01"
            ),
            "F43.1",
        ),
    ],
)
def test_a_psychiatric_diagnosis_is_proposed_for_the_evaluation(condition, line):
    assert readings(condition) == [words("psychiatric", None, diagnoses=line)]
    assert diagnoses.faults(line) == []


@pytest.mark.parametrize(
    "condition",
    [
        records.condition("c", records.coded(ICD, "J06.9", "Cold")),
        records.condition("c", records.coded(SNOMED, "47505003", "PTSD")),
        records.condition("c", records.coded(ICD, "F4", "Not a code")),
        records.condition("c", records.coded(ICD, "F43.1", "PTSD"), certainty="refuted"),
        records.condition("c", records.coded(ICD, "F43.1", "PTSD"), certainty="entered-in-error"),
    ],
)
def test_what_is_no_psychiatric_diagnosis_with_a_code_is_not(condition):
    found = proposals(condition)
    assert [line.kind for line in found.lines] == [Kind.PERSON]
    assert len((*found.unmapped, *found.set_aside)) == 1


def test_a_diagnosis_that_is_a_risk_is_proposed_as_both():
    found = proposals(records.condition("c", records.coded(ICD, "F20.0", "Paranoid schizophrenia")))
    assert [(line.kind, line.title) for line in found.lines[1:]] == [
        (Kind.CRITERION, "P2"),
        (Kind.READING, "Diagnosis: F20.0 Paranoid schizophrenia"),
    ]


def folded(proposal, piece):
    before = {piece.kind: piece} if piece else {}
    return folding.reading(mapp3(), proposal, before, as_of=TODAY)


def test_a_confirmed_diagnosis_is_added_to_the_list_and_never_twice():
    proposal = words("psychiatric", None, diagnoses="F33.2 Depression, until 2024")
    piece = Piece(MIND, dt.date(2026, 11, 20), {"P2": False}, {"caps5": 40}, {"diagnoses": "F43.1 PTSD"})
    added = folded(proposal, piece)
    assert (added.words, added.taken_on, added.answers, added.numbers) == (
        {"diagnoses": "F43.1 PTSD\nF33.2 Depression, until 2024"},
        dt.date(2026, 11, 20),
        {"P2": False},
        {"caps5": 40},
    )
    assert folded(proposal, None).words == {"diagnoses": "F33.2 Depression, until 2024"}
    again = Piece(MIND, dt.date(2026, 11, 20), words=added.words)
    [refusal] = folded(words("psychiatric", None, diagnoses="F33.2 In other words"), again).refusals
    assert refusal.sentence == "Psychiatric evaluation of 20 Nov 2026 lists it already."
    full = Piece(MIND, TODAY, words={"diagnoses": "F43.1 " + "x" * 1990})
    assert folded(proposal, full).refusals[0].sentence == "The list is full; shorten it in the psychiatric evaluation."


# --- allergies


def test_an_allergy_is_proposed_for_the_list_with_its_reaction():
    rash = [{"manifestation": [{"text": "Rash"}, {"text": "Wheeze"}], "severity": "severe"}, {"manifestation": []}]
    penicillin = records.allergy("a", {"text": "Penicillin"}, reaction=[rash[0]])
    assert readings(penicillin) == [words("history", None, allergies="Penicillin: Rash, Wheeze (severe)")]
    assert proposals(penicillin).lines[1].says == ("Penicillin, active, Rash, Wheeze (severe)",)
    assert titles(records.allergy("a", {"text": "MDMA"})) == ["M18", "Allergy: MDMA"]
    piece = Piece(HISTORY, TODAY, words={"allergies": "penicillin: rash, wheeze (severe)\nLatex"})
    assert folded(readings(penicillin)[0], piece).refusals[0].sentence == (
        "Medical history of 22 Nov 2026 lists it already."
    )


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"verificationStatus": {"coding": [{"code": "refuted"}]}}, "It was refuted."),
        ({"verificationStatus": {"coding": [{"code": "entered-in-error"}]}}, "It was entered in error."),
    ],
)
def test_an_allergy_that_is_none_is_set_aside(changes, why):
    found = proposals(records.allergy("a", {"text": "Penicillin"}, **changes))
    assert (len(found.lines), left(found.set_aside)) == (1, [("Penicillin", why)])


def test_an_allergy_to_nothing_is_listed():
    assert left(proposals(records.allergy("a", {})).unmapped) == [
        ("AllergyIntolerance a", "No criterion or reading of a screening asks about it.")
    ]


# --- the family


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


# --- scores and the printed QTc


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
        assert readings(whole)[0]["numbers"] == {name: value}


@pytest.mark.parametrize("name", ["CAPS-5 total symptom count", "CAPS-5 criterion B", "PCL-5 item 3", "PCL", "CAPS-5"])
def test_other_names_are_not_taken_for_a_total(name):
    observation = records.observation("o", "x", "x", 12, "{score}", "2026-11-02") | {"code": {"text": name}}
    assert readings(observation) == []


def test_of_two_printed_qtc_of_one_moment_the_higher_counts_and_of_two_potassium_neither():
    def twice(code, low, high, unit):
        return [records.observation(f"o{v}", code, "x", v, unit, "2026-11-02T09:00:00Z") for v in (high, low)]

    assert readings(*twice("8636-3", 430, 470, "ms"))[0]["numbers"] == {"qtc_printed": 470}
    found = proposals(*twice("2823-3", 3.1, 4.4, "mmol/L"))
    assert [line.kind for line in found.lines] == [Kind.PERSON]
    assert [why for _, why in left(found.set_aside)] == [
        "Several values of one moment: nobody can tell which one holds."
    ] * 2
    assert readings(*twice("2823-3", 4.4, 4.4, "mmol/L"))[0]["numbers"] == {"potassium": 4.4}


# --- urine drug screens


def substance(id, code="19359-9", word="Negative", at="2026-11-02", **more):
    return records.result(id, records.coded(LOINC, code, f"Substance {code}"), word, at, **more)


def panel(*ids, code=None):
    return {
        "resourceType": "DiagnosticReport",
        "id": "panel",
        "status": "final",
        "code": code or records.coded(LOINC, "65750-2", "Drugs of abuse panel"),
        "subject": records.SUBJECT,
        "effectiveDateTime": "2026-11-02",
        "result": [{"reference": f"Observation/{one}"} for one in ids],
    }


POSITIVE, NEGATIVE = (words("laboratory", "2026-11-02", drug_screen=word) for word in ("positive", "negative"))
THC = "18282-4"


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        # One substance that was found is enough; one that was not says nothing.
        ([substance("a", word="Positive")], [POSITIVE]),
        ([substance("a")], []),
        ([substance("a"), substance("b", THC)], []),
        ([substance("a"), substance("b", THC), panel("a", "b")], [NEGATIVE]),
        ([substance("a", word="None detected"), panel("a", code={"text": "Urine Drug Screen"})], [NEGATIVE]),
        ([substance("a"), substance("b", THC, "Detected"), panel("a", "b")], [POSITIVE]),
        # A panel with a gap is not negative: a result that is missing, unclear, or not final.
        ([substance("a"), panel("a", "gone")], []),
        ([substance("a"), substance("b", THC, "see note"), panel("a", "b")], []),
        ([substance("a"), substance("b", THC, status="preliminary"), panel("a", "b")], []),
        ([substance("a"), panel("a", code=records.coded(LOINC, "24323-8", "Metabolic panel"))], []),
        # A result that nobody knows the code of counts all the same.
        ([substance("a"), records.result("b", {"text": "Newdrug"}, "Positive"), panel("a", "b")], [POSITIVE]),
        ([substance("a"), records.result("b", {"text": "Newdrug"}, "Negative"), panel("a", "b")], [NEGATIVE]),
        (
            [substance("a"), records.observation("b", "2756-5", "pH", 6, "[pH]", "2026-11-02"), panel("a", "b")],
            [NEGATIVE],
        ),
        # The screen as one observation, with its own result or with components.
        ([records.result("a", {"text": "Urine drug screen"}, "Negative")], [NEGATIVE]),
        ([records.result("a", records.coded(LOINC, "65750-2", "x"), "Positive")], [POSITIVE]),
        ([records.result("a", {"text": "Urine drug screen"}, "see note")], []),
    ],
)
def test_a_urine_drug_screen_is_positive_by_one_substance_and_negative_by_a_whole_panel(resources, expected):
    found = proposals(*resources)
    assert [dict(line.proposal) for line in found.lines if line.kind is Kind.READING] == expected
    if not expected:
        assert found.set_aside


def with_components(*words):
    parts = [
        {"code": records.coded(LOINC, code, code), **({"valueString": word} if word else {})}
        for code, word in zip(("19359-9", THC), words, strict=True)
    ]
    whole = records.result("a", records.coded(LOINC, "65750-2", "Panel"), "x") | {"component": parts}
    del whole["valueString"]
    return whole


@pytest.mark.parametrize(
    ("parts", "expected"),
    [(("Negative", "Negative"), [NEGATIVE]), (("Negative", "Positive"), [POSITIVE]), (("Negative", ""), [])],
)
def test_a_screen_with_components_is_read_whole(parts, expected):
    assert readings(with_components(*parts)) == expected


def test_members_of_an_observation_are_a_panel_too():
    members = [{"reference": "urn:uuid:a"}, {"reference": "https://lab.example/Observation/b/_history/2"}]
    screen = records.result("s", {"text": "Urine drug screen"}, "x") | {"hasMember": members}
    del screen["valueString"]
    assert readings(screen, substance("a"), substance("b", THC)) == [NEGATIVE]


def test_the_newest_screen_counts_and_a_measured_amount_is_read_by_its_interpretation():
    old = substance("old", word="Positive", at="2026-10-01")
    assert readings(old, substance("a"), panel("a")) == [NEGATIVE]
    interpretation = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
    amount = records.observation("q", "19295-5", "Opiates", 2300, "ng/mL", "2026-11-02")
    amount["interpretation"] = [{"coding": [{"system": interpretation, "code": "POS", "display": "Positive"}]}]
    [line] = [line for line in proposals(amount).lines if line.kind is Kind.READING]
    assert (line.title, line.says) == ("Urine drug screen: positive", ("Opiates: Positive, 2 Nov 2026",))
