"""The screening page: evidence at the left, each piece recorded in its place, and what follows from it at the right."""

import datetime as dt
import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actions import drafts
from accounts.actions.audit import record_opening
from accounts.forms import DraftedForm
from accounts.models import grant_for
from accounts.rules.findings import Refused
from patients.models import Course
from patients.rules.protocol import EvidenceKind
from screening.actions import record as acts
from screening.actions.deciding import is_genuine
from screening.actions.facts import candidate_for, decision_standing, piece_of
from screening.actions.risk import risk_findings
from screening.forms import EvidenceForm
from screening.models import Evidence, PreScreen
from screening.rules.candidate import changes, inputs
from screening.rules.history import differences
from screening.rules.prescreen import said
from screening.rules.verdict import judge as put_to_protocol
from screening.rules.words import PIECES, capital
from screening.views import drawn
from screening.views.medicine_list import listed


@require_safe
def course(request: HttpRequest, course_id: uuid.UUID) -> HttpResponse:
    found, today = open_course(request, course_id, "screening")
    return _page(request, found, today)


@require_http_methods(["GET", "HEAD", "POST"])
def evidence(request: HttpRequest, course_id: uuid.UUID, kind: str) -> HttpResponse:
    """The same page with the form of one piece of evidence open in its place."""
    piece = _kind(kind)
    found, today = open_course(request, course_id, f"screening {kind}")
    before = found.evidence.filter(kind=kind).select_related("by").first()
    mine = found.evidence_drafts.filter(kind=kind, author=request.user)
    draft = mine.first()
    form = EvidenceForm(
        request.POST or None,
        course=found,
        kind=piece,
        before=before,
        today=today,
        initial=_beginning(before if "complete" in request.GET else None, draft),
    )
    if request.method == "POST" and form.is_valid():
        try:
            acts.record_evidence(found, kind=kind, **form.taken, by=request.user, at=timezone.now())
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            _tidy(mine, form, request)
            messages.success(request, f"{capital(PIECES[piece])}: recorded.")
            return redirect("screening:course", found.public_id)
    opened = {"kind": kind, "noun": PIECES[piece], "form": form, "before": before, "draft": draft}
    return _page(request, found, today, opened=opened, status=409 if form.errors else 200)


@require_POST
def draft(request: HttpRequest, course_id: uuid.UUID, kind: str) -> JsonResponse:
    """Keep what is being typed. Answers when it was kept, and whether somebody recorded this meanwhile."""
    piece = _kind(kind)
    rows = Course.objects.visible_to(request.grant).select_related("clinic", "protocol")
    found = get_object_or_404(rows, public_id=course_id)
    now = timezone.now()
    key = DraftedForm(request.POST)
    if not key.is_valid():
        return JsonResponse({"sentence": "This could not be kept."}, status=400)
    newest = found.evidence.filter(kind=kind).select_related("by").first()
    form = EvidenceForm(request.POST, course=found, kind=piece, before=newest, today=timezone.localdate())
    of_this = found.evidence_drafts.filter(kind=kind)
    page = key.cleaned_data
    drafts.keep(found.evidence_drafts, tab=page["tab"], by=request.user, at=now, about={"kind": kind}, typed=form.typed)
    drafts.forget_restored(of_this, tab=page["restored"], shown_at=page["shown_at"], by=request.user)
    overtaken = newest is not None and form.data.get("base", "") != form.shown_base
    sentence = f"{newest.by} has recorded this meanwhile: read it before you record yours." if overtaken else ""
    saved = timezone.localtime(now, found.clinic.zone)
    return JsonResponse({"saved": f"{saved:%H:%M}", "sentence": sentence})


@require_POST
def discard(request: HttpRequest, course_id: uuid.UUID, kind: str) -> HttpResponse:
    """Throw away one's own drafts of one form; it was asked for."""
    _kind(kind)
    found = get_object_or_404(Course.objects.visible_to(request.grant), public_id=course_id)
    for row in found.evidence_drafts.filter(kind=kind, author=request.user):
        drafts.forget(found.evidence_drafts.filter(kind=kind), tab=row.tab, by=request.user)
    return redirect("screening:evidence", found.public_id, kind)


