"""The page of free time: what is found, why the days before it are not, and the way on to a move."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from patients.models import Course
from sessions.models import Closure, Leave, Visit
from tests.factories import CourseFactory, PatientFactory, TeamMemberFactory, VisitFactory
from tests.sessions.test_calendar_views import booked, desk, next_monday, opened, text_of

__all__ = ["booked", "desk", "opened"]
ADDRESS = reverse("sessions:free_times")


@pytest.fixture
def asked(clinic, lead, second, course):
    return {
        "first": lead.pk,
        "second": second.pk,
        "room": "dosing",
        "minutes": 480,
        "start": next_monday(clinic).isoformat(),
        "days": 14,
        "physician": "on",
        "morning": "on",
    }


def test_the_next_days_are_found_with_the_morning_after(desk, opened, asked, clinic):
    response = desk.get(ADDRESS, asked)
    monday = next_monday(clinic)
    assert [row["day"] for row in response.context["rows"]] == [
        monday + dt.timedelta(days=n) for n in (0, 1, 2, 3, 7, 8, 9, 10)
    ]
    said = text_of(response)
    assert "in Harbour, physician Petra Fictional" in said
    assert "The morning after" in said and "in Willow" in said


def test_a_day_that_is_refused_says_why(desk, opened, asked, clinic, physician, lead):
    monday = next_monday(clinic)
    Leave.objects.create(membership=physician.memberships.get(), starts_on=monday, ends_on=monday, note="congress")
    Closure.objects.create(clinic=clinic, day=monday + dt.timedelta(days=2), name="Refit")
    response = desk.get(ADDRESS, asked)
    assert response.context["rows"][0]["day"] == monday + dt.timedelta(days=3)
    said = text_of(response)
    assert "No physician on duty is free. Petra Fictional is away (congress)." in said
    assert "The clinic is closed that day: Refit." in said
    assert f"The morning after, {monday + dt.timedelta(days=2):%a}" in said
    without = {name: value for name, value in asked.items() if name not in ("physician", "morning")}
    assert desk.get(ADDRESS, without).context["rows"][0]["day"] == monday


def test_a_dosing_day_of_the_pair_goes_on_to_its_preview(desk, booked, asked, clinic):
    visit = booked["D1"]
    day = visit.starts_at.astimezone(clinic.zone).date()
    page = desk.get(ADDRESS, asked | {"start": day.isoformat(), "days": 30})
    moves = [move for row in page.context["rows"] for move in row["moves"]]
    assert {move["visit"].code for move in moves} <= {"D1", "D2", "D3"} and moves
    preview = desk.get(moves[0]["address"])
    assert (preview.status_code, preview.context["mended"]) == (200, 1)


def test_for_a_visit_everything_is_filled_in_and_its_window_counts(desk, booked, clinic):
    visit = booked["D2"]
    page = desk.get(ADDRESS, {"visit": str(visit.public_id)})
    anchor = booked["D1"].starts_at.astimezone(clinic.zone).date()
    window = next(plan for plan in visit.course.plan.visits if plan.code == "D2")
    rows = page.context["rows"]
    assert rows
    for row in rows:
        assert window.earliest.whole <= (row["day"] - anchor).days <= window.latest.whole
        assert [move["visit"] for move in row["moves"]] == [visit]
    own = visit.starts_at.astimezone(clinic.zone).date()
    assert own in [row["day"] for row in rows]  # the visit itself is not in its way
    assert page.context["form"]["minutes"].value() == visit.minutes


def test_a_visit_that_is_not_there_or_not_planned_is_not_found(desk, booked, stranger):
    assert desk.get(ADDRESS, {"visit": "nonsense"}).status_code == 404
    Visit.objects.filter(pk=booked["D2"].pk).update(state="cancelled", state_reason="x")
    assert desk.get(ADDRESS, {"visit": str(booked["D2"].public_id)}).status_code == 404


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"first": ""}, "This field is required."),
        ({"course": "00000000-0000-4000-8000-000000000000"}, "Select a valid choice."),
        ({"minutes": 50}, "Give quarters of an hour"),
        ({"days": 9999}, "less than or equal to 182"),
        ({"start": "9999-12-31"}, "Choose a day between"),
        ({"start": "0205-03-01"}, "Choose a day between"),
    ],
)
def test_what_cannot_be_looked_for_is_asked_again(desk, opened, asked, change, words):
    response = desk.get(ADDRESS, asked | change)
    assert words in text_of(response)
    assert "found" not in response.context


def test_two_of_the_same_are_no_pair(desk, opened, asked):
    assert "Choose two different people." in text_of(desk.get(ADDRESS, asked | {"second": asked["first"]}))


def test_one_person_alone_is_looked_for(desk, opened, asked, clinic, lead, second):
    monday = next_monday(clinic)
    Leave.objects.create(membership=second.memberships.get(), starts_on=monday, ends_on=monday + dt.timedelta(days=30))
    assert desk.get(ADDRESS, asked).context["rows"] == []
    alone = desk.get(ADDRESS, asked | {"second": ""})
    assert [row["day"] for row in alone.context["rows"]] == [
        monday + dt.timedelta(days=n) for n in (0, 1, 2, 3, 7, 8, 9, 10)
    ]
    Leave.objects.create(membership=lead.memberships.get(), starts_on=monday, ends_on=monday, note="congress")
    page = desk.get(ADDRESS, asked | {"second": ""})
    assert page.context["rows"][0]["day"] == monday + dt.timedelta(days=1)
    (refused,) = [refusal for refusal in page.context["found"].refused if refusal.day == monday]
    assert refused.reasons == ("Ada Fictional is away (congress).",)


def test_a_course_without_a_dosing_day_goes_on_to_its_plan(desk, opened, clinic, lead, second):
    Course.objects.filter(pk=opened.pk).update(state="eligible")
    page = desk.get(ADDRESS, {"course": str(opened.public_id)})
    assert page.context["course"] == opened
    assert (page.context["form"]["first"].value(), page.context["form"]["second"].value()) == (
        str(lead.pk),
        str(second.pk),
    )
    rows = page.context["rows"]
    assert rows and all(row["plan"] for row in rows) and not any(row["moves"] for row in rows)
    row = rows[-1]
    plan = desk.get(row["plan"]["address"])
    d1 = next(line for line in plan.context["rows"] if line["code"] == "D1")
    assert abs((d1["local"].date() - row["day"]).days) <= 14
    assert plan.context["form"]["pair"].value() == f"{lead.pk}-{second.pk}"
    alone = desk.get(ADDRESS, {"course": str(opened.public_id), **ask_again(page), "second": ""})
    assert "pair=any" in alone.context["rows"][-1]["plan"]["address"]
    soon = timezone.localdate() + dt.timedelta(days=1)
    sooner = desk.get(ADDRESS, {"course": str(opened.public_id), **ask_again(page), "start": soon.isoformat()})
    first = sooner.context["rows"][0]
    assert (first["day"] < rows[0]["day"], first["plan"]) == (True, None)  # too soon for what comes before it


def ask_again(page):
    form = page.context["form"]
    asked = {name: form[name].value() for name in form.fields}
    return {name: "on" if value is True else value for name, value in asked.items() if value not in (False, None)}


def test_only_courses_without_a_dosing_day_are_offered(desk, booked, opened):
    Course.objects.filter(pk=opened.pk).update(state="eligible")
    assert [value for value, _ in desk.get(ADDRESS).context["form"].fields["course"].choices] == [""]
    Visit.objects.filter(kind="dosing").update(state="cancelled", state_reason="x")
    assert len(desk.get(ADDRESS).context["form"].fields["course"].choices) == 2


def test_without_a_protocol_it_says_so(desk, clinic):
    assert "No protocol is published yet" in text_of(desk.get(ADDRESS))


def test_the_same_number_of_questions_whatever_is_booked(
    desk, booked, asked, clinic, lead, second, django_assert_num_queries
):
    desk.get(ADDRESS, asked)
    with django_assert_num_queries(29):
        desk.get(ADDRESS, asked)
    start = dt.datetime.combine(next_monday(clinic), dt.time(9), tzinfo=clinic.zone)
    for n in range(30):
        course = CourseFactory(patient=PatientFactory(clinic=clinic))
        for duty, user in (("lead", lead), ("second", second)):
            TeamMemberFactory(course=course, user=user, duty=duty)
        for code, kind, week in (("D1", "dosing", 0), ("D2", "dosing", 4)):
            begins = start + dt.timedelta(weeks=week, days=n)
            VisitFactory(course=course, code=code, kind=kind, starts_at=begins, ends_at=begins + dt.timedelta(hours=8))
    with django_assert_num_queries(29):
        desk.get(ADDRESS, asked)
