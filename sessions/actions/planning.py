"""Gathers what the planner must know of one course and its clinic. Writes nothing; the number of queries is fixed."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from itertools import combinations

import holidays
from django.db.models import Prefetch, Q

from accounts.models import Clinic, Membership
from accounts.rules.access import Role
from patients.models import Course, TeamMember
from patients.rules.protocol import Protocol, RoomKind, VisitPlan
from screening.actions.facts import candidate_for
from screening.rules import washout
from sessions.models import Allocation, Closure, Deviation, Leave, Room, RoomClosure, Visit, WorkingTime
from sessions.rules.choices import Alternative, alternatives
from sessions.rules.intervals import Interval, at_wall
from sessions.rules.planner import plan_course
from sessions.rules.planning import (
    Absence,
    Appointment,
    Client,
    Credential,
    Duty,
    FallBack,
    House,
    Person,
    Proposal,
    Request,
    Space,
    Week,
    Wish,
)
from sessions.rules.repair import lasting
from sessions.rules.search import calendar_for

NEEDS = {Role.THERAPIST: ("licence", "training"), Role.PHYSICIAN: ("licence",)}
FAR = dt.date(9000, 1, 1)


def propose(course: Course, *, wish: Wish, as_of: dt.datetime) -> Proposal:
    """A plan for every visit of the course that is not yet history, or every reason why there is none."""
    return plan_course(request_for(course, wish=wish, as_of=as_of))


def propose_among(course: Course, *, wish: Wish, as_of: dt.datetime) -> tuple[Proposal, list[Alternative]]:
    """The same, and the ten best plans that differ in their pair or in the week in which they begin."""
    request = request_for(course, wish=wish, as_of=as_of)
    calendar = calendar_for([request])
    proposal = plan_course(request, calendar)
    return proposal, alternatives(request, calendar) if proposal.plan else []


def request_for(course: Course, *, wish: Wish, as_of: dt.datetime, without: Iterable[int] = ()) -> Request:
    """The planner's request for this course as the calendar stands now.

    Visits that are done, or whose time has passed, are history and stay; planned ones may move; visits that were
    cancelled or missed are placed again when the whole course is planned, and left alone when it is only mended.
    `without` are visits of other courses, by id, that are not in the way either.
    """
    clinic = course.clinic
    zone = clinic.zone
    today = as_of.astimezone(zone).date()
    rows = list(course.visits.select_related("course").prefetch_related("allocations"))
    team = [member for member in course.team.select_related("user") if member.in_force(today)]
    lead = next((member.user_id for member in team if member.duty == TeamMember.Duty.LEAD), None)
    protocol, held, current = _standing(_as_signed(course), rows, lead, as_of, wish)
    members = _members(clinic, today)
    pairs = _pairs(wish, team, members)
    in_pairs = {key for pair in pairs for key in pair}
    treating = {str(m.user_id) for m in members if Role.THERAPIST in m.roles} if wish.mend else in_pairs
    movable = [row.pk for row in rows if row.code in current]
    first = min([wish.first_day, *(a.start.astimezone(zone).date() for a in (*held.values(), *current.values()))])
    busy = _busy(
        clinic,
        course,
        members,
        since=at_wall(first - dt.timedelta(days=first.weekday()), dt.time(0), zone),
        without=[*movable, *without],
    )
    clear_from, unknown = washout_of(course, today)
    closed = _closed_rooms(clinic, first)
    return Request(
        protocol=protocol,
        house=_house(clinic, first),
        client=Client(str(course.patient_id), _times(course, wish), busy["patient", course.patient_id]),
        people={str(m.user_id): _person(m, busy["therapist", m.user_id], treating) for m in members},
        pairs=pairs,
        physicians=_with_duty(Role.PHYSICIAN, TeamMember.Duty.PHYSICIAN, team, members),
        raters=tuple(
            key for key in _with_duty(Role.RATER, TeamMember.Duty.RATER, team, members) if key not in in_pairs
        ),
        spaces=tuple(
            _space(room, clinic, (*busy["room", room.pk], *closed.get(room.pk, ())))
            for room in clinic.rooms.filter(active=True)
        ),
        first_day=wish.first_day,
        last_start=wish.last_start,
        not_before=as_of if wish.mend else at_wall(today + dt.timedelta(days=1), dt.time(0), zone),
        clear_from=clear_from,
        washout_unknown=unknown,
        held=held,
        current=current,
        fall_backs=_standing_in(current, in_pairs, pairs),
    )


def _as_signed(course: Course) -> Protocol:
    """The course's protocol with what signed deviations allow; of several for one visit the last one counts."""
    signed = {(row.code, row.rule): row for row in course.deviations.all()}
    if not signed:
        return course.plan
    visits = []
    for visit in course.plan.visits:
        if row := signed.get((visit.code, Deviation.Rule.WINDOW)):
            low, high = min(row.earliest, visit.earliest.whole), max(row.latest, visit.latest.whole)
            visit = replace(
                visit, earliest=replace(visit.earliest, value=low), latest=replace(visit.latest, value=high)
            )
        if (visit.code, Deviation.Rule.ALONE) in signed:
            visit = replace(visit, therapists=1)
        visits.append(visit)
    return replace(course.plan, visits=tuple(visits))


