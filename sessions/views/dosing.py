"""The dosing day: one page, its live parts, and what is tapped on it."""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.actions.audit import record_opening
from accounts.rules.findings import Refused
from sessions.actions import dosing as actions
from sessions.actions import monitoring
from sessions.actions.dosing import AnotherBody
from sessions.actions.facts import facts_for, physicians, session_of, therapists, witnesses
from sessions.forms.dosing import (
    CheckForm,
    DoseForm,
    EffectEndForm,
    EffectForm,
    StepForm,
    TouchForm,
    VitalForm,
)
from sessions.models import Visit
from sessions.rules.dosing import State, Step
from sessions.rules.effects import vocabulary
from sessions.rules.facts import DoseKind
from sessions.views.daysheet import is_dosing, sheet

ANOTHER_BODY = "This was sent before with other values. It was not saved again; look at what is recorded."


@require_GET
def day(request: HttpRequest, public_id: Any) -> HttpResponse:
    visit = _visit(request, public_id)
    now = timezone.now()
    record_opening(by=request.user, patient=visit.course.patient, what=f"dosing day {visit.code}", at=now)
    return render(request, "sessions/dosing.html", _page(request, visit, now))


@require_GET
def flow(request: HttpRequest, public_id: Any) -> HttpResponse:
    """The live parts alone, for the page to take over."""
    return render(request, "sessions/flow.html", _page(request, _visit(request, public_id), timezone.now()))


@require_POST
def check(request: HttpRequest, public_id: Any) -> HttpResponse:
    visit = _visit(request, public_id)
    form = CheckForm(request.POST, physicians=physicians(visit))

    def act(now: dt.datetime) -> None:
        actions.answer(visit, by=request.user, at=now, **form.cleaned_data)

    return _act(request, visit, form, act, "decision")


@require_POST
def clear(request: HttpRequest, public_id: Any) -> HttpResponse:
    """Clear for dosing, take the clearance back, or call the day off."""
    step = request.POST.get("step", Step.CLEAR)
    if step not in (Step.CLEAR, Step.UNCLEAR, Step.CALL_OFF):
        raise Http404
    return _step(request, public_id, Step(step))


@require_POST
def withhold(request: HttpRequest, public_id: Any) -> HttpResponse:
    return _step(request, public_id, Step.WITHHOLD)


@require_POST
def close(request: HttpRequest, public_id: Any) -> HttpResponse:
    """Close a session of any kind."""
    visit = get_object_or_404(_visits(request), public_id=public_id)
    if is_dosing(visit):
        return _step(request, public_id, Step.CLOSE)
    try:
        actions.take_step(visit, step=Step.CLOSE, by=request.user, at=timezone.now())
    except Refused as refused:
        _say(request, refused)
    return redirect("sessions:note", visit.public_id)


@require_POST
def dose(request: HttpRequest, public_id: Any) -> HttpResponse:
    visit = _visit(request, public_id)
    session, now = session_of(visit), timezone.now()
    form = DoseForm(request.POST, witnesses=witnesses(session, facts_for(session, as_of=now), request.user))

    def act(now: dt.datetime) -> None:
        values = form.cleaned_data
        actions.give_dose(
            visit,
            kind=values["kind"],
            mg=values["mg"],
            basis=values["basis"],
            lot=values["lot"],
            given_by=request.user,
            witnessed_by=values["witness"],
            key=values["key"],
            by=request.user,
            at=now,
        )

    return _act(request, visit, form, act, "decision")


@require_POST
def vital(request: HttpRequest, public_id: Any) -> HttpResponse:
    visit = _visit(request, public_id)
    form = VitalForm(request.POST)

    def act(now: dt.datetime) -> None:
        values = form.cleaned_data
        monitoring.record_vitals(
            visit,
            key=values["key"],
            taken_at=values["at"],
            slot=values["slot"],
            measures=form.measures,
            by=request.user,
            at=now,
        )

    return _act(request, visit, form, act, "vitals")


@require_POST
def effect(request: HttpRequest, public_id: Any) -> HttpResponse:
    visit = _visit(request, public_id)
    form = EffectForm(request.POST, terms=vocabulary(visit.course.plan.dosing_day.effects))

    def act(now: dt.datetime) -> None:
        values = form.cleaned_data
        monitoring.record_effect(
            visit,
            key=values["key"],
            term=values["term"],
            severity=values["severity"],
            from_at=values["at"],
            note=values["note"],
            by=request.user,
            at=now,
        )

    return _act(request, visit, form, act, "effects")


