"""Somebody of a course leaves the clinic: its visits can still be moved and mended, and others are planned as before."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from patients.models import Course
from sessions.actions import running
from sessions.actions.planning import propose, request_for
from sessions.actions.repairing import propose_repair
from sessions.models import Preference
from sessions.rules.planning import Wish
from tests.sessions.test_calendar_views import booked, desk, next_monday, opened

__all__ = ["booked", "desk", "opened"]


def leave(user):
    user.memberships.update(ends_on=timezone.localdate() - dt.timedelta(days=1))


@pytest.fixture
def wish(clinic, lead, second):
    monday = next_monday(clinic)
    return Wish(monday, monday + dt.timedelta(days=27), (str(lead.pk), str(second.pk)))


def test_a_pair_of_which_one_has_left_gets_no_plan_and_the_reason(opened, lead, wish):
    Preference.objects.create(course=opened, of="one", trait="woman")
    leave(lead)
    proposal = propose(opened, wish=wish, as_of=timezone.now())
    assert proposal.plan is None
    assert "Ada Fictional is away" in " ".join(finding.sentence for finding in proposal.findings)


def test_one_course_whose_lead_has_left_does_not_stop_the_others_from_being_planned(opened, lead, clinic, coordinator):
    Course.objects.filter(pk=opened.pk).update(state="eligible")
    leave(lead)
    now, monday = timezone.now(), next_monday(clinic)
    last = monday + dt.timedelta(days=27)
    run = running.ask(clinic, courses=[opened], first_day=monday, last_start=last, by=coordinator, at=now)
    running.work(run.pk, now=lambda: now)
    run.refresh_from_db()
    assert (run.state, run.failure) == ("ready", "")
    (row,) = run.courses.all()
    assert row.plan is None and "Ada Fictional is away" in str(row.reasons)


def test_everybody_who_is_booked_is_known_to_whoever_mends(booked, physician, rater, wish):
    for user in (physician, rater):
        leave(user)
    course = booked["D1"].course
    people = request_for(course, wish=wish, as_of=timezone.now()).people
    for user in (physician, rater):
        assert [absence.reason for absence in people[str(user.pk)].absences] == ["has left"]


def test_a_course_whose_physician_has_left_is_mended_as_far_as_it_can_be(desk, booked, clinic, physician):
    leave(physician)
    course = booked["D1"].course
    (mended,) = propose_repair(clinic, courses=[course], as_of=timezone.now()).repair.courses
    assert mended.plan is None and mended.findings
    assert desk.get(reverse("sessions:mend", args=[course.public_id])).status_code == 200
