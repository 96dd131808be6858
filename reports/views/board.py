"""The board of active courses: one row each, filtered, in an order, and as somebody saved it."""

import datetime as dt
from collections.abc import Iterable

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.rules.findings import Refused
from patients.models import Course
from reports.actions import board as views
from reports.actions.courses import Standing, pictures, standings, with_everything
from reports.models import BoardView
from reports.rules.board import BLOCKED, MINE, NEXT, ORDERS, SHOWS, STATES, WEEK, Look, look_in, look_of
from sessions.rules.picture import Form

NEVER = dt.datetime.max.replace(tzinfo=dt.UTC)
ASKED = {"show", "state", "with", "order"}
ALL = "show="
"""Every course, said so: an address that asks for nothing opens the view that somebody begins with."""


def board(request: HttpRequest) -> HttpResponse:
    """All active courses that fit, on one scale of weeks."""
    saved = list(BoardView.objects.visible_to(request.grant))
    first = next((view for view in saved if view.is_first), None)
    look = look_in(first.query) if first and not ASKED & request.GET.keys() else look_of(dict(request.GET.lists()))
    rows = with_everything(Course.objects.visible_to(request.grant).active())
    every = standings(rows.order_by("patient__family_name", "patient__given_name", "pk"), at=timezone.now())
    found = _fitting(every, look, str(request.user.public_id))
    page = Paginator(found, 30).get_page(request.GET.get("page"))
    drawn = pictures(list(page), Form.COMPACT, origin=_monday_before(request.grant.on))
    therapists = sorted({(str(user), str(user.public_id)) for row in every for user in row.pair})
    context = {
        "page": page,
        "lines": [(row, drawn.get(row.course.pk)) for row in page],
        "look": look,
        "here": look.query or ALL,
        "all": ALL,
        "toggles": [(look.toggled(key).query or ALL, title, key in look.show) for key, title in SHOWS.items()],
        "states": STATES.items(),
        "orders": ORDERS.items(),
        "therapists": [(key, name) for name, key in therapists],
        "saved": saved,
        "view": next((view for view in saved if view.query == look.query), None),
    }
    return render(request, "reports/board.html", context)


def _fitting(rows: Iterable[Standing], look: Look, me: str) -> list[Standing]:
    found = [
        row
        for row in rows
        if (MINE not in look.show or any(str(member.user.public_id) == me for member in row.course.members(row.on)))
        and (WEEK not in look.show or row.is_this_week)
        and (BLOCKED not in look.show or row.blockers)
        and (not look.state or row.course.state == look.state)
        and (not look.therapist or any(str(user.public_id) == look.therapist for user in row.pair))
    ]
    if look.order == NEXT:
        found.sort(key=lambda row: row.next_visit.starts_at if row.next_visit else NEVER)
    return found


@require_POST
def board_view(request: HttpRequest) -> HttpResponse:
    """Save what the board shows under a name, begin with one of the saved views, or forget one."""
    act = request.POST.get("act")
    if act == "save":
        look = look_in(request.POST.get("query", ""))
        name = request.POST.get("name", "").strip()
        try:
            views.save_view(request.user, name=name, look=look, is_first="first" in request.POST)
        except Refused as refused:
            messages.error(request, " ".join(finding.sentence for finding in refused.findings))
        else:
            messages.success(request, f"Saved as “{name}”.")
        return redirect(f"{reverse('reports:board')}?{look.query or ALL}")
    view = BoardView.objects.visible_to(request.grant).filter(pk=_number(request.POST.get("view", ""))).first()
    if act not in ("first", "not_first", "forget"):
        return redirect("reports:board")
    if view is None:
        raise Http404("no view of one's own")
    if act == "forget":
        views.forget_view(view)
        messages.success(request, f"“{view.name}” is forgotten.")
        return redirect(f"{reverse('reports:board')}?{ALL}")
    views.begin_with(request.user, view if act == "first" else None)
    begins = (
        f"The board opens with “{view.name}” from now on." if act == "first" else "The board opens with every course."
    )
    messages.success(request, begins)
    return redirect(f"{reverse('reports:board')}?{view.query or ALL}")


def _number(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else 0


def _monday_before(day: dt.date) -> dt.date:
    """Rows of the board begin two months back, so that a course in its middle is seen with its beginning."""
    return day - dt.timedelta(days=day.weekday(), weeks=8)
