"""The edges of what a record proposes: the day on which something still counts, the second of two, the longest that is kept."""

import datetime as dt
import hashlib
import json
from dataclasses import replace

import pytest

from patients.rules.protocol import EvidenceKind
from screening.rules.candidate import Piece
from screening.rules.importing import belonging, folding, mapping, measuring
from screening.rules.importing.facts import Code, Coded, Origin, plain
from screening.rules.importing.opening import LINE, Malformed, document
from screening.rules.importing.proposing import Kind, propose
from screening.rules.importing.reading import digest, read
from tests import records
from tests.rules.screening.people import mapp3
from tests.rules.screening.test_import_folding import WREN

TODAY = dt.date(2026, 11, 22)
ICD, SNOMED = records.ICD, records.SNOMED
LAB, EXAM, HISTORY = EvidenceKind.LABORATORY, EvidenceKind.EXAMINATION, EvidenceKind.HISTORY
SCHIZOPHRENIA = records.coded(ICD, "F20.0", "Paranoid schizophrenia")


def read_in(*resources, **more):
    return read(records.file(records.bundle(*resources, **more)))


def proposals(*resources, **more):
    return propose(read_in(*resources, **more), as_of=TODAY)


def lines(kind, *resources):
    return [line for line in proposals(*resources).lines if line.kind is kind]


def the(kind, *resources):
    [line] = lines(kind, *resources)
    return line


def medicine(*resources):
    return the(Kind.MEDICINE, *resources).proposal


def taken(name="Sertraline", state="stopped", start=None, end=None, id="m", **more):
    period = {name: day for name, day in (("start", start), ("end", end)) if day}
    return records.statement(id, name, state, **({"effectivePeriod": period} if period else {}), **more)


# --- medicines


@pytest.mark.parametrize(
    ("state", "end", "kept"),
    [
        ("stopped", "2025-11-22", True),  # a year ago to the day
        ("stopped", "2025-11-21", False),
        ("active", "2019-01-01", True),  # called active: ask, whatever its end says
    ],
)
def test_only_what_certainly_ended_more_than_a_year_ago_is_left_out(state, end, kept):
    assert len(lines(Kind.MEDICINE, taken(state=state, end=end))) == kept


def test_two_medicines_that_nobody_knows_stay_two_and_one_written_twice_is_one():
    found = lines(
        Kind.MEDICINE,
        records.prescription("a", "Xyzzomab"),
        records.prescription("b", "Wibblamine"),
        records.prescription("c", "XYZZOMAB"),
    )
    assert [line.title for line in found] == ["Xyzzomab", "Wibblamine"]


@pytest.mark.parametrize(
    ("ends", "last", "ongoing"),
    [
        (["2026-10-01", "2026-09-01"], "2026-10-01", False),  # the clock starts at the later one
        (["2026-09-01", "2026-10-01"], "2026-10-01", False),
        (["2026-11-22"], "2026-11-22", False),
        (["2026-11-23"], None, True),
        (["2026-10-01", None], None, False),
    ],
)
def test_the_last_dose_is_the_latest_of_all_and_unknown_when_one_is(ends, last, ongoing):
    found = medicine(*(taken(id=f"m{n}", end=end) for n, end in enumerate(ends)))
    assert (found["last_dose_on"], found["ongoing"]) == (last, ongoing)


@pytest.mark.parametrize(
    ("starts", "end", "started"),
    [
        (["2026-03-01", "2026-01-01"], None, "2026-01-01"),
        (["2026-11-22"], None, "2026-11-22"),
        (["2026-11-23"], None, None),
        (["2026-10-01"], "2026-10-01", "2026-10-01"),  # a single dose
        (["2026-10-02"], "2026-10-01", None),
    ],
)
def test_it_began_with_the_earliest_that_can_be_true(starts, end, started):
    found = medicine(*(taken(id=f"m{n}", start=start, end=end) for n, start in enumerate(starts)))
    assert found["started_on"] == started


