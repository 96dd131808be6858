"""The table of codes: what other records call a thing, and which criterion, reading or medicine speaks of it here."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from accounts.rules.findings import Mark, Source
from patients.rules.protocol import EvidenceKind
from screening.rules.importing.facts import Coded

ICD = "icd-10"
CATEGORY = 3  # letters and digits of an ICD-10 category


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a diagnosis, a procedure or an allergy speaks of. No criteria and no words: known, and nothing asks about it."""

    display: str
    criteria: tuple[str, ...]
    ever: bool  # counts whatever became of it
    within: int | None  # days; known to lie further back: not proposed
    words: Mapping[str, str]
    source: Source


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


@dataclass(frozen=True, slots=True)
class _Icd:
    low: str
    high: str
    length: int
    meaning: Meaning


def meanings(thing: Coded) -> tuple[Meaning, ...]:
    """Every row that fits a coded thing; where no code is known, the words of its name are read instead."""
    found: list[Meaning] = []
    for code in thing.codes:
        system = SYSTEMS.get(code.system, "")
        meaning = _icd(code.code) if system == ICD else _CONDITIONS.get((system, code.code))
        if meaning is not None and meaning not in found:
            found.append(meaning)
    return tuple(found) or _by_words(thing)


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


def _icd(code: str) -> Meaning | None:
    plain = _bare(code)
    fitting = [row for row in _ICD if row.low <= plain[: row.length] <= row.high]
    return max(fitting, key=lambda row: row.length).meaning if fitting else None


def _by_words(thing: Coded) -> tuple[Meaning, ...]:
    """Among the names of a thing, the longest known words that occur; longer words stand for less than shorter ones do."""
    found: list[Meaning] = []
    for name in dict.fromkeys((thing.text, *(code.display for code in thing.codes))):
        words = " ".join(re.findall(r"[a-z0-9-]+", name.casefold()))
        for known, meaning in _TERMS:
            if known in words:
                words = words.replace(known, " ")
                if meaning not in found:
                    found.append(meaning)
                if not meaning.criteria:
                    break
    return tuple(found)


def _bare(code: str) -> str:
    return code.replace(".", "").strip().upper()


def _table() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "mappings.toml").read_text(encoding="utf-8"))


def _source(row: Mapping[str, Any]) -> Source:
    return Source(_ROWS["sources"][row["source"]], Mark(row["mark"]))


def _meaning(row: Mapping[str, Any]) -> Meaning:
    display = row.get("display") or f"“{row['words']}” in the name"
    words = row.get("words", {}) if "display" in row else {}
    return Meaning(display, tuple(row["criteria"]), row["span"] == "ever", row.get("within"), words, _source(row))


def _range(row: Mapping[str, Any]) -> _Icd:
    low, _, high = (_bare(part) for part in row["code"].partition("-"))
    return _Icd(low, high or low, len(low), _meaning(row))


def _measures(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], Measure]:
    return {
        (row["system"], row["code"]): Measure(
            row["display"], EvidenceKind(row["evidence"]), row["name"], row["share"], _source(row)
        )
        for row in rows
    }


_ROWS = _table()
SYSTEMS: dict[str, str] = _ROWS["systems"]
_ICD = [_range(row) for row in _ROWS["conditions"] if row["system"] == ICD]
_CONDITIONS = {(row["system"], row["code"]): _meaning(row) for row in _ROWS["conditions"] if row["system"] != ICD}
_TERMS = [(row["words"], _meaning(row)) for row in _ROWS["terms"]]
_READINGS, _RATES = _measures(_ROWS["readings"]), _measures(_ROWS["rates"])
_RESULTS: dict[tuple[str, str], str] = {(row["system"], row["code"]): row["word"] for row in _ROWS["results"]}
_INGREDIENTS: dict[tuple[str, str], str] = {(row["system"], row["code"]): row["name"] for row in _ROWS["ingredients"]}
