"""Times when people are taken outside of the clinic: read from a file of their calendar, shown, and only then taken over."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.models import Membership, grant_for
from accounts.rules.findings import Refused
from sessions.actions import outside as actions
from sessions.forms.outside import OutsideForm
from sessions.models import Visit
from sessions.models.elsewhere import READERS
from sessions.rules.intervals import Interval

SHOWN = 10
HOUR = 3600


@require_http_methods(["GET", "HEAD", "POST"])
def outside(request: HttpRequest) -> HttpResponse:
    """One's own times elsewhere; for a coordinator those of everybody who can be booked."""
    members = _members(request)
    asked = request.GET.get("who")
    if asked and asked not in members:
        raise Http404("nobody of one's own clinic")
    own = (key for key, member in members.items() if member.user_id == request.user.pk)
    key = asked or next(own, None) or next(iter(members), None)
    member = members.get(key) if key else None
    act = request.POST.get("act") if member else None
    form = OutsideForm(request.POST if act == "read" else None, request.FILES if act == "read" else None)
    context: dict[str, Any] = {"members": members.items(), "chosen": key, "member": member, "form": form}
    now = timezone.now()
    if member and act in ("take", "forget"):
        times = _signed(request, member) if act == "take" else []
        clashes = actions.take_over(member, times, by=request.user, at=now)
        messages.success(request, _said(member, times, len(clashes)))
        return redirect(f"{reverse('sessions:outside')}?who={key}")
    if member and act == "read" and form.is_valid():
        try:
            times = actions.read_calendar(form.cleaned_data["file"].read(), of=member, at=now)
        except Refused as refused:
            form.add_error("file", " ".join(finding.sentence for finding in refused.findings))
        else:
            context |= {"read": _shown(request, member, times, now), "signed": _sign(member, times)}
    if member:
        context["now"] = _shown(request, member, actions.times_of(member, at=now), now)
    return render(
        request,
        "sessions/outside.html",
        context,
        status=422 if request.method == "POST" and "read" not in context else 200,
    )


def _members(request: HttpRequest) -> dict[str, Membership]:
    """Whose times this person may see and change, by key: everybody's who can be booked, or their own places."""
    roles = [role.value for role in READERS]
    theirs = Membership.objects.visible_to(request.grant).filter(roles__overlap=roles, user__is_active=True)
    rows = [
        row for row in theirs.select_related("user", "clinic").order_by("user__name") if row.in_force(request.grant.on)
    ]
    mine = request.user.current_memberships(request.grant.on)
    rows += [row for row in mine if row.clinic_id in request.grant.team_clinics and row.held & READERS]
    return {str(row.public_id): row for row in rows}


def _shown(request: HttpRequest, member: Membership, times: list[Interval], now: dt.datetime) -> dict[str, Any]:
    """The times, and the visits at them. Which visit it is stays hidden from whoever may not open it, as from a rater."""
    zone = member.clinic.zone
    clashes = actions.clashing(member, times, at=now)
    grant = grant_for(request.user, "sessions:visit", request.grant.on)
    open_to = Visit.objects.visible_to(grant).filter(pk__in=[visit.pk for visit in clashes])
    readable = frozenset(open_to.values_list("pk", flat=True))
    rows = [(one.start.astimezone(zone), one.end.astimezone(zone), _last_day(one, zone)) for one in times]
    return {
        "count": len(rows),
        "last": rows[-1][1] if rows else None,
        "rows": rows[:SHOWN],
        "more": rows[SHOWN:],
        "clashes": [(visit, visit.pk in readable) for visit in clashes],
    }


def _last_day(one: Interval, zone: ZoneInfo) -> dt.date | None:
    """The last of whole days; None when it is not whole days."""
    start, end = one.start.astimezone(zone), one.end.astimezone(zone)
    return end.date() - dt.timedelta(days=1) if start.time() == end.time() == dt.time(0) else None


def _sign(member: Membership, times: list[Interval]) -> str:
    """What was shown, sealed, so that exactly this is taken over; it is kept nowhere until then."""
    seconds = [(int(one.start.timestamp()), int(one.end.timestamp())) for one in times]
    return signing.dumps([str(member.public_id), seconds], salt="sessions.outside", compress=True)


def _signed(request: HttpRequest, member: Membership) -> list[Interval]:
    try:
        whose, seconds = signing.loads(request.POST.get("times", ""), salt="sessions.outside", max_age=HOUR)
    except signing.BadSignature as problem:
        raise Http404("nothing that was shown here within the hour") from problem
    if whose != str(member.public_id):
        raise Http404("times of somebody else")
    return [Interval(*(dt.datetime.fromtimestamp(moment, dt.UTC) for moment in pair)) for pair in seconds]


def _said(member: Membership, times: list[Interval], clashes: int) -> str:
    if not times:
        return f"{member.user} is no longer taken elsewhere."
    count = f"{len(times)} time{'s' if len(times) > 1 else ''} when {member.user} is taken elsewhere"
    tail = f" {clashes} booked visit{'s' if clashes > 1 else ''} fall into them: see below." if clashes else ""
    return f"Taken over: {count}. The planner keeps them free from now on.{tail}"
