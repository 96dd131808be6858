"""`plan` and `check_plan` as a shell sees them: no database, no settings, an exit code for each answer, never a traceback."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clinics import made

ROOT = Path(__file__).parents[2]
BARE = {"PATH": os.environ["PATH"], "PYTHONHASHSEED": "random"}


def manage(*arguments, stdin=None):
    command = [sys.executable, "manage.py", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, env=BARE, input=stdin, capture_output=True, text=True, check=False)  # noqa: S603


@pytest.fixture
def written(tmp_path):
    def write(values, name="instance.json"):
        (tmp_path / name).write_text(json.dumps(values), encoding="utf-8")
        return tmp_path / name

    return write


def test_a_clinic_is_planned_and_the_checker_finds_nothing(written, tmp_path):
    instance = written(made(4, 1))
    done = manage("plan", instance, "--rounds", 3, "--seed", 5)
    assert done.returncode == 0, done.stderr
    plan = json.loads(done.stdout)
    assert [course["patient"] for course in plan["courses"]] == [f"patient {n}" for n in range(4)]
    assert (plan["rounds"], plan["seed"], plan["refused"]) == (3, 5, [])
    assert plan["bound"] <= plan["objective"]
    checked = manage("check_plan", instance, written(plan, "plan.json"))
    assert (checked.returncode, json.loads(checked.stdout)) == (0, {"violations": [], "count": 0})


def test_the_same_seed_and_rounds_give_the_same_plan(written):
    instance = written(made(4, 2))
    plans = [json.loads(manage("plan", instance, "--rounds", 5, "--limit", limit).stdout) for limit in (900, 1000)]
    assert plans[0]["courses"] == plans[1]["courses"]


def test_the_limit_holds_from_the_start_and_what_was_not_tried_is_refused_in_a_sentence(written):
    done = manage("plan", written(made(4, 2)), "--limit", 0)
    plan = json.loads(done.stdout)
    assert (done.returncode, plan["rounds"], plan["bound"]) == (3, 0, None)
    assert [course["patient"] for course in plan["courses"]] == ["patient 2"]  # the urgent one comes first
    assert [reason["code"] for row in plan["refused"] for reason in row["reasons"]] == ["not_tried"] * 3
    assert {reason["sentence"] for row in plan["refused"] for reason in row["reasons"]} == {
        "It was not tried within the limit. Allow more time, or plan it alone."
    }


def test_a_refused_course_says_why(written):
    values = made(2, 1)
    values["requests"][0]["washout_unknown"] = ["fluoxetine"]
    done = manage("plan", written(values))
    assert done.returncode == 3
    refused = json.loads(done.stdout)["refused"]
    assert [(row["patient"], row["reasons"][0]["code"]) for row in refused] == [("patient 0", "washout_unknown")]
    assert "patient 0 is refused." in done.stderr


def test_a_broken_plan_is_told(written):
    values = made(2, 1)
    instance = written(values)
    plan = json.loads(manage("plan", instance, "--rounds", 0).stdout)
    plan["courses"][0]["visits"].pop()
    checked = manage("check_plan", instance, written(plan, "plan.json"))
    assert checked.returncode == 3
    assert [row["rule"] for row in json.loads(checked.stdout)["violations"]] == ["completeness"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"protocol": "mapp9"}, "$.protocol: mapp9 is none of mapp3, three-week, two-dose."),
        ({"rooms": 3}, "$.rooms: 3 is not of type 'array'"),
        ({"surprise": 1}, "'surprise' was unexpected"),
        (
            {"requests": [{"patient": "p", "first_day": "2026-02-30", "last_start": "2026-03-01"}]},
            "$.requests[0].first_day",
        ),
        (
            {"requests": [{"patient": "p", "first_day": "1066-10-14", "last_start": "2026-03-01"}]},
            "$.requests[0].first_day",
        ),
        (
            {"requests": [{"patient": "p", "first_day": "2026-01-01", "last_start": "2099-03-01"}]},
            "$.requests[0].last_start",
        ),
    ],
)
def test_bad_input_is_a_sentence_with_its_path(written, change, said):
    done = manage("plan", written({**made(1, 1), **change}))
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("text", ["", "{", "[1, NaN]", "[" * 100_000, "\ud800"])
def test_what_is_no_json_is_told(tmp_path, text):
    file = tmp_path / "bad.json"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    for done in (manage("plan", file), manage("check_plan", file, file)):
        assert done.returncode == 2
        assert "Traceback" not in done.stderr


def test_a_missing_file_is_told():
    assert manage("plan", "/nowhere.json").returncode == 2
    assert manage("plan").returncode == 2
    assert manage("check_plan", "/nowhere.json", "/nowhere.json").returncode == 2


def test_an_instance_with_no_requests_has_a_plan(written):
    done = manage("plan", written({**made(1, 1), "requests": []}))
    assert (done.returncode, json.loads(done.stdout)["courses"]) == (0, [])


def test_the_schema_is_printed_and_standard_input_is_read():
    schema = json.loads(manage("plan", "--schema").stdout)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert manage("plan", "-", "--rounds", 0, stdin=json.dumps(made(1, 1))).returncode == 0
