"""The screening page put together: evidence at the left, findings with their remedies at the right."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.db.models import prefetch_related_objects
from django.urls import reverse

from accounts.rules.findings import Finding, Outcome
from patients.models import Course
from patients.rules.protocol import Criterion, EvidenceKind
from screening.actions.record import may_be_judged
from screening.models import Consent, Evidence
from screening.rules import diagnoses
from screening.rules.candidate import Candidate, ConsentKind, MedicineFact
from screening.rules.criteria import current
from screening.rules.limits import Shown, shown_values
from screening.rules.missing import Missing
from screening.rules.readings import questions
from screening.rules.washout import medicine_code
from screening.rules.words import PIECES, capital

GROUPS = (
    ("Stops", (Outcome.NOT_MET,)),
    ("Missing", (Outcome.UNKNOWN,)),
    ("Waiting", (Outcome.WAITING,)),
    ("For judgement", (Outcome.JUDGEMENT,)),
    ("Met", (Outcome.MET,)),
)
WAITED_FOR = (Outcome.UNKNOWN, Outcome.WAITING)
SHAPES = {
    "Stops": "octagon-x",
    "Missing": "circle-question-mark",
    "Waiting": "hourglass",
    "For judgement": "scale",
    "Met": "circle-check",
}
# What stands before the names of what is in the way of a signature, by group; what is met is not.
IN_THE_WAY = {"Stops": "Not met", "Missing": "Missing", "Waiting": "Waiting", "For judgement": "To be judged"}
NAMED = 3
DOMAINS = {"general": "General", "psychiatric": "Psychiatric", "medical": "Medical"}
THE_REST = "Evidence, medicines and consent"
# Records of the chart that computed criteria rest on.
CHART = ("age", "contact", "medicines", "boosters")
LINKED = (
    "screening:evidence",
    "screening:history",
    "screening:decisions",
    "screening:letter",
    "screening:judge",
    "screening:consent",
    "screening:decide",
    "patients:detail",
    "patients:contact_new",
    "screening:medicine_new",
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
    values: list[Shown]
    risks: list[str]
    unanswered: int
    earlier: int = 0  # how many recordings it has superseded


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
    domain: str = ""
    missing: Missing | None = None  # who supplies it, and by when

    @property
    def is_told(self) -> bool:
        """Whether the sentence says more than the name."""
        return self.finding.sentence.rstrip(".") != self.title.rstrip(".")

    @property
    def brief(self) -> str:
        """The name in a sentence: a washout by its medicines, another without what a long one adds after its first words."""
        if self.items and self.finding.outcome is Outcome.WAITING:
            return f"the washout of {_named([item.title for item in self.items])}"
        return self.title.partition(",")[0]


@dataclass(frozen=True, slots=True)
class Group:
    """Findings of one outcome, in the order in which they are worked through."""

    title: str
    rows: list[Drawn]
    count: int  # of findings, as the verdict counts them: one card may stand for several

    @property
    def slug(self) -> str:
        return self.title.lower().replace(" ", "-")

    @property
    def shape(self) -> str:
        return SHAPES[self.title]

    @property
    def said(self) -> str:
        """The title as it follows the number."""
        return "stop" if self.title == "Stops" and self.count == 1 else self.title.lower()

    @property
    def by(self) -> date | None:
        """The first day by which something of this is needed."""
        return min((row.missing.by for row in self.rows if row.missing and row.missing.by), default=None)

    @property
    def by_domain(self) -> list[tuple[str, list[Drawn]]]:
        """For what is met: the rows under the domain of their criterion."""
        domains: dict[str, list[Drawn]] = {title: [] for title in (*DOMAINS.values(), THE_REST)}
        for row in self.rows:
            domains[row.domain].append(row)
        return [(title, rows) for title, rows in domains.items() if rows]


@dataclass(frozen=True, slots=True)
class ConsentLine:
    kind: ConsentKind
    title: str
    row: Consent | None
    withdrawn: bool
    doubt: str = ""


def cards(course: Course, candidate: Candidate, as_of: date) -> list[Card]:
    rows = {row.kind: row for row in course.evidence.newest().select_related("by")}
    recorded = Counter(course.evidence.order_by().values_list("kind", flat=True))
    return [
        replace(_card(course, candidate, kind, rows.get(kind.value), as_of), earlier=max(0, recorded[kind.value] - 1))
        for kind in EvidenceKind
    ]


def grouped(
    course: Course, findings: Iterable[Finding], may: frozenset[str], missing: Iterable[Missing] = ()
) -> list[Group]:
    """Findings in the order in which a physician works through them; empty groups are left out.

    What waits for the same piece of evidence, or for medicines, is one finding with a line for each. `missing` says who
    supplies what.
    """
    everything, wanted = list(findings), {entry.code: entry for entry in missing}
    groups = []
    for title, outcomes in GROUPS:
        fitting = [finding for finding in everything if finding.outcome in outcomes]
        waited_for = any(outcome in WAITED_FOR for outcome in outcomes)
        rows = _bundled(course, fitting, may) if waited_for else [draw(course, f, may) for f in fitting]
        if rows:
            groups.append(Group(title, [_supplied(row, wanted) for row in rows], len(fitting)))
    return groups


def not_yet(groups: Iterable[Group]) -> list[str]:
    """Why nobody can sign “eligible”: for each outcome in the way, what it is about. Empty when it can be signed."""
    return [
        f"{IN_THE_WAY[group.title]}: {_named([row.brief for row in group.rows])}."
        for group in groups
        if group.title in IN_THE_WAY
    ]


def _named(names: list[str]) -> str:
    if len(names) <= NAMED:
        return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)
    return f"{', '.join(names[:NAMED])} and {len(names) - NAMED} more"


def _supplied(row: Drawn, wanted: dict[str, Missing]) -> Drawn:
    """The row with who supplies it and by when: of its own finding, else of the first that it stands for."""
    codes = [row.finding.code, *(item.code for item in row.items)]
    found = next((wanted[code] for code in codes if code in wanted), None)
    return replace(row, missing=found) if found else row


def draw(course: Course, finding: Finding, may: frozenset[str]) -> Drawn:
    """The finding with its remedy, as far as this person may apply it."""
    view, arguments, label, anchor = _remedy(course, finding)
    href = reverse(view, args=arguments) + anchor if view and view in may else ""
    criterion = _criterion(course, finding)
    domain = DOMAINS.get(criterion.domain, THE_REST) if criterion else THE_REST
    return Drawn(name_of(course, finding), finding, href, label, domain=domain)


def name_of(course: Course, finding: Finding) -> str:
    """What a finding is about, in a few words."""
    if criterion := _criterion(course, finding):
        return criterion.requirement
    if finding.code.startswith("evidence-"):
        return capital(PIECES[EvidenceKind(finding.code.removeprefix("evidence-"))])
    return {"consent": "Consent to treatment", "medicine-list": "Medicine list"}.get(
        finding.code, finding.evidence.partition(",")[0]
    )


def judged_by(course: Course, code: str) -> str:
    """What stands in the address of a judgement: a criterion's code, and for a medicine its key, never its name."""
    prefetch_related_objects([course.patient], "medicines")
    rows = course.patient.medicines.all()
    return next((str(row.public_id) for row in rows if medicine_code(MedicineFact(row.name)) == code), code)


