"""Who and what is in the way of one visit at the very time at which somebody wants it: every one of them, in words."""

from collections.abc import Iterator
from datetime import date
from itertools import chain

from accounts.rules.findings import Finding, Outcome
from patients.rules.protocol import VisitKind, VisitPlan
from sessions.rules.intervals import Interval, lasting
from sessions.rules.planning import Person, Request, Week


def clashes(request: Request, pair: tuple[str, str]) -> list[Finding]:
    """Reasons why the wanted visits cannot be held at their times, looking at nothing but those times."""
    found = []
    for visit in request.protocol.visits:
        if visit.code in request.wanted:
            during = lasting(request.wanted[visit.code], visit.minutes.whole)
            reasons = dict.fromkeys(_Look(request, visit, during, pair).reasons())
            found += [Finding(code, Outcome.NOT_MET, sentence) for code, sentence in reasons]
    return found


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
        therapists = [list(self._person(self.request.people[key])) for key in self.pair]
        if self.visit.therapists >= 2 or (self.visit.therapists == 1 and all(therapists)):
            yield from chain.from_iterable(therapists)
        if "physician" in self.visit.also_present:
            yield from self._nobody("cover", "physician on duty", self.request.physicians)
        if "rater" in self.visit.also_present:
            yield from self._nobody("rater", "independent rater", self.request.raters)
        if self.visit.room is not None:
            yield from self._rooms()

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
        for kind in person.needs:
            held = [c.expires_on for c in person.credentials if c.kind == kind]
            if not any(until is None or until >= self.day for until in held):
                yield "lapsed", f"{person.name} has no {kind} that is good on that day."

    def _nobody(self, code: str, duty: str, keys: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        reasons = [list(self._person(self.request.people[key])) for key in keys]
        if all(reasons):
            said = " ".join(sentence for found in reasons for _, sentence in found)
            yield code, f"No {duty} is free. {said}".strip()

    def _rooms(self) -> Iterator[tuple[str, str]]:
        taken = []
        for space in self.request.spaces:
            if space.kind is not self.visit.room:
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
