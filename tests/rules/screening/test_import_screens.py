"""Urine drug screens of a record: one substance found makes it positive, only a whole panel makes it negative."""

import pytest

from screening.rules.importing import mapping
from screening.rules.importing.facts import Code, Coded
from screening.rules.importing.proposing import Kind
from tests import records
from tests.rules.screening.importing import LOINC, SCHIZOPHRENIA, lines, proposals, proposed_readings, words


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


def panel_without_a_conclusion(*ids):
    return panel(*ids) | {"conclusionCode": []}


POSITIVE, NEGATIVE = (words("laboratory", "2026-11-02", drug_screen=word) for word in ("positive", "negative"))
THC = "18282-4"


def test_a_whole_panel_leaves_nothing_aside_and_one_with_a_gap_says_so():
    whole = proposals(substance("a"), panel_without_a_conclusion("a"))
    assert ([line.title for line in whole.lines[1:]], whole.set_aside) == (["Urine drug screen: negative"], ())
    gap = proposals(substance("a"), panel_without_a_conclusion("a", "gone"))
    assert [one.why for one in gap.set_aside] == [
        "It names results that are not in the file, or are not final.",
        "One substance says nothing about a whole screen; a result is missing, or neither positive nor negative.",
    ]


def test_every_older_screen_is_set_aside():
    days = ["2026-11-02", "2026-10-02", "2026-09-02"]
    found = proposals(*(substance(f"s{n}", word="Positive", at=day) for n, day in enumerate(days)))
    assert [line.proposal["on"] for line in found.lines if line.kind is Kind.READING] == ["2026-11-02"]
    assert [(one.what, one.why) for one in found.set_aside] == [
        ("Substance 19359-9 (×2)", "There is a newer drug screen.")
    ]


def test_a_screen_is_told_by_what_was_found_and_not_by_what_was_not():
    [line] = lines(
        Kind.READING,
        substance("a", word="Positive"),
        substance("b", code="18282-4"),
        panel_without_a_conclusion("a", "b"),
    )
    assert line.says == ("Substance 19359-9: Positive, 2 Nov 2026",)


@pytest.mark.parametrize("second", [{"display": "Cocaine"}, {"reference": "Observation/gone"}, None])
def test_a_panel_with_a_result_that_nobody_can_look_up_is_not_negative(second):
    listed = panel_without_a_conclusion("a")
    listed["result"].append(second)
    nameless = {name: part for name, part in substance("x", code="18282-4").items() if name != "id"}
    for resources in ((substance("a"), listed), (substance("a"), nameless, listed)):
        found = proposals(*resources)
        assert [line.title for line in found.lines[1:]] == []
        assert found.set_aside or found.skipped


def test_what_is_proposed_is_left_nowhere_else():
    screen = panel_without_a_conclusion("a")
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
    assert proposed_readings(with_components(*parts)) == expected


def test_members_of_an_observation_are_a_panel_too():
    members = [{"reference": "urn:uuid:a"}, {"reference": "https://lab.example/Observation/b/_history/2"}]
    screen = records.result("s", {"text": "Urine drug screen"}, "x") | {"hasMember": members}
    del screen["valueString"]
    assert proposed_readings(screen, substance("a"), substance("b", THC)) == [NEGATIVE]


def test_the_newest_screen_counts_and_a_measured_amount_is_read_by_its_interpretation():
    old = substance("old", word="Positive", at="2026-10-01")
    assert proposed_readings(old, substance("a"), panel("a")) == [NEGATIVE]
    interpretation = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
    amount = records.observation("q", "19295-5", "Opiates", 2300, "ng/mL", "2026-11-02")
    amount["interpretation"] = [{"coding": [{"system": interpretation, "code": "POS", "display": "Positive"}]}]
    [line] = [line for line in proposals(amount).lines if line.kind is Kind.READING]
    assert (line.title, line.says) == ("Urine drug screen: positive", ("Opiates: Positive, 2 Nov 2026",))
