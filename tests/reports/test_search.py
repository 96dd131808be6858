"""One search box: patients, courses and visits, each within the scope of who asks."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories import CourseFactory, PatientFactory, RoomFactory, VisitFactory

pytestmark = pytest.mark.usefixtures("db")


def visit(course, days, code="P1", title="First preparation", **more):
    day = timezone.localdate() + dt.timedelta(days=days)
    starts = timezone.make_aware(dt.datetime.combine(day, dt.time(9)))
    return VisitFactory(
        course=course, code=code, title=title, starts_at=starts, ends_at=starts + dt.timedelta(hours=1), **more
    )


@pytest.fixture
def found(client):
    def ask(user, words):
        client.force_login(user)
        context = client.get("/search/", {"q": words}).context
        return {kind: [row.pk for row in context[kind]] for kind in ("patients", "courses", "visits")}

    return ask


def test_a_visit_is_found_by_its_code_its_patient_its_room_and_its_day(found, coordinator, clinic, course):
    second = visit(course, 9, "P2", "Second preparation")
    first = visit(course, 2, room=RoomFactory(clinic=clinic, name="Garden room"))
    other = visit(CourseFactory(patient=PatientFactory(clinic=clinic, family_name="Elsewhere")), 2)
    name = course.patient.family_name
    assert found(coordinator, f"{name} p2")["visits"] == [second.pk]
    assert found(coordinator, name)["visits"] == [first.pk, second.pk]  # the nearest first
    assert found(coordinator, "garden")["visits"] == [first.pk]
    day = f"{first.starts_at.day} {first.starts_at:%b %Y}"
    assert found(coordinator, day) == {"patients": [], "courses": [], "visits": [first.pk, other.pk]}
    assert found(coordinator, f"elsewhere {day}")["visits"] == [other.pk]


def test_the_search_finds_only_what_somebody_may_open(found, lead, coordinator, stranger, clinic, course):
    mine = visit(course, 2)
    hidden = visit(CourseFactory(patient=PatientFactory(clinic=clinic, given_name="Canary")), 2)
    assert found(lead, "preparation")["visits"] == [mine.pk]
    assert found(lead, "canary") == {"patients": [], "courses": [], "visits": []}
    assert found(stranger, "preparation")["visits"] == []
    assert found(coordinator, "canary") == {
        "patients": [hidden.course.patient_id],
        "courses": [hidden.course_id],
        "visits": [hidden.pk],
    }
    assert found(lead, course.patient.given_name)["courses"] == [course.pk]


@pytest.mark.parametrize("rows", [1, 30])
def test_the_search_takes_the_same_queries_for_one_patient_and_for_thirty(client, coordinator, clinic, rows):
    for _ in range(rows):
        visit(CourseFactory(patient=PatientFactory(clinic=clinic, given_name="Wren")), 2)
    client.force_login(coordinator)
    with CaptureQueriesContext(connection) as queries:
        response = client.get("/search/", {"q": "wren"})
    assert len(response.context["courses"]) == min(rows, 25)
    assert len(response.context["visits"]) == min(rows, 8)
    assert response.context["more_visits"] is (rows > 8)
    assert len([q for q in queries if "patients_" in q["sql"]]) == 4
