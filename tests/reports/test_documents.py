import datetime as dt
import hashlib
import io
import re
from dataclasses import replace

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone
from pypdf import PdfReader

from accounts.rules.findings import Refused
from patients.models import Course
from reports.actions import asking, drawing
from reports.actions.asking import contents_for, request_report, verified
from reports.actions.gathering import record_of
from reports.actions.press import NotPrinted
from reports.models import Report, Sheets
from reports.rules.documents import Contents
from sessions.models import Note
from tests.reports.conftest import CANARY, text_of

pytestmark = pytest.mark.usefixtures("db", "no_worker")


@pytest.fixture
def no_worker(monkeypatch):
    """Nobody is woken: the tests draw by themselves."""
    woken = []
    monkeypatch.setattr(asking, "wake", woken.append)
    monkeypatch.setattr(drawing, "wake", woken.append)
    return woken


def ask(course, by, visit=None, contents=Contents.CLINICAL):
    return request_report(course=course, visit=visit, contents=contents, by=by, at=timezone.now())


def made(report):
    drawing.draw(report.pk, now=timezone.now)
    report.refresh_from_db()
    assert report.state == "ready", report.failure
    return bytes(report.sheets.pdf)


def test_a_session_report_holds_the_day(course, dosing_day, lead):
    words = text_of(made(ask(course, lead, dosing_day)))
    for expected in (
        "Session report D1",
        "Wren Fictional",
        "M-0001",
        "Dosing day 1",
        "Ada Fictional Lead therapist",
        "initial 80 mg",
        "supplemental 40 mg",
        "LOT-1",
        "152/80",
        "Jaw clenching Mild",
        "Fasting in order, 11 h",
        "Hand held The patient asked",
        "16 h",
        "FEC-1",
        "Clear",
        "Fasting",
    ):
        assert expected in words


def test_every_page_is_numbered_and_carries_the_code(course, dosing_day, lead):
    report = ask(course, lead, dosing_day)
    pages = PdfReader(io.BytesIO(made(report))).pages
    for number, page in enumerate(pages, start=1):
        words = " ".join(page.extract_text().split())
        assert f"Page {number} of {len(pages)}" in words
        assert report.code in words


def test_an_unsigned_report_is_a_draft_on_every_page(course, dosing_day, lead, sign):
    sign(lead)
    report = ask(course, lead, dosing_day)
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(made(report))).pages]
    assert report.is_draft is True
    assert all("DRAFT" in page for page in pages)
    assert "Not yet signed: Ben Fictional." in text_of(report.sheets.pdf)


def test_a_report_signed_by_both_is_final(course, dosing_day, lead, second, sign):
    sign(lead, second)
    report = ask(course, lead, dosing_day)
    words = text_of(made(report))
    assert report.is_draft is False
    assert "DRAFT" not in words
    local = re.search(
        r"Ada Fictional D1: I was in this session.{1,80}complete\. (\w{3} \d+ \w{3} \d{4}, \d\d:\d\d) (\S+)", words
    )
    assert local is not None, words
    assert local[2].count("-") == 2


def test_the_document_is_tagged_for_those_who_listen(course, dosing_day, lead):
    reader = PdfReader(io.BytesIO(made(ask(course, lead, dosing_day))))
    catalogue = reader.trailer["/Root"]
    assert catalogue["/MarkInfo"]["/Marked"]
    assert catalogue["/Lang"] == "en-GB"
    assert reader.metadata.title == "Session report D1, version 1"
    alts = sorted(str(found) for found in alternatives(catalogue["/StructTreeRoot"]))
    assert alts == [
        "Blood pressure and pulse at 4 times, 10:00 to 14:00. Highest blood pressure 152/80 mmHg at 12:00. "
        "Pulse from 90 to 90 per minute. Initial dose 80 mg at 10:15. Supplemental dose 40 mg at 11:55.",
        "The course in weeks. 1 of 1 visits done.",
    ]


def alternatives(node, seen=None):
    """Every /Alt in the structure tree."""
    seen = set() if seen is None else seen
    node = node.get_object()
    if id(node) in seen or not hasattr(node, "get"):
        return
    seen.add(id(node))
    if "/Alt" in node:
        yield node["/Alt"]
    children = node.get("/K", [])
    for child in children if isinstance(children, list) else [children]:
        child = child.get_object()
        if hasattr(child, "get"):
            yield from alternatives(child, seen)


