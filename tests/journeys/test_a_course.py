"""One patient through the whole house, at the screens of those who work there: from log-in to a PDF."""

import datetime as dt
import re

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect
from pypdf import PdfReader

from mdmaat.development.demo.screening import NUMBERS, WORDS, published_text
from patients.models import Course, Patient
from patients.rules.protocol import EvidenceKind
from reminders.tasks import tick
from reports.models import Report
from reports.tasks import draw
from screening.rules.candidate import ConsentKind
from tests.factories import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PEOPLE = ("Ada Fictional", "Ben Fictional", "Petra Fictional")
CLINICAL = ("DRAFT", "Wren Fictional", "2027-0001", "80 mg", "40 mg", "LOT-7", *PEOPLE)
OFFICE = ("DRAFT", "Wren Fictional", "2027-0001", *PEOPLE)
FIRST_DAY = dt.date(2027, 1, 11)  # a Monday


def test_a_course_from_log_in_to_paper(house, clinic, lead, second, physician, rater, coordinator, admin, mailoutbox):
    house.at(FIRST_DAY, "09:30")
    given_a_patient_taken_in(house, coordinator)
    given_a_course_with_its_care_team(house, coordinator, lead, second, physician, rater)
    course = Course.objects.get()
    when_the_physician_has_examined_and_asked(house, physician, course)
    when_the_consents_are_given(house, physician, course)
    then_the_physician_signs_eligible(house, physician, course)
    when_all_visits_are_planned_and_booked(house, coordinator, course)
    when_beat_has_ticked_that_evening(house)
    house.at(dt.date(2027, 1, 16), "08:05")
    then_a_discreet_reminder_goes_out_once(house, coordinator, course, mailoutbox)
    visits = {visit.code: visit for visit in course.visits.all()}
    first, baseline, dosing, morning = (visits[code] for code in ("P1", "R0", "D1", "I1.1"))
    house.at(first.starts_at)
    when_the_therapists_arrive_and_begin_a_note(house, lead, second, first)
    house.at(first.ends_at)
    when_the_session_is_closed_and_signed_by_both(house, lead, second, first)
    when_a_measure_is_entered(house, lead, first, "pcl-5", 2)
    when_a_measure_is_entered(house, lead, first, "c-ssrs", 0)
    when_a_session_is_held(house, lead, second, visits["P2"])
    house.at(baseline.starts_at)
    when_a_measure_is_entered(house, rater, baseline, "caps-5", 2)
    when_a_session_is_held(house, lead, second, visits["P3"])
    house.at(dosing.starts_at)
    when_the_day_is_cleared(house, lead, second, physician, dosing)
    when_the_initial_dose_is_given(house, lead, second)
    given = house.now()
    house.at(given + dt.timedelta(minutes=60))
    when_vital_signs_are_taken(house, second, dosing, 138, 84, 92)
    house.at(given + dt.timedelta(minutes=95))
    when_the_supplement_is_given(house, lead, second, dosing)
    house.at(given + dt.timedelta(hours=8))
    when_the_day_is_closed(house, lead, second, dosing)
    house.at(morning.starts_at)
    when_the_therapists_arrive_and_begin_a_note(house, lead, second, morning)
    house.at(morning.ends_at)
    when_the_session_is_closed_and_signed_by_both(house, lead, second, morning)
    then_the_hours_are_logged(house, lead, course)
    then_the_paper_says_what_happened(house, lead, course, "clinical", CLINICAL, reads_no=())
    then_the_paper_says_what_happened(house, admin, course, "office", OFFICE, reads_no=("80 mg", "heron"))
    assert house.problems == []


