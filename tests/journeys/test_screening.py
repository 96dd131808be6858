"""Screening at the screens of those who do it: excluded, held, washed out, judged, and opened again over a booked day."""

import datetime as dt
import re

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from patients.models import Medicine
from screening.actions.reopening import follow_decisions
from screening.models import Decision, Evidence, EvidenceDraft, FormDraft
from tests.factories import PASSWORD, MedicineFactory, VisitFactory, decided, screened

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def screen(house, course, physician):
    """The physician's screen with the screening of the course open."""

    def opened(user=physician):
        page = house.screen_of(user)
        page.goto(house.url + reverse("screening:course", args=[course.public_id]))
        return page

    return opened


def verdict(page):
    return page.locator("#verdict .verdict-word")


def open_form(page, kind):
    page.locator(f"#evidence-{kind} a[data-open]").first.click()
    expect(page.locator("form[data-stay]")).to_be_visible()


def record(page):
    page.get_by_role("button", name=re.compile("^Record the")).click()
    expect(page.locator(".evidence-saved")).to_be_visible()


def fill_ecg(page):
    page.get_by_label("QT interval").fill("400")
    page.get_by_label("RR interval").fill("1000")
    page.get_by_label("Heart rate").fill("60")
    page.get_by_label("Sinus rhythm").check()
    for code in ("M4", "M5"):
        page.locator(f"#question-{code} input[value=no]").check()


def sign(page, answer, reason=""):
    page.locator(f"input[name=answer][value={answer}]").check()
    if reason:
        page.get_by_label("Reason").fill(reason)
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Sign the decision").click()
    page.wait_for_url("**/screening/")


def test_somebody_with_a_stop_is_excluded_and_no_button_gets_round_it(house, screen, course, physician):
    screened(course, by=physician)
    page = screen()
    expect(verdict(page)).to_have_text("Nothing stands against treatment")
    open_form(page, "psychiatric")
    house.look(page, "psychiatric")
    page.locator("#question-P2 input[value=yes]").check()
    page.get_by_label("Reason, if this takes back").fill("The patient told more.")
    record(page)
    expect(verdict(page)).to_have_text("Not eligible")
    expect(page.locator("#group-stops")).to_contain_text("No primary psychotic disorder, now or ever")
    expect(page.get_by_role("button", name="Sign as eligible")).to_be_disabled()
    house.look(page, "stop")
    page.get_by_role("link", name="Decide against").click()
    expect(page.locator("input[name=answer][value=eligible]")).to_be_disabled()
    house.look(page, "stop")
    sign(page, "not_eligible", "A psychotic episode in 2014.")
    expect(page.locator("#verdict")).to_contain_text("Signed not eligible by Petra Fictional")
    course.refresh_from_db()
    assert (course.state, Decision.objects.get().answer) == ("excluded", "not_eligible")
    assert house.problems == []


def test_somebody_without_an_ecg_is_held_until_it_is_recorded_on_the_page(house, screen, course, physician):
    screened(course, by=physician, leave_out=("ecg",))
    page = screen()
    expect(verdict(page)).to_have_text("On hold")
    missing = page.locator("#group-missing")
    expect(missing).to_contain_text("ECG: not recorded yet. Without it nobody is eligible.")
    expect(missing).to_contain_text("Supplied by physician or a therapist of the pair")
    expect(missing).to_contain_text("Needed by")
    house.look(page, "held")
    open_form(page, "ecg")
    fill_ecg(page)
    record(page)
    expect(verdict(page)).to_have_text("Nothing stands against treatment")
    expect(page.locator("#group-missing")).to_have_count(0)
    assert page.url.endswith("/screening/")
    page.get_by_role("link", name="Decide", exact=True).click()
    sign(page, "eligible")
    expect(page.locator("#verdict")).to_contain_text("Signed eligible by Petra Fictional")
    house.look(page, "signed")
    page.get_by_role("link", name="Every decision").click()
    house.look(page)
    assert house.problems == []


