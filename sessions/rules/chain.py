"""The days of one course: backward dynamic programming over (visit, day), exact for one pair of therapists.

Every window is a gap between a visit and its anchor, and every order is "ends before that one begins", so what the rest
of the course needs to know of what is already placed is small: the days of anchors still in use, and the latest day
among the visits that must come before a visit still to be placed. Visits that nothing depends on (calls, follow-ups,
the morning after) hang from their anchor as a cost of its day. Nothing is guessed: the cheapest choice is found, and
equal costs go to the earlier day.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from patients.rules.protocol import VisitKind, VisitPlan
from sessions.rules.openings import Days, Openings, Shape, shape_of
from sessions.rules.planning import Request

IMPOSSIBLE = 10**9


@dataclass(frozen=True, slots=True)
class Link:
    """One visit in the chain with its window and what a day away from the target costs."""

    visit: VisitPlan
    shape: Shape
    low: int
    target: int
    high: int
    weight: int

    @property
    def code(self) -> str:
        return self.visit.code


def links_of(request: Request) -> list[Link]:
    """The visits of the protocol so that anchors, and visits that must come first, stand before what needs them."""
    plans = {visit.code: visit for visit in request.protocol.visits}
    links = []
    for visit in _in_order(request):
        anchor = plans[visit.anchor] if visit.anchor is not None else None
        weight = request.weights.dosing_gap if visit.kind is VisitKind.DOSING else request.weights.gap
        window = (visit.earliest.whole, visit.target.whole, visit.latest.whole)
        links.append(Link(visit, shape_of(visit, anchor), *window, weight))
    return links


def _in_order(request: Request) -> Iterator[VisitPlan]:
    waiting = list(request.protocol.visits)
    placed: set[str] = set()
    while waiting:
        for visit in waiting:
            first = {other.code for other in waiting if other.before == visit.code}
            if (visit.anchor is None or visit.anchor in placed) and not first:
                break
        else:
            raise ValueError(f"The visits {', '.join(v.code for v in waiting)} wait for one another.")
        waiting.remove(visit)
        placed.add(visit.code)
        yield visit


@dataclass(frozen=True, slots=True)
class _Slot:
    """How one number of the next state comes from this state: kept, set to the new day, or the later of both."""

    kept: int | None
    takes_day: bool


class Chain:
    """The cheapest days for one pair, leaving out the (visit, day) combinations that are barred."""

    def __init__(
        self,
        request: Request,
        days: Days,
        openings: Openings,
        pair: tuple[str, str],
        links: list[Link],
        barred: frozenset[tuple[str, int]] = frozenset(),
    ) -> None:
        self.request, self.days, self.openings, self.pair, self.barred = request, days, openings, pair, barred
        self.held = {code: days.index(self._day_of(code)) for code in request.held}
        self.current = {
            code: days.index(kept.start.astimezone(days.zone).date()) for code, kept in request.current.items()
        }
        washout = request.clear_from
        self.clear = 0 if washout is None or "washout" in openings.lifted else days.index(washout)
        self.first_day = days.index(request.first_day)
        self.last_start = days.index(request.last_start)
        codes = {link.code for link in links}
        hanging = _hanging(links)
        self.hung: dict[str, list[Link]] = {code: [] for code in codes}
        for link in links:
            if link.code in hanging and link.visit.anchor is not None:
                self.hung[link.visit.anchor].append(link)
        self.spine = [link for link in links if link.code not in hanging]
        self._states = _states(self.spine)
        self._slots = [_slots(self._states, i, link) for i, link in enumerate(self.spine)]
        self._tails: list[dict[tuple[int, ...], tuple[int, int]]] = [{} for _ in self.spine]
        self._hangs: dict[tuple[str, int], tuple[int, int]] = {}
        self._closing: dict[tuple[str, int], int] = {}

    def cheapest(self) -> tuple[int, dict[str, int]] | None:
        """The least cost and the day of every visit; None when no choice of days is open."""
        cost, _ = self._tail(0, ())
        if cost >= IMPOSSIBLE:
            return None
        chosen: dict[str, int] = {}
        state: tuple[int, ...] = ()
        for i, link in enumerate(self.spine):
            day = self._tail(i, state)[1]
            self._take(link, day, chosen)
            state = self._next(i, state, day)
        return cost, chosen

    def _day_of(self, code: str):  # type: ignore[no-untyped-def]
        return self.request.held[code].start.astimezone(self.days.zone).date()

    def _take(self, link: Link, day: int, chosen: dict[str, int]) -> None:
        chosen[link.code] = day
        for child in self.hung[link.code]:
            self._take(child, self._hang(child, day)[1], chosen)

    def _tail(self, i: int, state: tuple[int, ...]) -> tuple[int, int]:
        """Least cost of visit i and all after it, and the day of visit i, given the days that still matter."""
        if i == len(self.spine):
            return 0, 0
        known = self._tails[i].get(state)
        if known is not None:
            return known
        link = self.spine[i]
        names = self._states[i]
        anchor = state[names.index(link.visit.anchor)] if link.visit.anchor is not None else None
        floor = state[names.index(f"<{link.code}")] if f"<{link.code}" in names else 0
        best = (IMPOSSIBLE, 0)
        for day in self._candidates(link, anchor, floor):
            cost = self._cost(link, anchor, day)
            if cost >= best[0]:
                if anchor is None and not self.current:
                    break  # waiting only grows
                continue
            cost += self._children(link.code, day)
            if cost < best[0]:
                cost += self._tail(i + 1, self._next(i, state, day))[0]
                if cost < best[0]:
                    best = (cost, day)
        self._tails[i][state] = best
        return best

    def _next(self, i: int, state: tuple[int, ...], day: int) -> tuple[int, ...]:
        return tuple(
            max(state[slot.kept], day)
            if slot.kept is not None and slot.takes_day
            else (state[slot.kept] if slot.kept is not None else day)
            for slot in self._slots[i]
        )

    def _children(self, code: str, day: int) -> int:
        key = (code, day)
        if key not in self._closing:
            self._closing[key] = sum(self._hang(child, day)[0] for child in self.hung[code])
        return self._closing[key]

    def _hang(self, link: Link, anchor: int) -> tuple[int, int]:
        key = (link.code, anchor)
        known = self._hangs.get(key)
        if known is None:
            known = (IMPOSSIBLE, 0)
            for day in self._candidates(link, anchor, 0):
                cost = self._cost(link, anchor, day)
                if cost < known[0]:
                    cost += self._children(link.code, day)
                    if cost < known[0]:
                        known = (cost, day)
            self._hangs[key] = known
        return known

    def _candidates(self, link: Link, anchor: int | None, floor: int) -> Iterator[int]:
        """Open days of a visit, nothing said yet about cost. A held visit has its day, whatever the windows say."""
        held = self.held.get(link.code)
        if anchor is None:
            low, high = self.first_day, self.last_start
        else:
            low, high = anchor + link.low, anchor + link.high
        if held is not None:
            fixed_by_history = anchor is None or link.visit.anchor in self.held
            if held >= floor and (fixed_by_history or low <= held <= high):
                yield held
            return
        if link.visit.after_washout:
            low = max(low, self.clear)
        for day in range(max(low, floor, 0), min(high, self.days.count - 1) + 1):
            if (link.code, day) not in self.barred and self.openings.starts(link.shape, self.pair, day):
                yield day

    def _cost(self, link: Link, anchor: int | None, day: int) -> int:
        weights = self.request.weights
        if link.code in self.held:
            return 0
        if anchor is None:
            cost = weights.waiting * (day - self.first_day)
        else:
            cost = link.weight * abs(day - anchor - link.target)
        if link.shape.call and not self.openings.starts(replace(link.shape, call=False), self.pair, day):
            cost += weights.off_hours_call
        now = self.current.get(link.code)
        if now is not None and now != day:
            cost += weights.moved + abs(day - now)
        return cost


def _hanging(links: list[Link]) -> set[str]:
    """Visits that only their anchor matters to: no order with others, and the same is true of what hangs from them."""
    hanging: set[str] = set()
    targets = {link.visit.before for link in links}
    for link in reversed(links):
        children = [other.code for other in links if other.visit.anchor == link.code]
        free = link.visit.before is None and link.code not in targets and link.visit.anchor is not None
        if free and all(child in hanging for child in children):
            hanging.add(link.code)
    return hanging


def _states(spine: list[Link]) -> list[list[str]]:
    """For each visit, the names of the days it must be told: anchors still in use, and "<X" for what X waits for."""
    states = []
    for i in range(len(spine) + 1):
        names = [
            link.code for link in spine[:i] if any(other.visit.anchor == link.code for other in spine[i:])
        ]
        waiting = {link.visit.before for link in spine[:i]}
        names += [f"<{link.code}" for link in spine[i:] if link.code in waiting]
        states.append(names)
    return states


def _slots(states: list[list[str]], i: int, link: Link) -> list[_Slot]:
    now, then = states[i], states[i + 1]
    return [
        _Slot(now.index(name) if name in now else None, name in (link.code, f"<{link.visit.before}")) for name in then
    ]
