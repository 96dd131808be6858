"""The days of one course: backward dynamic programming over (visit, day), exact for one pair of therapists.

Every window is a gap between a visit and its anchor, and every order is "ends before that one begins", so what the rest
of the course needs to know of what is already placed is small: the days of anchors still in use, and the earliest day
left to a visit that waits for others. Visits that matter to nothing but their anchor (the calls after a dosing day, the
morning after, a follow-up) form strands of their own that hang from it as a cost of its day. Nothing is guessed: the
cheapest choice is found, and equal costs go to the earlier day.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from patients.rules.protocol import VisitKind, VisitPlan
from sessions.rules.domains import days_of, from_day, propagated
from sessions.rules.openings import Days, Openings, Shape, shape_of
from sessions.rules.planning import Appointment, Request

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
class Way:
    """One way to staff a visit and what it costs: the pair, or what may give way where nothing ordinary fits."""

    price: int
    shape: Shape
    pair: tuple[str, str]


def ways_of(link: Link, request: Request, pair: tuple[str, str]) -> list[Way]:
    """Every way to staff a visit, cheapest first; whoever is in it already costs nothing and comes first."""
    ways = [Way(0, link.shape, pair)]
    fall_back = request.fall_backs.get(link.code)
    if fall_back is None or not link.shape.therapists:
        return ways
    now = request.current.get(link.code)
    there = {key for _, key in now.people} if now else set()
    is_dosing = link.visit.kind is VisitKind.DOSING
    strange = request.weights.stand_in_dosing if is_dosing else request.weights.stand_in
    for key in fall_back.stand_ins:
        price = 0 if key in there else strange
        ways += [Way(price, link.shape, (stays, key)) for stays in pair]
    if fall_back.alone and link.shape.therapists > 1:
        ways.append(Way(request.weights.alone, replace(link.shape, therapists=1), pair))
    return sorted(ways, key=lambda way: (way.price, -len(there & set(way.pair))))


def open_starts(link: Link, day: int, openings: Openings, way: Way) -> int:
    """The bits of a day at which this visit can begin; of a visit that is wanted at one time, only that."""
    bits = openings.starts(way.shape, way.pair, day)
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


@dataclass(frozen=True, slots=True)
class _Slot:
    """How one number of the next state comes from this one: kept, or set from the new day, or the later of both."""

    kept: int | None
    added: int | None  # days to add to the new day; None: the new day does not matter here


class _Strand:
    """Visits placed one after the other, knowing the day of the anchor they hang from, and their cheapest days."""

    def __init__(self, chain: "Chain", links: list[Link], entry: str | None) -> None:
        self.chain = chain
        self.hung: dict[str, list[_Strand]] = {}
        links = list(links)
        for link in list(links):
            if link in links:
                groups = _groups_hanging_from(link, links)
                self.hung[link.code] = [_Strand(chain, group, link.code) for group in groups]
                links = [other for other in links if not any(other in group for group in groups)]
        self.links = links
        self.names = _names(links, entry)
        self.slots = [_slots(self.names, i, link, links) for i, link in enumerate(links)]
        self.places = [
            tuple(names.index(name) if name in names else None for name in (link.visit.anchor, f"<{link.code}"))
            for link, names in zip(links, self.names, strict=False)
        ]
        self.tails: list[dict[tuple[int, ...], tuple[int, int]]] = [{} for _ in links]
        self.extras: list[dict[int, int]] = [{} for _ in links]

    def cost(self, entry: int | None) -> int:
        return self.tail(0, () if entry is None else (entry,))[0]

    def tail(self, i: int, state: tuple[int, ...]) -> tuple[int, int]:
        """Least cost of visit i and all after it, and the day of visit i, given the days that still matter."""
        if i == len(self.links):
            return 0, 0
        known = self.tails[i].get(state)
        if known is None:
            known = self.tails[i][state] = self._cheapest(i, state)
        return known

    def _cheapest(self, i: int, state: tuple[int, ...]) -> tuple[int, int]:
        link = self.links[i]
        anchor_place, floor_place = self.places[i]
        anchor = None if anchor_place is None else state[anchor_place]
        floor = 0 if floor_place is None else state[floor_place]
        best = (IMPOSSIBLE, 0)
        for cost, day in self.chain.choices(link, anchor, floor):
            if cost >= best[0]:
                break  # choices come cheapest first
            cost += self._extra(i, day)
            if cost < best[0]:
                cost += self.tail(i + 1, self._next(i, state, day))[0]
                if cost < best[0]:
                    best = (cost, day)
        return best

    def _extra(self, i: int, day: int) -> int:
        extras = self.extras[i]
        if day not in extras:
            extras[day] = sum(strand.cost(day) for strand in self.hung[self.links[i].code])
        return extras[day]

    def _next(self, i: int, state: tuple[int, ...], day: int) -> tuple[int, ...]:
        values = []
        for slot in self.slots[i]:
            if slot.added is None:
                values.append(state[slot.kept or 0])
            else:
                values.append(day + slot.added if slot.kept is None else max(state[slot.kept], day + slot.added))
        return tuple(values)

    def take(self, entry: int | None, chosen: dict[str, int]) -> None:
        """Write the cheapest days of the strand and of all that hangs from it into `chosen`."""
        state: tuple[int, ...] = () if entry is None else (entry,)
        for i, link in enumerate(self.links):
            day = self.tail(i, state)[1]
            chosen[link.code] = day
            for strand in self.hung[link.code]:
                strand.take(day, chosen)
            state = self._next(i, state, day)


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
        self.held = {code: days.index(self._wall_day(kept)) for code, kept in request.held.items()}
        self.current = {code: days.index(self._wall_day(kept)) for code, kept in request.current.items()}
        washout = request.clear_from
        self.clear = 0 if washout is None or "washout" in openings.lifted else days.index(washout)
        self.first_day = days.index(request.first_day)
        self.last_start = days.index(request.last_start)
        self.ways = {link.code: ways_of(link, request, pair) for link in links}
        plans = [link.visit for link in links]
        by_code = {link.code: link for link in links}
        roots = from_day(self.first_day) & ((1 << max(0, self.last_start + 1)) - 1)
        self.domains = propagated(
            plans, days.count, roots, self.held, lambda code, day: self._is_open(by_code[code], day)
        )
        self.is_possible = all(self.domains.values())
        self.strand = _Strand(self, links, None)

    def cheapest(self) -> tuple[int, dict[str, int]] | None:
        """The least cost and the day of every visit; None when no choice of days is open."""
        if not self.is_possible:
            return None
        cost = self.strand.cost(None)
        if cost >= IMPOSSIBLE:
            return None
        chosen: dict[str, int] = {}
        self.strand.take(None, chosen)
        return cost, chosen

    def choices(self, link: Link, anchor: int | None, floor: int) -> list[tuple[int, int]]:
        """(cost, day) for every open day of a visit, cheapest first."""
        held = self.held.get(link.code)
        low, high = (self.first_day, self.last_start) if anchor is None else (anchor + link.low, anchor + link.high)
        if held is not None:  # history: its window only binds an anchor that can still move
            is_free = anchor is None or link.visit.anchor in self.held or low <= held <= high
            return [(0, held)] if is_free else []
        low = max(low, floor, 0)
        bits = (self.domains[link.code] >> low) & ((1 << max(0, high - low + 1)) - 1)
        return sorted((self._cost(link, anchor, low + day), low + day) for day in days_of(bits))

    def _is_open(self, link: Link, day: int) -> bool:
        if (link.visit.after_washout and day < self.clear) or (link.code, day) in self.barred:
            return False
        return any(open_starts(link, day, self.openings, way) for way in self.ways[link.code])

    def _wall_day(self, appointment: Appointment) -> date:
        return appointment.start.astimezone(self.days.zone).date()

    def _cost(self, link: Link, anchor: int | None, day: int) -> int:
        weights = self.request.weights
        if anchor is None:
            cost = weights.waiting * (day - self.first_day)
        else:
            cost = link.weight * abs(day - anchor - link.target)
        if link.shape.call and not self.openings.starts(replace(link.shape, call=False), self.pair, day):
            cost += weights.off_hours_call
        if link.code in self.current:
            cost += abs(day - self.current[link.code])
        return cost + self._giving_way(link, anchor, day)

    def _giving_way(self, link: Link, anchor: int | None, day: int) -> int:
        """The least price of the day: of moving the visit, of who is in it, and of leaving its ordinary window."""
        fall_back = self.request.fall_backs.get(link.code)
        if link.code not in self.current and fall_back is None:
            return 0
        now = self.request.current.get(link.code)
        own = None if now is None else self.days.step(day, now.start)
        prices = []
        for way in self.ways[link.code]:
            if bits := open_starts(link, day, self.openings, way):
                stays = own is not None and own >= 0 and bits >> own & 1
                start = own if stays else None
                prices.append(way.price + price_of_moving(link, self.request, self.days, day, start))
        price = min(prices, default=0)
        if fall_back is not None and fall_back.window is not None and anchor is not None:
            low, high = fall_back.window
            price += 0 if low <= day - anchor <= high else self.request.weights.deviation
        return price


def _groups_hanging_from(link: Link, links: list[Link]) -> list[list[Link]]:
    """Groups of visits below `link` that are tied to the rest of the strand by nothing but the day of `link`."""
    below = _below(link.code, links)
    groups: list[list[Link]] = []
    rest = [other for other in links if other.code in below]
    while rest:
        codes = _tied_to(rest[0].code, rest)
        group = [other for other in rest if other.code in codes]
        rest = [other for other in rest if other.code not in codes]
        outside = {other.code for other in links} - codes
        leads_out = any(member.visit.before in outside for member in group)
        led_into = any(other.visit.before in codes for other in links if other.code in outside)
        if not leads_out and not led_into:
            groups.append(group)
    return groups


def _below(code: str, links: list[Link]) -> set[str]:
    found: set[str] = set()
    for link in links:  # anchors stand before what is counted from them
        if link.visit.anchor == code or link.visit.anchor in found:
            found.add(link.code)
    return found


def _tied_to(code: str, links: list[Link]) -> set[str]:
    tied, size = {code}, 0
    while size != len(tied):
        size = len(tied)
        for link in links:
            ends = {link.code, link.visit.anchor, link.visit.before}
            if ends & tied:
                tied |= {end for end in ends if end is not None and any(other.code == end for other in links)}
    return tied


def _names(links: list[Link], entry: str | None) -> list[list[str]]:
    """For each visit, the names of the days it must be told: anchors still in use, and "<X" for the floor of X."""
    states = []
    for i in range(len(links) + 1):
        used = {link.visit.anchor for link in links[i:]}
        placed = ([entry] if entry is not None else []) + [link.code for link in links[:i]]
        waited_for = {link.visit.before for link in links[:i]}
        states.append(
            [code for code in placed if code in used or (i == 0 and code == entry)]
            + [f"<{link.code}" for link in links[i:] if link.code in waited_for]
        )
    return states


def _slots(names: list[list[str]], i: int, link: Link, links: list[Link]) -> list[_Slot]:
    now, then = names[i], names[i + 1]
    added = {link.code: 0}
    for other in links:
        if other.code == link.visit.before:
            added[f"<{other.code}"] = int(other.visit.kind is link.visit.kind)  # two calls are on two days
    return [_Slot(now.index(name) if name in now else None, added.get(name)) for name in then]
