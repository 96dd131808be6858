import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.actions.editing import Stale
from accounts.models import Change, Membership
from accounts.rules.findings import Refused
from patients.actions import care
from patients.actions.care import NewApproval, assign_team, open_course, record_approval, withdraw
from patients.actions.patients import (
    NewContact,
    add_medicine,
    alike,
    change_contact,
    change_medicine,
    change_patient,
    take_in,
)
from patients.actions.protocols import publish
from patients.models import Course, CourseStep, Patient, ProtocolVersion, TeamMember
from patients.rules.loading import LoadError
from tests.factories import (
    ContactFactory,
    CourseFactory,
    CredentialFactory,
    PatientFactory,
    published,
)

pytestmark = pytest.mark.usefixtures("db")
NOW = dt.datetime(2026, 4, 14, 9, 30, tzinfo=dt.UTC)
TODAY = dt.date(2026, 4, 14)
DETAILS = {"given_name": "Ada", "family_name": "Fictional", "date_of_birth": dt.date(1980, 5, 1)}


def approval(begins=-10, ends=300, kind="ethics"):
    return NewApproval(
        kind, "Fictional committee", "FC-1", TODAY + dt.timedelta(days=begins), TODAY + dt.timedelta(days=ends)
    )


def membership(user):
    return Membership.objects.get(user=user)


def sentences(caught):
    return [finding.sentence for finding in caught.value.findings]


# Protocols


def test_the_same_text_published_twice_is_one_version():
    first = published("mapp3")
    assert published("mapp3").pk == first.pk
    assert ProtocolVersion.objects.count() == 1


def test_a_changed_text_under_the_same_version_is_refused_and_nothing_changes():
    version = published("mapp3")
    changed = version.text.replace("session_maximum = { value = 180", "session_maximum = { value = 190")
    assert changed != version.text
    with pytest.raises(Refused):
        publish(text=changed, name="mapp3.toml", by=None, at=NOW)
    assert ProtocolVersion.objects.get().text == version.text


def test_a_changed_text_under_the_next_version_stands_beside_the_old_one():
    version = published("mapp3")
    newer = publish(text=version.text.replace("version = 1", "version = 2", 1), name="mapp3.toml", by=None, at=NOW)
    assert (newer.version, newer.sha256 == version.sha256) == (2, False)
    assert [row.version for row in ProtocolVersion.objects.newest()] == [2]


def test_a_text_that_is_no_protocol_is_not_published():
    with pytest.raises(LoadError):
        publish(text="code = 1", name="wrong.toml", by=None, at=NOW)
    assert ProtocolVersion.objects.count() == 0


def test_a_published_version_cannot_be_edited_even_past_the_actions():
    version = published("mapp3")
    with pytest.raises(DatabaseError), transaction.atomic():
        ProtocolVersion.objects.filter(pk=version.pk).update(title="Another")
    with pytest.raises(DatabaseError), transaction.atomic():
        version.delete()


def test_the_command_publishes_every_shipped_protocol_and_is_harmless_again(capsys):
    call_command("publish")
    call_command("publish")
    assert sorted(ProtocolVersion.objects.values_list("code", flat=True)) == ["mapp3", "three-week", "two-dose"]
    assert capsys.readouterr().out.count("mapp3 version 1: ") == 2


def test_the_command_says_what_is_wrong_in_which_line(tmp_path):
    file = tmp_path / "clinic.toml"
    file.write_text("code = 'x'\n[sources]\n[figures]\n", encoding="utf-8")
    with pytest.raises(CommandError, match=r"clinic\.toml, line 1"):
        call_command("publish", str(file))


# Patients


