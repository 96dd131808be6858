"""The reference table of medicines, and how a name written in a chart is read against it.

A name is read exactly (generic or trade name, strengths and salts set aside) or nearly (a slip of spelling, a word too many).
A near reading is never certain: it may lengthen a wait, it may not end one.
"""

import re
import tomllib
import unicodedata
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from accounts.rules.findings import Mark, Source

NEAR = 0.8  # how alike two words must be to be taken for a slip of spelling
RIVAL = 0.06  # a second name this close to the best one is a rival reading
SHORTEST = 5  # letters; shorter words are too alike to guess at

STRENGTH = re.compile(r"\b\d+(?:[.,/]\d+)*\s*(?:mg|mcg|µg|ug|g|ml|iu|units?|%|h|hours?)?\b")
NOISE = frozenset(
    [
        "mg",
        "mcg",
        "ug",
        "ml",
        "iu",
        "tablet",
        "tablets",
        "tab",
        "tabs",
        "capsule",
        "capsules",
        "cap",
        "caps",
        "patch",
        "oral",
        "solution",
        "drops",
        "spray",
        "injection",
        "depot",
        "hydrochloride",
        "hcl",
        "hydrobromide",
        "hbr",
        "maleate",
        "succinate",
        "tartrate",
        "sulfate",
        "sulphate",
        "sodium",
        "mesylate",
        "oxalate",
        "besylate",
        "carbonate",
        "fumarate",
        "phosphate",
        "acetate",
        "citrate",
        "er",
        "xr",
        "sr",
        "ir",
        "cr",
        "xl",
        "la",
        "mr",
        "pr",
        "odt",
        "retard",
        "extended",
        "immediate",
        "modified",
        "release",
        "daily",
        "once",
        "twice",
        "nightly",
        "morning",
        "evening",
        "night",
        "prn",
        "as",
        "needed",
        "and",
        "plus",
        "with",
        "the",
        "of",
        "for",
        "generic",
        "po",
        "bd",
        "od",
        "tds",
    ]
)


class Rule(StrEnum):
    """What the table says about a medicine and a dosing day."""

    HARD = "hard"
    PROTOCOL = "protocol"
    PRESCRIBER = "prescriber"
    ABSTAIN = "abstain"
    CONTINUE = "continue"


@dataclass(frozen=True, slots=True)
class Drug:
    """One row of the table. Half-lives in hours, the rest in days."""

    names: tuple[str, ...]
    brands: tuple[str, ...]
    drug_class: str
    rule: Rule
    half_life: float | None
    metabolite: str
    poor: float | None  # half-life in a CYP2D6 poor metaboliser
    fixed_days: int | None
    fixed_why: str
    floor_days: int
    no_days: bool  # the prescriber alone decides; no number of days is given
    as_needed: bool
    keep: bool
    caution: str
    source: Source

    @property
    def name(self) -> str:
        return self.names[0]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a written name was taken for. No drugs: unknown. Not certain: a guess that a person has to confirm."""

    drugs: tuple[Drug, ...]
    certain: bool
    nearest: tuple[str, ...]


@lru_cache(maxsize=4096)
def read(written: str) -> Reading:
    """Read a name as written in a chart."""
    words = _words(written)
    found: dict[str, Drug] = {}
    left: list[str] = []
    position = 0
    while position < len(words):
        for length in range(min(LONGEST, len(words) - position), 0, -1):
            name = " ".join(words[position : position + length])
            if drug := BY_NAME.get(name):
                found[drug.name] = _as_named(drug, name)
                position += length
                break
        else:
            if words[position] not in NOISE:
                left.append(words[position])
            position += 1
    if found and not left:
        return Reading(tuple(found.values()), True, ())
    nearest = _nearest(left)
    for name in nearest:
        found[BY_NAME[name].name] = _as_named(BY_NAME[name], name)
    return Reading(tuple(found.values()), False, nearest or tuple(found))


def search(typed: str, most: int = 8) -> list[Drug]:
    """Drugs for a search box, best first: names that begin with what was typed, then names that sound like it."""
    words = _words(typed)
    start = " ".join(words)
    if not start:
        return []
    chosen = {drug.name: drug for name, drug in sorted(BY_NAME.items()) if name.startswith(start)}
    for drug in read(typed).drugs:
        chosen.setdefault(drug.name, drug)
    return list(chosen.values())[:most]


def _as_named(drug: Drug, name: str) -> Drug:
    """The row with the generic name that was read put first, so that sentences speak of it."""
    if name not in drug.names:
        return drug
    return replace(drug, names=(name, *(other for other in drug.names if other != name)))


def _nearest(words: list[str]) -> tuple[str, ...]:
    """The names a misspelt word may stand for: the most alike one and its rivals."""
    names: list[str] = []
    for word in words:
        if len(word) < SHORTEST:
            continue
        alike = {name: _likeness(word, name) for name in BY_NAME}
        best = max(alike.values())
        if best >= NEAR:
            names += sorted(name for name, likeness in alike.items() if likeness >= best - RIVAL)
    return tuple(dict.fromkeys(names))


def _likeness(word: str, name: str) -> float:
    """Between 0 and 1; 0 at once for words that differ too much in length."""
    if 2 * min(len(word), len(name)) < NEAR * (len(word) + len(name)):
        return 0
    return SequenceMatcher(None, word, name).ratio()


def _words(written: str) -> list[str]:
    """The words of a name in small letters, without accents, strengths and punctuation."""
    plain = unicodedata.normalize("NFKD", written.replace("’", "'")).encode("ascii", "ignore").decode().casefold()
    kept = plain if plain.strip() in BY_NAME else STRENGTH.sub(" ", plain.replace("5-htp", "htp"))
    return re.findall(r"[a-z0-9'][a-z0-9'-]*", kept)


def _table() -> tuple[Drug, ...]:
    table = tomllib.loads((Path(__file__).parent / "medicines.toml").read_text(encoding="utf-8"))
    return tuple(
        Drug(
            names=tuple(row["names"]),
            brands=tuple(row.get("brands", ())),
            drug_class=row["class"],
            rule=Rule(row["rule"]),
            half_life=row.get("half_life"),
            metabolite=row.get("metabolite", ""),
            poor=row.get("poor"),
            fixed_days=row.get("fixed_days"),
            fixed_why=row.get("fixed_why", ""),
            floor_days=row.get("floor_days", 0),
            no_days=row.get("no_days", False),
            as_needed=row.get("as_needed", False),
            keep=row.get("keep", False),
            caution=row.get("caution", ""),
            source=Source(table["sources"][row["source"]], Mark(row["mark"])),
        )
        for row in table["drug"]
    )


TABLE = _table()
BY_NAME: dict[str, Drug] = {name: drug for drug in TABLE for name in (*drug.names, *drug.brands)}
LONGEST = max(len(name.split()) for name in BY_NAME)
