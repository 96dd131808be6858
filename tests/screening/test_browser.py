"""The pages of the room in a real browser: accessible at both widths, and worked with the keyboard alone."""

import pytest
from django.urls import reverse
from django.utils import timezone

from screening.actions.letters import begin_letter
from screening.models import Evidence, PreScreen
from screening.rules.letter import Addressee
from tests.factories import PASSWORD, MedicineFactory, decided, screened

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def at(live_server, course):
    def path(view, *more):
        return live_server.url + reverse(f"screening:{view}", args=[course.public_id, *more])

    return path


def test_every_page_is_accessible_at_both_widths(page, log_in, at, axe, course, physician):
    screened(course, by=physician, risks=("P17",), leave_out=("ecg",))
    MedicineFactory(patient=course.patient, name="Venlafaxine")
    log_in(physician)
    for path in (at("course"), at("evidence", "examination"), at("judge", "P17"), at("consent"), at("decide")):
        for width in (1280, 820):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(path)
            assert axe(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_pages_around_the_screening_are_accessible_at_both_widths(page, log_in, at, axe, course, physician, clinic):
    screened(course, by=physician, risks=("P2",))
    decided(course, by=physician, eligible=False, reason="An episode in 2014.")
    begin_letter(course, to=Addressee.PATIENT, by=physician, at=timezone.now())
    call = PreScreen.objects.create(
        clinic=clinic,
        protocol=course.protocol,
        name="Cedar",
        phone="1",
        outcome="intake",
        by=physician,
        at=timezone.now(),
    )
    base = at("course").removesuffix(reverse("screening:course", args=[course.public_id]))
    calls = [base + reverse(f"screening:{name}", args=[call.public_id]) for name in ("prescreen", "prescreen_take_in")]
    lists = [base + reverse(f"screening:{name}") for name in ("prescreens", "prescreen_new", "failures")]
    log_in(physician)
    for path in (at("history", "ecg"), at("decisions"), at("letter"), *calls, *lists):
        for width in (1280, 820):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(path)
            assert axe(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_physician_records_the_ecg_and_signs_without_a_mouse(page, log_in, at, course, physician):
    screened(course, by=physician, leave_out=("ecg",))
    log_in(physician)
    page.goto(at("course"))
    assert page.get_by_role("button", name="Sign as eligible").is_disabled()
    page.locator("#evidence-ecg").get_by_role("link", name="Record").press("Enter")
    page.get_by_label("QT interval").focus()
    for key in ("400", "Tab", "1000", "Tab", "60"):
        page.keyboard.type(key) if key.isdigit() else page.keyboard.press(key)
    for field in ("rhythm", "answer-M4", "answer-M5"):
        page.locator(f'input[name="{field}"]:checked').focus()
        page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="Record the ecg").press("Enter")
    page.wait_for_url(at("course"))
    assert Evidence.objects.get(kind="ecg").values == {
        "answers": {"M4": False, "M5": False},
        "numbers": {"qt": 400, "rr": 1000, "rate": 60},
        "words": {"rhythm": "sinus"},
    }
    page.get_by_role("link", name="Decide", exact=True).press("Enter")
    page.locator("#answer-eligible").press("Space")
    page.get_by_label("Your password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(at("course"))
    assert "Signed eligible by Petra Fictional" in page.locator("#verdict").inner_text()