def test_notes_are_only_in_the_copy_that_was_asked_for_with_them(course, dosing_day, lead, addendum):
    without = made(ask(course, lead, dosing_day))
    within = made(ask(course, lead, dosing_day, Contents.WITH_NOTES))
    assert CANARY not in text_of(without)
    assert "kept apart" in text_of(without)
    assert text_of(within).count(CANARY) == 2
    assert "may be kept only by the two therapists of the pair" in text_of(within)


@pytest.mark.parametrize(
    ("who", "fullest"),
    [
        ("lead", Contents.WITH_NOTES),
        ("second", Contents.WITH_NOTES),
        ("physician", Contents.CLINICAL),
        ("coordinator", Contents.OFFICE),
        ("admin", Contents.OFFICE),
    ],
)
def test_nobody_asks_for_more_than_they_may_read(request, course, dosing_day, who, fullest):
    user = request.getfixturevalue(who)
    assert contents_for(user, course, timezone.localdate())[-1] == fullest
    for contents in tuple(Contents)[tuple(Contents).index(fullest) + 1 :]:
        with pytest.raises(Refused):
            ask(course, user, dosing_day, contents)


def test_the_office_copy_holds_nothing_clinical(course, dosing_day, coordinator):
    words = text_of(made(ask(course, coordinator, dosing_day, Contents.OFFICE)))
    assert "16 h" in words
    for clinical in ("80 mg", "152/80", "Jaw", "Hand held", "Fasting", CANARY):
        assert clinical not in words
    summary = text_of(made(ask(course, coordinator, contents=Contents.OFFICE)))
    for clinical in ("80 mg", "Jaw", CANARY):
        assert clinical not in summary


def test_a_course_summary_holds_the_course(course, dosing_day, lead):
    report = ask(course, lead)
    words = text_of(made(report))
    for expected in ("Course summary", "D1 Dosing day 1", "80 mg", "Jaw clenching", "52 to 84 hours", "12 to 18"):
        assert expected in words
    assert report.is_draft is True
    assert "The course is still under way." in words


HOSTILE = (
    '<img src="http://127.0.0.1:9/x">',
    '<object data="file:///etc/passwd"></object>',
    "<style>@import url(http://127.0.0.1:9/a.css)</style>",
    '<svg><use xlink:href="file:///etc/passwd#x"/></svg>',
    "{{ settings.SECRET_KEY }}",
    "</body></html>",
)


def test_hostile_words_stand_in_the_document_as_they_were_written(course, dosing_day, lead, second, sign):
    patient = course.patient
    patient.family_name = '<link rel=attachment href="file:///etc/passwd">'
    patient.save()
    Note.objects.filter(session__visit=dosing_day).update(text="\n".join(HOSTILE))
    pdf = made(ask(course, lead, dosing_day, Contents.WITH_NOTES))
    words = text_of(pdf).replace(" ", "")
    for hostile in HOSTILE:
        assert hostile.replace(" ", "") in words
    assert '<linkrel=attachmenthref="file:///etc/passwd">' in words
    assert "root:" not in words
    assert PdfReader(io.BytesIO(pdf)).attachments == {}


def test_letters_beyond_latin_are_printed(course, dosing_day, lead):
    course.patient.family_name = "Žižková Łęcka"
    course.patient.save()
    assert "Žižková Łęcka" in text_of(made(ask(course, lead, dosing_day)))


def test_asking_twice_gives_the_same_document(course, lead):
    assert ask(course, lead) == ask(course, lead)
    assert Report.objects.count() == 1


def test_versions_count_on(course, lead):
    first = ask(course, lead)
    made(first)
    assert (first.version, ask(course, lead).version) == (1, 2)


def test_a_document_is_drawn_once(course, lead):
    report = ask(course, lead)
    made(report)
    before = report.sha256
    drawing.draw(report.pk, now=timezone.now)
    report.refresh_from_db()
    assert report.sha256 == before == hashlib.sha256(bytes(report.sheets.pdf)).hexdigest()


def test_progress_counts_what_is_done(course, lead, monkeypatch):
    report = ask(course, lead)
    seen = []
    monkeypatch.setattr(drawing, "_count", lambda row: (counted(row), seen.append(Report.objects.get().done_steps)))
    made(report)
    assert seen == [1, 2, 3]
    assert report.done_steps == report.total_steps == 4


counted = drawing._count


def test_a_press_that_gives_up_says_why(course, lead, monkeypatch):
    def press(*args):
        raise NotPrinted("The document took longer than 90 seconds to draw and was stopped.")

    monkeypatch.setattr(drawing, "pdf_of", press)
    report = ask(course, lead)
    drawing.draw(report.pk, now=timezone.now)
    report.refresh_from_db()
    assert (report.state, report.failure) == (
        "failed",
        "The document took longer than 90 seconds to draw and was stopped.",
    )


