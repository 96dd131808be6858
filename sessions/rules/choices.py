"""The best plans of a course that differ in their pair or in the week in which they begin, and what each of them costs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from patients.rules.protocol import VisitKind
from sessions.rules.chain import Costing
from sessions.rules.obstacles import preliminaries
from sessions.rules.openings import Calendar
from sessions.rules.planning import Plan, Request
from sessions.rules.search import TOGETHER, Node, Search, search_for

TEN = 10
FEW_BRANCHES = 20
LONG_DAY = 480  # minutes of a dosing day


@dataclass(frozen=True, slots=True)
class Alternative:
    """A whole plan beside the best one: numbers to compare, and the same in a sentence.

    `later` counts days from the best plan's beginning; `gaps` the days by which dosing days miss their distance, `off`
    those by which the other visits do; `wishes` what the patient asked for and the pair is not; `load` is how much of
    each therapist's working time is booked in the weeks of the course, in percent; `broken` counts days on which one of
    them could have held a dosing day and then no longer can. Nothing that is booked moves: `moved` is always 0.
    """

    plan: Plan
    starts: date
    later: int
    gaps: int
    off: int
    wishes: int
    load: tuple[int, int]
    broken: int
    sentence: str
    moved: int = 0


def alternatives(request: Request, calendar: Calendar | None = None, most: int = TEN) -> list[Alternative]:
    """Up to ten plans, cheapest first: each with another pair or in another week than the ones before it."""
    if preliminaries(request):
        return []
    search = search_for(request, calendar=calendar)
    search.branches = FEW_BRANCHES
    plans: list[Plan] = []
    for node in sorted(_beginnings(search), key=lambda node: node[:2]):
        if len(plans) < most and (plan := search.first_fitting([node])) is not None:
            plans.append(plan)
    plans.sort(key=lambda plan: plan.cost)
    return [_told(search, plan, plans[0]) for plan in plans]


def _beginnings(search: Search) -> Iterator[Node]:
    """For every pair and every week, the cheapest day on which the course can begin in it."""
    request, chain = search.request, search.chain
    root = chain.children[None][0].code
    every = range(-chain.days.count, 2 * chain.days.count)
    number = 0
    for place in range(0, len(request.pairs), TOGETHER):
        some = request.pairs[place : place + TOGETHER]
        costing = Costing(chain, search.openings, some)
        first, costs = costing.of_starts()
        for n, pair in enumerate(some):
            base = costing.only(n)
            best: dict[int, int] = {}
            for column in np.argsort(costs[n], kind="stable"):
                if np.isfinite(costs[n, column]):
                    best.setdefault(chain.days.week_of[first + int(column)], first + int(column))
            for day in best.values():
                barred = {root: frozenset(other for other in every if other != day)}
                again = Costing(chain, search.openings, (pair,), barred, like=base)
                yield float(again.total[0]), number, pair, barred, again, 0
                number += 1


def _told(search: Search, plan: Plan, best: Plan) -> Alternative:
    request = search.request
    zone = request.house.zone
    days = {a.code: a.start.astimezone(zone).date() for a in plan.appointments}
    visits = [visit for visit in request.protocol.visits if visit.anchor in days and visit.code not in request.held]
    away = {v.code: abs((days[v.code] - days[v.anchor or ""]).days - v.target.whole) for v in visits}
    dosing = [visit for visit in visits if visit.kind is VisitKind.DOSING]
    starts = min(days.values())
    later = (starts - min(a.start for a in best.appointments).astimezone(zone).date()).days
    gaps = sum(away[visit.code] for visit in dosing)
    load = _load(search, plan)
    broken = _broken(search, plan)
    wishes = len(request.misses.get(plan.pair, ()))
    names = [request.people[key].name for key in plan.pair]
    distances = [str((days[v.code] - days[v.anchor or ""]).days) for v in dosing if _is_dosing(request, v.anchor)]
    parts = [
        f"Begins {starts:%a} {starts.day} {starts:%b %Y} with {' and '.join(names)}" + _compared(later),
        f"dosing days {' and '.join(distances)} days apart" if distances else "",
        f"{sum(away.values()) - gaps} days off the other targets",
        f"{_count(wishes, 'wish', 'wishes')} of the patient not met" if wishes else "",
        f"{names[0]} is then booked for {load[0]} % of these weeks and {names[1]} for {load[1]} %",
        f"{_count(broken, 'whole day', 'whole days')} broken up",
        "nothing else moves",
    ]
    sentence = "; ".join(part for part in parts if part) + "."
    off = sum(away.values()) - gaps
    return Alternative(plan, starts, later, gaps, off, wishes, load, broken, sentence)


def _compared(later: int) -> str:
    if not later:
        return ""
    return f", {_count(abs(later), 'day', 'days')} {'later' if later > 0 else 'earlier'} than the best"


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _is_dosing(request: Request, code: str | None) -> bool:
    return code is not None and request.protocol.visit(code).kind is VisitKind.DOSING


def _load(search: Search, plan: Plan) -> tuple[int, int]:
    """How much of each therapist's working time would be booked between the first visit and the last dosing day."""
    calendar, days = search.openings.calendar, search.openings.days
    dosing = [a for a in plan.appointments if _is_dosing(search.request, a.code)] or list(plan.appointments)
    first = days.index(min(a.start for a in plan.appointments).astimezone(days.zone).date())
    last = days.index(max(a.start for a in dosing).astimezone(days.zone).date())
    span = days.whole(range(first, last + 1))
    masks = calendar.masks(plan.appointments)

    def share(key: str) -> int:
        working = calendar.person(key, lifted=frozenset({f"booked:{key}"})) & span
        taken = (calendar.busy(key) | masks.get(key, 0)) & working
        return round(100 * taken.bit_count() / max(1, working.bit_count()))

    lead, second = plan.pair
    return share(lead), share(second)


def _broken(search: Search, plan: Plan) -> int:
    calendar, days = search.openings.calendar, search.openings.days
    movable = [a for a in plan.appointments if a.code not in search.request.held]
    dosing = {days.index(a.start.astimezone(days.zone).date()) for a in movable if _is_dosing(search.request, a.code)}
    masks = calendar.masks(movable)
    calendar.take(movable, masks)
    after = {key: days.flags(calendar.person_starts(key, LONG_DAY, False)) for key in plan.pair}
    calendar.release(movable, masks)
    broken = 0
    for key in plan.pair:
        lost = days.flags(calendar.person_starts(key, LONG_DAY, False)) & ~after[key]
        broken += sum(int(day) not in dosing for day in np.flatnonzero(lost))
    return broken
