"""One visit: who, where, when, its state, and what became of it."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.actions.audit import record_opening
from sessions.actions.facts import is_rated_too_early
from sessions.actions.pictures import pictures_of
from sessions.actions.undoing import fresh_for
from sessions.models import Visit
from sessions.views.blocked import tell_blocked
from sessions.views.planning import visit_link


def _visits(request: HttpRequest) -> QuerySet[Visit]:
    return (
        Visit.objects.visible_to(request.grant)
        .select_related(
            "course__clinic", "course__patient", "course__protocol", "room", "covered_by", "night_attendant", "replaces"
        )
        .prefetch_related(
            "allocations__therapist",
            "replaced_by",
            "events__by",
            "events__undone_by",
            "events__rearrangement",
        )
    )


@require_GET
def visit(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    row = get_object_or_404(_visits(request), public_id=visit_id)
    record_opening(by=request.user, patient=row.course.patient, what=f"visit {row.code}", at=timezone.now())
    today = request.grant.on
    course = row.course
    now = timezone.now()
    tell_blocked([row], user=request.user, on=today)
    picture = pictures_of([course], today=today, link=visit_link)[course.pk]
    stop = next((stop for stop in picture.rows if stop.code == row.code), None)
    history = Visit.objects.visible_to(request.grant).filter(course=course, code=row.code).order_by("pk")
    context = {
        "visit": row,
        "course": course,
        "picture": picture,
        "window": stop.window if stop else "",
        "history": history if len(history) > 1 else [],
        "is_late": row.is_late(now),
        "repeatable": is_rated_too_early(row),
        "has_begun": row.is_standing and row.starts_at < now,
        "fresh": fresh_for(request.user, course.clinic, on=today, at=now, course=course),
    }
    return render(request, "sessions/visit.html", context)
