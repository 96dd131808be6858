"""The letter after a decision against treatment, on paper: a draft until it is signed, and discreet through the window."""

import io

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from pypdf import PdfReader

from accounts.rules.findings import Refused
from reports.actions.asking import contents_for, request_report
from reports.actions.drawing import draw
from reports.models import Report
from reports.rules.documents import Contents
from screening.actions.letters import begin_letter, keep_letter, sign_letter
from screening.rules.letter import Addressee
from tests.factories import PASSWORD, CourseFactory, decided, screened


@pytest.fixture
def letter(course, physician):
    screened(course, by=physician, risks=("P2",))
    decided(course, by=physician, eligible=False, reason="A psychotic episode in 2014.")
    course.refresh_from_db()
    begun = begin_letter(course, to=Addressee.PATIENT, by=physician, at=timezone.now())
    return keep_letter(
        begun, version=begun.version, address="Wren\n1 Lane", body=begun.body, by=physician, at=timezone.now()
    )


def on_paper(letter, by, **changes):
    wanted = {"course": letter.course, "visit": None, "letter": letter, "contents": Contents.CLINICAL, **changes}
    report = request_report(**wanted, by=by, at=timezone.now())
    draw(report.pk, now=timezone.now)
    report.refresh_from_db()
    return report


def text_of(report):
    pages = PdfReader(io.BytesIO(bytes(report.sheets.pdf))).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


@pytest.mark.django_db(transaction=True)
def test_a_letter_is_a_draft_until_the_physician_signs_it(letter, physician):
    draft = on_paper(letter, physician)
    words = text_of(draft)
    assert draft.is_draft is True
    assert "DRAFT" in words and "Do not send it." in words
    signed = sign_letter(letter, version=letter.version, password=PASSWORD, by=physician, at=timezone.now())
    final = on_paper(signed, physician)
    words = text_of(final)
    assert (final.is_draft, final.version) == (False, 2)
    assert "DRAFT" not in words and "Petra Fictional Signed" in words
    assert "Page 1 of 1" in words


@pytest.mark.django_db(transaction=True)
def test_the_letter_tells_a_stranger_nothing_about_the_treatment(letter, course, physician):
    words = text_of(on_paper(letter, physician))
    window = words.partition("Dear")[0]
    assert course.clinic.discreet_name in window and "1 Lane" in window
    for banned in ("MDMA", "PTSD", "psycho", "2014", course.patient.chart_number, course.indication, "mapp3"):
        assert banned.lower() not in words.lower()
    report = Report.objects.get()
    assert report.title == "Letter"
    assert report.file_name.startswith("document-")


def test_a_letter_is_for_who_reads_the_clinical_record(letter, physician, coordinator, lead):
    on = timezone.localdate()
    assert Contents.CLINICAL not in contents_for(coordinator, letter.course, on)
    for by, contents in (
        (coordinator, Contents.CLINICAL),
        (coordinator, Contents.OFFICE),
        (physician, Contents.OFFICE),
    ):
        with pytest.raises(Refused):
            request_report(course=letter.course, visit=None, letter=letter, contents=contents, by=by, at=timezone.now())


def test_a_letter_of_another_course_is_refused_and_the_database_keeps_kinds_apart(letter, course, physician, clinic):
    with pytest.raises(Refused):
        other = CourseFactory(patient__clinic=clinic)
        request_report(
            course=other, visit=None, letter=letter, contents=Contents.CLINICAL, by=physician, at=timezone.now()
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Report.objects.create(
            clinic=clinic,
            course=course,
            kind="letter",
            contents="clinical",
            version=1,
            code="X",
            requested_by=physician,
            requested_at=timezone.now(),
        )


def test_the_page_offers_the_letter_to_the_physician(client, letter, physician, coordinator):
    path = f"/courses/{letter.course.public_id}/reports/?about={letter.public_id}"
    client.force_login(physician)
    assert "Letter to the patient, draft" in client.get(path).content.decode()
    answer = client.post(path, {"about": str(letter.public_id), "contents": "clinical"})
    assert (answer.status_code, Report.objects.get().letter) == (302, letter)
    client.force_login(coordinator)
    assert "Letter to the patient" not in client.get(path).content.decode()
