"""What the words of a name speak of: nothing harmless hides a risk that stands beside it."""

import pytest

from accounts.rules.findings import Outcome
from patients.rules.protocol import EvidenceKind
from screening.rules import conditions, diagnoses
from screening.rules.computed import Answer
from screening.rules.criteria import evaluate
from screening.rules.diagnoses import Diagnosis, faults
from tests.rules.screening.people import TODAY, healthy, mapp3, with_piece

MIND = EvidenceKind.PSYCHIATRIC


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("Bipolar II disorder", set()),
        ("Bipolar II disorder, schizophrenia", {"P2"}),
        ("Schizophrenia, bipolar II disorder", {"P2"}),
        ("Depression without psychotic symptoms", set()),
        ("Depression without psychotic symptoms; epilepsy", {"M12"}),
        ("Bipolar disorder, at present without psychotic symptoms", {"P3"}),
        # What runs in the family is not the patient's own.
        ("Family history of epilepsy", set()),
        # Whose the second one is cannot be told: it is asked.
        ("Family history of schizophrenia and epilepsy", {"P17", "M12"}),
        ("", set()),
    ],
)
def test_every_condition_in_a_name_is_read(name, asked):
    assert {code for meaning in conditions.of_words([name]) for code in meaning.criteria} == asked


def test_a_meaning_counts_once_however_often_it_is_said():
    assert len(conditions.of_words(["Schizophrenia", "Schizophrenia, paranoid"])) == 1


@pytest.mark.parametrize(
    ("name", "asked"),
    [("Depression without psychotic symptoms", set()), ("without psychotic symptoms, bipolar disorder", {"P17"})],
)
def test_every_condition_of_a_relative_is_read(name, asked):
    assert {code for meaning in conditions.of_relatives_words([name]) for code in meaning.criteria} == asked


# --- diagnoses held against the answers


def shown(code, text, **changes):
    candidate = with_piece(healthy(), MIND, **{**changes, "words": {**changes.get("words", {}), "diagnoses": text}})
    [finding] = [finding for finding in evaluate(mapp3(), candidate, as_of=TODAY) if finding.code == code]
    return finding


@pytest.mark.parametrize(
    ("diagnosis", "name"),
    [
        (Diagnosis("F31.81", ""), "F31.81 (Bipolar II disorder)"),
        (Diagnosis("F31.81", "Bipolar"), "F31.81 (Bipolar)"),
        (Diagnosis("Q99.9", ""), "Q99.9"),
        (Diagnosis("", "PTSD"), "PTSD"),
    ],
)
def test_a_diagnosis_is_called_by_its_code_and_its_words(diagnosis, name):
    assert diagnosis.name == name


def test_a_diagnosis_that_speaks_twice_of_a_criterion_is_named_once():
    assert shown("P2", "F20.0 with F25.0").evidence.endswith("; Diagnoses: F20.0 (with F25.0)")


def test_a_code_that_nobody_knows_supports_nothing():
    plain = [finding.sentence for finding in evaluate(mapp3(), healthy(), as_of=TODAY)]
    listed = with_piece(healthy(), MIND, words={"diagnoses": "Q99.9 Something rare"})
    assert [finding.sentence for finding in evaluate(mapp3(), listed, as_of=TODAY)] == plain


def test_what_was_answered_yes_long_ago_is_never_quoted_as_a_no():
    last = {"last-P10": "2024-01-01"}
    finding = shown("P10", "F19.9 Substance use", answers={"P10": True}, words=last)
    assert (finding.outcome, "was answered no" in finding.sentence) == (Outcome.JUDGEMENT, False)
    assert "was answered no, but" in shown("P10", "F19.9 Substance use").sentence


def test_without_an_evaluation_an_answer_stays_as_it_is():
    answer = Answer(Outcome.MET, "Fine.")
    criterion = next(one for one in mapp3().criteria if one.code == "P2")
    assert diagnoses.held(answer, criterion, (Diagnosis("F20.0", ""),), None, TODAY) is answer


@pytest.mark.parametrize(
    ("line", "start"),
    [
        ("x" * 40, f"“{'x' * 40}” does not begin"),
        ("x" * 41, f"“{'x' * 39}…” does not begin"),
        ("F43.1 PTSD, since 2021, until 2021", None),
        ("F43.1 PTSD, since 2021-03, until 2021", None),
        ("F43.1 PTSD, since 2021-03, until 2020", "F43.1: it ends before it begins."),
        ("F43.1 PTSD, since 2021-02-28", None),
        ("F43.1 PTSD, since 2021-02-29", "F43.1: 2021-02-29 is no day that exists."),
    ],
)
def test_the_form_of_a_line_is_held_to_its_edges(line, start):
    found = faults(line)
    assert len(found) == (start is not None) and all(fault.startswith(start) for fault in found)


def test_a_finding_that_waits_for_a_diagnosis_is_told_from_one_that_does_not():
    assert diagnoses.contradicts(shown("P2", "F20.0 Schizophrenia"))
    assert not diagnoses.contradicts(shown("P2", "F43.1 PTSD"))
