"""One bad resource is set aside with its path and reason; a record of two people is no record."""

import hashlib

import pytest

from screening.rules.importing.facts import Origin, plain
from screening.rules.importing.opening import Malformed
from screening.rules.importing.reading import digest, read
from tests import records
from tests.rules.screening.importing import ICD, SCHIZOPHRENIA, read_in


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"id": "../../etc/passwd"}, "Condition.id: String should match pattern '^[A-Za-z0-9\\-.]+$'."),
        ({"code": {"coding": "F20"}}, "Condition.code.coding: Input should be a valid list."),
        ({"subject": {"display": "Wren"}}, "Condition does not say whose it is."),
        (
            {"onsetDateTime": "2026-02-30"},
            "Condition.onsetDateTime: Input should be a valid datetime or date, day value is outside expected range.",
        ),
        ({"code": {"text": "a\u0000b"}}, "Condition.code.text holds control characters."),
        ({"code": {"text": "\ud800"}}, "Condition.code.text holds control characters."),
        (
            {"modifierExtension": [{"url": "x"}]},
            "Condition.modifierExtension can turn its meaning around, and is not understood here.",
        ),
        (
            {"code": {"modifierExtension": [{"url": "x"}]}},
            "Condition.code.modifierExtension can turn its meaning around, and is not understood here.",
        ),
        (
            {"implicitRules": "http://x"},
            "Condition.implicitRules can turn its meaning around, and is not understood here.",
        ),
    ],
)
def test_one_bad_resource_is_skipped_with_its_path_and_reason(changes, why):
    bad = records.condition("bad", SCHIZOPHRENIA) | changes
    record = read_in(bad, records.condition("good", SCHIZOPHRENIA))
    assert [(left.path, left.why) for left in record.skipped] == [("entry[1]", why)]
    assert [problem.origin.id for problem in record.problems] == ["good"]


def test_what_is_not_read_cannot_spoil_a_diagnosis():
    odd = records.condition("odd", SCHIZOPHRENIA) | {
        "text": {"status": "odd", "div": "<div><script>alert(1)</script></div>"},
        "extension": [{"nonsense": 1}],
        "encounter": "not a reference",
        "_recordedDate": {"extension": []},
        "madeUp": True,
    }
    assert [problem.origin.id for problem in read_in(odd).problems] == ["odd"]


def test_a_moment_without_a_zone_keeps_its_day():
    record = read_in(records.observation("na", "2951-2", "Sodium", 139, "mmol/L", "2026-11-02T08:00:00"))
    assert [measured.when.words for measured in record.measured] == ["2 Nov 2026"]


def test_an_entry_without_a_resource_is_listed():
    value = records.bundle()
    value["entry"] += [{"request": {"method": "DELETE", "url": "x"}}, None]
    assert [left.path for left in read(records.file(value)).skipped] == ["entry[1]", "entry[2]"]


def test_invisible_and_direction_changing_characters_are_left_out_of_what_is_shown():
    record = read_in(records.condition("c", {"text": "Schizo\u200bphrenia \u202egnorw"}))
    assert record.problems[0].thing.name == "Schizophrenia gnorw"


# --- whose record


@pytest.mark.parametrize(
    "reference",
    ["Patient/wren", "https://ehr.example/fhir/Patient/wren", records.WREN, "Patient/wren/_history/3", "urn:uuid:wren"],
)
def test_the_patient_is_known_by_every_kind_of_reference(reference):
    assert len(read_in(records.condition("c", SCHIZOPHRENIA, subject={"reference": reference})).problems) == 1


@pytest.mark.parametrize(
    "reference", ["Patient/jay", "urn:uuid:0", "Group/wren", "https://ehr.example/fhir/Patient/notwren"]
)
def test_a_resource_of_somebody_else_refuses_the_whole_file(reference):
    with pytest.raises(Malformed, match="who is not the patient of this file"):
        read_in(records.condition("c", SCHIZOPHRENIA, subject={"reference": reference}))


def test_two_patients_refuse_the_file_and_the_same_one_twice_does_not():
    with pytest.raises(Malformed, match="The file holds 2 patients"):
        read_in(records.patient(id="jay"))
    assert read_in(records.patient()).person.given_name == "Wren"


