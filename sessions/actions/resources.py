"""Gathers what a clinic has to plan with: its people, rooms and days, as the planner takes them. Writes nothing."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

import holidays
from django.db.models import Prefetch, Q

from accounts.models import Clinic, Membership, User
from accounts.rules.access import Role
from patients.models import Course
from patients.rules.protocol import RoomKind
from sessions.models import Allocation, BusyTime, Closure, Leave, Room, RoomClosure, Visit, WorkingTime
from sessions.rules.intervals import Interval, at_wall
from sessions.rules.openings import night_of
from sessions.rules.planning import Absence, Credential, House, Person, Space

NEEDS = {Role.THERAPIST: ("licence", "training"), Role.PHYSICIAN: ("licence",)}
FAR = dt.date(9000, 1, 1)
NIGHT = "night"
WHOLE_DAY = (dt.time.min, dt.time.max)

Taken = dict[tuple[str, int], tuple[Interval, ...]]


def members_of(clinic: Clinic, today: dt.date) -> list[Membership]:
    """Who can be in a visit or stay a night from today on, by name: papers, hours, leave, elsewhere; five queries."""
    midnight = at_wall(today, dt.time(0), clinic.zone)
    roles = [Role.THERAPIST.value, Role.PHYSICIAN.value, Role.RATER.value, Role.NIGHT_ATTENDANT.value]
    return list(
        Membership.objects.filter(clinic=clinic, roles__overlap=roles, user__is_active=True)
        .filter(Q(ends_on=None) | Q(ends_on__gte=today))
        .select_related("user")
        .prefetch_related(
            "credentials",
            Prefetch("working_times", WorkingTime.objects.order_by("weekday", "starts")),
            Prefetch("busy_times", BusyTime.objects.filter(during__endswith__gt=midnight).order_by("during")),
            Prefetch("leave", Leave.objects.filter(ends_on__gte=today - dt.timedelta(days=1)).order_by("starts_on")),
        )
        .order_by("user__name", "pk")
    )


def may_treat(member: Membership) -> bool:
    """Whether somebody has every paper that a therapist needs on record, whatever their dates."""
    held = {credential.kind for credential in member.credentials.all()}
    return Role.THERAPIST in member.roles and held >= set(NEEDS[Role.THERAPIST])


def person_of(
    member: Membership, *, treats: bool, busy: tuple[Interval, ...] = (), nights: tuple[Interval, ...] = ()
) -> Person:
    """Somebody as the planner sees them. Who treats needs a therapist's papers, anybody else a physician's."""
    hours: dict[int, list[tuple[dt.time, dt.time]]] = defaultdict(list)
    for row in member.working_times.all():
        hours[row.weekday].append((row.starts, row.ends))
    absences = [Absence(row.starts_on, row.ends_on, row.note) for row in member.leave.all()]
    if member.ends_on is not None:
        absences.append(Absence(member.ends_on + dt.timedelta(days=1), FAR, "has left"))
    role = Role.THERAPIST if treats else Role.PHYSICIAN
    return Person(
        key=str(member.user_id),
        name=str(member.user),
        hours={weekday: tuple(times) for weekday, times in hours.items()},
        absences=tuple(absences),
        busy=busy,
        credentials=tuple(Credential(row.kind, row.title, row.expires_on) for row in member.credentials.all()),
        needs=NEEDS[role] if role.value in member.roles else (),
        may_lead=member.may_lead,
        weekly_minutes=None if member.weekly_hours is None else 60 * member.weekly_hours,
        outside=(*nights, *(Interval(row.during.lower, row.during.upper) for row in member.busy_times.all())),
        traits=tuple(member.traits),
        nights=frozenset(member.nights),
    )


def people_in(
    members: Iterable[Membership], treating: Collection[str], taken: Taken | None = None
) -> dict[str, Person]:
    """Everybody as the planner sees them, by key; `treating` are the keys of those who need a therapist's papers."""
    taken = taken or {}
    return {
        str(member.user_id): person_of(
            member,
            treats=str(member.user_id) in treating,
            busy=taken.get(("therapist", member.user_id), ()),
            nights=taken.get((NIGHT, member.user_id), ()),
        )
        for member in members
    }


