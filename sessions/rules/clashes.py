"""Who and what is in the way of one visit at the very time at which somebody wants it: every one of them, in words."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import chain

from accounts.rules.findings import Finding, Outcome
from patients.rules.protocol import VisitKind, VisitPlan
from sessions.rules.intervals import Interval, day_of, lasting
from sessions.rules.openings import is_morning_after, night_of
from sessions.rules.planning import FallBack, Person, Request, Week
from sessions.rules.spans import spoken


def clashes(request: Request, pair: tuple[str, str]) -> list[Finding]:
    """Reasons why the wanted visits cannot be held at their times, looking at nothing but those times."""
    found = []
    for visit in request.protocol.visits:
        if visit.code in request.wanted:
            during = lasting(request.wanted[visit.code], visit.minutes.whole)
            reasons = dict.fromkeys(_Look(request, visit, during, pair).reasons())
            found += [Finding(code, Outcome.NOT_MET, sentence) for code, sentence in reasons]
    return found


def too_long(person: Person, minutes: float) -> str:
    """That somebody who has hours agreed for a week would be booked for more."""
    most = spoken(person.weekly_minutes or 0)
    return f"{person.name} would be booked for {spoken(minutes)} that week; {most} are agreed."


class _Look:
    def __init__(self, request: Request, visit: VisitPlan, during: Interval, pair: tuple[str, str]) -> None:
        self.request, self.visit, self.during, self.pair = request, visit, during, pair
        zone = request.house.zone
        self.starts, self.ends = during.start.astimezone(zone), during.end.astimezone(zone)
        self.day: date = self.starts.date()
        self.is_call = visit.kind is VisitKind.CALL

    def reasons(self) -> Iterator[tuple[str, str]]:
        yield from self._clinic()
        yield from self._patient()
        yield from self._strangers()
        wanted = self.request.wanted_people.get(self.visit.code, self.pair)
        therapists = [list(self._person(self.request.people[key])) for key in sorted(wanted, key=self._place)]
        if self.visit.therapists >= 2 or (self.visit.therapists == 1 and all(therapists)):
            yield from chain.from_iterable(therapists)
        if "physician" in self.visit.also_present:
            yield from self._nobody("cover", "physician on duty", self.request.physicians)
        if "rater" in self.visit.also_present:
            others = tuple(key for key in self.request.raters if key not in self.pair)
            yield from self._nobody("rater", "independent rater", others)
        yield from self._night()
        if self.visit.room is not None:
            yield from self._rooms()
        elif self.visit.code in self.request.wanted_rooms:
            yield "room", "This visit is held by telephone or video and takes no room."

    def _place(self, key: str) -> tuple[int, str]:
        """The pair in its order, then others."""
        return (self.pair.index(key) if key in self.pair else len(self.pair), key)

    def _strangers(self) -> Iterator[tuple[str, str]]:
        """Who is wanted in a visit and may not hold it: the patient keeps one of the pair, and a stand-in has papers."""
        wanted = self.request.wanted_people.get(self.visit.code, frozenset(self.pair))
        strange = wanted - set(self.pair)
        may = self.request.fall_backs.get(self.visit.code, FallBack()).stand_ins
        for key in sorted(strange - set(may)):
            name = self.request.people[key].name
            yield (
                "stand_in",
                f"{name} may not stand in: that takes a licence, a training and somebody who rates nothing of this course.",
            )
        if len(wanted) > 1 and strange == wanted:
            yield "continuity", "One of the pair has to stay."

    def _clinic(self) -> Iterator[tuple[str, str]]:
        house = self.request.house
        if self.request.not_before is not None and self.during.start < self.request.not_before:
            yield "past", "That time has passed."
        if self.day in house.closures and not self.is_call:
            yield "closures", f"The clinic is closed that day: {house.closures[self.day]}."
        if self.ends.date() != self.day or self.starts.time() < house.opens or self.ends.time() > house.closes:
            yield (
                "clinic",
                f"The clinic is open from {house.opens:%H:%M} to {house.closes:%H:%M}; it would end {self.ends:%H:%M}.",
            )
        anchor = next((v for v in self.request.protocol.visits if v.code == self.visit.anchor), None)
        if is_morning_after(self.visit, anchor) and self.starts.hour >= 12:
            yield "morning", "It is the visit of the morning after a dosing day and begins before 12:00."
        clear = self.request.clear_from
        if self.visit.after_washout and clear is not None and self.day < clear:
            yield "washout", f"The washout ends on {clear:%a} {clear.day} {clear:%b}, and this visit comes after it."

    def _patient(self) -> Iterator[tuple[str, str]]:
        client = self.request.client
        if client.times is not None and not self.is_call and not self._within(client.times):
            yield "times", "The patient cannot come then, by the times in the chart."
        for busy in self._overlapping(client.busy):
            yield "booked", f"The patient has another visit {self._span(busy)}."

    def _person(self, person: Person) -> Iterator[tuple[str, str]]:
        for absence in person.absences:
            if absence.first <= self.day <= absence.last:
                yield "away", f"{person.name} is away{f' ({absence.reason})' if absence.reason else ''}."
        if not self.is_call and not self._within(person.hours):
            hours = person.hours.get(self.day.weekday(), ())
            working = " and ".join(f"{opens:%H:%M} to {closes:%H:%M}" for opens, closes in hours)
            yield "hours", f"{person.name} works {working or 'not at all'} on {self.starts:%A}s."
        for busy in self._overlapping(person.busy):
            yield "booked", f"{person.name} is booked {self._span(busy)}."
        for busy in self._overlapping(person.outside):
            yield "outside", f"{person.name} is taken elsewhere {self._span(busy)}."
        if person.weekly_minutes is not None:
            minutes = self._booked_this_week(person) + self.visit.minutes.whole
            if minutes > person.weekly_minutes:
                yield "weekly", too_long(person, minutes)
        for kind in self._lapsed(person):
            yield "lapsed", f"{person.name} has no {kind} that is good on that day."

    def _booked_this_week(self, person: Person) -> float:
        """Minutes; what begins from Monday to Sunday counts."""
        zone = self.request.house.zone
        monday = self.day - timedelta(days=self.day.weekday())
        mine = [busy for busy in person.busy if 0 <= (day_of(busy.start, zone) - monday).days < 7]
        return sum((busy.end - busy.start).total_seconds() / 60 for busy in mine)

    def _night(self) -> Iterator[tuple[str, str]]:
        if "night attendant" not in self.visit.also_present or not self.request.attendants:
            return
        night = night_of(self.day, self.request.house)
        if all(list(self._night_reasons(self.request.people[key], night)) for key in self.request.attendants):
            names = ", ".join(self.request.people[key].name for key in self.request.attendants)
            yield "night", f"Nobody is free for the night that follows: {names}."

    def _night_reasons(self, person: Person, night: Interval) -> Iterator[str]:
        if self.day.weekday() not in (person.hours if person.nights is None else person.nights):
            yield "roster"
        yield from (absence.reason for absence in person.absences if absence.first <= self.day <= absence.last)
        yield from ("booked" for busy in (*person.busy, *person.outside) if busy.overlaps(night))
        yield from self._lapsed(person)

    def _lapsed(self, person: Person) -> Iterator[str]:
        for kind in person.needs:
            held = [c.expires_on for c in person.credentials if c.kind == kind]
            if not any(until is None or until >= self.day for until in held):
                yield kind

    def _nobody(self, code: str, duty: str, keys: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        reasons = [list(self._person(self.request.people[key])) for key in keys]
        if all(reasons):
            said = " ".join(sentence for found in reasons for _, sentence in found)
            yield code, f"No {duty} is free. {said}".strip()

    def _rooms(self) -> Iterator[tuple[str, str]]:
        taken = []
        wanted = self.request.wanted_rooms.get(self.visit.code)
        for space in self.request.spaces:
            if wanted is not None and space.key == wanted and space.kind is not self.visit.room:
                yield "room", f"{space.name} is a {space.kind} room; this visit takes a {self.visit.room} room."
                return
            if space.kind is not self.visit.room or (wanted is not None and space.key != wanted):
                continue
            needed = self.during.lengthened(space.turnover) if space.turnover else self.during
            busy = [interval for interval in space.busy if interval.overlaps(needed)]
            if self.starts.time() < space.opens or self.ends.time() > space.closes:
                taken.append(f"{space.name} is open from {space.opens:%H:%M} to {space.closes:%H:%M}")
            elif busy:
                taken.append(f"{space.name} is booked {self._span(busy[0])}, turnover included")
            else:
                return
        yield "room", f"No {self.visit.room} room is free: {'; '.join(taken) or 'there is none'}."

    def _within(self, week: Week) -> bool:
        reached = self.starts.time()
        for opens, closes in sorted(week.get(self.day.weekday(), ())):
            if opens <= reached < closes:
                reached = closes
        return reached > self.starts.time() and self.ends.time() <= reached and self.ends.date() == self.day

    def _overlapping(self, intervals: tuple[Interval, ...]) -> list[Interval]:
        return sorted(interval for interval in intervals if interval.overlaps(self.during))

    def _span(self, interval: Interval) -> str:
        zone = self.request.house.zone
        return f"from {interval.start.astimezone(zone):%H:%M} to {interval.end.astimezone(zone):%H:%M}"
