"""What stands on paper: the facts of a document, gathered once and then only printed.

Times are aware datetimes in the clinic's zone unless a name ends in `_utc`. Nothing here decides who may read it.
"""

from base64 import b64encode
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    duty: str
    credential: str = ""
    from_to: str = ""  # actual presence, "09:05-17:40 (8 h 35 min)"


@dataclass(frozen=True, slots=True)
class CheckLine:
    """Something that was asked or done on the day, and what came of it."""

    at: datetime
    what: str
    answer: str
    by: str
    is_good: bool = True


@dataclass(frozen=True, slots=True)
class DoseLine:
    at: datetime
    day: str  # "D1"
    kind: str  # initial, supplemental
    milligrams: str
    given_by: str
    witness: str = ""
    lot: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    at: datetime
    title: str
    systolic: int | None = None
    diastolic: int | None = None
    pulse: int | None = None
    temperature: float | None = None
    oxygen: int | None = None
    by: str = ""
    remark: str = ""

    @property
    def pressure(self) -> str:
        if self.systolic is None or self.diastolic is None:
            return ""
        return f"{self.systolic}/{self.diastolic}"


@dataclass(frozen=True, slots=True)
class Limit:
    """A threshold line on the plot. `mark` is how far the figure can be trusted."""

    label: str
    measure: str  # systolic, diastolic, pulse, temperature, oxygen
    value: float
    unit: str
    source: str
    mark: str


@dataclass(frozen=True, slots=True)
class EffectLine:
    at: datetime
    until: datetime | None
    name: str
    severity: str
    support: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class NoteText:
    title: str
    author: str
    at: datetime
    text: str
    is_addendum: bool = False


@dataclass(frozen=True, slots=True)
class SignatureLine:
    name: str
    of: str  # the visit whose record was signed
    meaning: str
    at: datetime
    at_utc: datetime


@dataclass(frozen=True, slots=True)
class DeviationLine:
    """A signed departure from the protocol."""

    code: str
    what: str
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class HoursLine:
    title: str
    planned: str
    logged: str


@dataclass(frozen=True, slots=True)
class VisitLine:
    code: str
    title: str
    when: str
    state: str


@dataclass(frozen=True, slots=True)
class OutcomeLine:
    when: date
    measure: str
    visit: str
    score: str
    reading: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """Whether a paper may stand as final, and what is still missing, in words."""

    is_draft: bool
    reason: str
    signatures: tuple[SignatureLine, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """An SVG and the words that stand for it when it is read aloud."""

    svg: str
    alt: str
    title: str = ""

    @property
    def data(self) -> str:
        """The picture as an address that holds it: the press fetches nothing."""
        return "data:image/svg+xml;base64," + b64encode(self.svg.encode()).decode()


@dataclass(frozen=True, slots=True)
class Footnote:
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Subject:
    patient: str
    born: date | None
    chart_number: str
    indication: str
    access_route: str
    approvals: tuple[str, ...]
    protocol: str


@dataclass(frozen=True, slots=True)
class LetterText:
    """A letter: what shows through the window of the envelope, and what is inside."""

    sender: str
    phone: str
    address: tuple[str, ...]
    on: date
    body: str

    @property
    def paragraphs(self) -> list[str]:
        return [part.strip() for part in self.body.split("\n\n") if part.strip()]


@dataclass(frozen=True, slots=True)
class SafetyPlanText:
    """The patient's own plan for bad hours, to be taken home: it names no illness and no treatment."""

    sender: str
    phone: str
    made_on: date
    lines: tuple[tuple[str, tuple[str, ...]], ...]  # each heading with the patient's lines


@dataclass(frozen=True, slots=True)
class Paper:
    """One document, complete."""

    title: str
    subtitle: str
    clinic: str
    zone: str
    subject: Subject
    version: str
    code: str
    printed_at: datetime
    printed_by: str
    is_draft: bool
    draft_reason: str
    contents: str  # office, clinical, with notes
    is_dosing_day: bool = False
    team_when: str = "Present"
    team: tuple[Person, ...] = ()
    visits: tuple[VisitLine, ...] = ()
    deviations: tuple[DeviationLine, ...] = ()
    ribbon: Picture | None = None
    steps: tuple[CheckLine, ...] = ()
    checks: tuple[CheckLine, ...] = ()
    doses: tuple[DoseLine, ...] = ()
    salt: str = ""
    readings: tuple[Reading, ...] = ()
    limits: tuple[Limit, ...] = ()
    vital_plot: Picture | None = None
    effects: tuple[EffectLine, ...] = ()
    touches: tuple[EffectLine, ...] = ()
    notes: tuple[NoteText, ...] = ()
    hours: tuple[HoursLine, ...] = ()
    hours_remark: str = ""
    outcomes: tuple[OutcomeLine, ...] = ()
    outcome_plots: tuple[Picture, ...] = ()
    caveats: tuple[str, ...] = ()
    footnotes: tuple[Footnote, ...] = ()
    signatures: tuple[SignatureLine, ...] = field(default=())
    missing_signatures: tuple[str, ...] = field(default=())
    letter: LetterText | None = None
    safety_plan: SafetyPlanText | None = None

    @property
    def with_notes(self) -> bool:
        return self.contents == "with notes"

    @property
    def shared_meaning(self) -> str:
        """What every signature of a long list means, so that it is said once; empty where they differ or are few."""
        meanings = {signature.meaning for signature in self.signatures}
        return meanings.pop() if len(meanings) == 1 and len(self.signatures) > 2 else ""

    @property
    def is_clinical(self) -> bool:
        return self.contents != "office"
