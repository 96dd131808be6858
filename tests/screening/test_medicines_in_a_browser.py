"""Medicines in a real browser: accessible at both widths, a name found by its likeness with the keyboard, days counted on."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from patients.actions.courses import note_dosing
from patients.models import Medicine
from screening.actions.tapering import check_well_being, record_taper
from screening.rules.tapering import Step
from tests.factories import MedicineFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def at(live_server, course):
    def path(view, *more):
        return live_server.url + reverse(f"screening:{view}", args=[*more] or [course.public_id])

    return path


@pytest.fixture
def tapering(course, physician):
    """A taper under way with a late check, a washout, a restart after a dose, what may go on, and an unknown name."""
    now, today = timezone.now(), timezone.localdate(timezone=course.clinic.zone)

    def ago(days):
        return today - dt.timedelta(days=days)

    note_dosing(course, on=ago(3))
    taking = {"patient": course.patient}
    medicine = MedicineFactory(**taking, name="Venlafaxine", dose="150 mg", prescriber="Dr Ash")
    MedicineFactory(**taking, name="Fluoxetine", dose="20 mg", ongoing=False, last_dose_on=ago(20))
    MedicineFactory(**taking, name="Mirtazapine", dose="15 mg", started_on=ago(1))
    MedicineFactory(**taking, name="Xyzzomab")
    MedicineFactory(**taking, name="Ibuprofen", dose="400 mg", regular=False)
    MedicineFactory(**taking, name="Citalopram", ongoing=False, last_dose_on=ago(90))
    steps = [Step(ago(12), "75 mg"), Step(ago(-2), "37.5 mg")]
    plan = {"medicine": medicine, "prescriber": "Dr Ash", "steps": steps, "last_dose_on": ago(-9)}
    record_taper(course, **plan, by=physician, at=now)
    answers = {"how": 3, "sleep": 2, "mood": 3, "suicidal": False, "note": "“Dizzy, and tired of it.”"}
    check_well_being(course, taken_on=ago(9), **answers, by=physician, at=now)
    return medicine


def test_the_pages_of_medicines_are_accessible_at_both_widths(page, log_in, at, axe, course, tapering, physician):
    log_in(physician)
    form = at("medicine_edit", course.patient.public_id, tapering.public_id)
    for path in (at("course"), at("taper"), at("check"), form, at("medicine_new", course.patient.public_id)):
        for width in (1280, 820):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(path)
            page.locator("details.with-mdma").evaluate_all("all => all.forEach(one => (one.open = true))")
            assert axe(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_misspelt_name_is_found_and_taken_without_a_mouse(page, log_in, at, axe, course, coordinator):
    log_in(coordinator)
    page.goto(at("medicine_new", course.patient.public_id))
    page.get_by_label("Name").focus()
    page.keyboard.type("Prozak")
    page.get_by_role("button", name="Fluoxetine").wait_for()
    assert axe(page) == []
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("In the reference table: fluoxetine (SSRI, strong CYP2D6 inhibitor).").wait_for()
    assert page.get_by_label("Name").input_value() == "Fluoxetine"
    page.keyboard.press("Enter")
    page.get_by_text("The medicine is added.").wait_for()
    assert list(Medicine.objects.values_list("name", flat=True)) == ["Fluoxetine"]


def test_the_days_left_go_on_when_the_page_stays_open_over_midnight(page, log_in, at, course, physician):
    page.clock.install(time=dt.datetime(2026, 3, 10, 23, 59, tzinfo=dt.UTC))
    log_in(physician)
    page.goto(at("course"))
    page.clock.pause_at(dt.datetime(2026, 3, 10, 23, 59, 30, tzinfo=dt.UTC))
    page.evaluate(
        """() => {
            for (const day of ["2026-03-11", "2026-03-12", "2026-03-13"]) {
                const line = document.querySelector("#washout-title").parentElement.appendChild(document.createElement("p"));
                Object.assign(line.dataset, { clearFrom: day, zone: "Europe/London" });
            }
        }"""
    )
    page.clock.run_for(90_000)
    said = page.locator('[data-zone="Europe/London"]').all_inner_texts()
    assert said == ["over now; open the page again", "1 day left, 24 h", "2 days left"]