def test_a_patient_is_taken_in_with_the_next_number_and_whom_to_call(clinic, coordinator):
    contacts = [NewContact("emergency", "Robin", "1"), NewContact("ride_home", "Jay", "2")]
    first = take_in(clinic, details=DETAILS, contacts=contacts, by=coordinator, at=NOW)
    second = take_in(clinic, details=DETAILS, by=coordinator, at=NOW)
    assert [first.chart_number, second.chart_number] == ["2026-0001", "2026-0002"]
    assert sorted(first.contacts.values_list("kind", "name")) == [("emergency", "Robin"), ("ride_home", "Jay")]
    assert (first.discreet, first.reminder_channel) == (True, "none")


def test_chart_numbers_of_two_clinics_do_not_meet(clinic, coordinator, stranger):
    other = stranger.memberships.get().clinic
    assert take_in(clinic, details=DETAILS, by=coordinator, at=NOW).chart_number == "2026-0001"
    assert take_in(other, details=DETAILS, by=stranger, at=NOW).chart_number == "2026-0001"


def test_intake_writes_nothing_but_details(clinic, coordinator):
    with pytest.raises(TypeError):
        take_in(clinic, details={**DETAILS, "chart_number": "M-1"}, by=coordinator, at=NOW)
    assert Patient.objects.count() == 0


def test_e_mail_reminders_without_an_address_are_refused(clinic, coordinator):
    with pytest.raises(ValidationError):
        take_in(clinic, details={**DETAILS, "reminder_channel": "email"}, by=coordinator, at=NOW)


def test_a_stale_edit_is_refused_with_both_texts_and_changes_nothing(clinic, coordinator):
    patient = PatientFactory(clinic=clinic, phone="1")
    mine = Patient.objects.get(pk=patient.pk)
    change_patient(patient, version=1, by=coordinator, at=NOW, phone="2")
    with pytest.raises(Stale) as caught:
        change_patient(mine, version=1, by=coordinator, at=NOW, phone="3")
    assert caught.value.differences == [("phone", "2", "3")]
    assert Patient.objects.get().phone == "2"


def test_a_contact_is_kept_when_it_is_not_to_be_called_any_more(clinic, coordinator):
    contact = change_contact(ContactFactory(patient__clinic=clinic), version=1, by=coordinator, at=NOW, active=False)
    assert (contact.active, contact.version) == (False, 2)


def test_an_unknown_last_dose_stays_unknown(clinic, coordinator):
    medicine = add_medicine(
        PatientFactory(clinic=clinic), name="Sertraline", ongoing=False, last_dose_on=None, by=coordinator, at=NOW
    )
    assert (medicine.ongoing, medicine.last_dose_on) == (False, None)
    assert change_medicine(medicine, version=1, by=coordinator, at=NOW, last_dose_on=TODAY).last_dose_on == TODAY


def test_a_medicine_still_taken_has_no_last_dose(clinic, coordinator):
    with pytest.raises(ValidationError):
        add_medicine(
            PatientFactory(clinic=clinic), name="Sertraline", ongoing=True, last_dose_on=TODAY, by=coordinator, at=NOW
        )


def test_likeness_is_looked_for_among_the_given_charts_only(clinic, stranger):
    mine = PatientFactory(clinic=clinic, given_name="Ada", family_name="Fictional", date_of_birth=dt.date(1970, 1, 1))
    PatientFactory(clinic=stranger.memberships.get().clinic, given_name="Ada", family_name="Fictional")
    found = alike(Patient.objects.filter(clinic=clinic), phone="", **DETAILS)
    assert [(patient.pk, shared) for patient, shared in found] == [(mine.pk, ["the same name"])]


# Courses


def opened(patient, by, **changes):
    values = {
        "protocol": published("mapp3"),
        "indication": "PTSD",
        "access_route": "trial",
        "approvals": [approval()],
        "by": by,
        "at": NOW,
        "on": TODAY,
    }
    return open_course(patient, **{**values, **changes})