def test_a_patient_that_cannot_be_read_says_why():
    with pytest.raises(Malformed, match=r"no patient that could be read: Patient\.birthDate"):
        read_in(person=records.patient(birthDate="17.5.1985"))


def test_the_official_name_and_the_first_telephone_count():
    names = [{"use": "old", "family": "Before"}, {"use": "official", "family": "Fictional", "given": ["Wren", "A"]}]
    phones = [
        {"system": "phone", "value": "1"},
        {"system": "phone", "value": "2"},
        {"system": "email", "value": "w@x.example"},
    ]
    person = read_in(person=records.patient(name=names, telecom=phones)).person
    assert (person.given_name, person.family_name, person.phone, person.email) == (
        "Wren A",
        "Fictional",
        "1",
        "w@x.example",
    )


def test_the_same_resource_twice_counts_once():
    assert len(read_in(records.condition("c", SCHIZOPHRENIA), records.condition("c", SCHIZOPHRENIA)).problems) == 1


def test_a_patient_without_a_name_or_an_id_is_still_one():
    person = read_in(
        person={"resourceType": "Patient", "birthDate": "1985", "communication": [{"language": {"text": "Welsh"}}]}
    ).person
    assert (person.given_name, person.family_name, person.born_on, person.language) == ("", "", None, "Welsh")


def test_other_things_contained_in_a_prescription_are_left_alone():
    doctor = {"resourceType": "Practitioner", "id": "d"}
    record = read_in(records.prescription("m", "Sertraline", contained=[doctor, 7]))
    assert (len(record.taken), record.medicines) == (1, {})
    assert len(read_in(records.prescription("m", "Sertraline", contained="odd")).taken) == 1


def test_an_id_that_stands_for_two_different_things_is_refused():
    twice = [records.condition("c", records.coded(records.ICD, code, "x")) for code in ("F20", "F31")]
    with pytest.raises(Malformed, match=r"entry\[1\] and entry\[2\] are both Condition c and say different things"):
        read(records.file(records.bundle(*twice)))
    assert len(read(records.file(records.bundle(twice[0], twice[0]))).problems) == 1


def test_what_is_left_out_is_named_and_no_longer_than_can_be_read():
    value = records.bundle(records.condition("c" * 70, {"coding": "F20"}), {"resourceType": "Q" * 60})
    value["entry"].append({"request": {"method": "DELETE", "url": "x"}})
    found = read(records.file(value))
    assert [left.what for left in found.skipped] == ["Condition " + "c" * 64, "Entry"]
    assert dict(found.not_read) == {"Q" * 40: 1}
    with pytest.raises(Malformed, match=f" is about {'x' * 80}, who"):
        read_in(records.condition("c", SCHIZOPHRENIA, subject={"reference": "x" * 81}))


def test_the_same_record_is_known_again_for_good():
    assert digest(["é", {"b": 1, "a": 2}]) == hashlib.sha256(b'["\\u00e9",{"a":2,"b":1}]').hexdigest()
    assert Origin("Condition", "a", "entry[1]", "digest").key == "Condition/a:digest"


@pytest.mark.parametrize(
    ("text", "kept"), [("x" * 300, "x" * 300), ("x" * 301, "x" * 299 + "…"), (None, ""), (" a\n b ", "a b")]
)
def test_text_is_kept_on_one_line_and_not_endless(text, kept):
    assert plain(text) == kept


def test_what_is_added_inside_a_code_cannot_spoil_a_diagnosis():
    inside = {
        "text": "Paranoid schizophrenia",
        "_text": {"extension": "odd"},
        "extension": "odd",
        "coding": [{"system": ICD, "code": "F20.0", "extension": [{"url": 7}], "_code": 4}],
    }
    found = read_in(records.condition("c", inside))
    assert ([one.thing.name for one in found.problems], found.skipped) == (["Paranoid schizophrenia"], ())


def test_the_place_of_a_fault_is_told_to_the_item_of_a_list():
    bad = {"coding": [{"code": "F20"}, {"display": "a\x00b"}]}
    assert [left.why for left in read_in(records.condition("c", bad)).skipped] == [
        "Condition.code.coding[1].display holds control characters."
    ]
