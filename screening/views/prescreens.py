"""Telephone calls before there is a patient: the list, one call, and the patient that it becomes."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.rules.findings import Refused
from patients.models import ProtocolVersion
from screening.actions import prescreens as acts
from screening.forms.prescreen import AfterCallForm, CallForm
from screening.models import PreScreen
from screening.rules.prescreen import proposal, said
from screening.views.drafting import Typing

A_PAGE = 30
FILTERS = {"open": "Open", "not suitable": "Not suitable", "all": "All"}
either = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def prescreens(request: HttpRequest) -> HttpResponse:
    """Every call, the open ones first asked for."""
    show = request.GET.get("show", "open")
    rows = PreScreen.objects.visible_to(request.grant).select_related("by", "course")
    if show == "open":
        rows = rows.open().order_by("call_back_on", "-at")
    elif show in FILTERS and show != "all":
        rows = rows.filter(outcome=show)
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "show": show, "filters": FILTERS.items(), "today": request.grant.on}
    return render(request, "screening/prescreens.html", context)


@either
def prescreen_new(request: HttpRequest) -> HttpResponse:
    """Take a call, by the protocol that is asked for (the first one otherwise)."""
    published = list(ProtocolVersion.objects.newest())
    wanted = request.GET.get("protocol", "")
    protocol = next((row for row in published if row.code == wanted), published[0] if published else None)
    if protocol is None or request.clinic.pk not in request.grant.clinics:
        raise Http404("no protocol is published")
    typing = Typing(request, f"call, new, {protocol.code}", clinic=request.clinic)
    form = CallForm(typing.data, protocol=protocol.protocol, begun=typing.begun({}))
    if answer := typing.answer(form):
        return answer
    if request.method == "POST" and form.is_valid():
        kept = {"who": form.who, "note": form.cleaned_data["note"], "call": form.call}
        try:
            row = acts.keep_call(request.clinic, protocol=protocol, **kept, by=request.user, at=timezone.now())
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            typing.done()
            return _kept(request, row)
    context = {"form": form, "protocol": protocol, "protocols": published, "row": None, "typing": typing}
    return render(request, "screening/prescreen.html", context, status=409 if form.errors else 200)


@either
def prescreen(request: HttpRequest, call_id: UUID) -> HttpResponse:
    """One call: gone on with while it is open, read afterwards."""
    row = _call(request, call_id)
    typing = Typing(request, f"call {row.public_id}", clinic=row.clinic, course=row.course)
    form = CallForm(typing.data, protocol=row.protocol.protocol, row=row, begun=typing.begun({}))
    if answer := typing.answer(form):
        return answer
    if request.method == "POST" and form.is_valid():
        clean = form.cleaned_data
        kept = {"who": form.who, "note": clean["note"], "call": form.call, "version": clean["version"] or 0}
        try:
            acts.go_on_with_call(row, **kept, by=request.user, at=timezone.now())
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            typing.done()
            return _kept(request, row)
    context = {
        "form": form,
        "typing": typing,
        "protocol": row.protocol,
        "row": row,
        "said": said(row.protocol.protocol, row.answers),
    }
    return render(request, "screening/prescreen.html", context, status=409 if form.errors else 200)


@either
def prescreen_take_in(request: HttpRequest, call_id: UUID) -> HttpResponse:
    """Open the chart and the course of somebody who called, in one step."""
    row = _call(request, call_id)
    given, _, family = row.name.partition(" ")
    today = timezone.localdate(timezone=row.clinic.zone)
    begun = {"given_name": given, "family_name": family}
    form = AfterCallForm(request.POST or None, protocol=row.protocol, today=today, initial=begun)
    if request.method == "POST" and form.is_valid():
        clean = form.cleaned_data
        try:
            course = acts.take_in_after_call(
                row,
                details=form.details,
                indication=clean["indication"],
                access_route=clean["access_route"],
                approval=form.approval,
                by=request.user,
                at=timezone.now(),
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"{course.patient} is taken in as {course.patient.chart_number}.")
            return redirect("screening:course", course.public_id)
    context = {"form": form, "row": row, "said": said(row.protocol.protocol, row.answers)}
    return render(request, "screening/prescreen_take_in.html", context, status=409 if form.errors else 200)


def _call(request: HttpRequest, call_id: UUID) -> PreScreen:
    rows = PreScreen.objects.visible_to(request.grant).select_related("clinic", "protocol", "course", "by")
    return get_object_or_404(rows, public_id=call_id)


def _kept(request: HttpRequest, row: PreScreen) -> HttpResponse:
    _, sentence = proposal(row.protocol.protocol, row.answers)
    messages.success(request, f"The call is kept: {row.get_outcome_display().lower()}. {sentence}")
    return redirect("screening:prescreen", row.public_id)