def code_of(course: Course, judged: str) -> str | None:
    """The code of the finding that an address names; None for the name of a medicine."""
    prefetch_related_objects([course.patient], "medicines")
    rows = course.patient.medicines.all()
    named = next((medicine_code(MedicineFact(row.name)) for row in rows if str(row.public_id) == judged), judged)
    return None if named == judged and named.startswith(("medicine-", "unlisted-")) else named


def consents(course: Course, candidate: Candidate) -> list[ConsentLine]:
    """The newest consent of each kind, with why it no longer counts."""
    newest = {row.kind: row for row in course.consents.select_related("withdrawal", "explained_by")}
    doubts = {fact.kind: fact.doubt for fact in candidate.consents}
    lines = []
    for kind in ConsentKind:
        row = newest.get(kind.value)
        withdrawn = row is not None and hasattr(row, "withdrawal")
        lines.append(ConsentLine(kind, capital(kind), row, withdrawn, doubts.get(kind, "")))
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
        values=shown_values(kind, row.values["numbers"], row.values["words"]),
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
        return replace(whole, items=items)
    title, sentence = "Medicines", "Not settled yet."
    if place.startswith("evidence-"):
        title = capital(PIECES[EvidenceKind(place.removeprefix("evidence-"))])
        sentence = f"{len(items)} of its questions and readings are still open."
    first = rows[0]
    outcome = Outcome.UNKNOWN if any(r.finding.outcome is Outcome.UNKNOWN for r in rows) else Outcome.WAITING
    finding = Finding(place, outcome, sentence, decided_by=first.finding.decided_by)
    href = first.href.partition("#")[0]
    return Drawn(title, finding, href, first.label, items, first.domain)