def test_dose_and_prescriber_are_those_of_the_newest_prescription():
    def written(id, on, dose):
        return records.prescription(
            id, "Sertraline", authoredOn=on, dosageInstruction=[{"text": dose}], requester={"display": f"Dr {id}"}
        )

    older, newer = written("Old", "2026-01-01", "50 mg"), written("New", "2026-06-01", "100 mg")
    for order in ((older, newer), (newer, older)):
        assert (medicine(*order)["dose"], medicine(*order)["prescriber"]) == ("100 mg", "Dr New")
    begun_long_ago = taken(start="2020-01-01", end="2026-10-01", dosage=[{"text": "25 mg"}])
    assert medicine(older, begun_long_ago)["dose"] == "25 mg"


def test_one_regular_prescription_makes_it_regular():
    as_needed = [{"text": "for sleep", "asNeededBoolean": True}]
    both = [
        records.prescription("a", "Zolpidem", dosageInstruction=as_needed),
        records.prescription("b", "Zolpidem"),
    ]
    assert medicine(*both)["regular"] is True


@pytest.mark.parametrize(
    ("found", "warnings"),
    [
        ([taken(state="active", end="2026-11-22")], ()),  # until today is no contradiction
        (
            [taken(state="active", end="2026-11-21")],
            ("The record calls it active and also gives its end: ask the patient.",),
        ),
        (
            [taken(state="active"), taken(id="n", state="active", end="2026-10-01")],
            ("The record calls it active and also gives its end: ask the patient.",),
        ),
        (
            [taken(state="unknown"), taken(id="n", state="stopped", end="2026-10-01")],
            ("The record does not say whether it is taken at present: ask the patient.",),
        ),
        (
            [taken(state="on-hold"), taken(id="n", state="active")],
            ("The record does not say whether it is taken at present: ask the patient.",),
        ),
    ],
)
def test_one_doubtful_entry_is_enough_to_ask_the_patient(found, warnings):
    assert the(Kind.MEDICINE, *found).warnings == warnings


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (taken(state="active"), "Sertraline, active"),
        (
            taken("Sertraline 50 mg", "on-hold", "2026-01-02", "2026-03", dosage=[{"text": "50 mg"}]),
            "Sertraline 50 mg, on hold, from 2 Jan 2026, until 2026-03",
        ),
        (
            taken(end="2026-10-01", dosage=[{"text": "50 mg", "asNeededBoolean": True}]),
            "Sertraline, 50 mg, as needed, stopped, until 1 Oct 2026",
        ),
    ],
)
def test_what_the_record_says_of_a_medicine_is_shown_word_for_word(found, says):
    assert the(Kind.MEDICINE, found).says == (says,)


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("https://ehr.example/fhir/Medication/med", "Phenelzine"),
        ("Medication/med", "Phenelzine"),
        ("https://ehr.example/fhir/OtherMedication/med", None),
    ],
)
def test_a_medicine_named_elsewhere_is_found_by_any_address_of_it(reference, name):
    named = {"resourceType": "Medication", "id": "med", "code": {"text": "Phenelzine"}}
    by_reference = records.prescription("m", "x") | {"medicationReference": {"reference": reference}}
    del by_reference["medicationCodeableConcept"]
    found = lines(Kind.MEDICINE, named, by_reference)
    assert [line.title for line in found] == ([name] if name else [])
    assert [says.partition(",")[0] for line in found for says in line.says] == ([name] if name else [])


@pytest.mark.parametrize("inner", [{}, {"id": 7}])
def test_a_medicine_inside_a_prescription_needs_no_proper_id(inner):
    inside = {"resourceType": "Medication", "code": {"text": "Phenelzine"}, **inner}
    reference = f"#{inner.get('id', '')}"
    wrapped = records.prescription("m", "x", contained=[inside], medicationReference={"reference": reference})
    del wrapped["medicationCodeableConcept"]
    assert medicine(wrapped)["name"] == "Phenelzine"


