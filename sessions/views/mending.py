"""Changing a calendar that is booked: what would follow is shown first, and exactly that is written or nothing is."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Clinic, Membership
from accounts.rules.findings import Finding, Refused
from patients.models import Course
from sessions.actions import booking, events
from sessions.actions.office import visits_during
from sessions.actions.repairing import Overtaken, Proposed, commit_repair, propose_repair, say
from sessions.actions.repeating import repeat_rating
from sessions.forms.mending import AbsenceForm, CancelForm, LengthForm
from sessions.models import Leave, Rearrangement, Room, Visit, VisitEvent
from sessions.rules.events import CalledOff, Event, Lengthened
from sessions.views.previews import preview

either = require_http_methods(["GET", "HEAD", "POST"])
CHANGED = "The calendar has changed meanwhile. This is what would follow now; nothing is written yet."


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants of the calendar, from a valid form."""

    clinic: Clinic
    event: Event | None = None
    courses: tuple[Course, ...] = ()
    reason: str = ""
    enter: bool = False
    called_off: tuple[VisitEvent.Kind, int] | None = None
    visit: Visit | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it: a change that was written, or what would follow, or why it cannot be."""

    change: Rearrangement | None
    proposed: Proposed | None
    findings: tuple[Finding, ...] = ()
    status: int = 200


def answer(request: HttpRequest, asked: Asked) -> Answer:
    """Write what was shown when `shown` is posted with the form; otherwise, or when it has changed, show it."""
    now, shown = timezone.now(), request.POST.get("shown")
    named = {"event": asked.event, "courses": asked.courses}
    try:
        if reasons := _too_late(asked):
            return Answer(None, None, tuple(reasons), 409)
        if not shown:
            return Answer(None, propose_repair(asked.clinic, as_of=now, **named))
        written = {"reason": asked.reason, "enter": asked.enter, "called_off": asked.called_off}
        change = commit_repair(asked.clinic, shown=shown, by=request.user, at=now, **named, **written)
        return Answer(change, None)
    except Overtaken as overtaken:
        messages.warning(request, CHANGED)
        return Answer(None, overtaken.proposed, status=409)
    except Refused as refused:
        return Answer(None, None, tuple(refused.findings), 409)


def _too_late(asked: Asked) -> list[Finding]:
    if asked.visit is None or asked.version is None:
        return []
    return booking.refusals_to_change(asked.visit, version=asked.version)


def visit_to_change(request: HttpRequest, visit_id: UUID) -> Visit:
    rows = Visit.objects.visible_to(request.grant).select_related(
        "course__clinic", "course__patient", "course__protocol", "room"
    )
    return get_object_or_404(rows, public_id=visit_id)


def page(request: HttpRequest, template: str, context: dict[str, Any], found: Answer | None) -> HttpResponse:
    if found is not None:
        context |= preview(request, found.proposed) if found.proposed else {}
        context["refusals"] = found.findings
    return render(request, template, context, status=found.status if found else 200)


@either
def lengthen(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Give one visit another length, and everything beside it its place."""
    visit = visit_to_change(request, visit_id)
    data = request.POST if request.method == "POST" else request.GET
    form = LengthForm(data if "minutes" in data else None, initial={"minutes": visit.minutes, "version": visit.version})
    context: dict[str, Any] = {"visit": visit, "course": visit.course, "form": form}
    found = None
    if form.is_bound and form.is_valid():
        minutes, version = form.cleaned_data["minutes"], form.cleaned_data["version"]
        event = Lengthened(str(visit.course_id), visit.code, minutes)
        found = answer(request, Asked(visit.course.clinic, event, visit=visit, version=version))
        if found.change:
            messages.success(request, f"{visit} lasts {minutes} minutes. {say(found.change)}")
            return redirect("sessions:visit", visit.public_id)
        context["hidden"] = [("minutes", minutes), ("version", visit.version)]
    elif reasons := booking.refusals_to_change(visit, version=visit.version):
        context["refusals"] = reasons
    return page(request, "sessions/lengthen.html", context, found)


