import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.actions.audit import acting, record_opening
from accounts.actions.editing import edit
from accounts.models import Change, grant_for
from patients.models import Contact, Course, Medicine, Patient
from patients.models.trail import Trail, people_of, tables_readable_by
from tests.factories import ContactFactory, CourseFactory, MedicineFactory, PatientFactory, TeamMemberFactory

pytestmark = pytest.mark.usefixtures("db")
ALL = {"patients_patient", "patients_medicine", "patients_teammember", "patients_course", "patients_coursestep"}


def names(rows):
    return sorted(row.family_name for row in rows)


def test_every_word_of_a_search_must_be_in_name_or_number(clinic):
    PatientFactory(clinic=clinic, given_name="Ada", family_name="Reed", chart_number="M-7")
    PatientFactory(clinic=clinic, given_name="Ada", family_name="Wood", chart_number="M-8")
    assert names(Patient.objects.matching("ada")) == ["Reed", "Wood"]
    assert names(Patient.objects.matching("reed ada")) == ["Reed"]
    assert names(Patient.objects.matching("m-8")) == ["Wood"]
    assert names(Patient.objects.matching("reed m-8")) == []


def test_patients_are_found_by_the_state_of_a_course(clinic):
    PatientFactory(clinic=clinic, family_name="Without")
    CourseFactory(patient__clinic=clinic, patient__family_name="Screened")
    CourseFactory(patient__clinic=clinic, patient__family_name="Done", state="completed")
    courses = Course.objects.filter(clinic=clinic)
    assert names(Patient.objects.in_state("screening", courses)) == ["Screened"]
    assert names(Patient.objects.in_state("completed", courses)) == ["Done"]
    assert names(Patient.objects.in_state("none", courses)) == ["Without"]


def test_courses_are_found_by_patient_indication_and_protocol(clinic):
    course = CourseFactory(patient__clinic=clinic, patient__family_name="Reed")
    for words in ("reed", "ptsd", "reference three", "reed ptsd"):
        assert list(Course.objects.matching(words)) == [course], words
    assert list(Course.objects.matching("reed depression")) == []


def test_two_charts_of_a_clinic_cannot_share_a_number(clinic):
    PatientFactory(clinic=clinic, chart_number="M-1")
    with pytest.raises(IntegrityError), transaction.atomic():
        PatientFactory(clinic=clinic, chart_number="M-1")


def test_a_therapist_reaches_contacts_and_medicines_of_their_patients_only(clinic, lead, course):
    mine = MedicineFactory(patient=course.patient)
    MedicineFactory(patient__clinic=clinic)
    ContactFactory(patient__clinic=clinic)
    grant = grant_for(lead, "patients:detail", timezone.localdate())
    assert list(Medicine.objects.visible_to(grant)) == [mine]
    assert {contact.patient for contact in Contact.objects.visible_to(grant)} == {course.patient}


def test_a_therapist_no_longer_on_the_team_reaches_nothing(clinic, lead):
    today = timezone.localdate()
    course = CourseFactory(patient__clinic=clinic)
    TeamMemberFactory(course=course, user=lead, ends_on=today - dt.timedelta(days=1))
    assert list(Patient.objects.visible_to(grant_for(lead, "patients:detail", today))) == []


# The trail of a chart


def test_an_edit_is_told_in_words_before_and_after(clinic, coordinator):
    patient = PatientFactory(clinic=clinic, phone="1", sex="")
    with acting(coordinator, reason="The patient rang"):
        edit(
            patient,
            version=1,
            by=coordinator,
            phone="2",
            sex="female",
            discreet=False,
            date_of_birth=dt.date(1980, 5, 1),
            times={"0": [["09:00", "12:00"]]},
            quiet_from=dt.time(21, 30),
        )
    (entry, _) = Trail(patient, readable=ALL)[0:5]
    assert (entry.who, entry.verb, entry.what, entry.reason) == (
        "Cora Fictional",
        "Changed",
        "patient",
        "The patient rang",
    )
    assert [(line.title, line.before, line.after) for line in entry.lines] == [
        ("Date of birth", "17 May 1985", "1 May 1980"),
        ("Sex for QT limits", None, "Female"),
        ("Phone", "1", "2"),
        ("Discreet", "yes", "no"),
        ("Quiet from", "20:00", "21:30"),
        ("Times", None, "Mon 09:00–12:00"),
    ]


def test_openings_and_changes_stand_in_one_order_and_can_be_told_apart(clinic, physician, coordinator):
    with acting(coordinator):
        patient = PatientFactory(clinic=clinic)
    record_opening(by=physician, patient=patient, what="chart", at=timezone.now())
    assert [(e.who, e.verb, e.what) for e in Trail(patient)[0:5]] == [
        ("Petra Fictional", "Opened", "chart"),
        ("Cora Fictional", "Added", "patient"),
    ]
    assert len(Trail(patient)) == 2
    assert [e.verb for e in Trail(patient, kind="openings")[0:5]] == ["Opened"]
    assert [e.verb for e in Trail(patient, kind="changes")[0:5]] == ["Added"]
    assert [e.verb for e in Trail(patient, who=physician)[0:5]] == ["Opened"]
    assert [str(person) for person in people_of(patient)] == ["Cora Fictional", "Petra Fictional"]


def test_a_person_in_a_change_is_told_by_name(clinic, lead):
    course = CourseFactory(patient__clinic=clinic)
    TeamMemberFactory(course=course, user=lead)
    entry = Trail(course.patient, readable=ALL)[0:1][0]
    assert (entry.who, entry.what) == ("Test", "team member")
    assert [(line.title, line.after) for line in entry.lines][:2] == [
        ("User", "Ada Fictional"),
        ("Duty", "Lead therapist"),
    ]


def test_a_removal_tells_what_was_there(clinic):
    medicine = MedicineFactory(patient__clinic=clinic, name="Sertraline")
    patient = medicine.patient
    Medicine.objects.filter(pk=medicine.pk).delete()
    entry = Trail(patient, readable=ALL)[0:1][0]
    assert (entry.verb, entry.lines[0].before, entry.lines[0].after) == ("Removed", "Sertraline", None)


def test_without_the_right_to_read_a_table_only_the_names_of_what_changed_are_told(clinic):
    medicine = MedicineFactory(patient__clinic=clinic, name="CANARY")
    entry = Trail(medicine.patient, readable=set())[0:1][0]
    assert entry.lines == ()
    assert entry.untold[0] == "Name"
    assert "CANARY" not in str(entry)


def test_text_that_the_audit_conceals_is_not_shown_as_a_digest(clinic):
    patient = PatientFactory(clinic=clinic)
    row = Change.objects.filter(patient_id=patient.pk).get()
    row.pk, row.at, row.now_is = None, row.at + dt.timedelta(seconds=1), {"given_name": "sha256:abcdef"}
    row.save(force_insert=True)
    assert [line.after for line in Trail(patient, readable=ALL)[0:2][0].lines] == ["(text not shown)"]


def test_whoever_may_not_open_a_page_may_not_read_its_values_in_the_trail(course, privacy, physician, lead):
    today = timezone.localdate()
    for user in (privacy, physician, lead):
        tables = tables_readable_by(user, course.patient, today)
        assert {"patients_patient", "patients_medicine"} <= tables
    assert "therapy_sessions_visit" not in tables_readable_by(privacy, course.patient, today)
    assert "therapy_sessions_visit" in tables_readable_by(physician, course.patient, today)
    assert "accounts_credential" not in tables_readable_by(physician, course.patient, today)
