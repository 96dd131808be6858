"""What a diagnosis, procedure, report or allergy proposes: the risk, never its absence."""

import pytest

from screening.rules.importing.proposing import Kind
from tests import records
from tests.rules.screening.importing import ICD, SCHIZOPHRENIA, SNOMED, criteria, left, proposals, the


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


@pytest.mark.parametrize(
    ("state", "ended", "asked"),
    [
        ("active", None, True),
        ("active", "2020", True),  # active and over: ask
        ("", "2020", False),
        ("", None, True),
        ("recurrence", "2020", False),
        ("resolved", None, False),
    ],
)
def test_what_asks_about_now_is_proposed_unless_it_is_over(state, ended, asked):
    more = {"abatementDateTime": ended} if ended else {}
    diabetes = records.condition("d", records.coded(ICD, "E11", "Diabetes"), state, **more)
    found = proposals(diabetes)
    assert ("M13" in [line.title for line in found.lines]) is asked
    assert [one.why for one in found.set_aside] == ([] if asked else ["It is over, and the criterion asks about now."])


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


def test_a_state_is_said_in_words():
    ect = records.procedure("p", records.coded(SNOMED, "23835007", "ECT"), "2026-11-01", "in-progress")
    assert the(Kind.CRITERION, ect).says == ("ECT (23835007), in progress, since 1 Nov 2026",)


@pytest.mark.parametrize(
    ("resource", "says"),
    [
        (
            records.condition("c", records.coded(ICD, "I10", "Hypertension"), onsetString="as a child"),
            "Hypertension (I10), active, since as a child",
        ),
        (
            records.condition("c", SCHIZOPHRENIA, "resolved", abatementString="years ago"),
            "Paranoid schizophrenia (F20.0), resolved, until years ago",
        ),
        (
            records.procedure("p", records.coded(SNOMED, "23835007", "ECT"), "2026-11-01")
            | {"performedDateTime": None, "performedString": "last spring"},
            "ECT (23835007), completed, since last spring",
        ),
    ],
)
def test_a_time_in_words_is_shown_as_it_was_written(resource, says):
    resource = {name: part for name, part in resource.items() if part is not None}
    found = [line for line in proposals(resource).lines if line.kind is Kind.CRITERION]
    assert {said for line in found for said in line.says} == {says}


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
