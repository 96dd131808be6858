"""A coordinator at the calendar, in a browser: looking at it by pair, and moving visits by mouse, by finger and by keys."""

import datetime as dt
import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from patients.models import Course
from sessions.actions.events import cancel
from sessions.models import Visit
from tests.factories import CourseFactory, PatientFactory, VisitFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def day_of(house, visit):
    return visit.starts_at.astimezone(house.zone).date()


def open_calendar(house, user, day, **asked):
    page = house.screen_of(user)
    page.set_viewport_size({"width": 1280, "height": 1000})
    query = "&".join(f"{name}={value}" for name, value in {"view": "day", "day": day.isoformat(), **asked}.items())
    page.goto(f"{house.url}{reverse('sessions:calendar')}?{query}")
    return page


def slip(page, visit):
    return page.locator(f'[data-together="{visit.public_id}"]').first


def middle(place):
    box = place.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page, block, to):
    page.mouse.move(*middle(block))
    page.mouse.down()
    page.mouse.move(*to, steps=8)


@pytest.fixture
def taken(booked, staffed, lead, other_therapist):
    """I1.3, and another patient who has one of its therapists, and who might stand in, from two to four that day."""
    visit = booked["I1.3"]
    begins = dt.datetime.combine(day_of(staffed, visit), dt.time(14), tzinfo=staffed.zone)
    other = VisitFactory(
        course=CourseFactory(patient=PatientFactory(clinic=visit.course.clinic)),
        starts_at=begins,
        ends_at=begins + dt.timedelta(hours=2),
    )
    for person in (lead, other_therapist):
        other.allocations.create(therapist=person, during=(other.starts_at, other.ends_at))
    return visit


def test_the_calendar_is_looked_at_by_day_and_week_of_people_rooms_and_pairs(booked, staffed, coordinator, lead):
    visit = booked["D1"]
    for view in ("day", "week"):
        for by in ("people", "rooms", "pairs"):
            page = open_calendar(staffed, coordinator, day_of(staffed, visit), view=view, by=by)
            expect(slip(page, visit)).to_contain_text("D1")
            staffed.look(page, f"{view} {by}")
    page = open_calendar(staffed, coordinator, day_of(staffed, visit), view="week", who=f"p{lead.pk}")
    expect(page.get_by_role("rowheader")).to_have_count(5)
    staffed.look(page, "one")
    assert staffed.problems == []


def test_both_blocks_of_a_dyad_light_up_together(booked, staffed, coordinator):
    visit = booked["D1"]
    page = open_calendar(staffed, coordinator, day_of(staffed, visit), view="week")
    blocks = page.locator(f'[data-together="{visit.public_id}"]')
    expect(blocks).to_have_count(2)
    expect(blocks.nth(0)).to_contain_text("with Ben Fictional")
    expect(blocks.nth(1)).to_contain_text("with Ada Fictional")
    blocks.nth(0).get_by_role("link").first.focus()
    expect(blocks.nth(1)).to_have_class(re.compile("is-together"))


def test_a_visit_is_dragged_to_another_day_previewed_and_moved(booked, staffed, coordinator):
    visit = booked["D2"]
    day = day_of(staffed, visit)
    page = open_calendar(staffed, coordinator, day, view="week")
    block, to = slip(page, visit), (day + dt.timedelta(days=1)).isoformat()
    line = block.locator("xpath=ancestor::td").get_attribute("data-line")
    drag(page, block, middle(page.locator(f'td[data-line="{line}"][data-on="{to}"]')))
    expect(page.locator("[data-words]")).to_contain_text(f"D2 {visit.course.patient}")
    staffed.look(page, "dragging")
    page.mouse.up()
    expect(page.get_by_role("heading", name=re.compile("visits would change"))).to_be_visible(timeout=60_000)
    assert Visit.objects.get(pk=visit.pk).starts_at == visit.starts_at
    page.get_by_role("button", name=re.compile("^Move all")).click()
    expect(page.get_by_text("Dosing day 2 is moved to")).to_be_visible(timeout=60_000)
    expect(slip(page, visit)).to_be_visible()  # back in the calendar, where it was dropped
    assert day_of(staffed, Visit.objects.get(pk=visit.pk)).isoformat() == to
    staffed.look(page, "to undo")
    page.get_by_role("button", name=re.compile("^Undo ?: D2 ")).press("Enter")
    expect(page.get_by_text("It is taken back")).to_be_visible()
    expect(page).to_have_url(re.compile(re.escape(reverse("sessions:calendar"))))
    assert Visit.objects.get(pk=visit.pk).starts_at == visit.starts_at
    assert staffed.problems == []


