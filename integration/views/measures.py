import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.actions.audit import record_opening
from accounts.actions.editing import Stale
from accounts.rules.findings import Refused, refusal
from integration.actions import measures
from integration.actions.measures import Desk
from integration.actions.outcomes import outcome_facts, ratings_of
from integration.forms import CorrectionForm, SheetForm
from integration.rules.due import Timing
from integration.rules.instruments import BY_SLUG
from patients.models import Course
from sessions.models import Visit

A_PAGE = 25
RATINGS = [("", "To do"), ("signed", "Signed"), ("all", "All")]


def outcomes(request: HttpRequest, public_id: str) -> HttpResponse:
    course = get_object_or_404(
        Course.objects.visible_to(request.grant)
        .select_related("patient", "clinic", "protocol")
        .prefetch_related("team__user"),
        public_id=public_id,
    )
    record_opening(by=request.user, patient=course.patient, what="outcomes", at=timezone.now())
    facts = outcome_facts(course, by=request.user, as_of=request.grant.on)
    return render(request, "integration/outcomes.html", {"course": course, "facts": facts})


def ratings(request: HttpRequest) -> HttpResponse:
    courses = (
        Course.objects.visible_to(request.grant)
        .filter(team__user=request.user, team__duty="rater")
        .select_related("patient", "clinic", "protocol")
        .prefetch_related("team__user")
        .distinct()
    )
    shown = request.GET.get("show", "")
    rows = [
        task
        for task in ratings_of(courses, by=request.user, as_of=request.grant.on)
        if shown == "all" or (task.due.timing is Timing.TAKEN) == (shown == "signed")
    ]
    if shown == "signed":
        rows.reverse()  # the newest first
    context = {
        "page": Paginator(rows, A_PAGE).get_page(request.GET.get("page")),
        "filters": RATINGS,
        "shown": shown,
    }
    return render(request, "integration/ratings.html", context)


def assess(request: HttpRequest, public_id: str, instrument: str, visit_id: str) -> HttpResponse:
    visit = get_object_or_404(
        Visit.objects.visible_to(request.grant)
        .select_related("course__patient", "course__clinic", "course__protocol")
        .prefetch_related("course__team__user"),
        course__public_id=public_id,
        public_id=visit_id,
    )
    if instrument not in BY_SLUG:
        raise Http404("no such measure")
    desk = measures.desk_of(visit, BY_SLUG[instrument], by=request.user, on=request.grant.on)
    if desk is None:
        raise Http404("this measure belongs to somebody else")
    if request.method == "POST":
        return _act(request, desk)
    record_opening(by=request.user, patient=visit.course.patient, what=f"{desk.measure.code}", at=timezone.now())
    form = SheetForm(measure=desk.measure, initial=_initial(desk, request.grant.on)) if desk.may_write else None
    return _page(request, desk, form=form)


def _act(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Correct a signed sheet, keep an open one, or keep and sign it. Whatever is refused, the answers stay on the page."""
    if "correct" in request.POST:
        return _correct(request, desk)
    form = SheetForm(request.POST, measure=desk.measure)
    if not form.is_valid():
        return _page(request, desk, form=form, status=422)
    try:
        sheet = measures.keep_answers(
            desk.visit,
            instrument=desk.measure.code,
            answers=form.answers,
            taken_on=form.cleaned_data["taken_on"],
            learned_something=form.cleaned_data["learned_something"],
            version=form.cleaned_data["version"],
            by=request.user,
            at=timezone.now(),
        )
        if request.headers.get("X-Background"):
            return JsonResponse({"version": sheet.version})
        if "sign" not in request.POST:
            messages.success(request, f"Kept. {desk.measure.code} is not signed yet.")
            return redirect(request.path)
        form.data = form.data.copy()
        form.data["version"] = str(sheet.version)
        measures.sign_sheet(
            sheet, leave_out_missing=form.cleaned_data["leave_out_missing"], by=request.user, at=timezone.now()
        )
    except Refused as refused:
        return _page(request, desk, form=form, findings=refused.findings, status=409)
    except Stale as stale:
        return _page(request, desk, form=form, findings=[_stale(stale)], theirs=stale.current, status=409)
    messages.success(request, f"{desk.measure.code} is signed.")
    return redirect(request.path)


def _correct(request: HttpRequest, desk: Desk) -> HttpResponse:
    form = CorrectionForm(request.POST)
    if desk.signed is None or not form.is_valid():
        return _page(request, desk, correction=form, status=422)
    try:
        measures.begin_correction(desk.signed, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now())
    except Refused as refused:
        return _page(request, desk, correction=form, findings=refused.findings, status=409)
    return redirect(request.path)


def _page(request: HttpRequest, desk: Desk, *, status: int = 200, **context: Any) -> HttpResponse:
    if request.headers.get("X-Background"):
        return JsonResponse({"say": [finding.sentence for finding in context.get("findings", ())]}, status=status)
    context.setdefault("correction", CorrectionForm())
    return render(request, "integration/assess.html", {"desk": desk, **context}, status=status)


def _initial(desk: Desk, on: dt.date) -> dict[str, Any]:
    sheet = desk.open
    if sheet is None:
        return {"taken_on": min(desk.day, on)}
    told = desk.plan.by == "rater" and not sheet.blinded
    return {
        "taken_on": sheet.taken_on,
        "version": sheet.version,
        "learned_something": told,
        **SheetForm.answers_initial(sheet.items),
    }


def _stale(stale: Stale) -> Any:
    return refusal(
        "sheet_changed",
        "Somebody else has changed this sheet since you opened it. Your answers are still here and are not kept;"
        " theirs stand beside them. Open the sheet again to go on from theirs.",
    )
