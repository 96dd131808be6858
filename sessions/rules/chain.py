"""The days of one course: backward dynamic programming over (visit, day), exact, for many pairs of therapists at once.

Every window is a gap between a visit and its anchor, so the cheapest way to do what hangs from a visit is a vector: one
cost for each of its days. A visit and its window make a matrix (day of the anchor, days after it), whose least values in
each row are what the anchor has to know. An order between two visits of one anchor is a running minimum along the rows.
Orders between visits that share no anchor are rare; the search branches where a choice breaks one. Nothing is guessed,
and equal costs go to the earlier day.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from patients.rules.protocol import VisitKind, VisitPlan
from sessions.rules.days import Days, Flags
from sessions.rules.openings import Openings, Shape, for_one, in_working_hours, shape_of
from sessions.rules.planning import Appointment, FallBack, Request

Costs = NDArray[np.float32]
Pair = tuple[str, str]
NEVER = np.float32(np.inf)


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
class Way:
    """One way to staff a visit and what it costs: the pair, or what may give way where nothing ordinary fits."""

    price: int
    shape: Shape
    pair: Pair


def ways_of(link: Link, request: Request, pair: Pair) -> list[Way]:
    """Every way to staff a visit, cheapest first; whoever is in it already costs nothing and comes first."""
    fall_back = request.fall_backs.get(link.code, FallBack())
    if not link.shape.therapists:
        return [Way(0, link.shape, pair)]
    if link.code in request.wanted_people:
        return _wanted_ways(link, request, pair, fall_back.stand_ins)
    ways = [Way(0, link.shape, pair)]
    now = request.current.get(link.code)
    there = {key for _, key in now.people} if now else set()
    is_dosing = link.visit.kind is VisitKind.DOSING
    strange = request.weights.stand_in_dosing if is_dosing else request.weights.stand_in
    for key in fall_back.stand_ins:
        price = 0 if key in there else strange
        ways += [Way(price, link.shape, (stays, key)) for stays in pair]
    if fall_back.alone and link.shape.therapists > 1:
        ways.append(Way(request.weights.alone, for_one(link.shape), pair))
    return sorted(ways, key=lambda way: (way.price, -len(there & set(way.pair))))


def _wanted_ways(link: Link, request: Request, pair: Pair, stand_ins: tuple[str, ...]) -> list[Way]:
    """The way to hold a visit with the very people who are wanted; none where they may not."""
    wanted = request.wanted_people[link.code]
    is_dosing = link.visit.kind is VisitKind.DOSING
    price = request.weights.stand_in_dosing if is_dosing else request.weights.stand_in
    strange = wanted - set(pair)
    # Two hold it with one of the pair at least; of one alone anybody who may stand in will do.
    if len(wanted) != link.shape.therapists or not strange <= set(stand_ins) or (len(wanted) > 1 and strange == wanted):
        return []
    first, *rest = sorted(wanted, key=lambda key: (key in strange, key != pair[0]))
    return [Way(price * len(strange), link.shape, (first, rest[0] if rest else first))]


def open_row(link: Link, day: int, openings: Openings, way: Way) -> int:
    """The bits of a day at which this visit can begin; of a visit that is wanted at one time, only that."""
    bits = openings.row(way.shape, way.pair, day)
    wanted = openings.request.wanted.get(link.code)
    if wanted is None or not bits:
        return bits
    step = openings.days.step(day, wanted)
    return bits & (1 << step) if 0 <= step < openings.days.length(day) else 0


def price_of_moving(link: Link, request: Request, days: Days, day: int, start: int | None) -> int:
    """What it costs to hold a visit on this day at this step, or at another than its own, measured from where it is."""
    now = request.current.get(link.code)
    if now is None:
        return 0
    price = request.prices.get(link.code, request.weights.moved)
    if days.index(now.start.astimezone(days.zone).date()) != day:
        return price
    return 0 if start == days.step(day, now.start) else price // 2


class Prices(Protocol):
    """What it costs to take a day of a pair's time, beyond the plan's own cost."""

    def of(self, shape: Shape, pairs: tuple[Pair, ...], low: int, high: int) -> Costs:
        """By pair and day, for the days low to high."""


Barred = Mapping[str, frozenset[int]]
NOTHING_BARRED: Barred = {}


@dataclass(frozen=True, slots=True)
class Order:
    """`first` ends before `then` begins; two of one kind are `apart` days."""

    first: str
    then: str
    apart: int


class Chain:
    """The course of one request, laid out once: spans of days, who hangs from whom, and in which order."""

    def __init__(self, request: Request, days: Days, links: list[Link], lifted: frozenset[str] = frozenset()) -> None:
        self.request, self.days, self.links = request, days, links
        self.by_code = {link.code: link for link in links}
        self.held = {code: self._day_of(kept) for code, kept in request.held.items() if code in self.by_code}
        self.current = {code: self._day_of(kept) for code, kept in request.current.items()}
        washout = request.clear_from
        self.clear = 0 if washout is None or "washout" in lifted else days.index(washout)
        self.first_day, self.last_start = days.index(request.first_day), days.index(request.last_start)
        self.anchor = {link.code: self._anchor_of(link) for link in links}
        self.spans: dict[str, tuple[int, int]] = {}
        self.children: dict[str | None, list[Link]] = defaultdict(list)
        for link in links:
            self.spans[link.code] = self._span_of(link)
            self.children[self.anchor[link.code]].append(link)
        self.before: dict[str, list[Order]] = defaultdict(list)  # by the later visit, both below one anchor
        self.loose: list[Order] = []  # orders that share no anchor
        for link in links:
            self._read_order(link)
        self.lowest = {link.code: self._lowest(link) for link in links}  # days after the anchor, or the day itself
        self.away = {link.code: self._away(link) for link in links}
        self.extra = {link.code: self._extra(link) for link in links}
        self.columns = {order: self._columns(order) for orders in self.before.values() for order in orders}

    def _day_of(self, appointment: Appointment) -> int:
        day: date = appointment.start.astimezone(self.days.zone).date()
        return self.days.index(day)

    def _anchor_of(self, link: Link) -> str | None:
        """The visit whose day this one's window counts from; history counts from nothing but visits that may move."""
        anchor = link.visit.anchor
        if anchor not in self.by_code or (link.code in self.held and anchor in self.held):
            return None
        return anchor

    def _span_of(self, link: Link) -> tuple[int, int]:
        anchor = self.anchor[link.code]
        if anchor is not None:
            low, high = self.spans[anchor]
            return low + link.low, high + link.high
        if link.code in self.held:
            return self.held[link.code], self.held[link.code]
        return self.first_day, max(self.first_day, self.last_start)

    def _read_order(self, link: Link) -> None:
        then = self.by_code.get(link.visit.before or "")
        if then is None or then.code in self.held:
            return
        order = Order(link.code, then.code, int(then.visit.kind is link.visit.kind))
        if link.code in self.held or self.anchor[link.code] != self.anchor[then.code]:
            self.loose.append(order)
        else:
            self.before[then.code].append(order)

    def _lowest(self, link: Link) -> int:
        return self.spans[link.code][0] if self.anchor[link.code] is None else link.low

    def _away(self, link: Link) -> Costs | None:
        """What each day of the window costs for being away from the target."""
        if self.anchor[link.code] is None or link.code in self.held:
            return None
        days = np.arange(link.low, link.high + 1, dtype=np.float32)
        fall_back, away = self.request.fall_backs.get(link.code), link.weight * np.abs(days - link.target)
        if fall_back is not None and fall_back.window is not None:
            low, high = fall_back.window
            away[(days < low) | (days > high)] += self.request.weights.deviation
        return away

    def _extra(self, link: Link) -> Costs:
        """What each day of the span costs whoever is free: waiting, the washout, the distance from the day it has now."""
        low, high = self.spans[link.code]
        request, days = self.request, np.arange(low, high + 1, dtype=np.float32)
        if link.code in self.held:
            return np.where(days == self.held[link.code], 0, NEVER).astype(np.float32)
        extra = np.zeros(len(days), dtype=np.float32)
        if self.anchor[link.code] is None:
            extra += request.weights.waiting * request.priority * (days - self.first_day)
        if link.code in request.current:
            extra += np.abs(days - self.current[link.code])
        first = self.clear if link.visit.after_washout else low
        for order in self.loose:
            if order.then == link.code and order.first in self.held:
                first = max(first, self.held[order.first] + order.apart)
        extra[days < first] = NEVER
        return extra

    def _columns(self, order: Order) -> tuple[int, NDArray[np.intp]]:
        """For the columns of the later visit, the last one the earlier may have; how many have none."""
        low, high = self._window(order.then)
        earliest, latest = self._window(order.first)
        columns = np.arange(low, high + 1) - order.apart - earliest
        return int((columns < 0).sum()), np.clip(columns, 0, latest - earliest)

    def _window(self, code: str) -> tuple[int, int]:
        link = self.by_code[code]
        return self.spans[code] if self.anchor[code] is None else (link.low, link.high)

    def cost_of(self, chosen: Mapping[str, int], openings: Openings, pair: Pair) -> float:
        """What these days cost with this pair, whatever prices they were found with."""
        request = self.request
        cost = float(len(request.misses.get(pair, ())) * request.weights.preference)
        for link in self.links:
            code, day = link.code, chosen[link.code]
            if code in self.held:
                continue
            cost += float(self.extra[code][day - self.spans[code][0]])
            anchor, away = self.anchor[code], self.away[code]
            if anchor is not None and away is not None:
                cost += float(away[day - chosen[anchor] - link.low])
            if link.shape.call and not openings.row(in_working_hours(link.shape), pair, day):
                cost += request.weights.off_hours_call
        return cost

    def broken(self, chosen: Mapping[str, int]) -> Order | None:
        """An order between visits without a common anchor that these days do not keep."""
        for order in self.loose:
            if (
                order.first in chosen
                and order.then in chosen
                and chosen[order.first] + order.apart > chosen[order.then]
            ):
                return order
        return None


