"""The planner beside first-fit on the same made-up clinics (see tests/clinics.py): whole clinics, and one course more.

First-fit is what a booking screen does: courses in the order in which they ask, the first pair that works, every visit on
the first open day of its window at the first open time, beginning with each possible first day; never a step back.
Without NIGHTLY=1 in the environment only clinics of 20 and 50 courses are measured, and one seed of each. No database:
reading the facts is measured with the pages. "s" is of the processor, by which every search ends, so that other work on
the machine does not count; "s by the clock" is beside it. The bound is what all courses would cost if each had the clinic
to itself: valid and weak.
"""

import os
import resource
import statistics
import time
from collections import Counter
from itertools import permutations
from pathlib import Path
from typing import Any

from patients.rules.loading import load
from sessions.rules.chain import Chain, Link, Pair
from sessions.rules.choices import alternatives
from sessions.rules.clinic import UNPLANNED, Progress, plan_clinic
from sessions.rules.inspection import inspect
from sessions.rules.instance import Instance, course_values, instance_of
from sessions.rules.openings import Calendar, Openings
from sessions.rules.planner import plan_course
from sessions.rules.planning import Plan, Request
from sessions.rules.search import calendar_for, search_for
from sessions.rules.times import assigned
from tests.clinics import booked, made

FILE = Path(__file__).parents[2] / "patients" / "protocols" / "mapp3.toml"
PROTOCOLS = {"mapp3": load(FILE.read_text(encoding="utf-8"), FILE.name)}
SEED, SEEDS = 1, (1, 2, 3)
SECONDS = {20: 15, 50: 30, 100: 60, 200: 60, 400: 180}
NIGHTLY = bool(os.environ.get("NIGHTLY"))
SIZES = (20, 50, 100, 200, 400) if NIGHTLY else (20, 50)
LOAD, CROWDED = 0.75, 1.2


def measure() -> dict[str, Any]:
    figures: dict[str, Any] = {}
    for courses in SIZES:
        for seed in SEEDS if NIGHTLY else SEEDS[:1]:
            figures |= clinic(courses, seed, LOAD)
    if NIGHTLY:
        figures |= clinic(100, SEED, CROWDED)
    return figures | one_more(200 if NIGHTLY else 50) | growth()


class Clock:
    """Seconds of the processor and by the clock since it was made."""

    def __init__(self) -> None:
        self.began = time.process_time(), time.perf_counter()

    @property
    def seconds(self) -> float:
        return time.process_time() - self.began[0]

    @property
    def figures(self) -> dict[str, float]:
        return {"s": round(self.seconds, 1), "s by the clock": round(time.perf_counter() - self.began[1], 1)}


