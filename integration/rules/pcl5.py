"""PCL-5: the twenty symptoms as the patient rates them, over the past month. It has no severity bands."""

from dataclasses import dataclass

from accounts.rules.findings import Mark, Source
from integration.rules import symptoms
from integration.rules.symptoms import Answers, ClusterScore, Item
from patients.rules.protocol import Figure

CODE = "PCL-5"
HIGHEST_TOTAL = 80

_GUIDE = Source("PCL-5 scoring, comorbidityguidelines.org.au and QxMD", Mark.PUBLISHED)

CUT_LOW = Figure(31, "points", _GUIDE)
CUT_HIGH = Figure(33, "points", _GUIDE)
RELIABLE_FROM = Figure(5, "points of change", _GUIDE)
MEANINGFUL_FROM = Figure(10, "points of change", _GUIDE)
MOST_MISSING = Figure(10, "% of the items", Source("Proposal; the clinic decides", Mark.CLINIC))

BOTHERED_SCALE = ("Not at all", "A little bit", "Moderately", "Quite a bit", "Extremely")
ITEMS = symptoms.items(BOTHERED_SCALE)


@dataclass(frozen=True, slots=True)
class Score:
    """One PCL-5. With at most a tenth of the items missing the total is prorated and says so; beyond, there is none."""

    total: int | None
    prorated: bool
    clusters: tuple[ClusterScore, ...]
    provisional_diagnosis: bool | None
    missing: tuple[Item, ...]

    @property
    def above_cut(self) -> bool | None:
        """True above 33, False below 31, None between, where sources disagree, or without a total."""
        if self.total is None or CUT_LOW.value <= self.total <= CUT_HIGH.value:
            return None
        return self.total > CUT_HIGH.value


def score(answers: Answers) -> Score:
    """Score the answers (item code to points). ValueError for an unknown item or a value outside 0 to 4."""
    symptoms.check(answers, ITEMS)
    known = [value for item in ITEMS if (value := answers.get(item.code)) is not None]
    absent = len(ITEMS) - len(known)
    total = None
    if absent * 100 <= MOST_MISSING.value * len(ITEMS):
        total = (2 * sum(known) * len(ITEMS) + len(known)) // (2 * len(known))  # the nearest whole point, half up
    clusters = symptoms.clusters(answers, ITEMS)
    return Score(
        total=total,
        prorated=total is not None and absent > 0,
        clusters=clusters,
        provisional_diagnosis=symptoms.all_of([cluster.met for cluster in clusters]),
        missing=symptoms.missing(answers, ITEMS),
    )


@dataclass(frozen=True, slots=True)
class Change:
    """`points` is negative when the patient is better. `reliable` and `meaningful` hold in either direction."""

    points: int | None
    reliable: bool | None
    meaningful: bool | None


def change(baseline: Score, later: Score) -> Change:
    """Compare two scores; unknown when either has no total."""
    if baseline.total is None or later.total is None:
        return Change(None, None, None)
    points = later.total - baseline.total
    return Change(points, abs(points) >= RELIABLE_FROM.value, abs(points) >= MEANINGFUL_FROM.value)
