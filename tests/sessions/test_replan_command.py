"""`replan` as a shell sees it: no database, no settings, an exit code for each answer, and a plan that is checked again."""

import json
from datetime import datetime, timedelta

import pytest
from jsonschema import Draft202012Validator

from tests.clinics import made
from tests.sessions.test_plan_commands import manage


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    """A planned clinic of four courses as files."""
    folder = tmp_path_factory.mktemp("clinic")
    instance = folder / "instance.json"
    instance.write_text(json.dumps(made(4, 1)), encoding="utf-8")
    plan = folder / "plan.json"
    plan.write_text(manage("plan", instance, "--rounds", 3).stdout, encoding="utf-8")
    return folder, instance, plan


def visit_of(planned, code, number=0):
    course = json.loads(planned[2].read_text())["courses"][number]
    return course, next(visit for visit in course["visits"] if visit["code"] == code)


def replan(planned, event):
    folder, instance, plan = planned
    file = folder / "event.json"
    file.write_text(json.dumps(event), encoding="utf-8")
    done = manage("replan", instance, plan, "--event", file)
    assert "Traceback" not in done.stderr
    return done, json.loads(done.stdout) if done.stdout else {}


def later(instant, **by):
    return (datetime.fromisoformat(instant) + timedelta(**by)).isoformat()


def event_of(planned, kind):
    course, visit = visit_of(planned, "I2.3")
    at = {"patient": course["patient"], "code": "I2.3"}
    day = visit["start"][:10]
    return {
        "move": {**at, "start": later(visit["start"], days=1)},
        "cancel": at,
        "missed": {**at, "now": visit["end"]},
        "lengthen": {**at, "minutes": 120},
        "person away": {"person": course["pair"][0], "first": day, "last": day, "reason": "flu"},
        "room away": {"room": visit["room"], "first": day, "last": day},
        "clinic closed": {"first": day, "last": day},
        "washout": {
            "patient": course["patient"],
            "clear_from": later(visit_of(planned, "D1")[1]["start"], days=2)[:10],
        },
    }[kind] | {"kind": kind}


@pytest.fixture(scope="module")
def answers():
    """What an answer looks like, by the schema that the command prints."""
    return Draft202012Validator(json.loads(manage("replan", "--schema").stdout)["$defs"]["answer"])


def checked(planned, answer):
    """What check_plan says of an answer of replan, by the event and the plan before it."""
    folder, instance, plan = planned
    (folder / "answer.json").write_text(json.dumps(answer), encoding="utf-8")
    done = manage("check_plan", instance, folder / "answer.json", "--event", folder / "event.json", "--was", plan)
    assert "Traceback" not in done.stderr
    return done.returncode, {row["rule"] for row in json.loads(done.stdout)["violations"]}


def put_back(answer, was):
    """The answer with every visit where it stood before the event, and none that was taken out missing."""
    course = {row["patient"]: row for row in answer["plan"]["courses"]}
    for row in was["courses"]:
        course[row["patient"]]["visits"] = row["visits"]


ERRORS = {
    "move": {"wanted"},
    "cancel": {"patient booked"},
    "missed": {"patient booked", "past"},
    "lengthen": {"length"},
    "person away": {"leave"},
    "room away": {"room booked"},
    "clinic closed": {"closure"},
    "washout": {"washout"},
    "cancel for good": {"called off"},
    "missed for good": {"called off"},
}


@pytest.mark.parametrize("name", ERRORS)
def test_plan_and_replan_and_check_plan_work_on_files_for_every_kind_of_event(planned, answers, name):
    """Every answer has the shape that was promised. Planted error: nothing is done about the event."""
    kind, for_good = name.removesuffix(" for good"), name.endswith(" for good")
    visit = visit_of(planned, "I2.3")[1]
    colleagues = [row["key"] for row in json.loads(planned[1].read_text())["people"] if "therapist" in row["roles"]]
    now = {"now": later(visit["start"], days=-20)} if kind in ("person away", "room away", "clinic closed") else {}
    event = {**event_of(planned, kind), **({"again": False} if for_good else {}), **now, "stand_ins": colleagues}
    done, answer = replan(planned, event)
    assert (done.returncode, answer["unrepaired"]) == (0, []), done.stderr
    assert list(answers.iter_errors(answer)) == []
    assert all(change["reasons"] and change["before"] != change["after"] for change in answer["changes"])
    assert checked(planned, answer) == (0, set())
    put_back(answer, json.loads(planned[2].read_text()))
    assert checked(planned, answer) == (3, ERRORS[name])