def given_a_patient_taken_in(house, coordinator):
    page = house.screen_of(coordinator)
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Today|Monday"))
    house.look(page)
    page.get_by_role("link", name="Patients").first.click()
    house.look(page)
    page.get_by_role("link", name="Take in a patient").first.click()
    house.look(page)
    page.get_by_label("Given name").fill("Wren")
    page.get_by_label("Family name").fill("Fictional")
    page.get_by_label("Date of birth").fill("1985-05-17")
    page.get_by_label("Sex").select_option("female")
    page.locator("#id_phone").fill("020 7946 0020")
    page.locator("#id_email").fill("wren@example.org")
    page.get_by_label("Reminders").select_option("email")
    expect(page.get_by_label("Discreet messages")).to_be_checked()
    page.get_by_label("No messages from").fill("20:00")
    page.get_by_label("No messages until").fill("08:00")
    page.locator("#id_emergency_name").fill("Robin Fictional")
    page.locator("#id_emergency_phone").fill("020 7946 0001")
    page.get_by_role("button", name="Take in").click()
    expect(page.get_by_text("Wren Fictional is taken in as")).to_be_visible()
    page.get_by_role("link", name="Add a medicine").click()
    house.look(page)
    page.get_by_label("Name").fill("Sertraline")
    page.get_by_label("Dose", exact=True).fill("50 mg")
    page.get_by_label("Still taken").uncheck()
    page.get_by_label("Last dose on").fill("2026-12-07")
    page.get_by_role("button", name="Add medicine").click()
    expect(page.get_by_role("row", name=re.compile("Sertraline 50 mg"))).to_contain_text("7 Dec 2026")
    house.look(page)


def given_a_course_with_its_care_team(house, coordinator, *team):
    page = house.screen_of(coordinator)
    page.goto(house.url + reverse("patients:detail", args=[Patient.objects.get().public_id]))
    page.get_by_role("link", name="Open a course").click()
    house.look(page)
    page.get_by_label("Protocol").select_option("mapp3")
    page.get_by_label("Indication").select_option("PTSD")
    page.get_by_label("Clinical trial: needs").check()
    for number, (kind, authority) in enumerate((("ethics", "Fictional committee"), ("regulator", "Fictional agency"))):
        for name, value in (
            ("authority", authority),
            ("reference", f"REF-{number}"),
            ("approved_on", "2026-09-01"),
            ("expires_on", "2029-08-31"),
        ):
            page.locator(f"[name=approvals-{number}-{name}]").fill(value)
        page.locator(f"[name=approvals-{number}-kind]").select_option(kind)
    page.get_by_role("button", name="Open the course").click()
    expect(page.get_by_text("The course is open.")).to_be_visible()
    house.look(page)
    for duty, user in zip(("lead", "second", "physician", "rater"), team, strict=True):
        page.locator(f"[name={duty}]").select_option(label=str(user))
    page.get_by_role("button", name="Save the care team").click()
    expect(page.get_by_text("The care team is saved.")).to_be_visible()


def when_the_physician_has_examined_and_asked(house, physician, course):
    page = house.screen_of(physician)
    page.goto(house.url + reverse("screening:course", args=[course.public_id]))
    house.look(page, "before")
    expect(page.get_by_role("button", name="Sign as eligible")).to_be_disabled()
    for kind in EvidenceKind:
        page.locator(f"#evidence-{kind}").get_by_role("link", name="Record").click()
        house.look(page, kind)
        for name, value in NUMBERS.get(kind, {}).items():
            page.locator(f"[name={name}]").fill(str(value))
        for name, value in WORDS.get(kind, {}).items():
            answer(page, name, value)
        if kind is EvidenceKind.EXAMINATION:
            for number, day in enumerate(("2027-01-05", "2027-01-07", "2027-01-11"), 1):
                page.locator(f"[name=day_{number}]").fill(day)
        for radio in page.locator('input[name^="answer-"][value="no"]').all():
            radio.check()
        page.get_by_role("button", name="Record the").click()
        page.wait_for_url("**/screening/")


def answer(page, name, value):
    box = page.locator(f"textarea[name={name}]")
    if box.count():
        box.fill(value)
    else:
        page.locator(f'input[name={name}][value="{value}"]').check()


