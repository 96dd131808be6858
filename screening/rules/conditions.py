"""What a diagnosis, a procedure or an allergy speaks of here: criteria and readings, by its code or the words of its name."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from accounts.rules.findings import Mark, Source

ICD = "icd-10"


class Span(StrEnum):
    """How long a condition counts that is over."""

    EVER = "ever"
    NOW = "now"
    SINCE = "since"  # for so many days after its end


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a condition speaks of. Nothing at all: known, and nothing asks about it."""

    display: str
    criteria: tuple[str, ...]  # whose risk it is
    against: tuple[str, ...]  # worked out from readings; a recorded diagnosis is held against them
    supports: tuple[str, ...]  # which it speaks for and never answers
    span: Span
    within: int | None  # days; further back it is not proposed
    words: Mapping[str, str]
    source: Source


@dataclass(frozen=True, slots=True)
class _Icd:
    low: str
    high: str
    length: int
    meaning: Meaning


@dataclass(frozen=True, slots=True)
class _Table:
    icd: tuple[_Icd, ...]
    codes: Mapping[tuple[str, str], Meaning]
    terms: tuple[
        tuple[str, Meaning, bool], ...
    ]  # words, what they speak of, whether all the rest is about somebody else

    def of_code(self, system: str, code: str) -> Meaning | None:
        if system != ICD:
            return self.codes.get((system, code))
        plain = _bare(code)
        fitting = [row for row in self.icd if row.low <= plain[: row.length] <= row.high]
        return max(fitting, key=lambda row: row.length).meaning if fitting else None

    def of_words(self, names: Iterable[str]) -> tuple[Meaning, ...]:
        found: list[Meaning] = []
        for name in dict.fromkeys(names):
            words = " ".join(re.findall(r"[a-z0-9-]+", name.casefold()))
            for known, meaning, is_of_others in self.terms:
                if known in words:
                    words = "" if is_of_others else words.replace(known, " ")
                    if meaning not in found:
                        found.append(meaning)
        return tuple(found)


def of_code(system: str, code: str) -> Meaning | None:
    """The meaning of a code; of an ICD-10 code the longest row that fits. `system`: icd-10 or snomed."""
    return _OWN.of_code(system, code)


def of_words(names: Iterable[str]) -> tuple[Meaning, ...]:
    """Among the names of a thing, the longest known words that occur; longer words stand for less than shorter ones do."""
    return _OWN.of_words(names)


def of_relatives_code(system: str, code: str) -> Meaning | None:
    """What a code speaks of that a relative has."""
    return _FAMILY.of_code(system, code)


def of_relatives_words(names: Iterable[str]) -> tuple[Meaning, ...]:
    return _FAMILY.of_words(names)


def _bare(code: str) -> str:
    return code.replace(".", "").strip().upper()


def _range(row: Mapping[str, Any]) -> _Icd:
    low, _, high = (_bare(part) for part in row["code"].partition("-"))
    return _Icd(low, high or low, len(low), _meaning(row))


def _meaning(row: Mapping[str, Any]) -> Meaning:
    # A term has its words where a code has its readings.
    is_code = "code" in row
    return Meaning(
        row["display"] if is_code else f"“{row['words']}” in the name",
        tuple(row["criteria"]),
        tuple(row.get("against", ())),
        tuple(row.get("supports", ())),
        Span(row["span"]),
        row.get("within"),
        row.get("words", {}) if is_code else {},
        Source(_ROWS["sources"][row["source"]], Mark(row["mark"])),
    )


def _table() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "conditions.toml").read_text(encoding="utf-8"))


def _made(codes: str, terms: str) -> _Table:
    rows = _ROWS[codes]
    return _Table(
        tuple(_range(row) for row in rows if row["system"] == ICD),
        {(row["system"], row["code"]): _meaning(row) for row in rows if row["system"] != ICD},
        tuple((row["words"], _meaning(row), row.get("of_others", False)) for row in _ROWS[terms]),
    )


_ROWS = _table()
_OWN = _made("conditions", "terms")
_FAMILY = _made("family", "family_terms")
