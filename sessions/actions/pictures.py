"""Ribbons of courses, read with a fixed number of queries however many courses there are. Writes nothing."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence

from django.db.models import QuerySet

from patients.models import Course
from patients.rules.protocol import Protocol, VisitKind, VisitPlan
from sessions.actions.blocking import outlooks_of
from sessions.models import Dose, Visit
from sessions.rules.picture import Form, MarkState, Picture, Stop
from sessions.rules.planning import Plan
from sessions.rules.ribbon import WEEKS, draw, state_of

Link = Callable[[Visit], str]
Washout = tuple[dt.date, dt.date]  # when it began, and the clear-from date


def pictures_of(
    courses: Sequence[Course],
    *,
    today: dt.date,
    form: Form = Form.LARGE,
    origin: dt.date | None = None,
    weeks: int = WEEKS,
    washouts: dict[int, Washout] | None = None,
    link: Link | None = None,
    blocked: Collection[int] | None = None,
) -> dict[int, Picture]:
    """The ribbon of each course by its id; a fixed number of queries, besides "clinic", "patient" and "protocol".

    `blocked`: the keys of the visits that are, where the caller knows them already.
    """
    visits: dict[int, list[Visit]] = defaultdict(list)
    by_key = {course.pk: course for course in courses}
    for row in Visit.objects.filter(course__in=courses).order_by("starts_at", "pk"):
        row.course = by_key[row.course_id]
        visits[row.course_id].append(row)
    doses: dict[int, list[Dose]] = defaultdict(list)
    for dose in _given(courses):
        doses[dose.session.visit_id].append(dose)
    if blocked is None:
        standing = outlooks_of((row for rows in visits.values() for row in rows), today=today)
        blocked = {key for key, outlook in standing.items() if outlook.is_blocked}
    return {
        course.pk: draw(
            stops_of(course, visits[course.pk], today=today, doses=doses, link=link, blocked=blocked),
            title=f"Course of {course.patient}",
            today=today,
            origin=origin,
            weeks=weeks,
            washout=(washouts or {}).get(course.pk),
            form=form,
        )
        for course in courses
    }


def doses_by_code(courses: Sequence[Course]) -> dict[int, dict[str, list[Dose]]]:
    """What was given so far, by the course's key and the visit's code; one query however many courses there are."""
    found: dict[int, dict[str, list[Dose]]] = defaultdict(lambda: defaultdict(list))
    for dose in _given(courses):
        found[dose.session.visit.course_id][dose.session.visit.code].append(dose)
    return found


def _given(courses: Sequence[Course]) -> QuerySet[Dose]:
    rows = Dose.objects.filter(session__visit__course__in=courses)
    return rows.select_related("session__visit").order_by("given_at")


def stops_of(
    course: Course,
    visits: Sequence[Visit],
    *,
    today: dt.date,
    doses: dict[int, list[Dose]] | None = None,
    link: Link | None = None,
    blocked: Collection[int] = (),
) -> list[Stop]:
    """The visits of the protocol as they stand in the calendar, and those that have no day yet. `blocked`: their keys."""
    zone = course.clinic.zone
    latest = {row.code: row for row in sorted(visits, key=lambda row: (row.is_standing, row.pk))}
    days = {code: row.starts_at.astimezone(zone).date() for code, row in latest.items()}
    stops = []
    for plan in course.plan.visits:
        row = latest.get(plan.code)
        given = (doses or {}).get(row.pk, []) if row else []
        stops.append(
            Stop(
                code=plan.code,
                kind=plan.kind,
                title=plan.title,
                state=_state(row, days[plan.code], today, blocked) if row else MarkState.OPEN,
                day=days.get(plan.code),
                when=when(row.starts_at.astimezone(zone)) if row else "",
                window=_window(plan, days),
                dose=_dose(course.plan, plan, given),
                href=link(row) if link and row else "",
                note=row.state_reason if row else "",
            )
        )
    return stops


def stops_of_plan(
    course: Course,
    plan: Plan,
    *,
    held: Sequence[str] = (),
    before: Plan | None = None,
    doses: dict[str, list[Dose]] | None = None,
) -> list[Stop]:
    """The visits of a plan that is not booked yet; what moves says where it was. `doses`: what was given, by code."""
    zone = course.clinic.zone
    days = {a.code: a.start.astimezone(zone).date() for a in plan.appointments}
    was = {a.code: a.start for a in before.appointments} if before else {}
    stops = []
    for visit in course.plan.visits:
        if visit.code not in days:
            continue
        start = plan.appointment(visit.code).start
        moved = was.get(visit.code, start) != start
        stops.append(
            Stop(
                code=visit.code,
                kind=visit.kind,
                title=visit.title,
                state=MarkState.DONE if visit.code in held else MarkState.PLANNED,
                day=days[visit.code],
                when=when(start.astimezone(zone)),
                window=_window(visit, days),
                dose=_dose(course.plan, visit, (doses or {}).get(visit.code, [])),
                note=f"was {when(was[visit.code].astimezone(zone))}" if moved else "",
            )
        )
    return stops


def _state(row: Visit, day: dt.date, today: dt.date, blocked: Collection[int]) -> MarkState:
    return state_of(row.state, day, today, blocked=row.pk in blocked)


def when(start: dt.datetime) -> str:
    """As people say it: Tue 14 Apr, 09:30."""
    return f"{start:%a} {start.day} {start:%b}, {start:%H:%M}"


def _window(plan: VisitPlan, days: dict[str, dt.date]) -> tuple[dt.date, dt.date] | None:
    if plan.anchor is None or plan.anchor not in days:
        return None
    anchor = days[plan.anchor]
    return (anchor + dt.timedelta(days=plan.earliest.whole), anchor + dt.timedelta(days=plan.latest.whole))


def _dose(protocol: Protocol, plan: VisitPlan, given: Sequence[Dose]) -> str:
    """What was given ("80 + 40 mg"), or what the protocol allows to begin with ("80 or 120 mg")."""
    if given:
        return f"{' + '.join(f'{float(dose.mg):g}' for dose in given)} mg"
    if plan.kind is not VisitKind.DOSING or all(dose.dose_number != plan.dose_number for dose in protocol.doses):
        return ""
    choices = sorted(figure.value for figure in protocol.dose(plan.dose_number or 0).initial_choices)
    return f"{' or '.join(f'{choice:g}' for choice in choices)} mg"
