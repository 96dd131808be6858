"""The log of screen failures: who was not treated, when and why, and how often each criterion was the reason."""

import datetime as dt

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_safe

from accounts.models import grant_for
from screening.actions.failures import NO_STOP, tally
from screening.actions.failures import failures as found_failures

A_PAGE = 30
HALF_A_YEAR = dt.timedelta(days=182)


@require_safe
def failures(request: HttpRequest) -> HttpResponse:
    """Names and reasons in words only for whoever may read the screening; everybody else sees stage, day and criteria."""
    last = _day(request, "until") or request.grant.on
    first = _day(request, "from") or last - HALF_A_YEAR
    everything = found_failures(request.grant, first=first, last=last)
    code = request.GET.get("reason", "")
    shown = [row for row in everything if not code or code in (row.why or {NO_STOP: ""})]
    context = {
        "page": Paginator(shown, A_PAGE).get_page(request.GET.get("page")),
        "counts": tally(everything),
        "people": len(everything),
        "first": first,
        "last": last,
        "reason": code,
        "named": bool(grant_for(request.user, "screening:course", request.grant.on).clinics & request.grant.clinics),
    }
    return render(request, "screening/failures.html", context)


def _day(request: HttpRequest, name: str) -> dt.date | None:
    try:
        return parse_date(request.GET.get(name, ""))
    except ValueError:  # the thirty-first of a month that has thirty
        return None
