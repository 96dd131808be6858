"""What a record adds to the lists of the evidence: diagnoses of the psychiatric evaluation, allergies of the history."""

import re
from dataclasses import dataclass

from screening.rules import diagnoses
from screening.rules.conditions import ICD
from screening.rules.diagnoses import Diagnosis
from screening.rules.importing import mapping, measuring
from screening.rules.importing.facts import Problem, When
from screening.rules.readings import LISTS

DIAGNOSES, ALLERGIES = LISTS
CHAPTER = "F"  # mental and behavioural disorders
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """One line for a list."""

    reading: str
    line: str

    @property
    def title(self) -> str:
        return f"{'Diagnosis' if self.reading == DIAGNOSES else 'Allergy'}: {self.line}"

    @property
    def proposal(self) -> dict[str, object]:
        words = {self.reading: self.line}
        return {"evidence": measuring.home(self.reading), "on": None, "numbers": {}, "words": words}


def entry(problem: Problem) -> Entry | None:
    """What a problem adds to a list; None when it belongs on none."""
    if problem.origin.kind == "AllergyIntolerance":
        named = ": ".join(filter(None, (problem.thing.name, "; ".join(problem.reactions))))
        return Entry(ALLERGIES, named[:LONGEST]) if problem.thing.name else None
    if problem.origin.kind != "Condition":
        return None
    codes = [_dotted(code.code) for code in problem.thing.codes if mapping.SYSTEMS.get(code.system) == ICD]
    code = next((code for code in codes if code.startswith(CHAPTER) and not diagnoses.faults(code)), "")
    return Entry(DIAGNOSES, _line(code, problem)) if code else None


def _line(code: str, problem: Problem) -> str:
    """The diagnosis as an evaluation keeps it; of a name that would break the line only the code."""
    words = "" if problem.thing.name.upper() == code else problem.thing.name[:LONGEST]
    if problem.ended.words == "" and problem.state in ("resolved", "inactive", "remission"):
        words = f"{words} ({problem.state})".strip()
    since, until = _written(problem.began), _written(problem.ended)
    for kept in (words, ""):
        line = Diagnosis(code, kept, since, until).written
        if not diagnoses.faults(line):
            return line
    return code


def _written(when: When) -> str:
    if when.day:
        return when.day.isoformat()
    return when.words if re.fullmatch(r"\d{4}(?:-\d\d)?", when.words) else ""


def _dotted(code: str) -> str:
    plain = code.strip().upper().replace(".", "")
    return f"{plain[:3]}.{plain[3:]}" if len(plain) > 3 else plain
