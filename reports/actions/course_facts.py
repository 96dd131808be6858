"""What a whole course was, as its summary shows it."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from integration.actions.outcomes import series_by_instrument
from integration.rules import caps5, pcl5
from integration.rules.outcomes import Row, Series, expectations, rows
from integration.rules.pictures import DRAWN
from patients.models import Course, TeamMember
from reports.actions.session_facts import doses_of, effects_of, signatures_of, stretches
from reports.rules.papers import DeviationLine, Footnote, HoursLine, OutcomeLine, Paper, Person, Statement, VisitLine
from reports.rules.words import duration
from sessions.models import Visit
from sessions.rules.hours import THERAPY, place, tally

CAVEATS = (
    "The lines of the trials are means of selected, monitored groups in trials that were functionally unblinded. They "
    "are no target for one person, and treatment in an open clinic is not a trial.",
    "Scores before and after cannot show by themselves what caused a change.",
)


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
    scores = scores_of(course)
    return replace(
        paper,
        salt=course.plan.salt,
        deviations=tuple(
            DeviationLine(
                row.code, f"{row.allowed} instead of {row.said}", row.reason, row.printed_name, row.at.astimezone(zone)
            )
            for row in course.deviations.all()
        ),
        doses=doses_of(visits, zone),
        effects=effects_of(visits, zone),
        outcomes=tuple(line for charted in scores for line in _lines(charted)),
        caveats=CAVEATS if any(charted.scored for charted in scores) else (),
        footnotes=(*paper.footnotes, *_benchmarks(scores, first=len(paper.footnotes) + 1)),
    )


def scores_of(course: Course) -> list[Series]:
    """CAPS-5 and PCL-5 over time, signed sheets only."""
    return list(series_by_instrument(course, (caps5.CODE, pcl5.CODE)).values())


def _lines(charted: Series) -> list[OutcomeLine]:
    return [
        OutcomeLine(
            row.reading.on,
            charted.instrument,
            row.reading.visit,
            "not scored" if row.reading.total is None else str(row.reading.total),
            _reading(row),
        )
        for row in rows(charted)
    ]


def _reading(row: Row) -> str:
    parts = ["baseline" if row.is_baseline else "", row.band.name if row.band else ""]
    if row.change is not None:
        parts.append(f"{row.change:+d} since baseline".replace("-", "−"))
    if row.after_dose:
        parts.append(f"after {row.after_dose} dosing day{'s' if row.after_dose > 1 else ''}")
    return ", ".join(part for part in parts if part)


def _benchmarks(scores: list[Series], *, first: int) -> list[Footnote]:
    """Where each trial line on the plots comes from, and how far it can be trusted."""
    lines = [line for charted in scores for line in expectations(charted) if line.benchmark.arm in DRAWN]
    return [
        Footnote(
            number,
            f"{line.benchmark.title}: mean change of CAPS-5 {line.benchmark.change:g} "
            f"({line.benchmark.low:g} to {line.benchmark.high:g}), n = {line.benchmark.n}, {line.benchmark.analysed}; "
            f"{line.benchmark.interval_note}. {line.benchmark.source.document} ({line.benchmark.source.mark.value}).".replace(
                " -", " −"
            ).replace("(-", "(−"),
        )
        for number, line in enumerate(lines, start=first)
    ]


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