def test_what_is_too_long_for_the_chart_is_cut_where_the_chart_ends():
    dosage = [{"text": "d" * 81}]
    found = medicine(records.prescription("m", "x" * 121, dosageInstruction=dosage, requester={"display": "p" * 121}))
    assert (len(found["name"]), len(found["dose"]), len(found["prescriber"])) == (120, 80, 120)


# --- the person


def test_the_person_is_proposed_as_the_record_has_them():
    who = records.patient(
        name=[{"use": "old", "family": "Before"}, {"use": "usual", "family": "Fictional", "given": ["Wren"]}],
        telecom=[{"system": "phone"}, {"system": "phone", "value": "2"}, {"system": "email", "value": "w@x.example"}],
        communication=[{"language": {"text": "English"}}, {"language": {"text": "Welsh"}, "preferred": True}],
    )
    [line] = proposals(person=who).lines
    assert dict(line.proposal) == {
        "given_name": "Wren",
        "family_name": "Fictional",
        "date_of_birth": "1985-05-17",
        "sex": "female",
        "phone": "2",
        "email": "w@x.example",
        "language": "Welsh",
    }
    assert line.says == ("Wren Fictional, born 17 May 1985",)


@pytest.mark.parametrize(("gender", "sex"), [("female", "female"), ("male", "male"), ("other", ""), ("unknown", "")])
def test_only_a_sex_that_chooses_a_limit_is_taken_over(gender, sex):
    assert proposals(person=records.patient(gender=gender)).lines[0].proposal["sex"] == sex


@pytest.mark.parametrize(
    ("uses", "family"),
    [(["old", "usual", "official"], "Name 2"), (["nickname", "usual"], "Name 1"), ([None, "maiden"], "Name 0")],
)
def test_the_official_name_goes_before_the_usual_one_and_that_before_any_other(uses, family):
    names = [{"family": f"Name {n}", **({"use": use} if use else {})} for n, use in enumerate(uses)]
    assert read_in(person=records.patient(name=names)).person.family_name == family


def test_a_person_of_whom_little_is_known_is_proposed_with_what_there_is():
    [line] = proposals(person={"resourceType": "Patient", "id": "p", "birthDate": "1985"}).lines
    assert (line.title, line.says) == ("Without a name", ("Without a name, date of birth not said to the day",))
    assert (line.proposal["date_of_birth"], line.proposal["sex"], line.proposal["phone"]) == (None, "", "")


def test_a_name_is_cut_where_the_chart_ends():
    who = records.patient(
        name=[{"family": "f" * 81, "given": ["g" * 81]}],
        telecom=[{"system": "phone", "value": "1" * 41}],
        communication=[{"language": {"text": "l" * 41}}],
    )
    found = proposals(person=who).lines[0].proposal
    assert [len(found[name]) for name in ("given_name", "family_name", "phone", "language")] == [80, 80, 40, 40]


def test_without_an_id_of_the_patient_nobody_elses_resource_is_taken_for_theirs():
    nameless = {"resourceType": "Patient", "birthDate": "1985-05-17"}
    about = records.condition("c", SCHIZOPHRENIA, subject={"reference": "Patient/jay"})
    with pytest.raises(Malformed, match="Patient/jay, who is not the patient of this file"):
        read_in(about, person=nameless)
    assert len(read_in(records.condition("c", SCHIZOPHRENIA), person=nameless).problems) == 1


def test_an_older_version_of_the_patient_on_a_server_is_the_patient():
    address = {"reference": "https://ehr.example/fhir/Patient/wren/_history/3"}
    assert len(read_in(records.condition("c", SCHIZOPHRENIA, subject=address)).problems) == 1