class Costing:
    """Least costs of a course for some pairs in some openings, without the days that are barred to visits.

    `like` is a costing of the same course, pairs and openings with less barred: what has not changed is taken from it.
    `upto` leaves out all but the first so many visits.
    """

    def __init__(
        self,
        chain: Chain,
        openings: Openings,
        pairs: tuple[Pair, ...],
        barred: Barred = NOTHING_BARRED,
        prices: Prices | None = None,
        upto: int | None = None,
        like: "Costing | None" = None,
    ) -> None:
        self.chain, self.openings, self.pairs, self.barred, self.prices = chain, openings, pairs, barred, prices
        links = chain.links if upto is None else chain.links[:upto]
        self.codes = {link.code for link in links}
        self._opened: dict[Shape, Costs] = {} if like is None else like._opened
        self.matrix: dict[str, Costs] = {} if like is None else dict(like.matrix)  # pair, day of the anchor, days after
        self._costs: dict[str, Costs] = {} if like is None else dict(like._costs)  # pair, day of the visit
        self._below: dict[str, Costs | None] = {} if like is None else dict(like._below)
        changed = self.codes if like is None else {c for c in barred if barred[c] != like.barred.get(c)}
        for link in reversed(links):
            stale = {child.code for child in chain.children[link.code]} & changed
            if stale or link.code not in self._below:
                self._below[link.code] = self._lay_out(link.code)
            if stale or link.code in changed:
                changed = changed | {link.code}
                below, own = self._below[link.code], self._own(link)
                self._costs[link.code] = own if below is None else own + below
        total = self._lay_out(None)
        misses = [len(chain.request.misses.get(pair, ())) * chain.request.weights.preference for pair in pairs]
        self._misses = np.array(misses, dtype=np.float32)
        self.total = self._misses if total is None else total[:, 0] + self._misses

    def only(self, number: int) -> "Costing":
        """The same costs for one pair alone."""
        one = copy(self)
        one.pairs, rows = self.pairs[number : number + 1], slice(number, number + 1)
        one.total, one._misses = self.total[rows], self._misses[rows]
        one._opened = {shape: costs[rows] for shape, costs in self._opened.items()}
        one.matrix = {code: matrix[rows] for code, matrix in self.matrix.items()}
        one._costs = {code: costs[rows] for code, costs in self._costs.items()}
        one._below = {code: None if below is None else below[rows] for code, below in self._below.items()}
        return one

    def days_of(self, number: int, start: int | None = None) -> dict[str, int]:
        """The cheapest day of every visit for one pair; with `start`, of those that begin on that day."""
        chosen: dict[str, int] = {}
        self._choose(None, number, 0, 0, chosen, start)
        return chosen

    def of_starts(self) -> tuple[int, Costs]:
        """The first day the first visit may have, and for each pair the least cost of beginning on it or on a later day."""
        root = self.chain.children[None][0].code
        costs: Costs = self.matrix[root][:, 0] + self._misses[:, None]
        for sink in self._sinks(None):
            if sink != root:
                costs = costs + self.matrix[sink][:, 0].min(axis=1)[:, None]
        return self.chain.lowest[root], costs

    # Costs of single days

    def _own(self, link: Link) -> Costs:
        """For each pair and each day of the visit's span, what the visit costs on it; infinite where it is closed."""
        chain, code = self.chain, link.code
        low, high = chain.spans[code]
        extra, barred = chain.extra[code], self.barred.get(code)
        if code in chain.held:
            return np.broadcast_to(extra, (len(self.pairs), high - low + 1))
        if code in chain.request.current or code in chain.request.wanted or code in chain.request.fall_backs:
            costs = np.stack([_stretch(self._giving_way(link, pair)[None], low, high)[0] for pair in self.pairs])
        else:
            costs = _stretch(self._open(link.shape), low, high)
        costs = costs + extra
        if link.shape.call and chain.request.weights.off_hours_call:
            working = _stretch(self._open(in_working_hours(link.shape)), low, high)
            costs = costs + np.where(working > 0, np.float32(chain.request.weights.off_hours_call), np.float32(0))
        if self.prices is not None:
            costs = costs + self.prices.of(link.shape, self.pairs, low, high)
        if barred:
            costs = np.array(costs)
            costs[:, [day - low for day in barred if low <= day <= high]] = NEVER
        return costs

    def _open(self, shape: Shape) -> Costs:
        """By pair and day of the calendar: nothing where such a visit can begin, infinite elsewhere."""
        if shape not in self._opened:
            flags: list[Flags] = [self.openings.flags(shape, pair) for pair in self.pairs]
            self._opened[shape] = np.where(flags, np.float32(0), NEVER)
        return self._opened[shape]

    def _giving_way(self, link: Link, pair: Pair) -> Costs:
        """By day of the calendar, the least price of moving the visit and of who is in it, where it can begin at all."""
        request, days, openings = self.chain.request, self.chain.days, self.openings
        now, wanted = request.current.get(link.code), request.wanted.get(link.code)
        least = np.full(days.count, NEVER, dtype=np.float32)
        for way in ways_of(link, request, pair):
            price = np.where(openings.flags(way.shape, way.pair), np.float32(way.price), NEVER)
            if wanted is not None:
                day = days.index(wanted.astimezone(days.zone).date())
                is_open = 0 <= day < days.count and open_row(link, day, openings, way)
                price[np.arange(days.count) != (day if is_open else -1)] = NEVER
            if now is not None:
                day = self.chain.current[link.code]
                own = days.step(day, now.start)
                stays = bool(open_row(link, day, openings, way) >> own & 1)
                here = price[day] + price_of_moving(link, request, days, day, own if stays else None)
                price += request.prices.get(link.code, request.weights.moved)
                price[day] = here
            least = np.minimum(least, price)
        return least

    # Costs of what hangs from a visit

    def _sinks(self, anchor: str | None) -> list[str]:
        """Visits below this anchor that no other visit below it waits for."""
        group = [link.code for link in self.chain.children[anchor] if link.code in self.codes]
        waited_for = {order.first for code in group for order in self.chain.before[code]}
        return [code for code in group if code not in waited_for]

    def _lay_out(self, anchor: str | None) -> Costs | None:
        """By pair and day of this anchor, the least cost of all that hangs from it; None when nothing does."""
        for link in self.chain.children[anchor]:  # what a visit waits for comes before it
            if link.code in self.codes:
                self.matrix[link.code] = self._matrix_of(link, anchor)
        total: Costs | None = None
        for sink in self._sinks(anchor):
            least = self.matrix[sink].min(axis=2)
            total = least if total is None else total + least
        return total

    def _matrix_of(self, link: Link, anchor: str | None) -> Costs:
        code, costs = link.code, self._costs[link.code]
        matrix = costs[:, None, :] if anchor is None else _windows(costs, link.high - link.low + 1)
        away = self.chain.away[code]
        if away is not None:
            matrix = matrix + away
        for order in self.chain.before[code]:
            if order.first in self.codes:
                without, columns = self.chain.columns[order]
                least = np.minimum.accumulate(self.matrix[order.first], axis=2)[:, :, columns]
                least[:, :, :without] = NEVER
                matrix = matrix + least
        return matrix

    # The days themselves

    def _choose(
        self, anchor: str | None, number: int, row: int, day: int, chosen: dict[str, int], start: int | None
    ) -> None:
        """Write the cheapest days of all that hangs from a visit on `day` (its row in the matrices) into `chosen`."""
        for place, sink in enumerate(self._sinks(anchor)):
            self._place(sink, number, row, day, None, chosen, start if anchor is None and not place else None)

    def _place(
        self, code: str, number: int, row: int, day: int, last: int | None, chosen: dict[str, int], start: int | None
    ) -> None:
        chain = self.chain
        costs = self.matrix[code][number, row]
        if last is not None:
            costs = costs[: last + 1]
        column = int(costs.argmin()) if start is None else start - chain.lowest[code]
        here = chosen[code] = day + chain.lowest[code] + column
        for order in chain.before[code]:
            if order.first in self.codes:
                last = int(chain.columns[order][1][column])
                self._place(order.first, number, row, day, last, chosen, None)
        self._choose(code, number, here - chain.spans[code][0], here, chosen, None)


def _stretch(costs: Costs, low: int, high: int) -> Costs:
    """The costs of the days low to high; days outside the calendar are closed."""
    count = costs.shape[1]
    if low >= 0 and high < count:
        return costs[:, low : high + 1]
    found = np.full((len(costs), high - low + 1), NEVER, dtype=np.float32)
    first, last = max(low, 0), min(high, count - 1)
    if first <= last:
        found[:, first - low : last - low + 1] = costs[:, first : last + 1]
    return found


def _windows(costs: Costs, width: int) -> Costs:
    """Every stretch of so many days, by pair and first day: a view, nothing is copied."""
    costs = np.ascontiguousarray(costs)
    pairs, days = costs.shape
    across, along = costs.strides
    return np.ndarray((pairs, days - width + 1, width), np.float32, costs.data, 0, (across, along, along))
