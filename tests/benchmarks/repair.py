"""Repair of a planned clinic: a therapist away for a week and for three weeks, twenty events of each.

A clinic of 50 courses (200 with NIGHTLY=1) is made by `tests.clinics` and planned by `plan_clinic`; each event is a seeded therapist and a
seeded first day while courses run, with three colleagues who may stand in. What is done by then stays. "Must change" are
the visits of that therapist in those days; "changed" also counts those that change only their people or their room.
Seconds are those of the rule, without a database: of the processor, and beside them by the clock.
"""

import os
import random
import statistics
import time
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sessions.actions.reading import shipped_protocols
from sessions.rules.clinic import plan_clinic
from sessions.rules.events import PersonAway, after
from sessions.rules.instance import Instance, instance_of
from sessions.rules.planning import Plan
from sessions.rules.repair import Repair, Standing, repaired
from tests.clinics import FIRST, made

COURSES = 200 if os.environ.get("NIGHTLY") else 50
SEED, EVENTS, ROUNDS = 1, 20, 60


def measure() -> dict[str, Any]:
    instance = instance_of(made(COURSES, SEED), shipped_protocols())
    plans = plan_clinic(list(instance.requests.values()), seed=SEED, rounds=ROUNDS).plans
    figures: dict[str, Any] = {"courses planned": len(plans)}
    for days, name in ((7, "a week"), (21, "three weeks")):
        figures |= {f"{name} away: {key}": value for key, value in of_length(instance, plans, days).items()}
    return figures


def of_length(instance: Instance, plans: dict[str, Plan], days: int) -> dict[str, Any]:
    dice = random.Random(f"{SEED}/{days}")
    therapists = sorted({key for plan in plans.values() for key in plan.pair})
    seconds, by_the_clock, shares = [], [], []
    must, moved, changed, unrepaired, stand_ins = 0, 0, 0, 0, 0
    for _ in range(EVENTS):
        who = dice.choice(therapists)
        first = FIRST + timedelta(days=dice.randrange(30, 200))
        event = PersonAway(who, first, first + timedelta(days=days - 1), "ill")
        courses = [standing(instance, patient, plan, who, first) for patient, plan in plans.items()]
        began = time.process_time(), time.perf_counter()
        repair = repaired(after(event, courses))
        seconds.append(time.process_time() - began[0])
        by_the_clock.append(time.perf_counter() - began[1])
        had_to = touched(courses, event)
        changes = [change for course in repair.courses for change in course.changes]
        went = sum(change.is_moved for change in changes)
        if had_to:
            shares.append(went / had_to)
        must, moved = must + had_to, moved + went
        changed += len(changes)
        unrepaired += sum(course.plan is None for course in repair.courses)
        stand_ins += stood_in(repair)
    return {
        "median seconds": round(statistics.median(seconds), 2),
        "worst seconds": round(max(seconds), 2),
        "median seconds by the clock": round(statistics.median(by_the_clock), 2),
        "worst seconds by the clock": round(max(by_the_clock), 2),
        "events that touched a visit": len(shares),
        "visits that must change": must,
        "visits moved": moved,
        "visits changed": changed,
        "moved for each that must": round(moved / max(1, must), 2),
        "moved for each that must, mean of the events": round(statistics.mean(shares or [0]), 2),
        "changed for each that must": round(changed / max(1, must), 2),
        "visits with a stand-in": stand_ins,
        "courses not repaired": unrepaired,
    }


def standing(instance: Instance, patient: str, plan: Plan, who: str, today: date) -> Standing:
    request = instance.requests[patient]
    zone = instance.house.zone
    held = {a.code: a for a in plan.appointments if a.start.astimezone(zone).date() < today}
    current = {a.code: a for a in plan.appointments if a.code not in held}
    colleagues = [key for key in instance.people if key.startswith("therapist") and key not in (*plan.pair, who)]
    return Standing(
        patient,
        replace(request, pairs=(plan.pair,), held=held, current=current),
        stand_ins=tuple(colleagues[:3]),
    )


def touched(courses: list[Standing], event: PersonAway) -> int:
    found = 0
    for course in courses:
        zone = course.request.house.zone
        for appointment in course.request.current.values():
            day = appointment.start.astimezone(zone).date()
            there = event.person in [key for _, key in appointment.people]
            found += there and event.first <= day <= event.last
    return found


def stood_in(repair: Repair) -> int:
    return sum(finding.code == "stand_in" for course in repair.courses for finding in course.findings)