def test_a_refused_drop_goes_back_and_says_what_is_in_the_way(taken, staffed, coordinator):
    page = open_calendar(staffed, coordinator, day_of(staffed, taken))
    block = slip(page, taken)
    where = block.bounding_box()
    hour = page.get_by_role("columnheader", name="14:00").bounding_box()
    drag(page, block, (hour["x"] + where["width"] / 2, where["y"] + where["height"] / 2))
    page.mouse.up()
    bar = page.get_by_label("The visit that is moved")
    expect(bar).to_contain_text("Ada Fictional is booked from 14:00 to 16:00.", timeout=60_000)
    expect(page.get_by_role("status").filter(has_text="Ada Fictional is booked")).to_have_count(1)
    assert [block.bounding_box()[edge] for edge in ("x", "y")] == [where[edge] for edge in ("x", "y")]
    staffed.look(page, "refused")
    bar.get_by_role("link").first.click()
    expect(page.get_by_role("heading", name=re.compile("would change"))).to_be_visible(timeout=60_000)
    assert Visit.objects.get(pk=taken.pk).starts_at == taken.starts_at
    assert staffed.problems == []


@pytest.mark.parametrize("way", ["mouse", "keys"])
def test_a_visit_goes_to_the_line_of_a_pair_that_keeps_one_of_its_therapists(
    taken, staffed, coordinator, lead, other_therapist, way
):
    page = open_calendar(staffed, coordinator, day_of(staffed, taken), by="pairs")
    line = page.get_by_role("row", name=re.compile("^Ada Fictional and Otto Fictional"))
    if way == "mouse":
        across, _ = middle(slip(page, taken))
        _, down = middle(line)
        drag(page, slip(page, taken), (across, down))
        staffed.look(page, "over another pair")
        page.mouse.up()
    else:
        slip(page, taken).get_by_role("link").first.focus()
        for key in ("m", "ArrowDown"):
            page.keyboard.press(key)
        expect(page.locator("#announcements")).to_contain_text("Ada Fictional and Otto Fictional")
        page.keyboard.press("Enter")
    expect(page.get_by_text("Otto Fictional in place of Ben Fictional")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name=re.compile("^Move it")).click()
    expect(page.get_by_text(re.compile("is moved to"))).to_be_visible(timeout=60_000)
    assert set(Visit.objects.get(pk=taken.pk).therapists) == {lead, other_therapist}
    assert staffed.problems == []


def test_a_visit_moves_in_the_calendar_by_keyboard_alone(booked, staffed, coordinator):
    visit = booked["I1.3"]
    page = open_calendar(staffed, coordinator, day_of(staffed, visit), view="week")
    told = page.locator("#announcements")
    slip(page, visit).get_by_role("link").first.focus()
    page.keyboard.press("m")
    expect(told).to_contain_text("is picked up from")
    for key in ("ArrowRight", "ArrowLeft", "ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    start = visit.starts_at.astimezone(staffed.zone) + dt.timedelta(minutes=30)
    expect(told).to_have_text(f"{start:%a} {start.day} {start:%b, %H:%M}")
    page.keyboard.press("Escape")
    expect(told).to_contain_text("is back where it was")
    for key in ("m", "ArrowDown", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("heading", name=re.compile("would change"))).to_be_visible(timeout=60_000)
    assert Visit.objects.get(pk=visit.pk).starts_at == visit.starts_at
    page.get_by_role("button", name=re.compile("^Move")).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile("is moved to"))).to_be_visible(timeout=60_000)
    assert Visit.objects.get(pk=visit.pk).starts_at == start
    assert staffed.problems == []