def _standing_in(
    current: dict[str, Appointment], in_pairs: set[str], pairs: tuple[tuple[str, str], ...]
) -> dict[str, FallBack]:
    """Who stands in for one of the pair already, visit by visit."""
    if len(pairs) != 1:
        return {}
    found = {
        code: tuple(key for duty, key in appointment.people if duty is not Duty.RATER and key not in in_pairs)
        for code, appointment in current.items()
    }
    return {code: FallBack(stand_ins=others) for code, others in found.items() if others}


def appointment_of(visit: Visit, plan: VisitPlan | None, lead: int | None) -> Appointment:
    """A visit as the planner sees it. Reads the prefetched allocations; `lead` is the lead therapist's id."""
    taken = [a.therapist_id for a in visit.allocations.all() if a.active and a.therapist_id]
    rates = plan is not None and not plan.therapists
    people = [(Duty.RATER if rates else Duty.LEAD if person == lead else Duty.SECOND, str(person)) for person in taken]
    order = list(Duty)
    return Appointment(
        visit.code,
        visit.starts_at,
        visit.ends_at,
        tuple(sorted(people, key=lambda person: (order.index(person[0]), person[1]))),
        None if visit.room_id is None else str(visit.room_id),
        None if visit.covered_by_id is None else str(visit.covered_by_id),
    )


def _standing(
    protocol: Protocol, rows: list[Visit], lead: int | None, as_of: dt.datetime, wish: Wish
) -> tuple[Protocol, dict[str, Appointment], dict[str, Appointment]]:
    """The visits to plan, those that are history, and where the others stand."""
    latest = {row.code: row for row in sorted(rows, key=lambda row: (row.is_standing, row.pk))}
    plans = {visit.code: visit for visit in protocol.visits}
    held, current = {}, {}
    for code, row in latest.items():
        appointment = appointment_of(row, plans.get(code), lead)
        if row.state == Visit.State.PLANNED and row.starts_at > as_of:
            current[code] = appointment
        elif row.is_standing or (wish.mend and code not in wish.again):
            held[code] = appointment
    protocol = replace(protocol, visits=tuple(_as_long_as(visit, current) for visit in protocol.visits))
    if not wish.mend:
        return protocol, held, current
    present = tuple(visit for visit in protocol.visits if visit.code in {*latest, *wish.again})
    codes = {visit.code for visit in present}
    for visit in present:
        if visit.anchor is not None and visit.anchor not in codes and visit.code in current:
            held[visit.code] = current.pop(visit.code)
    loose = tuple(
        replace(visit, anchor=visit.anchor if visit.anchor in codes else None) if visit.anchor else visit
        for visit in present
    )
    return replace(protocol, visits=loose), held, current