def test_a_washout_is_waited_for_and_over_when_its_day_comes(house, screen, course, physician):
    screened(course, by=physician)
    today = timezone.localdate()
    MedicineFactory(patient=course.patient, name="Venlafaxine", ongoing=False, last_dose_on=today)
    clear = today + dt.timedelta(days=10)
    page = screen()
    expect(verdict(page)).to_have_text("Washout running")
    expect(page.locator("#verdict")).to_contain_text(f"Until {clear:%-d %b %Y}")
    expect(page.get_by_role("button", name="Sign as eligible")).to_be_disabled()
    house.look(page, "washout")
    house.at(clear - dt.timedelta(days=1), "12:00")
    expect(verdict(screen())).to_have_text("Washout running")
    house.at(clear, "12:00")
    page = screen()
    expect(verdict(page)).to_have_text("Nothing stands against treatment")
    expect(page.get_by_role("link", name="Decide", exact=True)).to_be_visible()
    assert house.problems == []


def test_what_is_for_judgement_is_judged_with_a_reason(house, screen, course, physician, lead):
    screened(course, by=physician, risks=("P17",))
    page = screen(lead)
    expect(verdict(page)).to_have_text("Needs judgement")
    expect(page.get_by_role("link", name="Judge it")).to_have_count(0)
    page = screen()
    page.get_by_role("link", name="Judge it").click()
    house.look(page)
    page.get_by_label("Acceptable: treatment may go on in spite of it").check()
    expect(page.locator("[data-draft-status]")).to_contain_text("Draft saved", timeout=20_000)
    page.goto(page.url)
    expect(page.get_by_text("It is not recorded yet.")).to_be_visible()
    expect(page.get_by_label("Acceptable: treatment may go on in spite of it")).to_be_checked()
    house.look(page, "restored")
    page.get_by_role("button", name="Record the judgement").click()
    expect(page.get_by_role("alert")).to_contain_text("Reason: This field is required.")
    page.get_by_label("Reason").fill("One aunt, a single episode at sixty.")
    page.get_by_role("button", name="Record the judgement").click()
    expect(verdict(page)).to_have_text("Nothing stands against treatment")
    assert FormDraft.objects.count() == 0
    assert house.problems == []


def test_a_new_medicine_blocks_the_booked_day_until_a_physician_signs_again(
    house, screen, course, physician, coordinator, lead, second
):
    day = given_a_booked_dosing_day(course, physician, lead, second)
    then_nothing_is_blocked(house, coordinator, day)
    when_the_therapist_adds_a_medicine(house, lead, course)
    then_the_coordinator_sees_it_blocked_and_why(house, coordinator, day)
    assert follow_decisions(at=timezone.now()) == 1
    page = house.screen_of(physician)
    then_the_physician_is_told_at_the_top_of_every_page(house, page, course)
    expect(page.locator("main")).to_contain_text("Blocked dosing days")
    house.look(page, "blocked")
    page.get_by_role("link", name=str(course.patient)).first.click()
    expect(page.locator(".verdict-stale")).to_contain_text("The medicine list now has: Ibuprofen")
    page.get_by_role("link", name="Decide", exact=True).click()
    sign(page, "eligible")
    then_nothing_is_blocked(house, coordinator, day)
    assert Decision.objects.count() == 2
    page.goto(house.url + "/")
    expect(page.locator("main")).to_contain_text("Nothing waits here")
    expect(page.locator(".alert-row")).to_have_count(0)
    assert house.problems == []


def then_the_physician_is_told_at_the_top_of_every_page(house, page, course):
    page.goto(house.url + "/")
    expect(page.locator(".alert-row")).to_contain_text(
        f"Decision no longer stands, chart {course.patient.chart_number}."
    )
    page.get_by_role("link", name=re.compile("^Read and answer")).click()
    expect(page.locator(".alert-sentence")).to_contain_text("The medicine list now has: Ibuprofen")
    house.look(page, "decision")
    page.goto(house.url + "/")


