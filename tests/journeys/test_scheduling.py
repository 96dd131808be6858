"""A coordinator's day with the calendar, in a browser: plan, move with what follows, illness, the keyboard, a lost race."""

import datetime as dt
import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from sessions.models import Allocation, Leave, Visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def address(house, name, row):
    return house.url + reverse(f"sessions:{name}", args=[row.public_id])


def next_day(visit):
    """The next working day after a visit, as a date field takes it."""
    day = visit.starts_at.date() + dt.timedelta(days=1)
    while day.weekday() > 4:
        day += dt.timedelta(days=1)
    return day


def test_a_course_is_planned_and_taken_back(staffed, course, coordinator):
    page = staffed.screen_of(coordinator)
    page.goto(address(staffed, "plan", course))
    page.get_by_role("button", name=re.compile("Book all")).click()
    expect(page.get_by_text("visits are booked")).to_be_visible(timeout=60_000)
    assert course.visits.count() == len(course.plan.visits)
    page.goto(address(staffed, "visit", course.visits.get(code="P1")))
    staffed.look(page, "fresh")
    page.get_by_role("button", name=re.compile("^Undo")).click()
    expect(page.get_by_text("It is taken back")).to_be_visible()
    assert not Allocation.objects.filter(active=True).exists()
    assert staffed.problems == []


def test_dose_two_moves_with_what_follows_by_keyboard_alone(booked, staffed, course, coordinator):
    page = staffed.screen_of(coordinator)
    visit = booked["D2"]
    page.goto(address(staffed, "move", visit))
    staffed.look(page)
    day = page.get_by_label("Day")
    day.focus()
    page.keyboard.type(next_day(visit).strftime("%m%d%Y"))  # Chromium without a locale of its own takes the month first
    page.keyboard.press("Enter")
    preview = page.get_by_role("heading", name=re.compile("visits would change"))
    expect(preview).to_be_visible(timeout=60_000)
    expect(page.get_by_role("row", name=re.compile("Integration 2.1"))).to_contain_text("It is counted from D2")
    staffed.look(page, "preview")
    assert Visit.objects.get(pk=visit.pk).starts_at == visit.starts_at
    page.get_by_role("button", name=re.compile("^Move all")).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Dosing day 2 is moved to")).to_be_visible(timeout=60_000)
    assert Visit.objects.get(pk=visit.pk).starts_at.date() == next_day(visit)
    morning = Visit.objects.get(pk=booked["I2.1"].pk)
    assert morning.starts_at.date() == next_day(visit) + dt.timedelta(days=1)
    assert staffed.problems == []


def test_a_therapist_is_ill_for_three_weeks(booked, staffed, course, second, coordinator):
    page = staffed.screen_of(coordinator)
    page.goto(staffed.url + reverse("sessions:leave"))
    page.get_by_role("link", name="Somebody is away").click()
    staffed.look(page)
    first = booked["D1"].starts_at.date() + dt.timedelta(days=1)
    page.get_by_label("Who or what").select_option(label=str(second))
    page.get_by_label("First day").fill(first.isoformat())
    page.get_by_label("Last day").fill((first + dt.timedelta(days=20)).isoformat())
    page.get_by_role("button", name="See what would follow").click()
    expect(page.get_by_text(re.compile("Otto Fictional would stand in for Ben Fictional")).first).to_be_visible(
        timeout=60_000
    )
    staffed.look(page, "preview")
    assert not Leave.objects.exists()
    page.get_by_role("button", name=re.compile("^Record it and change")).click()
    expect(page.get_by_text("The absence is recorded.")).to_be_visible(timeout=60_000)
    staffed.look(page)
    during = (dt.datetime.combine(day, dt.time(0), tzinfo=staffed.zone) for day in (first, first + dt.timedelta(21)))
    assert not Allocation.objects.filter(therapist=second, active=True, during__overlap=tuple(during)).exists()
    assert staffed.problems == []


def test_a_lost_race_shows_the_move_again_and_says_so(booked, staffed, course, coordinator, clinic):
    from tests.cast import member

    colleague = member(clinic, "colleague", "Cleo Fictional", "coordinator")
    mine, theirs = staffed.screen_of(coordinator), staffed.screen_of(colleague)
    visit, other = booked["I2.3"], booked["I1.3"]
    for page, row in ((mine, visit), (theirs, other)):
        page.goto(address(staffed, "move", row))
        page.get_by_label("Begins at").fill("15:00")
        page.get_by_role("button", name="See what would follow").click()
        expect(page.get_by_role("heading", name=re.compile("would change"))).to_be_visible(timeout=60_000)
    theirs.get_by_role("button", name=re.compile("^Move")).click()
    expect(theirs.get_by_text("is moved to")).to_be_visible(timeout=60_000)
    mine.get_by_role("button", name=re.compile("^Move")).click()
    expect(mine.get_by_text("The calendar has changed meanwhile.")).to_be_visible(timeout=60_000)
    assert Visit.objects.get(pk=visit.pk).starts_at == visit.starts_at
    mine.get_by_role("button", name=re.compile("^Move")).click()
    expect(mine.get_by_text("is moved to")).to_be_visible(timeout=60_000)
    assert f"{Visit.objects.get(pk=visit.pk).starts_at.astimezone(clinic.zone):%H:%M}" == "15:00"
    assert staffed.problems == []
