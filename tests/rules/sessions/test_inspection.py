"""The independent checker: every kind of planted error is found, and the plans they are planted into are clean."""

import ast
import copy
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sessions.rules.clinic import plan_clinic
from sessions.rules.inspection import inspect
from sessions.rules.instance import course_values, instance_of
from tests.clinics import made
from tests.rules.sessions.instances import MAPP3

PROTOCOLS = {"mapp3": MAPP3}
ROOT = Path(__file__).parents[3]


def planned(courses, seed, rounds=0, **more):
    values = made(courses, seed, **more)
    instance = instance_of(values, PROTOCOLS)
    found = plan_clinic(list(instance.requests.values()), seed=seed, rounds=rounds)
    refused = [{"patient": patient, "reasons": []} for patient in found.refused]
    return values, {"courses": [course_values(p, plan) for p, plan in found.plans.items()], "refused": refused}


SOUND = planned(6, 3)


def test_the_plan_under_test_is_clean():
    assert inspect(*SOUND, PROTOCOLS) == []


def visit(plan, code, course=0):
    return next(v for v in plan["courses"][course]["visits"] if v["code"] == code)


def shift(row, **by):
    for name in ("start", "end"):
        row[name] = (datetime.fromisoformat(row[name]) + timedelta(**by)).isoformat()


def at_hour(row, hour, minute=0):
    start = datetime.fromisoformat(row["start"])
    shift(row, minutes=hour * 60 + minute - (start.hour * 60 + start.minute))


def person(instance, key):
    return next(row for row in instance["people"] if row["key"] == key)


def asked(instance, plan, course=0):
    return next(row for row in instance["requests"] if row["patient"] == plan["courses"][course]["patient"])


def room_of(instance, key):
    return next(row for row in instance["rooms"] if row["key"] == key)


PLANTED = {}


def plants(rule):
    def keep(error):
        PLANTED[f"{rule}: {error.__name__}"] = (rule, error)
        return error

    return keep


@plants("unknown patient")
def a_stranger_is_planned(i, p):
    p["courses"].append({**copy.deepcopy(p["courses"][0]), "patient": "nobody"})


@plants("planned twice")
def somebody_is_planned_twice(i, p):
    p["courses"].append(copy.deepcopy(p["courses"][0]))


@plants("planned and refused")
def somebody_is_planned_and_refused(i, p):
    p["refused"].append({"patient": p["courses"][0]["patient"], "reasons": []})


@plants("left out")
def somebody_is_left_out(i, p):
    del p["courses"][0]


@plants("pair")
def another_pair_treats(i, p):
    asked(i, p)["pairs"] = [pair for pair in asked(i, p)["pairs"] if pair != p["courses"][0]["pair"]]


@plants("pair")
def somebody_who_is_no_therapist_treats(i, p):
    person(i, p["courses"][0]["pair"][1])["roles"] = ["rater"]


@plants("may not lead")
def somebody_leads_who_may_not(i, p):
    person(i, p["courses"][0]["pair"][0])["may_lead"] = False


@plants("preference")
def the_pair_is_not_what_must_be(i, p):
    asked(i, p)["preferences"] = [{"trait": "speaks Welsh", "must": True}]


@plants("washout unknown")
def nobody_knows_the_washout(i, p):
    asked(i, p)["washout_unknown"] = ["fluoxetine"]


@plants("completeness")
def a_visit_is_missing(i, p):
    p["courses"][0]["visits"].remove(visit(p, "I2.3"))


@plants("completeness")
def a_visit_is_there_twice(i, p):
    p["courses"][0]["visits"].append(copy.deepcopy(visit(p, "C1.1")))


@plants("unknown visit")
def a_visit_is_not_of_the_protocol(i, p):
    p["courses"][0]["visits"].append({**visit(p, "C1.1"), "code": "D9"})


@plants("history")
def history_is_changed(i, p):
    first = copy.deepcopy(visit(p, "P1"))
    shift(first, days=-1)
    asked(i, p)["held"] = [first]


@plants("length")
def a_visit_is_too_short(i, p):
    row = visit(p, "D2")
    row["end"] = (datetime.fromisoformat(row["end"]) - timedelta(minutes=30)).isoformat()


@plants("length")
def a_visit_ends_before_it_begins(i, p):
    row = visit(p, "P2")
    row["start"], row["end"] = row["end"], row["start"]


@plants("first day")
def a_course_begins_too_early(i, p):
    shift(visit(p, "P1"), days=-30)


@plants("first day")
def a_course_begins_too_late(i, p):
    asked(i, p)["last_start"] = asked(i, p)["first_day"] = "2026-01-01"


@plants("window")
def a_dosing_day_is_too_late(i, p):
    shift(visit(p, "D2"), days=14)


