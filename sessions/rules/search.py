"""The cheapest plan of one course with one pair of therapists.

Days come from `chain`. Most days of a course hold one visit, so a time is simply an opening of that day. Where visits
share a day, their times are searched together; if they do not fit, the search branches: one of them leaves that day.
Branches are taken cheapest first, so the first plan whose times fit is the cheapest plan there is.
"""

import heapq
from datetime import timedelta
from itertools import count

from sessions.rules.chain import Chain, Link, links_of
from sessions.rules.openings import Days, Openings
from sessions.rules.planning import Plan, Request
from sessions.rules.times import assigned

BRANCHES = 400


def plan_for_pair(
    request: Request, days: Days, openings: Openings, pair: tuple[str, str], links: list[Link]
) -> Plan | None:
    """The cheapest plan with this pair; None when there is none."""
    order = count()
    queue: list[tuple[int, int, frozenset[tuple[str, int]], dict[str, int]]] = []
    tried: set[frozenset[tuple[str, int]]] = set()

    def consider(barred: frozenset[tuple[str, int]]) -> None:
        if barred not in tried:
            tried.add(barred)
            if found := Chain(request, days, openings, pair, links, barred).cheapest():
                heapq.heappush(queue, (found[0], next(order), barred, found[1]))

    consider(frozenset())
    while queue and len(tried) <= BRANCHES:
        cost, _, barred, chosen = heapq.heappop(queue)
        appointments, crowded = assigned(request, days, openings, pair, links, chosen)
        if not crowded:
            in_order = [appointments[visit.code] for visit in request.protocol.visits if visit.code in appointments]
            return Plan(pair, tuple(in_order), cost)
        for code in crowded:
            if code not in request.held:
                consider(barred | {(code, chosen[code])})
    return None


def horizon(request: Request) -> Days:
    """The days that any plan of this request can touch."""
    span: dict[str, int] = {}
    for link in links_of(request):
        anchor = link.visit.anchor
        span[link.code] = link.high + (span[anchor] if anchor is not None else 0)
    zone = request.house.zone
    known = [kept.start.astimezone(zone).date() for kept in (*request.held.values(), *request.current.values())]
    first = min([request.first_day, *known])
    last = max([request.last_start, *known]) + timedelta(days=max(span.values(), default=0) + 1)
    return Days(first, (last - first).days + 1, request)
