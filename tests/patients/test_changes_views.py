"""The page of changes: who changed and opened what."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sessions.models import Effect, TherapySession
from tests.factories import MedicineFactory, PatientFactory, VisitFactory
from tests.patients.pages import edited, url, words

pytestmark = pytest.mark.usefixtures("db")


@pytest.mark.parametrize("rows", [1, 30])
def test_the_changes_take_the_same_queries_for_one_change_and_for_thirty(at_desk, client, clinic, physician, rows):
    patient = PatientFactory(clinic=clinic)
    for _ in range(rows):
        MedicineFactory(patient=patient)
    client.force_login(physician)
    with CaptureQueriesContext(connection) as queries:
        response = client.get(url("changes", patient))
    assert len(response.context["page"].object_list) == min(rows + 2, 25)
    assert (
        len([q for q in queries if re.search(r"FROM \"?(accounts_change|accounts_opening|patients_)", q["sql"])]) == 6
    )


def test_the_changes_page_tells_who_changed_what_from_what_to_what(at_desk, client, course, privacy):
    at_desk.post(url("edit", course.patient), edited(course.patient, phone="THE NEW NUMBER"))
    client.force_login(privacy)
    page = words(client.get(url("changes", course.patient)))
    assert "Cora Fictional changed patient" in page
    assert "Phone empty → became THE NEW NUMBER" in page
    assert "Priya Fictional opened the changes of the chart" in page


def test_a_therapist_of_other_courses_who_is_an_admin_reads_no_clinical_values_in_the_changes(
    client, course, lead, other_therapist
):
    visit = VisitFactory(course=course)
    session = TherapySession.objects.create(visit=visit, state="open")
    Effect.objects.create(
        session=session, term="Jaw clenching", severity="mild", from_at=timezone.now(), saved_at=timezone.now(), by=lead
    )
    for user, is_told in ((other_therapist, False), (lead, True)):
        user.memberships.update(roles=["therapist", "admin"])
        client.force_login(user)
        page = words(client.get(url("changes", course.patient)))
        assert "Test added effect" in page
        assert ("Jaw clenching" in page) is is_told


def test_the_changes_page_is_filtered_by_kind_and_person(at_desk, client, course, physician, coordinator):
    at_desk.post(url("edit", course.patient), edited(course.patient, phone="1"))
    client.force_login(physician)

    def shown(**query):
        return [(e.who, e.verb) for e in client.get(url("changes", course.patient), query).context["page"].object_list]

    assert shown(who=coordinator.public_id, kind="changes") == [("Cora Fictional", "Changed")]
    assert {verb for _, verb in shown(kind="openings")} == {"Opened"}
    assert shown(who=coordinator.public_id, kind="openings") == []