@pytest.mark.parametrize(
    ("other", "start"),
    [
        (replace(WREN, family_name="Imaginary"), "The name differs: the file says Wren Imaginary"),
        (replace(WREN, date_of_birth=dt.date(1985, 5, 18)), "The date of birth differs: the file says Wren Fictional"),
    ],
)
def test_what_differs_between_file_and_chart_is_named(other, start):
    [found] = belonging.findings(other, WREN)
    assert found.sentence.startswith(start)


# --- the file


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


# --- a resource


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


@pytest.mark.parametrize(
    ("resource", "says"),
    [
        (
            records.condition("c", records.coded(ICD, "I10", "Hypertension"), onsetString="as a child"),
            "Hypertension (I10), active, since as a child",
        ),
        (
            records.condition("c", SCHIZOPHRENIA, "resolved", abatementString="years ago"),
            "Paranoid schizophrenia (F20.0), resolved, until years ago",
        ),
        (
            records.procedure("p", records.coded(SNOMED, "23835007", "ECT"), "2026-11-01")
            | {"performedDateTime": None, "performedString": "last spring"},
            "ECT (23835007), completed, since last spring",
        ),
    ],
)
def test_a_time_in_words_is_shown_as_it_was_written(resource, says):
    resource = {name: part for name, part in resource.items() if part is not None}
    found = [line for line in proposals(resource).lines if line.kind is Kind.CRITERION]
    assert {said for line in found for said in line.says} == {says}


def test_of_several_reference_limits_the_narrowest_counts():
    def limits(low, high):
        return {"low": {"value": low, "code": "mmol/L"}, "high": {"value": high, "code": "mmol/L"}}

    potassium = records.observation(
        "k", "2823-3", "Potassium", 4.1, "mmol/L", "2026-11-02", referenceRange=[limits(3.5, 5.1), limits(3.6, 5.0)]
    )
    assert the(Kind.READING, potassium).proposal["numbers"] == {
        "potassium": 4.1,
        "potassium_lower": 3.6,
        "potassium_upper": 5.0,
    }


def test_a_low_reference_limit_comes_along_too():
    limits = [{"low": {"value": 0.4, "code": "m[IU]/L"}, "high": {"value": 4, "code": "m[IU]/L"}}]
    tsh = records.observation("t", "3016-3", "TSH", 2.1, "m[IU]/L", "2026-11-02", referenceRange=limits)
    assert the(Kind.READING, tsh).proposal["numbers"] == {"tsh": 2.1, "tsh_lower": 0.4, "tsh_upper": 4}


@pytest.mark.parametrize(
    ("written", "word"), [("Positive", "positive"), (" negative ", "negative"), ("doubtful", None)]
)
def test_a_written_result_is_read_when_it_is_the_word_itself(written, word):
    test = records.observation("p", "2106-3", "Pregnancy test", 1, "x", "2026-11-02") | {"valueString": written}
    del test["valueQuantity"]
    found = lines(Kind.READING, test)
    assert [line.proposal["words"] for line in found] == ([{"pregnancy_test": word}] if word else [])


@pytest.mark.parametrize(
    ("name", "word", "said"),
    [
        ("pregnancy_test", "positive", "Pregnancy test: positive"),
        ("nursing", "yes", "Is the patient nursing: yes"),
        ("mdma_last", "half year", "Last used: within 6 months"),
    ],
)
def test_a_word_is_proposed_with_what_it_answers(name, word, said):
    assert measuring.label(name, word) == said


def test_what_is_known_is_never_called_unmapped_and_what_is_not_known_always():
    sodium = records.observation("na", "2951-2", "Sodium", 139, "mmol/L", "2026-11-02")
    height = records.observation("h", "8302-2", "Height", 168, "cm", "2026-11-02")
    assert [one.what for one in proposals(sodium, height).unmapped] == ["Height (8302-2)"]
    bare = height | {"code": {"coding": [{"system": records.LOINC, "code": "8302-2"}]}}
    assert [one.what for one in proposals(bare).unmapped] == ["8302-2"]
    nameless = {name: part for name, part in height.items() if name != "code"} | {"code": {"text": ""}}
    assert [one.what for one in proposals(nameless).unmapped] in (["Observation h"], [])


