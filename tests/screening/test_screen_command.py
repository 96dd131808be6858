"""manage.py screen, as it is called from outside: a process of its own, without settings, database or broker."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CANDIDATES = Path(__file__).parent / "candidates"


def screen(*arguments, given=b""):
    """The command's exit code, standard output and standard error."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, str(ROOT / "manage.py"), "screen", *map(str, arguments)],
        input=given,
        capture_output=True,
        env={"PATH": "/usr/bin:/bin"},
        cwd="/",
        timeout=60,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.mark.parametrize(
    ("name", "code", "verdict", "blocking"),
    [
        ("eligible", 0, "eligible", set()),
        ("excluded", 3, "not eligible", {"P3", "M2"}),
        ("held", 4, "on hold", {"evidence-ecg", "M2", "M4", "M5"}),
    ],
)
def test_a_candidate_is_judged_without_database_or_settings(name, code, verdict, blocking):
    ended, out, err = screen(CANDIDATES / f"{name}.json", "--as-of", "2026-04-01")
    answer = json.loads(out)
    assert (ended, err, answer["verdict"], answer["as_of"]) == (code, "", verdict, "2026-04-01")
    assert {finding["code"] for finding in answer["findings"] if finding["outcome"] != "met"} == blocking
    assert {frozenset(finding) for finding in answer["findings"]} == {
        frozenset({"code", "outcome", "sentence", "evidence", "source", "mark", "decided_by"})
    }


def test_evidence_runs_out_and_the_day_asked_about_decides():
    ended, out, _ = screen(CANDIDATES / "eligible.json", "--as-of", "2026-08-01")
    assert (ended, json.loads(out)["verdict"]) == (4, "on hold")


def test_a_candidate_comes_through_standard_input():
    data = (CANDIDATES / "eligible.json").read_bytes()
    assert screen("-", "--as-of", "2026-04-01", "--protocol", "two-dose", given=data)[0] == 0


def test_the_schema_is_printed_and_the_examples_fit_it():
    from jsonschema import Draft202012Validator

    ended, out, err = screen("--schema")
    assert (ended, err) == (0, "")
    validator = Draft202012Validator(json.loads(out))
    for file in CANDIDATES.glob("*.json"):
        validator.validate(json.loads(file.read_bytes()))


@pytest.mark.parametrize(
    ("arguments", "given", "said"),
    [
        (["-"], b"[]", "-: /: must be an object, not a list"),
        (["-"], b'{"evidence": {"ecg": {"taken_on": "2026-02-30"}}}', "-: /evidence/ecg/taken_on: must be a day that"),
        (["/nowhere/x.json"], b"", "/nowhere/x.json: cannot be read:"),
        (["/"], b"", "/: cannot be read:"),
        (
            ["-", "--protocol", "../mapp3"],
            b"{}",
            "There is no protocol ../mapp3; shipped are mapp3, three-week, two-dose.",
        ),
        (["-", "--as-of", "2026-02-30"], b"{}", "argument --as-of: invalid day written YYYY-MM-DD value: '2026-02-30'"),
        (["-", "--as-of", "9999-12-31"], b"{}", "argument --as-of: invalid day written YYYY-MM-DD value: '9999-12-31'"),
        ([], b"", "Name the file of a candidate, or - for standard input."),
    ],
)
def test_bad_input_ends_with_2_and_a_sentence(arguments, given, said):
    ended, out, err = screen(*arguments, given=given)
    assert (ended, out) == (2, "")
    assert said in err
    assert "Traceback" not in err
