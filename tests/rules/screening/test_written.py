"""A candidate as JSON: what is read, and what is refused with its place and a sentence."""

import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from patients.rules.protocol import EvidenceKind
from screening.rules.candidate import ConsentFact, ConsentKind, JudgementFact, MedicineFact
from screening.rules.schema import schema
from screening.rules.strict import LARGEST, BadInput
from screening.rules.verdict import judge
from screening.rules.written import candidate_from, told
from tests.rules.screening.people import TAKEN, TODAY, ago, healthy, mapp3, taking, written

ECG, LAB, EXAM = EvidenceKind.ECG, EvidenceKind.LABORATORY, EvidenceKind.EXAMINATION


def read(values):
    return candidate_from(json.dumps(values).encode(), mapp3())


def faults(data):
    with pytest.raises(BadInput) as refused:
        candidate_from(data if isinstance(data, bytes) else json.dumps(data).encode(), mapp3())
    return [(fault.pointer, fault.reason) for fault in refused.value.faults]


def with_reading(kind, **readings):
    values = written(healthy())
    values["evidence"][kind.value]["readings"] |= readings
    return values


FULL = replace(
    taking(MedicineFact("sertraline", "50 mg", True, False, ago(10)), MedicineFact("Xyzzomab", regular=False)),
    consents=(
        ConsentFact(ConsentKind.TREATMENT, "1", TAKEN, True),
        ConsentFact(ConsentKind.TOUCH, "1", TAKEN, True, TODAY),
    ),
    judgements=(JudgementFact("P17", "Medical history of 20 Mar 2026: yes", True, "A cousin.", "Dr Ash", TODAY),),
)


@pytest.mark.parametrize("candidate", [healthy(), FULL, replace(healthy(), evidence={}, sex=None, born_on=None)])
def test_what_is_written_down_is_read_again(candidate):
    assert read(written(candidate)) == candidate


def test_what_is_absent_or_null_is_unknown():
    bare = read({"evidence": {"ecg": {"taken_on": "2026-03-20", "readings": {"qt": None}, "answers": {"M4": None}}}})
    piece = bare.evidence[ECG]
    assert (bare.born_on, bare.sex, bare.contact_named, bare.medicines) == (None, None, None, ())
    assert (piece.answers, piece.numbers, piece.words) == ({}, {}, {})


def test_the_schema_is_one_and_says_what_every_part_means():
    Draft202012Validator.check_schema(schema(mapp3()))

    def undescribed(part, path):
        for name, inner in part.get("properties", {}).items():
            if "description" not in inner:
                yield f"{path}/{name}"
            yield from undescribed(inner, f"{path}/{name}")
        if "items" in part:
            yield from undescribed(part["items"], f"{path}/*")

    assert list(undescribed(schema(mapp3()), "")) == []


@pytest.mark.parametrize(
    ("reading", "kept"),
    [
        ({"value": 4.2, "unit": "mEq/L", "lower": 3.5, "upper": 5.1}, (4.2, 3.5, 5.1)),
        ({"value": 4.2, "unit": "mmol/L"}, (4.2, None, None)),
        (4.2, (4.2, None, None)),
    ],
)
def test_a_laboratory_value_may_carry_its_unit_and_reference_limits(reading, kept):
    values = written(healthy())
    values["evidence"]["laboratory"]["readings"]["potassium"] = reading
    numbers = read(values).evidence[LAB].numbers
    assert tuple(numbers.get(name) for name in ("potassium", "potassium_lower", "potassium_upper")) == kept


@pytest.mark.parametrize(
    ("kind", "name", "value", "unit", "kept"),
    [
        (LAB, "creatinine", 1.2, "mg/dL", 106.08),
        (LAB, "haemoglobin", 14.1, "g/dL", 141),
        (LAB, "hba1c", 6.5, "%", 47.52951455),
        (LAB, "alt", 0.5, "µkat/L", 30),
        (LAB, "tsh", 2.1, "µIU/mL", 2.1),
        (EXAM, "weight", 150, "lb", 68.0388555),
    ],
)
def test_a_value_in_another_unit_is_converted(kind, name, value, unit, kept):
    assert read(with_reading(kind, **{name: {"value": value, "unit": unit}})).evidence[kind].numbers[name] == kept


def test_a_converted_value_outside_its_range_is_a_slip():
    values = with_reading(LAB, creatinine={"value": 74, "unit": "mg/dL"})
    assert faults(values) == [
        ("/evidence/laboratory/readings/creatinine/value", "is 6541.6 µmol/L, outside 10 to 2000")
    ]


