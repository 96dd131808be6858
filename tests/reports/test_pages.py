"""Today, the board and the page of a course: what each role finds there."""

import datetime as dt
import re

import pytest
from django.utils import timezone

from accounts.models import Opening
from accounts.rules.access import Role
from accounts.rules.frame import may_open
from tests.factories import (
    ContactFactory,
    CourseApprovalFactory,
    CourseFactory,
    CredentialFactory,
    PatientFactory,
    RoomFactory,
    TeamMemberFactory,
    VisitFactory,
    signed_sheet,
)


def page(client, user, path, **query):
    client.force_login(user)
    answer = client.get(path, query)
    assert answer.status_code == 200
    return answer.content.decode()


def words(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def at(days, hour=9):
    """A day from now at this hour in the clinic's zone."""
    day = timezone.localdate() + dt.timedelta(days=days)
    return timezone.make_aware(dt.datetime.combine(day, dt.time(hour)))


def visit_of(course, days=2, code="P1", kind="preparation", therapists=(), **more):
    from sessions.models import Allocation

    starts = at(days, more.pop("hour", 9))
    row = VisitFactory(
        course=course, code=code, kind=kind, starts_at=starts, ends_at=starts + dt.timedelta(hours=1), **more
    )
    for user in therapists:
        Allocation.objects.create(visit=row, therapist=user, during=(row.starts_at, row.ends_at))
    return row


def rail(html):
    return re.findall(r"<li><a href=\"[^\"]+\"[^>]*>.*?</svg>([^<]+)</a>", html, re.S)


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("lead", ["Today", "Courses", "Calendar", "Patients", "Hours", "Reports", "Clinic"]),
        ("coordinator", ["Today", "Courses", "Calendar", "Patients", "Hours", "Reports", "Clinic"]),
        ("custodian", ["Today", "Calendar", "Clinic"]),
        ("rater", ["Today", "Ratings", "Clinic"]),
        ("privacy", ["Today", "Clinic"]),
    ],
)
def test_the_rail_holds_what_somebody_may_open_and_nothing_else(client, db, request, who, expected):
    shown = rail(page(client, request.getfixturevalue(who), "/"))
    assert [title for title in shown if title != "Calendar"] == [title for title in expected if title != "Calendar"]


def test_every_entry_of_the_rail_follows_the_access_table():
    assert "reports:board" in may_open({Role.THERAPIST})
    assert "reports:board" not in may_open({Role.CUSTODIAN, Role.RATER, Role.PRIVACY})
    assert "accounts:person" not in may_open(set(Role) - {Role.ADMIN})


def test_somebody_without_a_role_is_told_whom_to_ask(client, clinic, lead):
    lead.memberships.update(ends_on=timezone.localdate() - dt.timedelta(days=1))
    assert "Ask the admin of your clinic" in page(client, lead, "/")


def test_a_therapist_finds_todays_visits_and_unsigned_notes(client, course, lead, second):
    visit_of(course, 0, "P2", therapists=(lead,), hour=23, title="Second preparation")
    visit_of(course, -3, "P1", therapists=(lead,), state="done", title="First preparation")
    html = words(page(client, lead, "/"))
    assert "Your visits today 1" in html
    assert "23:00 to 00:00 Wren Fictional Second preparation · by telephone or video" in html
    assert "Notes you have not signed 1" in html
    assert "Wren Fictional First preparation" in html
    theirs = words(page(client, second, "/"))
    assert "No visit today." in theirs and "Every note of yours is signed." in theirs


def test_a_coordinator_finds_blocked_courses_and_lapsing_approvals(client, course, coordinator):
    CourseApprovalFactory(course=course, kind="regulator", expires_on=timezone.localdate() + dt.timedelta(days=9))
    html = words(page(client, coordinator, "/"))
    assert "Courses that something blocks 1" in html
    assert "Wren Fictional: Regulator" in html and "9 days left" in html


def test_a_custodian_finds_doses_by_chart_number_and_no_name(client, course, custodian):
    visit_of(course, 3, "D1", "dosing", dose_number=1, title="Dosing day 1")
    html = words(page(client, custodian, "/"))
    assert "Chart M-0001, Dosing day 1" in html
    assert " mg, with supplement at most " in html
    assert "Wren" not in html


def test_a_rater_finds_ratings_by_chart_number_and_not_by_visit(client, course, rater):
    visit_of(course, 3, "R2", "rating", title="Rating after the second dosing day")
    html = page(client, rater, "/")
    assert "CAPS-5 with chart M-0001" in html
    assert [said for said in ("second dosing day", "R2", "Wren") if said in words(html)] == []
    link = re.search(r'href="(/courses/[^"]+/outcomes/[^"]+)"', html).group(1)
    assert client.get(link).status_code == 200


def test_a_therapist_finds_measures_to_enter(client, course, lead):
    visit_of(course, -1, "P1", "preparation")
    html = words(page(client, lead, "/"))
    assert "PCL-5, Wren Fictional" in html and "1 day late" in html
    assert "CAPS-5" not in html


def test_an_admin_finds_papers_to_renew(client, admin, lead):
    CredentialFactory(
        membership=lead.memberships.get(), title="Old training", expires_on=timezone.localdate() - dt.timedelta(days=1)
    )
    assert "Ada Fictional: Old training" in page(client, admin, "/")


