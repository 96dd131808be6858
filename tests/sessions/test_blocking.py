"""What stands against booked dosing days, in the clinic's own days."""

import datetime as dt

import pytest

from sessions.actions.blocking import outlooks_of
from tests.factories import VisitFactory

pytestmark = pytest.mark.django_db
TODAY = dt.date(2027, 3, 2)


@pytest.mark.parametrize("days_ago", [0, 1])
def test_today_is_the_clinics_today(course, clinic, days_ago):
    """In Sydney a morning is still the day before in UTC; yesterday is over all the same."""
    clinic.time_zone = "Australia/Sydney"
    clinic.save()
    starts = dt.datetime(2027, 3, 2, 6, tzinfo=clinic.zone) - dt.timedelta(days=days_ago)
    visit = VisitFactory(
        course=course,
        code="D1",
        kind="dosing",
        title="Dosing day 1",
        starts_at=starts,
        ends_at=starts + dt.timedelta(hours=4),
    )
    visit.refresh_from_db()
    assert visit.ends_at.date() < TODAY
    assert (visit.pk in outlooks_of([visit], today=TODAY)) is (days_ago == 0)
