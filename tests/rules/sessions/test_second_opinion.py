"""Generated clinics, planned and then struck by an event: the checker that shares no code with the planner finds nothing.

SECOND_OPINIONS says how many clinics are made: 30 here, 500 in the nightly run (SECOND_OPINIONS=500).
"""

import copy
import json
import math
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
INCOMPLETE = 74 / 500  # the share of repairs that leave a visit to people, measured with SECOND_OPINIONS=500
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


def set_aside(then, was, found):
    """The instance and the plan of an incomplete repair without the visits that are left to people, and those alone."""
    then, plan = copy.deepcopy(then), copy.deepcopy(found["plan"])
    requests = {row["patient"]: row for row in then["requests"]}
    stood = {row["patient"]: {visit["code"]: visit["start"] for visit in row["visits"]} for row in was["courses"]}
    for row in found["unrepaired"]:
        request, left = requests[row["patient"]], set(row["visits"])
        assert not left & {visit["code"] for visit in request.get("held", ())}
        request["off"] = [*request.get("off", ()), *left]
        request["stood"] = {**request.get("stood", {}), **{code: stood[row["patient"]][code] for code in left}}
        course = next(course for course in plan["courses"] if course["patient"] == row["patient"])
        course["visits"] = [visit for visit in course["visits"] if visit["code"] not in left]
    return then, plan


def most_incomplete():
    """The share measured over 500 clinics and three standard deviations of as many draws as are made here.

    The seeds are fixed, but where the planner chooses otherwise among equals the same clinics are as good as drawn anew.
    """
    return INCOMPLETE + 3 * math.sqrt(INCOMPLETE * (1 - INCOMPLETE) / NUMBER)


def test_the_second_opinion_on_generated_plans_and_repairs_is_empty():
    """Of a repair that is not complete, all but the visits that it leaves to people is held to the same rules."""
    seen, incomplete = Counter(), Counter()
    for seed in range(NUMBER):
        values, plan = planned(seed)
        assert inspect(values, plan, PROTOCOLS) == [], seed
        seen["planned"] += 1
        if not plan["courses"]:
            continue
        kind = KINDS[seed % len(KINDS)]
        event, then = what_befalls(values, plan, random.Random(seed), kind)
        found = mended(values, plan, event)
        seen[kind] += 1
        seen["changed"] += bool(found["changes"])
        seen["with a stand-in"] += bool(found["given_way"])
        if found["unrepaired"]:
            incomplete[kind] += 1
            seen["visits left to people"] += sum(len(row["visits"]) for row in found["unrepaired"])
            then, found["plan"] = set_aside(then, plan, found)
        assert inspect(then, {**found["plan"], "refused": plan["refused"]}, PROTOCOLS) == [], (seed, event)
    print(json.dumps({"seen": seen, "incomplete": incomplete}))  # noqa: T201 a figure, for whoever runs the five hundred
    assert seen["planned"] == NUMBER
    assert all(seen[kind] > incomplete[kind] for kind in KINDS)
    assert seen["changed"] >= NUMBER / 4
    assert incomplete.total() <= most_incomplete() * sum(seen[kind] for kind in KINDS)


def test_a_rule_that_an_incomplete_repair_breaks_elsewhere_is_seen():
    """The control: of the first clinic whose repair is incomplete, a visit that nothing befell is put elsewhere."""
    for seed in range(NUMBER):
        values, plan = planned(seed)
        if plan["courses"]:
            event, then = what_befalls(values, plan, random.Random(seed), KINDS[seed % len(KINDS)])
            found = mended(values, plan, event)
            if found["unrepaired"]:
                break
    then, left = set_aside(then, plan, found)
    whole = {**left, "refused": plan["refused"]}
    assert inspect(then, whole, PROTOCOLS) == []
    now = datetime.fromisoformat(event["now"])
    visit = next(v for v in whole["courses"][0]["visits"] if datetime.fromisoformat(v["start"]) > now)
    for name in ("start", "end"):
        visit[name] = (datetime.fromisoformat(visit[name]) + timedelta(days=400)).isoformat()
    assert inspect(then, whole, PROTOCOLS) != []
