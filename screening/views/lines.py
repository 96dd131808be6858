"""The page of an imported record put together: what is to be confirmed, what was, and what no line comes from."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.text import slugify

from patients.models import Course, ProtocolVersion
from patients.rules.protocol import Protocol
from screening.actions import importing as acts
from screening.actions.facts import candidate_for
from screening.models import ImportBatch, ImportLine
from screening.rules.criteria import FAILED
from screening.rules.importing.folding import consequence, find
from screening.rules.importing.proposing import Kind
from screening.rules.medicines import read
from screening.rules.words import PIECES, said

TITLES = {
    Kind.PERSON: ("Who it is about", "Confirming fills in sex, telephone and e-mail where the chart has none."),
    Kind.CRITERION: ("Risks", "Confirming answers the question with yes in the evidence. It never answers with no."),
    Kind.MEDICINE: ("Medicines", "Confirming adds the medicine to the chart. An unknown last dose stays unknown."),
    Kind.READING: ("Readings", "Confirming adds the reading to the evidence. It keeps the day on which it was taken."),
}
SHOWN = 3  # of what the record says about one line; the rest is folded away
LEFT = (
    ("unmapped", "Nothing here asks about it"),
    ("set_aside", "Set aside"),
    ("skipped", "Could not be read"),
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """One line as it is shown: what confirming means, and why it cannot be confirmed, if it cannot."""

    line: ImportLine
    title: str
    means: str
    tone: str  # the outcome that confirming a risk leads to, for the colour at the edge
    trouble: str
    facts: list[str]
    says: list[str]
    more: list[str]  # what the record says besides, folded away


def page(batch: ImportBatch, today: dt.date) -> dict[str, Any]:
    """Everything that the page of one import shows."""
    rows = list(batch.lines.select_related("by"))
    course = acts.course_of(batch.patient) if batch.patient else None
    drawn = _drawn(batch, [row for row in rows if row.state == ImportLine.State.PROPOSED], course, today)
    return {
        "batch": batch,
        "course": course,
        "doubts": acts.doubts(batch),
        "groups": [
            {"title": title, "note": note, "lines": lines}
            for kind, (title, note) in TITLES.items()
            if (lines := [one for one in drawn if one.line.kind == kind])
        ],
        "decided": sorted((row for row in rows if row.at), key=lambda row: row.at, reverse=True),
        "total": len(rows),
        "left": [(title, batch.left[key]) for key, title in LEFT if batch.left[key]],
        "not_read": sorted(batch.left["not_read"].items()),
    }


def anchor_after(line: ImportLine) -> str:
    """Where the page goes on after a line: the next open one, else the end."""
    order = list(TITLES)
    rows = sorted(line.batch.lines.open(), key=lambda row: (order.index(Kind(row.kind)), row.pk))
    here = (order.index(Kind(line.kind)), line.pk)
    after = [row for row in rows if (order.index(Kind(row.kind)), row.pk) > here] or rows
    return f"line-{after[0].public_id}" if after else "decided"


def person_of(batch: ImportBatch) -> dict[str, Any]:
    """What the record says about the person, to begin an intake with."""
    line = batch.lines.filter(kind=Kind.PERSON).first()
    return dict(line.proposal) if line else {**batch.person, "date_of_birth": batch.person["born_on"]}


def uuid_or_none(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _drawn(batch: ImportBatch, rows: list[ImportLine], course: Course | None, today: dt.date) -> list[Drawn]:
    evidence = candidate_for(course, today).evidence if course else {}
    plan = course.plan if course else _any_plan()
    listed = {drug.name for row in _medicines(batch) for drug in read(row).drugs}
    drawn = []
    for row in rows:
        trouble = _trouble(batch, row, course)
        if not trouble and course and row.kind in (Kind.CRITERION, Kind.READING):
            trouble = " ".join(f.sentence for f in acts.fold(row, course, evidence, today).refusals)
        drawn.append(
            Drawn(
                row,
                _title(row, plan),
                _means(row, plan),
                _tone(row, plan),
                trouble,
                _facts(row, listed),
                row.says[:SHOWN],
                row.says[SHOWN:],
            )
        )
    return drawn


def _trouble(batch: ImportBatch, row: ImportLine, course: Course | None) -> str:
    if batch.patient is None:
        return "Needs a chart."
    if course is None and row.kind in (Kind.CRITERION, Kind.READING):
        return "Needs a course."
    return ""


def _any_plan() -> Protocol | None:
    """Before there is a course, the questions are worded as the newest protocol has them."""
    newest = ProtocolVersion.objects.newest().first()
    return newest.protocol if newest else None


def _title(row: ImportLine, plan: Protocol | None) -> str:
    criterion = find(plan, row.proposal["criterion"]) if plan and row.kind == Kind.CRITERION else None
    return criterion.question if criterion else row.title


def _means(row: ImportLine, plan: Protocol | None) -> str:
    if row.kind == Kind.CRITERION and plan:
        return f"Yes to {row.title}: {consequence(plan, row.title)}"
    if row.kind == Kind.MEDICINE:
        if row.proposal["ongoing"]:
            return "Still taken."
        last = row.proposal["last_dose_on"]
        return f"No longer taken, last dose {said(dt.date.fromisoformat(last)) if last else 'not known'}."
    if row.kind == Kind.READING:
        pieces = {kind.value: name for kind, name in PIECES.items()}
        return f"Into the {pieces[row.proposal['evidence']]}."
    return ""


def _tone(row: ImportLine, plan: Protocol | None) -> str:
    criterion = find(plan, row.title) if plan and row.kind == Kind.CRITERION else None
    return slugify(FAILED[criterion.kind]) if criterion else ""


def _facts(row: ImportLine, listed: set[str]) -> list[str]:
    """What to know before confirming a medicine."""
    already = row.kind == Kind.MEDICINE and any(drug.name in listed for drug in read(row.proposal["name"]).drugs)
    return [*(["The chart lists it already."] if already else []), *row.warnings]


def _medicines(batch: ImportBatch) -> list[str]:
    return list(batch.patient.medicines.values_list("name", flat=True)) if batch.patient else []
