"""What a record adds to the lists of diagnoses and allergies."""

import datetime as dt

import pytest

from patients.rules.protocol import EvidenceKind
from screening.rules import diagnoses
from screening.rules.candidate import Piece
from screening.rules.importing import folding
from screening.rules.importing.proposing import Kind
from tests import records
from tests.rules.screening.importing import ICD, SNOMED, TODAY, left, proposals, proposed_readings, titles, words
from tests.rules.screening.people import mapp3

MIND, HISTORY = EvidenceKind.PSYCHIATRIC, EvidenceKind.HISTORY


@pytest.mark.parametrize(
    ("code", "state", "more", "title"),
    [
        ("F20", "active", {}, "Diagnosis: F20 Schizophrenia"),
        ("F20.0", "resolved", {}, "Diagnosis: F20.0 Schizophrenia (resolved)"),
        ("F200", "inactive", {}, "Diagnosis: F20.0 Schizophrenia (inactive)"),
        ("F20.0", "remission", {}, "Diagnosis: F20.0 Schizophrenia (remission)"),
        (
            "F20.0",
            "resolved",
            {"abatementDateTime": "2020-05"},
            "Diagnosis: F20.0 Schizophrenia, until 2020-05",
        ),
        ("F20.0", "active", {"onsetDateTime": "2011-02-03"}, "Diagnosis: F20.0 Schizophrenia, since 2011-02-03"),
    ],
)
def test_a_diagnosis_is_listed_with_what_became_of_it(code, state, more, title):
    condition = records.condition("c", records.coded(ICD, code, "Schizophrenia"), state, **more)
    assert title in [line.title for line in proposals(condition).lines]


@pytest.mark.parametrize(
    ("reaction", "title"),
    [
        ({"manifestation": [{"text": "rash"}], "severity": "severe"}, "Allergy: Lactose: rash (severe)"),
        ({"manifestation": [{"text": "rash"}]}, "Allergy: Lactose: rash"),
        ({"manifestation": [{"coding": []}], "severity": "mild"}, "Allergy: Lactose"),
        (
            {"manifestation": [{"coding": []}], "description": "itching", "severity": "mild"},
            "Allergy: Lactose: itching (mild)",
        ),
    ],
)
def test_an_allergy_is_listed_with_what_happened_and_how_badly(reaction, title):
    found = proposals(records.allergy("a", {"text": "Lactose"}, reaction=[reaction]))
    assert title in [line.title for line in found.lines]


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
    assert proposed_readings(condition) == [words("psychiatric", None, diagnoses=line)]
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


def test_an_allergy_is_proposed_for_the_list_with_its_reaction():
    rash = [{"manifestation": [{"text": "Rash"}, {"text": "Wheeze"}], "severity": "severe"}, {"manifestation": []}]
    penicillin = records.allergy("a", {"text": "Penicillin"}, reaction=[rash[0]])
    assert proposed_readings(penicillin) == [words("history", None, allergies="Penicillin: Rash, Wheeze (severe)")]
    assert proposals(penicillin).lines[1].says == ("Penicillin, active, Rash, Wheeze (severe)",)
    assert titles(records.allergy("a", {"text": "MDMA"})) == ["M18", "Allergy: MDMA"]
    piece = Piece(HISTORY, TODAY, words={"allergies": "penicillin: rash, wheeze (severe)\nLatex"})
    assert folded(proposed_readings(penicillin)[0], piece).refusals[0].sentence == (
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