def _as_long_as(visit: VisitPlan, current: dict[str, Appointment]) -> VisitPlan:
    """A visit that somebody gave another length keeps it."""
    now = current.get(visit.code)
    minutes = visit.minutes.whole if now is None else int((now.end - now.start).total_seconds() // 60)
    return visit if minutes == visit.minutes.whole else lasting(visit, minutes)


def _members(clinic: Clinic, today: dt.date) -> list[Membership]:
    roles = [Role.THERAPIST.value, Role.PHYSICIAN.value, Role.RATER.value]
    return list(
        Membership.objects.filter(clinic=clinic, roles__overlap=roles, user__is_active=True)
        .filter(Q(ends_on=None) | Q(ends_on__gte=today))
        .select_related("user")
        .prefetch_related(
            "credentials",
            Prefetch("working_times", WorkingTime.objects.order_by("weekday", "starts")),
            Prefetch("leave", Leave.objects.filter(ends_on__gte=today - dt.timedelta(days=1)).order_by("starts_on")),
        )
        .order_by("user__name", "pk")
    )


def _pairs(wish: Wish, team: list[TeamMember], members: list[Membership]) -> tuple[tuple[str, str], ...]:
    """The pair that is asked for, or every two therapists; those of the care team first."""
    if wish.pair is not None:
        return (wish.pair,)
    known = [str(member.user_id) for member in team if member.duty in (TeamMember.Duty.LEAD, TeamMember.Duty.SECOND)]
    keys = [str(m.user_id) for m in members if Role.THERAPIST in m.roles and _holds_all(m)]
    ordered = sorted(keys, key=lambda key: key not in known)
    leads = {str(m.user_id) for m in members if m.may_lead}
    pairs = [(one, other) if one in leads else (other, one) for one, other in combinations(ordered, 2)]
    return tuple(pair for pair in pairs if pair[0] in leads)


def _holds_all(member: Membership) -> bool:
    held = {credential.kind for credential in member.credentials.all()}
    return held >= set(NEEDS[Role.THERAPIST])


def _with_duty(role: Role, duty: str, team: list[TeamMember], members: list[Membership]) -> tuple[str, ...]:
    """People who may take a duty: the one on the care team first."""
    chosen = {str(member.user_id) for member in team if member.duty == duty}
    keys = [str(m.user_id) for m in members if role in m.roles]
    return tuple(sorted(keys, key=lambda key: key not in chosen))


def _person(member: Membership, busy: tuple[Interval, ...], in_pairs: set[str]) -> Person:
    hours: dict[int, list[tuple[dt.time, dt.time]]] = defaultdict(list)
    for row in member.working_times.all():
        hours[row.weekday].append((row.starts, row.ends))
    absences = [Absence(row.starts_on, row.ends_on, row.note) for row in member.leave.all()]
    if member.ends_on is not None:
        absences.append(Absence(member.ends_on + dt.timedelta(days=1), FAR, "has left"))
    key = str(member.user_id)
    role = Role.THERAPIST if key in in_pairs else Role.PHYSICIAN
    return Person(
        key=key,
        name=str(member.user),
        hours={weekday: tuple(times) for weekday, times in hours.items()},
        absences=tuple(absences),
        busy=busy,
        credentials=tuple(Credential(row.kind, row.title, row.expires_on) for row in member.credentials.all()),
        needs=NEEDS[role] if role.value in member.roles else (),
        may_lead=member.may_lead,
        weekly_minutes=None if member.weekly_hours is None else 60 * member.weekly_hours,
    )


def _space(room: Room, clinic: Clinic, busy: tuple[Interval, ...]) -> Space:
    return Space(
        key=str(room.pk),
        name=room.name,
        kind=RoomKind(room.kind),
        opens=room.opens_at or clinic.opens_at,
        closes=room.closes_at or clinic.closes_at,
        turnover=room.turnover_minutes,
        busy=busy,
    )


def _busy(
    clinic: Clinic, course: Course, members: list[Membership], *, since: dt.datetime, without: list[int]
) -> dict[tuple[str, int], tuple[Interval, ...]]:
    """What people, rooms and the patient are taken for, leaving out the visits that are being planned again."""
    found: dict[tuple[str, int], list[Interval]] = defaultdict(list)
    rows = (
        Allocation.objects.filter(active=True, during__endswith__gt=since)
        .filter(
            Q(therapist__in=[member.user_id for member in members])
            | Q(room__clinic=clinic)
            | Q(patient=course.patient_id)
        )
        .exclude(visit__in=without)
        .values_list("therapist_id", "room_id", "patient_id", "during")
    )
    for therapist, room, patient, during in rows:
        interval = Interval(during.lower, during.upper)
        for kind, key in (("therapist", therapist), ("room", room), ("patient", patient)):
            if key is not None:
                found[kind, key].append(interval)
    return defaultdict(tuple, {key: tuple(intervals) for key, intervals in found.items()})


def _closed_rooms(clinic: Clinic, first: dt.date) -> dict[int, list[Interval]]:
    closed: dict[int, list[Interval]] = defaultdict(list)
    for row in RoomClosure.objects.filter(room__clinic=clinic, ends_on__gte=first):
        days = (row.starts_on, row.ends_on + dt.timedelta(days=1))
        start, end = (at_wall(day, dt.time(0), clinic.zone) for day in days)
        closed[row.room_id].append(Interval(start, end))
    return closed


def _house(clinic: Clinic, first: dt.date) -> House:
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


def week_of(times: dict[str, list[list[str]]]) -> Week | None:
    """The patient's times as the chart keeps them ({"0": [["09:00", "17:00"]]}); None when any time will do."""
    if not times:
        return None
    return {
        int(day): tuple((dt.time.fromisoformat(start), dt.time.fromisoformat(end)) for start, end in hours)
        for day, hours in times.items()
        if hours
    }


def _times(course: Course, wish: Wish) -> Week | None:
    return week_of(course.patient.times) if wish.times is None else (wish.times or None)


def washout_of(course: Course, today: dt.date) -> tuple[dt.date | None, tuple[str, ...]]:
    """The clear-from date of all washouts (None: nothing to wait for), and a sentence for each that nobody can date."""
    entries = washout.clearances(candidate_for(course, today), course.plan.washout, as_of=today)
    unknown = tuple(entry.finding.sentence for entry in entries if not entry.no_wait and entry.clear_from is None)
    clear = washout.clear_from(entries, as_of=today)
    return (clear if clear is not None and clear > today else None), unknown
