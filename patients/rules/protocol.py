"""The protocol as data: frozen dataclasses that a versioned TOML file is loaded into.

Every figure carries its source and mark. Days count calendar days in the clinic's zone; minutes are elapsed minutes.
"""

from dataclasses import dataclass
from enum import StrEnum

from accounts.rules.findings import Mark, Source


class VisitKind(StrEnum):
    PREPARATION = "preparation"
    DOSING = "dosing"
    INTEGRATION = "integration"
    CALL = "call"
    RATING = "rating"
    FOLLOW_UP = "follow-up"


class RoomKind(StrEnum):
    CONSULTING = "consulting"
    DOSING = "dosing"


class EvidenceKind(StrEnum):
    """The five pieces of evidence of the brief."""

    HISTORY = "history"
    EXAMINATION = "examination"
    LABORATORY = "laboratory"
    ECG = "ecg"
    PSYCHIATRIC = "psychiatric"


class CriterionKind(StrEnum):
    """What a criterion that is not satisfied means."""

    STOP = "stop"
    HOLD = "hold"
    JUDGEMENT = "for judgement"


class Reach(StrEnum):
    """How far back a criterion reaches."""

    NOW = "now"
    WITHIN = "within"  # its look-back
    EVER = "ever"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number taken from a document."""

    value: float
    unit: str
    source: Source

    @property
    def whole(self) -> int:
        return int(self.value)


@dataclass(frozen=True, slots=True)
class VisitPlan:
    """One visit of the course. Its window counts days from `anchor`; the first visit has no anchor and opens the course."""

    code: str  # P1, D1, I1.1, C1.1 (call), R0 (baseline rating), F1 (follow-up)
    kind: VisitKind
    title: str
    dose_number: int | None
    minutes: Figure
    anchor: str | None
    earliest: Figure  # days after the anchor's day
    target: Figure
    latest: Figure
    before: str | None  # must end before this visit begins
    therapists: int  # how many of the course's pair are present
    room: RoomKind | None  # None: by telephone or video
    also_present: tuple[str, ...]  # "physician", "night attendant", "rater"
    after_washout: bool  # may not be held before the clear-from date
    # What a signed deviation may allow for this visit, and nothing beyond: a wider window, one therapist instead of two.
    deviation_earliest: Figure | None = None
    deviation_latest: Figure | None = None
    may_be_alone: bool = False


@dataclass(frozen=True, slots=True)
class DosePlan:
    """What may be given on one dosing day; milligrams of the protocol's salt."""

    dose_number: int
    initial_choices: tuple[Figure, ...]
    supplement_share: Figure  # of the initial dose actually given
    supplement_earliest: Figure  # minutes after the initial dose
    supplement_latest: Figure
    session_maximum: Figure


@dataclass(frozen=True, slots=True)
class VitalSlot:
    """A planned set of vital signs. Minutes count from the initial dose (negative: before it)."""

    code: str
    title: str
    minute: Figure
    measures: tuple[str, ...]  # systolic, diastolic, pulse, temperature, oxygen


@dataclass(frozen=True, slots=True)
class VitalLimit:
    """A threshold. `stage` is before-dose, before-supplement, any-time or close; crossing it means `action`."""

    code: str
    stage: str
    measure: str
    above: bool  # True: crossed when the reading is greater than the limit; False: when it is smaller
    at_limit: bool  # True: also crossed when the reading equals the limit
    limit: Figure
    action: str

    def is_crossed_by(self, reading: float) -> bool:
        if reading == self.limit.value:
            return self.at_limit
        return (reading > self.limit.value) is self.above


@dataclass(frozen=True, slots=True)
class DosingDay:
    """What holds on every dosing day, before and around the doses."""

    fasting: Figure  # hours before the initial dose
    abstain: Figure  # hours without alcohol, cannabis or other psychoactives before the initial dose
    tests_valid: Figure  # hours: pregnancy test, urine drug screen, C-SSRS before the initial dose
    vitals_valid: Figure  # minutes: vital signs before the initial dose
    supplement_vitals_valid: Figure  # minutes: vital signs before the supplement
    late_after: Figure  # minutes after its time a set of vital signs counts as late
    fluid_maximum: Figure  # litres in the session
    stay: Figure  # minutes after the initial dose before a patient may leave or be handed over to the night attendant
    room_list: tuple[str, ...]  # what is set up and checked before the patient comes in
    effects: tuple[str, ...]  # terms of the effects checklist


