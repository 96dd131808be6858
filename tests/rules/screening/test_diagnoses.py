"""ICD-10 codes of the psychiatric evaluation: their form, and what they are held against."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.rules.findings import Outcome
from patients.rules.protocol import EvidenceKind
from screening.rules import conditions, criteria, diagnoses
from screening.rules.candidate import JudgementFact
from screening.rules.criteria import evaluate
from screening.rules.diagnoses import Diagnosis, faults, read
from screening.rules.verdict import Standing, judge
from tests.rules.screening.people import TODAY, ago, healthy, mapp3, with_piece, without_piece
from tests.rules.screening.test_monotone import ORDER, blocking, candidates, put

MIND, LAB = EvidenceKind.PSYCHIATRIC, EvidenceKind.LABORATORY
MET, NOT_MET, UNKNOWN, JUDGEMENT = Outcome.MET, Outcome.NOT_MET, Outcome.UNKNOWN, Outcome.JUDGEMENT


def diagnosed(text, candidate=None):
    return with_piece(candidate or healthy(), MIND, words={"diagnoses": text})


def found(code, candidate):
    [finding] = [f for f in evaluate(mapp3(), candidate, as_of=TODAY) if f.code == code]
    return finding


def changed(text):
    """Which criteria are no longer met by somebody against whom nothing else stands."""
    return {f.code: f.outcome for f in evaluate(mapp3(), diagnosed(text), as_of=TODAY) if f.outcome is not MET}


# --- the form


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("F43.1", Diagnosis("F43.1", "")),
        ("f43.10 PTSD", Diagnosis("F43.10", "PTSD")),
        ("F43.1: PTSD, since 2021-03", Diagnosis("F43.1", "PTSD", "2021-03")),
        ("F33.2 Depression, since 2019, until 2024-05-01", Diagnosis("F33.2", "Depression", "2019", "2024-05-01")),
        ("F10.2 Alcohol dependence until 2015", Diagnosis("F10.2", "Alcohol dependence", "", "2015")),
        ("T14.91XA Suicide attempt", Diagnosis("T14.91XA", "Suicide attempt")),
        ("C4A.0 Merkel cell", Diagnosis("C4A.0", "Merkel cell")),
        ("PTSD", Diagnosis("", "PTSD")),
    ],
)
def test_a_line_is_a_code_its_words_and_its_days(line, expected):
    assert read(f"\n {line} \n") == (expected,)


def test_what_is_kept_is_read_again_as_the_same():
    for line in ("F43.1 PTSD, since 2021-03", "F33.2 Depression, since 2019, until 2024-05-01", "F43.1"):
        assert [diagnosis.written for diagnosis in read(line)] == [line]


@pytest.mark.parametrize(
    "line", ["F20", "F20.0", "F44.81", "S52.521A", "Z3A.08", "U07.1", "F43.1 PTSD, since 2021", ""]
)
def test_codes_of_icd_10_and_of_icd_10_cm_are_well_formed(line):
    assert faults(line) == []


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("F431 PTSD", "“F431 PTSD”: write the code with its dot, F43.1."),
        (
            "PTSD (F43.1)",
            "“PTSD (F43.1)” does not begin with an ICD-10 code. Write one diagnosis a line, as in: "
            "F43.1 Post-traumatic stress disorder, since 2021-03",
        ),
        *[
            (
                code,
                f"“{code}” does not begin with an ICD-10 code. Write one diagnosis a line, as in: "
                "F43.1 Post-traumatic stress disorder, since 2021-03",
            )
            for code in ("F4", "43.1", "FF3.1", "F43.", "F43.12345", "309.81", "6B40", "F43,1")
            if code != "F43,1"
        ],
        ("F43.1 PTSD, since 2021-13", "F43.1: 2021-13 is no day that exists. Write 2021, 2021-03 or 2021-03-15."),
        ("F43.1 PTSD, until 2021-02-30", "F43.1: 2021-02-30 is no day that exists. Write 2021, 2021-03 or 2021-03-15."),
        (
            "F43.1 PTSD since childhood",
            "F43.1: write when it began and ended as in: F43.1 Post-traumatic stress disorder, since 2021-03, until 2024",
        ),
        ("F43.1 PTSD, F20.0 schizophrenia", "F43.1: F20.0 is a diagnosis of its own; write one a line."),
        ("F43.1 PTSD, since 2021, until 2020-05", "F43.1: it ends before it begins."),
    ],
)
def test_what_is_no_code_is_refused_in_a_sentence(line, sentence):
    assert faults(f"F32.2 Depression\n{line}") == [sentence]


# --- held against the answers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("F43.1 PTSD", {}),
        ("F32.2 Severe depression", {}),
        ("F31.81 Bipolar II", {}),
        ("F17.2 Nicotine dependence", {}),
        ("F20.0 Paranoid schizophrenia", {"P2": UNKNOWN}),
        ("F20", {"P2": UNKNOWN}),
        ("F20.0 in full remission, until 1999", {"P2": UNKNOWN}),
        ("F31.2 Bipolar", {"P3": UNKNOWN}),
        ("F44.81 DID", {"P4": UNKNOWN}),
        ("F33.3 Depression", {"P6": UNKNOWN}),
        ("F60.3 Borderline", {"P7": JUDGEMENT}),
        ("F60.3 Borderline, until 2020", {}),
        ("F50.2 Bulimia", {"P5": JUDGEMENT}),
        ("F50.2 Bulimia, until 2025", {}),
        ("F50.2 Bulimia, until 2026", {"P5": JUDGEMENT}),  # somewhere in this year: perhaps still
        ("F14.2 Cocaine", {"P19": JUDGEMENT, "P10": JUDGEMENT}),
        ("F14.2 Cocaine, until 2025-03-31", {}),
        ("F14.2 Cocaine, until 2025-04-01", {"P10": JUDGEMENT}),
        ("F14.2 Cocaine, until 2025", {"P10": JUDGEMENT}),
        ("F10.2 Alcohol dependence", {"P19": JUDGEMENT, "P8": JUDGEMENT}),
        ("F12.2 Cannabis dependence, until 2025", {}),
        ("F12.20 Cannabis dependence", {"P19": JUDGEMENT, "P9": JUDGEMENT}),
        ("I21.4 Infarction, until 2001", {"M7": UNKNOWN, "M19": JUDGEMENT}),
        ("E11.9 Diabetes", {"M13": JUDGEMENT}),
        ("E87.6 Hypokalaemia", {"M3": JUDGEMENT}),
        ("K74.6 Cirrhosis", {"M8": JUDGEMENT}),
        ("Z33 Pregnant", {"M11": JUDGEMENT, "I7": JUDGEMENT}),
        ("Z81.8 Family history", {"P17": JUDGEMENT}),
        ("R45.81 Suicidal ideation", {"P11": JUDGEMENT}),
        # Lines that were kept before a code was asked for, and codes that nobody looked for.
        ("Paranoid schizophrenia", {"P2": UNKNOWN}),
        ("Old note: see F20.0", {"P2": UNKNOWN}),
        ("F43.1 PTSD, F20.0 schizophrenia", {"P2": UNKNOWN}),
        ("F99 Psychosis, not specified", {"P2": UNKNOWN}),
        ("J06.9 A cold", {}),
    ],
)
def test_a_code_is_held_against_the_answers(text, expected):
    assert changed(text) == expected


def test_the_finding_names_the_code_and_the_answer():
    finding = found("P2", diagnosed("F43.1 PTSD\nF20.0 Paranoid schizophrenia\nF25.1"))
    assert finding.sentence == (
        "“Has the patient, now or ever, had a primary psychotic disorder?” was answered no, but the psychiatric evaluation "
        "of 20 Mar 2026 records F20.0 (Paranoid schizophrenia), F25.1 (Schizophrenia, schizotypal and delusional disorders). "
        "Correct the answer or the diagnosis."
    )
    assert finding.evidence == (
        "Psychiatric evaluation of 20 Mar 2026: no; Diagnoses: F20.0 (Paranoid schizophrenia), "
        "F25.1 (Schizophrenia, schizotypal and delusional disorders)"
    )
    assert found("M8", diagnosed("K74.6 Cirrhosis")).sentence.startswith(
        "No symptoms, and ALT and AST are within 3 times the upper limit of normal. But the psychiatric evaluation of "
        "20 Mar 2026 records K74.6 (Cirrhosis). Physician judges it, with a written reason."
    )


def test_a_finding_says_whether_it_waits_because_of_a_diagnosis():
    candidate = with_piece(diagnosed("F20.0"), MIND, answers={"P3": None})
    assert (diagnoses.contradicts(found("P2", candidate)), diagnoses.contradicts(found("P3", candidate))) == (
        True,
        False,
    )


def test_a_code_alone_never_answers_a_question():
    yes = with_piece(diagnosed("F20.0"), MIND, answers={"P2": True})
    open_ = with_piece(diagnosed("F20.0"), MIND, answers={"P2": None})
    assert (found("P2", yes).outcome, found("P2", open_).outcome) == (NOT_MET, UNKNOWN)
    assert "F20.0" not in found("P2", yes).sentence


def test_a_contradiction_for_judgement_is_judged_for_these_very_diagnoses():
    candidate = diagnosed("F60.3 Borderline")
    about = found("P7", candidate).evidence
    judged = JudgementFact("P7", about, True, "Old diagnosis, SCID-5-PD negative.", "Dr Ash", TODAY)
    accepted = replace(candidate, judgements=(judged,))
    assert found("P7", accepted).outcome is MET
    assert found("P7", diagnosed("F60.3 Borderline\nF61 Mixed", accepted)).outcome is JUDGEMENT


def test_a_lifelong_stop_is_corrected_and_not_judged_away():
    candidate = diagnosed("F20.0")
    judged = JudgementFact("P2", found("P2", candidate).evidence, True, "It will be fine.", "Dr Ash", TODAY)
    assert found("P2", replace(candidate, judgements=(judged,))).outcome is UNKNOWN


def test_f43_1_supports_ptsd_and_does_not_replace_the_instrument():
    plain, supported = found("I9", healthy()), found("I9", diagnosed("F43.1 PTSD"))
    assert supported.outcome is MET
    assert supported.sentence == (
        f"{plain.sentence} F43.1 (PTSD) is recorded in the psychiatric evaluation of 20 Mar 2026: it supports this and "
        "does not replace the instrument."
    )
    for gone in ({"numbers": {"ptsd_months": None}}, {"answers": {"I9": None}}):
        assert found("I9", with_piece(diagnosed("F43.1 PTSD"), MIND, **gone)).outcome is UNKNOWN
    assert found("I10", with_piece(diagnosed("F43.1 PTSD"), MIND, numbers={"caps5": None})).outcome is UNKNOWN
    assert found("I9", with_piece(diagnosed("F43.1 PTSD"), MIND, answers={"I9": True})).outcome is NOT_MET


def test_a_diagnosis_does_not_go_away_because_the_evaluation_grew_old():
    old = with_piece(diagnosed("E11.9 Diabetes"), MIND, taken_on=ago(400))
    assert found("M13", old).outcome is JUDGEMENT
    assert found("M13", without_piece(old, MIND)).outcome is MET


CODES = [row["code"].partition("-")[0] for row in conditions._ROWS["conditions"] if row["system"] == conditions.ICD]
LINES = st.builds(
    "{} {}{}".format,
    st.sampled_from([*CODES, "F99", "F43.1", "J06.9", "none"]),
    st.sampled_from(["", "schizophrenia", "no psychosis", "F31.1"]),
    st.sampled_from(["", ", until 2020", ", since 2025", ", until 2025-12-01"]),
)


@given(candidates(), st.lists(LINES, max_size=3), LINES)
def test_adding_a_code_never_makes_anybody_more_eligible(candidate, listed, more):
    if candidate.piece(MIND) is None:
        return
    before, after = (put(diagnosed("\n".join(lines), candidate)) for lines in (listed, [*listed, more]))
    assert blocking(before) <= blocking(after)
    assert ORDER.index(after.standing) >= ORDER.index(before.standing)


def test_without_the_comparison_a_code_would_pass_in_silence(monkeypatch):
    """The negative control of everything above."""
    candidate = diagnosed("F20.0 Paranoid schizophrenia")
    assert judge(mapp3(), candidate, as_of=TODAY).standing is Standing.ON_HOLD
    monkeypatch.setattr(diagnoses, "held", lambda answer, *rest: answer)
    assert criteria.diagnoses is diagnoses
    assert judge(mapp3(), candidate, as_of=TODAY).standing is Standing.ELIGIBLE


def test_a_long_run_of_spaces_is_one_space():
    """The pattern would try every pair of them: two thousand took a second, each time the line was read."""
    assert read("F43.1" + "\t " * 990 + "x, since 2021") == (Diagnosis("F43.1", "x", "2021"),)
    assert read("F43.1 a" + " " * 1990 + "b") == (Diagnosis("F43.1", "a b"),)
