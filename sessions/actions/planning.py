"""Gathers what the planner must know of one course and its clinic. Writes nothing; the number of queries is fixed."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from accounts.models import Clinic, Membership
from accounts.rules.access import Role
from patients.models import Course, TeamMember
from patients.rules.protocol import Protocol, VisitPlan
from screening.actions.facts import candidates_for
from screening.rules import washout
from sessions.actions.resources import (
    holding,
    house_of,
    may_treat,
    members_of,
    people_in,
    people_who_left,
    spaces_in,
    taken_in,
)
from sessions.models import Deviation, Visit
from sessions.rules.choices import Alternative, alternatives
from sessions.rules.intervals import at_wall
from sessions.rules.planner import plan_course
from sessions.rules.planning import Appointment, Client, Duty, FallBack, Proposal, Request, Week, Wish
from sessions.rules.preferences import admissible, missed
from sessions.rules.repair import lasting
from sessions.rules.search import calendar_for

Cleared = tuple[dt.date | None, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Shared:
    """What is read once for many courses of a clinic: who works there, and when each patient is clear of washouts."""

    members: list[Membership]
    washouts: Mapping[int, Cleared]


def shared_by(clinic: Clinic, courses: Sequence[Course], *, as_of: dt.datetime) -> Shared:
    """For requests of one instant: nothing of it changes by what is booked. The number of queries is fixed."""
    today = as_of.astimezone(clinic.zone).date()
    return Shared(members_of(clinic, today), washouts_of(courses, today))


def propose(course: Course, *, wish: Wish, as_of: dt.datetime) -> Proposal:
    """A plan for every visit of the course that is not yet history, or every reason why there is none."""
    return plan_course(request_for(course, wish=wish, as_of=as_of))


def propose_among(course: Course, *, wish: Wish, as_of: dt.datetime) -> tuple[Proposal, list[Alternative]]:
    """The same, and the ten best plans that differ in their pair or in the week in which they begin."""
    request = request_for(course, wish=wish, as_of=as_of)
    calendar = calendar_for([request])
    proposal = plan_course(request, calendar)
    return proposal, alternatives(request, calendar) if proposal.plan else []


def request_for(
    course: Course, *, wish: Wish, as_of: dt.datetime, without: Iterable[int] = (), shared: Shared | None = None
) -> Request:
    """The planner's request for this course as the calendar stands now.

    Visits that are done, or whose time has passed, are history and stay; planned ones may move; visits that were
    cancelled or missed are placed again when the whole course is planned, and left alone when it is only mended.
    `without` are visits of other courses, by id, that are not in the way either; `shared` is what was read already.
    """
    clinic = course.clinic
    zone = clinic.zone
    today = as_of.astimezone(zone).date()
    rows = list(course.visits.select_related("course").prefetch_related("allocations"))
    team = [member for member in course.team.select_related("user") if member.in_force(today)]
    lead = next((member.user_id for member in team if member.duty == TeamMember.Duty.LEAD), None)
    protocol, held, current = _standing(_as_signed(course), rows, lead, as_of, wish)
    shared = shared or shared_by(clinic, [course], as_of=as_of)
    members = shared.members
    first = min([wish.first_day, *(a.start.astimezone(zone).date() for a in (*held.values(), *current.values()))])
    movable = [row.pk for row in rows if row.code in current]
    house = house_of(clinic, first)
    taken = taken_in(
        clinic,
        house,
        members,
        course=course,
        since=at_wall(first - dt.timedelta(days=first.weekday()), dt.time(0), zone),
        without=[*movable, *without],
    )
    asked_for = _pairs(wish, team, members)
    people = people_in(members, _treating(wish, asked_for, members), taken)
    people |= people_who_left(_named(wish, *held.values(), *current.values()) - people.keys(), today)
    # Who treats a course that is only mended goes on treating it, whatever is asked for since.
    preferences = () if wish.mend else tuple(row.asked for row in course.preferences.select_related("person"))
    pairs, left_out = admissible(asked_for, preferences, people)
    in_pairs = {key for pair in pairs for key in pair}
    clear_from, unknown = shared.washouts[course.pk]
    return Request(
        protocol=protocol,
        house=house,
        client=Client(str(course.patient_id), _times(course, wish), taken.get(("patient", course.patient_id), ())),
        people=people,
        pairs=pairs,
        physicians=_with_duty(Role.PHYSICIAN, TeamMember.Duty.PHYSICIAN, team, members),
        raters=tuple(
            key for key in _with_duty(Role.RATER, TeamMember.Duty.RATER, team, members) if key not in in_pairs
        ),
        spaces=spaces_in(clinic, taken, first=first),
        first_day=wish.first_day,
        last_start=wish.last_start,
        not_before=as_of if wish.mend else at_wall(today + dt.timedelta(days=1), dt.time(0), zone),
        clear_from=clear_from,
        washout_unknown=unknown,
        held=held,
        current=current,
        fall_backs=_standing_in(current, in_pairs, pairs),
        attendants=holding(Role.NIGHT_ATTENDANT, members),
        priority=course.priority,
        misses=missed(pairs, preferences, people),
        left_out=left_out,
    )


def _named(wish: Wish, *appointments: Appointment) -> set[str]:
    """The keys of the pair that is asked for, and of everybody in these visits."""
    found = {key for one in appointments for key in (*(who for _, who in one.people), one.cover, one.night) if key}
    return found | set(wish.pair or ())


def _treating(wish: Wish, pairs: tuple[tuple[str, str], ...], members: list[Membership]) -> set[str]:
    """Whose papers as a therapist count: anybody who may stand in when a course is mended, else those of the pairs."""
    if wish.mend:
        return set(holding(Role.THERAPIST, members))
    return {key for pair in pairs for key in pair}


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
        None if visit.night_attendant_id is None else str(visit.night_attendant_id),
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


def _pairs(wish: Wish, team: list[TeamMember], members: list[Membership]) -> tuple[tuple[str, str], ...]:
    """The pair that is asked for, or every two therapists; those of the care team first."""
    if wish.pair is not None:
        return (wish.pair,)
    known = [str(member.user_id) for member in team if member.duty in (TeamMember.Duty.LEAD, TeamMember.Duty.SECOND)]
    keys = [str(m.user_id) for m in members if may_treat(m)]
    ordered = sorted(keys, key=lambda key: key not in known)
    leads = {str(m.user_id) for m in members if m.may_lead}
    pairs = [(one, other) if one in leads else (other, one) for one, other in combinations(ordered, 2)]
    return tuple(pair for pair in pairs if pair[0] in leads)


def _with_duty(role: Role, duty: str, team: list[TeamMember], members: list[Membership]) -> tuple[str, ...]:
    """People who may take a duty: the one on the care team first."""
    chosen = {str(member.user_id) for member in team if member.duty == duty}
    return tuple(sorted(holding(role, members), key=lambda key: key not in chosen))


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


def washout_of(course: Course, today: dt.date) -> Cleared:
    """The clear-from date of all washouts (None: nothing to wait for), and a sentence for each that nobody can date."""
    return washouts_of([course], today)[course.pk]


def washouts_of(courses: Sequence[Course], today: dt.date) -> dict[int, Cleared]:
    """The same for many courses, by course key; the number of queries is fixed."""
    candidates = candidates_for(courses, today)
    found = {}
    for course in courses:
        entries = washout.clearances(candidates[course.pk], course.plan.washout, as_of=today)
        unknown = tuple(entry.finding.sentence for entry in entries if not entry.no_wait and entry.clear_from is None)
        clear = washout.clear_from(entries, as_of=today)
        found[course.pk] = (clear if clear is not None and clear > today else None), unknown
    return found
