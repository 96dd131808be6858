"""The facts of a course that the outcome rules are asked with. Nothing here writes."""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from accounts.models import User, grant_for
from accounts.rules.findings import Finding
from integration.actions.measures import duties
from integration.models import Assessment
from integration.rules import caps5, cssrs, due, entering, outcomes, pcl5
from integration.rules.due import Due, Timing, VisitOn
from integration.rules.instruments import INSTRUMENTS
from integration.rules.outcomes import DosingDay, Expectation, Reading, Row, Series
from patients.models import Course
from patients.rules.protocol import VisitKind
from sessions.models import Visit


def series_of(course: Course, instrument: str) -> Series:
    """The signed scores of one instrument and the dosing days of a course."""
    return series_by_instrument(course, (instrument,))[instrument]


def series_by_instrument(course: Course, instruments: tuple[str, ...]) -> dict[str, Series]:
    """The series of several instruments, with two queries."""
    zone = course.clinic.zone
    dosing = [
        DosingDay(number, starts_at.astimezone(zone).date(), state == Visit.State.DONE)
        for number, starts_at, state in Visit.objects.standing()
        .filter(course=course, kind=VisitKind.DOSING)
        .values_list("dose_number", "starts_at", "state")
    ]
    sheets = list(
        Assessment.objects.in_force()
        .filter(course=course, instrument__in=instruments)
        .exclude(visit__state=Visit.State.REPEATED)
        .select_related("visit")
    )
    return {
        instrument: outcomes.series(
            instrument,
            [
                Reading(
                    sheet.visit.code if sheet.visit else "", sheet.taken_on, sheet.total, sheet.blinded, sheet.items
                )
                for sheet in sheets
                if sheet.instrument == instrument
            ],
            dosing,
        )
        for instrument in instruments
    }


@dataclass(frozen=True, slots=True)
class Task:
    """One measure at one visit, and where this person may open it ("" when they may not)."""

    due: Due
    course: Course
    visit_title: str
    visit_id: uuid.UUID | None
    slug: str
    late: int

    @property
    def open(self) -> bool:
        return self.due.timing in (Timing.OVERDUE, Timing.DUE, Timing.STARTED)


def tasks_of(courses: Iterable[Course], *, by: User, as_of: dt.date) -> list[Task]:
    """Every measure that the protocols of these courses ask for, and how each stands on a day; two queries in all.

    Courses need their clinic and protocol selected, and their team prefetched.
    """
    courses = list(courses)
    visits: dict[int, list[Visit]] = {course.pk: [] for course in courses}
    standing = Visit.objects.exclude(state__in=(Visit.State.CANCELLED, Visit.State.REPEATED))
    for visit in standing.filter(course__in=courses).order_by("starts_at"):
        visits[visit.course_id].append(visit)
    sheets: dict[int, set[tuple[str, str, bool]]] = {course.pk: set() for course in courses}
    rows = Assessment.objects.filter(course__in=courses).exclude(visit__state=Visit.State.REPEATED)
    for course_id, instrument, code, signed_at in rows.values_list(
        "course_id", "instrument", "visit__code", "signed_at"
    ):
        sheets[course_id].add((instrument, code, signed_at is None))
    return [
        task for course in courses for task in _tasks(course, visits[course.pk], sheets[course.pk], by=by, as_of=as_of)
    ]


