"""The independent checker: every kind of planted error is found, and the plans they are planted into are clean."""

import ast
import copy
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sessions.rules.aftermath import once_true
from sessions.rules.clinic import plan_clinic
from sessions.rules.events import after
from sessions.rules.inspection import inspect
from sessions.rules.instance import course_values, instance_of, plan_in
from sessions.rules.repair import repaired
from sessions.rules.replanning import difference, what_happened
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


def mended(values, plan, event):
    """The plan after an event, as `replan` prints it."""
    instance = instance_of(values, PROTOCOLS)
    courses, happened = what_happened(event, instance, plan_in(plan, instance))
    struck = after(happened, courses)
    return difference(repaired(struck), struck)["plan"]


def therapists_of(values):
    return [row["key"] for row in values["people"] if "therapist" in row["roles"]]


def stood_in():
    """A sound plan in which colleagues stand in for a lead who is away after the first dosing day."""
    values, plan = copy.deepcopy(SOUND)
    first = datetime.fromisoformat(visit(plan, "I1.2")["start"])
    lead, now = plan["courses"][0]["pair"][0], (first - timedelta(days=1)).isoformat()
    days = {"first": first.date().isoformat(), "last": (first + timedelta(days=25)).date().isoformat()}
    event = {"kind": "person away", "person": lead, **days, "now": now, "stand_ins": therapists_of(values)}
    person(values, lead)["leave"].append(days)
    return values, {**mended(values, plan, event), "refused": plan["refused"]}


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


@plants("needless night")
def somebody_stays_the_night_after_a_preparation(i, p):
    visit(p, "P1")["night"] = visit(p, "D2")["night"]


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


@plants("called off")
def a_visit_that_is_off_has_a_place(i, p):
    asked(i, p)["off"] = ["I3.3"]


def without_the_second_dosing_day(i, p, **moved):
    """Dosing day 2 of the first course is off; where it stood is said, or, moved, another time."""
    gone = visit(p, "D2")
    p["courses"][0]["visits"].remove(gone)
    shift(gone, **moved)
    asked(i, p).update(off=["D2"], stood={"D2": gone["start"]})


@plants("window")
def a_visit_is_not_counted_from_where_its_anchor_stood(i, p):
    without_the_second_dosing_day(i, p, days=-3)


@plants("morning")
def a_visit_is_not_on_the_morning_after_a_day_that_is_off(i, p):
    without_the_second_dosing_day(i, p)
    at_hour(visit(p, "I2.1"), 15)


@plants("anchor")
def a_visit_is_counted_from_one_that_is_off_and_stood_nowhere(i, p):
    without_the_second_dosing_day(i, p)
    del asked(i, p)["stood"]


@plants("wanted")
def a_visit_does_not_begin_when_it_was_wanted(i, p):
    asked(i, p)["wanted"] = {"I2.2": visit(p, "I2.3")["start"]}


@plants("length")
def a_visit_does_not_last_as_long_as_was_said(i, p):
    asked(i, p)["lasting"] = {"I2.2": 120}


@plants("window")
def a_visit_is_outside_the_window_that_was_signed(i, p):
    asked(i, p)["deviations"] = [{"code": "I1.2", "earliest": 5, "latest": 11}]
    shift(visit(p, "I1.2"), days=9)


@plants("deviation")
def more_is_signed_than_the_protocol_leaves(i, p):
    asked(i, p)["deviations"] = [{"code": "I1.2", "latest": 40}]


@plants("deviation")
def one_therapist_alone_is_signed_for_a_dosing_day(i, p):
    asked(i, p)["deviations"] = [{"code": "D1", "alone": True}]


@plants("unknown visit")
def a_deviation_is_signed_for_no_visit(i, p):
    asked(i, p)["deviations"] = [{"code": "D9", "latest": 9}]


@plants("needless stand-in")
def one_of_the_pair_is_called_a_stand_in(i, p):
    visit(p, "I1.2")["stand_in"] = visit(p, "I1.2")["second"]


def covered(i, p):
    """A visit of the first course, with a colleague who stands in for its second."""
    row = visit(p, "I1.2")
    row["second"] = row["stand_in"] = next(key for key in therapists_of(i) if key not in p["courses"][0]["pair"])
    return row


@plants("continuity")
def a_second_colleague_stands_in_as_well(i, p):
    row = covered(i, p)
    known = (*p["courses"][0]["pair"], row["stand_in"])
    row["lead"] = next(key for key in therapists_of(i) if key not in known)