def test_any_other_fault_tells_nothing_of_the_record(course, lead, monkeypatch):
    def gather(*args, **kwargs):
        raise RuntimeError(f"broken at {CANARY}")

    monkeypatch.setattr(drawing, "record_of", gather)
    report = ask(course, lead)
    drawing.draw(report.pk, now=timezone.now)
    report.refresh_from_db()
    assert report.failure == drawing.SORRY


def test_what_a_dead_worker_left_is_taken_up_again(course, lead, no_worker):
    report = ask(course, lead)
    now = timezone.now()
    drawing.begin(report.pk, at=now)
    drawing.pick_up(at=now + dt.timedelta(minutes=1))
    assert Report.objects.get().state == "drawing"
    drawing.pick_up(at=now + dt.timedelta(minutes=5))
    assert Report.objects.get().state == "queued"
    assert no_worker == [report.pk]
    made(report)


def test_the_third_death_is_final(course, lead):
    report = ask(course, lead)
    now = timezone.now()
    for _ in range(3):
        drawing.begin(report.pk, at=now)
        drawing.pick_up(at=now + dt.timedelta(minutes=5))
    assert Report.objects.get().state == "failed"


def test_a_worker_that_was_given_up_stores_nothing(course, lead):
    report = ask(course, lead)
    slow = drawing.begin(report.pk, at=timezone.now())
    drawing.pick_up(at=timezone.now() + dt.timedelta(minutes=5))
    assert drawing.finish(slow, b"%PDF-", is_draft=True, at=timezone.now()) is False
    assert not Sheets.objects.exists()


def test_issued_bytes_are_never_changed(course, lead):
    made(ask(course, lead))
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        Sheets.objects.update(pdf=b"%PDF-other")


def test_the_bytes_are_not_in_the_audit(course, lead):
    from accounts.models import Change

    made(ask(course, lead))
    change = Change.objects.get(relation="reports_sheets")
    assert set(change.now_is) == {"id", "report_id"}


def test_a_code_says_whether_and_when_but_not_what(course, lead):
    report = ask(course, lead)
    made(report)
    answer = verified(report.code, report.sha256)
    assert (answer.known, answer.version, answer.is_draft, answer.file_matches) == (True, 1, True, True)
    assert verified(report.code, "0" * 64).file_matches is False
    assert verified("0000-0000-0000-0000").known is False


def test_a_document_in_the_making_is_not_known_yet(course, lead):
    assert verified(ask(course, lead).code).known is False


def test_a_summary_prints_the_scores_with_the_caveat_and_its_sources(course, dosing_day, lead, rater, at):
    from tests.factories import VisitFactory, signed_sheet

    for number, (code, value) in enumerate((("R0", 60), ("R1", 20))):
        visit = VisitFactory(
            course=course, code=code, kind="rating", starts_at=at + dt.timedelta(days=20 * number - 19)
        )
        signed_sheet(visit, "CAPS-5", rater, total=value)
    words = text_of(made(ask(course, lead)))
    for expected in (
        "CAPS-5 R0 60 baseline, Extreme",
        "CAPS-5 R1 20 Mild, −40 since baseline, after 1 dosing day",
        "treatment in an open clinic is not a trial",
        "MAPP1, MDMA with therapy: mean change of CAPS-5 −24.4",
        "n = 42",
        "(published)",
    ):
        assert expected in words


def test_times_are_on_the_clinics_clock_whatever_the_workers_is(course, clinic, dosing_day, lead, second, sign, at):
    clinic.time_zone = "America/New_York"
    clinic.save()
    sign(lead, second)
    words = text_of(made(ask(Course.objects.get(pk=course.pk), lead, dosing_day)))
    there = (at + dt.timedelta(minutes=15)).astimezone(clinic.zone)
    assert f"{there:%a} {there.day} {there:%b %Y, %H:%M} initial" in words
    signed = at + dt.timedelta(hours=9)
    here = signed.astimezone(clinic.zone)
    assert f"{here:%a} {here.day} {here:%b %Y, %H:%M} {signed:%Y-%m-%d %H:%M:%S}" in words


def test_a_long_list_of_signatures_says_once_what_they_mean(course, dosing_day, lead, second, sign):
    sign(lead, second)
    paper = record_of(ask(course, lead, dosing_day), at=timezone.now())
    assert paper.shared_meaning == ""
    assert replace(paper, signatures=paper.signatures * 2).shared_meaning.startswith("I was in this session")