def _tasks(
    course: Course, visits: list[Visit], sheets: set[tuple[str, str, bool]], *, by: User, as_of: dt.date
) -> list[Task]:
    zone = course.clinic.zone
    held = duties(course, by, as_of)
    by_code = {visit.code: visit for visit in visits}
    rows = due.measures_due(
        course.plan.measures,
        [
            VisitOn(
                visit.code,
                visit.starts_at.astimezone(zone).date(),
                visit.state == Visit.State.DONE,
                visit.state == Visit.State.MISSED,
            )
            for visit in visits
        ],
        signed={(instrument, code) for instrument, code, is_open in sheets if not is_open},
        started={(instrument, code) for instrument, code, is_open in sheets if is_open},
        as_of=as_of,
    )
    tasks = []
    for row in rows:
        visit = by_code.get(row.visit)
        mine = not entering.who_refusals(row.by, held) or (row.timing is Timing.TAKEN and entering.RATER not in held)
        tasks.append(
            Task(
                row,
                course,
                visit.title if visit else course.plan.visit(row.visit).title,
                visit.public_id if visit else None,
                INSTRUMENTS[row.instrument].slug if mine and visit and row.instrument in INSTRUMENTS else "",
                row.days_late(as_of),
            )
        )
    return tasks


@dataclass(frozen=True, slots=True)
class Chart:
    """One series with what the page says about it in words and numbers."""

    series: Series

    @property
    def title(self) -> str:
        return INSTRUMENTS[self.series.instrument].title

    @property
    def rows(self) -> tuple[Row, ...]:
        return outcomes.rows(self.series)

    @property
    def latest(self) -> Row | None:
        """The last reading with a total."""
        return next((row for row in reversed(self.rows) if row.reading.total is not None), None)

    @property
    def newest(self) -> Row | None:
        """The last reading with a total, when it came after the baseline."""
        return None if self.latest is None or self.latest.is_baseline else self.latest

    @property
    def trials(self) -> tuple[Expectation, ...]:
        return outcomes.expectations(self.series)


def latest_of(course: Course, *, by: User, on: dt.date) -> list[Chart]:
    """The charts of CAPS-5 and PCL-5 that hold a score, for who may read this course's outcomes; nothing for others."""
    readable = Course.objects.visible_to(grant_for(by, "integration:outcomes", on))
    if not readable.filter(pk=course.pk).exists():
        return []
    charts = [Chart(charted) for charted in series_by_instrument(course, (caps5.CODE, pcl5.CODE)).values()]
    return [chart for chart in charts if chart.series.scored]


@dataclass(frozen=True, slots=True)
class OutcomeFacts:
    """Everything the outcomes page shows of one course."""

    charts: tuple[Chart, ...]
    suicide_risk: Finding | None
    now_due: list[Task]
    later: list[Task]
    caption: str = outcomes.CAPTION


def outcome_facts(course: Course, *, by: User, as_of: dt.date) -> OutcomeFacts:
    """The charts, the newest suicide screen, what is due now and what comes later."""
    tasks = tasks_of([course], by=by, as_of=as_of)
    return OutcomeFacts(
        charts=tuple(Chart(charted) for charted in series_by_instrument(course, (caps5.CODE, pcl5.CODE)).values()),
        suicide_risk=suicide_risk(course),
        now_due=[task for task in tasks if task.open],
        later=[task for task in tasks if not task.open],
    )


def suicide_risk(course: Course) -> Finding | None:
    """What the newest signed suicide screen says; None when there is none."""
    newest = (
        Assessment.objects.in_force()
        .filter(course=course, instrument=cssrs.CODE)
        .select_related("signed_by")
        .order_by("-taken_on", "-signed_at")
        .first()
    )
    if newest is None:
        return None
    return cssrs.finding(cssrs.score(newest.items), f"C-SSRS of {newest.taken_on:%-d %B %Y}, {newest.signed_by}")


def ratings_of(courses: Iterable[Course], *, by: User, as_of: dt.date) -> list[Task]:
    """The ratings that fall to this person over all their courses, the most urgent first; nothing of the treatment."""
    order = [Timing.OVERDUE, Timing.STARTED, Timing.DUE, Timing.AHEAD, Timing.TAKEN]
    rows = [
        task
        for task in tasks_of(courses, by=by, as_of=as_of)
        if task.due.by == entering.RATER and task.due.timing in order
    ]
    return sorted(rows, key=lambda task: (order.index(task.due.timing), task.due.on or dt.date.max))
