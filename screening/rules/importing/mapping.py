"""The table of codes: what other records call a thing, and which criterion, reading or medicine it stands for here."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from accounts.rules.findings import Mark, Source
from patients.rules.protocol import EvidenceKind
from screening.rules import conditions
from screening.rules.conditions import Meaning
from screening.rules.importing.facts import Coded


@dataclass(frozen=True, slots=True)
class Measure:
    """What an observation is measured for: the reading it fills, and the units it may come in.

    A unit has the factor into the reading's own, or its name in the table of units.
    """

    display: str
    evidence: EvidenceKind
    name: str
    share: Mapping[str, float | str]
    source: Source


def meanings(thing: Coded) -> tuple[Meaning, ...]:
    """Every row that fits a coded thing; where no code is known, the words of its name are read instead."""
    found: list[Meaning] = []
    for system, code in _keys(thing):
        meaning = conditions.of_code(system, code)
        if meaning is not None and meaning not in found:
            found.append(meaning)
    return tuple(found) or conditions.of_words((thing.text, *(code.display for code in thing.codes)))


def measure(thing: Coded) -> Measure | None:
    """The reading that an observation or one of its components fills."""
    return next(filter(None, (_READINGS.get(key) for key in _keys(thing))), None)


def rate(thing: Coded) -> Measure | None:
    """The heart rate; whether it is the ECG's has to be seen from what stands beside it."""
    return next(filter(None, (_RATES.get(key) for key in _keys(thing))), None)


def result(thing: Coded) -> str:
    """The word that is recorded for a coded or written result; "" when it says neither yes nor no."""
    for key in _keys(thing):
        if key in _RESULTS:
            return _RESULTS[key]
    return {"positive": "positive", "negative": "negative"}.get(thing.name.strip().casefold(), "")


def ingredient(thing: Coded) -> str:
    """The name of the washout table that a medicine's code stands for; "" when the code is not known."""
    return next((_INGREDIENTS[key] for key in _keys(thing) if key in _INGREDIENTS), "")


def _keys(thing: Coded) -> Iterable[tuple[str, str]]:
    return ((SYSTEMS.get(code.system, ""), code.code) for code in thing.codes)


def _table() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "mappings.toml").read_text(encoding="utf-8"))


def _source(row: Mapping[str, Any]) -> Source:
    return Source(_ROWS["sources"][row["source"]], Mark(row["mark"]))


def _measures(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], Measure]:
    return {
        (row["system"], row["code"]): Measure(
            row["display"], EvidenceKind(row["evidence"]), row["name"], row["share"], _source(row)
        )
        for row in rows
    }


_ROWS = _table()
SYSTEMS: dict[str, str] = _ROWS["systems"]
_READINGS, _RATES = _measures(_ROWS["readings"]), _measures(_ROWS["rates"])
_RESULTS: dict[tuple[str, str], str] = {(row["system"], row["code"]): row["word"] for row in _ROWS["results"]}
_INGREDIENTS: dict[tuple[str, str], str] = {(row["system"], row["code"]): row["name"] for row in _ROWS["ingredients"]}
