"""The answer of every rule: a finding, which is a sentence with its evidence, its source and who may decide."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    """How far a figure can be trusted."""

    PUBLISHED = "published"
    BRIEF = "brief"
    CLINIC = "clinic's own"
    NOT_VERIFIED = "not verified"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a figure or a criterion comes from."""

    document: str
    mark: Mark


class Outcome(StrEnum):
    """What a rule found. Every requirement is worded so that MET is the good answer; unknown never counts as met."""

    NOT_MET = "not met"
    UNKNOWN = "unknown"
    WAITING = "waiting"
    JUDGEMENT = "for judgement"
    MET = "met"


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason, for a clinician to read: the sentence names the fact and the remedy."""

    code: str
    outcome: Outcome
    sentence: str
    evidence: str = ""
    source: Source | None = None
    decided_by: str = ""

    @property
    def blocks(self) -> bool:
        return self.outcome is not Outcome.MET


class Refused(Exception):
    """An action was not taken. Carries every reason, not the first."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__(" ".join(finding.sentence for finding in self.findings))


def refusal(code: str, sentence: str) -> Finding:
    """A plain stop that needs no source: a lost race, a missing name, a state that does not allow the step."""
    return Finding(code, Outcome.NOT_MET, sentence)


WRONG_PASSWORD = refusal("password", "The password is not right. Enter your own to sign.")
