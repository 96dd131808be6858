"""What a record proposes: lines that a clinician confirms or rejects. A proposed criterion is always the risk, never its absence.

What no line comes from is listed with its reason: unmapped (nothing here asks about it) or set aside (refuted, over, older).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from patients.rules.duplicates import plain
from screening.rules import conditions
from screening.rules.conditions import Span
from screening.rules.importing import listing, mapping, measuring, screens, taking
from screening.rules.importing.facts import Left, Origin, Person, Problem, Record
from screening.rules.importing.reading import digest
from screening.rules.words import said


class Kind(StrEnum):
    PERSON = "person"
    MEDICINE = "medicine"
    READING = "reading"
    CRITERION = "criterion"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to confirm: what would be recorded, what the record says for it, and a digest that knows it again."""

    kind: Kind
    title: str
    says: tuple[str, ...]
    proposal: Mapping[str, Any]
    warnings: tuple[str, ...]
    origins: tuple[str, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class Proposals:
    person: Person
    lines: tuple[Line, ...]
    unmapped: tuple[Left, ...]
    set_aside: tuple[Left, ...]
    skipped: tuple[Left, ...]
    not_read: Mapping[str, int]


# Why a problem says nothing about the patient, by the code of its certainty or state.
NOT_SO = {
    "refuted": "It was refuted.",
    "entered-in-error": "It was entered in error.",
    "not-done": "It was not done.",
    "preparation": "It is only planned.",
    "registered": "There is no result yet.",
    "cancelled": "It was cancelled.",
}
OVER = ("inactive", "resolved")
CERTAIN = ("confirmed", "")
# What an allergy may speak of: allergic to aspirin is no heart disease.
OF_ALLERGIES = ("M18",)
# What asks about parents, siblings and children only.
OF_CLOSE_RELATIVES = ("P17",)
NOT_CLOSE = "The criterion asks about parents, siblings and children."
NOBODY_ASKS = "No criterion or reading of a screening asks about it."


def propose(record: Record, *, as_of: date) -> Proposals:
    """Every line of a record, in the order in which a clinician goes through them."""
    unmapped: list[Left] = []
    aside: list[Left] = []
    criteria = _criteria(record.problems, as_of, unmapped, aside)
    medicines = taking.medicines(record, as_of=as_of)
    screen = screens.drug_screen(record, as_of=as_of)
    measured = [one for one in record.measured if one.origin.key not in screen.taken]
    readings = measuring.readings(measured, as_of=as_of)
    found = [
        _person(record.person),
        *criteria,
        *(_line(Kind.MEDICINE, m.name, m.says, m.proposal, m.origins, m.warnings) for m in medicines.found),
        *(
            _line(Kind.READING, r.title, r.says, r.proposal, r.origins, r.warnings)
            for r in (*readings.found, *([screen.found] if screen.found else []))
        ),
    ]
    # Small systems number from 1: the same resource of another person is another line.
    whose = _whose(record.person)
    lines = [replace(line, digest=digest([whose, line.digest])) for line in found]
    return Proposals(
        record.person,
        tuple(lines),
        _counted([*unmapped, *readings.unmapped]),
        _counted([*aside, *medicines.aside, *readings.aside, *screen.aside]),
        record.skipped,
        record.not_read,
    )


def _whose(person: Person) -> list[str]:
    """What tells one person's record from another's, in plain values."""
    names = sorted((plain(person.given_name), plain(person.family_name)))
    return [person.origin.id, str(person.born_on), *names]


def _person(person: Person) -> Line:
    fields: dict[str, Any] = {
        "given_name": person.given_name[:80],
        "family_name": person.family_name[:80],
        "date_of_birth": person.born_on.isoformat() if person.born_on else None,
        "sex": person.sex,
        "phone": person.phone[:40],
        "email": person.email,
        "language": person.language[:40],
    }
    born = f"born {said(person.born_on)}" if person.born_on else "date of birth not said to the day"
    name = f"{person.given_name} {person.family_name}".strip() or "Without a name"
    return _line(Kind.PERSON, name, (f"{name}, {born}",), fields, (person.origin,))


def _criteria(problems: Iterable[Problem], as_of: date, unmapped: list[Left], aside: list[Left]) -> list[Line]:
    """One line for each criterion and each word of evidence that any problem speaks of, and for each entry of a list."""
    found: dict[tuple[Kind, str], list[Problem]] = {}
    words: dict[str, tuple[str, str]] = {}
    listed: dict[listing.Entry, list[Problem]] = {}
    for problem in problems:
        name, path = _named(problem), problem.origin.path
        if reason := NOT_SO.get(problem.certainty) or NOT_SO.get(problem.state):
            aside.append(Left(path, name, reason))
            continue
        if problem.origin.kind == "DiagnosticReport" and mapping.is_screen(problem.thing):
            continue  # its results are read
        if entry := listing.entry(problem):
            listed.setdefault(entry, []).append(problem)
        known = mapping.of_relative(problem.thing) if problem.relative else mapping.meanings(problem.thing)
        speaking = [(meaning, _silence(meaning, problem, as_of)) for meaning in known]
        asked = {code for meaning, silence in speaking if not silence for code in _asked(meaning, problem)}
        said_words = {k: v for meaning, silence in speaking if not silence for k, v in meaning.words.items()}
        silences = [silence for meaning, silence in speaking if silence and (meaning.criteria or meaning.words)]
        for code in sorted(asked):
            found.setdefault((Kind.CRITERION, code), []).append(problem)
        for word, value in said_words.items():
            found.setdefault((Kind.READING, word), []).append(problem)
            words[word] = (measuring.home(word), value)
        if not asked and not said_words and not entry:
            if problem.relative and any(meaning.criteria for meaning in known):
                silences = [NOT_CLOSE]
            (aside if silences else unmapped).append(Left(path, name, silences[0] if silences else NOBODY_ASKS))
    lines = []
    for (kind, code), group in found.items():
        says, origins = tuple(dict.fromkeys(_said(problem) for problem in group)), [p.origin for p in group]
        if kind is Kind.CRITERION:
            lines.append(_line(kind, code, says, {"criterion": code}, origins))
        else:
            evidence, value = words[code]
            proposal = {"evidence": evidence, "on": None, "numbers": {}, "words": {code: value}}
            lines.append(_line(kind, measuring.label(code, value), says, proposal, origins))
    for entry, group in listed.items():
        says = tuple(dict.fromkeys(_said(problem) for problem in group))
        lines.append(_line(Kind.READING, entry.title, says, entry.proposal, [p.origin for p in group]))
    return sorted(lines, key=lambda line: line.kind is Kind.READING)


def _asked(meaning: conditions.Meaning, problem: Problem) -> Iterable[str]:
    if problem.origin.kind == "AllergyIntolerance":
        return [code for code in meaning.criteria if code in OF_ALLERGIES]
    if problem.relative and not mapping.is_close(problem.relative):
        return [code for code in meaning.criteria if code not in OF_CLOSE_RELATIVES]
    return meaning.criteria


def _silence(meaning: conditions.Meaning, problem: Problem, as_of: date) -> str:
    """Why a known meaning is not proposed after all; "" when it is."""
    day = problem.ended.day if meaning.span is Span.SINCE else problem.ended.day or problem.began.day
    if meaning.within is not None and day and day < as_of - timedelta(days=meaning.within):
        return f"It lies further back than {meaning.within} days."
    is_over = problem.state in OVER or (problem.ended.words and problem.state != "active")
    if meaning.span is Span.NOW and is_over:
        return "It is over, and the criterion asks about now."
    return ""


def _said(problem: Problem) -> str:
    """A problem in one line, as a clinician would want to read it before believing it."""
    codes = ", ".join(code.code for code in problem.thing.codes if code.code)
    parts = [
        f"{problem.thing.name} ({codes})" if codes and codes != problem.thing.name else problem.thing.name,
        problem.state.replace("-", " "),
        "" if problem.certainty in CERTAIN else problem.certainty,
        "; ".join(problem.reactions),
        f"since {problem.began.words}" if problem.began.words else "",
        f"until {problem.ended.words}" if problem.ended.words else "",
    ]
    said_of = f"{problem.relative.name or 'Relative'}: " if problem.relative else ""
    return said_of + ", ".join(part for part in parts if part)


def _named(problem: Problem) -> str:
    name = problem.thing.name or problem.origin.said
    return f"{problem.relative.name or 'Relative'}: {name}" if problem.relative else name


def _line(
    kind: Kind,
    title: str,
    says: Sequence[str],
    proposal: Mapping[str, Any],
    origins: Sequence[Origin],
    warnings: Sequence[str] = (),
) -> Line:
    keys = sorted({origin.key for origin in origins})
    return Line(
        kind,
        title,
        tuple(says),
        proposal,
        tuple(warnings),
        tuple(dict.fromkeys(origin.said for origin in origins)),
        digest([kind.value, title, keys]),
    )


def _counted(left: Iterable[Left]) -> tuple[Left, ...]:
    """The same thing left for the same reason told once, with how often."""
    times: dict[tuple[str, str], list[str]] = {}
    for one in left:
        times.setdefault((one.what, one.why), []).append(one.path)
    return tuple(
        Left(paths[0], what if len(paths) == 1 else f"{what} (×{len(paths)})", why)
        for (what, why), paths in times.items()
    )
