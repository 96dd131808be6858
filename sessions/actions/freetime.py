"""Gathers who and what is free for a long visit, with or without a course in mind. Writes nothing."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Prefetch

from accounts.models import Clinic, Grant
from accounts.rules.access import Role
from patients.models import Course, ProtocolVersion
from patients.rules.protocol import Protocol, VisitKind, VisitPlan
from sessions.actions.planning import request_for
from sessions.actions.resources import holding, house_of, members_of, people_in, spaces_in, taken_in
from sessions.models import Visit
from sessions.rules.freetime import asked_for
from sessions.rules.intervals import at_wall
from sessions.rules.openings import is_morning_after
from sessions.rules.planning import Client, Request, Visits, Wish

Pattern = tuple[VisitPlan, VisitPlan | None]


@dataclass(frozen=True, slots=True)
class Movable:
    """A planned dosing day, the keys of the pair of its course, and the days of its window as the visit before it stands."""

    visit: Visit
    pair: tuple[str, ...]
    first: dt.date
    last: dt.date


def pattern_of(protocol: Protocol, code: str | None = None) -> Pattern:
    """A dosing day (the first, or the one of this code) and the visit of the morning after it, where there is one."""
    plans = {visit.code: visit for visit in protocol.visits}
    dosing = plans[code] if code else next(visit for visit in protocol.visits if visit.kind is VisitKind.DOSING)
    after = [visit for visit in protocol.visits if visit.anchor == dosing.code and is_morning_after(visit, dosing)]
    return dosing, next(iter(after), None)


def protocol_in_use() -> Protocol | None:
    """The protocol published last; None before there is one."""
    version = ProtocolVersion.objects.order_by("-published_at", "-pk").first()
    return version.protocol if version else None


def dosing_days_ahead(clinic: Clinic, grant: Grant, *, as_of: dt.datetime) -> list[Movable]:
    """Every planned dosing day that somebody sees, the soonest first; the number of queries is fixed."""
    today = as_of.astimezone(clinic.zone).date()
    rows = (
        Visit.objects.visible_to(grant)
        .filter(course__clinic=clinic, kind=VisitKind.DOSING, state=Visit.State.PLANNED, starts_at__gt=as_of)
        .select_related("course__clinic", "course__patient", "course__protocol", "room")
        .prefetch_related(
            "course__team__user", Prefetch("course__visits", Visit.objects.standing(), to_attr="standing_visits")
        )
    )
    found = []
    for visit in rows:
        plan = next((plan for plan in visit.course.plan.visits if plan.code == visit.code), None)
        anchor = next((row for row in visit.course.standing_visits if plan and row.code == plan.anchor), None)
        if plan is not None and anchor is not None:
            day = anchor.starts_at.astimezone(clinic.zone).date()
            low, high = (dt.timedelta(days=figure.whole) for figure in (plan.earliest, plan.latest))
            pair = tuple(str(person.pk) for person in visit.course.pair(today))
            found.append(Movable(visit, pair, day + low, day + high))
    return found


def courses_without(clinic: Clinic, grant: Grant) -> list[Course]:
    """Courses that somebody sees and may be planned, and that have no dosing day in the calendar; one query."""
    dosing = Visit.objects.standing().filter(course=OuterRef("pk"), kind=VisitKind.DOSING)
    rows = Course.objects.visible_to(grant).filter(
        ~Exists(dosing), clinic=clinic, state__in=(Course.State.ELIGIBLE, Course.State.IN_TREATMENT)
    )
    rows = rows.select_related("clinic", "patient", "protocol")
    return list(rows.order_by("patient__family_name", "patient__given_name", "pk"))


def request_for_two(
    clinic: Clinic, pair: tuple[str, str], pattern: Pattern, *, first: dt.date, last: dt.date, as_of: dt.datetime
) -> Request:
    """These two (by key; one person twice), the rooms, physicians and nights of the clinic, and nobody's patient; a fixed number of queries."""
    zone = clinic.zone
    members = members_of(clinic, as_of.astimezone(zone).date())
    house = house_of(clinic, first)
    monday = first - dt.timedelta(days=first.weekday())
    taken = taken_in(clinic, house, members, since=at_wall(monday, dt.time(0), zone))
    request = Request(
        protocol=Visits("free time", ()),
        house=house,
        client=Client(""),
        people=people_in(members, pair, taken),
        pairs=(pair,),
        physicians=holding(Role.PHYSICIAN, members),
        raters=(),
        spaces=spaces_in(clinic, taken, first=first),
        first_day=first,
        last_start=last,
        not_before=as_of,
        attendants=holding(Role.NIGHT_ATTENDANT, members),
    )
    return asked_for(request, *pattern)


def request_for_course(
    course: Course, pair: tuple[str, str], pattern: Pattern, *, first: dt.date, last: dt.date, as_of: dt.datetime
) -> Request:
    """The same for a course: the patient and the washout count too, and its own planned visits are not in the way."""
    wish = Wish(first, last, pair, mend=True)
    return asked_for(request_for(course, wish=wish, as_of=as_of), *pattern)


def of_pair(movables: Iterable[Movable], pair: tuple[str, str]) -> list[Movable]:
    return [movable for movable in movables if set(movable.pair) == set(pair)]