@either
def cancel(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Take a visit out of the calendar, with a reason: cancelled, or missed by the patient; give it another day or not."""
    visit = visit_to_change(request, visit_id)
    form = CancelForm(request.POST or None, visit=visit, initial={"version": visit.version})
    context: dict[str, Any] = {"visit": visit, "course": visit.course, "form": form}
    if request.method != "POST":
        context["refusals"] = booking.refusals_to_change(visit, version=visit.version)
        return page(request, "sessions/cancel.html", context, None)
    if not form.is_valid():
        return render(request, "sessions/cancel.html", context, status=422)
    values = form.cleaned_data
    missed = values["what"] == CancelForm.MISSED
    if not values["again"]:
        return _call_off(request, visit, context, missed=missed)
    kind = VisitEvent.Kind.NO_SHOW if missed else events.kind_of_cancel(visit, timezone.now())
    asked = Asked(
        visit.course.clinic,
        CalledOff(str(visit.course_id), visit.code),
        reason=values["reason"],
        called_off=(kind, values["version"]),
        visit=visit,
        version=values["version"],
    )
    found = answer(request, asked)
    if found.change:
        messages.success(request, f"{visit} has another day. {say(found.change)}")
        return redirect("sessions:visit", visit.public_id)
    context["hidden"] = [(name, values[name]) for name in ("what", "reason", "version")] + [("again", "on")]
    return page(request, "sessions/cancel.html", context, found)


@require_POST
def repeat(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """A baseline that was rated too early is set aside, and planned again."""
    visit = visit_to_change(request, visit_id)
    typed = request.POST.get("version", "")
    version = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else 0
    reason = request.POST.get("reason", "")
    try:
        repeat_rating(visit, reason=reason, version=version, by=request.user, at=timezone.now())
    except Refused as refused:
        for finding in refused.findings:
            messages.error(request, finding.sentence)
        return redirect("sessions:visit", visit.public_id)
    messages.success(request, f"{visit} counts no longer. Plan the course again: it gets a day after the washout.")
    return redirect("sessions:visit", visit.public_id)


def _call_off(request: HttpRequest, visit: Visit, context: dict[str, Any], *, missed: bool) -> HttpResponse:
    values, verb = context["form"].cleaned_data, events.record_missed if missed else events.cancel
    try:
        verb(visit, reason=values["reason"], version=values["version"], by=request.user, at=timezone.now())
    except Refused as refused:
        return render(request, "sessions/cancel.html", context | {"refusals": refused.findings}, status=409)
    messages.success(request, f"{visit} is out of the calendar. Its people and its room are free again.")
    return redirect("sessions:visit", visit.public_id)


@either
def absence(request: HttpRequest) -> HttpResponse:
    """Somebody, a room or everybody is away: see what it touches and what would follow, then record both at once."""
    clinic = get_object_or_404(Clinic.objects.visible_to(request.grant), pk=request.clinic.pk)
    members = Membership.objects.visible_to(request.grant).filter(clinic=clinic, user__is_active=True)
    form = AbsenceForm(
        request.POST or None,
        members=members.select_related("user").order_by("user__name"),
        rooms=Room.objects.visible_to(request.grant).filter(clinic=clinic, active=True),
    )
    context: dict[str, Any] = {"form": form}
    if request.method != "POST":
        return page(request, "sessions/absence.html", context, None)
    if not form.is_valid():
        return render(request, "sessions/absence.html", context, status=422)
    found = answer(request, Asked(clinic, form.event(), reason=form.cleaned_data["note"], enter=True))
    if found.change:
        messages.success(request, f"The absence is recorded. {say(found.change)}")
        return redirect("sessions:leave")
    context["hidden"] = [(name, form[name].value() or "") for name in ("what", "first", "last", "note")]
    return page(request, "sessions/absence.html", context, found)


@either
def mend_leave(request: HttpRequest, leave_id: UUID) -> HttpResponse:
    """Every course that a leave on record touches, put right together."""
    leave = get_object_or_404(
        Leave.objects.visible_to(request.grant).select_related("membership__user", "membership__clinic"),
        public_id=leave_id,
    )
    touched = {visit.course_id for visit in visits_during(leave)}
    rows = Course.objects.visible_to(request.grant).filter(pk__in=touched).active().order_by("pk")
    rows = rows.select_related("clinic", "patient", "protocol").prefetch_related("team__user", "deviations")
    found = answer(request, Asked(leave.membership.clinic, courses=tuple(rows), reason=leave.note))
    if found.change:
        messages.success(request, say(found.change))
        return redirect("sessions:leave")
    return page(request, "sessions/mend_leave.html", {"leave": leave, "hidden": []}, found)


@either
def mend(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """What no longer holds of one course (a washout that ends later, leave, a licence), and what would put it right."""
    rows = Course.objects.visible_to(request.grant).select_related("clinic", "patient", "protocol")
    course = get_object_or_404(rows.prefetch_related("team__user", "deviations"), public_id=course_id)
    found = answer(request, Asked(course.clinic, courses=(course,)))
    if found.change:
        messages.success(request, say(found.change))
        return redirect("sessions:plan", course.public_id)
    return page(request, "sessions/mend.html", {"course": course, "tab": "plan", "hidden": []}, found)
