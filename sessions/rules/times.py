"""Times of day, people and rooms for a course whose days are chosen."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from sessions.rules.chain import Link, Way, open_row, price_of_moving, ways_of
from sessions.rules.days import bits_of
from sessions.rules.intervals import at_wall
from sessions.rules.openings import Openings, in_working_hours
from sessions.rules.planning import Appointment, Duty, Request


def assigned(
    request: Request,
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
    desk = _Desk(request, openings, pair)
    for day in sorted(by_day):
        links_there = by_day[day]
        is_hopeless = len(links_there) > 1 and desk.is_hopeless(links_there, day)
        placed = None if is_hopeless else desk.place(links_there, day, [])
        if placed is None:
            return appointments, tuple(link.code for link in by_day[day])
        appointments.update(placed)
    return appointments, ()


@dataclass(frozen=True, slots=True)
class _Placed:
    """A visit with its steps of the day, from the first to the one after the last."""

    link: Link
    step: int
    end: int
    appointment: Appointment


class _Desk:
    def __init__(self, request: Request, openings: Openings, pair: tuple[str, str]) -> None:
        self.request, self.days, self.openings, self.pair = request, openings.days, openings, pair
        self.calendar, self.lifted = openings.calendar, openings.lifted
        self.turnover = {space.key: space.turnover for space in request.spaces}

    def place(self, links: list[Link], day: int, placed: list[_Placed]) -> dict[str, Appointment] | None:
        """Times for all visits of one day, tried in the order of the course; None when they do not fit together."""
        if not links:
            return {one.link.code: one.appointment for one in placed}
        link, *rest = links
        for step, end, appointments in self._choices(link, day):
            if not all(self._in_order(link, step, end, other) for other in placed):
                continue
            # No more rooms are tried than visits could stand in one another's way.
            for appointment in islice(appointments, 1 + len(placed) + len(rest)):
                if all(self._turned_over(appointment, step, other) for other in placed):
                    one = _Placed(link, step, end, appointment)
                    done = self.place(rest, day, [*placed, one])
                    if done is not None:
                        return done
        return None

    def is_hopeless(self, links: list[Link], day: int) -> bool:
        """Whether these visits cannot be held one after the other on this day in any order, whatever their rooms."""
        waiting = []
        for link in links:
            if link.code not in self.request.held:
                bits = 0
                for way in ways_of(link, self.request, self.pair):
                    bits |= open_row(link, day, self.openings, way)
                waiting.append((link, bits))
        return not self._follow_one_another(waiting, 0)

    def _follow_one_another(self, waiting: list[tuple[Link, int]], step: int) -> bool:
        """Whether these visits can, from this step on; whichever is first, the earliest time is the best for the rest."""
        for place, (link, bits) in enumerate(waiting):
            rest = waiting[:place] + waiting[place + 1 :]
            later = bits >> step << step
            if later and not any(_must_follow(link, other) for other, _ in rest):
                begins = (later & -later).bit_length() - 1
                if self._follow_one_another(rest, begins + self.days.steps(link.shape.minutes)):
                    return True
        return not waiting

    def _choices(self, link: Link, day: int) -> Iterator[tuple[int, int, Iterator[Appointment]]]:
        """Where the visit could be: its first step, the step after its last, and who and where."""
        if link.code in self.request.held:
            kept = self.request.held[link.code]
            step = self.days.step(day, kept.start)
            yield step, step + self.days.steps(int((kept.end - kept.start).total_seconds()) // 60), iter([kept])
            return
        steps = self.days.steps(link.shape.minutes)
        for step, way in self._cheapest_first(link, day):
            yield step, step + steps, self._appointments(link, day, step, way)

    def _cheapest_first(self, link: Link, day: int) -> Iterator[tuple[int, Way]]:
        choices = (
            (step, way)
            for way in ways_of(link, self.request, self.pair)  # cheapest first
            for step in self._liked(link, day, open_row(link, day, self.openings, way))
        )
        if link.code not in self.request.current:
            return choices

        def price(choice: tuple[int, Way]) -> int:
            step, way = choice
            return way.price + price_of_moving(link, self.request, self.days, day, step)

        return iter(sorted(choices, key=price))  # stable: what is liked stays in front

    def _liked(self, link: Link, day: int, bits: int) -> Iterator[int]:
        """The time at which the visit stands today, then calls inside working hours, then the rest; earliest first."""
        now = self.request.current.get(link.code)
        if now is not None:
            clock = now.start.astimezone(self.days.zone).time()
            same = self.days.step(day, at_wall(self.days.dates[day], clock, self.days.zone))
            if same >= 0 and bits >> same & 1:
                yield same
                bits &= ~(1 << same)
        if link.shape.call:
            working = bits & self.openings.row(in_working_hours(link.shape), self.pair, day)
            yield from bits_of(working)
            bits &= ~working
        yield from bits_of(bits)

    def _appointments(self, link: Link, day: int, step: int, way: Way) -> Iterator[Appointment]:
        at = day * self.days.width + step
        minutes = link.shape.minutes
        people = self._people(link, at, way)
        now = self.request.current.get(link.code)
        cover = night = None
        if link.shape.physician:
            cover = self._first(_first_liked(self.request.physicians, now.cover if now else None), minutes, at)
        if link.shape.night:
            liked = _first_liked(self.request.attendants, now.night if now else None)
            night = next((key for key in liked if self.calendar.has_night(key, day)), None)
        start = self.days.instant(day, step)
        end = start + timedelta(minutes=minutes)
        if link.shape.room is None:
            yield Appointment(link.code, start, end, people, None, cover, night)
            return
        stays = None if now is None else now.room
        for space in sorted(self.request.spaces, key=lambda space: space.key != stays):
            if space.kind is not link.shape.room or self.request.wanted_rooms.get(link.code, space.key) != space.key:
                continue
            is_lifted = f"room:{space.kind}" in self.lifted
            if is_lifted or self.calendar.room_starts(space, minutes) >> at & 1:
                yield Appointment(link.code, start, end, people, space.key, cover, night)

    def _people(self, link: Link, at: int, way: Way) -> tuple[tuple[Duty, str], ...]:
        people: list[tuple[Duty, str]] = []
        lead, second = way.pair
        minutes, call = link.shape.minutes, link.shape.call
        now = {key for _, key in self.request.current[link.code].people} if link.code in self.request.current else set()
        if way.shape.therapists >= 2:
            people = [(Duty.LEAD, lead), (Duty.SECOND, second)]
        elif way.shape.therapists == 1:
            free = [
                (duty, key)
                for duty, key in ((Duty.LEAD, lead), (Duty.SECOND, second))
                if self.calendar.person_starts(key, minutes, call, self.lifted) >> at & 1
            ]
            people = sorted(free, key=lambda person: person[1] not in now)[:1]
        if link.shape.rater:
            raters = tuple(sorted(self.openings.raters(self.pair), key=lambda key: key not in now))
            if rater := self._first(raters, minutes, at):
                people.append((Duty.RATER, rater))
        return tuple(people)

    def _first(self, keys: tuple[str, ...], minutes: int, at: int) -> str | None:
        return next((key for key in keys if self.calendar.person_starts(key, minutes, False) >> at & 1), None)

    def _in_order(self, link: Link, step: int, end: int, other: _Placed) -> bool:
        """True when the patient is in one place at a time, and what must come first does."""
        if link.code in self.request.held and other.link.code in self.request.held:
            return True
        if end <= other.step:
            return not _must_follow(link, other.link)
        return other.end <= step and not _must_follow(other.link, link)

    def _turned_over(self, appointment: Appointment, step: int, other: _Placed) -> bool:
        """True when they are in two rooms, or the room is cleared between them."""
        if appointment.room is None or appointment.room != other.appointment.room:
            return True
        if appointment.code in self.request.held and other.link.code in self.request.held:
            return True
        first, last = (other.appointment, appointment) if other.step < step else (appointment, other.appointment)
        return first.end + timedelta(minutes=self.turnover[appointment.room]) <= last.start


def _must_follow(first: Link, then: Link) -> bool:
    """True when `first` may not be held before `then` on one day."""
    counted = first.visit.anchor == then.code and first.low >= 0
    return then.visit.before == first.code or counted


def _first_liked(keys: tuple[str, ...], liked: str | None) -> tuple[str, ...]:
    return tuple(sorted(keys, key=lambda key: key != liked))
