"""The two numbers that an authorised prescriber reports each half-year, on the admin's Today."""

import datetime as dt

import pytest

from reports.actions.half_years import numbers_of
from reports.actions.today.papers import six_monthly
from reports.actions.today.reader import Reader
from reports.rules.half_year import latest
from sessions.models import Dose

pytestmark = pytest.mark.django_db
TITLE = "Six-monthly report of authorised prescribers"


@pytest.fixture
def australian(course, clinic):
    clinic.region, clinic.time_zone = "AU-VIC", "Australia/Melbourne"
    clinic.save()
    course.access_route = "authorised_prescriber"
    course.save()
    return clinic


def reader(user, on):
    return Reader(user, on, dt.datetime(on.year, on.month, on.day, 12, tzinfo=dt.UTC))


def test_doses_of_the_half_year_are_counted_once_a_patient(australian, dosing_day):
    day = Dose.objects.order_by("given_at").first().given_at.astimezone(australian.zone).date()
    half = latest(dt.date(day.year + 1, 1, 1) if day.month > 6 else dt.date(day.year, 7, 1))
    assert half.first <= day <= half.last
    assert numbers_of(australian, half) == (1, 1)
    assert numbers_of(australian, latest(half.first)) == (0, 0)


def test_patients_of_another_route_are_not_counted(australian, course, dosing_day):
    course.access_route = "trial"
    course.save()
    day = Dose.objects.order_by("given_at").first().given_at.astimezone(australian.zone).date()
    half = latest(dt.date(day.year + 1, 1, 1) if day.month > 6 else dt.date(day.year, 7, 1))
    assert numbers_of(australian, half) == (0, 0)


@pytest.mark.parametrize(
    ("on", "when"), [(dt.date(2025, 7, 31), "due 31 Jul 2025"), (dt.date(2025, 8, 1), "was due 31 Jul 2025")]
)
def test_nobody_treated_is_reported_as_nought(australian, admin, on, when):
    (line,) = six_monthly(reader(admin, on)).lines
    assert line.when == when
    assert line.detail.startswith("0 new patients, 0 treated in all.")


def test_a_clinic_elsewhere_has_no_such_report(clinic, admin):
    assert six_monthly(reader(admin, dt.date(2025, 7, 31))) is None


def test_the_admin_finds_it_on_today(client, australian, admin, coordinator):
    client.force_login(admin)
    assert TITLE in client.get("/").content.decode()
    client.force_login(coordinator)
    assert TITLE not in client.get("/").content.decode()
