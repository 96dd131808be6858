"""The screening page put together: evidence at the left, findings with their remedies at the right."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.urls import reverse

from accounts.rules.findings import Finding, Outcome
from patients.models import Course
from patients.rules.protocol import EvidenceKind
from screening.actions.record import may_be_judged
from screening.models import Consent, Evidence
from screening.rules.candidate import Candidate, ConsentKind
from screening.rules.criteria import current
from screening.rules.readings import questions, said_values
from screening.rules.washout import Clearance, clearances
from screening.rules.words import PIECES, capital

GROUPS = (
    ("Stops", (Outcome.NOT_MET,)),
    ("Missing or still running", (Outcome.UNKNOWN, Outcome.WAITING)),
    ("For judgement", (Outcome.JUDGEMENT,)),
    ("Met", (Outcome.MET,)),
)
# Records of the chart that computed criteria rest on.
CHART = ("age", "contact", "medicines", "boosters")
LINKED = ("screening:evidence", "screening:judge", "screening:consent", "screening:decide", "patients:detail")


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
class Drawn:
    """A finding with the link to what puts it right."""

    finding: Finding
    href: str
    label: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A washout as a bar: days gone of days needed, and what stands at its end."""

    clearance: Clearance
    gone: int
    needed: int
    left: int

    @property
    def share(self) -> int:
        """Percent of the bar that is filled."""
        return min(100, round(100 * self.gone / self.needed)) if self.needed else 0


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
    """Findings in the order in which a physician works through them; empty groups are left out."""
    everything = list(findings)
    groups = [
        (title, [draw(course, f, may) for f in everything if f.outcome in outcomes]) for title, outcomes in GROUPS
    ]
    return [group for group in groups if group[1]]


def draw(course: Course, finding: Finding, may: frozenset[str]) -> Drawn:
    """The finding with its remedy, as far as this person may apply it."""
    view, arguments, label, anchor = _remedy(course, finding)
    if not view or view not in may:
        return Drawn(finding, "", "")
    return Drawn(finding, reverse(view, args=arguments) + anchor, label)


def bars(course: Course, candidate: Candidate, as_of: date) -> list[Bar]:
    """Every medicine of the list with its washout."""
    return [_bar(entry, as_of) for entry in clearances(candidate, course.plan.washout, as_of=as_of)]


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
    if finding.code.startswith("medicine-"):
        return "patients:detail", [course.patient.public_id], "Open the medicine list", ""
    if finding.code.startswith("evidence-"):
        return "screening:evidence", [key, finding.code.removeprefix("evidence-")], "Record it", ""
    criterion = next((c for c in course.plan.criteria if c.code == finding.code), None)
    if criterion is None or finding.outcome is Outcome.NOT_MET:
        return "", [], "", ""
    if criterion.computed in CHART:
        return "patients:detail", [course.patient.public_id], "Open the chart", ""
    anchor = "" if criterion.computed else f"#question-{criterion.code}"
    return "screening:evidence", [key, criterion.evidence or ""], "Record it", f"?complete=1{anchor}"


def _bar(entry: Clearance, as_of: date) -> Bar:
    needed = max((washout.days or 0 for washout in entry.washouts), default=0)
    last = entry.medicine.last_dose_on
    gone = min(max((as_of - last).days, 0), needed) if last and not entry.medicine.ongoing else 0
    left = (entry.clear_from - as_of).days if entry.clear_from and entry.clear_from > as_of else 0
    return Bar(entry, gone, needed, left)