@require_POST
def effect_end(request: HttpRequest, public_id: Any) -> HttpResponse:
    visit = _visit(request, public_id)
    form = EffectEndForm(request.POST)

    def act(now: dt.datetime) -> None:
        row = get_object_or_404(session_of(visit).effects, pk=form.cleaned_data["effect"])
        monitoring.end_effect(visit, effect=row, by=request.user, at=now)

    return _act(request, visit, form, act, "effects")


@require_POST
def touch(request: HttpRequest, public_id: Any) -> HttpResponse:
    visit = _visit(request, public_id)
    form = TouchForm(request.POST, therapists=therapists(visit))

    def act(now: dt.datetime) -> None:
        values = form.cleaned_data
        monitoring.record_touch(
            visit,
            key=values["key"],
            kind=values["kind"],
            initiator=values["initiator"],
            therapist=values["therapist"],
            touched_at=values["at"],
            note=values["note"],
            by=request.user,
            at=now,
        )

    return _act(request, visit, form, act, "touch")


def _visits(request: HttpRequest) -> Any:
    return Visit.objects.visible_to(request.grant).select_related(
        "course__patient", "course__clinic", "course__protocol", "room", "night_attendant"
    )


def _visit(request: HttpRequest, public_id: Any) -> Visit:
    visit = get_object_or_404(_visits(request), public_id=public_id)
    if not is_dosing(visit):
        raise Http404("not a dosing day")
    return visit


def _page(request: HttpRequest, visit: Visit, now: dt.datetime) -> dict[str, Any]:
    page = sheet(visit, user=request.user, now=now)
    kind = {State.CLEARED: DoseKind.INITIAL, State.DOSED: DoseKind.SUPPLEMENTAL}.get(page["state"])
    if kind and page["plan"] and page["facts"].salt:
        plan, given = page["plan"], page["facts"].dose(DoseKind.INITIAL)
        choices = (
            [figure.value for figure in plan.initial_choices]
            if given is None
            else [given.mg * plan.supplement_share.value]
        )
        page["dose_kind"] = kind
        page["dose_choices"] = choices
        page["witnesses"] = witnesses(page["session"], page["facts"], request.user)
    page["may_give"] = any(person.key == str(request.user.pk) for person in page["facts"].present)
    return page


def _step(request: HttpRequest, public_id: Any, step: Step) -> HttpResponse:
    visit = _visit(request, public_id)
    form = StepForm(request.POST)

    def act(now: dt.datetime) -> None:
        actions.take_step(visit, step=step, by=request.user, at=now, reason=form.cleaned_data["reason"])

    return _act(request, visit, form, act, "decision")


def _act(
    request: HttpRequest, visit: Visit, form: forms.Form, act: Callable[[dt.datetime], None], anchor: str
) -> HttpResponse:
    """Validate and act. A script gets JSON; a plain form goes back to the page with what stood in the way."""
    status, sentences = 200, []
    if not form.is_valid():
        status, sentences = 400, [str(error) for errors in form.errors.values() for error in errors]
    else:
        try:
            act(timezone.now())
        except Refused as refused:
            status, sentences = 409, [finding.sentence for finding in refused.findings]
        except AnotherBody:
            status, sentences = 422, [ANOTHER_BODY]
    if request.headers.get("X-Requested-With") == "fetch":
        saved = f"{timezone.localtime():%H:%M}" if status == 200 else None
        return JsonResponse({"saved": saved, "sentences": sentences}, status=status)
    if status == 422:
        return render(request, "sessions/another_body.html", {"visit": visit, "sentence": ANOTHER_BODY}, status=422)
    for sentence in sentences:
        messages.error(request, sentence)
    return redirect(f"{reverse('sessions:dosing', args=[visit.public_id])}#{anchor}")


def _say(request: HttpRequest, refused: Refused) -> None:
    _tell(request, (finding.sentence for finding in refused.findings))


def _tell(request: HttpRequest, sentences: Iterable[str]) -> None:
    for sentence in sentences:
        messages.error(request, sentence)
