import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from sessions.actions.record import arrive, leave
from sessions.models import Allocation
from tests.factories import VisitFactory


def held(course, lead, second, *, code, day, minutes=90, kind="preparation"):
    """A past visit of the pair, with both there for so many minutes."""
    starts_at = timezone.now().replace(hour=10, minute=0, second=0, microsecond=0) - dt.timedelta(days=day)
    visit = VisitFactory(course=course, code=code, kind=kind, title=code, starts_at=starts_at)
    for therapist in (lead, second):
        Allocation.objects.create(visit=visit, therapist=therapist, during=(visit.starts_at, visit.ends_at))
        ends_at = starts_at + dt.timedelta(minutes=minutes)
        arrive(visit, therapist=therapist, by=lead, at=starts_at, now=starts_at)
        leave(visit, therapist=therapist, by=lead, at=ends_at, now=ends_at)
    return visit


def test_hours_are_the_sum_of_the_rows(client, course, lead, second, coordinator):
    held(course, lead, second, code="P1", day=0, minutes=97)
    held(course, lead, second, code="C1.1", day=1, minutes=20, kind="call")
    client.force_login(coordinator)
    page = client.get(reverse("sessions:course_hours", args=[course.public_id]))
    logged, planned = page.context["logged"], page.context["planned"]
    assert (planned.therapy, logged.therapy, logged.of()) == (180, 194, 234)
    assert [(row["name"], row["planned"], row["logged"]) for row in page.context["therapists"]] == [
        ("Ada Fictional", 180, 117),
        ("Ben Fictional", 180, 117),
    ]
    assert page.context["by_protocol"] == 84 * 60
    words = page.content.decode()
    assert "52 to 84 h, full course" in words
    assert "12 to 18 h, standard therapy" in words


def test_a_month_is_the_clinics_month(client, course, lead, second, coordinator):
    held(course, lead, second, code="P1", day=0)
    client.force_login(coordinator)
    url = reverse("sessions:hours")
    today = timezone.localdate()
    before = (today.replace(day=1) - dt.timedelta(days=1)).strftime("%Y-%m")
    assert client.get(url).context["logged"].of() == 180
    assert client.get(url, {"month": before}).context["logged"].of() == 0
    assert client.get(url, {"month": "never"}).context["logged"].of() == 180


def test_hours_of_others_are_not_shown(client, course, lead, second, other_therapist, stranger, physician):
    held(course, lead, second, code="P1", day=0)
    for user, status in ((other_therapist, 404), (stranger, 404), (physician, 404), (lead, 200)):
        client.force_login(user)
        assert client.get(reverse("sessions:course_hours", args=[course.public_id])).status_code == status
    for user, minutes in ((other_therapist, 0), (stranger, 0), (lead, 180)):
        client.force_login(user)
        assert client.get(reverse("sessions:hours")).context["logged"].of() == minutes


@pytest.mark.parametrize("visits", [1, 30])
def test_the_hours_pages_ask_as_often_with_thirty_visits(
    client, course, lead, second, coordinator, visits, django_assert_num_queries
):
    for number in range(visits):
        held(course, lead, second, code=f"X{number}", day=number)
    client.force_login(coordinator)
    for url, queries in (
        (reverse("sessions:course_hours", args=[course.public_id]), 13),
        (reverse("sessions:hours"), 11),
    ):
        client.get(url)
        with django_assert_num_queries(queries):
            client.get(url)


def test_who_arrives_and_leaves_is_written_with_the_time_typed(client, course, lead, second):
    from tests.factories import dosing_visit

    visit = dosing_visit(course)
    client.force_login(lead)
    url = reverse("sessions:presence", args=[visit.public_id])
    here = timezone.localtime() - dt.timedelta(minutes=30)
    client.post(url, {"therapist": second.pk, "act": "arrive", "time": f"{here:%H:%M}"})
    row = visit.session.presences.get()
    assert (row.therapist, row.left_at) == (second, None)
    assert timezone.localtime(row.arrived_at).strftime("%H:%M") == f"{here:%H:%M}"
    client.post(url, {"therapist": second.pk, "act": "leave"})
    row.refresh_from_db()
    assert row.left_at > row.arrived_at
    refused = client.post(url, {"therapist": second.pk, "act": "leave"}, follow=True)
    assert [str(m) for m in refused.context["messages"]] == ["Ben Fictional is not here."]
