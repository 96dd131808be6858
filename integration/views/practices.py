from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.actions.audit import record_opening
from accounts.rules.findings import Refused
from integration.actions import practices as actions
from integration.forms import DoneForm, InsightForm, PracticeForm
from integration.models import Insight, Practice
from integration.rules.practices import weeks
from patients.models import Course
from sessions.models import Visit


def insights(request: HttpRequest, public_id: str) -> HttpResponse:
    course = _course(request, public_id)
    if request.method == "POST":
        form = InsightForm(request.POST)
        if form.is_valid():
            actions.record_insight(
                course,
                text=form.cleaned_data["text"],
                visit=_last_visit(request, course),
                by=request.user,
                at=timezone.now(),
            )
            messages.success(request, "The insight is kept.")
            return redirect(request.path)
        return _page(request, course, insight_form=form, status=422)
    record_opening(by=request.user, patient=course.patient, what="insights", at=timezone.now())
    return _page(request, course)


@require_POST
def practice_new(request: HttpRequest, public_id: str) -> HttpResponse:
    course = _course(request, public_id)
    form = PracticeForm(request.POST)
    if not form.is_valid():
        return _page(request, course, practice_form=form, status=422)
    actions.begin_practice(course, **form.cleaned_data, by=request.user, at=timezone.now())
    messages.success(request, f"“{form.cleaned_data['title']}” has begun.")
    return redirect("integration:insights", course.public_id)


@require_POST
def practice_done(request: HttpRequest, public_id: str) -> HttpResponse:
    practice = _practice(request, public_id)
    form = DoneForm(request.POST)
    if not form.is_valid():
        return _page(request, practice.course, trouble="Give a day on which the practice was done.", status=422)
    try:
        actions.record_done(
            practice, on=form.cleaned_data["on"], note=form.cleaned_data["note"], by=request.user, at=timezone.now()
        )
    except Refused as refused:
        return _page(request, practice.course, trouble=str(refused), status=409)
    messages.success(request, f"Noted: {practice}, {form.cleaned_data['on']:%-d %B}.")
    return redirect("integration:insights", practice.course.public_id)


@require_POST
def practice_end(request: HttpRequest, public_id: str) -> HttpResponse:
    practice = _practice(request, public_id)
    version = request.POST.get("version", "")
    if not version.isdecimal():
        return _page(request, practice.course, trouble="Open the page again and try once more.", status=422)
    actions.end_practice(practice, on=request.grant.on, version=int(version), by=request.user)
    messages.success(request, f"“{practice}” has ended. What was done stays here.")
    return redirect("integration:insights", practice.course.public_id)


def _course(request: HttpRequest, public_id: str) -> Course:
    courses = Course.objects.visible_to(request.grant).select_related("patient", "clinic", "protocol")
    return get_object_or_404(courses, public_id=public_id)


def _practice(request: HttpRequest, public_id: str) -> Practice:
    rows = Practice.objects.visible_to(request.grant).select_related(
        "course__patient", "course__clinic", "course__protocol"
    )
    return get_object_or_404(rows, public_id=public_id)


def _last_visit(request: HttpRequest, course: Course) -> Visit | None:
    """The visit an insight came from: the last one that has begun."""
    visits = Visit.objects.visible_to(request.grant).standing().filter(course=course, starts_at__lte=timezone.now())
    return visits.order_by("-starts_at").first()


def _page(request: HttpRequest, course: Course, *, status: int = 200, **context: Any) -> HttpResponse:
    rows = Practice.objects.visible_to(request.grant).filter(course=course).prefetch_related("done")
    context.setdefault("insight_form", InsightForm())
    context.setdefault("practice_form", PracticeForm(initial={"started_on": request.grant.on}))
    context["practices"] = [
        {
            "row": row,
            "done": list(row.done.all())[:5],
            "weeks": weeks(
                times_a_week=row.times_a_week,
                started_on=row.started_on,
                ended_on=row.ended_on,
                done=[done.on for done in row.done.all()],
                as_of=request.grant.on,
            ),
        }
        for row in rows
    ]
    context["insights"] = Insight.objects.visible_to(request.grant).filter(course=course).select_related("by", "visit")
    return render(
        request, "integration/insights.html", {"course": course, "today": request.grant.on, **context}, status=status
    )
