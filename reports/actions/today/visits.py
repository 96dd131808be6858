"""Visits that somebody comes to, writes about, or has to have a dose ready for."""

from django.db.models import Exists, OuterRef
from django.urls import reverse

from reports.actions.today.lines import Line, Section, section, today_line, visit_line, when
from reports.actions.today.reader import Reader
from sessions.models import Signature, Visit

IN_PERSON = ("preparation", "dosing", "integration")


def my_visits(reader: Reader) -> Section:
    start, end = reader.between(0, 0)
    rows = (
        reader.visits("sessions:visit")
        .standing()
        .filter(allocations__therapist=reader.user, allocations__active=True, starts_at__lt=end, ends_at__gte=start)
        .distinct()
    )
    return section("Your visits today", "No visit today.", [today_line(row, reader) for row in rows])


def my_week(reader: Reader) -> Section:
    start, end = reader.between(1, 7)
    rows = (
        reader.visits("sessions:visit")
        .standing()
        .filter(allocations__therapist=reader.user, allocations__active=True, starts_at__gte=start, starts_at__lt=end)
        .distinct()
    )
    return section(
        "In the next seven days",
        "Nothing is booked for you in the next seven days.",
        [visit_line(row) for row in rows],
        reverse("sessions:calendar"),
        "Calendar",
    )


def clinic_today(reader: Reader) -> Section:
    start, end = reader.between(0, 0)
    rows = (
        reader.visits("sessions:visit").standing().filter(starts_at__lt=end, ends_at__gte=start).order_by("starts_at")
    )
    calendar = f"{reverse('sessions:calendar')}?view=day&day={reader.on.isoformat()}"
    lines = [today_line(row, reader, "sessions:visit") for row in rows]
    return section("In the clinic today", "Nobody is booked today.", lines, calendar, "The day in the calendar")


def unsigned_notes(reader: Reader) -> Section:
    signed = Signature.objects.filter(signer=reader.user, note__kind="record", note__session__visit=OuterRef("pk"))
    rows = (
        reader.visits("sessions:note")
        .standing()
        .filter(allocations__therapist=reader.user, allocations__active=True, ends_at__lt=reader.at, kind__in=IN_PERSON)
        .exclude(Exists(signed))
        .distinct()
        .order_by("-starts_at")
    )
    lines = [
        Line(str(row.course.patient), reverse("sessions:note", args=[row.public_id]), when(row), row.kind, row.title)
        for row in rows
    ]
    return section("Notes you have not signed", "Every note of yours is signed.", lines)


def dosing_today(reader: Reader) -> Section:
    start, end = reader.between(0, 1)
    rows = reader.visits("sessions:dosing").standing().filter(kind="dosing", starts_at__lt=end, ends_at__gte=start)
    lines = [visit_line(row) for row in rows]
    return section("Dosing today and tomorrow", "Nobody is dosed today or tomorrow.", lines)


def doses_needed(reader: Reader) -> Section:
    """For the safe: how much on which day. By chart number, because nothing else of the chart is needed for it."""
    start, end = reader.between(0, 6)
    rows = (
        reader.visits("sessions:calendar")
        .standing()
        .filter(kind="dosing", state=Visit.State.PLANNED, starts_at__gte=start, starts_at__lt=end)
        .prefetch_related("course__protocol")
    )
    lines = [
        Line(f"Chart {row.course.patient.chart_number}, {row.title}", "", when(row), row.kind, _milligrams(row))
        for row in rows
    ]
    return section("Doses needed this week", "No dosing day in the next seven days.", lines)


def _milligrams(row: Visit) -> str:
    plan = next((dose for dose in row.course.plan.doses if dose.dose_number == row.dose_number), None)
    if plan is None:
        return "No dose in the protocol"
    choices = " or ".join(f"{value:g}" for value in sorted(choice.value for choice in plan.initial_choices))
    return f"{choices} mg, with supplement at most {plan.session_maximum.value:g} mg ({row.course.plan.salt})"
