import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from tests.factories import VisitFactory

LONDON = ZoneInfo("Europe/London")
# A Monday at noon, far enough from midnight, quiet hours and clock changes.
NOW = dt.datetime(2027, 3, 1, 12, 0, tzinfo=dt.UTC)


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def written_to(course):
    """The patient reads e-mail, keeps quiet hours 20:00 to 08:00, and is discreet."""
    patient = course.patient
    patient.email, patient.reminder_channel = "wren@example.org", "email"
    patient.save()
    return patient


@pytest.fixture
def dosing_day(course, written_to):
    starts_at = dt.datetime(2027, 3, 22, 9, 0, tzinfo=LONDON)
    return VisitFactory(
        course=course, code="D1", kind="dosing", title="Dosing day 1", dose_number=1, starts_at=starts_at
    )


@pytest.fixture
def preparation(course, written_to):
    starts_at = dt.datetime(2027, 3, 8, 10, 0, tzinfo=LONDON)
    return VisitFactory(course=course, starts_at=starts_at)
