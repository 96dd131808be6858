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
from typing import Any

from accounts.rules.findings import Mark, Source

NEAR = 0.8  # how alike two words must be to be taken for a slip of spelling
RIVAL = 0.06  # a second name this close to the best one is a rival reading
SHORTEST = 5  # letters; shorter words are too alike to guess at

STRENGTH = re.compile(r"\b\d+(?:[.,/]\d+)*\s*(?:mg|mcg|μg|ug|g|ml|iu|units?|%|h|hours?)?\b")
# Signs that stand for an apostrophe, or for nothing.
SIGNS = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "™": " ", "℠": " ", "®": " "})


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
    depots: tuple[str, ...]  # long-acting forms: the half-life does not hold for them
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
    hold: bool  # between two dosing days the half-lives are enough
    keep: bool
    keep_regular: bool
    caution: str
    source: Source

    @property
    def name(self) -> str:
        return self.names[0]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a written name was taken for. No drugs: unknown. Not certain: a guess that a person has to confirm.

    A long-acting form has no drugs: the table knows only what is taken by mouth, under the names in `nearest`.
    """

    drugs: tuple[Drug, ...]
    certain: bool
    nearest: tuple[str, ...]
    long_acting: bool = False


@lru_cache(maxsize=4096)
def read(written: str) -> Reading:
    """Read a name as written in a chart."""
    words = _words(written)
    names, left = _named(words)
    found = {BY_NAME[name].name: _as_named(BY_NAME[name], name) for name in names}
    if _is_long_acting(words, names):
        return Reading((), False, tuple(drug.name for drug in found.values()), long_acting=True)
    left = [word for word in left if word not in LONG_ACTING]
    if found and not left:
        return Reading(tuple(found.values()), True, ())
    nearest = _nearest(left)
    for name in nearest:
        found[BY_NAME[name].name] = _as_named(BY_NAME[name], name)
    return Reading(tuple(found.values()), False, nearest or tuple(found))


def search(typed: str, most: int = 8) -> list[Drug]:
    """Drugs for a search box, best first: names that begin with what was typed, then names that sound like it."""
    start = " ".join(_words(typed))
    if not start:
        return []
    begun = [name for name in sorted(BY_NAME, key=lambda name: (name in BY_DEPOT, name)) if name.startswith(start)]
    chosen: dict[str, Drug] = {}
    for drug in (*(_as_named(BY_NAME[name], name) for name in begun), *read(typed).drugs):
        chosen.setdefault(drug.name, drug)
    return list(chosen.values())[:most]


def _is_long_acting(words: list[str], names: list[str]) -> bool:
    """Whether this is a depot of something that has a washout at all."""
    drugs = [BY_NAME[name] for name in names if BY_NAME[name].rule is not Rule.CONTINUE]
    said = set(words)
    return any(name in BY_DEPOT for name in names) or any(
        said & LONG_ACTING or (drug.depots and said & INJECTED) for drug in drugs
    )


def _named(words: list[str]) -> tuple[list[str], list[str]]:
    """The longest names of the table among the words, and the words that belong to none and mean something."""
    names: list[str] = []
    left: list[str] = []
    position = 0
    while position < len(words):
        for length in range(LONGEST, 0, -1):
            name = " ".join(words[position : position + length])
            if name in BY_NAME or name in COMBINED:
                for part in COMBINED.get(name, (name,)):
                    (names if part in BY_NAME else left).append(part)
                position += length
                break
        else:
            if words[position] not in NOISE:
                left.append(words[position])
            position += 1
    return names, left


def _as_named(drug: Drug, name: str) -> Drug:
    """The row with the generic name that was read put first, so that sentences speak of it."""
    if name not in drug.names:
        return drug
    return replace(drug, names=(name, *(other for other in drug.names if other != name)))


def _nearest(words: list[str]) -> tuple[str, ...]:
    """The names a misspelt word may stand for: the most alike one and its rivals."""
    names: list[str] = []
    for word in dict.fromkeys([*words, " ".join(words)]):
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
    """The words of a name in small letters, without accents, strengths and punctuation.

    Letters of other scripts stay: a word that nobody here can read has to leave the reading uncertain.
    """
    split = unicodedata.normalize("NFKD", written.translate(SIGNS).casefold())
    plain = "".join(letter for letter in split if unicodedata.category(letter) not in ("Mn", "Cf"))
    kept = plain if plain.strip() in BY_NAME else STRENGTH.sub(" ", plain)
    return re.findall(r"[\w'][\w'-]*", kept)


def _table(data: dict[str, Any]) -> tuple[Drug, ...]:
    return tuple(
        Drug(
            names=tuple(row["names"]),
            brands=tuple(row.get("brands", ())),
            depots=tuple(row.get("depots", ())),
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
            hold=row.get("hold", False),
            keep=row.get("keep", False),
            keep_regular=row.get("keep_regular", False),
            caution=row.get("caution", ""),
            source=source_of(row, data["sources"]),
        )
        for row in data["drug"]
    )


def source_of(row: dict[str, Any], titles: dict[str, str]) -> Source:
    """The source of a row of data: one key or several, and how far its figure can be trusted."""
    keys = [row["source"]] if isinstance(row["source"], str) else row["source"]
    return Source("; ".join(titles[key] for key in keys), Mark(row["mark"]))


DATA = tomllib.loads((Path(__file__).parent / "medicines.toml").read_text(encoding="utf-8"))
TABLE = _table(DATA)
BY_DEPOT: dict[str, Drug] = {name: drug for drug in TABLE for name in drug.depots}
BY_NAME: dict[str, Drug] = {name: drug for drug in TABLE for name in (*drug.names, *drug.brands)} | BY_DEPOT
COMBINED: dict[str, tuple[str, ...]] = {name: tuple(row["of"]) for row in DATA["combination"] for name in row["names"]}
NOISE, LONG_ACTING, INJECTED = (frozenset(DATA["words"][kind]) for kind in ("noise", "long_acting", "injected"))
LONGEST = max(len(name.split()) for name in (*BY_NAME, *COMBINED))
