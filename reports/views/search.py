"""One box for patients, courses and visits, each within what this person reaches."""

import datetime as dt

from django.db.models import F, QuerySet, Value
from django.db.models.functions import Abs, Extract
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from patients.models import Course, Patient
from reports.rules.searching import day_in
from sessions.models import Visit

SHOWN = 25
VISITS = 8


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Every word has to be there. A day ("24 Nov", "tomorrow") finds the visits of that day."""
    words = request.GET.get("q", "").strip()[:80]
    day, rest = day_in(words, request.grant.on)
    patients, courses, visits = [], [], []
    if words:
        visits = list(_visits(request, rest, day)[: VISITS + 1 if day is None else SHOWN + 1])
    if words and day is None:
        patients = list(Patient.objects.visible_to(request.grant).matching(words)[: SHOWN + 1])
        courses = list(Course.objects.visible_to(request.grant).matching(words).for_lists()[: SHOWN + 1])
    limit = VISITS if day is None else SHOWN
    context = {
        "words": words,
        "day": day,
        "patients": patients[:SHOWN],
        "courses": courses[:SHOWN],
        "visits": visits[:limit],
        "more_visits": len(visits) > limit,
        "more": len(patients) > SHOWN or len(courses) > SHOWN,
    }
    return render(request, "reports/search.html", context)


def _visits(request: HttpRequest, words: str, day: dt.date | None) -> QuerySet[Visit]:
    """Those of the day in its order; without a day, those nearest to now first."""
    rows = Visit.objects.visible_to(request.grant).matching(words).select_related("course__patient", "room")
    if day is None:
        away = Abs(Extract(F("starts_at") - Value(timezone.now()), "epoch"))
        return rows.order_by(away, "pk")
    begins = dt.datetime.combine(day, dt.time(), timezone.get_current_timezone())
    ends = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), timezone.get_current_timezone())
    return rows.filter(starts_at__gte=begins, starts_at__lt=ends)
