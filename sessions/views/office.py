"""Rooms, leave and closures: what the office keeps for the planner."""

import datetime as dt
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.models import Clinic, Membership
from accounts.rules.findings import Refused
from sessions.actions import office
from sessions.actions.left_outside import left_outside
from sessions.actions.roster import closed_days
from sessions.actions.undoing import fresh_for
from sessions.forms.calendar import ClosureForm, LeaveForm, RoomForm
from sessions.models import Closure, Leave, Room, RoomClosure

either = require_http_methods(["GET", "HEAD", "POST"])


@either
def rooms(request: HttpRequest) -> HttpResponse:
    """The clinic's rooms; one of them, or a new one, in a form."""
    rows = list(Room.objects.visible_to(request.grant).order_by("-active", "kind", "name"))
    wanted = request.POST.get("room") or request.GET.get("room")
    room = _chosen(request, wanted)
    form = RoomForm(request.POST or None, instance=room)
    findings, status = (), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                _save_room(request, room, form)
            except Refused as refused:
                findings, status = refused.findings, 409
            else:
                messages.success(request, f"{form.cleaned_data['name']} is saved.")
                return redirect(_where_to(request, "sessions:rooms", room=room) if room else "sessions:rooms")
    context = {"rooms": rows, "room": room, "form": form, "findings": findings}
    return render(request, "sessions/rooms.html", context, status=status)


def _chosen(request: HttpRequest, public_id: str | None) -> Room | None:
    if not public_id:
        return None
    if (key := _key(public_id)) is None:
        return None
    return get_object_or_404(Room.objects.visible_to(request.grant), public_id=key)


def _key(typed: str | None) -> UUID | None:
    try:
        return UUID(typed or "")
    except ValueError:
        return None


def _number(typed: str | None) -> int:
    """What a form sends as a number; zero, which no row and no version has, for anything else."""
    return int(typed) if typed and typed.isascii() and typed.isdecimal() and len(typed) < 10 else 0


def _clinic(request: HttpRequest) -> Clinic:
    """The clinic of the screen, if this person keeps its rooms and days; somebody may hold another role in each."""
    return get_object_or_404(Clinic.objects.visible_to(request.grant), pk=request.clinic.pk)


def _where_to(request: HttpRequest, name: str, room: Room | None = None) -> str:
    """The page `name`; where a change leaves booked visits outside, the list of those instead, with a word about it."""
    left = left_outside(_clinic(request), at=timezone.now(), grant=request.grant, room=room)
    if not left:
        return name
    visits = "1 booked visit no longer holds" if len(left) == 1 else f"{len(left)} booked visits no longer hold"
    messages.warning(request, f"{visits}. Nothing was moved: put them right from this list.")
    return "sessions:left_outside"


def _save_room(request: HttpRequest, room: Room | None, form: RoomForm) -> None:
    values = {name: form.cleaned_data[name] for name in RoomForm.Meta.fields}
    if room is None:
        office.add_room(_clinic(request), by=request.user, at=timezone.now(), **values)
        return
    version = _number(request.POST.get("version"))
    fresh = get_object_or_404(Room.objects.visible_to(request.grant), pk=room.pk)
    office.change_room(fresh, version=version, by=request.user, at=timezone.now(), **values)


@either
def leave(request: HttpRequest) -> HttpResponse:
    """Who is away, when the clinic is closed, and which visits that touches."""
    members = (
        Membership.objects.visible_to(request.grant)
        .filter(user__is_active=True)
        .select_related("user")
        .order_by("user__name")
    )
    what = request.POST.get("what", "")
    form = LeaveForm(request.POST if what == "leave" else None, members=members)
    closure_form = ClosureForm(request.POST if what == "closure" else None)
    findings, status = (), 200
    if request.method == "POST":
        try:
            said = _change(request, what, form, closure_form)
        except Refused as refused:
            findings, status = refused.findings, 409
        else:
            if said:
                messages.success(request, said)
                return redirect(_where_to(request, "sessions:leave") if what == "closure" else "sessions:leave")
            status = 422
    away = list(
        Leave.objects.visible_to(request.grant)
        .filter(ends_on__gte=request.grant.on)
        .select_related("membership__user", "membership__clinic")
    )
    for row in away:
        row.touched = office.visits_during(row)
    context = {
        "form": form,
        "closure_form": closure_form,
        "away": away,
        "holidays": _holidays(request),
        "closures": Closure.objects.visible_to(request.grant).filter(day__gte=request.grant.on),
        "room_closures": RoomClosure.objects.visible_to(request.grant)
        .filter(ends_on__gte=request.grant.on)
        .select_related("room"),
        "fresh": fresh_for(request.user, request.clinic, on=request.grant.on, at=timezone.now()),
        "findings": findings,
    }
    return render(request, "sessions/leave.html", context, status=status)


def _holidays(request: HttpRequest) -> list[tuple[dt.date, str]]:
    """The public holidays of the clinic's region in the year ahead that are not among its own closures."""
    if request.clinic is None:
        return []
    days = [request.grant.on + dt.timedelta(days=n) for n in range(366)]
    own = set(
        Closure.objects.visible_to(request.grant)
        .filter(clinic=request.clinic, day__gte=days[0])
        .values_list("day", flat=True)
    )
    return [(day, name) for day, name in closed_days(request.clinic, days).items() if day not in own]


def _change(request: HttpRequest, what: str, form: LeaveForm, closure_form: ClosureForm) -> str:
    """Do what was asked; the sentence to say afterwards, or nothing when a form has errors."""
    now = timezone.now()
    if what == "leave" and form.is_valid():
        values = dict(form.cleaned_data)
        row, touched = office.record_leave(values.pop("membership"), by=request.user, at=now, **values)
        tail = f" {len(touched)} planned visits fall into it: move them from the list." if touched else ""
        return f"{row.membership.user} is away from {row.starts_on:%-d %b} to {row.ends_on:%-d %b %Y}.{tail}"
    if what == "closure" and closure_form.is_valid():
        closure = office.close_clinic(_clinic(request), by=request.user, at=now, **closure_form.cleaned_data)
        return f"The clinic is closed on {closure.day:%-d %B %Y}."
    if what == "end_leave":
        row = get_object_or_404(Leave.objects.visible_to(request.grant), public_id=_key(request.POST.get("row")))
        office.end_leave(row, by=request.user, at=now)
        return "The leave is taken back."
    if what == "end_room_closure":
        closed = get_object_or_404(
            RoomClosure.objects.visible_to(request.grant), public_id=_key(request.POST.get("row"))
        )
        office.end_room_closure(closed, by=request.user, at=now)
        return "The room is in use again."
    if what == "reopen":
        closure = get_object_or_404(Closure.objects.visible_to(request.grant), pk=_number(request.POST.get("row")))
        office.reopen(closure, by=request.user, at=now)
        return "The clinic is open on that day again."
    return ""
