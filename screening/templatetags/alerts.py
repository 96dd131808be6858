"""What the frame of every page shows of suicide risk: alerts that wait for this person, and the flag of this patient."""

from typing import Any

from django import template
from django.template import Context

from accounts.models import grant_for
from patients.models import Course, Patient
from screening.actions.risk import flags_among
from screening.models import AlertReader, RiskReading

register = template.Library()


@register.inclusion_tag("screening/_alerts.html", takes_context=True)
def alerts(context: Context) -> dict[str, Any]:
    """Alerts that the reader of this page has not answered. They name a chart, not a patient: others may look on."""
    request = context.get("request")
    if getattr(request, "grant", None) is None:
        return {"alerts": []}
    grant = grant_for(request.user, "screening:alert", request.grant.on)
    if grant.empty:
        return {"alerts": []}
    return {"alerts": list(AlertReader.objects.visible_to(grant).open_for(request.user))}


@register.inclusion_tag("screening/_flag.html", takes_context=True)
def risk_flag(context: Context) -> dict[str, Any]:
    """The flag of the patient whom this page is about, for those who may read the risk page."""
    request, subject = context.get("request"), _subject(context)
    if subject is None or getattr(request, "grant", None) is None:
        return {"flag": None}
    grant = grant_for(request.user, "screening:risk", request.grant.on)
    if grant.empty:
        return {"flag": None}
    rows = RiskReading.objects.visible_to(grant)
    rows = rows.filter(course=subject) if isinstance(subject, Course) else rows.filter(course__patient=subject)
    for course, flag in flags_among(rows):
        return {"flag": flag, "course": course, "here": request.resolver_match.view_name == "screening:risk"}
    return {"flag": None}


def _subject(context: Context) -> Course | Patient | None:
    for name in ("course", "patient"):
        if isinstance(context.get(name), Course | Patient):
            return context[name]
    return getattr(context.get("visit"), "course", None)
