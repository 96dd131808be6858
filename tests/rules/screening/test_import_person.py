"""The person of a record: what is proposed for the chart, and whose record it is."""

import datetime as dt
from dataclasses import replace

import pytest

from accounts.rules.findings import Outcome
from patients.rules.duplicates import Identity
from screening.rules.importing import belonging
from screening.rules.importing.opening import Malformed
from tests import records
from tests.rules.screening.importing import SCHIZOPHRENIA, proposals, read_in


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


WREN = Identity("Wren", "Fictional", dt.date(1985, 5, 17), "")


@pytest.mark.parametrize(
    ("other", "codes"),
    [
        (WREN, []),
        (Identity("fictional", "WRÉN", dt.date(1985, 5, 17), ""), []),
        (Identity("Wren", "Imaginary", dt.date(1985, 5, 17), ""), ["look"]),
        (Identity("Wren", "Fictional", dt.date(1985, 5, 18), ""), ["look"]),
        (Identity("Jay", "Fictional", dt.date(1985, 5, 18), ""), ["somebody-else"]),
    ],
)
def test_name_and_day_of_birth_say_whose_record_it_is(other, codes):
    found = belonging.findings(other, WREN)
    assert [finding.code for finding in found] == codes
    assert [finding.outcome for finding in found] == [
        {"look": Outcome.JUDGEMENT, "somebody-else": Outcome.NOT_MET}[code] for code in codes
    ]


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
