"""High risk of suicide on a dosing day: told, blocked, cleared, and on with the day."""

from decimal import Decimal

import pytest
from django.urls import reverse

from screening.rules.safety import HEADINGS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_high_risk_stops_the_day_until_a_physician_clears_it(live_server, page, log_in, axe, live_day, physician, lead):
    course, day = live_day.visit.course, live_server.url + reverse("sessions:dosing", args=[live_day.visit.public_id])
    # Given a day that is ready, and a C-SSRS at level 4
    live_day.ready()
    live_day.answer("suicide_risk", number=Decimal(4))
    # Then the physician is told on whatever page comes first
    log_in(physician)
    page.get_by_role("link", name=f"Read and answer the alert on chart {course.patient.chart_number}").click()
    page.get_by_label("What was done").fill("Went to the room at once.")
    assert axe(page) == []
    page.get_by_role("button", name="Answer by name").click()
    assert page.get_by_text("Went to the room at once.").is_visible()
    # and the dosing day is blocked, with the flag on it
    page.goto(day)
    assert page.get_by_text("High risk of suicide").first.is_visible()
    assert not page.get_by_role("button", name="Clear for dosing", disabled=False).count()
    # When it is asked again, the safety plan is made and the physician writes why it is safe
    live_day.answer("suicide_risk", number=Decimal(1))
    page.get_by_role("link", name="Open the risk page").click()
    assert axe(page) == []
    page.get_by_role("link", name="Make the safety plan").click()
    for heading in HEADINGS:
        page.get_by_label(heading.title).fill("Written together.")
    page.get_by_role("button", name="Keep the safety plan").click()
    page.get_by_label("Why it is safe to go on").fill("Spoken for an hour; the level was a misunderstanding.")
    page.get_by_role("button", name="Clear for dosing").click()
    assert page.get_by_text("No flag for suicide risk stands.").is_visible()
    # Then the day goes on
    live_day.step("clear")
    live_day.dose()
    page.goto(day)
    assert not page.get_by_text("High risk of suicide").count()