def _place(course: Course, finding: Finding) -> str:
    """Where a missing finding is put right: a piece of evidence, the medicines, or by itself."""
    criterion = _criterion(course, finding)
    if diagnoses.contradicts(finding):  # its sentence is what has to be read
        return finding.code
    if finding.code.startswith(("medicine-", "unlisted-")) or (
        criterion and criterion.computed in ("medicines", "boosters")
    ):
        return "medicines"
    if criterion and criterion.computed not in CHART and finding.outcome is Outcome.UNKNOWN:
        return f"evidence-{_supplied_by(criterion, finding)}"
    return finding.code


def _criterion(course: Course, finding: Finding) -> Criterion | None:
    return next((c for c in course.plan.criteria if c.code == finding.code), None)


def _remedy(course: Course, finding: Finding) -> tuple[str, list[object], str, str]:
    """(view, arguments, label, anchor) of what puts a finding right; an empty view when nothing in a chart does."""
    key = course.public_id
    if not finding.blocks:
        return "", [], "", ""
    if may_be_judged(finding.code, finding.outcome):
        return "screening:judge", [key, judged_by(course, finding.code)], "Judge it", ""
    if finding.code == "consent":
        return "screening:consent", [key], "Record the consent", ""
    if finding.code == "medicine-list":
        return "screening:evidence", [key, EvidenceKind.HISTORY], "Go through the list", "#evidence-history"
    if finding.code.startswith(("medicine-", "unlisted-")):
        return "patients:detail", [course.patient.public_id], "Open the medicine list", ""
    if finding.code.startswith("evidence-"):
        kind = finding.code.removeprefix("evidence-")
        return "screening:evidence", [key, kind], "Record it", f"#evidence-{kind}"
    criterion = _criterion(course, finding)
    if criterion is None or finding.outcome is Outcome.NOT_MET:
        return "", [], "", ""
    if criterion.computed == "contact":
        return "patients:contact_new", [course.patient.public_id], "Add a contact", ""
    if criterion.computed in CHART:
        return "patients:detail", [course.patient.public_id], "Open the chart", ""
    kind = _supplied_by(criterion, finding)
    anchor = f"#evidence-{kind}" if criterion.computed else f"#question-{criterion.code}"
    label = "Correct it" if diagnoses.contradicts(finding) else "Record it"
    return "screening:evidence", [key, kind], label, f"?complete=1{anchor}"


def _supplied_by(criterion: Criterion, finding: Finding) -> str:
    """The evidence in which a missing answer is recorded. Potassium is the laboratory's, once the history is answered."""
    answered = capital(PIECES[EvidenceKind.HISTORY])
    if criterion.computed == "potassium" and finding.evidence.startswith(answered):
        return EvidenceKind.LABORATORY
    return criterion.evidence or ""
