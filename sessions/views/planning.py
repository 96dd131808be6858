"""Planning a course and booking it."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.actions.audit import record_opening
from accounts.rules.findings import Refused
from patients.models import Course
from sessions.actions import booking
from sessions.actions.pictures import pictures_of, stops_of_plan
from sessions.actions.planning import propose, propose_among, washout_of
from sessions.actions.roster import names_in, therapists_in
from sessions.actions.undoing import fresh_changes
from sessions.forms.calendar import PlanForm
from sessions.models import Visit
from sessions.rules.choices import Alternative
from sessions.rules.picture import Picture
from sessions.rules.planning import Plan, Proposal, Wish
from sessions.rules.ribbon import draw


@require_GET
def plan(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """What the planner proposes for this course. Reading is free of consequences; booking is a button."""
    course = _course(request, course_id)
    record_opening(by=request.user, patient=course.patient, what="plan", at=timezone.now())
    pair = course.pair(request.grant.on)
    defaults = PlanForm.defaults(course, pair, request.grant.on)
    data = request.GET if "first_week" in request.GET else defaults
    form = PlanForm(data, course=course, pair=pair, therapists=therapists_in(course.clinic, request.grant.on))
    is_asked = "first_week" in request.GET
    missing = _missing(course)
    proposal, among = None, []
    if form.is_valid() and course.is_active and (is_asked or (missing and len(pair) == 2)):
        proposal, among = propose_among(course, wish=form.wish(), as_of=timezone.now())
    return _plan_page(request, course, form, proposal, missing, among=among)


@require_POST
def book(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """Book what was shown, and only that: a plan that would be another one now is shown again first."""
    course = _course(request, course_id)
    pair = course.pair(request.grant.on)
    form = PlanForm(request.POST, course=course, pair=pair, therapists=therapists_in(course.clinic, request.grant.on))
    if not form.is_valid():
        return _plan_page(request, course, form, None, _missing(course), status=422)
    now = timezone.now()
    proposal = propose(course, wish=form.wish(), as_of=now)
    if proposal.plan is None:
        return _plan_page(request, course, form, proposal, _missing(course), status=409)
    if proposal.plan.fingerprint != request.POST.get("shown"):
        messages.warning(
            request, "The calendar has changed meanwhile. This is the plan as it would be now; nothing is booked yet."
        )
        return _plan_page(request, course, form, proposal, _missing(course), status=409)
    try:
        visits = booking.book(course, plan=proposal.plan, wish=form.wish(), by=request.user, at=now)
    except Refused as refused:
        gone = Proposal(None, (), refused.findings)
        return _plan_page(request, course, form, gone, _missing(course), status=409)
    messages.success(request, f"{len(visits)} visits are booked, with therapists and rooms.")
    return redirect("reports:course", course.public_id)


def _course(request: HttpRequest, course_id: UUID) -> Course:
    courses = Course.objects.visible_to(request.grant).select_related("clinic", "patient", "protocol")
    return get_object_or_404(courses.prefetch_related("team__user"), public_id=course_id)


def _missing(course: Course) -> list[str]:
    """Codes of the protocol's visits that have no place in the calendar."""
    standing = set(course.visits.standing().values_list("code", flat=True))
    return [visit.code for visit in course.plan.visits if visit.code not in standing]


def _plan_page(
    request: HttpRequest,
    course: Course,
    form: PlanForm,
    proposal: Proposal | None,
    missing: list[str],
    status: int = 200,
    among: Sequence[Alternative] = (),
) -> HttpResponse:
    context: dict[str, Any] = {"course": course, "form": form, "proposal": proposal, "missing": missing, "tab": "plan"}
    planned = len(course.plan.visits) - len(missing)
    context["is_booked"], context["booked"] = planned > 0, planned
    context["fresh"] = fresh_changes(course.clinic, at=timezone.now(), course=course)
    if planned:
        today = request.grant.on
        context["picture"] = pictures_of([course], today=today, link=visit_link)[course.pk]
    if proposal and proposal.plan:
        context |= _proposed(course, proposal.plan, form.wish(), request)
        context["others"] = [(other, _asking_for(form, other)) for other in among[1:]]
    return render(request, "sessions/plan.html", context, status=status)


def _asking_for(form: PlanForm, other: Alternative) -> str:
    """The query under which this page proposes another of the plans: its pair, in its week."""
    asked = {field.html_name: field.value() or "" for field in form}
    asked |= {"first_week": other.starts.isoformat(), "within": "1", "pair": "-".join(other.plan.pair)}
    return urlencode(asked)


def _proposed(course: Course, plan: Plan, wish: Wish, request: HttpRequest) -> dict[str, Any]:
    standing = {row.code: row for row in course.visits.standing()}
    rows = rows_of(course, plan)
    for row in rows:
        now = standing.get(row["code"])
        row["is_booked"] = now is not None and now.starts_at == row["start"]
    dosing = [row for row in rows if row["kind"] == "dosing"]
    treatment = [row for row in rows if row["kind"] in ("preparation", "dosing", "integration")]
    clear, _ = washout_of(course, request.grant.on)
    return {
        "plan": plan,
        "rows": rows,
        "new": sum(not row["is_booked"] for row in rows),
        "first": treatment[0]["local"],
        "last": treatment[-1]["local"],
        "dosing": [row["local"] for row in dosing],
        "weeks": -(-(treatment[-1]["start"] - treatment[0]["start"]).days // 7),
        "pair": names_of(course, plan.pair),
        "proposed": ribbon_of_plan(course, plan, request.grant.on, "Proposed course", clear=clear),
    }


def ribbon_of_plan(
    course: Course,
    plan: Plan,
    today: dt.date,
    title: str,
    before: Plan | None = None,
    held: tuple[str, ...] = (),
    clear: dt.date | None = None,
) -> Picture:
    stops = stops_of_plan(course, plan, before=before, held=held)
    washout = (course.opened_on, clear) if clear else None
    return draw(stops, title=f"{title}, {course.patient}", today=today, washout=washout)


def rows_of(course: Course, plan: Plan) -> list[dict[str, Any]]:
    """Every visit of a plan in the order of time, with names instead of keys."""
    zone = course.clinic.zone
    people, rooms = names_in(course.clinic)
    visits = {visit.code: visit for visit in course.plan.visits}
    rows = []
    for appointment in sorted(plan.appointments, key=lambda a: (a.start, a.code)):
        visit = visits[appointment.code]
        rows.append(
            {
                "code": visit.code,
                "kind": visit.kind.value,
                "title": visit.title,
                "start": appointment.start,
                "local": appointment.start.astimezone(zone),
                "minutes": visit.minutes.whole,
                "people": [people.get(key, "") for _, key in appointment.people],
                "room": rooms.get(appointment.room or "", ""),
                "cover": people.get(appointment.cover or "", ""),
                "night": people.get(appointment.night or "", ""),
            }
        )
    return rows


def names_of(course: Course, pair: tuple[str, str]) -> str:
    people, _ = names_in(course.clinic)
    return " and ".join(people[key] for key in pair)


def visit_link(visit: Visit) -> str:
    return reverse("sessions:visit", args=[visit.public_id])
