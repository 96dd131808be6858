"""`manage.py washout` as it is called from outside: a process of its own, with nothing in its environment."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KEYS = ["drug", "known", "class", "days", "clear_from", "arithmetic", "rule", "source", "mark"]


def ask(*arguments):
    """(exit status, what was printed, what was complained of)"""
    command = [sys.executable, "manage.py", "washout", *arguments]
    ran = subprocess.run(  # noqa: S603
        command, cwd=ROOT, capture_output=True, text=True, check=False, env={"PYTHONUTF8": "1"}
    )
    return ran.returncode, json.loads(ran.stdout) if ran.stdout else None, ran.stderr


# The worked examples of the clinical facts, 12.3: arguments, days, clear from.
EXAMPLES = [
    (("Sertraline", "--last-dose", "2026-03-01"), 29, "2026-03-30"),
    (("venlafaxine 150 mg XR", "--last-dose", "2026-03-01"), 10, "2026-03-11"),
    (("Nardil", "--last-dose", "2026-03-01"), 14, "2026-03-15"),
    (("fluoxetine", "--last-dose", "2026-03-01"), 87, "2026-05-27"),
    (("fluoxetine", "--last-dose", "2026-03-01", "--protocol", "mapp3"), 57, "2026-04-27"),
    (("aripiprazole", "--last-dose", "2026-03-01", "--phenotype", "poor"), 38, "2026-04-08"),
    (("Lorazepam", "--last-dose", "2026-03-01", "--as-needed"), 5, "2026-03-06"),
    (("propranolol", "--last-dose", "2026-03-01"), None, None),
]


@pytest.mark.parametrize(("arguments", "days", "clear_from"), EXAMPLES)
def test_a_known_medicine_is_answered_with_its_sum(arguments, days, clear_from):
    status, answer, complaint = ask(*arguments)
    assert (status, complaint) == (0, "")
    assert list(answer) == KEYS
    assert (answer["known"], answer["days"], answer["clear_from"]) == (True, days, clear_from)


def test_the_sum_is_written_in_words_with_rule_source_and_mark():
    _, answer, _ = ask("Zoloft", "--last-dose", "2026-03-01")
    assert answer == {
        "drug": "sertraline",
        "known": True,
        "class": "SSRI",
        "days": 29,
        "clear_from": "2026-03-30",
        "arithmetic": "Sertraline: 5 half-lives of 104 h (of desmethylsertraline) = 520 h = 22 days rounded up, "
        "+ 7 days to settle = 29 days. Last dose 1 Mar 2026, clear from 30 Mar 2026.",
        "rule": "protocol",
        "source": "Antidepressant half-lives, PMC6168070 table 3; General pharmacological knowledge",
        "mark": "not verified",
    }


@pytest.mark.parametrize(
    ("drug", "words"),
    [
        ("Xyzzomab", "Xyzzomab is not in the reference table."),
        ("Sertralin", "the nearest in the reference table: sertraline."),
        ("haloperidol depot", "is a long-acting form"),
        ("Сертралин", "Сертралин is not in the reference table."),
    ],
)
def test_an_unknown_or_uncertain_medicine_has_no_number(drug, words):
    status, answer, complaint = ask(drug, "--last-dose", "2026-03-01")
    assert (status, complaint) == (4, "")
    assert words in answer.pop("arithmetic")
    assert answer.pop("drug") == drug
    assert answer.pop("known") is False
    assert answer == dict.fromkeys(["class", "days", "clear_from", "rule", "source", "mark"])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("sertraline", "--last-dose", "2026-13-01"), "“2026-13-01” is no day."),
        *[
            (("sertraline", "--last-dose", day), f"“{day}” is no day from 1900 to 2199. Write the last dose as in")
            for day in ("9999-12-30", "20260301")
        ],
        *[
            (("sertraline", "--last-dose", day), f"“{day}” is no day. Write the last dose as in 2026-03-01.")
            for day in ("", "nan", "2026-02-29")
        ],
        *[
            ((drug, "--last-dose", "2026-03-01"), "Name one medicine, in at most 120 letters.")
            for drug in ("sertra\nline", "sertraline\u202e")
        ],
        (("a", "b", "--last-dose", "2026-03-01"), "unrecognized arguments: b"),
        (("sertraline", "--last-dose", "2026-03-01", "--protocol", ""), "There is no protocol ''; there are mapp3,"),
        (("sertraline", "--last-dose", "2026-03-01", "--drop"), "unrecognized arguments: --drop"),
        (("sertraline",), "the following arguments are required: --last-dose"),
        ((" ", "--last-dose", "2026-03-01"), "Name one medicine, in at most 120 letters."),
        (("a" * 121, "--last-dose", "2026-03-01"), "Name one medicine, in at most 120 letters."),
        (
            ("sertraline", "--last-dose", "2026-03-01", "--protocol", "../mapp3"),
            "There is no protocol '../mapp3'; there are mapp3, three-week, two-dose.",
        ),
        (("sertraline", "--last-dose", "2026-03-01", "--phenotype", "odd"), "invalid choice: 'odd'"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(arguments, sentence):
    status, answer, complaint = ask(*arguments)
    assert (status, answer) == (2, None)
    assert sentence in complaint
    assert "Traceback" not in complaint
