import datetime as dt

import pytest
from django.utils import timezone

from patients.actions.care import withdraw
from sessions.actions.ending import free_what_ended_courses_hold
from sessions.models import Allocation, Visit
from sessions.tasks import tick
from tests.factories import VisitFactory

pytestmark = pytest.mark.usefixtures("db")
NOW = timezone.now().replace(minute=0, second=0, microsecond=0)


def booked(course, therapist, days, **changes):
    start = NOW + dt.timedelta(days=days)
    visit = VisitFactory(
        course=course, code=f"P{days + 20}", starts_at=start, ends_at=start + dt.timedelta(minutes=90), **changes
    )
    Allocation.objects.create(visit=visit, therapist=therapist, during=(visit.starts_at, visit.ends_at))
    return visit


def test_a_withdrawn_course_gives_back_the_time_ahead_and_keeps_the_past(course, lead, coordinator):
    past, ahead = booked(course, lead, -7), booked(course, lead, 7)
    assert free_what_ended_courses_hold(at=NOW) == 0
    withdraw(course, cause="moved", by=coordinator, at=NOW)
    assert free_what_ended_courses_hold(at=NOW) == 1
    past.refresh_from_db()
    ahead.refresh_from_db()
    assert (past.state, ahead.state, ahead.state_reason) == ("planned", "cancelled", "The course is withdrawn")
    assert list(Allocation.objects.filter(active=True).values_list("visit", flat=True)) == [past.pk]
    assert free_what_ended_courses_hold(at=NOW) == 0


def test_the_minutes_round_does_it_without_being_asked(course, lead, coordinator):
    booked(course, lead, 7)
    withdraw(course, cause="patient", by=coordinator, at=NOW)
    tick()
    assert list(Visit.objects.values_list("state", flat=True)) == ["cancelled"]


def test_the_follow_ups_of_a_completed_course_stay(course, lead):
    booked(course, lead, 90)
    type(course).objects.filter(pk=course.pk).update(state="completed")
    assert free_what_ended_courses_hold(at=NOW) == 0
