"""CAPS-5: the clinician-rated measure of PTSD. Scored from the items and never prorated."""

from dataclasses import dataclass

from accounts.rules.findings import Mark, Source
from integration.rules import symptoms
from integration.rules.symptoms import Answers, ClusterScore, Item
from patients.rules.protocol import Figure

CODE = "CAPS-5"
HIGHEST_TOTAL = 80

_PHASE_3_ACCOUNT = Source("Account of the phase 3 results, psychedelicbrainscience.com", Mark.PUBLISHED)
_MEMORY = Source("Phase 3 outcome definition, not yet read in a primary source", Mark.NOT_VERIFIED)

RESPONSE_FROM = Figure(10, "points of drop", _MEMORY)
REMISSION_UP_TO = Figure(11, "points", _MEMORY)
IMPAIRED_FROM = Figure(
    2, "points", Source("CAPS-5 items 23 to 25, not yet read in a primary source", Mark.NOT_VERIFIED)
)

SEVERITY_SCALE = ("Absent", "Mild", "Moderate", "Severe", "Extreme")
YES_NO = ("No", "Yes")

SYMPTOM_ITEMS = symptoms.items(SEVERITY_SCALE)
EVENT = Item("A", "A traumatic event that counts for the diagnosis", YES_NO)
DURATION = Item("F", "Symptoms for more than a month", YES_NO)
IMPAIRMENT_ITEMS = (
    Item("23", "Distress from these symptoms", SEVERITY_SCALE),
    Item("24", "Harm to life with others", SEVERITY_SCALE),
    Item("25", "Harm to work or daily duties", SEVERITY_SCALE),
)
DISSOCIATION_ITEMS = (
    Item("29", "Feeling outside oneself", SEVERITY_SCALE, required=False),
    Item("30", "The world seems unreal", SEVERITY_SCALE, required=False),
)
ITEMS = (EVENT, *SYMPTOM_ITEMS, DURATION, *IMPAIRMENT_ITEMS, *DISSOCIATION_ITEMS)


@dataclass(frozen=True, slots=True)
class Band:
    """A span of totals with a word for it."""

    low: int
    high: int
    name: str


BANDS = (
    Band(0, 10, "Asymptomatic"),
    Band(11, 22, "Mild"),
    Band(23, 34, "Moderate"),
    Band(35, 46, "Severe"),
    Band(47, HIGHEST_TOTAL, "Extreme"),
)
BANDS_SOURCE = _PHASE_3_ACCOUNT


def band(total: int) -> Band:
    """The severity band of a total from 0 to 80; ValueError outside."""
    for candidate in BANDS:
        if candidate.low <= total <= candidate.high:
            return candidate
    raise ValueError(f"A CAPS-5 total lies between 0 and {HIGHEST_TOTAL}, not {total}.")


@dataclass(frozen=True, slots=True)
class Score:
    """One CAPS-5. `total` and `band` are None when a symptom item is missing; `diagnosis` is None when that could decide."""

    total: int | None
    band: Band | None
    clusters: tuple[ClusterScore, ...]
    event: bool | None
    duration: bool | None
    impairment: bool | None
    diagnosis: bool | None
    dissociation: bool | None
    missing: tuple[Item, ...]

    @property
    def remission(self) -> bool | None:
        """No diagnosis and a total of at most 11."""
        low = None if self.total is None else self.total <= REMISSION_UP_TO.value
        without = None if self.diagnosis is None else not self.diagnosis
        return symptoms.all_of([low, without])


def score(answers: Answers) -> Score:
    """Score the answers (item code to points; yes is 1). ValueError for an unknown item or a value off its scale.

    Diagnosis: Criterion A, one intrusion, one avoidance, two mood and two arousal symptoms at 2 or more, a duration of
    more than a month, and distress or impairment at 2 or more.
    """
    symptoms.check(answers, ITEMS)
    rated = [answers.get(item.code) for item in SYMPTOM_ITEMS]
    known = [value for value in rated if value is not None]
    total = sum(known) if len(known) == len(rated) else None
    clusters = symptoms.clusters(answers, SYMPTOM_ITEMS)
    event, duration = _yes(answers, EVENT), _yes(answers, DURATION)
    impairment = symptoms.any_of([_at_least(answers, item, IMPAIRED_FROM) for item in IMPAIRMENT_ITEMS])
    diagnosis = symptoms.all_of([event, *(cluster.met for cluster in clusters), duration, impairment])
    return Score(
        total=total,
        band=None if total is None else band(total),
        clusters=clusters,
        event=event,
        duration=duration,
        impairment=impairment,
        diagnosis=diagnosis,
        dissociation=symptoms.any_of([_at_least(answers, item, symptoms.PRESENT_FROM) for item in DISSOCIATION_ITEMS]),
        missing=symptoms.missing(answers, ITEMS),
    )


def _yes(answers: Answers, item: Item) -> bool | None:
    value = answers.get(item.code)
    return None if value is None else value == 1


def _at_least(answers: Answers, item: Item, figure: Figure) -> bool | None:
    value = answers.get(item.code)
    return None if value is None else value >= figure.value


@dataclass(frozen=True, slots=True)
class Change:
    """From baseline to a later score. The three answers are independent: one may lose the diagnosis without a response."""

    drop: int | None
    response: bool | None
    lost_diagnosis: bool | None
    remission: bool | None


def change(baseline: Score, later: Score) -> Change:
    """Compare two scores. `lost_diagnosis` is None also when there was no diagnosis at baseline: nothing could be lost."""
    drop = None if baseline.total is None or later.total is None else baseline.total - later.total
    lost = None
    if baseline.diagnosis and later.diagnosis is not None:
        lost = not later.diagnosis
    return Change(drop, None if drop is None else drop >= RESPONSE_FROM.value, lost, later.remission)