def holding(role: Role, members: Iterable[Membership]) -> tuple[str, ...]:
    """The keys of those who have a role."""
    return tuple(str(member.user_id) for member in members if role in member.roles)


def people_who_left(keys: Collection[str], today: dt.date) -> dict[str, Person]:
    """Those who are named in a course and cannot be in a visit any more, by key; one query where there are any."""
    gone = (Absence(today, FAR, "has left"),)
    hours = dict.fromkeys(range(7), (WHOLE_DAY,))  # that they are gone is the one reason
    rows = User.objects.filter(pk__in=keys) if keys else ()
    return {str(row.pk): Person(str(row.pk), str(row), hours, absences=gone) for row in rows}


def space_of(room: Room, clinic: Clinic, busy: tuple[Interval, ...]) -> Space:
    return Space(
        key=str(room.pk),
        name=room.name,
        kind=RoomKind(room.kind),
        opens=room.opens_at or clinic.opens_at,
        closes=room.closes_at or clinic.closes_at,
        turnover=room.turnover_minutes,
        busy=busy,
    )


def spaces_in(clinic: Clinic, taken: Taken, *, first: dt.date) -> tuple[Space, ...]:
    """The rooms in use with what they are taken for, and when they cannot be used from a day on; two queries."""
    closed = closed_rooms(clinic, first)
    return tuple(
        space_of(room, clinic, (*taken.get(("room", room.pk), ()), *closed.get(room.pk, ())))
        for room in clinic.rooms.filter(active=True)
    )


def taken_in(
    clinic: Clinic,
    house: House,
    members: Sequence[Membership],
    *,
    course: Course | None = None,
    since: dt.datetime,
    without: Iterable[int] = (),
) -> Taken:
    """What people, rooms and the patient of a course are taken for, and who stays which nights, without these visits (by id)."""
    found: dict[tuple[str, int], list[Interval]] = defaultdict(list)
    users, left_out = [member.user_id for member in members], list(without)
    rows = (
        Allocation.objects.filter(active=True, during__endswith__gt=since)
        .filter(Q(therapist__in=users) | Q(room__clinic=clinic) | (Q(patient=course.patient_id) if course else Q()))
        .exclude(visit__in=left_out)
        .values_list("therapist_id", "room_id", "patient_id", "during")
    )
    for therapist, room, patient, during in rows:
        interval = Interval(during.lower, during.upper)
        for kind, key in (("therapist", therapist), ("room", room), ("patient", patient)):
            if key is not None:
                found[kind, key].append(interval)
    stays = Visit.objects.standing().filter(night_attendant__in=users, ends_at__gt=since).exclude(pk__in=left_out)
    for user, ends_at in stays.values_list("night_attendant", "ends_at"):
        found[NIGHT, user].append(night_of(ends_at.astimezone(house.zone).date(), house))
    return {key: tuple(intervals) for key, intervals in found.items()}


def closed_rooms(clinic: Clinic, first: dt.date) -> dict[int, list[Interval]]:
    """When rooms cannot be used from a day on, by id."""
    closed: dict[int, list[Interval]] = defaultdict(list)
    for row in RoomClosure.objects.filter(room__clinic=clinic, ends_on__gte=first):
        days = (row.starts_on, row.ends_on + dt.timedelta(days=1))
        start, end = (at_wall(day, dt.time(0), clinic.zone) for day in days)
        closed[row.room_id].append(Interval(start, end))
    return closed


def house_of(clinic: Clinic, first: dt.date) -> House:
    """The clinic's wall clock, its hours, and the days from `first` on which it is closed, for three years."""
    closures = dict(Closure.objects.filter(clinic=clinic, day__gte=first).values_list("day", "name"))
    years = range(first.year, first.year + 3)
    return House(clinic.zone, clinic.opens_at, clinic.closes_at, {**public_holidays(clinic.region, years), **closures})


def public_holidays(region: str, years: range) -> dict[dt.date, str]:
    """Public holidays of a country or country-region, as in GB or AU-VIC; none where the region is unknown."""
    country, _, part = region.partition("-")
    try:
        return dict(holidays.country_holidays(country, subdiv=part or None, years=years)) if country else {}
    except NotImplementedError:
        return {}
