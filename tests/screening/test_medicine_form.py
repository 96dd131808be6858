"""The medicine form: what the reference table knows of a name, and the guard against a restart after a dose (R23)."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from patients.actions.courses import note_dosing
from patients.models import Medicine
from tests.factories import MedicineFactory

TYPED = {"name": "Sertraline", "dose": "50 mg", "regular": "on", "ongoing": "on"}
WARNING = "Sertraline is serotonergic, and MDMA was given on"


@pytest.fixture
def today(course):
    return timezone.localdate(timezone=course.clinic.zone)


@pytest.fixture
def desk(client, coordinator):
    client.force_login(coordinator)
    return client


@pytest.fixture
def new(course):
    return reverse("screening:medicine_new", args=[course.patient.public_id])


def edit(medicine):
    return reverse("screening:medicine_edit", args=[medicine.patient.public_id, medicine.public_id])


def said(desk, typed):
    return " ".join(desk.get(reverse("screening:known_names"), {"q": typed}).content.decode().split())


@pytest.mark.parametrize("ago", [0, 1, 10])
def test_a_restart_after_a_dose_is_saved_only_when_the_prescriber_knows(desk, course, new, today, ago):
    note_dosing(course, on=today - dt.timedelta(days=ago))
    reply = desk.post(new, TYPED)
    page = reply.content.decode()
    assert (reply.status_code, list(reply.context["form"].errors)) == (422, ["aware"])
    assert WARNING in page
    assert "CYP2D6 inhibition and its recovery" in page
    assert 'type="checkbox" name="aware"' in page
    assert Medicine.objects.count() == 0
    assert desk.post(new, {**TYPED, "aware": "on"}).status_code == 302
    assert Medicine.objects.get().name == "Sertraline"


@pytest.mark.parametrize(
    ("ago", "changes"),
    [
        (11, {}),
        (3, {"name": "Ibuprofen"}),
        (3, {"ongoing": ""}),
        (3, {"started_on": "2020-01-01"}),
    ],
)
def test_nothing_is_asked_of_other_medicines_and_other_days(desk, course, new, today, ago, changes):
    note_dosing(course, on=today - dt.timedelta(days=ago))
    assert desk.post(new, {**TYPED, **changes}).status_code == 302


def test_without_a_dose_nothing_is_asked(desk, new):
    assert desk.post(new, TYPED).status_code == 302


def test_what_is_taken_on_is_not_begun_by_a_correction(desk, course, today):
    medicine = MedicineFactory(patient=course.patient, started_on=dt.date(2020, 1, 1))
    note_dosing(course, on=today)
    form = {**TYPED, "started_on": "2020-01-01", "dose": "75 mg", "version": 1}
    assert desk.post(edit(medicine), form).status_code == 302


def test_a_medicine_taken_again_needs_its_new_first_day_and_is_warned_of(desk, course, today):
    stopped = today - dt.timedelta(days=40)
    medicine = MedicineFactory(
        patient=course.patient, ongoing=False, started_on=stopped - dt.timedelta(days=99), last_dose_on=stopped
    )
    note_dosing(course, on=today - dt.timedelta(days=2))
    form = {**TYPED, "started_on": medicine.started_on, "version": 1}
    reply = desk.post(edit(medicine), form)
    assert list(reply.context["form"].errors) == ["started_on", "aware"]
    assert f"It was stopped on {stopped.day} {stopped:%b %Y}." in reply.content.decode()
    reply = desk.post(edit(medicine), {**form, "started_on": today})
    assert list(reply.context["form"].errors) == ["aware"]
    assert desk.post(edit(medicine), {**form, "started_on": today, "aware": "on"}).status_code == 302
    medicine.refresh_from_db()
    assert (medicine.ongoing, medicine.last_dose_on, medicine.started_on) == (True, None, today)


@pytest.mark.parametrize("name", ["Xyzzomab", "Sertralin", "Haloperidol depot"])
def test_any_name_may_be_written_and_what_is_unknown_of_it_is_said(desk, new, name):
    page = desk.post(new, {**TYPED, "name": name}, follow=True).content.decode()
    assert Medicine.objects.get().name == name
    assert "Its washout is unknown, and nothing is assumed." in page


def test_of_a_known_name_nothing_more_is_said(desk, new):
    page = desk.post(new, TYPED, follow=True).content.decode()
    assert "The medicine is added." in page
    assert "Its washout is unknown" not in page


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("sertr", "Sertraline"),
        ("Prozak", "Fluoxetine"),
        ("zolo", "Sertraline"),
        ("Sertralíne", None),
        ("Xyzzomab", None),
    ],
)
def test_names_are_offered_by_their_beginning_their_brand_and_their_likeness(desk, typed, offered):
    page = said(desk, typed)
    assert (f'data-name="{offered}"' in page) is bool(offered)
    assert ("data-name" in page) is bool(offered)


def test_what_the_table_makes_of_a_name_is_said_while_it_is_typed(desk):
    assert said(desk, "Zoloft 50 mg") == '<p class="form-text">In the reference table: sertraline (SSRI).</p>'
    assert "Xyzzomab is not in the reference table. Its washout is unknown, and nothing is assumed." in said(
        desk, "Xyzzomab"
    )
    assert said(desk, " ") == ""
    assert "<b>" not in said(desk, "<b>bold</b>")


def test_a_restart_is_told_on_the_course_page_while_the_warning_lasts(desk, course, today):
    MedicineFactory(patient=course.patient, started_on=today - dt.timedelta(days=1))
    address = reverse("reports:course", args=[course.public_id])
    assert WARNING not in desk.get(address).content.decode()
    note_dosing(course, on=today - dt.timedelta(days=2))
    assert WARNING in desk.get(address).content.decode()
    Medicine.objects.update(started_on=today - dt.timedelta(days=30))
    assert WARNING not in desk.get(address).content.decode()
