"""The twenty symptoms of PTSD that CAPS-5 and PCL-5 both ask about, and the counting that both share.

The names are ours and short; the wording of the instruments is not copied.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from accounts.rules.findings import Mark, Source
from patients.rules.protocol import Figure

Answers = Mapping[str, int | None]

NCPTSD = Source("National Center for PTSD, training for the CAPS-5 and PCL-5", Mark.PUBLISHED)

LOWEST, HIGHEST = 0, 4
PRESENT_FROM = Figure(2, "points", NCPTSD)


class Cluster(StrEnum):
    INTRUSION = "B"
    AVOIDANCE = "C"
    MOOD = "D"
    AROUSAL = "E"


CLUSTER_NAMES: dict[Cluster, str] = {
    Cluster.INTRUSION: "Intrusion",
    Cluster.AVOIDANCE: "Avoidance",
    Cluster.MOOD: "Thoughts and mood",
    Cluster.AROUSAL: "Arousal and reactivity",
}

NEEDED: dict[Cluster, Figure] = {
    Cluster.INTRUSION: Figure(1, "symptoms", NCPTSD),
    Cluster.AVOIDANCE: Figure(1, "symptoms", NCPTSD),
    Cluster.MOOD: Figure(2, "symptoms", NCPTSD),
    Cluster.AROUSAL: Figure(2, "symptoms", NCPTSD),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to rate. `scale` names the meaning of 0, 1, 2 ... in order."""

    code: str
    label: str
    scale: tuple[str, ...]
    cluster: Cluster | None = None
    required: bool = True

    @property
    def choices(self) -> tuple[tuple[int, str], ...]:
        return tuple(enumerate(self.scale))


SYMPTOMS: tuple[tuple[Cluster, str], ...] = (
    (Cluster.INTRUSION, "Unwanted memories"),
    (Cluster.INTRUSION, "Distressing dreams"),
    (Cluster.INTRUSION, "Reliving, flashbacks"),
    (Cluster.INTRUSION, "Distress at reminders"),
    (Cluster.INTRUSION, "Bodily reactions to reminders"),
    (Cluster.AVOIDANCE, "Avoiding thoughts and feelings"),
    (Cluster.AVOIDANCE, "Avoiding people, places, things"),
    (Cluster.MOOD, "Gaps in memory of the event"),
    (Cluster.MOOD, "Harsh beliefs about self, others, world"),
    (Cluster.MOOD, "Distorted blame"),
    (Cluster.MOOD, "Persistent fear, anger, guilt, shame"),
    (Cluster.MOOD, "Loss of interest"),
    (Cluster.MOOD, "Feeling cut off from others"),
    (Cluster.MOOD, "Unable to feel joy or love"),
    (Cluster.AROUSAL, "Irritability, outbursts"),
    (Cluster.AROUSAL, "Reckless or self-harming acts"),
    (Cluster.AROUSAL, "Constantly on guard"),
    (Cluster.AROUSAL, "Strong startle"),
    (Cluster.AROUSAL, "Trouble concentrating"),
    (Cluster.AROUSAL, "Disturbed sleep"),
)


def items(scale: tuple[str, ...]) -> tuple[Item, ...]:
    """The twenty symptom items, coded "1" to "20", on this scale."""
    return tuple(Item(str(number), label, scale, cluster) for number, (cluster, label) in enumerate(SYMPTOMS, 1))


def check(answers: Answers, asked: tuple[Item, ...]) -> None:
    """ValueError for an answer to something not asked, or outside its scale. A missing answer is no error."""
    by_code = {item.code: item for item in asked}
    for code, value in answers.items():
        if code not in by_code:
            raise ValueError(f"There is no item {code}.")
        highest = len(by_code[code].scale) - 1
        if value is not None and not LOWEST <= value <= highest:
            raise ValueError(f"Item {code} must be between {LOWEST} and {highest}, not {value}.")


def missing(answers: Answers, asked: tuple[Item, ...]) -> tuple[Item, ...]:
    """The required items without an answer, in order."""
    return tuple(item for item in asked if item.required and answers.get(item.code) is None)


@dataclass(frozen=True, slots=True)
class ClusterScore:
    """One cluster: `total` only when every item was answered; `met` is unknown when the missing items could decide."""

    cluster: Cluster
    total: int | None
    present: int
    missing: int

    @property
    def name(self) -> str:
        return CLUSTER_NAMES[self.cluster]

    @property
    def needed(self) -> int:
        return NEEDED[self.cluster].whole

    @property
    def met(self) -> bool | None:
        if self.present >= self.needed:
            return True
        if self.present + self.missing < self.needed:
            return False
        return None


def clusters(answers: Answers, asked: tuple[Item, ...]) -> tuple[ClusterScore, ...]:
    """The four clusters, counted from the symptom items among `asked`."""
    scores = []
    for cluster in Cluster:
        values = [answers.get(item.code) for item in asked if item.cluster is cluster]
        known = [value for value in values if value is not None]
        scores.append(
            ClusterScore(
                cluster,
                sum(known) if len(known) == len(values) else None,
                sum(value >= PRESENT_FROM.value for value in known),
                len(values) - len(known),
            )
        )
    return tuple(scores)


def all_of(parts: list[bool | None]) -> bool | None:
    """Three-valued and: one no is no, else one unknown is unknown."""
    if False in parts:
        return False
    return None if None in parts else True


def any_of(parts: list[bool | None]) -> bool | None:
    """Three-valued or: one yes is yes, else one unknown is unknown."""
    if True in parts:
        return True
    return None if None in parts else False
