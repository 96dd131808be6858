"""The days each visit could have at all: windows, orders and openings propagated along the course until nothing changes.

A set of days is one integer, bit n for day n of the horizon. Most impossible courses are found out here, and what is left
keeps the search short; it never removes a day that belongs to a whole plan.
"""

from collections.abc import Callable

from patients.rules.protocol import VisitPlan


def spread(days: int, low: int, high: int) -> int:
    """Every day that lies low to high days after one of these days."""
    if high < low:
        return 0
    reached, have, width = days << low, 1, high - low + 1
    while have < width:
        step = min(have, width - have)
        reached |= reached << step
        have += step
    return reached


def spread_back(days: int, low: int, high: int) -> int:
    """Every day that has one of these days low to high days after it."""
    if high < low:
        return 0
    reached, have, width = days >> low, 1, high - low + 1
    while have < width:
        step = min(have, width - have)
        reached |= reached >> step
        have += step
    return reached


def from_day(first: int) -> int:
    """All days from this one on, as a mask."""
    return -1 << max(0, first)


def days_of(bits: int) -> list[int]:
    """The days of a set, in order."""
    found = []
    while bits:
        low = bits & -bits
        found.append(low.bit_length() - 1)
        bits ^= low
    return found


def propagated(
    visits: list[VisitPlan],
    horizon: int,
    roots: int,
    held: dict[str, int],
    is_open: Callable[[str, int], bool],
) -> dict[str, int]:
    """The possible days of every visit; a visit without any means that there is no plan.

    `visits` stand in an order in which anchors come first, `roots` are the days for visits without an anchor, `held` the
    days of visits that are history, `is_open` says whether a visit could begin on a day.
    """
    everything = (1 << horizon) - 1
    domains: dict[str, int] = {}
    for visit in visits:
        if visit.code in held:
            domains[visit.code] = 1 << held[visit.code]
            continue
        days = roots if visit.anchor is None else spread(domains[visit.anchor], *_window(visit)) & everything
        domains[visit.code] = sum(1 << day for day in days_of(days) if is_open(visit.code, day))
    plans = {visit.code: visit for visit in visits}
    changed = True
    while changed and all(domains.values()):
        before = dict(domains)
        for visit in visits:
            _hold_window(visit, domains, held)
            if visit.before in plans and visit.before not in held:
                _hold_order(visit, plans[visit.before], domains)
        changed = before != domains
    return domains


def _window(visit: VisitPlan) -> tuple[int, int]:
    return visit.earliest.whole, visit.latest.whole


def _hold_window(visit: VisitPlan, domains: dict[str, int], held: dict[str, int]) -> None:
    if visit.anchor is None or (visit.code in held and visit.anchor in held):
        return
    low, high = _window(visit)
    domains[visit.code] &= spread(domains[visit.anchor], low, high)
    domains[visit.anchor] &= spread_back(domains[visit.code], low, high)


def _hold_order(first: VisitPlan, then: VisitPlan, domains: dict[str, int]) -> None:
    """`first` ends before `then` begins; two of one kind are not on one day."""
    apart = int(first.kind is then.kind)
    if not domains[first.code] or not domains[then.code]:
        return
    earliest = (domains[first.code] & -domains[first.code]).bit_length() - 1
    domains[then.code] &= from_day(earliest + apart)
    latest = domains[then.code].bit_length() - 1
    domains[first.code] &= (1 << max(0, latest - apart + 1)) - 1
