import datetime as dt
import secrets
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max

from accounts.models import User, grant_for
from accounts.rules.findings import Refused, refusal
from patients.models import Course
from reports.models import Report
from reports.rules import documents
from reports.rules.documents import Contents, Kind
from screening.models import Letter, SafetyPlan
from sessions.actions import waking
from sessions.models import Visit

KINDS = {"visit": Kind.SESSION, "letter": Kind.LETTER, "safety_plan": Kind.SAFETY_PLAN}


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verification says: whether a document with this code was issued, never what or whom it is about."""

    known: bool
    issued_at: dt.datetime | None = None
    version: int = 0
    is_draft: bool = False
    sha256: str = ""
    newest: int = 0
    file_matches: bool | None = None  # None: no file was given

    @property
    def is_newest(self) -> bool:
        return self.version == self.newest


def contents_for(user: User, course: Course, on: dt.date) -> tuple[Contents, ...]:
    """What this person may have in a document of this course today, the fullest last."""
    clinical = Course.objects.visible_to(grant_for(user, "sessions:dosing", on)).filter(pk=course.pk).exists()
    noted = Course.objects.visible_to(grant_for(user, "sessions:note", on)).filter(pk=course.pk).exists()
    duties = frozenset(member.duty for member in course.members(on) if noted and member.user_id == user.pk)
    return documents.may_ask_for(reads_clinical=clinical, duties=duties)


@transaction.atomic
def request_report(
    *,
    course: Course,
    visit: Visit | None,
    contents: Contents,
    by: User,
    at: dt.datetime,
    letter: Letter | None = None,
    safety_plan: SafetyPlan | None = None,
) -> Report:
    """Put a document into the queue: a session report with a visit, a letter as it is worded, a safety plan, else a course
    summary.

    Asking twice while one is in the making gives the same one. The row is the order: if no worker can be woken now,
    the next round finds it. Raises Refused when the contents are more than this person may have.
    """
    on = at.astimezone(course.clinic.zone).date()
    if contents not in contents_for(by, course, on):
        raise Refused([refusal("not_entitled", "This document may be asked for by the therapists of the pair only.")])
    if visit is not None and visit.course_id != course.pk:
        raise Refused([refusal("other_course", "This visit belongs to another course.")])
    for paper, noun in ((letter, "letter"), (safety_plan, "safety plan")):
        if paper is not None and (paper.course_id != course.pk or contents == Contents.OFFICE):
            raise Refused([refusal("other_course", f"This {noun} cannot be made for this course.")])
    Course.objects.select_for_update().get(pk=course.pk)  # one version number at a time
    about = {"visit": visit, "letter": letter, "safety_plan": safety_plan}
    kind = next((KINDS[name] for name, row in about.items() if row), Kind.COURSE_SUMMARY)
    same = Report.objects.filter(course=course, **about, kind=kind)
    if waiting := same.unfinished().filter(contents=contents, requested_by=by).first():
        return waiting
    report = Report.objects.create(
        clinic=course.clinic,
        course=course,
        **about,
        kind=kind,
        contents=contents,
        version=(same.aggregate(last=Max("version"))["last"] or 0) + 1,
        code=documents.code_from(secrets.token_bytes(10)),
        requested_by=by,
        requested_at=at,
    )
    transaction.on_commit(lambda: wake(report.pk))
    return report


def wake(report_id: int) -> None:
    """Tell a worker. Without a broker nothing is lost: the row waits for the next round."""
    waking.wake("reports.tasks.draw", report_id, queue="pdf")


def verified(code: str, sha256: str = "") -> Verified:
    """What may be said of a code, and of a file where one was given, to anybody who works here."""
    report = Report.objects.filter(code=code, state=documents.State.READY).first()
    if report is None:
        return Verified(known=False)
    same = Report.objects.filter(
        course=report.course_id,
        visit=report.visit_id,
        letter=report.letter_id,
        safety_plan=report.safety_plan_id,
        kind=report.kind,
        state=report.state,
    )
    return Verified(
        known=True,
        issued_at=report.finished_at,
        version=report.version,
        is_draft=bool(report.is_draft),
        sha256=report.sha256,
        newest=same.aggregate(last=Max("version"))["last"],
        file_matches=(sha256 == report.sha256) if sha256 else None,
    )
