import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.models import Opening
from patients.models import TeamMember
from reports.actions import asking, drawing
from reports.actions.asking import request_report
from reports.models import Report
from reports.rules.documents import Contents
from tests.factories import issued_report
from tests.reports.conftest import CANARY, text_of

pytestmark = pytest.mark.usefixtures("db")

PDF = b"%PDF-1.7 as issued " + CANARY.encode()


@pytest.fixture(autouse=True)
def no_worker(monkeypatch):
    monkeypatch.setattr(asking, "wake", lambda key: None)


def report_of(course, by, contents="clinical", number=1):
    return issued_report(course, by, contents=contents, pdf=PDF, number=number)


def waiting(course, by, **changes):
    row = request_report(course=course, visit=None, contents=Contents.CLINICAL, by=by, at=timezone.now())
    Report.objects.update(**changes)
    return row


def get(client, user, name, *args):
    client.force_login(user)
    return client.get(reverse(f"reports:{name}", args=args))


def test_a_therapist_asks_and_is_led_to_the_document(client, course, dosing_day, lead):
    client.force_login(lead)
    answer = client.post(
        reverse("reports:request", args=[course.public_id]),
        {"about": str(dosing_day.public_id), "contents": "with notes"},
    )
    report = Report.objects.get()
    assert answer.url == reverse("reports:report", args=[report.public_id])
    assert (report.visit, report.contents, report.requested_by) == (dosing_day, "with notes", lead)
    assert "The document is in the queue." in client.get(answer.url).content.decode()


def test_the_pairs_notes_are_not_offered_to_others(client, course, dosing_day, physician, coordinator):
    for user in (physician, coordinator):
        body = get(client, user, "request", course.public_id).content.decode()
        assert "with notes" not in body
        posted = {"about": "summary", "contents": "with notes"}
        client.post(reverse("reports:request", args=[course.public_id]), posted)
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    ("who", "contents", "status"),
    [
        ("lead", "with notes", 200),
        ("second", "with notes", 200),
        ("physician", "with notes", 404),
        ("coordinator", "with notes", 404),
        ("admin", "with notes", 404),
        ("other_therapist", "with notes", 404),
        ("stranger", "with notes", 404),
        ("physician", "clinical", 200),
        ("lead", "clinical", 200),
        ("coordinator", "clinical", 404),
        ("admin", "clinical", 404),
        ("other_therapist", "clinical", 404),
        ("stranger", "clinical", 404),
        ("coordinator", "office", 200),
        ("admin", "office", 200),
        ("custodian", "office", 404),
        ("rater", "office", 404),
        ("privacy", "office", 404),
        ("stranger", "office", 404),
    ],
)
def test_whoever_may_not_read_it_all_finds_nothing(request, client, course, lead, who, contents, status):
    report = report_of(course, lead, contents)
    user = request.getfixturevalue(who)
    for name in ("report", "progress", "download"):
        answer = get(client, user, name, report.public_id)
        assert answer.status_code == status
        if status == 404:
            assert CANARY.encode() not in answer.content
            assert b"Wren" not in answer.content
    assert (str(report.public_id) in get(client, user, "list").content.decode()) == (status == 200)


def test_who_left_the_pair_downloads_no_notes_any_more(client, course, lead):
    report = report_of(course, lead, "with notes")
    assert get(client, lead, "download", report.public_id).status_code == 200
    TeamMember.objects.filter(course=course, user=lead).update(ends_on=timezone.localdate() - dt.timedelta(days=1))
    assert get(client, lead, "download", report.public_id).status_code == 404


def test_who_is_no_therapist_any_more_downloads_no_notes_though_still_named_in_the_pair(client, course, lead):
    report = report_of(course, lead, "with notes")
    assert get(client, lead, "download", report.public_id).status_code == 200
    lead.memberships.update(roles=["physician"])
    assert get(client, lead, "download", report.public_id).status_code == 404
    assert "with notes" not in get(client, lead, "request", course.public_id).content.decode()
    Report.objects.filter(pk=report.pk).update(contents="clinical")
    assert get(client, lead, "download", report.public_id).status_code == 200