def given_a_booked_dosing_day(course, physician, *pair):
    from sessions.models import Allocation

    screened(course, by=physician)
    decided(course, by=physician)
    starts_at = timezone.now().replace(hour=9, minute=0, second=0, microsecond=0) + dt.timedelta(days=14)
    day = VisitFactory(
        course=course,
        code="D1",
        kind="dosing",
        title="Dosing day 1",
        dose_number=1,
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(hours=8),
    )
    for therapist in pair:
        Allocation.objects.create(visit=day, therapist=therapist, during=(day.starts_at, day.ends_at))
    return day


def calendar_of(house, day):
    on = timezone.localtime(day.starts_at).date()
    return f"{house.url}{reverse('sessions:calendar')}?view=week&day={on}"


def then_nothing_is_blocked(house, coordinator, day):
    page = house.screen_of(coordinator)
    page.goto(calendar_of(house, day))
    expect(page.locator(".slip-dosing").first).to_be_visible()
    expect(page.locator(".blocked, .slip-blocked")).to_have_count(0)


def when_the_therapist_adds_a_medicine(house, lead, course):
    page = house.screen_of(lead)
    page.goto(house.url + reverse("screening:medicine_new", args=[course.patient.public_id]))
    page.get_by_label("Name").first.fill("Ibuprofen")
    page.get_by_role("button", name="Add medicine").click()
    page.wait_for_url("**/patients/*/")
    assert Medicine.objects.get().name == "Ibuprofen"


def then_the_coordinator_sees_it_blocked_and_why(house, coordinator, day):
    page = house.screen_of(coordinator)
    reason = "The decision no longer stands, a physician decides again. The medicine list now has: Ibuprofen"
    page.goto(calendar_of(house, day))
    expect(page.locator(".blocked")).to_contain_text(reason)
    expect(page.locator(".slip-blocked").first).to_contain_text("blocked")
    house.look(page, "blocked")
    for path in (
        reverse("sessions:visit", args=[day.public_id]),
        reverse("reports:course", args=[day.course.public_id]),
        reverse("reports:board"),
        "/",
    ):
        page.goto(house.url + path)
        expect(page.locator("main")).to_contain_text("The medicine list now has: Ibuprofen")
        house.look(page, "blocked")


def test_nothing_typed_is_lost_when_the_cable_is_pulled_and_the_page_loaded_again(house, screen, course, physician):
    page = screen()
    open_form(page, "ecg")
    page.context.set_offline(True)
    page.get_by_label("QT interval").fill("412")
    status = page.locator("[data-draft-status]")
    expect(status).to_contain_text("Not kept: there is no connection.", timeout=15_000)
    page.get_by_role("button", name="Record the ECG").click()
    expect(page.locator("[data-problem]")).to_contain_text("What you typed is still here", timeout=15_000)
    page.context.set_offline(False)
    expect(status).to_contain_text("Draft saved", timeout=20_000)
    assert EvidenceDraft.objects.get().typed["qt"] == "412"
    page.reload()
    expect(page.get_by_label("QT interval")).to_have_value("412")
    expect(page.get_by_text("It is not recorded yet.")).to_be_visible()
    house.look(page, "restored")
    fill_ecg(page)
    record(page)
    assert (EvidenceDraft.objects.count(), Evidence.objects.count()) == (0, 1)
    assert house.problems == []


def test_the_page_works_without_javascript(live_server, browser, course, physician):
    screened(course, by=physician, leave_out=("ecg",))
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/account/login/")
    page.get_by_label("Username").fill(physician.username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.goto(live_server.url + reverse("screening:course", args=[course.public_id]))
    page.locator("#evidence-ecg a[data-open]").first.click()
    fill_ecg(page)
    page.get_by_role("button", name="Record the ECG").click()
    expect(verdict(page)).to_have_text("Nothing stands against treatment")
    context.close()