@pytest.mark.parametrize("code", ["D1", "D2", "P2"])
def test_what_is_counted_from_a_visit_that_was_called_off_stays_where_it_was_counted_from(planned, code):
    patient = visit_of(planned, code)[0]["patient"]
    event = {"kind": "cancel", "patient": patient, "code": code, "again": False}
    done, answer = replan(planned, event)
    assert done.returncode == 0, done.stderr
    assert checked(planned, answer) == (0, set())
    visits = answer["plan"]["courses"][0]["visits"]
    moved = next(row for row in visits if row["code"] == {"D1": "I1.3", "D2": "I2.3", "P2": "P3"}[code])
    moved.update(start=later(moved["start"], days=42), end=later(moved["end"], days=42))
    assert "window" in checked(planned, answer)[1]


def test_history_and_the_pair_are_not_taken_from_the_answer(planned):
    """The checker reads from the plan before the event what had begun, and who treats whom."""
    visit = visit_of(planned, "I2.3")[1]
    _, answer = replan(planned, {**event_of(planned, "lengthen"), "now": later(visit["start"], days=-1)})
    first = answer["plan"]["courses"][0]["visits"][0]
    first.update(start=later(first["start"], minutes=15), end=later(first["end"], minutes=15))
    assert checked(planned, answer) == (3, {"history"})
    _, answer = replan(planned, event_of(planned, "lengthen"))
    answer["plan"]["courses"][0]["pair"].reverse()
    assert {"pair", "continuity"} <= checked(planned, answer)[1]


def test_the_event_is_checked_with_the_plan_that_it_befell(planned):
    folder, instance, plan = planned
    replan(planned, event_of(planned, "move"))
    assert manage("check_plan", instance, plan, "--event", folder / "event.json").returncode == 2
    (folder / "event.json").write_text(json.dumps({"kind": "washout", "patient": "nobody", "clear_from": "2026-05-01"}))
    done = manage("check_plan", instance, plan, "--event", folder / "event.json", "--was", plan)
    assert (done.returncode, "nobody" in done.stderr, "Traceback" in done.stderr) == (2, True, False)


def test_what_begins_before_now_is_history(planned):
    course, visit = visit_of(planned, "D2")
    event = {"kind": "person away", "person": course["pair"][1], "first": "2026-01-01", "last": visit["start"][:10]}
    _, found = replan(planned, {**event, "now": visit["end"]})
    assert [c for c in found["changes"] if c["before"] and c["before"]["start"] <= visit["end"]] == []


@pytest.mark.parametrize(
    "event",
    [
        {"kind": "flood"},
        {"kind": "move", "patient": "patient 0", "code": "I2.3"},
        {"kind": "move", "patient": "nobody", "code": "I2.3", "start": "2026-05-01T09:00:00Z"},
        {"kind": "move", "patient": "patient 0", "code": "X9", "start": "2026-05-01T09:00:00Z"},
        {"kind": "person away", "person": "nobody", "first": "2026-05-01", "last": "2026-05-02"},
        {"kind": "room away", "room": "nowhere", "first": "2026-05-01", "last": "2026-05-02"},
        {"kind": "clinic closed", "first": "2026-05-03", "last": "2026-05-02"},
        {"kind": "clinic closed", "first": "2026-02-30", "last": "2026-05-02"},
        {"kind": "lengthen", "patient": "patient 0", "code": "I2.3", "minutes": 91},
        {
            "kind": "person away",
            "person": "therapist 0",
            "first": "2026-05-01",
            "last": "2026-05-02",
            "stand_ins": ["x"],
        },
    ],
)
def test_bad_events_are_refused_in_a_sentence(planned, event):
    done, found = replan(planned, event)
    assert (done.returncode, found) == (2, {})
    assert "event.json" in done.stderr


def test_the_command_says_what_it_needs(planned):
    assert manage("replan", planned[1]).returncode == 2


def test_colleagues_who_stand_in_pass_the_second_opinion(planned):
    course, visit = visit_of(planned, "I2.2")
    colleagues = [row["key"] for row in json.loads(planned[1].read_text())["people"] if "therapist" in row["roles"]]
    days = {"first": visit["start"][:10], "last": later(visit["start"], days=25)[:10]}
    event = {"kind": "person away", "person": course["pair"][0], **days, "now": later(visit["start"], days=-1)}
    done, found = replan(planned, {**event, "stand_ins": colleagues})
    assert done.returncode == 0, done.stderr
    assert [given["code"] for given in found["given_way"] if given["patient"] == course["patient"]] != []
    assert checked(planned, found) == (0, set())
