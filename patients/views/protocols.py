from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from patients.models import ProtocolVersion
from patients.rules.picture import therapy_minutes, weeks
from patients.rules.protocol import VisitKind

PARTS = [("", "Overview"), ("visits", "Visits"), ("day", "Dosing day"), ("criteria", "Criteria and washout")]
DOMAINS = {"general": "General", "psychiatric": "Psychiatric", "medical": "Medical"}


@require_safe
def protocols(request: HttpRequest) -> HttpResponse:
    versions = list(ProtocolVersion.objects.order_by("code", "-version"))
    groups = [list(rows) for _, rows in groupby(versions, key=lambda version: version.code)]
    context = {"groups": [(rows[0], rows[1:], weeks(rows[0].protocol)) for rows in groups]}
    return render(request, "patients/protocols.html", context)


@require_safe
def protocol(request: HttpRequest, code: str, number: int) -> HttpResponse:
    version = get_object_or_404(ProtocolVersion, code=code, version=number)
    plan = version.protocol
    minutes = therapy_minutes(plan)
    part = request.GET.get("part", "")
    context = {
        "parts": PARTS,
        "part": part if part in dict(PARTS) else "",
        "version": version,
        "protocol": plan,
        "weeks": weeks(plan),
        "minutes": [(kind, *totals) for kind, totals in minutes.items()],
        "with_patient": sum(patient for patient, _ in minutes.values()),
        "of_therapists": sum(therapists for _, therapists in minutes.values()),
        "dosing_days": [visit for visit in plan.visits if visit.kind is VisitKind.DOSING],
        "criteria": [(title, [c for c in plan.criteria if c.domain == domain]) for domain, title in DOMAINS.items()],
        "newest": ProtocolVersion.objects.newest().filter(code=code).first(),
    }
    return render(request, "patients/protocol.html", context)
