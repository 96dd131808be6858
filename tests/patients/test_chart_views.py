"""The chart: details, contacts and medicines, and who may open it."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Change, Opening
from patients.models import Contact, Medicine, Patient
from tests.factories import ContactFactory, MedicineFactory
from tests.patients.pages import INTAKE, edited, url, words

pytestmark = pytest.mark.usefixtures("db")


def test_opening_a_chart_is_recorded_once(at_desk, coordinator, course):
    at_desk.get(url("detail", course.patient))
    assert list(Opening.objects.values_list("by", "patient_id", "what")) == [
        (coordinator.pk, course.patient_id, "chart")
    ]


def test_the_chart_says_when_the_last_dose_is_not_known(at_desk, course):
    MedicineFactory(patient=course.patient, name="Sertraline", ongoing=False)
    MedicineFactory(patient=course.patient, name="Zopiclone", ongoing=False, last_dose_on=dt.date(2026, 3, 1))
    page = words(at_desk.get(url("detail", course.patient)))
    assert "Stopped, day not known" in page
    assert "1 Mar 2026" in page


def test_details_and_the_patients_own_times_are_changed(at_desk, course):
    patient = course.patient
    response = at_desk.post(
        url("edit", patient), edited(patient, phone="1", day_0="9-12, 14:00-17:30", day_2="10:00 - 11:00")
    )
    assert response.status_code == 302
    patient.refresh_from_db()
    assert (patient.phone, patient.version) == ("1", 2)
    assert patient.times == {"0": [["09:00", "12:00"], ["14:00", "17:30"]], "2": [["10:00", "11:00"]]}
    assert 'value="09:00-12:00, 14:00-17:30"' in at_desk.get(url("edit", patient)).content.decode()
    assert "Monday 09:00–12:00, 14:00–17:30" in words(at_desk.get(url("detail", patient))).replace(" ,", ",")


@pytest.mark.parametrize("times", ["morning", "12-9", "25:00-26:00", "9-12, 11-13", "9"])
def test_a_time_that_is_none_is_refused(at_desk, course, times):
    response = at_desk.post(url("edit", course.patient), edited(course.patient, day_0=times))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["day_0"]


def test_a_stale_edit_is_answered_with_both_texts_and_changes_nothing(at_desk, course):
    patient = course.patient
    at_desk.post(url("edit", patient), edited(patient, phone="THEIRS"))
    response = at_desk.post(url("edit", patient), edited(patient, phone="MINE"))
    assert response.status_code == 409
    assert "THEIRS" in words(response)
    assert "MINE" in words(response)
    patient.refresh_from_db()
    assert (patient.phone, patient.version) == ("THEIRS", 2)


def test_an_edit_writes_no_column_that_it_does_not_ask_for(at_desk, course, theirs):
    patient = course.patient
    at_desk.post(
        url("edit", patient), edited(patient, clinic=theirs.clinic_id, chart_number="STOLEN", id=theirs.patient_id)
    )
    changed = Patient.objects.get(pk=patient.pk)
    assert (changed.clinic_id, changed.chart_number, changed.version) == (patient.clinic_id, "M-0001", 2)


def test_contacts_are_added_and_put_aside(at_desk, course):
    patient = course.patient
    at_desk.post(
        url("contact_new", patient), {"kind": "support", "name": "Kit", "relationship": "", "phone": "1", "active": ""}
    )
    contact = Contact.objects.get(name="Kit")
    assert contact.active is True
    address = reverse("patients:contact_edit", args=[patient.public_id, contact.public_id])
    form = {"kind": "support", "name": "Kit", "relationship": "friend", "phone": "1", "version": 1}
    at_desk.post(address, form)
    contact.refresh_from_db()
    assert (contact.active, contact.relationship) == (False, "friend")
    assert "no longer to be called: Kit" in words(at_desk.get(url("detail", patient)))
    assert at_desk.post(address, {**form, "name": "Late"}).status_code == 409


def test_a_contact_of_one_patient_is_not_found_under_another(at_desk, course):
    other = ContactFactory(patient__clinic=course.clinic)
    address = reverse("patients:contact_edit", args=[course.patient.public_id, other.public_id])
    assert at_desk.get(address).status_code == 404


MEDICINE = {"name": "Sertraline", "dose": "50 mg", "regular": "on"}


def test_a_medicine_is_recorded_with_its_last_dose(at_desk, course):
    last = timezone.localdate() - dt.timedelta(days=3)
    at_desk.post(reverse("screening:medicine_new", args=[course.patient.public_id]), {**MEDICINE, "last_dose_on": last})
    assert list(Medicine.objects.values_list("name", "ongoing", "last_dose_on")) == [("Sertraline", False, last)]


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"ongoing": "on", "last_dose_on": "2026-01-01"}, ["last_dose_on"]),
        ({"last_dose_on": "2999-01-01"}, ["last_dose_on"]),
        ({"started_on": "2999-01-01", "ongoing": "on"}, ["started_on"]),
        ({"started_on": "2026-02-01", "last_dose_on": "2026-01-01"}, ["last_dose_on"]),
    ],
)
def test_a_medicine_whose_days_contradict_each_other_is_refused(at_desk, course, changes, errors):
    response = at_desk.post(reverse("screening:medicine_new", args=[course.patient.public_id]), {**MEDICINE, **changes})
    assert (response.status_code, list(response.context["form"].errors)) == (422, errors)
    assert Medicine.objects.count() == 0


def test_a_medicine_is_changed_only_by_whoever_saw_its_latest_version(at_desk, course):
    medicine = MedicineFactory(patient=course.patient)
    address = reverse("screening:medicine_edit", args=[course.patient.public_id, medicine.public_id])
    assert at_desk.post(address, {**MEDICINE, "ongoing": "on", "version": 1}).status_code == 302
    assert at_desk.post(address, {**MEDICINE, "version": 1}).status_code == 409
    medicine.refresh_from_db()
    assert (medicine.ongoing, medicine.dose) == (True, "50 mg")


CHART = ["detail", "edit", "contact_new", "course_new", "changes"]
COURSE = ["team", "approvals", "withdraw"]


@pytest.mark.parametrize("name", CHART + COURSE)
def test_a_chart_of_another_clinic_does_not_exist(client, clinic, theirs, name):
    from tests.cast import member

    everything = member(clinic, "all", "All Fictional", "therapist", "physician", "coordinator", "admin", "privacy")
    client.force_login(everything)
    address = url(name, theirs.patient if name in CHART else theirs)
    for response in (client.get(address), client.post(address, INTAKE)):
        assert (response.status_code in (404, 405), b"CANARY" in response.content) == (True, False)
    assert Opening.objects.filter(patient_id=theirs.patient_id).count() == 0
    assert Change.objects.filter(actor=everything).count() == 0


def test_without_the_scope_the_chart_of_another_clinic_would_open(at_desk, theirs, monkeypatch):
    """The negative control of the test above."""
    monkeypatch.setattr("accounts.models.scope.ScopedQuerySet.visible_to", lambda rows, grant: rows.all())
    response = at_desk.get(url("detail", theirs.patient))
    assert (response.status_code, b"CANARY" in response.content) == (200, True)
