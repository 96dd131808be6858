"""What is known of courses is of the clinic's own day."""

import datetime as dt

import pytest
from django.utils import timezone

from patients.models import Course
from reports.actions.courses import standings, with_everything
from screening.actions.facts import candidates_at
from tests.factories import CourseFactory, MembershipFactory, TeamMemberFactory, screened


@pytest.fixture
def parted(course, clinic, physician):
    """A course in Sydney whose lead therapist leaves the pair tomorrow, and the last day that the lead is there."""
    clinic.time_zone = "Australia/Sydney"
    clinic.save()
    screened(course, by=physician)
    last = timezone.localdate(timezone=clinic.zone) + dt.timedelta(days=1)
    course.team.filter(duty="lead").update(ends_on=last)
    return course, last


@pytest.mark.parametrize(("days", "hour", "has_left"), [(0, 23, False), (1, 6, True)])
def test_whoever_left_yesterday_has_left_this_morning(parted, lead, days, hour, has_left):
    """In Sydney a morning is still the day before in UTC."""
    course, last = parted
    there = dt.datetime.combine(last + dt.timedelta(days=days), dt.time(hour), tzinfo=course.clinic.zone)
    at = there.astimezone(dt.UTC)
    assert at.date() == last
    (standing,) = standings(with_everything(Course.objects.filter(pk=course.pk)), at=at)
    left = f"{lead} has left the pair since."
    assert any(left in blocker.finding.sentence for blocker in standing.blockers) is has_left


def test_each_course_of_a_round_has_the_day_of_its_own_clinic(parted, lead):
    """The decisions of every clinic are followed in one round."""
    course, last = parted
    western = CourseFactory(patient__clinic__time_zone="America/Vancouver")
    TeamMemberFactory(course=western, user=lead, duty="lead", ends_on=last)
    screened(western, by=MembershipFactory(clinic=western.clinic, roles=["physician"]).user)
    morning = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(6), tzinfo=course.clinic.zone)
    found = candidates_at([course, western], morning)
    doubts = [{consent.doubt.partition(".")[0] for consent in found[row.pk].consents} for row in (course, western)]
    assert doubts == [{"", f"{lead} has left the pair since"}, {""}]