def clinic(courses: int, seed: int, load_: float) -> dict[str, Any]:
    """The whole clinic by both, with what the checker says of either plan."""
    values = made(courses, seed, load_)
    instance = instance_of(values, PROTOCOLS)
    requests = list(instance.requests.values())
    name = f"{courses} courses at load {load_:g}, seed {seed}"
    clock = Clock()
    simple = first_fit(requests)
    first = clock.figures
    clock = Clock()
    tried: list[float] = []
    whole: list[float] = []

    def watch(progress: Progress) -> bool:
        if progress.round and not tried:
            tried.append(clock.seconds)
        if progress.planned == progress.courses and not whole:
            whole.append(clock.seconds)
        return clock.seconds < SECONDS[courses]

    found = plan_clinic(requests, seed=seed, rounds=10**6, watch=watch)
    took = clock.figures
    worse = sum(plan.cost for plan in simple.values()) + UNPLANNED * sum(
        request.priority for patient, request in instance.requests.items() if patient not in simple
    )
    return {
        f"{name}, first-fit": {
            "unplanned": courses - len(simple),
            "cost": worse,
            **first,
            "violations": len(inspect(values, plan_values(instance, simple), PROTOCOLS)),
        },
        f"{name}, search": {
            "unplanned": courses - len(found.plans),
            "cost": found.objective,
            "bound": found.bound,
            **took,
            "rounds": found.rounds,
            "s until each was tried": round(tried[0], 1) if tried else None,
            "s until all planned": round(whole[0], 1) if whole else None,
            "times cheaper": round(worse / found.objective, 1),
            "violations": len(inspect(values, plan_values(instance, found.plans), PROTOCOLS)),
            "MB of memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        },
    }


def one_more(courses: int) -> dict[str, Any]:
    """One course at a time into the calendar of a clinic in which so many are planned already; nothing is shared."""
    values = made(courses, SEED)
    instance = instance_of(values, PROTOCOLS)
    full = plan_clinic(list(instance.requests.values()), seed=SEED, rounds=0)
    again = instance_of(booked(values, made(courses, SEED + 1), plan_values(instance, full.plans)), PROTOCOLS)
    times: dict[bool, list[float]] = {True: [], False: []}
    tens = []
    for request in again.requests.values():
        began = time.process_time()
        proposal = plan_course(request)
        times[proposal.plan is not None].append(1000 * (time.process_time() - began))
        began = time.process_time()
        alternatives(request)
        tens.append(1000 * (time.process_time() - began))
    return {
        f"one course into a calendar of {courses}, planned": spread(times[True]),
        f"one course into a calendar of {courses}, refused with reasons": spread(times[False]),
        f"ten alternatives in a calendar of {courses}": spread(tens),
    }


def spread(times: list[float]) -> dict[str, Any]:
    if not times:
        return {"courses": 0}
    return {"courses": len(times), "median ms": round(statistics.median(times), 1), "worst ms": round(max(times), 1)}


def growth() -> dict[str, Any]:
    """One insertion into an empty calendar while the weeks in which it may begin, and then the pairs, are doubled."""
    found = {}
    for weeks in (13, 26, 52, 104):
        requests = list(instance_of(made(50, SEED, weeks=weeks), PROTOCOLS).requests.values())
        found[f"one insertion, {weeks} weeks to begin in, 4 pairs"] = insertions(requests)
    everybody = made(50, SEED)
    keys = [person["key"] for person in everybody["people"] if "therapist" in person["roles"] and person["may_lead"]]
    for pairs in (1, 2, 8, 16):
        some = [list(pair) for pair in permutations(keys, 2)][:pairs]
        asked = [{**row, "pairs": some} for row in everybody["requests"]]
        requests = list(instance_of({**everybody, "requests": asked}, PROTOCOLS).requests.values())
        found[f"one insertion, 26 weeks to begin in, {pairs} pair{'s' if pairs > 1 else ''}"] = insertions(requests)
    return found


def insertions(requests: list[Request]) -> dict[str, Any]:
    times = []
    for request in requests[:10]:
        began = time.process_time()
        plan_course(request)
        times.append(1000 * (time.process_time() - began))
    return spread(times)


def plan_values(instance: Instance, plans: dict[str, Plan]) -> dict[str, Any]:
    return {
        "courses": [course_values(patient, plan) for patient, plan in plans.items()],
        "refused": [{"patient": patient, "reasons": []} for patient in instance.requests if patient not in plans],
    }


def first_fit(requests: list[Request]) -> dict[str, Plan]:
    calendar = calendar_for(requests)
    plans: dict[str, Plan] = {}
    for request in sorted(requests, key=lambda request: request.first_day):
        plan = next((found for pair in request.pairs if (found := _with_pair(request, pair, calendar))), None)
        if plan is not None:
            calendar.take(plan.appointments, calendar.masks(plan.appointments))
            plans[request.client.key] = plan
    return plans


def _with_pair(request: Request, pair: Pair, calendar: Calendar) -> Plan | None:
    search = search_for(request, calendar=calendar)
    days = calendar.days
    for start in range(days.index(request.first_day), days.index(request.last_start) + 1):
        chosen = _greedy(search.links, search.chain, search.openings, pair, start)
        if chosen:
            appointments, crowded = assigned(request, search.openings, pair, search.links, chosen)
            if not crowded and not search._full_week(appointments):
                cost = round(search.chain.cost_of(chosen, search.openings, pair))
                return Plan(pair, tuple(appointments[visit.code] for visit in request.protocol.visits), cost)
    return None


def _greedy(links: list[Link], chain: Chain, openings: Openings, pair: Pair, start: int) -> dict[str, int] | None:
    chosen: dict[str, int] = {}
    floors: Counter[str] = Counter()
    for link in links:
        anchor = link.visit.anchor
        low, high = (start, start) if anchor is None else (chosen[anchor] + link.low, chosen[anchor] + link.high)
        low = max(low, floors[link.code], chain.clear if link.visit.after_washout else low)
        day = next((d for d in range(low, high + 1) if openings.row(link.shape, pair, d)), None)
        if day is None:
            return None
        chosen[link.code] = day
        if link.visit.before is not None:
            apart = int(chain.by_code[link.visit.before].visit.kind is link.visit.kind)
            floors[link.visit.before] = max(floors[link.visit.before], day + apart)
    return chosen
