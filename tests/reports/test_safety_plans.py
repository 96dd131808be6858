"""The safety plan on paper: the patient's own words to take home, in which a stranger reads no illness and no treatment."""

import io

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from accounts.rules.findings import Refused
from reports.actions.asking import request_report
from reports.actions.drawing import draw
from reports.models import Report
from reports.rules.documents import Contents
from screening.actions.risk import keep_safety_plan
from screening.rules.safety import HEADINGS
from tests.factories import CourseFactory

WORDS = {heading.code: f"First about {heading.code}.\nSecond." for heading in HEADINGS} | {"reasons": ""}


@pytest.fixture
def plan(course, lead):
    return keep_safety_plan(course, words=WORDS, version=0, by=lead, at=timezone.now())


def wanted(plan, by, **changes):
    values = {"course": plan.course, "visit": None, "safety_plan": plan, "contents": Contents.CLINICAL, **changes}
    return request_report(**values, by=by, at=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_the_plan_is_printed_word_for_word_and_tells_a_stranger_nothing(plan, course, lead):
    report = wanted(plan, lead)
    draw(report.pk, now=timezone.now)
    report.refresh_from_db()
    pages = PdfReader(io.BytesIO(bytes(report.sheets.pdf))).pages
    words = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert (report.title, report.is_draft, report.state) == ("Safety plan", False, "ready")
    for heading in HEADINGS:
        assert (heading.title in words) is (heading.code != "reasons")
    assert words.count("Second.") == len(HEADINGS) - 1
    assert course.clinic.discreet_name in words and "Page 1 of 1" in words
    for banned in ("MDMA", "PTSD", "suicid", "Wren", course.patient.chart_number, "mapp3"):
        assert banned.lower() not in words.lower()


def test_the_risk_page_leads_to_it_and_the_newest_is_made(client, plan, course, lead):
    newer = keep_safety_plan(course, words=WORDS | {"reasons": "The sea."}, version=1, by=lead, at=timezone.now())
    client.force_login(lead)
    ask = reverse("reports:request", args=[course.public_id])
    risk = client.get(reverse("screening:risk", args=[course.public_id])).content.decode()
    assert f'href="{ask}?about=safety-plan"' in risk
    assert '<option value="safety-plan" selected>' in client.get(f"{ask}?about=safety-plan").content.decode()
    client.post(ask, {"about": "safety-plan", "contents": "office"})
    report = Report.objects.get()
    assert (report.safety_plan, report.kind, report.contents) == (newer, "safety plan", "clinical")


def test_a_plan_is_for_who_reads_the_clinical_record(client, plan, course, coordinator, lead, clinic):
    for by, changes in (
        (coordinator, {}),
        (lead, {"contents": Contents.OFFICE}),
        (lead, {"course": CourseFactory(patient__clinic=clinic)}),
    ):
        with pytest.raises(Refused):
            wanted(plan, by, **changes)
    client.force_login(coordinator)
    assert "safety-plan" not in client.get(reverse("reports:request", args=[course.public_id])).content.decode()


def test_the_database_keeps_kinds_apart(plan, course, lead):
    values = {"clinic": course.clinic, "course": course, "requested_by": lead, "requested_at": timezone.now()}
    for wrong in (
        {"kind": "letter", "safety_plan": plan},
        {"kind": "safety plan"},
        {"kind": "safety plan", "contents": "office", "safety_plan": plan},
    ):
        with pytest.raises(IntegrityError, match="report_is_about_what_its_kind_says"), transaction.atomic():
            Report.objects.create(**{"contents": "clinical", "version": 1, "code": "A", **values, **wrong})
