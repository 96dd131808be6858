"""The waiting list, and several of its courses planned together."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Clinic
from accounts.rules.findings import Finding, Outcome, Refused
from patients.models import Course
from sessions.actions import running
from sessions.actions.capacity import capacity_of
from sessions.actions.roster import names_in
from sessions.actions.undoing import fresh_changes, refusals_to_undo
from sessions.actions.waiting import waiting_in
from sessions.forms.waiting import WaitingForm
from sessions.models import PlanningRun
from sessions.rules.clinic import UNPLANNED
from sessions.rules.planning import Weights
from sessions.rules.running import State, is_lost


@require_http_methods(["GET", "HEAD", "POST"])
def waiting(request: HttpRequest) -> HttpResponse:
    """Eligible courses without a plan; those that are ticked are planned together."""
    clinic = get_object_or_404(Clinic.objects.visible_to(request.grant), pk=request.clinic.pk)
    rows = waiting_in(clinic, today=request.grant.on)
    courses = [row.course for row in rows]
    form = WaitingForm(request.POST or WaitingForm.defaults(courses, request.grant.on), courses=courses)
    status, findings = 200, ()
    if request.method == "POST":
        status = 422
        if form.is_valid():
            first, last = form.days
            try:
                asked = running.ask(
                    clinic,
                    courses=form.cleaned_data["courses"],
                    first_day=first,
                    last_start=last,
                    by=request.user,
                    at=timezone.now(),
                )
            except Refused as refused:
                status, findings = 409, refused.findings
            else:
                return redirect("sessions:run", asked.public_id)
    context: dict[str, Any] = {"rows": rows, "form": form, "findings": findings, "is_typed": request.method == "POST"}
    context["ticked"] = set(map(str, form["courses"].value() or ()))
    context["open"] = PlanningRun.objects.visible_to(request.grant).filter(clinic=clinic).open().first()
    newest = (
        Course.objects.visible_to(request.grant)
        .filter(clinic=clinic)
        .select_related("protocol")
        .order_by("-pk")
        .first()
    )
    context["capacity"] = newest and capacity_of(clinic, newest.protocol, request.grant.on)
    context["protocol"] = newest and newest.plan
    context["under_way"] = (
        Course.objects.visible_to(request.grant).filter(clinic=clinic, state=Course.State.IN_TREATMENT).count()
    )
    return render(request, "sessions/waiting.html", context, status=status)


@require_GET
def run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """One planning: how far it is, what it found, what to do with it. May be left and found again."""
    row = _run(request, run_id)
    context = _progress(row)
    if row.state in (State.READY, State.BOOKED):
        context |= _result(row)
    now = timezone.now()
    if row.change and not row.is_taken_back and now < row.change.settles_at:
        context["fresh"] = [change for change in fresh_changes(row.clinic, at=now) if change == row.change]
        context["overtaken"] = [] if context["fresh"] else refusals_to_undo(row.change, at=now)
    return render(request, "sessions/run.html", context)


@require_GET
def run_progress(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """The part of the page that changes while the worker plans."""
    return render(request, "sessions/_run_progress.html", _progress(_run(request, run_id)))


@require_POST
def run_stop(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """End the search with the best plan so far."""
    row = _run(request, run_id)
    running.stop(row)
    return redirect("sessions:run", row.public_id)


@require_POST
def run_book(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Book everything that was shown; what does not hold any more is planned again and shown again."""
    row, now = _run(request, run_id), timezone.now()
    try:
        visits = running.book_run(row, by=request.user, at=now)
    except Refused as refused:
        return render(request, "sessions/run.html", _progress(row) | {"findings": refused.findings}, status=409)
    except running.Overtaken as overtaken:
        said = " ".join(dict.fromkeys(finding.sentence for finding in overtaken.findings[:3]))
        messages.warning(request, f"{said} Nothing is booked; the courses are being planned again.")
        return _again(request, row)
    courses = "course" if row.planned == 1 else "courses"
    messages.success(request, f"{len(visits)} visits of {row.planned} {courses} are booked, with therapists and rooms.")
    return redirect("sessions:run", row.public_id)


@require_POST
def run_discard(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Throw the run away. Nothing was booked, so nothing is undone."""
    row = _run(request, run_id)
    if not running.discard(row, by=request.user, at=timezone.now()):
        messages.warning(request, "It was over already, and nothing was changed now. This is where it stands.")
        return redirect("sessions:run", row.public_id)
    messages.success(request, "Thrown away. Nothing was booked.")
    return redirect("sessions:waiting")


@require_POST
def run_again(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Plan those of its courses that still wait once more."""
    return _again(request, _run(request, run_id))


def _again(request: HttpRequest, row: PlanningRun) -> HttpResponse:
    try:
        fresh = running.plan_again(row, by=request.user, at=timezone.now())
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("sessions:waiting")
    return redirect("sessions:run", fresh.public_id)


def _run(request: HttpRequest, run_id: UUID) -> PlanningRun:
    rows = PlanningRun.objects.visible_to(request.grant).select_related(
        "clinic", "asked_by", "ended_by", "change__undone_by"
    )
    return get_object_or_404(rows, public_id=run_id)


def _progress(row: PlanningRun) -> dict[str, Any]:
    now = timezone.now()
    lost = is_lost(State(row.state), now - (row.seen_at or row.asked_at))
    return {
        "run": row,
        "says": row.standing(now),
        "is_lost": lost,
        "is_followed": row.is_under_way and not lost,
        "asked_for": row.courses.count(),
    }


def _result(row: PlanningRun) -> dict[str, Any]:
    """Every course before and after, with what each costs, and the reasons of those that have no plan."""
    people, _ = names_in(row.clinic)
    zone = row.clinic.zone
    planned, refused, before = [], [], 0
    for found in row.courses.select_related("course__patient", "course__protocol"):
        course = found.course
        before += UNPLANNED * course.priority
        if found.plan is None:
            reasons = [Finding(**{**values, "outcome": Outcome(values["outcome"])}) for values in found.reasons]
            refused.append({"course": course, "findings": reasons})
            continue
        plan = running.plan_of(found.plan)
        dosing = {visit.code for visit in course.plan.visits if visit.kind == "dosing"}
        in_order = sorted(plan.appointments, key=lambda appointment: appointment.start)
        first = in_order[0].start.astimezone(zone)
        planned.append(
            {
                "course": course,
                "first": first,
                "waits": (first.date() - row.first_day).days,
                "dosing": [a.start.astimezone(zone) for a in in_order if a.code in dosing],
                "pair": [people.get(key, "") for key in plan.pair],
                "cost": plan.cost,
                "before": UNPLANNED * course.priority,
            }
        )
    planned.sort(key=lambda line: line["first"])
    return {"planned": planned, "refused": refused, "before": before, "unplanned": UNPLANNED, "weights": Weights()}
