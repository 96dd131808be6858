"""What a whole course was, as its summary shows it."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from patients.models import Course, TeamMember
from reports.actions.session_facts import doses_of, effects_of, signatures_of, stretches
from reports.rules.papers import HoursLine, Paper, Person, Statement, VisitLine
from reports.rules.words import duration
from sessions.models import Visit
from sessions.rules.hours import THERAPY, place, tally


def visits_in_order(course: Course) -> list[Visit]:
    return list(course.visits.prefetch_related("allocations__therapist").order_by("starts_at", "pk"))


def team_of(course: Course) -> list[tuple[int, Person]]:
    order = list(TeamMember.Duty.values)
    rows = sorted(course.team.select_related("user"), key=lambda row: (order.index(row.duty), row.starts_on))
    return [
        (row.user_id, Person(str(row.user), row.get_duty_display(), from_to=_since(row.starts_on, row.ends_on)))
        for row in rows
    ]


def _since(starts: dt.date, ends: dt.date | None) -> str:
    return f"since {starts:%-d %b %Y}" if ends is None else f"{starts:%-d %b %Y} to {ends:%-d %b %Y}"


def visits_of(course: Course) -> tuple[VisitLine, ...]:
    zone = course.clinic.zone
    return tuple(
        VisitLine(
            visit.code,
            visit.title,
            f"{visit.starts_at.astimezone(zone):%a %-d %b %Y, %H:%M}",
            visit.get_state_display(),
        )
        for visit in visits_in_order(course)
    )


def hours_of(course: Course) -> tuple[tuple[HoursLine, ...], str, str]:
    """(lines by phase with the sum, what they mean against the bands, where the bands come from)."""
    planned, logged = (tally(rows) for rows in stretches(visits_in_order(course)))
    lines = [
        HoursLine(f"{kind.value.capitalize()} sessions", duration(planned.of(kind)), duration(logged.of(kind)))
        for kind in THERAPY
    ]
    lines.append(HoursLine("Total", duration(planned.therapy), duration(logged.therapy)))
    band = course.plan.hours
    remark = (
        f"Planned therapist-hours lie {place(planned.therapy, band).value} of {band.low.value:g} to {band.high.value:g} hours; "
        f"a course of standard trauma-focused therapy takes {band.standard_low.value:g} to {band.standard_high.value:g}. "
        "Calls, ratings, supervision and the night attendant are not counted."
    )
    source = band.low.source
    return tuple(lines), remark, f"Bands of therapist-hours: {source.document} ({source.mark.value})."


def with_the_treatment(paper: Paper, course: Course) -> Paper:
    """Add what was given and seen, and what was measured."""
    zone = course.clinic.zone
    visits = visits_in_order(course)
    return replace(paper, salt=course.plan.salt, doses=doses_of(visits, zone), effects=effects_of(visits, zone))


def statement(course: Course) -> Statement:
    """A summary is final once the course has ended and the record of every session held is signed by all who held it."""
    signed, unsigned = [], []
    for visit in _held(visits_in_order(course)):
        lines, missing = signatures_of(visit)
        signed += lines
        unsigned += [f"{visit.code}, {name}" for name in missing]
    if course.is_active:
        return Statement(True, "The course is still under way.", tuple(signed), tuple(unsigned))
    if unsigned:
        return Statement(True, "Not every session of the course is signed.", tuple(signed), tuple(unsigned))
    return Statement(False, "", tuple(signed))


def _held(visits: Iterable[Visit]) -> list[Visit]:
    counted = {kind.value for kind in THERAPY}
    return [visit for visit in visits if visit.state == Visit.State.DONE and visit.kind in counted]
