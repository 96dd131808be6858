"""When a long visit and the morning after it could be held: every day on which all are free, and why the others are not.

The openings are the planner's own, so that what is shown here is what a plan may use.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from patients.rules.protocol import VisitPlan
from sessions.rules.chain import Link
from sessions.rules.clashes import clashes, too_long
from sessions.rules.days import bits_of
from sessions.rules.intervals import at_wall
from sessions.rules.obstacles import preliminaries
from sessions.rules.openings import MORNING, Openings
from sessions.rules.planning import Appointment, Request, Visits
from sessions.rules.search import Search, search_for
from sessions.rules.times import assigned


@dataclass(frozen=True, slots=True)
class Slot:
    """A day on which all are free: every start there is, and who and where with the first of them."""

    day: date
    starts: tuple[datetime, ...]
    visit: Appointment
    morning: Appointment | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A day on which they are not, and what is in the way at the time at which the least is."""

    day: date
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FreeTime:
    """Slots, the soonest first; of the days between the first asked for and the last, those that are refused."""

    slots: tuple[Slot, ...]
    refused: tuple[Refusal, ...]


def asked_for(request: Request, visit: VisitPlan, morning: VisitPlan | None) -> Request:
    """A request for these two alone: the visit wherever it fits, the other on the morning after it."""
    alone = replace(visit, anchor=None, before=None)
    after = () if morning is None else (replace(morning, anchor=visit.code, before=None),)
    return replace(request, protocol=Visits("free time", (alone, *after)), held={}, current={}, wanted={})


def lead_up(visits: Sequence[VisitPlan], code: str) -> tuple[timedelta, timedelta]:
    """How long before this visit a course begins: at the least, and where every visit is on its target."""
    plans = {visit.code: visit for visit in visits}
    least = target = 0
    plan = plans[code]
    while plan.anchor is not None:
        least, target = least + plan.earliest.whole, target + plan.target.whole
        plan = plans[plan.anchor]
    return timedelta(days=least), timedelta(days=target)


def free_time(request: Request, *, slots: int, refusals: int) -> FreeTime:
    """Up to so many slots and explained refusals for the first pair of a request that `asked_for` gives.

    For one person alone the pair is that person twice, and the visits take one therapist. Days on which one of the two never works, such as Sundays, are not worth an explanation.
    """
    look = _Look(request)
    # Who leads is settled when a course is planned, and these two may be asked for in either order.
    if stops := [finding.sentence for finding in preliminaries(request) if finding.code != "may_not_lead"]:
        return FreeTime((), (Refusal(request.first_day, tuple(stops)),))
    found: list[Slot] = []
    refused: list[Refusal] = []
    for day in range(look.days.index(request.first_day), look.days.index(request.last_start) + 1):
        if len(found) == slots:
            break
        if slot := look.slot(day):
            found.append(slot)
        elif len(refused) < refusals and look.both_work(day):
            refused.append(Refusal(look.days.dates[day], tuple(look.reasons(day))))
    return FreeTime(tuple(found), tuple(refused))


class _Look:
    def __init__(self, request: Request) -> None:
        self.request, self.pair = request, request.pairs[0]
        self.search: Search = search_for(request)
        self.openings: Openings = self.search.openings
        self.days = self.openings.days
        self.link, *after = self.search.links
        self.after: Link | None = after[0] if after else None

    def slot(self, day: int) -> Slot | None:
        starts = self._open(self.link, day)
        if not starts or (self.after is not None and not self._open(self.after, day + 1)) or any(self.over(day)):
            return None
        chosen = {self.link.code: day} | ({self.after.code: day + 1} if self.after is not None else {})
        placed, _ = assigned(self.request, self.openings, self.pair, self.search.links, chosen)
        times = tuple(self.days.instant(day, step) for step in bits_of(starts))
        morning = placed[self.after.code] if self.after is not None else None
        return Slot(self.days.dates[day], times, placed[self.link.code], morning)

    def _open(self, link: Link, day: int) -> int:
        clear = self.request.clear_from
        is_early = link.visit.after_washout and clear is not None and self.days.dates[day] < clear
        return 0 if is_early else self.openings.row(link.shape, self.pair, day)

    def over(self, day: int) -> Iterator[str]:
        """Who would be booked for too long with both visits in one week, though with neither alone."""
        calendar, week_of = self.openings.calendar, self.days.week_of
        if self.after is None or week_of[day] != week_of[day + 1]:
            return
        minutes = self.link.shape.minutes + self.after.shape.minutes
        for key in dict.fromkeys(self.pair):
            person = calendar.people[key]
            if person.weekly_minutes is not None:
                booked = calendar.booked_minutes(key)[week_of[day]] + minutes
                if booked > person.weekly_minutes:
                    yield too_long(person, booked)

    def both_work(self, day: int) -> bool:
        weekday = self.days.dates[day].weekday()
        return all(self.request.people[key].hours.get(weekday) for key in self.pair)

    def reasons(self, day: int) -> list[str]:
        """What is in the way of the visit; where nothing is, what is in the way of the morning after."""
        if not self._open(self.link, day):
            return self._least(self.link, day)
        if self.after is not None and not self._open(self.after, day + 1):
            after = self.days.dates[day + 1]
            reasons = " ".join(self._least(self.after, day + 1))
            return [f"The morning after, {after:%a} {after.day} {after:%b}: {reasons}"]
        return list(self.over(day))

    def _least(self, link: Link, day: int) -> list[str]:
        """The reasons at the start with the fewest of them, the earliest of those."""
        house = self.request.house
        hours = (house.opens, MORNING[1] if link.shape.morning else house.closes)
        low, high = (self.days.step(day, at_wall(self.days.dates[day], clock, self.days.zone)) for clock in hours)
        each = 15 // self.days.step_minutes
        fewest: list[str] | None = None
        for step in range(low, high, each):
            wanted = replace(self.request, wanted={link.code: self.days.instant(day, step)})
            reasons = [finding.sentence for finding in clashes(wanted, self.pair)]
            if reasons and (fewest is None or len(reasons) < len(fewest)):
                fewest = reasons
        return fewest or []
