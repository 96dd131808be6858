"""One course at a time into a calendar that fills up: the exact planner beside first-fit, on the same seeded clinics.

How an instance is made: pairs of therapists who work Monday to Friday 08:00 to 18:00 less one seeded half day each, two
seeded weeks of leave a year each; one dosing room for three pairs, one consulting room for two; two physicians and two
raters who work every day. Courses of the reference protocol arrive three a week for six pairs, in seeded order and with
a seeded pair, each with eight weeks in which it may begin. No database: reading the facts is measured with the pages.
"""

import random
import statistics
import time
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from datetime import time as clock
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from patients.rules.loading import load
from patients.rules.protocol import RoomKind
from sessions.rules.checking import check
from sessions.rules.planner import plan_course
from sessions.rules.planning import Absence, Client, Credential, House, Interval, Person, Plan, Request, Space
from sessions.rules.search import Search, search_for
from sessions.rules.times import assigned

FILE = Path(__file__).parents[2] / "patients" / "protocols" / "mapp3.toml"
PROTOCOL = load(FILE.read_text(encoding="utf-8"), FILE.name)
ZONE = ZoneInfo("Europe/London")
FIRST = date(2026, 3, 2)
FULL = ((clock(8), clock(18)),)
GOOD = (Credential("licence", "Licence", None), Credential("training", "Training", None))
SEEDS = {50: 1, 200: 2}


def measure() -> dict[str, Any]:
    figures: dict[str, Any] = {}
    for courses, seed in SEEDS.items():
        for name, planner in (("exact", exact), ("first-fit", first_fit)):
            figures |= {
                f"{courses} courses, {name}: {key}": value for key, value in fill(courses, seed, planner).items()
            }
    return figures


def fill(courses: int, seed: int, planner: Any) -> dict[str, Any]:
    """Put every course into the same clinic, one after the other, in the order in which they arrive."""
    clinic = Clinic(pairs=max(6, courses // 8), seed=seed)
    times, gaps, waits, faults = [], [], [], 0
    for number in range(courses):
        request = clinic.request(number)
        began = time.process_time()
        plan = planner(request)
        times.append((time.process_time() - began) * 1000)
        if plan is None:
            continue
        faults += len(check(plan, request))
        clinic.book(plan, f"patient {number}")
        days = {a.code: a.start.astimezone(ZONE).date() for a in plan.appointments}
        gaps += [abs((days[b] - days[a]).days - 28) for a, b in (("D1", "D2"), ("D2", "D3"))]
        waits.append((days["P1"] - request.first_day).days)
    return {
        "planned": len(waits),
        "median ms of processor": round(statistics.median(times), 1),
        "worst ms of processor": round(max(times), 1),
        "mean days of waiting": round(statistics.mean(waits), 1),
        "mean days off the 28 between doses": round(statistics.mean(gaps), 2),
        "faults found by the checker": faults,
    }


def exact(request: Request) -> Plan | None:
    return plan_course(request).plan


def first_fit(request: Request) -> Plan | None:
    """Every visit on the first open day of its window, beginning with each possible first day; never a step back."""
    search = search_for(request)
    days, pair = search.openings.days, request.pairs[0]
    for start in range(days.index(request.first_day), days.index(request.last_start) + 1):
        chosen = _greedy(request, search, start)
        if chosen:
            appointments, crowded = assigned(request, search.openings, pair, search.links, chosen)
            if not crowded:
                return Plan(pair, tuple(appointments[visit.code] for visit in request.protocol.visits), 0)
    return None


def _greedy(request: Request, search: Search, start: int) -> dict[str, int] | None:
    chosen: dict[str, int] = {}
    floors: Counter[str] = Counter()
    for link in search.links:
        anchor = link.visit.anchor
        low, high = (start, start) if anchor is None else (chosen[anchor] + link.low, chosen[anchor] + link.high)
        window = range(max(low, floors[link.code]), high + 1)
        day = next((d for d in window if search.openings.row(link.shape, request.pairs[0], d)), None)
        if day is None:
            return None
        chosen[link.code] = day
        if link.visit.before is not None:
            apart = int(request.protocol.visit(link.visit.before).kind is link.visit.kind)
            floors[link.visit.before] = max(floors[link.visit.before], day + apart)
    return chosen


class Clinic:
    """A made-up clinic and everything that is booked in it."""

    def __init__(self, pairs: int, seed: int) -> None:
        self.random = random.Random(seed)
        self.pairs = [(f"a{n}", f"b{n}") for n in range(pairs)]
        self.busy: dict[str, list[Interval]] = {}
        self.people = {key: self._therapist(key) for pair in self.pairs for key in pair}
        self.people |= {
            key: Person(key, key, dict.fromkeys(range(5), FULL)) for key in ("doc1", "doc2", "rae1", "rae2")
        }
        rooms = [(f"dosing {n}", RoomKind.DOSING, 60) for n in range(-(-pairs // 3))]
        rooms += [(f"room {n}", RoomKind.CONSULTING, 15) for n in range(-(-pairs // 2))]
        self.spaces = [Space(name, name, kind, clock(8), clock(20), turnover) for name, kind, turnover in rooms]
        self.arrivals = [(n * 7 // max(1, pairs // 2), self.random.choice(self.pairs)) for n in range(400)]

    def _therapist(self, key: str) -> Person:
        hours = dict.fromkeys(range(5), FULL)
        hours[self.random.randrange(5)] = ((clock(8), clock(13)),)
        away = [FIRST + timedelta(weeks=self.random.randrange(4, 60)) for _ in range(2)]
        leave = tuple(Absence(day, day + timedelta(days=6)) for day in away)
        return Person(key, key, hours, leave, credentials=GOOD, needs=("licence", "training"))

    def request(self, number: int) -> Request:
        after, pair = self.arrivals[number]
        first = FIRST + timedelta(days=after)
        busy = {key: tuple(intervals) for key, intervals in self.busy.items()}
        return Request(
            protocol=PROTOCOL,
            house=House(ZONE, clock(8), clock(18)),
            client=Client(f"patient {number}"),
            people={key: replace(person, busy=busy.get(key, ())) for key, person in self.people.items()},
            pairs=(pair,),
            physicians=("doc1", "doc2"),
            raters=("rae1", "rae2"),
            spaces=tuple(replace(space, busy=busy.get(space.key, ())) for space in self.spaces),
            first_day=first,
            last_start=first + timedelta(weeks=8),
        )

    def book(self, plan: Plan, patient: str) -> None:
        turnover = {space.key: space.turnover for space in self.spaces}
        for appointment in plan.appointments:
            for _, key in appointment.people:
                self.busy.setdefault(key, []).append(appointment.interval)
            if appointment.room is not None:
                cleared = appointment.interval.lengthened(turnover[appointment.room])
                self.busy.setdefault(appointment.room, []).append(cleared)
