"""Urine drug screens of a record: one substance found makes it positive, only a whole panel makes it negative."""

import pytest

from screening.rules.importing import mapping
from screening.rules.importing.facts import Code, Coded
from screening.rules.importing.proposing import Kind
from tests import records
from tests.rules.screening.importing import SCHIZOPHRENIA, lines, proposals


@pytest.mark.parametrize(
    ("codes", "text", "screen"),
    [
        ((), "Urine drug screen", True),
        ((), "Height", False),
        (("65750-2",), "", True),
        (("1-8", "65750-2"), "local name", True),
        (("8302-2",), "Height", False),
    ],
)
def test_a_drug_screen_is_known_by_any_of_its_codes_and_names(codes, text, screen):
    thing = Coded(tuple(Code(records.LOINC, code, "Something") for code in codes), text)
    assert mapping.is_screen(thing) is screen
    named = Coded((*thing.codes, Code("", "", "Urine Drug Screen")), text)
    assert mapping.is_screen(named)


def substance(id, word="Negative", at="2026-11-02", code="19359-9"):
    return records.result(id, records.coded(records.LOINC, code, f"Substance {code}"), word, at)


def panel(*ids):
    code = records.coded(records.LOINC, "65750-2", "Drugs of abuse panel")
    return records.report("panel", code) | {
        "code": code,
        "conclusionCode": [],
        "result": [{"reference": f"Observation/{one}"} for one in ids],
    }


def test_a_whole_panel_leaves_nothing_aside_and_one_with_a_gap_says_so():
    whole = proposals(substance("a"), panel("a"))
    assert ([line.title for line in whole.lines[1:]], whole.set_aside) == (["Urine drug screen: negative"], ())
    gap = proposals(substance("a"), panel("a", "gone"))
    assert [one.why for one in gap.set_aside] == [
        "It names results that are not in the file, or are not final.",
        "One substance says nothing about a whole screen; a result is missing, or neither positive nor negative.",
    ]


def test_every_older_screen_is_set_aside():
    days = ["2026-11-02", "2026-10-02", "2026-09-02"]
    found = proposals(*(substance(f"s{n}", "Positive", day) for n, day in enumerate(days)))
    assert [line.proposal["on"] for line in found.lines if line.kind is Kind.READING] == ["2026-11-02"]
    assert [(one.what, one.why) for one in found.set_aside] == [
        ("Substance 19359-9 (×2)", "There is a newer drug screen.")
    ]


def test_a_screen_is_told_by_what_was_found_and_not_by_what_was_not():
    [line] = lines(Kind.READING, substance("a", "Positive"), substance("b", code="18282-4"), panel("a", "b"))
    assert line.says == ("Substance 19359-9: Positive, 2 Nov 2026",)


@pytest.mark.parametrize("second", [{"display": "Cocaine"}, {"reference": "Observation/gone"}, None])
def test_a_panel_with_a_result_that_nobody_can_look_up_is_not_negative(second):
    listed = panel("a")
    listed["result"].append(second)
    nameless = {name: part for name, part in substance("x", code="18282-4").items() if name != "id"}
    for resources in ((substance("a"), listed), (substance("a"), nameless, listed)):
        found = proposals(*resources)
        assert [line.title for line in found.lines[1:]] == []
        assert found.set_aside or found.skipped


def test_what_is_proposed_is_left_nowhere_else():
    screen = panel("a")
    found = proposals(screen, substance("a"), records.condition("c", SCHIZOPHRENIA))
    assert {"P2", "Urine drug screen: negative"} <= {line.title for line in found.lines}
    assert (found.unmapped, found.set_aside) == ((), ())


def with_parts(own="", **words):
    """A drug screen as one observation, its components by their codes."""
    parts = [
        {"code": {"coding": [{"system": records.LOINC, "code": code}], "text": name}, "valueString": word}
        for name, (code, word) in words.items()
    ]
    code = records.coded(records.LOINC, "65750-2", "Panel") if not own else {"text": own}
    whole = records.result("a", code, "x") | {"component": parts}
    del whole["valueString"]
    return whole


OPIATES, COCAINE, ACIDITY = "19295-5", "19359-9", "2756-5"


@pytest.mark.parametrize(
    ("screen", "says"),
    [
        (
            with_parts(Opiates=(OPIATES, "Positive"), Cocaine=(COCAINE, "Negative")),
            ("positive", ("Opiates: Positive, 2 Nov 2026",)),
        ),
        (with_parts(Opiates=(OPIATES, "Negative")), ("negative", ("Opiates: Negative, 2 Nov 2026",))),
        # One known substance among what nobody knows, in a panel of a local name.
        (
            with_parts("Local panel", Acidity=(ACIDITY, "6"), Opiates=(OPIATES, "Positive")),
            ("positive", ("Opiates: Positive, 2 Nov 2026",)),
        ),
    ],
)
def test_a_screen_in_one_observation_is_told_by_the_parts_that_decided(screen, says):
    [line] = lines(Kind.READING, screen)
    assert (line.proposal["words"]["drug_screen"], line.says) == says
