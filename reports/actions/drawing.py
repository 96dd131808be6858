import datetime as dt
import hashlib
from collections.abc import Callable

import structlog
from django.db import transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.utils import timezone

from reports.actions.asking import wake
from reports.actions.gathering import record_of
from reports.actions.picturing import pictures_of
from reports.actions.press import NotPrinted, pdf_of
from reports.actions.sheets import stylesheet
from reports.models import Report, Sheets
from reports.rules import documents
from reports.rules.documents import Kind, State, Step

TEMPLATES = {
    Kind.SESSION: "reports/session.html",
    Kind.COURSE_SUMMARY: "reports/course_summary.html",
    Kind.LETTER: "reports/letter.html",
    Kind.SAFETY_PLAN: "reports/safety_plan.html",
}
SORRY = "The document could not be drawn. Nothing was issued; please ask for it again, and tell the clinic admin."

logger = structlog.get_logger()


def begin(report_id: int, *, at: dt.datetime) -> Report | None:
    """Take one waiting document. None when it is not waiting: another worker has it, or it is done."""
    taken = Report.objects.filter(pk=report_id, state=State.QUEUED).update(
        state=State.DRAWING, begun_at=at, done_steps=0, tries=F("tries") + 1
    )
    if not taken:
        return None
    return Report.objects.select_related(
        "clinic",
        "visit",
        "letter",
        "safety_plan",
        "requested_by",
        "course__clinic",
        "course__patient",
        "course__protocol",
    ).get(pk=report_id)


def draw(report_id: int, *, now: Callable[[], dt.datetime]) -> None:
    """Make one document, step by step, each counted as it is done. Any fault ends in a sentence on its page."""
    report = begin(report_id, at=now())
    if report is None:
        return
    try:
        _draw(report, now)
    except NotPrinted as problem:
        fail(report, str(problem), at=now())
    except Exception:
        logger.exception("report_not_drawn", report=report.pk)
        fail(report, SORRY, at=now())


def _draw(report: Report, now: Callable[[], dt.datetime]) -> None:
    paper = record_of(report, at=now())
    _count(report)
    paper = pictures_of(report, paper)
    _count(report)
    # Templates show times on the clock that is active; a worker's is UTC.
    with timezone.override(report.course.clinic.zone):
        html = render_to_string(TEMPLATES[Kind(report.kind)], {"paper": paper})
    pdf = pdf_of(html, stylesheet())
    _count(report)
    finish(report, pdf, is_draft=paper.is_draft, at=now())


def _count(report: Report) -> None:
    Report.objects.filter(pk=report.pk, state=State.DRAWING).update(done_steps=F("done_steps") + 1)


@transaction.atomic
def finish(report: Report, pdf: bytes, *, is_draft: bool, at: dt.datetime) -> bool:
    """Store the bytes and their seal. False when the document was put back or failed meanwhile: nothing is stored."""
    done = Report.objects.filter(pk=report.pk, state=State.DRAWING, begun_at=report.begun_at).update(
        state=State.READY,
        done_steps=F("total_steps"),
        finished_at=at,
        is_draft=is_draft,
        sha256=hashlib.sha256(pdf).hexdigest(),
    )
    if done:
        Sheets.objects.create(report=report, pdf=pdf)
    return bool(done)


def fail(report: Report, sentence: str, *, at: dt.datetime) -> None:
    """End a document with a sentence for whoever asked for it."""
    Report.objects.filter(pk=report.pk, state__in=documents.sources(Step.FAIL)).update(
        state=State.FAILED, failure=sentence, finished_at=at
    )


def pick_up(*, at: dt.datetime) -> None:
    """Each minute: wake workers for what waits, and put back what a dead worker left. A third failure is final."""
    for report in Report.objects.unfinished():
        if documents.is_stuck(State(report.state), begun_at=report.begun_at, now=at):
            if report.tries >= documents.ATTEMPTS:
                fail(report, SORRY, at=at)
                continue
            Report.objects.filter(pk=report.pk, state=State.DRAWING, begun_at=report.begun_at).update(
                state=State.QUEUED, begun_at=None, done_steps=0
            )
            wake(report.pk)
        elif report.state == State.QUEUED and at - report.requested_at > documents.WAKE_AFTER:
            wake(report.pk)
