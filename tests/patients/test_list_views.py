"""The list of patients."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import CourseFactory, PatientFactory, TeamMemberFactory
from tests.patients.pages import url, words

pytestmark = pytest.mark.usefixtures("db")


def many(clinic, number):
    for _ in range(number):
        course = CourseFactory(patient__clinic=clinic)
        TeamMemberFactory(course=course)
        TeamMemberFactory(course=course, duty="second")


@pytest.mark.parametrize("rows", [1, 30])
def test_the_list_takes_the_same_queries_for_one_patient_and_for_thirty(at_desk, clinic, rows):
    many(clinic, rows)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = at_desk.get(reverse("patients:list"))
    assert len(response.context["page"].object_list) == min(rows, 25)
    assert len([q for q in queries if "patients_" in q["sql"]]) == 4


def test_the_list_is_filtered_by_words_and_by_the_state_of_the_course(at_desk, clinic):
    CourseFactory(patient__clinic=clinic, patient__family_name="Reed")
    CourseFactory(patient__clinic=clinic, patient__family_name="Wood", state="completed")
    PatientFactory(clinic=clinic, family_name="Marsh")

    def shown(**query):
        page = at_desk.get(reverse("patients:list"), query).context["page"]
        return [patient.family_name for patient in page.object_list]

    assert shown() == ["Marsh", "Reed", "Wood"]
    assert shown(q="reed") == ["Reed"]
    assert shown(state="completed") == ["Wood"]
    assert shown(state="none") == ["Marsh"]
    assert shown(state="completed", q="reed") == []
    assert shown(state="nonsense") == ["Marsh", "Reed", "Wood"]
    assert "Nobody among the patients you may see fits this filter." in words(
        at_desk.get(reverse("patients:list"), {"q": "nobody"})
    )


def test_an_empty_list_says_what_to_do(at_desk, client, lead):
    assert "No patients yet." in words(at_desk.get(reverse("patients:list")))
    client.force_login(lead)
    assert "You are on nobody's care team at present." in words(client.get(reverse("patients:list"))).replace(
        "&#x27;", "'"
    )


def test_the_second_page_keeps_the_filter(at_desk, clinic):
    many(clinic, 30)
    response = at_desk.get(reverse("patients:list"), {"state": "screening", "page": "2"})
    assert len(response.context["page"].object_list) == 5
    assert 'href="?state=screening&amp;page=1"' in response.content.decode()


def test_a_therapist_sees_their_own_patients_and_courses_only(client, clinic, lead, course):
    other = CourseFactory(patient__clinic=clinic, patient__given_name="CANARY")
    CourseFactory(patient=course.patient, state="completed", indication="Severe PTSD")
    client.force_login(lead)
    response = client.get(reverse("patients:list"))
    assert [patient.pk for patient in response.context["page"].object_list] == [course.patient_id]
    assert "CANARY" not in response.content.decode()
    assert client.get(url("detail", other.patient)).status_code == 404
    # A course of the same patient without this therapist on its team is not shown either.
    assert "Severe PTSD" not in words(client.get(url("detail", course.patient)))