def test_a_course_opens_in_screening_with_its_approval_and_a_first_step(clinic, coordinator):
    course = opened(PatientFactory(clinic=clinic), coordinator)
    assert (course.state, course.clinic, course.opened_on) == ("screening", clinic, TODAY)
    assert [row.reference for row in course.approvals.all()] == ["FC-1"]
    assert [(step.state, step.by) for step in course.steps.all()] == [("screening", coordinator)]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"indication": "Insomnia"},
            "Reference protocol, three dosing days, version 1 does not allow the indication Insomnia.",
        ),
        ({"access_route": ""}, "Choose the access route: no course is opened without one."),
        ({"approvals": []}, "Record at least one approval of the access route that is in force today."),
        (
            {"approvals": [approval(ends=-1)]},
            "Record at least one approval of the access route that is in force today.",
        ),
        (
            {"approvals": [approval(begins=1)]},
            "Record at least one approval of the access route that is in force today.",
        ),
    ],
)
def test_a_course_is_not_opened_without_what_it_rests_on(clinic, coordinator, changes, sentence):
    with pytest.raises(Refused) as caught:
        opened(PatientFactory(clinic=clinic), coordinator, **changes)
    assert sentences(caught) == [sentence]
    assert Course.objects.count() == 0


def test_a_second_course_under_way_is_refused_by_the_action_and_by_the_database(clinic, coordinator, monkeypatch):
    course = opened(PatientFactory(clinic=clinic), coordinator)
    with pytest.raises(Refused) as caught:
        opened(course.patient, coordinator)
    sentence = "This patient has a course under way. Finish or withdraw it before another is opened."
    assert sentences(caught) == [sentence]
    # As if somebody were faster between the look and the write: the constraint answers in the same words.
    monkeypatch.setattr("patients.models.course.CourseQuerySet.active", lambda rows: rows.none())
    with pytest.raises(Refused) as caught:
        opened(course.patient, coordinator)
    assert sentences(caught) == [sentence]
    assert Course.objects.count() == 1


def test_what_a_route_lacks_is_said_for_the_day(course):
    assert [(finding.code, finding.blocks) for finding in care.approval_findings(course, TODAY)] == [
        ("approval-ethics", False),
        ("approval-regulator", True),
    ]
    record_approval(course, approval=approval(kind="regulator"), by=course.team.first().user, at=NOW)
    assert not any(finding.blocks for finding in care.approval_findings(course, TODAY))


def test_a_withdrawal_needs_a_reason_that_can_be_counted(course, coordinator):
    with pytest.raises(Refused):
        withdraw(course, cause="", by=coordinator, at=NOW)
    assert Course.objects.get().state == "screening"
    withdraw(course, cause="moved", words="To the coast", by=coordinator, at=NOW)
    assert Course.objects.get().state == "withdrawn"
    step = CourseStep.objects.filter(state="withdrawn").get()
    assert (step.reason, step.by) == ("Moved away: To the coast", coordinator)


def test_a_withdrawn_course_is_not_withdrawn_twice(course, coordinator):
    withdraw(course, cause="patient", by=coordinator, at=NOW)
    with pytest.raises(Refused):
        withdraw(course, cause="patient", by=coordinator, at=NOW)
    assert CourseStep.objects.filter(state="withdrawn").count() == 1


# Care team


@pytest.fixture
def bare(clinic):
    return CourseFactory(patient__clinic=clinic)


def assigned(course, by, on=TODAY, **members):
    return assign_team(course, members=members, by=by, at=NOW, on=on)


def test_a_team_is_assigned_from_today(bare, lead, second, coordinator):
    assigned(bare, coordinator, lead=membership(lead), second=membership(second))
    assert bare.pair(TODAY) == [lead, second]
    assert bare.pair(TODAY - dt.timedelta(days=1)) == []


