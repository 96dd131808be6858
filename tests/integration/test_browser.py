"""The measures in a real browser: by keyboard alone, kept while one goes, and readable for everybody."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from integration.models import Assessment
from tests.factories import VisitFactory, dosing_visit, signed_sheet

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def visit(course):
    return VisitFactory(course=course, code="P1")


def test_a_sheet_is_filled_in_by_keyboard_and_kept_without_a_click(live_server, page, log_in, lead, visit):
    log_in(lead)
    page.goto(live_server.url + reverse("integration:assess", args=[visit.course.public_id, "pcl-5", visit.public_id]))
    page.locator("#item-1 input").first.focus()
    for key in "31240":
        page.keyboard.press(key)
    page.get_by_text("5 of 20 answered · total so far 10 · kept, not signed").wait_for()
    assert Assessment.objects.get().items == {"1": 3, "2": 1, "3": 2, "4": 4, "5": 0}
    page.reload()
    assert page.locator(".sheet-item input:checked").count() == 5
    page.get_by_role("button", name="Sign PCL-5").click()
    page.get_by_text("15 answers are missing").wait_for()
    assert page.locator(".sheet-item-open").count() == 15


@pytest.mark.parametrize("width", [1280, 820])
def test_outcomes_and_ratings_have_no_serious_accessibility_finding(
    live_server, page, log_in, axe, course, lead, rater, visit, width
):
    page.set_viewport_size({"width": width, "height": 900})
    rating = VisitFactory(course=course, code="R0", kind="rating", starts_at=timezone.now() - dt.timedelta(days=9))
    signed_sheet(rating, "CAPS-5", rater, total=48)
    dosing_visit(course, starts_at=timezone.now() - dt.timedelta(days=3))
    log_in(lead)
    page.goto(live_server.url + reverse("integration:outcomes", args=[course.public_id]))
    page.get_by_role("img", name="CAPS-5 over time").wait_for()
    assert axe(page) == []
    page.context.clear_cookies()
    log_in(rater)
    today = VisitFactory(course=course, code="R1", kind="rating")
    page.goto(live_server.url + reverse("integration:assess", args=[course.public_id, "caps-5", today.public_id]))
    assert axe(page) == []
