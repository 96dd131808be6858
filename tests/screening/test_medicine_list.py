"""The medicines of the screening page: what is waited for, what may go on, and what MDMA does with each."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from patients.actions.courses import note_dosing
from screening.actions.facts import candidate_for
from screening.views.medicine_list import listed
from tests.factories import MedicineFactory


@pytest.fixture
def today(course):
    return timezone.localdate(timezone=course.clinic.zone)


@pytest.fixture
def show(client, course, physician):
    client.force_login(physician)
    return lambda: client.get(reverse("screening:course", args=[course.public_id])).content.decode()


def taking(course, name, *, ago=None, **more):
    last = timezone.localdate(timezone=course.clinic.zone) - dt.timedelta(days=ago) if ago is not None else None
    return MedicineFactory(patient=course.patient, name=name, ongoing=last is None, last_dose_on=last, **more)


def list_of(course, today):
    course.refresh_from_db()
    return listed(course, candidate_for(course, today), today)


def named(rows):
    return [row.clearance.medicine.name for row in rows]


def test_medicines_stand_under_what_they_mean(course, today):
    assert list_of(course, today).is_empty
    for name, ago in (("Fluoxetine", 20), ("Ibuprofen", None), ("Alcohol", None), ("Sertraline", 29), ("Xyzzomab", 9)):
        taking(course, name, ago=ago)
    found = list_of(course, today)
    assert named(found.in_the_way) == ["Fluoxetine", "Xyzzomab"]
    assert named(found.may_continue) == ["Alcohol", "Ibuprofen"]
    assert named(found.washed_out) == ["Sertraline"]
    assert (found.clear_from, found.left, found.is_empty) == (None, 0, False)


def test_the_server_counts_the_days_and_the_script_knows_until_when_and_where(course, today, show):
    taking(course, "Fluoxetine", ago=20)
    until = today + dt.timedelta(days=37)
    found = list_of(course, today)
    assert (found.clear_from, found.left) == (until, 37)
    [row] = found.in_the_way
    assert (row.gone, row.needed, row.left, row.share) == (20, 57, 37, 35)
    zone = course.clinic.time_zone
    line = f'<span data-clear-from="{until}" data-zone="{zone}">37 days left</span>'
    assert show().count(line) == 2


def test_the_last_day_is_one_day_left(course, show):
    taking(course, "Phenelzine", ago=13)
    assert ">1 day left</span>" in show()


def test_interactions_are_shown_with_severity_and_source(course, show):
    taking(course, "Phenelzine")
    taking(course, "Xyzzomab")
    page = show()
    assert (
        '<span class="severity severity-life-threatening">Life-threatening</span> Serotonin that MDMA releases' in page
    )
    assert "citing Malcolm, Edinoff, Bracchi, Sarparast (published)</small>" in page
    assert page.count("With MDMA: unknown. No interaction is listed for this name; look it up.") == 1


def test_a_restart_within_ten_days_of_a_dose_is_warned_of(course, today, show):
    note_dosing(course, on=today - dt.timedelta(days=3))
    taking(course, "Sertraline", started_on=today - dt.timedelta(days=1))
    assert "Sertraline is serotonergic, and MDMA was given on" in show()
    assert [warning.name for warning in list_of(course, today).restarts] == ["Sertraline"]


def test_an_older_restart_or_no_dose_is_not(course, today, show):
    medicine = taking(course, "Sertraline", started_on=today - dt.timedelta(days=1))
    assert list_of(course, today).restarts == []
    note_dosing(course, on=today - dt.timedelta(days=3))
    medicine.started_on = today - dt.timedelta(days=400)
    medicine.save()
    assert list_of(course, today).restarts == []


def test_only_a_later_day_moves_the_last_dosing_day(course, today):
    for ago, kept in ((5, 5), (9, 5), (2, 2)):
        note_dosing(course, on=today - dt.timedelta(days=ago))
        course.refresh_from_db()
        assert course.dosed_on == today - dt.timedelta(days=kept)
