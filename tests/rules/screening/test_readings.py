from patients.rules.protocol import EvidenceKind
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


def test_no_choice_offers_unknown_as_an_answer_of_its_own():
    offered = [c for kind in EvidenceKind for r in readings(kind) if isinstance(r, Choice) for c, _ in r.choices]
    assert {"", "unknown"} & set(offered) == set()
