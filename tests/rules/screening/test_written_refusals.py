"""What is no candidate is refused with its place and a sentence."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.rules.protocol import EvidenceKind
from screening.rules.strict import LARGEST, BadInput, Fault
from screening.rules.written import candidate_from
from tests.rules.screening.as_json import ECG, HEALTHY, LAB, faults, put, with_reading
from tests.rules.screening.people import healthy, mapp3, written


def text(values, old, new):
    """The candidate as text with one piece of it replaced: what json.dumps would never write."""
    whole = json.dumps(values)
    assert whole.count(old) == 1
    return whole.replace(old, new).encode()


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
        ({**HEALTHY, "sex": "fé"}, [("/sex", 'must be one of female, male, not "fé"')]),
        ({**HEALTHY, "sex": "x" * 58}, [("/sex", f'must be one of female, male, not "{"x" * 58}"')]),
        ({**HEALTHY, "sex": "x" * 59}, [("/sex", f'must be one of female, male, not "{"x" * 59}…')]),
        ({**HEALTHY, "sex": "\udfff"}, [("/sex", "has half of a character (an unpaired surrogate)")]),
        (b'{"sex": 1, "born_on": 1, "born_on": 2, "sex": 2}', [("/born_on", "stands twice in the same object")]),
        (b" " * LARGEST, [("", "is not JSON: line 1, column 1000001: Expecting value")]),
        (
            text(HEALTHY, '"qt": 400', '"qt": 100000000000000'),
            [("/evidence/ecg/readings/qt", "must be at most 750, not 100000000000000")],
        ),
        (
            text(HEALTHY, '"qt": 400', '"qt": 1000000000000000'),
            [("/evidence/ecg/readings/qt", '"1000000000000000" is not a number that can be used')],
        ),
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
        (
            with_reading(LAB, sodium={"value": 140, "unit": "mmol/L", "lower": 145, "upper": 135}),
            [("/evidence/laboratory/readings/sodium/lower", "is above the upper limit")],
        ),
        (
            with_reading(EvidenceKind.PSYCHIATRIC, diagnoses="F43.1 PTSD\nF431"),
            [("/evidence/psychiatric/readings/diagnoses", "“F431”: write the code with its dot, F43.1.")],
        ),
        (with_reading(LAB, alt={"value": 30}), [("/evidence/laboratory/readings/alt", "needs “unit”")]),
    ],
)  # fmt: skip
def test_what_is_no_candidate_is_refused_with_its_place_and_a_reason(data, expected):
    assert faults(data) == expected


def test_one_broken_part_hides_no_other():
    deep = b"[" * 20 + b"]" * 20
    assert sorted(
        faults(b'{"born_on": NaN, "evidence": ' + deep + b', "sex": "\\ud800", "\\ud800": 1, "zz": NaN}')
    ) == [
        ("", "has a key with half of a character (an unpaired surrogate)"),
        ("/born_on", '"NaN" is not a number that can be used'),
        ("/evidence" + "/0" * 11, "is nested deeper than 12 levels"),
        ("/sex", "has half of a character (an unpaired surrogate)"),
        ("/zz", '"NaN" is not a number that can be used'),
    ]


def test_a_fault_of_the_whole_is_named_by_its_place_too():
    assert str(BadInput(Fault("", "must be an object, not null"))) == "/: must be an object, not null"
    assert str(BadInput(Fault("/sex", "a"), Fault("/born_on", "b"))) == "/sex: a; /born_on: b"


def test_several_faults_are_told_at_once():
    values = {**with_reading(ECG, qt="x"), "sex": "f"}
    assert [pointer for pointer, _ in faults(values)] == ["/evidence/ecg/readings/qt", "/sex"]


# part of the candidate, what is put there, what is said about it
PARTS = [
    ("born_on", 1985, "must be text, not 1985"),
    ("last_dosing_day", 4, "must be text, not 4"),
    ("screening_began_on", 4, "must be text, not 4"),
    ("evidence/psychiatric/readings/diagnoses", 4, "must be text, not 4"),
    ("evidence/psychiatric/readings/diagnoses", "x" * 2001, "must have at most 2000 characters"),
    ("evidence/laboratory/readings/hba1c", 300, "must be at most 200, not 300"),
    ("evidence/laboratory/readings/hba1c", 1, "must be at least 10, not 1"),
    ("evidence/laboratory/readings/alt/value", "30", 'must be a number, not "30"'),
    ("evidence/laboratory/readings/alt/upper", "40", 'must be a number, not "40"'),
    ("evidence/laboratory/readings/alt/colour", 1, "is not known here; known are value, unit, upper"),
    ("evidence/ecg/taken_on", None, "must be text, not null"),
    ("medicines/0/name", 4, "must be text, not 4"),
    ("medicines/0/name", None, "must be text, not null"),
    ("medicines/0/dose", 4, "must be text, not 4"),
    ("medicines/0/dose", "x" * 201, "must have at most 200 characters"),
    ("medicines/0/regular", None, "must be true or false, not null"),
    ("medicines/0/ongoing", "yes", 'must be true or false, not "yes"'),
    ("consents/0/kind", "tea", 'must be one of treatment, recording, touch, data sharing, not "tea"'),
    ("consents/0/version", 1, "must be text, not 1"),
    ("consents/0/version", " ", "must not be empty"),
    ("consents/0/version", "x" * 41, "must have at most 40 characters"),
    ("consents/0/understood", "yes", 'must be true or false, not "yes"'),
    ("judgements/0/code", 1, "must be text, not 1"),
    ("judgements/0/code", "", "must not be empty"),
    ("judgements/0/code", "x" * 141, "must have at most 140 characters"),
    ("judgements/0/about", 1, "must be text, not 1"),
    ("judgements/0/about", "x" * 4001, "must have at most 4000 characters"),
    ("judgements/0/acceptable", "yes", 'must be true or false, not "yes"'),
    ("judgements/0/reason", " ", "must not be empty"),
    ("judgements/0/reason", "x" * 4001, "must have at most 4000 characters"),
    ("judgements/0/by", "x" * 201, "must have at most 200 characters"),
]


@pytest.mark.parametrize(("place", "value", "reason"), PARTS)
def test_every_part_is_refused_when_it_is_not_what_it_should_be(place, value, reason):
    assert faults(put(place, value)) == [(f"/{place}", reason)]


def test_a_converted_value_outside_its_range_is_a_slip():
    values = with_reading(LAB, creatinine={"value": 74, "unit": "mg/dL"})
    assert faults(values) == [
        ("/evidence/laboratory/readings/creatinine/value", "is 6541.6 µmol/L, outside 10 to 2000")
    ]


@pytest.mark.parametrize(("count", "end"), [(20, "X19"), (21, "X19 and 1 more"), (25, "X19 and 5 more")])
def test_what_is_known_is_listed_as_far_as_a_message_can_be_read(count, end):
    asked = next(criterion for criterion in mapp3().criteria if criterion.code == "P17")
    protocol = replace(mapp3(), criteria=tuple(replace(asked, code=f"X{n}") for n in range(count)))
    values = {"evidence": {"history": {"taken_on": "2026-03-20", "answers": {"Y": True}}}}
    with pytest.raises(BadInput) as refused:
        candidate_from(json.dumps(values).encode(), protocol)
    [fault] = refused.value.faults
    assert fault.pointer == "/evidence/history/answers/Y"
    assert fault.reason.startswith("is not known here; known are X0, X1, ") and fault.reason.endswith(end)


def test_an_answer_in_the_wrong_piece_of_evidence_is_refused():
    values = written(healthy())
    values["evidence"]["history"]["answers"]["P2"] = False
    [(pointer, reason)] = faults(values)
    assert (pointer, reason.startswith("is not known here")) == ("/evidence/history/answers/P2", True)


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
    values[name] = [older, newer, newer]
    assert candidate_from(json.dumps(values).encode(), mapp3())
    values[name] = [newer, older]
    day = {"consents": "given_on", "judgements": "on"}[name]
    reason = "is earlier than that of the entry before; the oldest stands first"
    assert faults(values) == [(f"/{name}/1/{day}", reason)]


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
