"""Charts that were opened when or as often as somebody should be asked about it."""

import datetime as dt

from django.urls import reverse

from accounts.models import Clinic, Opening, grant_for
from patients.models import Patient
from reports.actions.today.lines import Line, Section, section
from reports.actions.today.reader import Reader
from reports.rules.unusual import Opened, oddities

WEEK = dt.timedelta(days=7)


def odd_openings(reader: Reader) -> Section:
    grant = grant_for(reader.user, "patients:changes", reader.on)
    openings = Opening.objects.visible_to(grant).filter(at__gte=reader.at - WEEK).select_related("by", "clinic")
    by_clinic: dict[Clinic, list[Opened]] = {}
    for row in openings:
        by_clinic.setdefault(row.clinic, []).append(
            Opened(str(row.by), row.patient_id, row.at.astimezone(row.clinic.zone))
        )
    charts = {row.pk: row for row in Patient.objects.visible_to(grant)} if by_clinic else {}
    lines = []
    for clinic, rows in by_clinic.items():
        for odd in oddities(rows, clinic.opens_at, clinic.closes_at):
            links = tuple(
                (charts[key].chart_number, reverse("patients:changes", args=[charts[key].public_id]))
                for key in dict.fromkeys(odd.charts)
                if key in charts
            )
            day = f"{odd.day:%a} {odd.day.day} {odd.day:%b}"
            lines.append(Line(f"{odd.who} opened {odd.sentence}", when=day, links=links))
    return section(
        "Openings to ask about",
        "In the last seven days no chart was opened outside opening hours, and nobody opened unusually many.",
        lines,
    )
