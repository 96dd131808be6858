"""Checks a plan against every hard rule, one visit at a time. Shares no code with the planner, only its words.

It is written the plain way round (wall-clock times, one comparison after another), so that a mistake in the planner's
arithmetic is not repeated here.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from accounts.rules.findings import Finding, Outcome
from patients.rules.protocol import VisitKind, VisitPlan
from sessions.rules.planning import Appointment, Duty, Person, Plan, Request, Week


def check(plan: Plan, request: Request) -> list[Finding]:
    """Every rule that this plan breaks; empty for a sound plan."""
    return [Finding(code, Outcome.NOT_MET, sentence) for code, sentence in _Checker(plan, request).faults()]


def troubles(request: Request) -> dict[str, list[Finding]]:
    """What each visit of `request.current` breaks where it stands now, by code; visits that still hold are left out."""
    standing = (*request.held.values(), *request.current.values())
    checker = _Checker(Plan(request.pairs[0], standing, 0), request)
    found = {}
    for code, appointment in request.current.items():
        if faults := list(checker.faults_of(appointment)):
            found[code] = [Finding(rule, Outcome.NOT_MET, sentence) for rule, sentence in faults]
    return found


def standing_outside(appointments: Iterable[Appointment], request: Request) -> dict[str, list[Finding]]:
    """What each of these visits breaks of hours, closures, leave, papers, duty and rooms alone, by code.

    What somebody or a room is booked for is not looked at, nor are windows: only when and with whom work can be done.
    """
    checker = _Checker(Plan(("", ""), tuple(appointments), 0), request)
    found = {}
    for appointment in appointments:
        if faults := list(checker.outside(appointment)):
            found[appointment.code] = [Finding(rule, Outcome.NOT_MET, sentence) for rule, sentence in faults]
    return found


Fault = tuple[str, str]


class _Checker:
    def __init__(self, plan: Plan, request: Request) -> None:
        self.plan, self.request = plan, request
        self.zone = request.house.zone
        self.visits = {visit.code: visit for visit in request.protocol.visits}
        self.placed = {appointment.code: appointment for appointment in plan.appointments}
        self.spaces = {space.key: space for space in request.spaces}

    def faults(self) -> Iterator[Fault]:
        if gone := list(self._gone()):
            yield from gone  # of whom nothing else can be said
            return
        yield from self._completeness()
        for appointment in self.plan.appointments:
            yield from self.faults_of(appointment)
        yield from self._orders()
        yield from self._collisions()
        yield from self._weeks()

    def _gone(self) -> Iterator[Fault]:
        """People who do not work here and rooms that are not in use, as when they left after the plan was made."""
        for one in self.plan.appointments:
            if one.code in self.request.held:
                continue
            people = {*(key for _, key in one.people), *(key for key in (one.cover, one.night) if key is not None)}
            if not people <= self.request.people.keys():
                yield "gone", f"{one.code} is with somebody who does not work here any more."
            if one.room is not None and one.room not in self.spaces:
                yield "gone", f"{one.code} is in a room that is not in use any more."

    def faults_of(self, appointment: Appointment) -> Iterator[Fault]:
        visit = self.visits.get(appointment.code)
        if visit is None:
            return
        if appointment.code in self.request.held:
            if appointment != self.request.held[appointment.code]:
                yield "held", f"{visit.code} was to stay where it is."
            return
        yield from self._length(visit, appointment)
        yield from self._window(visit, appointment)
        yield from self._staffing(visit, appointment)
        yield from self.outside(appointment)
        yield from self._patient(visit, appointment)

    def outside(self, appointment: Appointment) -> Iterator[Fault]:
        visit = self.visits[appointment.code]
        yield from self._day(visit, appointment)
        for _, key in appointment.people:
            yield from self._person(visit, appointment, self.request.people[key])
        yield from self._cover(visit, appointment)
        yield from self._room(visit, appointment)
        yield from self._night(visit, appointment)

    def _local(self, instant: datetime) -> datetime:
        return instant.astimezone(self.zone)

    def _date(self, code: str) -> date:
        return self._local(self.placed[code].start).date()

    def _completeness(self) -> Iterator[Fault]:
        codes = [appointment.code for appointment in self.plan.appointments]
        for code in self.visits:
            if codes.count(code) != 1:
                yield "completeness", f"{code} is planned {codes.count(code)} times."
        for code in codes:
            if code not in self.visits:
                yield "completeness", f"{code} is not in the protocol."
        if self.plan.pair not in self.request.pairs:
            yield "pair", "These two may not treat this patient together."
        lead = self.request.people.get(self.plan.pair[0])
        is_new = not self.request.held and not self.request.current
        if is_new and lead is not None and not lead.may_lead:
            yield "may not lead", f"{lead.name} may not lead."

    def _length(self, visit: VisitPlan, appointment: Appointment) -> Iterator[Fault]:
        wanted = self.request.wanted.get(visit.code, appointment.start)
        if appointment.start != wanted:
            yield "wanted", f"{visit.code} does not begin when it was wanted."
        if appointment.end - appointment.start != timedelta(minutes=visit.minutes.whole):
            yield "length", f"{visit.code} does not last {visit.minutes.whole} minutes."

    def _window(self, visit: VisitPlan, appointment: Appointment) -> Iterator[Fault]:
        request, day = self.request, self._local(appointment.start).date()
        if visit.anchor is None:
            if not request.first_day <= day <= request.last_start:
                yield "window", f"{visit.code} is not between the first day and the last start asked for."
        elif visit.anchor in self.placed:
            gap = (day - self._date(visit.anchor)).days
            if gap < visit.earliest.value or gap > visit.latest.value:
                yield "window", f"{visit.code} is {gap} days after {visit.anchor}."
            if self._local(appointment.start).hour >= 12 and self._is_morning_after(visit):
                yield "morning", f"{visit.code} is not in the morning."
        if visit.after_washout and request.clear_from is not None and day < request.clear_from:
            yield "washout", f"{visit.code} is before the washout ends."
        if visit.after_washout and request.washout_unknown:
            yield "washout", f"{visit.code} is planned though a washout is unknown."
        if request.not_before is not None and appointment.start < request.not_before:
            yield "past", f"{visit.code} is in the past."

    def _is_morning_after(self, visit: VisitPlan) -> bool:
        anchor = self.visits[visit.anchor or ""]
        return visit.kind == VisitKind.INTEGRATION and anchor.kind == VisitKind.DOSING and int(visit.latest.value) == 1

    def _day(self, visit: VisitPlan, appointment: Appointment) -> Iterator[Fault]:
        house, start, end = self.request.house, self._local(appointment.start), self._local(appointment.end)
        if start.date() != end.date() or start.time() < house.opens or end.time() > house.closes:
            yield "clinic hours", f"{visit.code} is outside the clinic's opening hours."
        if start.date() in house.closures and visit.kind != VisitKind.CALL:
            yield "closure", f"{visit.code} is on a day on which the clinic is closed."
        if start.minute % 15 or start.second:
            yield "grid", f"{visit.code} does not begin on a quarter of an hour."

    def _staffing(self, visit: VisitPlan, appointment: Appointment) -> Iterator[Fault]:
        therapists = [key for duty, key in appointment.people if duty in (Duty.LEAD, Duty.SECOND)]
        fall_back = self.request.fall_backs.get(visit.code)
        fewest = 1 if fall_back is not None and fall_back.alone and visit.therapists else visit.therapists
        if len(set(therapists)) != len(therapists) or not fewest <= len(therapists) <= visit.therapists:
            yield "staffing", f"{visit.code} has {len(therapists)} therapists, not {visit.therapists}."
        others = set(therapists) - set(self.plan.pair)
        may_stand_in = set(fall_back.stand_ins) if fall_back is not None else set()
        if not others <= may_stand_in or (others and others == set(therapists) and visit.therapists > 1):
            yield "continuity", f"{visit.code} is with somebody who is not of the pair."
        raters = [key for duty, key in appointment.people if duty == Duty.RATER]
        if len(raters) != ("rater" in visit.also_present):
            yield "rater", f"{visit.code} has {len(raters)} raters."
        for rater in raters:
            if rater in self.plan.pair or rater not in self.request.raters:
                yield "independence", f"The rater of {visit.code} is not independent."

    def _person(self, visit: VisitPlan, appointment: Appointment, person: Person) -> Iterator[Fault]:
        start, end = self._local(appointment.start), self._local(appointment.end)
        day = start.date()
        if visit.kind != VisitKind.CALL and not self._within(person.hours, start, end):
            yield "hours", f"{person.name} does not work at the time of {visit.code}."
        for absence in person.absences:
            if absence.first <= day <= absence.last:
                yield "leave", f"{person.name} is away on the day of {visit.code}."
        for taken, how in ((person.busy, "has another visit"), (person.outside, "is taken elsewhere")):
            if any(busy.start < appointment.end and appointment.start < busy.end for busy in taken):
                yield "double booking", f"{person.name} {how} at the time of {visit.code}."
        for kind in person.needs:
            good = [c for c in person.credentials if c.kind == kind and (c.expires_on is None or c.expires_on >= day)]
            if not good:
                yield "credential", f"{person.name} has no good {kind} on the day of {visit.code}."

    def _within(self, week: Week, start: datetime, end: datetime) -> bool:
        """True when the hours of that weekday, joined where they touch, hold the whole visit."""
        reached = start.time()
        for opens, closes in sorted(week.get(start.weekday(), ())):
            if opens <= reached < closes:
                reached = closes
        return start.date() == end.date() and start.time() < reached and end.time() <= reached

    def _cover(self, visit: VisitPlan, appointment: Appointment) -> Iterator[Fault]:
        needed = "physician" in visit.also_present
        if needed and appointment.cover is None:
            yield "cover", f"{visit.code} has no physician."
        if appointment.cover is not None:
            if appointment.cover not in self.request.physicians or not needed:
                yield "cover", f"{visit.code} is covered by somebody who is not a physician on duty."
            yield from self._person(visit, appointment, self.request.people[appointment.cover])

    def _room(self, visit: VisitPlan, appointment: Appointment) -> Iterator[Fault]:
        if visit.room is None or appointment.room is None:
            if visit.room is not None or appointment.room is not None:
                yield "room", f"{visit.code} has the wrong kind of place."
            return
        space = self.spaces[appointment.room]
        start, end = self._local(appointment.start), self._local(appointment.end)
        if space.kind != visit.room:
            yield "room kind", f"{visit.code} is in a {space.kind} room."
        if start.time() < space.opens or end.time() > space.closes:
            yield "room hours", f"{space.name} is closed at the time of {visit.code}."
        cleared = appointment.end + timedelta(minutes=space.turnover)
        for busy in space.busy:
            if busy.start < cleared and appointment.start < busy.end:
                yield "room booking", f"{space.name} is booked or being turned over at the time of {visit.code}."

    def _night(self, visit: VisitPlan, appointment: Appointment) -> Iterator[Fault]:
        """Where nights are on the roster, somebody stays from the hour the clinic closes until it opens again."""
        needed = bool(self.request.attendants) and "night attendant" in visit.also_present
        if needed != (appointment.night is not None):
            yield "night", f"{visit.code} has {'no' if needed else 'a needless'} night attendant."
        if not needed or appointment.night is None:
            return
        person, house = self.request.people[appointment.night], self.request.house
        day = self._local(appointment.start).date()
        closes = datetime.combine(day, house.closes, self.zone)
        opens = datetime.combine(day + timedelta(days=1), house.opens, self.zone)
        is_away = any(absence.first <= day <= absence.last for absence in person.absences)
        roster = person.hours if person.nights is None else person.nights
        if appointment.night not in self.request.attendants or day.weekday() not in roster or is_away:
            yield "night", f"{person.name} does not stay the night after {visit.code}."
        if any(busy.start < opens and closes < busy.end for busy in (*person.busy, *person.outside)):
            yield "night", f"{person.name} is taken in the night after {visit.code}."

    def _weeks(self) -> Iterator[Fault]:
        """Nobody has more hours in a week than they may, Monday to Sunday; what begins in a week counts in it."""
        new = [appointment for appointment in self.plan.appointments if appointment.code not in self.request.held]
        mondays = {(key, self._monday(a.start)) for a in new for _, key in a.people}
        for key, monday in sorted(mondays):
            person = self.request.people[key]
            taken = [*person.busy, *(a.interval for a in new if key in [who for _, who in a.people])]
            minutes = sum(
                (one.end - one.start).total_seconds() / 60 for one in taken if self._monday(one.start) == monday
            )
            if person.weekly_minutes is not None and minutes > person.weekly_minutes:
                yield "weekly hours", f"{person.name} would have {minutes / 60:g} hours in the week of {monday}."

    def _monday(self, instant: datetime) -> date:
        day = self._local(instant).date()
        return day - timedelta(days=day.weekday())

    def _patient(self, visit: VisitPlan, appointment: Appointment) -> Iterator[Fault]:
        client, start, end = self.request.client, self._local(appointment.start), self._local(appointment.end)
        has_to_come = visit.kind != VisitKind.CALL and client.times is not None
        if has_to_come and not self._within(client.times or {}, start, end):
            yield "patient's times", f"The patient cannot come at the time of {appointment.code}."
        for busy in client.busy:
            if busy.start < appointment.end and appointment.start < busy.end:
                yield "patient's bookings", f"The patient has another visit at the time of {appointment.code}."

    def _orders(self) -> Iterator[Fault]:
        for visit in self.visits.values():
            if visit.before not in self.placed or visit.code not in self.placed or visit.before in self.request.held:
                continue
            first, then = self.placed[visit.code], self.placed[visit.before]
            if first.end > then.start:
                yield "order", f"{visit.code} does not end before {visit.before} begins."
            same_kind = self.visits[visit.before].kind == visit.kind
            if same_kind and self._date(visit.code) == self._date(visit.before):
                yield "same day", f"{visit.code} and {visit.before} are on one day."

    def _collisions(self) -> Iterator[Fault]:
        """Within the plan: the patient is in one place at a time, and a room is turned over between its visits."""
        in_order = sorted(self.plan.appointments, key=lambda appointment: appointment.start)
        for i, first in enumerate(in_order):
            for then in in_order[i + 1 :]:
                if {first.code, then.code} <= set(self.request.held):
                    continue
                if then.start < first.end:
                    yield "collision", f"{first.code} and {then.code} are at the same time."
                same_room = first.room is not None and first.room == then.room
                if same_room and then.start < first.end + timedelta(minutes=self.spaces[first.room or ""].turnover):
                    yield "turnover", f"The room is not turned over between {first.code} and {then.code}."