@pytest.mark.parametrize("kind", ["licence", "training"])
def test_a_therapist_whose_credential_lapsed_yesterday_is_refused(bare, lead, coordinator, kind):
    membership(lead).credentials.filter(kind=kind).update(expires_on=TODAY - dt.timedelta(days=1))
    with pytest.raises(Refused) as caught:
        assigned(bare, coordinator, lead=membership(lead))
    assert [finding.code for finding in caught.value.findings] == [f"team-{kind}"]
    assert TeamMember.objects.count() == 0
    # The negative control: renewed until today, the same person joins.
    CredentialFactory(membership=membership(lead), kind=kind, expires_on=TODAY)
    assigned(bare, coordinator, lead=membership(lead))
    assert bare.pair(TODAY) == [lead]


def test_somebody_who_left_the_clinic_is_refused(bare, lead, coordinator):
    Membership.objects.filter(user=lead).update(ends_on=TODAY - dt.timedelta(days=1))
    with pytest.raises(Refused) as caught:
        assigned(bare, coordinator, lead=membership(lead))
    assert sentences(caught) == ["Ada Fictional is not a therapist of this clinic, as a lead therapist must be."]


def test_a_member_of_another_clinic_is_never_assigned(bare, stranger, coordinator):
    with pytest.raises(ValueError, match="another clinic"):
        assigned(bare, coordinator, lead=membership(stranger))


def test_one_person_cannot_take_both_places_of_the_pair(bare, lead, coordinator):
    with pytest.raises(Refused) as caught:
        assigned(bare, coordinator, lead=membership(lead), second=membership(lead))
    assert sentences(caught) == ["The lead therapist and the second therapist must be two different people."]


def test_who_leaves_stays_on_record_until_the_day_before(bare, lead, second, other_therapist, coordinator):
    assigned(bare, coordinator, lead=membership(lead), second=membership(second))
    later = TODAY + dt.timedelta(days=30)
    assigned(bare, coordinator, on=later, lead=membership(other_therapist), second=membership(second))
    bare = Course.objects.get(pk=bare.pk)
    assert bare.pair(later) == [other_therapist, second]
    assert bare.pair(later - dt.timedelta(days=1)) == [lead, second]
    assert bare.team.filter(user=second).count() == 1


def test_two_therapists_can_change_places(bare, lead, second, coordinator):
    assigned(bare, coordinator, lead=membership(lead), second=membership(second))
    later = TODAY + dt.timedelta(days=30)
    assigned(bare, coordinator, on=later, lead=membership(second), second=membership(lead))
    assert Course.objects.get(pk=bare.pk).pair(later) == [second, lead]


def test_a_duty_given_and_taken_back_on_one_day_leaves_only_the_audit(bare, lead, coordinator):
    assigned(bare, coordinator, lead=membership(lead))
    assigned(bare, coordinator, lead=None)
    assert bare.team.count() == 0
    kinds = Change.objects.filter(relation="patients_teammember").order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["INSERT", "DELETE"]


def test_the_team_of_an_ended_course_is_not_changed(bare, lead, coordinator):
    withdraw(bare, cause="patient", by=coordinator, at=NOW)
    with pytest.raises(Refused) as caught:
        assigned(bare, coordinator, lead=membership(lead))
    assert sentences(caught) == ["This course is withdrawn: its team is not changed."]


def test_every_change_of_the_room_is_kept_with_patient_and_clinic(clinic, coordinator):
    patient = take_in(clinic, details=DETAILS, contacts=[NewContact("emergency", "R", "1")], by=coordinator, at=NOW)
    course = opened(patient, coordinator)
    rows = Change.objects.filter(patient_id=patient.pk, clinic=clinic).values_list("relation", flat=True)
    assert set(rows) == {
        "patients_patient",
        "patients_contact",
        "patients_course",
        "patients_coursestep",
        "patients_courseapproval",
    }
    assert course.steps.get().at == NOW


def test_now_is_never_read_by_an_action(clinic, coordinator):
    """`at` is given: an intake of last year gets last year's number."""
    patient = take_in(clinic, details=DETAILS, by=coordinator, at=NOW - dt.timedelta(days=400))
    assert patient.chart_number == "2025-0001"
    assert timezone.now().year != 2025