def test_a_value_of_today_counts_and_one_of_tomorrow_does_not():
    today, tomorrow = (
        records.observation("w", "29463-7", "Weight", 64, "kg", day) for day in ("2026-11-22", "2026-11-23")
    )
    assert (len(lines(Kind.READING, today)), len(lines(Kind.READING, tomorrow))) == (1, 0)


@pytest.mark.parametrize(("value", "kept"), [(25, True), (24.9, False), (300, True), (300.1, False)])
def test_a_value_on_the_edge_of_what_can_be_recorded_is_taken(value, kept):
    weight = records.observation("w", "29463-7", "Weight", value, "kg", "2026-11-02")
    assert len(lines(Kind.READING, weight)) == kept


def test_one_half_of_a_blood_pressure_hides_no_whole_one():
    half = records.observation("s", "8480-6", "Systolic", 180, "mm[Hg]", "2026-11-01T09:00:00Z")
    whole = records.pressure("p", 130, 80, "2026-11-02T09:00:00Z")
    assert [line.title for line in lines(Kind.READING, half, whole)] == ["Blood pressure 130/80 mmHg"]


# --- folding


def test_a_reading_that_is_too_old_says_how_long_it_counts():
    proposal = {"evidence": "laboratory", "on": "2026-08-01", "numbers": {"sodium": 139}, "words": {}}
    [refusal] = folding.reading(mapp3(), proposal, {}, as_of=TODAY).refusals
    assert refusal.sentence == ("It is of 1 Aug 2026 and counts for 90 days. Measure it again.")


def test_one_value_that_is_recorded_already_keeps_all_that_came_with_it_out():
    there = {EvidenceKind.ECG: Piece(EvidenceKind.ECG, TODAY, {}, {"qt": 400}, {})}
    proposal = {"evidence": "ecg", "on": "2026-11-20", "numbers": {"rate": 60, "qt": 380}, "words": {}}
    assert [one.code for one in folding.reading(mapp3(), proposal, there, as_of=TODAY).refusals] == ["recorded"]


def test_a_question_beside_a_worked_out_criterion_is_at_home_where_its_readings_are():
    criteria = tuple(replace(one, evidence=None) if one.code == "M3" else one for one in mapp3().criteria)
    assert folding.home(mapp3(), "M3") is HISTORY
    assert folding.home(replace(mapp3(), criteria=criteria), "M3") is HISTORY


F41 = "F41.1 Generalised anxiety disorder"


def listed(reading, entry, kept, taken_on=TODAY):
    kind = EvidenceKind.PSYCHIATRIC if reading == "diagnoses" else HISTORY
    there = {kind: Piece(kind, taken_on, {}, {}, {reading: kept} if kept else {})}
    proposal = {"evidence": kind.value, "on": None, "numbers": {}, "words": {reading: entry}}
    return folding.reading(mapp3(), proposal, there, as_of=TODAY)


@pytest.mark.parametrize(
    ("reading", "entry", "kept", "expected"),
    [
        ("diagnoses", F41, "", F41),
        ("diagnoses", F41, "F43.1 PTSD", f"F43.1 PTSD\n{F41}"),
        ("diagnoses", F41, "F43.1 PTSD\nF41.1", "recorded"),
        ("allergies", "Lactose", "Pollen", "Pollen\nLactose"),
        ("allergies", "Lactose", "Pollen\n lactose", "recorded"),
        ("diagnoses", F41, "F43.1 " + "x" * (1999 - 6 - len(F41)), "F43.1 " + "x" * (1993 - len(F41)) + f"\n{F41}"),
        ("diagnoses", F41, "F43.1 " + "x" * (2000 - 6 - len(F41)), "full"),
    ],
)
def test_a_list_gets_what_it_has_not_got_as_long_as_there_is_room(reading, entry, kept, expected):
    folded = listed(reading, entry, kept)
    assert (folded.refusals[0].code if folded.refusals else folded.words[reading]) == expected


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


