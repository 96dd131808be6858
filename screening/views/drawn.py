"""The screening page put together: evidence at the left, findings with their remedies at the right."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.urls import reverse

from accounts.rules.findings import Finding, Outcome
from patients.models import Course
from patients.rules.protocol import Criterion, EvidenceKind
from screening.actions.record import may_be_judged
from screening.models import Consent, Evidence
from screening.rules.candidate import Candidate, ConsentKind
from screening.rules.criteria import current
from screening.rules.readings import questions, said_values
from screening.rules.words import PIECES, capital

GROUPS = (
    ("Stops", (Outcome.NOT_MET,)),
    ("Missing or still running", (Outcome.UNKNOWN, Outcome.WAITING)),
    ("For judgement", (Outcome.JUDGEMENT,)),
    ("Met", (Outcome.MET,)),
)
# Records of the chart that computed criteria rest on.
CHART = ("age", "contact", "medicines", "boosters")
LINKED = (
    "screening:evidence",
    "screening:judge",
    "screening:consent",
    "screening:decide",
    "patients:detail",
    "screening:taper",
    "screening:check",
)


@dataclass(frozen=True, slots=True)
class Card:
    """One of the five pieces of evidence as it stands."""

    kind: EvidenceKind
    title: str
    row: Evidence | None
    until: date | None
    trouble: str
    values: list[tuple[str, str]]
    risks: list[str]
    unanswered: int


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a finding that stands for several."""

    code: str
    title: str
    sentence: str
    href: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A finding by its name, with the link to what puts it right; `items` when it stands for several."""

    title: str
    finding: Finding
    href: str
    label: str
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class ConsentLine:
    kind: ConsentKind
    title: str
    row: Consent | None
    withdrawn: bool


def cards(course: Course, candidate: Candidate, as_of: date) -> list[Card]:
    rows = {row.kind: row for row in course.evidence.newest().select_related("by")}
    return [_card(course, candidate, kind, rows.get(kind.value), as_of) for kind in EvidenceKind]


def grouped(course: Course, findings: Iterable[Finding], may: frozenset[str]) -> list[tuple[str, list[Drawn]]]:
    """Findings in the order in which a physician works through them; empty groups are left out.

    What waits for the same piece of evidence, or for medicines, is one finding with a line for each.
    """
    everything = list(findings)
    groups = []
    for title, outcomes in GROUPS:
        fitting = [finding for finding in everything if finding.outcome in outcomes]
        rows = (
            _bundled(course, fitting, may) if Outcome.UNKNOWN in outcomes else [draw(course, f, may) for f in fitting]
        )
        if rows:
            groups.append((title, rows))
    return groups


def draw(course: Course, finding: Finding, may: frozenset[str]) -> Drawn:
    """The finding with its remedy, as far as this person may apply it."""
    view, arguments, label, anchor = _remedy(course, finding)
    href = reverse(view, args=arguments) + anchor if view and view in may else ""
    return Drawn(name_of(course, finding), finding, href, label)


def name_of(course: Course, finding: Finding) -> str:
    """What a finding is about, in a few words."""
    if criterion := _criterion(course, finding):
        return criterion.requirement
    if finding.code.startswith("evidence-"):
        return capital(PIECES[EvidenceKind(finding.code.removeprefix("evidence-"))])
    return {"consent": "Consent to treatment", "medicine-list": "Medicine list"}.get(
        finding.code, finding.evidence.partition(",")[0]
    )


def consents(course: Course) -> list[ConsentLine]:
    """The newest consent of each kind."""
    newest = {row.kind: row for row in course.consents.select_related("withdrawal", "explained_by")}
    lines = []
    for kind in ConsentKind:
        row = newest.get(kind.value)
        lines.append(ConsentLine(kind, capital(kind), row, row is not None and hasattr(row, "withdrawal")))
    return lines


def _card(course: Course, candidate: Candidate, kind: EvidenceKind, row: Evidence | None, as_of: date) -> Card:
    _, trouble = current(course.plan, candidate, kind, as_of=as_of)
    if row is None:
        return Card(kind, capital(PIECES[kind]), None, None, trouble, [], [], 0)
    asked = questions(course.plan, kind)
    answers = row.values["answers"]
    return Card(
        kind=kind,
        title=capital(PIECES[kind]),
        row=row,
        until=row.taken_on + timedelta(days=course.plan.evidence_validity[kind].whole),
        trouble=trouble,
        values=said_values(kind, row.values["numbers"], row.values["words"]),
        risks=[criterion.question for criterion in asked if answers.get(criterion.code)],
        unanswered=sum(criterion.code not in answers for criterion in asked),
    )


def _bundled(course: Course, findings: list[Finding], may: frozenset[str]) -> list[Drawn]:
    """What is missing, by the place where it is put right."""
    bundles: dict[str, list[Drawn]] = {}
    for finding in findings:
        bundles.setdefault(_place(course, finding), []).append(draw(course, finding, may))
    return [rows[0] if len(rows) == 1 else _bundle(course, place, rows) for place, rows in bundles.items()]


def _bundle(course: Course, place: str, rows: list[Drawn]) -> Drawn:
    every_medicine = {criterion.code for criterion in course.plan.criteria if criterion.computed == "medicines"}
    whole = next((row for row in rows if row.finding.code in {place, *every_medicine}), None)
    items = tuple(
        Item(row.finding.code, row.title, "" if whole else row.finding.sentence, row.href)
        for row in rows
        if row is not whole
    )
    if whole:
        return Drawn(whole.title, whole.finding, whole.href, whole.label, items)
    title, sentence = "Medicines", "Not settled yet."
    if place.startswith("evidence-"):
        title = capital(PIECES[EvidenceKind(place.removeprefix("evidence-"))])
        sentence = f"{len(items)} of its questions and readings are still open."
    first = rows[0]
    outcome = Outcome.UNKNOWN if any(r.finding.outcome is Outcome.UNKNOWN for r in rows) else Outcome.WAITING
    finding = Finding(place, outcome, sentence, decided_by=first.finding.decided_by)
    return Drawn(title, finding, first.href.partition("#")[0], first.label, items)


def _place(course: Course, finding: Finding) -> str:
    """Where a missing finding is put right: a piece of evidence, the medicines, or by itself."""
    criterion = _criterion(course, finding)
    if finding.code.startswith(("medicine-", "unlisted-")) or (
        criterion and criterion.computed in ("medicines", "boosters")
    ):
        return "medicines"
    if criterion and criterion.computed not in CHART and finding.outcome is Outcome.UNKNOWN:
        return f"evidence-{criterion.evidence}"
    return finding.code


def _criterion(course: Course, finding: Finding) -> Criterion | None:
    return next((c for c in course.plan.criteria if c.code == finding.code), None)


def _remedy(course: Course, finding: Finding) -> tuple[str, list[object], str, str]:
    """(view, arguments, label, anchor) of what puts a finding right; an empty view when nothing in a chart does."""
    key = course.public_id
    if not finding.blocks:
        return "", [], "", ""
    if may_be_judged(finding.code, finding.outcome):
        return "screening:judge", [key, finding.code], "Judge it", ""
    if finding.code == "consent":
        return "screening:consent", [key], "Record the consent", ""
    if finding.code == "medicine-list":
        return "screening:evidence", [key, EvidenceKind.HISTORY], "Go through the list", ""
    if finding.code.startswith(("medicine-", "unlisted-")):
        return "patients:detail", [course.patient.public_id], "Open the medicine list", ""
    if finding.code.startswith("evidence-"):
        return "screening:evidence", [key, finding.code.removeprefix("evidence-")], "Record it", ""
    criterion = _criterion(course, finding)
    if criterion is None or finding.outcome is Outcome.NOT_MET:
        return "", [], "", ""
    if criterion.computed in CHART:
        return "patients:detail", [course.patient.public_id], "Open the chart", ""
    anchor = "" if criterion.computed else f"#question-{criterion.code}"
    return "screening:evidence", [key, criterion.evidence or ""], "Record it", f"?complete=1{anchor}"