@plants("window")
def a_dosing_day_is_too_early(i, p):
    shift(visit(p, "D3"), days=-14)


@plants("morning")
def the_morning_after_is_an_afternoon(i, p):
    at_hour(visit(p, "I1.1"), 14)


@plants("washout")
def a_dosing_day_is_before_the_washout_ends(i, p):
    asked(i, p)["clear_from"] = "2028-01-01"


@plants("past")
def a_visit_is_in_the_past(i, p):
    asked(i, p)["not_before"] = visit(p, "P2")["end"]


@plants("clinic hours")
def a_visit_begins_before_the_clinic_opens(i, p):
    at_hour(visit(p, "P2"), 5)


@plants("clinic hours")
def a_visit_ends_after_the_clinic_closes(i, p):
    at_hour(visit(p, "P2"), 17, 15)


@plants("closure")
def a_visit_is_on_a_closed_day(i, p):
    i["clinic"]["closures"].append({"day": visit(p, "P2")["start"][:10]})


@plants("quarter hour")
def a_visit_begins_at_an_odd_time(i, p):
    shift(visit(p, "I1.3"), minutes=5)


@plants("staffing")
def a_therapist_is_missing(i, p):
    del visit(p, "D1")["second"]


@plants("staffing")
def a_call_has_two_therapists(i, p):
    lead, second = p["courses"][0]["pair"]
    visit(p, "C1.1").update(lead=lead, second=second)


@plants("continuity")
def somebody_else_is_in_the_session(i, p):
    others = [row["key"] for row in i["people"] if "therapist" in row["roles"]]
    visit(p, "I1.2")["second"] = next(key for key in others if key not in p["courses"][0]["pair"])


@plants("continuity")
def lead_and_second_are_exchanged(i, p):
    lead, second = p["courses"][0]["pair"]
    visit(p, "I2.2").update(lead=second, second=lead)


@plants("no rater")
def a_rating_has_no_rater(i, p):
    del visit(p, "R1")["rater"]


@plants("needless rater")
def a_session_has_a_rater(i, p):
    visit(p, "P1")["rater"] = "rater 0"


@plants("not a rater")
def somebody_rates_who_is_no_rater(i, p):
    visit(p, "R1")["rater"] = "physician 0"


@plants("independence")
def one_of_the_pair_rates(i, p):
    lead = p["courses"][0]["pair"][0]
    person(i, lead)["roles"].append("rater")
    visit(p, "R1")["rater"] = lead


@plants("no physician")
def a_dosing_day_has_no_physician(i, p):
    del visit(p, "D1")["physician"]


@plants("needless physician")
def a_session_has_a_physician(i, p):
    visit(p, "P1")["physician"] = "physician 0"


@plants("not a physician")
def somebody_covers_who_is_no_physician(i, p):
    visit(p, "D1")["physician"] = "rater 0"


@plants("physician booked")
def the_physician_is_booked_elsewhere(i, p):
    row = visit(p, "D1")
    booked = {"kind": "outside", "start": row["start"], "end": row["end"], "people": [row["physician"]]}
    i["bookings"].append(booked)


@plants("no night")
def nobody_stays_the_night(i, p):
    del visit(p, "D2")["night"]


@plants("not a night")
def somebody_stays_who_is_no_attendant(i, p):
    visit(p, "D2")["night"] = "rater 0"


@plants("night roster")
def the_attendant_does_not_work_that_night(i, p):
    person(i, visit(p, "D2")["night"])["hours"] = {}


@plants("double booking")
def one_attendant_stays_with_two(i, p):
    row = visit(p, "D2")
    day = row["start"][:10]
    busy = {"kind": "visit", "start": f"{day}T22:00:00+00:00", "end": f"{day}T23:00:00+00:00", "people": [row["night"]]}
    i["bookings"].append(busy)


@plants("working hours")
def a_therapist_does_not_work_then(i, p):
    person(i, p["courses"][0]["pair"][0])["hours"] = {"sunday": [["08:00", "18:00"]]}


@plants("leave")
def a_therapist_is_away(i, p):
    day = visit(p, "I3.2")["start"][:10]
    person(i, p["courses"][0]["pair"][1])["leave"].append({"first": day, "last": day})


@plants("leave")
def the_physician_is_away(i, p):
    row = visit(p, "D3")
    person(i, row["physician"])["leave"] = [{"first": row["start"][:10], "last": row["start"][:10]}]


@plants("credential")
def a_therapist_has_no_training(i, p):
    person(i, p["courses"][0]["pair"][0])["credentials"] = [{"kind": "licence"}]


@plants("credential lapsed")
def a_licence_ends_within_the_course(i, p):
    until = [{"kind": "licence", "expires_on": visit(p, "D1")["start"][:10]}, {"kind": "training"}]
    person(i, p["courses"][0]["pair"][0])["credentials"] = until