def test_a_privacy_lead_finds_a_chart_opened_at_night(client, course, privacy, physician):
    Opening.objects.create(
        by=physician, clinic=course.clinic, patient_id=course.patient_id, what="course", at=at(-1, 3)
    )
    html = words(page(client, privacy, "/"))
    assert "Petra Fictional opened one chart while the clinic was closed, first at 03:00" in html


def test_the_board_names_what_is_in_the_way(client, course, coordinator):
    course.team.filter(duty="second").update(ends_on=timezone.localdate() - dt.timedelta(days=1))
    assert "Nobody is the second therapist of this course. Assign the care team." in page(
        client, coordinator, "/courses/"
    )


def test_the_board_filters_mine_this_week_and_blocked(client, course, clinic, lead, coordinator):
    other = CourseFactory(patient=PatientFactory(clinic=clinic, family_name="Elsewhere"))
    visit_of(other, 0, "P1", hour=23)
    assert "Elsewhere" not in page(client, lead, "/courses/", show="mine")
    week = page(client, coordinator, "/courses/", show="week")
    assert "Elsewhere" in week and "Wren Fictional" not in week
    blocked = page(client, coordinator, "/courses/", show="blocked")
    assert "Elsewhere" in blocked
    assert "No course fits this filter." in page(client, coordinator, "/courses/", show="mine")


def course_with_everything(clinic, lead, second, number):
    row = CourseFactory(patient=PatientFactory(clinic=clinic, family_name=f"Row-{number}"))
    ContactFactory(patient=row.patient)
    CourseApprovalFactory(course=row)
    TeamMemberFactory(course=row, user=lead)
    TeamMemberFactory(course=row, user=second, duty="second")
    visit_of(row, number + 1, therapists=(lead,), room=RoomFactory(clinic=clinic, name=f"Room {number}"))
    visit_of(row, number + 40, "D1", "dosing", dose_number=1)
    return row


QUERIES = {("coordinator", "/courses/"): 31, ("coordinator", "/"): 31, ("physician", "/"): 44}


@pytest.mark.parametrize(("who", "path"), QUERIES)
@pytest.mark.parametrize("rows", [1, 30])
def test_the_board_and_today_ask_the_same_number_of_questions_for_one_course_and_for_thirty(
    client, clinic, lead, second, request, django_assert_num_queries, who, path, rows
):
    for number in range(rows):
        course_with_everything(clinic, lead, second, number)
    client.force_login(request.getfixturevalue(who))
    client.get(path)
    with django_assert_num_queries(QUERIES[who, path]):
        client.get(path)


def test_the_coordinator_begins_with_who_comes_today(client, course, lead, coordinator):
    visit_of(course, 0, "P1", therapists=(lead,), hour=11, title="First preparation")
    client.force_login(coordinator)
    page = client.get("/").content.decode()
    assert page.index("In the clinic today") < page.index("First preparation") < page.index("Courses that something")


def test_the_page_of_a_course_shows_ribbon_readiness_team_and_medicines(client, course, lead, coordinator):
    from tests.factories import MedicineFactory

    MedicineFactory(patient=course.patient, name="Fluoxetine", ongoing=False, last_dose_on=dt.date(2026, 4, 1))
    visit_of(course, 2, "P1", therapists=(lead,), title="First preparation")
    html = page(client, coordinator, f"/courses/{course.public_id}/")
    assert 'class="ribbon ribbon-large"' in html
    text = words(html)
    assert "Lead therapist Ada Fictional" in text
    assert "Fluoxetine" in text and "last dose 1 Apr 2026" in text
    assert "P1 First preparation" in text
    assert re.search(r"What is in the way|Before P1", text) and "Open the screening" in text


def test_the_latest_measures_are_for_those_who_may_read_the_outcomes(
    client, course, lead, physician, coordinator, rater
):
    visit = visit_of(course, -3, "R0", "rating", state="done")
    signed_sheet(visit, "CAPS-5", rater, total=42)
    path = f"/courses/{course.public_id}/"
    for reader in (lead, physician):
        assert "Latest measures Outcomes CAPS-5 42 severe baseline" in words(page(client, reader, path))
    assert "Latest measures" not in page(client, coordinator, path)
    client.force_login(rater)
    assert client.get(path).status_code == 404


def test_the_care_team_stands_in_the_order_of_its_duties(client, course, coordinator):
    html = words(page(client, coordinator, f"/courses/{course.public_id}/"))
    titles = ["Lead therapist", "Second therapist", "Physician", "Independent rater"]
    assert sorted(titles, key=html.index) == titles


def test_opening_a_course_is_recorded_once(client, course, physician):
    page(client, physician, f"/courses/{course.public_id}/")
    assert list(Opening.objects.values_list("by", "patient_id", "what")) == [
        (physician.pk, course.patient_id, "course")
    ]


def test_a_therapist_off_the_team_finds_nothing(client, course, other_therapist):
    client.force_login(other_therapist)
    answer = client.get(f"/courses/{course.public_id}/")
    assert answer.status_code == 404 and "Wren" not in answer.content.decode()
    assert "Wren" not in page(client, other_therapist, "/courses/")
    assert "Wren" not in page(client, other_therapist, "/")
