"""Documents on paper: ask for one, follow it, find it again, download it, check it."""

import hashlib
import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.actions.audit import record_opening
from accounts.rules.findings import Refused
from patients.models import Course
from reports.actions import asking
from reports.forms import ReportForm, VerifyForm
from reports.models import Report
from reports.rules.documents import Contents, State

A_PAGE = 30
FILTERS = {"all": "All", "mine": "Asked for by me", "making": "In the making"}


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Every document this person may open."""
    shown = request.GET.get("show", "all")
    shown = shown if shown in FILTERS else "all"
    rows = Report.objects.visible_to(request.grant).select_related("visit", "course__patient", "requested_by")
    if shown == "mine":
        rows = rows.filter(requested_by=request.user)
    elif shown == "making":
        rows = rows.unfinished()
    return render(
        request,
        "reports/list.html",
        {
            "page": Paginator(rows, A_PAGE).get_page(request.GET.get("page")),
            "filters": [(key, title, key == shown) for key, title in FILTERS.items()],
            "shown": shown,
        },
    )


def request_report(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Ask for a document of one course."""
    courses = Course.objects.visible_to(request.grant).select_related("clinic", "patient", "protocol")
    course = get_object_or_404(courses, public_id=public_id)
    on = timezone.localtime(timezone=course.clinic.zone).date()
    held = course.visits.standing().filter(session__isnull=False)
    offered = asking.contents_for(request.user, course, on)
    form = ReportForm(
        request.POST or None,
        visits=list(held),
        offered=offered,
        letters=course.letters.all() if Contents.CLINICAL in offered else (),
        safety_plan=course.safety_plans.first() if Contents.CLINICAL in offered else None,
        initial={"about": request.GET.get("about") or request.GET.get("visit", "")},
    )
    if request.method == "POST" and form.is_valid():
        try:
            report = asking.request_report(
                course=course,
                visit=form.visit,
                letter=form.letter,
                safety_plan=form.safety_plan,
                contents=form.wanted,
                by=request.user,
                at=timezone.now(),
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect("reports:report", report.public_id)
    earlier = Report.objects.visible_to(request.grant).filter(course=course).select_related("visit", "requested_by")
    return render(request, "reports/request.html", {"course": course, "form": form, "earlier": earlier[:20]})


def _report(request: HttpRequest, public_id: uuid.UUID) -> Report:
    rows = Report.objects.visible_to(request.grant).select_related(
        "visit", "course__patient", "course__clinic", "requested_by"
    )
    return get_object_or_404(rows, public_id=public_id)


@require_GET
def report(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """One document: how far it is, what it holds, where to get it. May be left and found again."""
    row = _report(request, public_id)
    record_opening(by=request.user, patient=row.course.patient, what="a document's page", at=timezone.now())
    return render(request, "reports/report.html", {"report": row, "says": row.standing(timezone.now())})


@require_GET
def progress(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The part of the page that changes while the document is made."""
    row = _report(request, public_id)
    return render(request, "reports/_progress.html", {"report": row, "says": row.standing(timezone.now())})


@require_GET
def download(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The bytes as they were issued, to whoever may have them now, under a name that tells nothing."""
    row = _report(request, public_id)
    if row.state != State.READY:
        return redirect("reports:report", row.public_id)
    pdf = bytes(row.sheets.pdf)
    if hashlib.sha256(pdf).hexdigest() != row.sha256:
        messages.error(request, "The stored document is not what was issued. It was not handed out; tell the admin.")
        return redirect("reports:report", row.public_id)
    record_opening(by=request.user, patient=row.course.patient, what="downloaded a document", at=timezone.now())
    return HttpResponse(
        pdf,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="{row.file_name}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


def verify(request: HttpRequest) -> HttpResponse:
    """Whether a paper was issued here and not changed. Tells nothing of what it says or whom it is about."""
    form = VerifyForm(request.POST or None, request.FILES or None)
    answer = None
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        answer = asking.verified(form.cleaned_data["code"], hashlib.sha256(file.read()).hexdigest() if file else "")
    return render(request, "reports/verify.html", {"form": form, "answer": answer})