@require_safe
def history(request: HttpRequest, course_id: uuid.UUID, kind: str) -> HttpResponse:
    """Everything that was recorded of one piece of evidence, newest first, with what each recording changed."""
    piece = _kind(kind)
    found, _ = open_course(request, course_id, f"screening {kind}, history")
    rows = list(found.evidence.filter(kind=kind).select_related("by"))
    lines = [
        {"row": row, "changes": differences(found.plan, piece_of(before) if before else None, piece_of(row))}
        for row, before in zip(rows, [*rows[1:], None], strict=False)
    ]
    context = {"course": found, "title": capital(PIECES[piece]), "kind": kind, "lines": lines, "links": links(request)}
    return render(request, "screening/history.html", context)


@require_safe
def decisions(request: HttpRequest, course_id: uuid.UUID) -> HttpResponse:
    """Every signed decision, newest first, with what had changed between two of them and since the last."""
    found, today = open_course(request, course_id, "screening decisions")
    rows = list(found.decisions.select_related("signed_by", "course__clinic").prefetch_related("reopenings"))
    lines = [
        {
            "decision": row,
            "genuine": is_genuine(row),
            "changes": changes(before.inputs, row.inputs) if before else [],
        }
        for row, before in zip(rows, [*rows[1:], None], strict=False)
    ]
    candidate = candidate_for(found, today)
    context = {
        "course": found,
        "lines": lines,
        "since": changes(rows[0].inputs, inputs(candidate)) if rows else [],
        "standing": decision_standing(found, rows[0], candidate) if rows else None,
        "links": links(request),
    }
    return render(request, "screening/decisions.html", context)


def open_course(request: HttpRequest, course_id: uuid.UUID, what: str) -> tuple[Course, dt.date]:
    """The course as this person may see it, noted as opened, and today in its clinic."""
    rows = Course.objects.visible_to(request.grant).select_related("patient", "clinic", "protocol")
    found = get_object_or_404(rows, public_id=course_id)
    record_opening(by=request.user, patient=found.patient, what=what, at=timezone.now())
    return found, timezone.localdate(timezone=found.clinic.zone)


def links(request: HttpRequest) -> frozenset[str]:
    """Which of the pages linked from the screening this person may open."""
    return frozenset(name for name in drawn.LINKED if not grant_for(request.user, name, request.grant.on).empty)


def _page(
    request: HttpRequest, found: Course, today: dt.date, *, opened: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    candidate = candidate_for(found, today)
    verdict = put_to_protocol(found.plan, candidate, as_of=today)
    may = links(request)
    decision = found.decisions.select_related("signed_by", "course__clinic").first()
    groups = drawn.grouped(found, verdict.findings, may, verdict.missing)
    risk = risk_findings([found])[found.pk]
    context = {
        "course": found,
        "tab": "screening",
        "today": today,
        "links": may,
        "verdict": verdict,
        "groups": groups,
        "not_yet": [*([risk.sentence] if risk.blocks else []), *drawn.not_yet(groups)],
        "cards": drawn.cards(found, candidate, today),
        "opened": opened,
        "medicines": listed(found, candidate, today),
        "consents": drawn.consents(found, candidate),
        "decision": decision,
        "said": _said(request, found),
        "standing": decision_standing(found, decision, candidate) if decision else None,
    }
    return render(request, "screening/course.html", context, status=status)


def _said(request: HttpRequest, found: Course) -> dict[str, Any] | None:
    """What was said on the telephone before there was a chart; it is no evidence."""
    call = PreScreen.objects.visible_to(request.grant).filter(course=found).select_related("protocol").first()
    return {"call": call, "rows": said(call.protocol.protocol, call.answers)} if call else None


def _kind(kind: str) -> EvidenceKind:
    if kind not in {known.value for known in EvidenceKind}:
        raise Http404("no such evidence")
    return EvidenceKind(kind)


def _beginning(before: Evidence | None, draft: Any) -> dict[str, Any]:
    """What a form begins with: what was being typed, else what is recorded where it is to be completed."""
    begun: dict[str, Any] = EvidenceForm.filled_from(before) if before else {}
    if draft:
        begun |= draft.typed | {"restored": draft.tab, "shown_at": timezone.now().isoformat()}
    return begun


def _tidy(mine: Any, form: EvidenceForm, request: HttpRequest) -> None:
    """Drop the drafts of what has just been recorded."""
    clean = form.cleaned_data
    if clean["tab"]:
        drafts.forget(mine, tab=clean["tab"], by=request.user)
    drafts.forget_restored(mine, tab=clean["restored"], shown_at=clean["shown_at"], by=request.user)
