"""A file from elsewhere: whatever it is, it is read within bounds or refused with a sentence."""

import io
import json
import time
import tracemalloc

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from screening.rules.importing.opening import LINE, Malformed, document, entries
from screening.rules.importing.reading import read
from tests import records

LIMIT = 10_000_000


def refusal(value, limit=LIMIT):
    with pytest.raises(Malformed) as refused:
        read(records.file(value), limit=limit)
    return str(refused.value)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (b"", "The file is empty."),
        (b"   \n ", "The file is not JSON: Expecting value in line 2, column 2."),
        (b"hello", "The file is not JSON: Expecting value in line 1, column 1."),
        (b'{"resourceType": "Bundle"', "The file is not JSON: Expecting ',' delimiter in line 1, column 26."),
        (b"[1]", "The file holds no FHIR resource: its first level has no resourceType."),
        (b'{"resourceType": 4}', "The file holds no FHIR resource: its first level has no resourceType."),
        (b'{"resourceType": "Bundle", "entry": {}}', "The bundle's entry is not a list."),
        (b'{"a": 1, "a": 2}', "The file says “a” twice in one place; nobody can tell which one holds."),
        (b'{"a": NaN}', "The file holds NaN, which is no number in JSON."),
        (b'{"a": -Infinity}', "The file holds -Infinity, which is no number in JSON."),
        (b'{"a": 1e999}', "The file holds a number that is too large."),
        (
            b'{"a": ' + b"9" * 5000 + b"}",
            "The file is not JSON that can be read: a number or a nesting in it is too large.",
        ),
        (b'{"a": "\x01"}', "The file is not JSON: Invalid control character at in line 1, column 8."),
        (b'{"a": "\xff"}', "The file is not UTF-8 text, which FHIR asks for. Export it as UTF-8."),
        (
            '{"resourceType": "Patient"}'.encode("utf-16"),
            "The file is not UTF-8 text, which FHIR asks for. Export it as UTF-8.",
        ),
        (
            '{"resourceType": "Patient"}'.encode("utf-16-le"),
            "The file is not UTF-8 text, which FHIR asks for. Export it as UTF-8.",
        ),
        (b"PK\x03\x04...", "The file is packed (zip). Unpack it and choose the JSON file inside."),
        (b"\x1f\x8b\x08...", "The file is packed (gzip). Unpack it and choose the JSON file inside."),
        (b"<Bundle/>", "The file is XML. Only the JSON form of FHIR is read."),
        (b"[" * 61 + b"]" * 61, "The file nests more than 60 levels deep, which no FHIR resource does."),
        (b'{"a":' * 5_000_00, "The file nests more than 60 levels deep, which no FHIR resource does."),
        (b"[" + b"{}," * 700_000 + b"{}]", "The file has more than 600,000 parts, which is no one person's record."),
        (
            records.bundle() | {"type": "history"},
            "The bundle is a history, with old versions beside new ones. Export the record as it is now.",
        ),
        (records.bundle(person={}), "The file holds no Patient, so nobody can tell whose record it is."),
    ],
)
def test_a_bad_file_is_refused_with_the_reason(value, said):
    assert refusal(value) == said


def test_a_file_above_the_limit_is_refused_before_it_is_read():
    class Untouched(io.BytesIO):
        def read(self, *size):
            raise AssertionError("read")

    with pytest.raises(Malformed, match=r"The file has 100\.0 MB; at most 10 MB are read\."):
        list(entries(Untouched(bytes(100_000_000)), limit=LIMIT))


def test_brackets_and_quotes_in_text_are_no_depth():
    text = "[" * 200 + '\\"' + "{" * 200
    assert document(json.dumps({"a": text}).encode()) == {"a": text}


@pytest.mark.parametrize("unit", [b'"', b'\\"', b'"\\', b"\\", b'"a', b'{"'])
def test_no_file_makes_the_reader_look_at_a_byte_twice(unit):
    """A reader that starts again at every quote would need hours for this."""
    begun = time.perf_counter()
    with pytest.raises(Malformed):
        document(b"[" + unit * (3_000_000 // len(unit)))
    assert time.perf_counter() - begun < 20


def test_ndjson_is_read_line_by_line_and_a_bundle_on_one_line_is_a_bundle():
    sodium = records.observation("na", "2951-2", "Sodium", 139, "mmol/L", "2026-11-02")
    assert [entry.path for entry in entries(records.lines(sodium))] == ["line 1", "line 2"]
    assert [entry.path for entry in entries(records.file(records.bundle(sodium)))] == ["entry[0]", "entry[1]"]
    assert [
        entry.path for entry in entries(io.BytesIO(b"\xef\xbb\xbf" + records.file(records.patient()).getvalue()))
    ] == ["the file"]


def test_empty_lines_of_ndjson_are_nothing_and_two_documents_on_one_line_are_no_document():
    sodium = records.observation("na", "2951-2", "Sodium", 139, "mmol/L", "2026-11-02")
    spaced = records.lines(sodium).getvalue().replace(b"\n", b"\n\n")
    assert [entry.path for entry in entries(io.BytesIO(spaced))] == ["line 1", "line 3"]
    assert refusal(b'{"a": 1} {"b": 2}').startswith("The file is not JSON: Extra data")
    assert refusal(b'{"a" 1}\n{"b": 2}').startswith("The file is not JSON: Expecting ':' delimiter in line 1")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'{"a" 1}', "Line 3: The file is not JSON: Expecting ':' delimiter in line 1, column 6."),
        (b"[]", "Line 3 holds no FHIR resource."),
        (b'{"a": NaN}', "Line 3: The file holds NaN, which is no number in JSON."),
        (b'"' + b"x" * LINE + b'"', "Line 3 is longer than 1 MB."),
    ],
)
def test_a_broken_line_is_named_and_nothing_of_the_file_is_used(line, said):
    sodium = records.observation("na", "2951-2", "Sodium", 139, "mmol/L", "2026-11-02")
    assert refusal(records.lines(sodium).getvalue() + line + b"\n") == said


