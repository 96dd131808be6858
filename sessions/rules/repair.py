"""Mends courses that no longer hold where they stand: as few visits as possible change, the dear ones last.

Course by course, the dearest first, each visit is put back by the planner at the price of moving it; what is done stays.
Where the pair cannot hold a visit that is in trouble, somebody may stand in, at a price. Only when a course finds no
place that way is a neighbour taken out and put back behind it. What would need a signature is told, never done.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from accounts.rules.findings import Finding, Outcome
from patients.rules.protocol import Figure, VisitPlan
from sessions.rules.checking import troubles
from sessions.rules.intervals import Interval
from sessions.rules.obstacles import explain, preliminaries
from sessions.rules.openings import night_of
from sessions.rules.planning import Appointment, FallBack, Person, Plan, Request
from sessions.rules.search import search_for

NEIGHBOURS = 6


@dataclass(frozen=True, slots=True)
class Standing:
    """A course as it stands. What its request calls busy leaves out every visit of every course that is mended with it.

    `stand_ins` are therapists who may take a place in it; `again` are visits that have no place and are to get one;
    `off` are visits that keep theirs only because others are counted from them.
    """

    key: str
    request: Request
    stand_ins: tuple[str, ...] = ()
    again: frozenset[str] = frozenset()
    off: frozenset[str] = frozenset()
    reasons: tuple[tuple[str, str], ...] = ()  # (code, sentence): what the event itself says of a visit


@dataclass(frozen=True, slots=True)
class Change:
    """One visit, where it was (None: it had no place), where it would be, and why."""

    code: str
    was: Appointment | None
    now: Appointment
    reasons: tuple[str, ...]

    @property
    def is_moved(self) -> bool:
        return self.was is None or self.was.start != self.now.start


@dataclass(frozen=True, slots=True)
class Mended:
    """What becomes of one course. Without a plan it stays as it is, in trouble, and the findings say why."""

    key: str
    plan: Plan | None
    request: Request
    troubled: tuple[str, ...]
    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Repair:
    """What would become of every course that was touched; the others stay as they are."""

    courses: tuple[Mended, ...]

    @property
    def is_whole(self) -> bool:
        return all(course.plan is not None for course in self.courses)

    @property
    def changes(self) -> int:
        return sum(len(course.changes) for course in self.courses)

    @property
    def fingerprint(self) -> str:
        """The same for the same repair: what a page shows and what is written can be compared."""
        words = repr([(course.key, course.plan and course.plan.fingerprint) for course in self.courses])
        return hashlib.sha256(words.encode()).hexdigest()[:32]


def price(appointment: Appointment, *, is_dosing: bool, is_announced: bool, as_of: datetime) -> int:
    """What it costs to move one visit: those that the patient was told of, near ones and dosing days are dearest."""
    ahead = appointment.start - as_of
    near = next((factor for days, factor in ((2, 4), (7, 2)) if ahead < timedelta(days=days)), 1)
    return 1000 * near * (3 if is_announced else 1) * (2 if is_dosing else 1)


def repaired(courses: Sequence[Standing]) -> Repair:
    """The least disturbing repair of every course here that no longer holds where it stands. Deterministic."""
    return _Clinic(courses).repair()


class _Clinic:
    def __init__(self, courses: Sequence[Standing]) -> None:
        self.courses = {course.key: course for course in courses}
        self.placed: dict[str, tuple[Appointment, ...]] = {}
        self.taken: dict[str, dict[str, list[Interval]]] = defaultdict(dict)  # by what is taken, then by course
        self.in_order: dict[
            str, list[tuple[Interval, str]]
        ] = {}  # the same as it is read, until a course is put elsewhere
        self.done: dict[str, Mended] = {}
        self.troubled: dict[str, dict[str, list[str]]] = {}
        for course in courses:
            self._put(course.key, tuple(course.request.current.values()))

    def repair(self) -> Repair:
        for key, course in self.courses.items():
            found = {
                # What the event says of a visit itself comes from the event, in its own words.
                code: [finding.sentence for finding in findings if finding.code not in ("wanted", "length")]
                for code, findings in troubles(self.request_of(key)).items()
            }
            for code, sentence in course.reasons:
                found[code] = [sentence, *found.get(code, [])]
            if found or course.again:
                self.troubled[key] = found
        for key in sorted(self.troubled, key=lambda key: (-self._worth(key), key)):
            self._mend(key)
        return Repair(tuple(self.done[key] for key in self.courses if key in self.done))

    def request_of(self, key: str, without: Iterable[str] = ()) -> Request:
        """The course's request with everything that the other courses have now in its way."""
        request = self.courses[key].request
        apart = {key, *without}
        client = request.client

        def busy(kind: str, name: str, already: tuple[Interval, ...]) -> tuple[Interval, ...]:
            taken = [interval for interval, owner in self._taken_by(f"{kind}:{name}") if owner not in apart]
            return tuple(sorted((*already, *taken), key=_in_time)) if already else tuple(taken)

        return replace(
            request,
            people={
                name: replace(person, busy=busy("person", name, person.busy)) for name, person in request.people.items()
            },
            spaces=tuple(replace(space, busy=busy("room", space.key, space.busy)) for space in request.spaces),
            client=replace(client, busy=busy("patient", client.key, client.busy)),
        )

    def _taken_by(self, resource: str) -> list[tuple[Interval, str]]:
        """When a person, a room or a patient is taken, in the order of time, and by which course."""
        if resource not in self.in_order:
            found = [(interval, key) for key, those in self.taken[resource].items() for interval in those]
            self.in_order[resource] = sorted(found, key=lambda pair: _in_time(pair[0]))
        return self.in_order[resource]

    def _put(self, key: str, appointments: tuple[Appointment, ...]) -> None:
        """Place a course here, and write down what it takes instead of what it took before."""
        self.placed[key] = appointments
        request = self.courses[key].request
        turnover = {space.key: space.turnover for space in request.spaces}
        now: dict[str, list[Interval]] = defaultdict(list)
        for appointment in appointments:
            interval = appointment.interval
            now[f"patient:{request.client.key}"].append(interval)
            for _, person in appointment.people:
                now[f"person:{person}"].append(interval)
            if appointment.night is not None:
                night = night_of(appointment.end.astimezone(request.house.zone).date(), request.house)
                now[f"person:{appointment.night}"].append(night)
            if appointment.room is not None:
                now[f"room:{appointment.room}"].append(interval.lengthened(turnover[appointment.room]))
        for resource in [name for name, those in self.taken.items() if key in those]:
            del self.taken[resource][key]
            self.in_order.pop(resource, None)
        for resource, intervals in now.items():
            self.taken[resource][key] = intervals
            self.in_order.pop(resource, None)

    def _worth(self, key: str) -> int:
        request = self.courses[key].request
        return sum(request.prices.get(code, request.weights.moved) for code in self.troubled[key])

    def _mend(self, key: str) -> None:
        request = self.request_of(key)
        if missing := preliminaries(request):
            self.done[key] = Mended(key, None, request, tuple(self.troubled[key]), (), tuple(missing))
            return
        helped = self._with_stand_ins(key, request)
        if plan := _cheapest(helped):
            self._place(key, plan, helped)
        elif not self._ruin_a_neighbour(key):
            findings = (*self._signatures(key, helped), *_why_not(helped))
            self.done[key] = Mended(key, None, helped, tuple(self.troubled[key]), (), findings)

    def _with_stand_ins(self, key: str, request: Request) -> Request:
        others = tuple(name for name in self.courses[key].stand_ins if name not in request.pairs[0])
        known = request.fall_backs
        helped = {
            code: replace(
                known.get(code, FallBack()), stand_ins=(*known[code].stand_ins, *others) if code in known else others
            )
            for code in self.troubled[key]
        }
        return replace(request, fall_backs={**known, **helped}) if others else request

    def _place(self, key: str, plan: Plan, request: Request, *, makes_room: bool = False) -> None:
        self._put(key, tuple(a for a in plan.appointments if a.code not in request.held))
        changes = _changes(plan, request, self.troubled.get(key, {}), makes_room=makes_room)
        findings = tuple(_given_way(plan, request))
        self.done[key] = Mended(key, plan, request, tuple(self.troubled.get(key, {})), changes, findings)

    def _ruin_a_neighbour(self, key: str) -> bool:
        """Take one other course out of the way, put this one in, and the other back; False when no such pair fits."""
        pair = set(self.courses[key].request.pairs[0])
        others = [other for other in self.courses if other != key and self._is_movable(other)]
        others.sort(key=lambda other: (not pair & set(self.courses[other].request.pairs[0]), other))
        for other in others[:NEIGHBOURS]:
            freed = self._with_stand_ins(key, self.request_of(key, without=[other]))
            if (plan := _cheapest(freed)) is None:
                continue
            before = self.placed[key]
            self._put(key, tuple(a for a in plan.appointments if a.code not in freed.held))
            behind = (
                self._with_stand_ins(other, self.request_of(other))
                if other in self.troubled
                else self.request_of(other)
            )
            if (second := _cheapest(behind)) is not None:
                self._place(key, plan, freed)
                self._place(other, second, behind, makes_room=True)
                return True
            self._put(key, before)
        return False

    def _is_movable(self, key: str) -> bool:
        return key not in self.troubled or (key in self.done and self.done[key].plan is not None)

    def _signatures(self, key: str, request: Request) -> list[Finding]:
        """What a signed deviation would make possible, where the protocol leaves any."""
        eased = with_deviations(request)
        if eased.fall_backs == request.fall_backs or (plan := _cheapest(eased)) is None:
            return []
        return list(deviations_in(plan, eased))


