"""An imported record in a real browser: from the file to the evidence and the medicines, with the keyboard alone."""

import datetime as dt
import json

import pytest
from django.urls import reverse
from django.utils import timezone

from patients.models import Medicine
from screening.models import Evidence, ImportBatch, ImportLine
from tests import records

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def saved(tmp_path):
    """A small record, measured twelve days ago, as a file on the clinic's disk."""
    day = (timezone.localdate() - dt.timedelta(days=12)).isoformat()
    found = records.bundle(
        records.condition("flutter", records.coded(records.ICD, "I47.2", "Ventricular tachycardia")),
        records.condition("cold", records.coded(records.SNOMED, "82272006", "Common cold")),
        records.prescription("v", "Venlafaxine 75 MG Oral Capsule"),
        records.observation("na", "2951-2", "Sodium", 139, "mmol/L", day),
    )
    path = tmp_path / "record.json"
    path.write_text(json.dumps(found), encoding="utf-8")
    return path


def look(page, axe):
    for width in (820, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_from_the_file_to_evidence_and_medicines(live_server, page, log_in, axe, course, physician, saved):
    log_in(physician)
    page.goto(live_server.url + reverse("patients:list"))
    page.get_by_role("link", name="Import a record").press("Enter")
    look(page, axe)
    page.get_by_label("FHIR file").set_input_files(saved)
    page.get_by_role("button", name="Read the file").press("Enter")
    page.get_by_role("link", name="Say whose record it is").press("Enter")
    look(page, axe)
    page.get_by_role("button", name="It is their record").press("Enter")
    page.wait_for_url("**/imports/*/")
    look(page, axe)
    assert Evidence.objects.count() == Medicine.objects.count() == 0

    lines = page.locator(".import-line")
    first = lines.filter(has_text="ventricular arrhythmia, other than")
    first.get_by_role("button", name="Confirm").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/#line-*")
    # The page goes on at the next line: Tab leads from there to its first button.
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.import-line').id") == page.url.rpartition("#")[2]
    while ImportLine.objects.open().exists():
        page.locator(".import-line").first.get_by_role("button", name="Confirm").press("Enter")
        page.wait_for_load_state()
    page.get_by_text("Every line is decided.").wait_for()
    look(page, axe)

    assert {row.kind: row.values["answers"] for row in Evidence.objects.filter(kind="ecg")} == {"ecg": {"M4": True}}
    assert Evidence.objects.get(kind="laboratory").values["numbers"] == {"sodium": 139}
    assert Medicine.objects.get().name == "Venlafaxine"
    page.get_by_role("link", name="Open the screening").press("Enter")
    page.get_by_role("heading", name="No ventricular arrhythmia ever").wait_for()
    assert ImportBatch.objects.get().patient == course.patient


def test_the_browser_says_at_once_that_a_file_is_too_large(live_server, page, log_in, physician, tmp_path, settings):
    settings.IMPORT_LIMIT_MB = 1
    large = tmp_path / "large.json"
    large.write_bytes(b" " * 1_000_001)
    log_in(physician)
    page.goto(live_server.url + reverse("screening:imports"))
    warning = page.get_by_text("This file is larger than 1 MB.")
    assert not warning.is_visible()
    page.get_by_label("FHIR file").set_input_files(large)
    assert warning.is_visible()
    page.get_by_role("button", name="Read the file").press("Enter")
    assert page.url == live_server.url + reverse("screening:imports")
