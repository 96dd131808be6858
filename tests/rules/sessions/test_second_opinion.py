"""Generated clinics, planned and then struck by an event: the checker that shares no code with the planner finds nothing.

SECOND_OPINIONS says how many clinics are made: 30 here, 500 in the nightly run (SECOND_OPINIONS=500).
"""

import os
import random
from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sessions.rules.aftermath import once_true
from sessions.rules.clinic import plan_clinic
from sessions.rules.events import after
from sessions.rules.inspection import inspect
from sessions.rules.instance import course_values, instance_of, plan_in
from sessions.rules.repair import repaired
from sessions.rules.replanning import difference, what_happened
from tests.clinics import made
from tests.rules.sessions.instances import MAPP3

NUMBER = int(os.environ.get("SECOND_OPINIONS", "30"))
PROTOCOLS = {"mapp3": MAPP3}
KINDS = ("person away", "room away", "clinic closed", "washout", "move", "lengthen", "cancel", "missed")


def planned(seed):
    """A clinic of two to twelve courses, crowded ones too, and its plan."""
    values = made(2 + seed % 11, seed, 0.5 + seed % 5 * 0.4)
    found = plan_clinic(list(instance_of(values, PROTOCOLS).requests.values()), seed=seed, rounds=3)
    courses = [course_values(patient, plan) for patient, plan in found.plans.items()]
    return values, {"courses": courses, "refused": [{"patient": key, "reasons": []} for key in found.refused]}


def local(text):
    return datetime.fromisoformat(text).astimezone(ZoneInfo("Europe/London"))


def what_befalls(values, plan, dice, kind):
    """An event of this kind, told on a day on which courses run, and the clinic as it then is."""
    course = dice.choice(plan["courses"])
    visits = [visit for visit in course["visits"] if visit["code"] not in ("P1", "F1")]
    visit = dice.choice(visits)
    first = local(visit["start"]).date()
    now = datetime.fromisoformat(visit["end" if kind == "missed" else "start"]) - timedelta(days=kind != "missed")
    days = {"first": first.isoformat(), "last": (first + timedelta(days=dice.choice((0, 6, 20)))).isoformat()}
    of_visit = {"patient": course["patient"], "code": visit["code"]}
    therapists = [row["key"] for row in values["people"] if "therapist" in row["roles"]]
    later = datetime.fromisoformat(visit["start"]) + timedelta(minutes=dice.choice((-60, -15, 30, 1440)))
    event = {
        "person away": {"person": dice.choice(course["pair"]), **days},
        "room away": {"room": visit.get("room", values["rooms"][0]["key"]), **days},
        "clinic closed": {"first": days["first"], "last": days["first"]},
        "washout": {"patient": course["patient"], "clear_from": (first + timedelta(days=3)).isoformat()},
        "move": {**of_visit, "start": later.isoformat()},
        "lengthen": {**of_visit, "minutes": 120},
        "cancel": {**of_visit, "again": dice.random() < 0.5},
        "missed": {**of_visit, "again": dice.random() < 0.5},
    }[kind]
    event |= {"kind": kind, "now": now.isoformat(), "stand_ins": therapists}
    return event, once_true(values, plan, event)


def mended(values, plan, event):
    instance = instance_of(values, PROTOCOLS)
    courses, happened = what_happened(event, instance, plan_in(plan, instance))
    struck = after(happened, courses)
    return difference(repaired(struck), struck)


def test_the_second_opinion_on_generated_plans_and_repairs_is_empty():
    seen = Counter()
    for seed in range(NUMBER):
        values, plan = planned(seed)
        assert inspect(values, plan, PROTOCOLS) == [], seed
        seen["planned"] += 1
        if not plan["courses"]:
            continue
        kind = KINDS[seed % len(KINDS)]
        event, then = what_befalls(values, plan, random.Random(seed), kind)
        found = mended(values, plan, event)
        if found["unrepaired"]:
            seen["not repaired"] += 1
            continue
        assert inspect(then, {**found["plan"], "refused": plan["refused"]}, PROTOCOLS) == [], (seed, event)
        seen[kind] += 1
        seen["changed"] += bool(found["changes"])
        seen["with a stand-in"] += bool(found["given_way"])
    assert seen["planned"] == NUMBER
    assert all(seen[kind] for kind in KINDS)
    assert seen["changed"] >= NUMBER / 4