def text(values, old, new):
    """The candidate as text with one piece of it replaced: what json.dumps would never write."""
    whole = json.dumps(values)
    assert whole.count(old) == 1
    return whole.replace(old, new).encode()


HEALTHY = written(healthy())


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", [("", "is not JSON: line 1, column 1: Expecting value")]),
        (b"{", [("", "is not JSON: line 1, column 2: Expecting property name enclosed in double quotes")]),
        (b"\xef\xbb\xbf{}", [("", "begins with a byte order mark; save it as UTF-8 without one")]),
        (b'{"sex": "\xff"}', [("", "is not UTF-8: byte 10 cannot be read")]),
        (b" " * (LARGEST + 1), [("", "is larger than 1,000,000 bytes; one candidate needs a few thousand")]),
        (b"[" * 100_000, [("", "is nested deeper than 12 levels")]),
        (b'{"x": ' + b"[" * 20 + b"]" * 20 + b"}", [("/x" + "/0" * 11, "is nested deeper than 12 levels")]),
        (b"[]", [("", "must be an object, not a list")]),
        (b"null", [("", "must be an object, not null")]),
        (b"{}", [("", "needs “evidence”")]),
        (b'{"evidence": {}, "evidence": {}}', [("/evidence", "stands twice in the same object")]),
        (text(HEALTHY, '"qt": 400', '"qt": NaN'), [("/evidence/ecg/readings/qt", '"NaN" is not a number that can be used')]),
        (
            text(HEALTHY, '"qt": 400', '"qt": -Infinity'),
            [("/evidence/ecg/readings/qt", '"-Infinity" is not a number that can be used')],
        ),
        (
            text(HEALTHY, '"qt": 400', '"qt": 1e999'),
            [("/evidence/ecg/readings/qt", '"1e999" is not a number that can be used')],
        ),
        (
            text(HEALTHY, '"qt": 400', '"qt": 1' + "0" * 5000),
            [("/evidence/ecg/readings/qt", '"1' + "0" * 58 + "… is not a number that can be used")],
        ),
        (
            text(HEALTHY, '"qt": 400', '"qt": 400, "qt": 401'),
            [("/evidence/ecg/readings/qt", "stands twice in the same object")],
        ),
        (
            text(HEALTHY, '"rhythm": "sinus"', '"rhythm": "\\ud800"'),
            [("/evidence/ecg/readings/rhythm", "has half of a character (an unpaired surrogate)")],
        ),
        (b'{"evidence": {}, "\\ud800": 1}', [("", "has a key with half of a character (an unpaired surrogate)")]),
        ({**HEALTHY, "colour": "red"}, [("/colour", "is not known here; known are born_on, sex, emergency_contact, "
          "last_dosing_day, screening_began_on, evidence, medicines, consents, judgements")]),
        ({**HEALTHY, "a/b~c": 1}, [("/a~1b~0c", "is not known here; known are born_on, sex, emergency_contact, "
          "last_dosing_day, screening_began_on, evidence, medicines, consents, judgements")]),
        ({**HEALTHY, "born_on": "2026-02-30"}, [("/born_on", "must be a day that exists, written YYYY-MM-DD, from 1900 to 2199, not \"2026-02-30\"")]),
        ({**HEALTHY, "born_on": "0001-01-01"}, [("/born_on", "must be a day that exists, written YYYY-MM-DD, from 1900 to 2199, not \"0001-01-01\"")]),
        ({**HEALTHY, "sex": "f"}, [("/sex", 'must be one of female, male, not "f"')]),
        ({**HEALTHY, "emergency_contact": "yes"}, [("/emergency_contact", 'must be true or false, not "yes"')]),
        ({**HEALTHY, "emergency_contact": 1}, [("/emergency_contact", "must be true or false, not 1")]),
        ({**HEALTHY, "medicines": [{"name": "  "}]}, [("/medicines/0/name", "must not be empty")]),
        ({**HEALTHY, "medicines": [{}]}, [("/medicines/0", "needs “name”")]),
        ({**HEALTHY, "medicines": {}}, [("/medicines", "must be a list, not an object")]),
        ({**HEALTHY, "medicines": [{"name": "x"}] * 201}, [("/medicines", "must have at most 200 entries")]),
        ({**HEALTHY, "medicines": [{"name": "x" * 201}]}, [("/medicines/0/name", "must have at most 200 characters")]),
        (with_reading(ECG, qt=40), [("/evidence/ecg/readings/qt", "must be at least 200, not 40")]),
        (with_reading(ECG, qt=7500), [("/evidence/ecg/readings/qt", "must be at most 750, not 7500")]),
        (with_reading(ECG, qt="400"), [("/evidence/ecg/readings/qt", 'must be a whole number, not "400"')]),
        (with_reading(ECG, qt=True), [("/evidence/ecg/readings/qt", "must be a whole number, not true")]),
        (with_reading(LAB, alt=[]), [("/evidence/laboratory/readings/alt", "must be a number or an object, not a list")]),
        (
            with_reading(LAB, alt={"value": 30, "unit": "stone"}),
            [("/evidence/laboratory/readings/alt/unit", 'must be one of U/L, IU/L, µkat/L, not "stone"')],
        ),
        (with_reading(LAB, alt={"value": 30}), [("/evidence/laboratory/readings/alt", "needs “unit”")]),
    ],
)  # fmt: skip
def test_what_is_no_candidate_is_refused_with_its_place_and_a_reason(data, expected):
    assert faults(data) == expected


