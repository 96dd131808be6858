import pytest

from patients.rules.protocol import EvidenceKind
from screening.rules import readings as rules
from screening.rules.readings import GROUPS, Choice, Day, Number, questions, said_values
from tests.rules.screening.people import NUMBERS, WORDS, mapp3


def readings(kind):
    return [reading for group in GROUPS[kind] for reading in group.readings]


def test_every_question_of_the_protocol_is_asked_in_exactly_one_place():
    asked = [c.code for kind in EvidenceKind for c in questions(mapp3(), kind)]
    answered = [c.code for c in mapp3().criteria if c.computed in (None, "potassium", "ptsd")]
    assert sorted(asked) == sorted(answered)


def test_every_reading_that_a_rule_looks_at_can_be_typed():
    for kind in EvidenceKind:
        names = {reading.name for reading in readings(kind)}
        assert set(NUMBERS.get(kind, {})) | set(WORDS.get(kind, {})) <= names


def test_no_reading_is_asked_twice_and_every_range_is_one():
    for kind in EvidenceKind:
        names = [reading.name for reading in readings(kind)]
        assert len(names) == len(set(names))
        assert all(r.low < r.high for r in readings(kind) if isinstance(r, Number))


def test_readings_are_said_again_with_unit_and_word():
    assert said_values(EvidenceKind.ECG, {"qt": 400, "rr": 1000}, {"rhythm": "sinus"}) == [
        ("QT interval", "400 ms"),
        ("RR interval", "1000 ms"),
        ("Rhythm", "Sinus rhythm"),
    ]
    day = next(r for r in readings(EvidenceKind.EXAMINATION) if isinstance(r, Day))
    assert said_values(EvidenceKind.EXAMINATION, {}, {day.name: "2026-03-10"}) == [(day.label, "2026-03-10")]
    assert said_values(EvidenceKind.PSYCHIATRIC, {}, {}) == []


@pytest.mark.parametrize(
    ("kind", "name", "words"),
    [
        (EvidenceKind.PSYCHIATRIC, "caps5", "44 (0–80)"),
        (EvidenceKind.LABORATORY, "leucocytes", "44 10^9/L"),
        (EvidenceKind.LABORATORY, "sodium", "44 mmol/L"),
    ],
)
def test_only_the_range_of_a_score_stands_in_brackets(kind, name, words):
    [reading] = [reading for reading in readings(kind) if reading.name == name]
    assert reading.said(44) == words


@pytest.mark.parametrize(("lower", "limits"), [(True, ["tsh_lower", "tsh_upper"]), (False, ["tsh_upper"])])
def test_a_reference_limit_lies_between_nought_and_the_highest_value(lower, limits):
    value, *limited = rules._tested("tsh", "TSH", "mIU/L", 0.1, 200, lower=lower)
    assert (value.name, value.low, value.high) == ("tsh", 0.1, 200)
    assert [reading.name for reading in limited] == limits
    assert {(reading.low, reading.high, reading.of) for reading in limited} == {(0, 200, "tsh")}


def test_no_choice_offers_unknown_as_an_answer_of_its_own():
    offered = [c for kind in EvidenceKind for r in readings(kind) if isinstance(r, Choice) for c, _ in r.choices]
    assert {"", "unknown"} & set(offered) == set()