@plants("double booking")
def a_therapist_is_in_supervision(i, p):
    row = visit(p, "P2")
    i["bookings"].append({"kind": "supervision", "start": row["start"], "end": row["end"], "people": [row["lead"]]})


@plants("double booking")
def a_therapist_is_in_two_courses_at_once(i, p):
    one, other = visit(p, "P2"), visit(p, "P2", 1)
    other.update(start=one["start"], end=one["end"], lead=one["lead"])


@plants("weekly hours")
def a_week_holds_too_many_hours(i, p):
    person(i, p["courses"][0]["pair"][0])["weekly_hours"] = 9


@plants("no room")
def a_session_has_no_room(i, p):
    del visit(p, "P1")["room"]


@plants("needless room")
def a_call_has_a_room(i, p):
    visit(p, "C1.1")["room"] = "room 0"


@plants("unknown room")
def a_session_is_in_a_room_that_is_not_there(i, p):
    visit(p, "P1")["room"] = "attic"


@plants("unknown person")
def a_session_is_with_somebody_unknown(i, p):
    visit(p, "P1")["lead"] = "zoe"


@plants("room kind")
def a_session_is_in_a_dosing_room(i, p):
    visit(p, "P1")["room"] = "dosing 0"


@plants("room hours")
def a_room_is_closed(i, p):
    room_of(i, visit(p, "D1")["room"])["opens"] = "12:00"


@plants("room booked")
def a_room_is_taken_by_a_group(i, p):
    row = visit(p, "P2")
    i["bookings"].append({"kind": "group integration", "start": row["start"], "end": row["end"], "room": row["room"]})


@plants("room booked")
def a_room_is_not_turned_over(i, p):
    row = visit(p, "P2")
    later = datetime.fromisoformat(row["end"]) + timedelta(minutes=10)
    next_one = {"kind": "visit", "start": later.isoformat(), "end": (later + timedelta(hours=1)).isoformat()}
    i["bookings"].append({**next_one, "room": row["room"]})


@plants("patient's times")
def the_patient_cannot_come(i, p):
    asked(i, p)["times"] = {"sunday": [["08:00", "18:00"]]}


@plants("patient booked")
def the_patient_has_another_visit(i, p):
    row, patient = visit(p, "P2"), p["courses"][0]["patient"]
    i["bookings"].append({"kind": "visit", "start": row["start"], "end": row["end"], "patients": [patient]})


@plants("patient booked")
def the_patient_is_in_two_visits_at_once(i, p):
    one, other = visit(p, "R1"), visit(p, "I1.3")
    other.update(start=one["start"], end=one["end"])


@plants("order")
def a_visit_comes_after_the_one_it_must_precede(i, p):
    row, then = visit(p, "I3.3"), datetime.fromisoformat(visit(p, "R3")["start"])
    shift(row, days=(then - datetime.fromisoformat(row["start"])).days + 2)


@plants("same day")
def two_calls_are_on_one_day(i, p):
    one, other = visit(p, "C1.1"), visit(p, "C1.2")
    other.update(start=one["end"], end=(datetime.fromisoformat(one["end"]) + timedelta(minutes=30)).isoformat())


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_error_is_found(name):
    rule, plant = PLANTED[name]
    instance, plan = copy.deepcopy(SOUND)
    plant(instance, plan)
    assert rule in {violation.rule for violation in inspect(instance, plan, PROTOCOLS)}


def test_more_than_thirty_kinds_of_error_are_planted():
    assert len({rule for rule, _ in PLANTED.values()}) >= 40


def imports_of(file):
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)


def reached_from(module):
    """Every module of the house that this one imports, directly or by way of another."""
    found, waiting = set(), [module]
    while waiting:
        for name in imports_of(ROOT / f"{waiting.pop().replace('.', '/')}.py"):
            for candidate in (name, name.rpartition(".")[0]):
                if (ROOT / f"{candidate.replace('.', '/')}.py").is_file() and candidate not in found:
                    found.add(candidate)
                    waiting.append(candidate)
    return found


def test_the_checker_shares_no_code_with_the_planner():
    allowed = {"accounts.rules.findings", "patients.rules.protocol"}
    assert reached_from("sessions.rules.inspection") == allowed


def test_sharing_code_would_be_seen():
    assert "sessions.rules.openings" in reached_from("sessions.rules.clinic")


@pytest.mark.parametrize("seed", range(4))
def test_generated_plans_are_clean(seed):
    values, plan = planned(10, seed, rounds=4, load=1.2)
    assert inspect(values, plan, PROTOCOLS) == []
    assert len(plan["courses"]) + len(plan["refused"]) == 10
