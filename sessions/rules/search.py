"""The cheapest plan of one course: days from `chain`, times of day from `times`.

Most days of a course hold one visit, so a time is simply an opening of that day. Where visits share a day, their times
are searched together; if they do not fit, or a week would hold more hours than somebody may work, the search branches:
one of them leaves that day or that week. Branches are taken cheapest first, so the first plan that fits is the cheapest.
"""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from itertools import count

from sessions.rules.chain import NEVER, NOTHING_BARRED, Barred, Chain, Costing, Link, Order, Pair, Prices, links_of
from sessions.rules.days import Days
from sessions.rules.openings import Calendar, Openings, grain
from sessions.rules.planning import Appointment, Plan, Request
from sessions.rules.times import assigned

BRANCHES = 200  # of one search; a course that needs more is refused
TOGETHER = 8  # pairs whose costs are worked out at once; more would not stay in the processor's cache

Node = tuple[float, int, Pair, Barred, Costing, int]


@dataclass(slots=True)
class Search:
    """Plans of one request in the order of their cost. `chain` may be one that was laid out before."""

    request: Request
    openings: Openings
    links: list[Link]
    chain: Chain
    prices: Prices | None = None
    branches: int = BRANCHES
    is_hasty: bool = False  # of two visits in the wrong order one yields at once: quicker, and hardly ever dearer

    def best(self, pairs: Iterable[Pair]) -> Plan | None:
        """The cheapest plan with any of these pairs; the first of them decides between equals."""
        return self.first_fitting(self.nodes(pairs))

    def nodes(self, pairs: Iterable[Pair]) -> list[Node]:
        """Where the search may begin: for every pair that has one, its cheapest choice of days."""
        every, nodes = tuple(pairs), []
        for place in range(0, len(every), TOGETHER):
            some = every[place : place + TOGETHER]
            costing = Costing(self.chain, self.openings, some, prices=self.prices)
            for n, pair in enumerate(some):
                cost = float(costing.total[n])
                if cost < NEVER:
                    nodes.append((cost, place + n, pair, NOTHING_BARRED, costing, n))
        return nodes

    def first_fitting(self, nodes: list[Node]) -> Plan | None:
        """The plan of the cheapest node whose times fit, branching where they do not."""
        heapq.heapify(nodes)
        order = count(1 + max((node[1] for node in nodes), default=0))
        seen: set[tuple[Pair, frozenset[tuple[str, frozenset[int]]]]] = set()
        bases: dict[Pair, Costing] = {}  # nothing barred yet
        for _ in range(self.branches):
            if not nodes:
                break
            cost, _, pair, barred, costing, n = heapq.heappop(nodes)
            plan, ways = self._timed(pair, costing.days_of(n), cost)
            if plan is not None:
                return plan
            if ways and pair not in bases:
                bases[pair] = costing.only(n)
            for way in ways:
                narrower = {**barred, **{code: barred.get(code, frozenset()) | days for code, days in way.items()}}
                known = (pair, frozenset(narrower.items()))
                if known in seen:
                    continue
                seen.add(known)
                costing = Costing(self.chain, self.openings, (pair,), narrower, self.prices, like=bases[pair])
                cost = float(costing.total[0])
                if cost < NEVER:
                    heapq.heappush(nodes, (cost, next(order), pair, narrower, costing, 0))
        return None

    def _timed(
        self, pair: Pair, chosen: dict[str, int], cost: float
    ) -> tuple[Plan | None, list[dict[str, frozenset[int]]]]:
        """The plan of these days, or the ways to branch: days that one visit each (or two) must leave."""
        broken = self.chain.broken(chosen)
        if broken is not None:
            return None, self._ways_apart(broken, chosen[broken.first], chosen[broken.then])
        appointments, crowded = assigned(self.request, self.openings, pair, self.links, chosen)
        if crowded:
            return None, [{code: frozenset({chosen[code]})} for code in crowded if code not in self.chain.held]
        if full := self._full_week(appointments):
            return None, [{code: days} for code, days in full.items() if code not in self.chain.held]
        in_order = [appointments[v.code] for v in self.request.protocol.visits if v.code in appointments]
        if self.prices is not None:
            cost = self.chain.cost_of(chosen, self.openings, pair)
        return Plan(pair, tuple(in_order), round(cost)), []

    def _ways_apart(self, broken: Order, first: int, then: int) -> list[dict[str, frozenset[int]]]:
        """Either the first visit comes earlier or the other later; any plan that keeps the order is in one of the ways."""
        count = self.openings.days.count
        until = (first + then - 1) // 2
        latest, earliest = (
            (then - broken.apart, first + broken.apart) if self.is_hasty else (until, until + broken.apart + 1)
        )
        late = frozenset(range(latest + 1, 2 * count))
        early = frozenset(range(-count, earliest))
        return [{broken.first: late}, {broken.then: early}]

    def _full_week(self, appointments: dict[str, Appointment]) -> dict[str, frozenset[int]]:
        """The visits of a week in which somebody would work too long, each with all the days of that week."""
        calendar, days = self.openings.calendar, self.openings.days
        used: dict[tuple[str, int], list[Appointment]] = {}
        for appointment in appointments.values():
            if appointment.code in self.chain.held:
                continue
            week = days.week_of[days.index(appointment.start.astimezone(days.zone).date())]
            for _, key in appointment.people:
                if calendar.people[key].weekly_minutes is not None and f"weekly:{key}" not in self.openings.lifted:
                    used.setdefault((key, week), []).append(appointment)
        for (key, week), those in used.items():
            minutes = sum(int((one.end - one.start).total_seconds()) // 60 for one in those)
            most = calendar.people[key].weekly_minutes or 0
            if len(those) > 1 and calendar.booked_minutes(key)[week] + minutes > most:
                whole = frozenset(day for day in range(days.count) if days.week_of[day] == week)
                return {one.code: whole for one in those}
        return {}


def search_for(request: Request, lifted: frozenset[str] = frozenset(), calendar: Calendar | None = None) -> Search:
    """A search with a calendar of its own, or in one that other requests share."""
    links = links_of(request)
    if calendar is None:
        calendar = calendar_for([request])
    return Search(request, Openings(request, calendar, lifted), links, Chain(request, calendar.days, links, lifted))


def calendar_for(requests: list[Request]) -> Calendar:
    """A calendar in which all these requests of one clinic can be planned."""
    first = requests[0]
    return Calendar(first.house, first.people, first.spaces, horizon(requests))


def horizon(requests: list[Request]) -> Days:
    """The days that any plan of these requests can touch."""
    firsts, lasts = [], []
    zone = requests[0].house.zone
    for request in requests:
        known = [kept.start.astimezone(zone).date() for kept in (*request.held.values(), *request.current.values())]
        firsts.append(min([request.first_day, *known]))
        lasts.append(
            max([request.first_day, request.last_start, *known]) + timedelta(days=_longest(links_of(request)) + 1)
        )
    first = min(firsts)
    return Days(first, (max(lasts) - first).days + 1, zone, grain(requests))


def _longest(links: list[Link]) -> int:
    span: dict[str, int] = {}
    for link in links:
        anchor = link.visit.anchor
        span[link.code] = link.high + (span[anchor] if anchor is not None else 0)
    return max(span.values(), default=0)
