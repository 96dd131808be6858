"""How fast candidates are judged: ten thousand generated ones in one process, and where the time of one verdict goes.

How a candidate is made: the one of the tests whom nothing stands against, changed in seeded ways: answers turned to yes or
left out, readings moved, evidence removed or out of date, up to four medicines of the reference table or unknown ones.
Rules only: reading the facts from the database is measured with the pages.
"""

import random
import statistics
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

from patients.rules.protocol import EvidenceKind
from screening.rules.candidate import Candidate, MedicineFact, Piece
from screening.rules.medicines import TABLE
from screening.rules.verdict import judge
from tests.rules.screening.people import TODAY, healthy, mapp3

HOW_MANY, SEED = 10_000, 3
NAMES = [drug.name for drug in TABLE] + ["Xyzzomab", "sertralin", "sertraline 50 mg tablets"]


def measure() -> dict[str, Any]:
    chance = random.Random(SEED)
    people = [candidate(chance) for _ in range(HOW_MANY)]
    protocol, standings, times = mapp3(), Counter(), []
    begun = time.perf_counter()
    for person in people:
        before = time.process_time()
        standings[judge(protocol, person, as_of=TODAY).standing.value] += 1
        times.append((time.process_time() - before) * 1000)
    seconds = time.perf_counter() - begun
    return {
        "candidates": HOW_MANY,
        "candidates per second": round(HOW_MANY / seconds),
        "median ms of processor, one verdict": round(statistics.median(times), 3),
        "99 in 100 within ms": round(sorted(times)[HOW_MANY * 99 // 100], 3),
        "worst ms": round(max(times), 3),
        **{f"found {standing}": many for standing, many in sorted(standings.items())},
    }


def candidate(chance: random.Random) -> Candidate:
    """Half of them differ in one thing only, so that every standing is met."""
    person = healthy()
    for _ in range(1 if chance.random() < 0.5 else chance.randint(0, 12)):
        kind = chance.choice(list(EvidenceKind))
        if piece := person.evidence.get(kind):
            person = replace(person, evidence={**person.evidence, kind: changed(piece, chance)})
    if chance.random() < 0.1:
        gone = chance.choice(list(EvidenceKind))
        person = replace(person, evidence={kind: piece for kind, piece in person.evidence.items() if kind is not gone})
    if chance.random() < 0.4:
        person = replace(person, medicines=tuple(medicine(chance) for _ in range(chance.randint(1, 4))))
    return person


def changed(piece: Piece, chance: random.Random) -> Piece:
    what = chance.random()
    if what < 0.3 and piece.answers:
        code = chance.choice(list(piece.answers))
        return replace(piece, answers={**piece.answers, code: True})
    if what < 0.4 and piece.answers:
        code = chance.choice(list(piece.answers))
        return replace(piece, answers={key: answer for key, answer in piece.answers.items() if key != code})
    if what < 0.8 and piece.numbers:
        name = chance.choice(list(piece.numbers))
        return replace(piece, numbers={**piece.numbers, name: piece.numbers[name] * chance.uniform(0.8, 1.25)})
    return replace(piece, taken_on=TODAY - timedelta(days=chance.randint(0, 100)))


def medicine(chance: random.Random) -> MedicineFact:
    last = TODAY - timedelta(days=chance.randint(0, 120)) if chance.random() < 0.8 else None
    return MedicineFact(chance.choice(NAMES), "", chance.random() < 0.8, chance.choice([None, False, True]), last)
