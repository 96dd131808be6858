"""Today, and the page of one course."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from accounts.actions.audit import record_opening
from integration.actions.outcomes import latest_of
from patients.models import Course
from reports.actions.courses import Standing, pictures, standings, with_everything
from reports.actions.today.sections import sections_for
from screening.actions.facts import medicine_of, with_plans
from screening.rules.interactions import restarts
from sessions.actions.undoing import fresh_for
from sessions.rules.hours import THERAPY
from sessions.rules.picture import Form


def today(request: HttpRequest) -> HttpResponse:
    """What is next for this person, in the roles they hold."""
    sections = sections_for(request.user, on=request.grant.on, at=timezone.now())
    context = {
        "sections": [section for section in sections if section.lines],
        "quiet": [section.empty for section in sections if not section.lines],
        "on": request.grant.on,
    }
    return render(request, "reports/today.html", context)


def course(request: HttpRequest, public_id: str) -> HttpResponse:
    """One course: where it stands, what is in the way, what comes next."""
    row = get_object_or_404(with_everything(Course.objects.visible_to(request.grant)), public_id=public_id)
    record_opening(by=request.user, patient=row.patient, what="course", at=timezone.now())
    (standing,) = standings([row], at=timezone.now())
    medicines = list(with_plans(row.patient.medicines.all()))
    context = {
        "course": row,
        "standing": standing,
        "picture": pictures([standing], Form.LARGE).get(row.pk),
        "coming": standing.coming[:6],
        "team": row.members(request.grant.on),
        "medicines": medicines,
        "restarts": restarts(map(medicine_of, medicines), dosed_on=row.dosed_on, as_of=request.grant.on),
        "measures": latest_of(row, by=request.user, on=request.grant.on),
        "fresh": fresh_for(request.user, row.clinic, on=request.grant.on, at=timezone.now(), course=row),
        **hours(standing),
    }
    return render(request, "reports/course.html", context)


def hours(standing: Standing) -> dict[str, Any]:
    """Planned therapist hours of the course, of the phases that the band counts."""
    visits = [visit for visit in (*standing.coming, *standing.held) if visit.kind in THERAPY]
    minutes = sum(visit.minutes * len(visit.therapist_names) for visit in visits)
    return {"hours_planned": round(minutes / 60), "band": standing.course.plan.hours}