def test_a_download_is_neutral_kept_nowhere_and_written_down(client, course, lead):
    report = report_of(course, lead)
    answer = get(client, lead, "download", report.public_id)
    assert answer.content == PDF
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'attachment; filename="document-0000-0001.pdf"'
    assert answer["Cache-Control"] == "no-store"
    opening = Opening.objects.get()
    assert (opening.what, opening.by, opening.patient_id) == ("downloaded a document", lead, course.patient_id)


def test_bytes_that_are_not_what_was_issued_are_not_handed_out(client, course, lead):
    report = report_of(course, lead)
    Report.objects.update(sha256="0" * 64)
    answer = get(client, lead, "download", report.public_id)
    assert answer.status_code == 302
    assert not Opening.objects.filter(what="downloaded a document").exists()


def test_progress_is_shown_as_it_is(client, course, lead):
    report = waiting(course, lead, state="drawing", done_steps=2, begun_at=timezone.now())
    body = get(client, lead, "progress", report.public_id).content.decode()
    assert 'value="2"' in body
    assert "Set the pages (step 3 of 4)." in body
    assert f'data-refresh="{reverse("reports:progress", args=[report.public_id])}"' in body


def test_a_queue_nobody_serves_says_so(client, course, lead):
    report = waiting(course, lead, requested_at=timezone.now() - dt.timedelta(minutes=2))
    assert "no worker has taken it up yet" in get(client, lead, "report", report.public_id).content.decode()


@pytest.mark.parametrize("number", [1, 30])
def test_the_list_asks_the_same_questions_for_one_and_for_thirty(
    client, course, lead, number, django_assert_num_queries
):
    for n in range(1, number + 1):
        report_of(course, lead, number=n)
    get(client, lead, "list")
    with django_assert_num_queries(LIST_QUERIES):
        body = client.get(reverse("reports:list")).content.decode()
    assert body.count("Wren Fictional") == number


LIST_QUERIES = 14


def verify(client, user, **fields):
    client.force_login(user)
    return " ".join(client.post(reverse("reports:verify"), fields).content.decode().split())


def test_a_code_is_checked_without_telling_whose_it_is(client, course, lead, stranger):
    report = report_of(course, lead)
    body = verify(client, stranger, code=report.code.lower().replace("-", " "))
    assert "Version 1, a draft, issued on" in body
    assert "Wren" not in body
    assert "Fictional Clinic" not in body.replace("Other Fictional Clinic", "")


def test_a_wrong_code_is_unknown(client, lead):
    assert "No document with this code was issued here." in verify(client, lead, code="ZZZZ-ZZZZ-ZZZZ-ZZZZ")
    assert "sixteen letters" in verify(client, lead, code="short").lower()


@pytest.mark.parametrize(("content", "says"), [(PDF, "byte for byte"), (PDF + b" ", "not what was issued")])
def test_a_file_is_compared_with_what_was_issued(client, course, lead, content, says):
    report = report_of(course, lead)
    file = SimpleUploadedFile("x.pdf", content, content_type="application/pdf")
    assert says in verify(client, lead, code=report.code, file=file)


def test_an_older_version_is_said_to_be_one(client, course, lead):
    report = report_of(course, lead, number=1)
    report_of(course, lead, number=2)
    assert "Version 2 has been issued since." in verify(client, lead, code=report.code)


def test_from_the_question_to_the_paper(client, course, dosing_day, lead, sign, second):
    sign(lead, second)
    client.force_login(lead)
    asked = {"about": str(dosing_day.public_id), "contents": "clinical"}
    where = client.post(reverse("reports:request", args=[course.public_id]), asked).url
    drawing.draw(Report.objects.get().pk, now=timezone.now)
    assert "Download the PDF" in client.get(where).content.decode()
    words = text_of(client.get(reverse("reports:download", args=[Report.objects.get().public_id])).content)
    assert "Final · version 1" in words
