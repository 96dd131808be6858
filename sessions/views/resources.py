"""What the clinic has to plan with: who works when, who is on duty, and which booked visits no longer hold."""

import datetime as dt
from itertools import groupby
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import Clinic, Membership
from sessions.actions import left_outside as found_outside
from sessions.actions import office
from sessions.actions.duty import duty_in
from sessions.forms.calendar import DAYS
from sessions.forms.resources import WeekForm

BOOKABLE = ["therapist", "physician", "rater", "night_attendant"]
WEEKS = 4
either = require_http_methods(["GET", "HEAD", "POST"])


@require_GET
def working_hours(request: HttpRequest) -> HttpResponse:
    """Everybody who can be booked, with their week."""
    rows = _members(request).filter(clinic=request.clinic)
    lines = [(row, WeekForm(WeekForm.values_of(row), membership=row)) for row in rows]
    table = [
        {
            "member": row,
            "days": [form[f"day_{n}"].value() for n in range(len(DAYS))],
            "nights": _nights(row.nights) if form.stays_nights else None,
        }
        for row, form in lines
    ]
    return render(request, "sessions/working_hours.html", {"table": table, "days": DAYS})


@either
def working_week(request: HttpRequest, membership_id: UUID) -> HttpResponse:
    """One person's week in a form; saving it says which booked visits it leaves outside."""
    member = get_object_or_404(_members(request), public_id=membership_id)
    if "alike" in request.POST:
        alike = request.POST.copy()
        for number in range(1, 5):
            alike[f"day_{number}"] = alike.get("day_0", "")
        return _week_page(request, member, WeekForm(alike, membership=member))
    form = WeekForm(request.POST or WeekForm.values_of(member), membership=member)
    if request.method != "POST" or not form.is_valid():
        return _week_page(request, member, form, status=422 if request.method == "POST" else 200)
    values = form.cleaned_data
    now = timezone.now()
    office.set_week(
        member,
        hours=form.hours,
        weekly_hours=values["weekly_hours"],
        nights=values.get("nights", member.nights),
        traits=values["traits"],
        version=values["version"],
        by=request.user,
        at=now,
    )
    messages.success(request, f"The week of {member.user} is saved.")
    left = found_outside.left_outside(member.clinic, at=now, grant=request.grant, person=member.user)
    if not left:
        return redirect("sessions:working_hours")
    messages.warning(request, f"{_visits(len(left))} no longer hold. Nothing was moved: put them right from this list.")
    return redirect(f"{reverse('sessions:left_outside')}?person={member.public_id}")


def _week_page(request: HttpRequest, member: Membership, form: WeekForm, status: int = 200) -> HttpResponse:
    context = {"member": member, "form": form, "is_typed": form.is_bound and request.method == "POST"}
    return render(request, "sessions/working_week.html", context, status=status)


@require_GET
def duty(request: HttpRequest) -> HttpResponse:
    """Who is on duty for dosing days and for the nights after them, a day a line, four weeks from today."""
    clinic = get_object_or_404(Clinic.objects.visible_to(request.grant), pk=request.clinic.pk)
    today = request.grant.on
    first = today - dt.timedelta(days=today.weekday())
    days = duty_in(clinic, [first + dt.timedelta(days=n) for n in range(7 * WEEKS)], at=timezone.now())
    return render(request, "sessions/duty.html", {"days": [day for day in days if day.on >= today]})


@require_GET
def left_outside(request: HttpRequest) -> HttpResponse:
    """Booked visits that stand outside of what people, rooms and the clinic can do by now, by course."""
    person = None
    if "person" in request.GET:
        person = get_object_or_404(_members(request), public_id=_key(request.GET["person"]))
    here = request.clinic if person is None else person.clinic  # a week may have been saved in the other of two clinics
    clinic = get_object_or_404(Clinic.objects.visible_to(request.grant), pk=here.pk)
    found = found_outside.left_outside(
        clinic, at=timezone.now(), grant=request.grant, person=None if person is None else person.user
    )
    found.sort(key=lambda one: (str(one.visit.course.patient), one.visit.course_id, one.visit.starts_at))
    parts = [(course, list(rows)) for course, rows in groupby(found, key=lambda one: one.visit.course)]
    context: dict[str, Any] = {"parts": parts, "count": len(found), "person": person}
    return render(request, "sessions/left_outside.html", context)


def _members(request: HttpRequest) -> Any:
    rows = Membership.objects.visible_to(request.grant).filter(roles__overlap=BOOKABLE, user__is_active=True)
    rows = rows.filter(ends_on=None) | rows.filter(ends_on__gte=request.grant.on)
    return rows.select_related("user", "clinic").prefetch_related("working_times").order_by("user__name", "pk")


def _key(typed: str) -> UUID | None:
    try:
        return UUID(typed)
    except ValueError:
        return None


def _nights(weekdays: list[int]) -> str:
    if len(weekdays) == len(DAYS):
        return "every night"
    return f"nights after {', '.join(DAYS[n] for n in weekdays)}" if weekdays else ""


def _visits(count: int) -> str:
    return "1 booked visit" if count == 1 else f"{count} booked visits"
