"""A course is opened, has a team and approvals, and is withdrawn."""

import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import Membership
from patients.models import Course, CourseApproval, TeamMember
from tests.factories import CourseFactory, PatientFactory, published
from tests.patients.pages import url, words

pytestmark = pytest.mark.usefixtures("db")


def course_form(**changes):
    today = timezone.localdate()
    return {
        "protocol": "mapp3",
        "indication": "PTSD",
        "access_route": "trial",
        "approvals-TOTAL_FORMS": "2",
        "approvals-INITIAL_FORMS": "0",
        "approvals-0-kind": "ethics",
        "approvals-0-authority": "Fictional committee",
        "approvals-0-reference": "FC-1",
        "approvals-0-approved_on": today,
        "approvals-0-expires_on": today + dt.timedelta(days=300),
        **changes,
    }


def test_a_course_is_opened_with_its_approval_and_the_team_comes_next(at_desk, clinic):
    published("mapp3")
    patient = PatientFactory(clinic=clinic)
    response = at_desk.post(url("course_new", patient), course_form())
    course = Course.objects.get()
    assert response.headers["Location"] == url("team", course)
    assert (course.patient, course.clinic, course.protocol.code) == (patient, clinic, "mapp3")
    assert list(course.approvals.values_list("kind", "reference")) == [("ethics", "FC-1")]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"approvals-0-expires_on": "2020-01-01"}, 422),
        ({"approvals-0-reference": ""}, 422),
        ({"access_route": ""}, 422),
        ({"indication": "Insomnia"}, 422),
        ({"protocol": "none"}, 422),
        ({f"approvals-0-{name}": "" for name in ("kind", "authority", "reference", "approved_on", "expires_on")}, 409),
    ],
)
def test_a_course_is_not_opened_without_what_it_needs(at_desk, clinic, changes, status):
    published("mapp3")
    response = at_desk.post(url("course_new", PatientFactory(clinic=clinic)), course_form(**changes))
    assert (response.status_code, Course.objects.count()) == (status, 0)


def test_an_indication_of_another_protocol_is_refused_in_words(at_desk, clinic):
    published("mapp3")
    published("two-dose")
    form = course_form(indication="PTSD with alcohol use disorder")
    response = at_desk.post(url("course_new", PatientFactory(clinic=clinic)), form)
    assert response.status_code == 409
    assert "does not allow the indication PTSD with alcohol use disorder" in words(response)


def test_only_the_newest_version_of_a_protocol_is_offered(at_desk, clinic):
    from patients.actions.protocols import publish

    old = published("mapp3")
    new = publish(text=old.text.replace("version = 1", "version = 2", 1), name="x", by=None, at=timezone.now())
    at_desk.post(url("course_new", PatientFactory(clinic=clinic)), course_form())
    assert Course.objects.get().protocol == new


def test_a_course_takes_no_clinic_patient_or_state_from_the_form(at_desk, clinic, theirs):
    patient = PatientFactory(clinic=clinic)
    smuggled = {"clinic": theirs.clinic_id, "patient": theirs.patient_id, "state": "eligible", "version": 9}
    at_desk.post(url("course_new", patient), course_form(**smuggled))
    course = Course.objects.get(patient=patient)
    assert (course.clinic, course.state, course.version) == (clinic, "screening", 1)


def key(user):
    return Membership.objects.get(user=user).public_id


def test_the_care_team_is_assigned_by_name(at_desk, clinic, lead, second, physician, rater):
    course = CourseFactory(patient__clinic=clinic)
    form = {"lead": key(lead), "second": key(second), "physician": key(physician), "rater": key(rater)}
    assert at_desk.post(url("team", course), form).status_code == 302
    assert course.pair(timezone.localdate()) == [lead, second]
    assert at_desk.get(url("team", course)).context["form"]["lead"].value() == key(lead)


def test_a_lapsed_therapist_is_not_offered_and_the_page_says_why(at_desk, clinic, lead, second):
    Membership.objects.get(user=lead).credentials.filter(kind="licence").update(expires_on=dt.date(2026, 1, 31))
    course = CourseFactory(patient__clinic=clinic)
    response = at_desk.get(url("team", course))
    assert [label for _, label in response.context["form"].fields["lead"].choices] == ["Nobody yet", "Ben Fictional"]
    assert "The licence to practise of Ada Fictional expired on 31 January 2026." in words(response)
    posted = at_desk.post(url("team", course), {"lead": key(lead), "second": key(second)})
    assert posted.status_code == 409
    assert TeamMember.objects.count() == 0


def test_a_team_member_whose_licence_lapsed_stays_and_is_shown_as_not_in_order(at_desk, course, lead):
    Membership.objects.get(user=lead).credentials.filter(kind="licence").update(expires_on=dt.date(2026, 1, 31))
    response = at_desk.get(url("team", course))
    assert response.context["form"]["lead"].value() == key(lead)
    assert "On the team, but not in order" in words(response)


def test_nobody_of_another_clinic_can_be_put_on_the_team(at_desk, course, stranger):
    before = list(course.team.values_list("user", "duty"))
    response = at_desk.post(url("team", course), {"lead": key(stranger)})
    assert response.status_code == 422
    assert "Stella Stranger" not in response.content.decode()
    assert list(course.team.values_list("user", "duty")) == before


def test_the_approvals_page_names_what_the_route_still_lacks(at_desk, course):
    page = words(at_desk.get(url("approvals", course)))
    assert "The regulator's approval is missing." in page.replace("&#x27;", "'")
    form = {
        "kind": "regulator",
        "authority": "Fictional regulator",
        "reference": "FR-1",
        "approved_on": "2026-01-01",
        "expires_on": "2040-01-01",
        "course": 99,
    }
    assert at_desk.post(url("approvals", course), {**form, "expires_on": "2025-01-01"}).status_code == 422
    assert at_desk.post(url("approvals", course), form).status_code == 302
    assert list(CourseApproval.objects.values_list("course", "reference").order_by("pk")) == [
        (course.pk, "FEC-1"),
        (course.pk, "FR-1"),
    ]


def test_a_course_is_withdrawn_for_a_reason_only(at_desk, course):
    assert at_desk.post(url("withdraw", course), {"words": "They left"}).status_code == 422
    assert at_desk.post(url("withdraw", course), {"cause": "other", "words": " "}).status_code == 409
    course.refresh_from_db()
    assert course.state == "screening"
    assert at_desk.post(url("withdraw", course), {"cause": "patient", "words": ""}).status_code == 302
    course.refresh_from_db()
    assert (course.state, course.steps.last().reason) == ("withdrawn", "The patient's wish")