def when_the_consents_are_given(house, physician, course):
    page = house.screen_of(physician)
    page.goto(house.url + reverse("screening:consent", args=[course.public_id]))
    for kind in ConsentKind:
        published_text(course.clinic, kind, by=physician, at=timezone.now())
    for kind in ("Treatment", "Recording", "Touch"):
        page.get_by_role("navigation", name="Kind of consent").get_by_role("link", name=re.compile(kind, re.I)).click()
        house.look(page, kind)
        page.get_by_label("Explained by").select_option(label=str(physician))
        page.get_by_label("Time spent on it").fill("30")
        for right in RIGHT_ANSWERS.get(kind, ("Yes",)):
            page.get_by_label(right, exact=True).check()
        if kind == "Touch":
            for box in ("Hand", "Shoulder", "Grounding", "Ada Fictional", "Ben Fictional"):
                page.get_by_label(box, exact=True).check()
            page.get_by_label("Word that stops every touch").fill("stop")
            page.get_by_label("Hand sign that stops every touch").fill("a raised hand")
            page.get_by_label("Who was present when it was agreed").fill(str(physician))
            page.get_by_label("Asking, touching and stopping were practised").check()
            page.get_by_label(re.compile("The patient is sober")).check()
        page.get_by_role("button", name="Record the consent").click()
        expect(page.get_by_text(f"Consent to {kind.lower()} is recorded.")).to_be_visible()


RIGHT_ANSWERS = {
    "Treatment": ("Yes, without giving a reason", "No", "No, not before the next day"),
    "Touch": ("Every touch ends at once",),
}


def then_the_physician_signs_eligible(house, physician, course):
    page = house.screen_of(physician)
    page.goto(house.url + reverse("screening:course", args=[course.public_id]))
    house.look(page, "complete")
    expect(page.locator("main")).to_contain_text("Sertraline")
    page.get_by_role("link", name="Decide", exact=True).click()
    house.look(page)
    page.locator("#answer-eligible").check()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Sign the decision").click()
    expect(page.locator("#verdict")).to_contain_text("Signed eligible by Petra Fictional")


def when_all_visits_are_planned_and_booked(house, coordinator, course):
    page = house.screen_of(coordinator)
    page.goto(house.url + reverse("sessions:plan", args=[course.public_id]))
    house.look(page, "before")
    page.get_by_role("button", name="Plan the course").or_(page.get_by_role("button", name="Plan again")).click()
    expect(page.get_by_role("heading", name="A whole course with")).to_be_visible()
    house.look(page, "proposed")
    page.get_by_role("button", name=re.compile(r"Book all \d+ visits")).click()
    expect(page.get_by_text("visits are booked, with therapists and rooms.")).to_be_visible()
    house.look(page)


def when_beat_has_ticked_that_evening(house):
    house.at(FIRST_DAY, "17:00")
    tick()


def then_a_discreet_reminder_goes_out_once(house, coordinator, course, mailoutbox):
    for _ in range(2):
        tick()
    mail = [sent for sent in mailoutbox if sent.to == ["wren@example.org"]]
    assert [(sent.subject, sent.body) for sent in mail] == [
        (
            "Your appointment",
            "You have an appointment on Mon 18 Jan, 08:00. If you cannot come, please call the number we gave you.\n",
        )
    ]
    page = house.screen_of(coordinator)
    page.goto(house.url + reverse("reminders:log") + "?show=sent")
    expect(page.get_by_text("Wren Fictional").first).to_be_visible()
    house.look(page)
    page.goto(house.url + reverse("reminders:course", args=[course.public_id]))
    house.look(page)


def when_the_therapists_arrive_and_begin_a_note(house, lead, second, visit):
    page = house.screen_of(lead)
    house.look(page, "therapist")
    today = page.get_by_role("listitem").filter(has_text=visit.title)
    today.get_by_role("link", name=str(visit.course.patient)).first.click()
    page.goto(house.url + reverse("sessions:visit", args=[visit.public_id]))
    house.look(page)
    page.get_by_role("link", name="Note").click()
    for person in (lead, second):
        line = page.locator("li:has(form.presence)").filter(has_text=str(person))
        line.get_by_role("button", name="Arrives").click()
        expect(line).to_contain_text("Here since")
    house.look(page, "begun")
    page.get_by_label("Record of the session").press_sequentially("We spoke of the heron over the canal.")
    expect(page.locator("[data-draft-status]")).to_contain_text("Draft saved")