def _in_time(interval: Interval) -> tuple[datetime, datetime]:
    return interval.start, interval.end


def _cheapest(request: Request) -> Plan | None:
    return search_for(request).best(request.pairs[:1])


def _why_not(request: Request) -> list[Finding]:
    return explain(search_for(request))


def with_deviations(request: Request) -> Request:
    """The request with everything that signed deviations could allow for visits that may still move, at its price."""
    visits, fall_backs = [], dict(request.fall_backs)
    for visit in request.protocol.visits:
        if visit.code not in request.held and (opened := _opened(visit)):
            known = fall_backs.get(visit.code, FallBack())
            window = (visit.earliest.whole, visit.latest.whole)
            fall_backs[visit.code] = replace(known, alone=visit.may_be_alone, window=window)
            visit = opened
        visits.append(visit)
    return replace(request, protocol=replace(request.protocol, visits=tuple(visits)), fall_backs=fall_backs)


def _opened(visit: VisitPlan) -> VisitPlan | None:
    early, late = visit.deviation_earliest or visit.earliest, visit.deviation_latest or visit.latest
    if (early, late) == (visit.earliest, visit.latest) and not visit.may_be_alone:
        return None
    return replace(visit, earliest=early, latest=late)


def deviations_in(plan: Plan, request: Request) -> Iterable[Finding]:
    """A sentence for each deviation that somebody has to sign before this plan may be booked."""
    zone = request.house.zone
    days = {a.code: a.start.astimezone(zone).date() for a in plan.appointments}
    for visit in request.protocol.visits:
        fall_back = request.fall_backs.get(visit.code)
        if fall_back is None or visit.code not in days:
            continue
        if fall_back.window is not None and visit.anchor in days:
            gap, (low, high) = (days[visit.code] - days[visit.anchor]).days, fall_back.window
            if not low <= gap <= high:
                sentence = (
                    f"It would fit with a signed deviation: {visit.title} ({visit.code}) {gap} days after {visit.anchor}, "
                    f"on {_day(days[visit.code])}; its window is {low} to {high} days."
                )
                yield Finding("deviation", Outcome.JUDGEMENT, sentence, visit.code, decided_by="physician or lead")
        if fall_back.alone and len(plan.appointment(visit.code).people) < visit.therapists:
            sentence = (
                f"It would fit with a signed deviation: one therapist alone in {visit.title} ({visit.code}) "
                f"on {_day(days[visit.code])}."
            )
            yield Finding("deviation", Outcome.JUDGEMENT, sentence, visit.code, decided_by="physician or lead")


