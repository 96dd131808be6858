"""Addresses of the calendar for telephones: the pages on which they are made and ended, and what they answer."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actions.guessing import guesses_too_much, note_miss
from accounts.models import Membership
from sessions.actions import feeds as actions
from sessions.models import Room
from sessions.rules.feed import PERSON_TITLE, ROOM_TITLE, calendar_of, fingerprint

either = require_http_methods(["GET", "HEAD", "POST"])


@transaction.non_atomic_requests  # else the answer that there is nothing would take back that a miss was counted
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """A calendar for whoever knows its token. Whatever the reason that there is none, the answer is the same."""
    now = timezone.now()
    found = None
    if not guesses_too_much(request, at=now):
        found = actions.feed_of(token, at=now)
        if found is None:
            note_miss(request, at=now)
    if found is None:
        raise Http404("no such address")
    entries = actions.entries_of(found, at=now)
    title = ROOM_TITLE if found.membership is None else PERSON_TITLE
    etag = f'W/"{fingerprint(entries, title)}"'  # weak: each answer carries its own time stamp
    answer = HttpResponse(calendar_of(entries, title=title, at=now), content_type="text/calendar; charset=utf-8")
    answer.headers["ETag"] = etag
    answer.headers["Content-Disposition"] = 'inline; filename="calendar.ics"'
    answer = get_conditional_response(request, etag=etag, response=answer) or answer
    # For this reader alone, who asks again each time; and nothing tells another site the address.
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


@either
def feeds(request: HttpRequest) -> HttpResponse:
    """One's own address in each clinic in which one can be booked."""
    mine = [
        member
        for member in request.user.current_memberships(request.grant.on)
        if member.clinic_id in request.grant.team_clinics
    ]
    return _page(request, "sessions/feeds.html", {str(member.public_id): member for member in mine})


@either
def room_feeds(request: HttpRequest) -> HttpResponse:
    """The address of each room, for a door sign or a shared calendar."""
    rooms = Room.objects.visible_to(request.grant).filter(active=True).select_related("clinic")
    return _page(request, "sessions/room_feeds.html", {str(room.public_id): room for room in rooms})


def _page(request: HttpRequest, template: str, of: dict[str, Membership] | dict[str, Room]) -> HttpResponse:
    made, status = {}, 200
    act = request.POST.get("act")
    if act in ("make", "end"):
        chosen = of.get(request.POST.get("of", ""))
        if chosen is None:
            raise Http404("nothing of one's own")
        now = timezone.now()
        if act == "end":
            for row in actions.live_of(chosen):
                actions.end(row, by=request.user, at=now)
            messages.success(request, "The address has ended. Whoever still asks for it finds nothing there.")
            return redirect(request.resolver_match.view_name)
        token = actions.issue(chosen, by=request.user, at=now)
        # Shown in this one answer and kept nowhere, hence no redirect.
        made = {"of": chosen, "address": request.build_absolute_uri(reverse("sessions:feed", args=[token]))}
    elif request.method == "POST":
        status = 422
    live = {row.room_id or row.membership_id: row for row in actions.live_of(*of.values()).select_related("made_by")}
    lines = [{"key": key, "of": one, "feed": live.get(one.pk)} for key, one in of.items()]
    return render(request, template, {"lines": lines, "made": made}, status=status)