def test_a_finger_scrolls_the_calendar_and_lifts_a_visit_only_after_resting_on_it(booked, staffed, coordinator):
    visit = booked["I1.3"]
    page = open_calendar(staffed, coordinator, day_of(staffed, visit), view="week")
    page.set_viewport_size({"width": 820, "height": 700})
    finger = page.context.new_cdp_session(page)
    finger.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    pane = page.locator(".scroll").first

    def touch(kind, x=None, y=None):
        points = [] if x is None else [{"x": x, "y": y}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def swipe(rest):
        slip(page, visit).scroll_into_view_if_needed()
        x, y = middle(slip(page, visit))
        before = pane.evaluate("pane => pane.scrollLeft") + page.evaluate("scrollY")
        touch("touchStart", x, y)
        page.wait_for_timeout(rest)
        for n in range(1, 9):
            touch("touchMove", x - 4 * n, y - 12 * n)
        return before

    before = swipe(0)
    expect(page.locator("[data-moving]")).to_be_hidden()
    touch("touchEnd")
    assert pane.evaluate("pane => pane.scrollLeft") + page.evaluate("scrollY") != before
    swipe(700)
    expect(page.locator("[data-words]")).to_contain_text("I1.3")
    page.keyboard.press("Escape")
    touch("touchEnd")
    expect(page.locator("[data-moving]")).to_be_hidden()
    assert Visit.objects.get(pk=visit.pk).starts_at == visit.starts_at
    assert staffed.problems == []


def test_free_time_is_found_for_a_dosing_day_and_leads_to_its_move(booked, staffed, coordinator):
    visit = booked["D2"]
    page = staffed.screen_of(coordinator)
    page.goto(f"{staffed.url}{reverse('sessions:move', args=[visit.public_id])}")
    page.get_by_role("link", name=re.compile("Find the days")).click()
    expect(page.get_by_role("heading", name=re.compile("Free time for D2"))).to_be_visible(timeout=60_000)
    staffed.look(page, "of a visit")
    page.get_by_label("And the morning after").uncheck()
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_role("heading", name=re.compile("days?$"))).to_be_visible(timeout=60_000)
    page.get_by_role("link", name=re.compile("^Move D2 here")).first.click()
    page.get_by_role("button", name=re.compile("^Move")).click(timeout=60_000)
    expect(page.get_by_text("Dosing day 2 is moved to")).to_be_visible(timeout=60_000)
    assert Visit.objects.get(pk=visit.pk).starts_at != visit.starts_at
    assert staffed.problems == []


def test_free_time_leads_on_to_the_plan_of_a_course_without_a_dosing_day(staffed, course, coordinator):
    Course.objects.filter(pk=course.pk).update(state="eligible")
    page = staffed.screen_of(coordinator)
    page.goto(f"{staffed.url}{reverse('sessions:free_times')}")
    page.locator("#id_first").select_option(label="Ada Fictional")
    page.get_by_label("To plan").select_option(label=str(course.patient))
    page.get_by_label("Days ahead").fill("120")
    page.get_by_role("button", name="Find").press("Enter")
    expect(page.get_by_role("heading", name=re.compile("days?$"))).to_be_visible(timeout=60_000)
    staffed.look(page, "to plan")
    page.get_by_role("link", name=re.compile("^Plan it, to begin about")).last.press("Enter")
    expect(page.get_by_role("button", name=re.compile("^Book all"))).to_be_visible(timeout=60_000)
    assert staffed.problems == []


def test_undo_says_how_long_it_is_possible_and_goes_when_it_is_not(booked, staffed, coordinator):
    visit = booked["I1.3"]
    before = staffed.now() - dt.timedelta(minutes=5)  # a screen that nobody touches is locked after ten
    cancel(visit, reason="Asked for it.", version=visit.version, by=coordinator, at=before)
    page = staffed.screen_of(coordinator)
    page.clock.install()
    page.goto(f"{staffed.url}{reverse('sessions:calendar')}?day={day_of(staffed, visit).isoformat()}")
    bar = page.locator(".undo-bar")
    expect(bar).to_contain_text("minutes left")
    page.clock.fast_forward("03:30")
    expect(bar).to_contain_text(re.compile("[12] minutes? left"))
    expect(page.get_by_role("button", name=re.compile("^Undo"))).to_be_visible()
    page.clock.fast_forward("02:00")
    expect(bar).to_contain_text("the time is over; move the visits instead")
    expect(page.get_by_role("button", name=re.compile("^Undo"))).to_be_hidden()
    staffed.look(page, "over")
