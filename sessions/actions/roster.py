"""Who works when in one clinic, and what its days and rooms are called. Reads staff, never a patient; writes nothing.

Callers say whom a viewer may see: a colleague's reason for being away is told only to those who ask for it.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q

from accounts.models import Clinic, Membership, User
from accounts.rules.access import Role
from sessions.actions.resources import public_holidays
from sessions.models import BusyTime, Closure, Leave, Room, RoomClosure, WorkingTime
from sessions.rules.intervals import at_wall

IN_THE_CALENDAR = (Role.THERAPIST, Role.RATER, Role.PHYSICIAN, Role.NIGHT_ATTENDANT)

Hours = dict[int, list[tuple[dt.time, dt.time]]]  # weekday, Monday is 0
Stretches = dict[dt.date, list[tuple[dt.time, dt.time]]]  # on the clinic's wall; the last minute stands for midnight


@dataclass(frozen=True, slots=True)
class Colleague:
    """One member of the clinic with their week, the days on which they are away, and when they are taken elsewhere."""

    member: Membership
    hours: Hours
    away: dict[dt.date, str]
    elsewhere: Stretches


def roster(
    clinic: Clinic, *, days: Sequence[dt.date], people: Iterable[int], everybody: bool, with_reasons: bool
) -> list[Colleague]:
    """These people, and with `everybody` all who can hold a visit or be on duty for one, by name; four queries."""
    chosen = Q(user__in=list(people))
    if everybody:
        chosen |= Q(roles__overlap=[role.value for role in IN_THE_CALENDAR])
    rows = Membership.objects.filter(chosen, clinic=clinic, user__is_active=True).select_related("user")
    members = list(rows.order_by("user__name", "pk"))
    hours: dict[int, Hours] = defaultdict(lambda: defaultdict(list))
    for row in WorkingTime.objects.filter(membership__in=members):
        hours[row.membership_id][row.weekday].append((row.starts, row.ends))
    away: dict[int, dict[dt.date, str]] = defaultdict(dict)
    for leave in Leave.objects.filter(membership__in=members, starts_on__lte=days[-1], ends_on__gte=days[0]):
        for day in days:
            if leave.starts_on <= day <= leave.ends_on:
                away[leave.membership_id][day] = (with_reasons and leave.note) or "leave"
    elsewhere = _elsewhere(clinic, members, days)
    return [Colleague(row, hours[row.pk], away[row.pk], elsewhere[row.pk]) for row in members]


def _elsewhere(clinic: Clinic, members: Sequence[Membership], days: Sequence[dt.date]) -> dict[int, Stretches]:
    """When each of them is taken outside of the clinic, cut at midnight; by membership."""
    midnights = {day: at_wall(day, dt.time(0), clinic.zone) for day in (*days, days[-1] + dt.timedelta(days=1))}
    whole = (midnights[days[0]], midnights[days[-1] + dt.timedelta(days=1)])
    found: dict[int, Stretches] = defaultdict(lambda: defaultdict(list))
    for row in BusyTime.objects.filter(membership__in=members, during__overlap=whole).order_by("during"):
        for day in days:
            begins, ends = midnights[day], at_wall(day + dt.timedelta(days=1), dt.time(0), clinic.zone)
            start, end = max(row.during.lower, begins), min(row.during.upper, ends)
            if start < end:
                until = dt.time(23, 59) if end == ends else end.astimezone(clinic.zone).time()
                found[row.membership_id][day].append((start.astimezone(clinic.zone).time(), until))
    return found


def closed_days(clinic: Clinic, days: Sequence[dt.date]) -> dict[dt.date, str]:
    """Which of these days the clinic is closed on, and why: its own closures and public holidays."""
    own = dict(Closure.objects.filter(clinic=clinic, day__gte=days[0], day__lte=days[-1]).values_list("day", "name"))
    public = public_holidays(clinic.region, range(days[0].year, days[-1].year + 1))
    return {day: own.get(day) or public[day] for day in days if day in own or day in public}


def days_closed(rooms: Sequence[Room], days: Sequence[dt.date]) -> dict[int, dict[dt.date, str]]:
    """On which of these days a room cannot be used, and why; one query."""
    found: dict[int, dict[dt.date, str]] = defaultdict(dict)
    for row in RoomClosure.objects.filter(room__in=rooms, starts_on__lte=days[-1], ends_on__gte=days[0]):
        found[row.room_id] |= {day: row.note or "closed" for day in days if row.starts_on <= day <= row.ends_on}
    return found


def names_in(clinic: Clinic) -> tuple[dict[str, str], dict[str, str]]:
    """The names of the clinic's people and of its rooms, by the planner's keys."""
    people = User.objects.filter(memberships__clinic=clinic).values_list("pk", "name", "username")
    rooms = Room.objects.filter(clinic=clinic).values_list("pk", "name")
    return {str(pk): name or username for pk, name, username in people}, {str(pk): name for pk, name in rooms}


def therapists_in(clinic: Clinic, on: dt.date) -> dict[str, str]:
    """The names of those who may treat, by the planner's keys."""
    rows = Membership.objects.filter(clinic=clinic).holding(Role.THERAPIST, on)
    return {str(row.user_id): str(row.user) for row in rows.select_related("user").order_by("user__name", "pk")}