def test_a_long_ndjson_file_is_read_in_little_memory():
    """30 MB of lines: what is held stays far below the size of the file."""
    visit = json.dumps({"resourceType": "Encounter", "note": "x" * 900}).encode() + b"\n"
    file = io.BytesIO(records.lines().getvalue() + visit * 32_000)
    tracemalloc.start()
    record = read(file, limit=100_000_000)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (record.not_read, most < 5_000_000) == ({"Encounter": 32_000}, True)


def test_more_entries_than_one_person_has_are_refused():
    visit = b'{"resourceType":"Encounter"}\n'
    assert refusal(records.lines().getvalue() + visit * 50_001) == (
        "The file has more than 50,000 entries, which is no one person's record."
    )


@given(st.binary(max_size=300))
@example(b'{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","id":{}}}]}')
@example(b'{"resourceType":"Bundle","entry":[null,7,{"resource":[]}]}')
def test_no_bytes_break_the_reader(content):
    try:
        read(io.BytesIO(content))
    except Malformed as refused:
        assert str(refused).startswith("The ")


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "code",
                    "coding",
                    "text",
                    "value",
                    "status",
                    "reference",
                    "valueQuantity",
                    "effectiveDateTime",
                    "start",
                    "name",
                    "x",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
KINDS = st.sampled_from(
    [
        "Condition",
        "Observation",
        "MedicationRequest",
        "MedicationStatement",
        "AllergyIntolerance",
        "Procedure",
        "DiagnosticReport",
        "Medication",
        "Patient",
        "Encounter",
    ]
)


@given(
    st.lists(
        st.builds(
            lambda kind, more: {**more, "resourceType": kind},
            KINDS,
            st.dictionaries(st.text(max_size=6), JSON, max_size=3),
        ),
        max_size=4,
    )
)
def test_no_resource_breaks_the_reader(found):
    try:
        record = read(records.file(records.bundle(*found)))
    except Malformed:
        return
    kept = len(record.problems) + len(record.taken) + len(record.measured) + len(record.skipped)
    assert kept + sum(record.not_read.values()) + len(record.medicines) <= len(found) + 1


def test_a_file_as_large_and_deep_as_allowed_is_read():
    whole = json.dumps(records.bundle()).encode()
    assert read(records.file(whole), limit=len(whole)).person.given_name == "Wren"
    with pytest.raises(Malformed, match="at most"):
        read(records.file(whole), limit=len(whole) - 1)
    assert document(b"[" * 60 + b"]" * 60) is not None
    assert len(document(b"[" + b"{}," * 599_998 + b"{}]")) == 599_999
    with pytest.raises(Malformed, match="600,000 parts"):
        document(b"[" + b"{}," * 599_999 + b"{}]")


def test_what_was_closed_again_does_not_make_room_for_greater_depth():
    with pytest.raises(Malformed, match="60 levels"):
        document(b"[" + b"[]," * 70 + b"[" * 60 + b"]" * 61)
    assert len(document(b"[" + b"[]," * 70 + b"[" * 59 + b"]" * 60)) == 71


def test_as_many_entries_as_allowed_are_read_and_not_one_more():
    visit = b'{"resourceType":"Encounter"}\n'
    most = records.lines().getvalue() + visit * 49_999
    assert dict(read(records.file(most)).not_read) == {"Encounter": 49_999}
    with pytest.raises(Malformed, match="50,000 entries"):
        read(records.file(most + visit))


def test_a_line_as_long_as_allowed_is_read_and_not_one_byte_more():
    start = b'{"resourceType":"Encounter","note":"'
    line = start + b"x" * (LINE - len(start) - 3) + b'"}\n'
    assert len(line) == LINE
    assert dict(read(records.file(records.lines().getvalue() + line)).not_read) == {"Encounter": 1}
    with pytest.raises(Malformed, match="Line 2 is longer than 1 MB"):
        read(records.file(records.lines().getvalue() + line.replace(b"x", b"xx", 1)))


def test_a_line_that_is_no_resource_is_named():
    with pytest.raises(Malformed, match="Line 2 holds no FHIR resource"):
        read(records.file(records.lines().getvalue() + b'{"a": 1}\n'))


def test_a_key_that_stands_twice_is_named_as_far_as_can_be_read():
    with pytest.raises(Malformed, match="“a” twice"):
        document(b'{"b": 1, "a": 1, "c": 2, "a": 2}')
    long = b'"' + b"k" * 41 + b'": 1'
    with pytest.raises(Malformed, match=f"“{'k' * 40}” twice"):
        document(b"{" + long + b", " + long + b"}")