def test_several_faults_are_told_at_once():
    values = {**with_reading(ECG, qt="x"), "sex": "f"}
    assert [pointer for pointer, _ in faults(values)] == ["/evidence/ecg/readings/qt", "/sex"]


def test_the_day_of_a_yes_stands_beside_it_and_nowhere_else():
    values = written(healthy())
    history = values["evidence"]["history"]
    history["last_on"] = {"P14": "2026-01-06"}
    assert faults(values) == [("/evidence/history/last_on/P14", "needs the answer true to P14")]
    history["answers"]["P14"] = True
    assert read(values).evidence[EvidenceKind.HISTORY].words["last-P14"] == "2026-01-06"
    assert read(written(read(values))) == read(values)
    history["last_on"] = {"P14": None}
    assert "last-P14" not in read(values).evidence[EvidenceKind.HISTORY].words


def test_an_answer_in_the_wrong_piece_of_evidence_is_refused():
    values = written(healthy())
    values["evidence"]["history"]["answers"]["P2"] = False
    [(pointer, reason)] = faults(values)
    assert (pointer, reason.startswith("is not known here")) == ("/evidence/history/answers/P2", True)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["evidence", "ecg", "taken_on", "sex", "medicines", "name"]), inner, max_size=4
        ),
    ),
    max_leaves=8,
)


@given(JSON)
def test_anything_is_either_a_candidate_or_refused(values):
    try:
        candidate_from(json.dumps(values).encode(), mapp3())
    except BadInput as bad:
        assert bad.faults


@given(st.binary(max_size=40))
def test_any_bytes_are_refused_and_never_a_surprise(data):
    assert faults(data)


def test_a_verdict_is_told_with_every_finding():
    answer = told(judge(mapp3(), healthy(), as_of=date(2026, 4, 1)))
    [qtc] = [finding for finding in answer.pop("findings") if finding["code"] == "M2"]
    assert answer == {
        "verdict": "eligible",
        "sentence": "Every requirement is met.",
        "until": None,
        "judged_by": [],
        "missing": [],
    }
    assert qtc == {
        "code": "M2",
        "outcome": "met",
        "sentence": "QTc (Bazett) is 400 ms, at most 460 ms. Not verified: male 450 ms, female 460 ms.",
        "evidence": "QT 400 ms, RR 1000 ms: QTcB 400 ms, QTcF 400 ms, 20 Mar 2026",
        "source": "The clinic's brief",
        "mark": "brief",
        "decided_by": "physician",
    }


@pytest.mark.parametrize(
    ("name", "older", "newer"),
    [
        (
            "consents",
            {"kind": "treatment", "version": "1", "given_on": "2026-01-02", "understood": True},
            {
                "kind": "treatment",
                "version": "2",
                "given_on": "2026-03-02",
                "understood": True,
                "withdrawn_on": "2026-03-03",
            },
        ),
        (
            "judgements",
            {"code": "P7", "about": "", "acceptable": True, "reason": "a", "by": "Dr A", "on": "2026-01-02"},
            {"code": "P7", "about": "", "acceptable": False, "reason": "b", "by": "Dr A", "on": "2026-03-02"},
        ),
    ],
)
def test_an_older_entry_never_stands_as_the_newest(name, older, newer):
    values = {**written(healthy()), name: [older, newer]}
    assert candidate_from(json.dumps(values).encode(), mapp3())
    values[name] = [newer, older]
    with pytest.raises(BadInput, match=f"/{name}/1/.*oldest stands first"):
        candidate_from(json.dumps(values).encode(), mapp3())
