"""Times of day, people and rooms for a course whose days are chosen."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from sessions.rules.chain import Link, Way, open_starts, price_of_moving, ways_of
from sessions.rules.openings import STEP, Days, Openings, runs
from sessions.rules.planning import Appointment, Duty, Request


def assigned(
    request: Request,
    days: Days,
    openings: Openings,
    pair: tuple[str, str],
    links: list[Link],
    chosen: dict[str, int],
) -> tuple[dict[str, Appointment], tuple[str, ...]]:
    """An appointment for every visit, and the codes of the first day on which the course is in its own way."""
    by_day: dict[int, list[Link]] = defaultdict(list)
    for link in links:
        if link.code in chosen:
            by_day[chosen[link.code]].append(link)
    appointments: dict[str, Appointment] = {}
    desk = _Desk(request, days, openings, pair)
    for day in sorted(by_day):
        placed = desk.place(by_day[day], day, {})
        if placed is None:
            return appointments, tuple(link.code for link in by_day[day])
        appointments.update(placed)
    return appointments, ()


class _Desk:
    def __init__(self, request: Request, days: Days, openings: Openings, pair: tuple[str, str]) -> None:
        self.request, self.days, self.openings, self.pair = request, days, openings, pair
        self.turnover = {space.key: space.turnover for space in request.spaces}

    def place(self, links: list[Link], day: int, placed: dict[str, Appointment]) -> dict[str, Appointment] | None:
        """Times for all visits of one day, tried in the order of the course; None when they do not fit together."""
        if not links:
            return placed
        link, *rest = links
        for appointment in self._choices(link, day):
            if all(self._side_by_side(appointment, other) for other in placed.values()):
                done = self.place(rest, day, {**placed, link.code: appointment})
                if done is not None:
                    return done
        return None

    def _choices(self, link: Link, day: int) -> Iterator[Appointment]:
        if link.code in self.request.held:
            yield self.request.held[link.code]
            return
        choices = []
        for way in ways_of(link, self.request, self.pair):
            bits = open_starts(link, day, self.openings, way)
            for step in self._liked(link, day, bits):
                price = way.price + price_of_moving(link, self.request, self.days, day, step)
                choices.append((price, step, way))
        for _, step, way in sorted(choices, key=lambda choice: choice[0]):  # stable: what is liked stays in front
            yield from self._appointments(link, day, step, way)

    def _liked(self, link: Link, day: int, bits: int) -> list[int]:
        """Earliest first; before that a call inside working hours, and the time at which the visit stands today."""
        steps = [step for step in range(bits.bit_length()) if bits >> step & 1]
        working = bits
        if link.shape.call:
            working = self.openings.starts(replace(link.shape, call=False), self.pair, day)
        now = self.request.current.get(link.code)
        clock = None if now is None else now.start.astimezone(self.days.zone).time()

        def rank(step: int) -> tuple[bool, bool, int]:
            local = self.days.instant(day, step).astimezone(self.days.zone).time()
            return (clock is not None and local != clock, not working >> step & 1, step)

        return sorted(steps, key=rank)

    def _appointments(self, link: Link, day: int, step: int, way: Way) -> Iterator[Appointment]:
        steps = -(-link.shape.minutes // STEP)
        people = self._people(link, day, step, way)
        now = self.request.current.get(link.code)
        cover = None
        if link.shape.physician:
            cover = self._first(_first_liked(self.request.physicians, now.cover if now else None), day, step, steps)
        start = self.days.instant(day, step)
        end = start + timedelta(minutes=link.shape.minutes)
        if link.shape.room is None:
            yield Appointment(link.code, start, end, people, None, cover)
            return
        stays = [space for space in self.request.spaces if now is not None and space.key == now.room]
        for space in dict.fromkeys((*stays, *self.request.spaces)):
            if space.kind is not link.shape.room:
                continue
            is_lifted = f"room:{space.kind}" in self.openings.lifted
            if is_lifted or self.openings.room_starts(space, steps, day) >> step & 1:
                yield Appointment(link.code, start, end, people, space.key, cover)

    def _people(self, link: Link, day: int, step: int, way: Way) -> tuple[tuple[Duty, str], ...]:
        people: list[tuple[Duty, str]] = []
        lead, second = way.pair
        steps = -(-link.shape.minutes // STEP)
        now = {key for _, key in self.request.current[link.code].people} if link.code in self.request.current else set()
        if way.shape.therapists >= 2:
            people = [(Duty.LEAD, lead), (Duty.SECOND, second)]
        elif way.shape.therapists == 1:
            free = [
                (duty, key)
                for duty, key in ((Duty.LEAD, lead), (Duty.SECOND, second))
                if runs(self.openings.person(key, link.shape.call)[day], steps) >> step & 1
            ]
            people = sorted(free, key=lambda person: person[1] not in now)[:1]
        if link.shape.rater:
            raters = tuple(sorted(self.request.raters, key=lambda key: key not in now))
            if rater := self._first(raters, day, step, steps):
                people.append((Duty.RATER, rater))
        return tuple(people)

    def _first(self, keys: tuple[str, ...], day: int, step: int, steps: int) -> str | None:
        return next((key for key in keys if runs(self.openings.person(key)[day], steps) >> step & 1), None)

    def _side_by_side(self, one: Appointment, other: Appointment) -> bool:
        """True when both fit on one day: the patient is in one place at a time; order and turnover hold."""
        if one.code in self.request.held and other.code in self.request.held:
            return True
        first, last = sorted((one, other), key=lambda appointment: appointment.start)
        gap = self.turnover.get(first.room or "", 0) if first.room == last.room else 0
        if first.end + timedelta(minutes=gap) > last.start:
            return False
        protocol = self.request.protocol
        comes_back = protocol.visit(first.code)
        return protocol.visit(last.code).before != first.code and not (
            comes_back.anchor == last.code and comes_back.earliest.whole >= 0
        )


def _first_liked(keys: tuple[str, ...], liked: str | None) -> tuple[str, ...]:
    return tuple(sorted(keys, key=lambda key: key != liked))