@dataclass(frozen=True, slots=True)
class Criterion:
    """One requirement for treatment, worded so that "met" is the good answer."""

    code: str
    domain: str  # general, psychiatric, medical
    requirement: str
    question: str  # what the clinician is asked; a yes means the risk is present
    kind: CriterionKind
    evidence: EvidenceKind | None  # None: computed from other records
    # what it is worked out from (see COMPUTED beside the loader); None: answered yes or no
    computed: str | None
    readings: tuple[str, ...]  # what has to be measured for it, where the criterion asks for a list
    limits: dict[str, Figure]
    reach: Reach
    look_back: Figure | None  # months or days, where it reaches back within them
    source: Source
    unverified: str  # what of it nobody has verified although its source is published; empty: nothing
    decided_by: str

    @property
    def not_verified(self) -> tuple[str, ...]:
        """The parts that are not verified although the criterion itself has a source: words and figures."""
        if self.source.mark is Mark.NOT_VERIFIED:
            return ()
        named = {**self.limits, **({"look-back": self.look_back} if self.look_back else {})}
        figures = [
            f"{name.replace('_', ' ')} {figure.value:g} {figure.unit}"
            for name, figure in named.items()
            if figure.source.mark is Mark.NOT_VERIFIED
        ]
        return (*([self.unverified] if self.unverified else []), *figures)


@dataclass(frozen=True, slots=True)
class MeasurePlan:
    code: str  # CAPS-5, PCL-5, C-SSRS
    title: str
    visits: tuple[str, ...]
    by: str  # rater, therapist, patient
    source: Source


@dataclass(frozen=True, slots=True)
class WashoutPolicy:
    half_lives: Figure
    settling: Figure  # days
    choices: dict[str, Figure]  # drug name -> half-life the protocol's owner chose, hours


@dataclass(frozen=True, slots=True)
class HoursBand:
    low: Figure
    high: Figure
    standard_low: Figure
    standard_high: Figure


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of the course and how long it may last: screening, preparation, treatment."""

    code: str
    title: str
    shortest: Figure
    longest: Figure


@dataclass(frozen=True, slots=True)
class StaffRule:
    """Who must be there and what they must hold, in a sentence."""

    code: str
    sentence: str
    source: Source


@dataclass(frozen=True, slots=True)
class PreScreening:
    """Which criteria are asked on the telephone already, and who says so."""

    codes: tuple[str, ...] = ()
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Protocol:
    code: str
    version: int
    title: str
    summary: str
    indications: tuple[str, ...]
    salt: str
    course_maximum: Figure
    periods: tuple[Period, ...]
    staffing: tuple[StaffRule, ...]
    visits: tuple[VisitPlan, ...]  # in the order of the course
    doses: tuple[DosePlan, ...]
    dosing_day: DosingDay
    vital_slots: tuple[VitalSlot, ...]
    vital_limits: tuple[VitalLimit, ...]
    criteria: tuple[Criterion, ...]
    decision_signatures: Figure  # how many physicians sign that somebody is eligible: 1 or 2
    evidence_validity: dict[EvidenceKind, Figure]  # days
    washout: WashoutPolicy
    measures: tuple[MeasurePlan, ...]
    hours: HoursBand
    sources: dict[str, str]  # key -> title
    prescreen: PreScreening = PreScreening()

    def visit(self, code: str) -> VisitPlan:
        """The visit of this code; KeyError when the protocol has none."""
        for visit in self.visits:
            if visit.code == code:
                return visit
        raise KeyError(code)

    def dose(self, number: int) -> DosePlan:
        """The dose plan of a dosing day; KeyError when the protocol has none."""
        for dose in self.doses:
            if dose.dose_number == number:
                return dose
        raise KeyError(number)
