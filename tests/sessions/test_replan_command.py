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


KINDS = ("move", "cancel", "missed", "lengthen", "person away", "room away", "clinic closed", "washout")


@pytest.mark.parametrize("kind", KINDS)
def test_each_event_is_answered_with_what_changes_and_why(planned, kind):
    done, found = replan(planned, event_of(planned, kind))
    assert done.returncode in (0, 3), done.stderr
    assert (done.returncode == 0) is (found["unrepaired"] == [])
    schema = json.loads(manage("replan", "--schema").stdout)["$defs"]["answer"]
    assert list(Draft202012Validator(schema).iter_errors(found)) == []
    assert all(change["reasons"] for change in found["changes"])
    assert all(change["before"] != change["after"] for change in found["changes"])


@pytest.mark.parametrize("kind", ["move", "cancel"])
def test_the_repaired_plan_passes_the_second_opinion(planned, kind):
    folder, instance, _ = planned
    done, found = replan(planned, event_of(planned, kind))
    assert done.returncode == 0, done.stderr
    (folder / "after.json").write_text(json.dumps(found["plan"]), encoding="utf-8")
    checked = manage("check_plan", instance, folder / "after.json")
    assert json.loads(checked.stdout) == {"violations": [], "count": 0}


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
    folder, instance, _ = planned
    course, visit = visit_of(planned, "I2.2")
    colleagues = [row["key"] for row in json.loads(instance.read_text())["people"] if "therapist" in row["roles"]]
    days = {"first": visit["start"][:10], "last": later(visit["start"], days=25)[:10]}
    event = {"kind": "person away", "person": course["pair"][0], **days, "now": later(visit["start"], days=-1)}
    done, found = replan(planned, {**event, "stand_ins": colleagues})
    assert done.returncode == 0, done.stderr
    assert [given["code"] for given in found["given_way"] if given["patient"] == course["patient"]] != []
    (folder / "stood_in.json").write_text(json.dumps(found["plan"]), encoding="utf-8")
    checked = manage("check_plan", instance, folder / "stood_in.json")
    assert json.loads(checked.stdout) == {"violations": [], "count": 0}
