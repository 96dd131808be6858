"""What medicines and MDMA do to each other, and which of them not to begin again soon after a dosing day (R23)."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path

from accounts.rules.findings import Source
from screening.rules.candidate import MedicineFact
from screening.rules.medicines import BY_NAME, Drug, read, source_of
from screening.rules.words import capital, said


class Severity(StrEnum):
    """The gravest first."""

    LIFE_THREATENING = "life-threatening"
    SERIOUS = "serious"
    MODERATE = "moderate"
    MILD = "mild"


@dataclass(frozen=True, slots=True)
class Interaction:
    """One statement about a drug and MDMA."""

    severity: Severity
    mechanism: str
    source: Source


@dataclass(frozen=True, slots=True)
class Restart:
    """A medicine begun, or about to be, too soon after a dosing day; `until` is the last day of the warning."""

    name: str
    until: date
    sentence: str
    source: Source


def interactions(name: str) -> tuple[Interaction, ...]:
    """Everything that is known of a medicine beside MDMA, the gravest first. Of a name read by likeness: of its likeness."""
    found = {known: None for drug in _drugs(name) for known in BY_DRUG.get(_row(drug), ())}
    return tuple(sorted(found, key=lambda known: list(Severity).index(known.severity)))


def restart(name: str, *, started_on: date | None, dosed_on: date | None, as_of: date) -> Restart | None:
    """The warning for a medicine begun on `started_on` (None: about to be) after a dosing day, while it is in force.

    What is not in the table might depend on CYP2D6 as well; it is warned of, too.
    """
    begun = started_on or as_of
    if dosed_on is None or not dosed_on <= begun <= dosed_on + DAYS or as_of > dosed_on + DAYS:
        return None
    why = _why(name)
    if not why:
        return None
    until = dosed_on + DAYS
    sentence = (
        f"{capital(name)} {why}, and MDMA was given on {said(dosed_on)}. {RECOVERY} "
        f"Until {said(until)} it is begun only if the prescriber knows of the dosing day."
    )
    return Restart(name, until, sentence, RESTART_SOURCE)


def restarts(medicines: Iterable[MedicineFact], *, dosed_on: date | None, as_of: date) -> list[Restart]:
    """The warnings for the medicines of a list that were begun since the last dosing day."""
    found = [
        restart(medicine.name, started_on=medicine.started_on, dosed_on=dosed_on, as_of=as_of)
        for medicine in medicines
        if medicine.started_on is not None and medicine.ongoing is not False
    ]
    return [warning for warning in found if warning]


def _why(name: str) -> str:
    drugs = [_row(drug) for drug in _drugs(name)]
    if not drugs:
        return "is not in the reference table"
    reasons = [
        words
        for words, rows in (("is serotonergic", SEROTONERGIC), ("is broken down by CYP2D6", CYP2D6))
        if any(row in rows for row in drugs)
    ]
    return " and ".join(reasons)


def _drugs(name: str) -> list[Drug]:
    """The drugs a name stands for, or may stand for."""
    reading = read(name)
    return list(reading.drugs) or [BY_NAME[near] for near in reading.nearest]


def _row(drug: Drug) -> Drug:
    """The row of the table, whichever of its names was read."""
    return BY_NAME[drug.name]


def _rows(names: Iterable[str]) -> frozenset[Drug]:
    return frozenset(BY_NAME[name] for name in names)


DATA = tomllib.loads((Path(__file__).parent / "interactions.toml").read_text(encoding="utf-8"))
BY_DRUG: dict[Drug, list[Interaction]] = {}
for entry in DATA["interaction"]:
    statement = Interaction(Severity(entry["severity"]), entry["mechanism"], source_of(entry, DATA["sources"]))
    for each in _rows(entry["drugs"]):
        BY_DRUG.setdefault(each, []).append(statement)

DAYS = timedelta(days=DATA["restart"]["days"])
RECOVERY: str = DATA["restart"]["why"]
RESTART_SOURCE = source_of(DATA["restart"], DATA["sources"])
SEROTONERGIC, CYP2D6 = _rows(DATA["restart"]["serotonergic"]), _rows(DATA["restart"]["cyp2d6"])
