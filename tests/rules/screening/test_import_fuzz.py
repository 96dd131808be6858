"""A few hundred records damaged at random: every one is read, or refused in one sentence, and nothing else ever happens."""

import copy
import datetime as dt
import json
import random

import pytest

from screening.rules.importing.opening import Malformed
from screening.rules.importing.proposing import Kind, Proposals, propose
from screening.rules.importing.reading import read
from tests import records

TODAY = dt.date(2026, 11, 22)
SEEDS = range(10)
ROUNDS = 20
ODD = [
    *[
        None,
        True,
        0,
        -1,
        1e308,
        10**30,
        "",
        " ",
        "\x00",
        "\ud800",
        "x" * 5000,
        "javascript:alert(1)",
        "9999-99-99",
        "NaN",
    ],
    *[
        [],
        {},
        [[]],
        [None],
        {"resourceType": "Patient"},
        {"reference": "#"},
        {"reference": "Patient/other"},
        "urn:uuid:",
    ],
]


def base():
    """A small record with one of everything."""
    entries = records.whole()["entry"]
    kept = [entry for entry in entries if entry["resource"]["resourceType"] != "Encounter"]
    kept = [entry for entry in kept if not entry["resource"].get("id", "").rpartition("-")[2].isdigit()]
    extra = [
        records.relative("f", {"text": "Mother"}, {"text": "Psychosis"}),
        records.result("u", records.coded(records.LOINC, "19359-9", "Cocaine"), "Negative"),
        records.report("r", records.coded(records.SNOMED, "164890007", "Flutter"))
        | {"result": [{"reference": "Observation/u"}]},
        records.pressure("bp", 120, 80, "2026-11-02T09:00:00Z"),
    ]
    return {"resourceType": "Bundle", "type": "collection", "entry": [*kept, *({"resource": one} for one in extra)]}


def places(value, found):
    """Every list and object inside a value."""
    if isinstance(value, dict | list):
        found.append(value)
        for part in value.values() if isinstance(value, dict) else value:
            places(part, found)
    return found


def damaged(value, dice):
    """The value with one to four of its parts taken away, doubled, swapped or put in another's place."""
    value = copy.deepcopy(value)
    for _ in range(dice.randint(1, 4)):
        every = places(value, [])
        place = dice.choice(every)
        if not place:
            continue
        key = dice.choice(list(place)) if isinstance(place, dict) else dice.randrange(len(place))
        match dice.randrange(5):
            case 0:
                del place[key]
            case 1:
                place[key] = dice.choice(ODD)
            case 2:
                place[key] = copy.deepcopy(dice.choice(every))
            case 3:
                place[key] = [place[key], place[key]]
            case _ if isinstance(place, list):
                place.append(copy.deepcopy(place[key]))
            case _:
                place[dice.choice(["modifierExtension", "contained", "id", "status", "x\u202ey"])] = place[key]
    return value


def broken(text, dice):
    """The bytes with a few of them changed, cut off or doubled."""
    text = bytearray(text)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(text))
        match dice.randrange(4):
            case 0:
                text[at] = dice.randrange(256)
            case 1:
                del text[at : at + dice.randint(1, 50)]
            case 2:
                text[at:at] = text[at : at + dice.randint(1, 50)]
            case _:
                del text[at:]
        text = text or bytearray(b"{")
    return bytes(text)


def outcome(data):
    """What the file proposes, or the sentence with which it is refused."""
    try:
        return propose(read(records.file(data)), as_of=TODAY)
    except Malformed as problem:
        return str(problem)


def assert_sound(answer):
    if isinstance(answer, str):
        assert answer.endswith(".")
        assert answer.isprintable()
        assert len(answer) < 700
        return
    for line in answer.lines:
        json.dumps(dict(line.proposal), allow_nan=False)
        assert line.title.isprintable()
        if line.kind is Kind.CRITERION:
            assert dict(line.proposal) == {"criterion": line.title}
    for one in (*answer.unmapped, *answer.set_aside, *answer.skipped):
        assert one.why
        assert one.what.isprintable()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_damaged_record_is_read_or_refused_in_a_sentence(seed):
    dice, whole = random.Random(seed), base()
    text = json.dumps(whole).encode()
    lines = b"".join(json.dumps(entry["resource"]).encode() + b"\n" for entry in whole["entry"])
    for _ in range(ROUNDS):
        assert_sound(outcome(json.dumps(damaged(whole, dice)).encode()))
        assert_sound(outcome(broken(text, dice)))
        assert_sound(outcome(broken(lines, dice)))


def test_the_undamaged_record_is_read():
    answer = outcome(json.dumps(base()).encode())
    assert {line.title for line in answer.lines} >= {
        "M20",
        "P17",
        "Diagnosis: F43.1 Post-traumatic stress disorder, since 2019-03-01",
    }


def test_some_damage_is_refused_and_some_is_read():
    dice = random.Random(0)
    kinds = {type(outcome(json.dumps(damaged(base(), dice)).encode())) for _ in range(30)}
    assert kinds == {str, Proposals}