def _given_way(plan: Plan, request: Request) -> Iterable[Finding]:
    """Who stands in for whom, in words."""
    pair = set(plan.pair)
    for code, fall_back in request.fall_backs.items():
        if not any(appointment.code == code for appointment in plan.appointments) or code in request.held:
            continue
        people = {key for _, key in plan.appointment(code).people}
        before = {key for _, key in request.current[code].people} if code in request.current else set()
        for key in sorted(people & set(fall_back.stand_ins) - before):
            missing = [request.people[name] for name in sorted((before or pair) - people)]
            names = " and ".join(person.name for person in missing)
            sentence = f"{request.people[key].name} would stand in for {names} in {code}."
            sentence += "".join(_hindered(person, plan.appointment(code), request) for person in missing)
            yield Finding("stand_in", Outcome.JUDGEMENT, sentence, code, decided_by="coordinator")


def _hindered(person: Person, appointment: Appointment, request: Request) -> str:
    """What keeps somebody from a visit at its time, as a sentence to append; empty where only the plan as a whole does."""
    day, span = appointment.start.astimezone(request.house.zone).date(), Interval(appointment.start, appointment.end)
    if any(absence.first <= day <= absence.last for absence in person.absences):
        return f" {person.name} is away then."
    if any(taken.overlaps(span) for taken in (*person.busy, *person.outside)):
        return f" {person.name} is taken then."
    return ""


