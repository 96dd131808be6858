"""The table of codes: what other records call a thing, and which criterion, reading or medicine it stands for here."""

import re
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
    by_name: bool = False  # no code said so, only the words of the name


def meanings(thing: Coded) -> tuple[Meaning, ...]:
    """Every row that fits a coded thing; where no code is known, the words of its name are read instead."""
    found: list[Meaning] = []
    for system, code in _keys(thing):
        meaning = conditions.of_code(system, code)
        if meaning is not None and meaning not in found:
            found.append(meaning)
    return tuple(found) or conditions.of_words((thing.text, *(code.display for code in thing.codes)))


def of_relative(thing: Coded) -> tuple[Meaning, ...]:
    """What a relative's condition speaks of."""
    found = [conditions.of_relatives_code(system, code) for system, code in _keys(thing)]
    known = tuple(meaning for meaning in found if meaning)
    return known or conditions.of_relatives_words((thing.text, *(code.display for code in thing.codes)))


def is_close(relative: Coded) -> bool:
    """Whether this is a parent, sibling or child; also when nobody says who it is."""
    codes = [code.code for code in relative.codes if SYSTEMS.get(code.system) == "role"]
    words = {word for name in _names(relative) for word in name.split()}
    if not codes and not words:
        return True
    return any(code in _ROWS["relatives"]["codes"] for code in codes) or bool(words & set(_ROWS["relatives"]["words"]))


def measure(thing: Coded) -> Measure | None:
    """The reading that an observation or one of its components fills, by its code, else by the exact words of its name."""
    known = next(filter(None, (_READINGS.get(key) for key in _keys(thing))), None)
    return known or next(filter(None, (_NAMED.get(name) for name in _names(thing))), None)


def is_screen(thing: Coded) -> bool:
    """Whether this is a urine drug screen as a whole."""
    return any(key in _PANELS for key in _keys(thing)) or any(name in _PANELS for name in _names(thing))


def is_substance(thing: Coded) -> bool:
    """Whether this is one substance of a urine drug screen."""
    return any(key in _SUBSTANCES for key in _keys(thing))


def rate(thing: Coded) -> Measure | None:
    """The heart rate; whether it is the ECG's has to be seen from what stands beside it."""
    return next(filter(None, (_RATES.get(key) for key in _keys(thing))), None)


def result(thing: Coded) -> str:
    """The word that is recorded for a coded or written result; "" when it says neither yes nor no."""
    for key in _keys(thing):
        if key in _RESULTS:
            return _RESULTS[key]
    return _WRITTEN.get(thing.name.strip().casefold(), "")


def ingredient(thing: Coded) -> str:
    """The name of the washout table that a medicine's code stands for; "" when the code is not known."""
    return next((_INGREDIENTS[key] for key in _keys(thing) if key in _INGREDIENTS), "")


def _keys(thing: Coded) -> Iterable[tuple[str, str]]:
    return ((SYSTEMS.get(code.system, ""), code.code) for code in thing.codes)


def _names(thing: Coded) -> Iterable[str]:
    """What it is called, in small letters and without punctuation."""
    return (
        " ".join(re.findall(r"[a-z0-9-]+", name.casefold())) for name in (thing.text, *(c.display for c in thing.codes))
    )


def _table() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "mappings.toml").read_text(encoding="utf-8"))


def _source(row: Mapping[str, Any]) -> Source:
    return Source(_ROWS["sources"][row["source"]], Mark(row["mark"]))


def _measure(row: Mapping[str, Any]) -> Measure:
    kind = EvidenceKind(row["evidence"])
    return Measure(row["display"], kind, row["name"], row["share"], _source(row), "names" in row)


def _measures(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], Measure]:
    return {(row["system"], row["code"]): _measure(row) for row in rows}


def _screens(*, panel: bool) -> set[tuple[str, str] | str]:
    """Codes, and exact names, of panels or of substances."""
    rows = [row for row in _ROWS["screens"] if row["panel"] is panel]
    names = {name for row in rows for name in row.get("names", ())}
    return names | {(row["system"], row["code"]) for row in rows if "code" in row}


_ROWS = _table()
SYSTEMS: dict[str, str] = _ROWS["systems"]
_READINGS, _RATES = _measures(_ROWS["readings"]), _measures(_ROWS["rates"])
_NAMED = {name: _measure(row) for row in _ROWS["named"] for name in row["names"]}
_PANELS, _SUBSTANCES = _screens(panel=True), _screens(panel=False)
_WRITTEN: dict[str, str] = {name: word for word, names in _ROWS["written"].items() for name in names}
_RESULTS: dict[tuple[str, str], str] = {(row["system"], row["code"]): row["word"] for row in _ROWS["results"]}
_INGREDIENTS: dict[tuple[str, str], str] = {(row["system"], row["code"]): row["name"] for row in _ROWS["ingredients"]}