@plants("continuity")
def a_stand_in_is_there_twice(i, p):
    row = covered(i, p)
    row["lead"] = row["second"]


@plants("not a stand-in")
def somebody_stands_in_who_is_no_therapist(i, p):
    row = covered(i, p)
    person(i, row["stand_in"])["roles"] = ["rater"]


@plants("independence")
def the_rater_stands_in(i, p):
    row = covered(i, p)
    person(i, row["stand_in"])["roles"].append("rater")
    visit(p, "R2")["rater"] = row["stand_in"]


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_error_is_found(name):
    rule, plant = PLANTED[name]
    instance, plan = copy.deepcopy(SOUND)
    plant(instance, plan)
    assert rule in {violation.rule for violation in inspect(instance, plan, PROTOCOLS)}


RULES = {
    "unknown patient", "planned twice", "planned and refused", "left out", "pair", "may not lead", "preference",
    "washout unknown", "completeness", "called off", "unknown visit", "history", "length", "first day", "window",
    "morning", "washout", "past", "clinic hours", "closure", "quarter hour", "staffing", "continuity",
    "needless stand-in", "not a stand-in", "independence", "no rater", "needless rater", "not a rater", "no physician",
    "needless physician", "not a physician", "physician booked", "no night", "needless night", "not a night",
    "night roster", "unknown person", "working hours", "leave", "credential", "credential lapsed", "double booking",
    "weekly hours", "no room", "needless room", "unknown room", "room kind", "room hours", "room booked",
    "patient's times", "patient booked", "order", "same day", "deviation", "anchor", "wanted",
}  # fmt: skip


def test_an_error_of_every_rule_is_planted():
    assert {rule for rule, _ in PLANTED.values()} == RULES
    assert len(RULES) == 57


def test_colleagues_who_stand_in_are_sound_where_the_plan_says_so():
    values, plan = stood_in()
    stand_ins = [row for row in plan["courses"][0]["visits"] if "stand_in" in row]
    assert len(stand_ins) >= 2
    assert inspect(values, plan, PROTOCOLS) == []
    for row in stand_ins:
        del row["stand_in"]
    assert {violation.rule for violation in inspect(values, plan, PROTOCOLS)} == {"continuity"}


def test_a_visit_that_was_called_off_and_signed_windows_and_lengths_are_sound():
    values, plan = copy.deepcopy(SOUND)
    visits = plan["courses"][0]["visits"]
    visits.remove(visit(plan, "F1"))
    asked(values, plan).update(off=["F1"], deviations=[{"code": "I2.3", "latest": 30}, {"code": "I2.2", "alone": True}])
    del visit(plan, "I2.2")["second"]
    assert inspect(values, plan, PROTOCOLS) == []


def test_what_is_counted_from_a_visit_that_is_off_is_sound_where_that_stood():
    values, plan = copy.deepcopy(SOUND)
    without_the_second_dosing_day(values, plan)
    assert inspect(values, plan, PROTOCOLS) == []


def test_planner_and_repair_count_from_where_a_visit_that_is_off_stood():
    values, plan = copy.deepcopy(SOUND)
    patient = plan["courses"][0]["patient"]
    off = {"kind": "cancel", "patient": patient, "code": "D2", "again": False}
    then, after_it = once_true(values, plan, off), mended(values, plan, off)
    away = {"kind": "clinic closed", "first": visit(after_it, "I2.2")["start"][:10]}
    away |= {"last": away["first"], "stand_ins": therapists_of(values)}
    twice = mended(then, after_it, away)
    assert inspect(once_true(then, after_it, away), {**twice, "refused": plan["refused"]}, PROTOCOLS) == []
    assert visit(twice, "I2.2") != visit(after_it, "I2.2")
    instance = instance_of(then, PROTOCOLS)
    found = plan_clinic(list(instance.requests.values()), seed=1, rounds=0).plans
    courses = [course_values(key, found[key], off=instance.off[key]) for key in found]
    refused = [{"patient": key, "reasons": []} for key in instance.requests if key not in found]
    assert patient in found
    assert inspect(then, {"courses": courses, "refused": refused}, PROTOCOLS) == []


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
    assert reached_from("sessions.rules.aftermath") == set()


def test_sharing_code_would_be_seen():
    assert "sessions.rules.openings" in reached_from("sessions.rules.clinic")
