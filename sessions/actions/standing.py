"""The calendar of a clinic as it stands, written as an instance and its plan, for the checker that is not the planner.

It reads the tables by itself, not by what the planner reads, so that a fact which the planner overlooks is found here.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Prefetch, Q

from accounts.models import Clinic, Membership
from patients.models import Course
from sessions.actions.planning import washouts_of
from sessions.actions.resources import public_holidays
from sessions.models import (
    Allocation,
    BusyTime,
    Deviation,
    Gathering,
    Rearrangement,
    RoomClosure,
    Visit,
    VisitChange,
)
from sessions.rules.inspection import Violation, inspect
from sessions.rules.schema import ROLES, WEEKDAYS

Values = dict[str, Any]
WEEK = dt.timedelta(weeks=1)
ACTIVE = Prefetch("allocations", Allocation.objects.filter(active=True))


def inspect_calendar(clinic: Clinic, *, as_of: dt.datetime) -> list[Violation]:
    """Every hard rule that a visit ahead breaks where it stands, by the independent checker. Writes nothing."""
    visits = Visit.objects.standing().order_by("starts_at", "pk").prefetch_related(ACTIVE)
    given_up = Visit.objects.exclude(state__in=Visit.STANDING).order_by("pk")
    rows = Course.objects.filter(clinic=clinic, visits__state=Visit.State.PLANNED).active().order_by("pk").distinct()
    rows = rows.select_related("patient", "protocol").prefetch_related(
        "team__user",
        "deviations",
        Prefetch("visits", visits, to_attr="standing"),
        Prefetch("visits", given_up, to_attr="given_up"),
    )
    by_protocol: dict[int, list[Course]] = defaultdict(list)
    for course in rows:
        course.clinic = clinic
        by_protocol[course.protocol_id].append(course)
    found: list[Violation] = []
    for key, courses in by_protocol.items():
        instance = _instance(clinic, str(key), courses, as_of)
        plan = {"courses": [_planned(course, as_of) for course in courses]}
        found += inspect(instance, plan, {str(key): courses[0].plan})
    return found


def _instance(clinic: Clinic, protocol: str, courses: list[Course], as_of: dt.datetime) -> Values:
    members = clinic.memberships.filter(user__is_active=True).select_related("user")
    members = members.prefetch_related("credentials", "working_times", "leave", "busy_times")
    washouts = washouts_of(courses, as_of.astimezone(clinic.zone).date())
    lengthened = _lengthened(courses)
    years = range(as_of.year - 1, as_of.year + 4)
    closed = set(public_holidays(clinic.region, years)) | set(clinic.closures.values_list("day", flat=True))
    return {
        "protocol": protocol,
        "clinic": {
            "zone": clinic.time_zone,
            "opens": _clock(clinic.opens_at),
            "closes": _clock(clinic.closes_at),
            "closures": [{"day": day.isoformat()} for day in sorted(closed)],
        },
        "people": [_person(member) for member in members],
        "rooms": [
            {
                "key": _room(room.pk),
                "kind": room.kind,
                "opens": _clock(room.opens_at or clinic.opens_at),
                "closes": _clock(room.closes_at or clinic.closes_at),
                "turnover": room.turnover_minutes,
            }
            for room in clinic.rooms.filter(active=True)
        ],
        "bookings": [*_elsewhere(clinic, courses, as_of), *_closed_rooms(clinic)],
        "requests": [_request(course, as_of, washouts[course.pk], lengthened) for course in courses],
    }


def _person(member: Membership) -> Values:
    hours: dict[str, list[list[str]]] = defaultdict(list)
    for row in member.working_times.all():
        hours[WEEKDAYS[row.weekday]].append([_clock(row.starts), _clock(row.ends)])
    leave = [{"first": row.starts_on.isoformat(), "last": row.ends_on.isoformat()} for row in member.leave.all()]
    if member.ends_on is not None:
        leave.append({"first": (member.ends_on + dt.timedelta(days=1)).isoformat(), "last": "9999-12-31"})
    held = [role.replace("_", " ") for role in member.roles]
    found: Values = {
        "key": str(member.user_id),
        "name": str(member.user),
        "roles": [role for role in held if role in ROLES],
        "hours": dict(hours),
        "may_lead": member.may_lead,
        "leave": leave,
        "credentials": [
            {"kind": row.kind, "expires_on": row.expires_on.isoformat()} for row in member.credentials.all()
        ],
        "nights": [WEEKDAYS[day] for day in member.nights],
    }
    return found if member.weekly_hours is None else {**found, "weekly_hours": member.weekly_hours}


def _request(
    course: Course, as_of: dt.datetime, washout: tuple[dt.date | None, tuple[str, ...]], lengthened: set[int]
) -> Values:
    zone = course.clinic.zone
    first = next((visit for visit in course.standing if course.plan.visit(visit.code).anchor is None), None)
    day = (first.starts_at if first else as_of).astimezone(zone).date().isoformat()
    clear_from, unknown = washout
    codes = {visit.code for visit in course.standing}
    found: Values = {
        "patient": str(course.patient_id),
        "first_day": day,
        "last_start": day,
        "not_before": as_of.isoformat(),
        "washout_unknown": list(unknown),
        "held": [_visit(row, course, as_of) for row in course.standing if _is_history(row, as_of)],
        "off": [visit.code for visit in course.plan.visits if visit.code not in codes],
        "stood": {visit.code: visit.starts_at.isoformat() for visit in course.given_up if visit.code not in codes},
        "deviations": [_deviation(row) for row in course.deviations.all()],
        "lasting": {visit.code: visit.minutes for visit in course.standing if visit.pk in lengthened},
        "times": {WEEKDAYS[int(day)]: hours for day, hours in course.patient.times.items()} or None,
    }
    return found if clear_from is None else {**found, "clear_from": clear_from.isoformat()}


def _deviation(row: Deviation) -> Values:
    if row.rule == Deviation.Rule.ALONE:
        return {"code": row.code, "alone": True}
    return {"code": row.code, "earliest": row.earliest, "latest": row.latest}


def _lengthened(courses: list[Course]) -> set[int]:
    """The keys of visits that somebody gave another length."""
    changed = VisitChange.objects.filter(visit__course__in=courses, rearrangement__kind=Rearrangement.Kind.LENGTHENED)
    return set(changed.values_list("visit", flat=True))


def _is_history(visit: Visit, as_of: dt.datetime) -> bool:
    return visit.state == Visit.State.DONE or visit.starts_at <= as_of


def _planned(course: Course, as_of: dt.datetime) -> Values:
    pair = [str(user.pk) for user in course.pair(as_of.astimezone(course.clinic.zone).date())]
    visits = [_visit(visit, course, as_of) for visit in course.standing]
    return {"patient": str(course.patient_id), "pair": [*pair, "nobody", "nobody"][:2], "visits": visits}


def _visit(visit: Visit, course: Course, as_of: dt.datetime) -> Values:
    there = [str(row.therapist_id) for row in visit.allocations.all() if row.therapist_id]
    pair = [str(user.pk) for user in course.pair(as_of.astimezone(course.clinic.zone).date())]
    beside = {"room": _room(visit.room_id), "physician": visit.covered_by_id, "night": visit.night_attendant_id}
    return {
        "code": visit.code,
        "start": visit.starts_at.isoformat(),
        "end": visit.ends_at.isoformat(),
        **(_duties(there, pair) if course.plan.visit(visit.code).therapists else {"rater": "".join(there)}),
        **{duty: str(key) for duty, key in beside.items() if key is not None},
    }


def _duties(there: list[str], pair: list[str]) -> Values:
    """Who is what in a visit; whoever is not of the pair stands in, in the place that is left."""
    found = {duty: key for duty, key in zip(("lead", "second"), pair, strict=False) if key in there}
    for key in there:
        if key not in pair:
            found["second" if "lead" in found else "lead"] = found["stand_in"] = key
    return found


def _elsewhere(clinic: Clinic, courses: list[Course], as_of: dt.datetime) -> Iterator[Values]:
    """What people and rooms are taken for besides the visits of these courses, from a week ago on."""
    since = as_of - WEEK
    people = clinic.memberships.values("user")
    theirs = Q(allocations__therapist__in=people) | Q(allocations__room__clinic=clinic)
    others = Visit.objects.standing().exclude(course__in=courses)
    busy: Iterable[Visit | Gathering] = (
        *others.filter(theirs, ends_at__gt=since).distinct().prefetch_related(ACTIVE),
        *Gathering.objects.filter(theirs, ends_at__gt=since, is_off=False).distinct().prefetch_related(ACTIVE),
    )
    for row in busy:
        taken = row.allocations.all()
        found: Values = {
            "kind": "visit" if isinstance(row, Visit) else row.kind,
            "start": row.starts_at.isoformat(),
            "end": row.ends_at.isoformat(),
            "people": [str(one.therapist_id) for one in taken if one.therapist_id],
            "patients": [str(one.patient_id) for one in taken if one.patient_id],
        }
        yield {**found, "room": _room(row.room_id)} if row.room_id else found
    for time in BusyTime.objects.filter(membership__clinic=clinic).select_related("membership"):
        during = {"start": time.during.lower.isoformat(), "end": time.during.upper.isoformat()}
        yield {"kind": "outside", **during, "people": [str(time.membership.user_id)]}


def _closed_rooms(clinic: Clinic) -> Iterator[Values]:
    for row in RoomClosure.objects.filter(room__clinic=clinic):
        start, end = (
            dt.datetime.combine(day, dt.time(0), clinic.zone)
            for day in (row.starts_on, row.ends_on + dt.timedelta(days=1))
        )
        yield {"kind": "outside", "start": start.isoformat(), "end": end.isoformat(), "room": _room(row.room_id)}


def _room(key: int | None) -> str | None:
    """Rooms and people have numbers of their own; an instance has one kind of key."""
    return None if key is None else f"room {key}"


def _clock(time: dt.time) -> str:
    return f"{time:%H:%M}"
