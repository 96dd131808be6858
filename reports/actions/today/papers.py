"""Approvals, licences and training that run out, and what is reported to a regulator."""

from django.urls import reverse

from accounts.models import Clinic, Credential, grant_for
from accounts.rules.credentials import SOON, Standing, standing, words
from patients.models import Course, CourseApproval
from reports.actions.half_years import numbers_of
from reports.actions.today.lines import Line, Section, section
from reports.actions.today.reader import Reader
from reports.rules.half_year import SOURCE, latest


def lapsing_approvals(reader: Reader) -> Section:
    rows = (
        CourseApproval.objects.visible_to(grant_for(reader.user, "patients:approvals", reader.on))
        .filter(course__state__in=Course.ACTIVE, expires_on__lte=reader.on + SOON)
        .select_related("course__patient")
        .order_by("expires_on")
    )
    lines = [
        Line(
            f"{row.course.patient}: {row.get_kind_display()}",
            reverse("patients:approvals", args=[row.course.public_id]),
            detail=words(row.expires_on, reader.on),
            tone="stop" if standing(row.expires_on, reader.on) is Standing.LAPSED else "attention",
        )
        for row in rows
    ]
    return section("Approvals that expire within 60 days", "Every approval is in force for longer than 60 days.", lines)


def lapsing_papers(reader: Reader) -> Section:
    rows = (
        Credential.objects.visible_to(grant_for(reader.user, "accounts:person", reader.on))
        .filter(expires_on__lte=reader.on + SOON)
        .select_related("membership__user")
        .order_by("expires_on")
    )
    lines = [
        Line(
            f"{row.membership.user}: {row.title}",
            reverse("accounts:person", args=[row.membership.public_id]),
            detail=words(row.expires_on, reader.on),
            tone="stop" if standing(row.expires_on, reader.on) is Standing.LAPSED else "attention",
        )
        for row in rows
    ]
    return section("Papers to renew", "Every licence and training is in force for longer than 60 days.", lines)


def six_monthly(reader: Reader) -> Section | None:
    """What authorised prescribers report each half-year, nought too. Nothing in a clinic outside Australia."""
    grant, half = grant_for(reader.user, "patients:approvals", reader.on), latest(reader.on)
    lines = []
    for clinic in Clinic.objects.filter(pk__in=grant.clinics, region__istartswith="AU"):
        new, treated = numbers_of(clinic, half)
        detail = f"{new} new patient{'' if new == 1 else 's'}, {treated} treated in all. {SOURCE.document}."
        due = "due" if reader.on <= half.due else "was due"
        tone = "attention" if reader.on <= half.due else ""
        lines.append(Line(f"{clinic}, {half.said}", when=f"{due} {half.due:%-d %b %Y}", detail=detail, tone=tone))
    return section("Six-monthly report of authorised prescribers", "", lines) if lines else None