def when_the_session_is_closed_and_signed_by_both(house, lead, second, visit):
    page = house.screen_of(lead)
    page.goto(house.url + reverse("sessions:note", args=[visit.public_id]))
    expect(page.get_by_text("Restored from what you typed")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Version 1 is saved.")).to_be_visible()
    page.get_by_role("button", name="Close the session").click()
    expect(page.get_by_text("This session is closed.")).to_be_visible()
    both_sign(house, (lead, second), visit)


def when_a_session_is_held(house, lead, second, visit):
    """Arrivals written down at its end, nothing signed."""
    house.at(visit.ends_at)
    page = house.screen_of(lead)
    page.goto(house.url + reverse("sessions:note", args=[visit.public_id]))
    for person in (lead, second):
        line = page.locator("li:has(form.presence)").filter(has_text=str(person))
        line.get_by_label("Time, if not now").fill(f"{visit.starts_at.astimezone(house.zone):%H:%M}")
        line.get_by_role("button", name="Arrives").click()
        expect(line).to_contain_text("Here since")
    page.get_by_role("button", name="Close the session").click()
    expect(page.get_by_text("This session is closed.")).to_be_visible()


def both_sign(house, people, visit):
    for person in people:
        page = house.screen_of(person)
        page.goto(house.url + reverse("sessions:note", args=[visit.public_id]))
        page.locator("#sign_password").fill(PASSWORD)
        page.get_by_role("button", name="Sign", exact=True).click()
        expect(page.get_by_role("listitem").filter(has_text=re.compile(f"{person}.*Version 1", re.S))).to_be_visible()
    expect(page.get_by_text("Still to sign")).to_have_count(0)
    house.look(page, "signed")


def when_a_measure_is_entered(house, by, visit, slug, value):
    page = house.screen_of(by)
    page.goto(house.url + reverse("integration:assess", args=[visit.course.public_id, slug, visit.public_id]))
    house.look(page, slug)
    for item in page.locator(".sheet-item").all():
        if item.is_visible():  # a no skips the questions that follow from a yes
            answers = item.locator("label")
            answers.nth(min(value, answers.count() - 1)).click()
    page.get_by_role("button", name="Sign").click()
    expect(page.get_by_text("is signed.")).to_be_visible()
    house.look(page, f"{slug} signed")


def open_the_day(house, by, visit):
    page = house.screen_of(by)
    page.goto(house.url + reverse("sessions:dosing", args=[visit.public_id]))
    return page


def reply(page, check, answer="yes", **fields):
    """Answer one question of the day; choices are given by their label."""
    form = page.locator(f'form.question:has(input[name=check][value="{check}"])')
    for name, value in fields.items():
        box = form.locator(f"[name={name}]")
        box.select_option(label=value) if box.evaluate("box => box.tagName") == "SELECT" else box.fill(value)
    form.locator(f'button[value="{answer}"]').click()
    expect(page.locator(f'#decision details.met form.question:has(input[name=check][value="{check}"])')).to_have_count(
        1
    )


def take_vital_signs(page, systolic, diastolic, pulse, temperature="36.8", oxygen="98"):
    for name, value in (("Upper", systolic), ("Lower", diastolic), ("Pulse", pulse), ("Temperature", temperature)):
        page.get_by_role("spinbutton", name=name).fill(str(value))
    page.get_by_role("spinbutton", name="Oxygen").fill(oxygen)
    page.get_by_role("button", name="Save vital signs").click()
    expect(page.locator("[data-queue-count]")).to_have_text("All saved")
    expect(page.get_by_role("cell", name=f"{systolic}/{diastolic}")).to_be_visible()


def when_the_day_is_cleared(house, lead, second, physician, visit):
    page = open_the_day(house, lead, visit)
    house.look(page, "before")
    for person in (lead, second):
        line = page.locator("li:has(form.presence)").filter(has_text=str(person))
        line.get_by_role("button", name="Arrives").click()
        expect(line).to_contain_text("Here since")
    expect(page.get_by_role("button", name="Clear for dosing")).to_be_disabled()
    for check in ("identity", "consent", "abstained", "urine", "room"):
        reply(page, check)
    reply(page, "touch", detail="Hand and shoulder")
    expect(page.locator(".agreed")).to_contain_text("Agreed now: hand, shoulder")
    expect(page.locator(".agreed")).to_contain_text("Read again together at")
    reply(page, "fasting", number="10")
    reply(page, "suicide_risk", number="0")
    reply(page, "distress", number="3")
    reply(page, "physician", person=str(physician), detail="On site")
    reply(page, "attendant", detail="Nell Fictional, 020 7946 0002")
    take_vital_signs(page, 122, 78, 70)
    page.get_by_role("button", name="Clear for dosing").click()
    expect(page.get_by_role("heading", name="Initial dose")).to_be_visible()


def when_the_initial_dose_is_given(house, lead, second):
    page = house.screen_of(lead)
    page.get_by_label("Lot on the container").fill("LOT-7")
    page.locator("select[name=witness]").select_option(label=str(second))
    page.get_by_label("Password of the witness").fill(PASSWORD)
    page.get_by_role("button", name="Give the initial dose").click()
    expect(page.get_by_role("heading", name="Supplemental dose")).to_be_visible()
    house.look(page, "dosed")


def when_vital_signs_are_taken(house, by, visit, *values):
    page = open_the_day(house, by, visit)
    take_vital_signs(page, *values)
    page.get_by_role("button", name=re.compile(": mild", re.I)).first.click()
    expect(page.locator("[data-queue-count]")).to_have_text("All saved")


def when_the_supplement_is_given(house, lead, second, visit):
    page = open_the_day(house, lead, visit)
    take_vital_signs(page, 134, 82, 88)
    reply(page, "affirmed")
    page.get_by_label("Lot on the container").fill("LOT-7")
    page.locator("select[name=witness]").select_option(label=str(second))
    page.get_by_label("Password of the witness").fill(PASSWORD)
    page.get_by_role("button", name="Give the supplemental dose").click()
    expect(page.get_by_role("heading", name="Before you leave")).to_be_visible()


def when_the_day_is_closed(house, lead, second, visit):
    page = open_the_day(house, lead, visit)
    take_vital_signs(page, 124, 79, 72)
    for check in ("oriented", "gait", "stable", "no_driving"):
        reply(page, check)
    reply(page, "adult", detail="Nell Fictional")
    reply(page, "suicide_risk", number="0")
    reply(page, "distress", number="2")
    house.look(page, "leaving")
    page.get_by_role("button", name="Close the day").click()
    expect(page.get_by_text("The day is over")).to_be_visible()
    house.look(page, "closed")


def then_the_hours_are_logged(house, by, course):
    page = house.screen_of(by)
    page.goto(house.url + reverse("sessions:course_hours", args=[course.public_id]))
    rows = page.get_by_role("table").first.get_by_role("row")
    for phase, logged in (("Preparation", "9 h"), ("Dosing", "16 h"), ("Integration", "3 h")):
        expect(rows.filter(has_text=phase).get_by_role("cell").last).to_have_text(re.compile(f"^{logged}"))
    house.look(page)


def then_the_paper_says_what_happened(house, by, course, contents, says, reads_no):
    page = house.screen_of(by)
    page.goto(house.url + reverse("reports:request", args=[course.public_id]))
    house.look(page)
    page.locator(f'input[name=contents][value="{contents}"]').check()
    page.get_by_role("button", name="Make the document").click()
    report = Report.objects.get(contents=contents)
    house.look(page, "waiting")
    draw(report.pk)
    page.goto(house.url + reverse("reports:report", args=[report.public_id]))
    house.look(page, "ready")
    with page.expect_download() as coming:
        page.get_by_role("link", name="Download the PDF").click()
    pages = [" ".join(sheet.extract_text().split()) for sheet in PdfReader(coming.value.path()).pages]
    report.refresh_from_db()
    text = " ".join(pages)
    missing = [words for words in (*says, report.code) if words not in text]
    assert missing == [], text
    assert [words for words in reads_no if words in text] == []
    assert [n for n, sheet in enumerate(pages, 1) if f"page {n} of {len(pages)}" not in sheet.lower()] == [], pages