def test_the_same_value_twice_at_one_moment_is_one_and_two_values_are_none():
    def sodium(id, value):
        return records.observation(id, "2951-2", "Sodium", value, "mmol/L", "2026-11-02T09:00:00Z")

    found = proposals(sodium("a", 139), sodium("b", 139))
    [line] = [line for line in found.lines if line.kind is Kind.READING]
    assert (line.says, len(line.origins)) == (("Sodium: 139 mmol/L, 2 Nov 2026",), 1)
    assert [one.why for one in found.set_aside] == ["It is there twice, or higher."]
    assert lines(Kind.READING, sodium("a", 139), sodium("b", 140)) == []


def test_a_part_of_a_panel_that_cannot_be_used_says_why_and_an_empty_one_is_nothing():
    odd = records.pressure("p", 130, 80, "2026-11-02T09:00:00Z")
    odd["component"][0]["valueQuantity"]["code"] = "kPa"
    assert [(one.what, one.why) for one in proposals(odd).set_aside] == [
        ("Systolic", "Its unit, kPa, is not in the table: nothing is converted by guess."),
        ("Diastolic: 80 mm[Hg]", "The other half of the blood pressure is missing."),
    ]
    empty = records.pressure("p", 130, 80, "2026-11-02T09:00:00Z")
    del empty["component"][0]["valueQuantity"]
    assert [one.what for one in proposals(empty).set_aside] == ["Diastolic: 80 mm[Hg]"]
    assert proposals(empty).unmapped == ()
    single = empty | {"code": empty["component"][0]["code"], "component": empty["component"][1:]}
    assert [one.what for one in proposals(single).set_aside] == ["Diastolic: 80 mm[Hg]"]


def test_two_measurements_of_one_moment_keep_their_halves_together():
    moment = "2026-11-02T09:00:00Z"
    found = lines(Kind.READING, records.pressure("a", 130, 80, moment), records.pressure("b", 150, 85, moment))
    assert [line.title for line in found] == ["Blood pressure 150/85 mmHg"]


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


@pytest.mark.parametrize(
    ("state", "ended", "asked"),
    [
        ("active", None, True),
        ("active", "2020", True),  # active and over: ask
        ("", "2020", False),
        ("", None, True),
        ("recurrence", "2020", False),
        ("resolved", None, False),
    ],
)
def test_what_asks_about_now_is_proposed_unless_it_is_over(state, ended, asked):
    more = {"abatementDateTime": ended} if ended else {}
    diabetes = records.condition("d", records.coded(ICD, "E11", "Diabetes"), state, **more)
    found = proposals(diabetes)
    assert ("M13" in [line.title for line in found.lines]) is asked
    assert [one.why for one in found.set_aside] == ([] if asked else ["It is over, and the criterion asks about now."])


def test_a_state_is_said_in_words():
    ect = records.procedure("p", records.coded(SNOMED, "23835007", "ECT"), "2026-11-01", "in-progress")
    assert the(Kind.CRITERION, ect).says == ("ECT (23835007), in progress, since 1 Nov 2026",)


def test_a_relative_whom_nobody_names_is_still_a_relative():
    found = proposals(records.relative("f", {}, {"text": "Schizophrenia"}))
    assert [line.says for line in found.lines if line.title == "P17"] == [("Relative: Schizophrenia, completed",)]
    unknown = proposals(records.relative("f", {}, {"text": "Ingrown toenail"}))
    assert [one.what for one in unknown.unmapped] == ["Relative: Ingrown toenail"]


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
