"""A urine drug screen put together from its parts. One substance found makes it positive; only a whole panel makes it negative."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from patients.rules.protocol import EvidenceKind
from screening.rules.importing import mapping
from screening.rules.importing.facts import Left, Measured, Panel, Record
from screening.rules.importing.measuring import Proposed, label, unusable
from screening.rules.words import said

READING = "drug_screen"
POSITIVE, NEGATIVE = "positive", "negative"


@dataclass(frozen=True, slots=True)
class Screen:
    """What is proposed, and the observations that were looked at, by their keys, so that nobody reads them twice."""

    found: Proposed | None
    taken: frozenset[str]
    aside: tuple[Left, ...]


def drug_screen(record: Record, *, as_of: date) -> Screen:
    """The newest day of a record that says something about a whole screen, or about a substance that was found."""
    panels = [panel for panel in record.panels if mapping.is_screen(panel.thing)]
    members = {_name_of(reference) for panel in panels for reference in panel.results} - {""}
    parts = [one for one in record.measured if one.origin.id in members or _is_part(one)]
    aside = [Left(one.origin.path, one.thing.name, trouble) for one in parts if (trouble := unusable(one, as_of))]
    usable = [one for one in parts if not unusable(one, as_of)]
    aside += [
        Left(panel.origin.path, panel.thing.name, "It names results that are not in the file, or are not final.")
        for panel in panels
        if panel.results and not _all(panel, usable)
    ]
    found: Proposed | None = None
    for day in sorted({one.when.day for one in usable if one.when.day}, reverse=True):
        of_day = [one for one in usable if one.when.day == day]
        if found:
            aside += [Left(one.origin.path, one.thing.name, "There is a newer drug screen.") for one in of_day]
            continue
        speaking = [one for one in of_day if POSITIVE in _words(one)]
        word = POSITIVE if speaking else NEGATIVE
        if speaking := speaking or _negative(of_day, panels):
            found = _proposed(speaking, word, day)
        else:
            why = "One substance says nothing about a whole screen; a result is missing, or neither positive nor negative."
            aside += [Left(one.origin.path, one.thing.name, why) for one in of_day]
    return Screen(found, frozenset(one.origin.key for one in parts), tuple(aside))


def _is_part(one: Measured) -> bool:
    return mapping.is_screen(one.thing) or any(mapping.is_substance(value.thing) for value in one.values)


def _words(one: Measured) -> list[str]:
    """Positive or negative for each of its values that is either; "" for a substance that is neither."""
    words = []
    for value in one.values:
        word = mapping.result(value.result)
        is_asked = mapping.is_substance(value.thing) or (mapping.is_screen(value.thing) and len(one.values) == 1)
        if word or is_asked:
            words.append(word)
    return words


def _negative(of_day: Sequence[Measured], panels: Iterable[Panel]) -> list[Measured]:
    """What says that a whole screen was negative: its own result, all of its components, or every result of its panel."""
    for one in of_day:
        if mapping.is_screen(one.thing) and _is_negative([one]):
            return [one]
    for panel in panels:
        results = _all(panel, of_day)
        if results and _is_negative(results):
            return results
    return []


def _is_negative(several: Iterable[Measured]) -> bool:
    return {word for one in several for word in _words(one)} == {NEGATIVE}


def _all(panel: Panel, measured: Iterable[Measured]) -> list[Measured]:
    """The observations of a panel; empty when one of them is not among these."""
    by_name = {one.origin.id: one for one in measured if one.origin.id}
    names = [_name_of(reference) for reference in panel.results]
    return [by_name[name] for name in names] if all(name in by_name for name in names) else []


def _name_of(reference: str) -> str:
    """The id at the end of a reference, whatever stands before it."""
    return reference.partition("/_history/")[0].rpartition("/")[2].rpartition(":")[2]


def _proposed(speaking: Sequence[Measured], word: str, day: date) -> Proposed:
    says = [
        f"{value.thing.name}: {value.result.name}, {said(day)}"
        for one in speaking
        for value in one.values
        if value.result.name and mapping.result(value.result) == word
    ]
    proposal = {
        "evidence": EvidenceKind.LABORATORY.value,
        "on": day.isoformat(),
        "numbers": {},
        "words": {READING: word},
    }
    return Proposed(label(READING, word), tuple(says), proposal, tuple(one.origin for one in speaking))