def _changes(plan: Plan, request: Request, troubled: dict[str, list[str]], *, makes_room: bool) -> tuple[Change, ...]:
    changed = {}
    for appointment in plan.appointments:
        was = request.current.get(appointment.code)
        if appointment.code not in request.held and (was is None or _differs(was, appointment)):
            changed[appointment.code] = (was, appointment)
    moved = {code for code, (was, now) in changed.items() if was is None or was.start != now.start}
    found = []
    for code, (was, now) in changed.items():
        reasons = list(troubled.get(code, ()))
        if was is None and not reasons:
            reasons = ["It has no place in the calendar."]
        anchor = request.protocol.visit(code).anchor
        if not reasons and anchor in moved:
            reasons = [f"It is counted from {anchor}, which moves."]
        if not reasons:
            reasons = (
                ["It makes room for a visit of another course."] if makes_room else [_beside(code, moved, request)]
            )
        found.append(Change(code, was, now, tuple(reasons)))
    return tuple(sorted(found, key=lambda change: (change.now.start, change.code)))


def _beside(code: str, moved: set[str], request: Request) -> str:
    visits = request.protocol.visits
    hangs = [visit.code for visit in visits if visit.anchor == code and visit.code in moved]
    follows = [visit.code for visit in visits if visit.before == code and visit.code in moved]
    before = request.protocol.visit(code).before
    near = dict.fromkeys(hangs + follows + ([before] if before in moved else []))
    return f"It keeps its distance from {', '.join(near)}." if near else "Its time is needed for the others."


def _differs(was: Appointment, now: Appointment) -> bool:
    people = [{key for _, key in appointment.people} for appointment in (was, now)]
    places = [(a.start, a.end, a.room, a.cover, a.night) for a in (was, now)]
    return people[0] != people[1] or places[0] != places[1]


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"


def lasting(visit: VisitPlan, minutes: int) -> VisitPlan:
    """The same visit with another length."""
    return replace(visit, minutes=Figure(minutes, visit.minutes.unit, visit.minutes.source))
