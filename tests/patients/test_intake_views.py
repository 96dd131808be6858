"""A patient is taken in."""

import pytest
from django.urls import reverse
from django.utils import timezone

from patients.models import Contact, Patient
from tests.factories import PatientFactory
from tests.patients.pages import INTAKE, url, words

pytestmark = pytest.mark.usefixtures("db")


def test_a_patient_is_taken_in_on_one_page_with_contact_and_ride_home(at_desk, clinic):
    response = at_desk.post(reverse("patients:new"), INTAKE)
    patient = Patient.objects.get()
    assert response.headers["Location"] == url("detail", patient)
    assert (patient.clinic, patient.discreet, patient.reminder_channel) == (clinic, True, "none")
    assert sorted(patient.contacts.values_list("kind", "name", "relationship")) == [
        ("emergency", "Robin Fictional", "sister"),
        ("ride_home", "Robin Fictional", "sister"),
    ]


def test_another_person_can_drive_home(at_desk):
    at_desk.post(reverse("patients:new"), {**INTAKE, "ride_name": "Jay", "ride_phone": "1"})
    assert sorted(Contact.objects.values_list("kind", "name")) == [
        ("emergency", "Robin Fictional"),
        ("ride_home", "Jay"),
    ]


def test_without_a_ride_the_chart_says_that_it_is_missing(at_desk):
    at_desk.post(reverse("patients:new"), {**INTAKE, "same_ride": ""})
    assert "Ride home is missing" in words(at_desk.get(url("detail", Patient.objects.get())))


def test_discreet_is_the_default_of_the_empty_page(at_desk):
    form = at_desk.get(reverse("patients:new")).context["form"]
    assert (form["discreet"].value(), form["reminder_channel"].value()) == (True, "none")


@pytest.mark.parametrize(
    ("changes", "field", "error"),
    [
        ({"given_name": " "}, "given_name", "This field is required."),
        ({"date_of_birth": "2999-01-01"}, "date_of_birth", "Check the year of birth."),
        ({"date_of_birth": "1880-01-01"}, "date_of_birth", "Check the year of birth."),
        ({"reminder_channel": "email"}, "email", "Reminders by e-mail need an address."),
        ({"ride_name": "Jay"}, "ride_name", "Give the name and the telephone number, or leave both empty."),
        ({"emergency_phone": ""}, "emergency_phone", "This field is required."),
    ],
)
def test_what_is_missing_is_said_beside_the_field_and_nothing_typed_is_lost(at_desk, changes, field, error):
    response = at_desk.post(reverse("patients:new"), {**INTAKE, **changes})
    assert response.status_code == 422
    assert response.context["form"].errors == {field: [error]}
    assert 'value="Robin Fictional"' in response.content.decode()
    assert Patient.objects.count() == 0


def test_a_likely_duplicate_is_shown_and_taken_in_only_when_it_is_somebody_else(at_desk, clinic):
    known = PatientFactory(clinic=clinic, given_name="ADA", family_name="fictional", chart_number="M-7")
    response = at_desk.post(reverse("patients:new"), INTAKE)
    assert (response.status_code, Patient.objects.count()) == (422, 1)
    assert f"{known}, M-7, born 17 May 1985: the same name" in words(response).replace(" ,", ",")
    at_desk.post(reverse("patients:new"), {**INTAKE, "somebody_else": "on"})
    assert Patient.objects.count() == 2


def test_nothing_is_said_about_patients_of_other_clinics(at_desk, theirs):
    Patient.objects.filter(pk=theirs.patient_id).update(
        given_name="Ada", family_name="Fictional", phone=INTAKE["phone"]
    )
    response = at_desk.post(reverse("patients:new"), INTAKE)
    assert response.status_code == 302


def test_intake_writes_no_column_that_it_does_not_ask_for(at_desk, clinic, theirs):
    at_desk.post(
        reverse("patients:new"),
        {
            **INTAKE,
            "clinic": theirs.clinic_id,
            "chart_number": "STOLEN",
            "public_id": theirs.patient.public_id,
            "version": 99,
            "id": theirs.patient_id,
            "times": '{"0": []}',
        },
    )
    patient = Patient.objects.get(clinic=clinic)
    assert (patient.chart_number, patient.version, patient.times) == (f"{timezone.localdate().year}-0001", 1, {})
    assert patient.public_id != theirs.patient.public_id
