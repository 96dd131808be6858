"""Medicines of a record: one line for each drug, however many prescriptions there are of it.

An unknown last dose stays unknown: a prescription that ended says nothing about the day of the last dose.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from screening.rules.importing import mapping
from screening.rules.importing.facts import Coded, Left, Origin, Record, Taken
from screening.rules.medicines import Reading, read
from screening.rules.words import capital, said

# Why a prescription or statement is no medicine that was taken.
NOT_TAKEN = {
    "entered-in-error": "It was entered in error.",
    "not-taken": "The record says that it was not taken.",
    "do-not-perform": "It is an order not to give it.",
    "intended": "It was only intended.",
    "draft": "It was only a draft.",
    "cancelled": "It was cancelled before it began.",
}
# How RxNorm begins the name of a slow-release form, which is no word of a medicine: 24 HR venlafaxine ...
HOURS = re.compile(r"\b\d+\s*HR\b", re.IGNORECASE)
LONG_AGO = 365  # days after the last dose; no row of the washout table needs more than 112


@dataclass(frozen=True, slots=True)
class Proposed:
    name: str
    says: tuple[str, ...]
    proposal: Mapping[str, Any]
    origins: tuple[Origin, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Medicines:
    found: tuple[Proposed, ...]
    aside: tuple[Left, ...]


def medicines(record: Record, *, as_of: date) -> Medicines:
    """One proposal for each drug that the record says was taken."""
    aside: list[Left] = []
    drugs: dict[str, list[tuple[str, Taken]]] = {}
    for taken in record.taken:
        thing = _thing(taken, record.medicines)
        name, path = thing.name or taken.origin.said, taken.origin.path
        if reason := NOT_TAKEN.get(taken.state):
            aside.append(Left(path, name, reason))
        elif not thing.name:
            aside.append(Left(path, name, "It does not name the medicine."))
        elif taken.state != "active" and taken.ended.day and taken.ended.day < as_of - timedelta(days=LONG_AGO):
            aside.append(Left(path, name, f"The last dose was more than {LONG_AGO} days ago."))
        else:
            drugs.setdefault(_key(thing), []).append((_chart_name(thing), taken))
    return Medicines(tuple(_merged(group, as_of) for group in drugs.values()), tuple(aside))


def _thing(taken: Taken, named: Mapping[str, Coded]) -> Coded:
    """What is taken: named here, inside the prescription, or by a resource of its own."""
    if not taken.reference:
        return taken.thing
    if taken.reference.startswith("#"):
        elsewhere = named.get(f"{taken.origin.key}{taken.reference}")
    else:
        elsewhere = named.get(taken.reference) or next(
            (thing for name, thing in named.items() if taken.reference.endswith(f"/{name}")), None
        )
    return elsewhere if elsewhere and elsewhere.name else taken.thing


def _key(thing: Coded) -> str:
    drugs = _read(thing)
    if drugs.certain:
        return " + ".join(sorted(drug.name for drug in drugs.drugs))
    return mapping.ingredient(thing) or thing.name.casefold()


def _chart_name(thing: Coded) -> str:
    """The written name where the washout table reads it; else the name that its code stands for; else as written."""
    reading = _read(thing)
    if reading.certain:
        return capital(" + ".join(drug.name for drug in reading.drugs))
    return (capital(mapping.ingredient(thing)) or thing.name)[:120]


def _read(thing: Coded) -> Reading:
    return read(HOURS.sub(" ", thing.name))


def _merged(group: Sequence[tuple[str, Taken]], as_of: date) -> Proposed:
    group = sorted(group, key=lambda one: _latest(one[1]), reverse=True)
    newest, takes = group[0], [taken for _, taken in group]
    ongoing = any(taken.state == "active" for taken in takes)
    ends = [taken.ended.day for taken in takes]
    last = max(day for day in ends if day) if not ongoing and all(ends) else None
    if last and last > as_of:
        ongoing, last = True, None
    started = min((taken.began.day for taken in takes if taken.began.day), default=None)
    if started and (started > as_of or (last and started > last)):
        started = None
    name = newest[0]
    proposal = {
        "name": name,
        "dose": newest[1].dose[:80],
        "regular": not all(taken.as_needed for taken in takes),
        "started_on": started.isoformat() if started else None,
        "ongoing": ongoing,
        "last_dose_on": last.isoformat() if last else None,
        "prescriber": newest[1].prescriber[:120],
    }
    says = tuple(dict.fromkeys(_said(taken, name_) for name_, taken in group))
    return Proposed(name, says, proposal, tuple(t.origin for t in takes), tuple(_warnings(name, takes, as_of)))


def _warnings(name: str, takes: Iterable[Taken], as_of: date) -> Iterable[str]:
    reading = read(name)
    if not reading.drugs:
        yield "Not in the washout table: its washout is unknown until a physician looks it up."
    elif not reading.certain:
        yield f"Perhaps {' or '.join(drug.name for drug in reading.drugs)}; write the generic name after confirming."
    if any(taken.state == "active" and taken.ended.day and taken.ended.day < as_of for taken in takes):
        yield "The record calls it active and also gives its end: ask the patient."
    if any(taken.state in ("on-hold", "unknown", "") for taken in takes):
        yield "The record does not say whether it is taken at present: ask the patient."


def _latest(taken: Taken) -> str:
    return max(taken.began.moment, taken.ended.moment)


def _said(taken: Taken, name: str) -> str:
    thing = taken.thing.name or name
    parts = [
        f"{thing}, {taken.dose}" if taken.dose and taken.dose not in thing else thing,
        "as needed" if taken.as_needed else "",
        taken.state.replace("-", " ") or "no status",
        f"from {taken.began.words}" if taken.began.words else "",
        f"until {said(taken.ended.day) if taken.ended.day else taken.ended.words}" if taken.ended.words else "",
    ]
    return ", ".join(part for part in parts if part)
