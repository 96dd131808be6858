"""The physician's decision: what stands in the way of signing it, and whether it still stands."""

from dataclasses import dataclass
from datetime import date

from accounts.rules.findings import WRONG_PASSWORD, Finding, Outcome, refusal
from screening.rules.candidate import Candidate, Inputs, changes, inputs
from screening.rules.verdict import Verdict
from screening.rules.words import said

# What a decision does to the course: (state, eligible) -> the states it moves through. Absent: it may not be decided.
MOVES: dict[tuple[str, bool], tuple[str, ...]] = {
    ("screening", True): ("eligible",),
    ("screening", False): ("excluded",),
    ("eligible", True): (),
    ("eligible", False): ("excluded",),
    ("in_treatment", True): (),
    ("in_treatment", False): (),
    ("excluded", True): ("screening", "eligible"),
}


@dataclass(frozen=True, slots=True)
class Signed:
    """A decision as it was signed."""

    eligible: bool
    by: str
    on: date
    inputs: Inputs
    protocol: str  # hash of the protocol's text
    signer: int = 0  # key of who signed
    waits_for_second: bool = False  # the protocol wants two signatures, and this is the first


@dataclass(frozen=True, slots=True)
class Signing:
    """What a physician is about to sign."""

    eligible: bool
    reason: str
    is_physician: bool
    password_right: bool
    seen: str  # fingerprint of what the page showed
    now: str  # fingerprint of what is there


def refusals(state: str, verdict: Verdict, signing: Signing) -> list[Finding]:
    """Every reason why this decision may not be signed; empty when it may."""
    reasons = []
    if not signing.is_physician:
        reasons.append(refusal("not-physician", "Only a physician of the clinic decides."))
    if (state, signing.eligible) not in MOVES:
        words = state.replace("_", " ")
        answer = "that the patient may be treated" if signing.eligible else "against treatment"
        reasons.append(refusal("state", f"The course is {words}: it cannot be decided {answer}."))
    if signing.seen != signing.now:
        reasons.append(
            refusal("changed", "Something was recorded since you opened the page. Read it again, then sign.")
        )
    if signing.eligible:
        reasons += verdict.blockers
    elif not signing.reason.strip():
        reasons.append(refusal("reason", "Write down why the patient is not treated."))
    if not signing.password_right:
        reasons.append(WRONG_PASSWORD)
    return reasons


def seconds(first: Signed | None, *, signer: int, candidate: Candidate, protocol: str) -> bool:
    """Whether a yes by `signer` is the second signature: of another physician, about exactly what the first one signed."""
    return (
        first is not None
        and first.eligible
        and first.waits_for_second
        and first.signer != signer
        and first.protocol == protocol
        and first.inputs == inputs(candidate)
    )


def overtaken(signed: Signed, candidate: Candidate, protocol: str) -> list[str]:
    """What has changed underneath a decision since it was signed, a sentence each; empty while it stands on the same facts."""
    differences = changes(signed.inputs, inputs(candidate))
    if signed.protocol != protocol:
        differences.append("The protocol is another.")
    return differences


def standing(signed: Signed | None, candidate: Candidate, protocol: str) -> Finding:
    """Whether the newest decision still lets treatment go on."""
    code, decides = "decision", "physician"
    if signed is None:
        sentence = "No physician has decided yet whether this patient may be treated."
        return Finding(code, Outcome.UNKNOWN, sentence, decided_by=decides)
    evidence = f"Signed by {signed.by}, {said(signed.on)}"
    if not signed.eligible:
        return Finding(code, Outcome.NOT_MET, "A physician decided against treatment.", evidence, decided_by=decides)
    if differences := overtaken(signed, candidate, protocol):
        sentence = f"The decision no longer stands, a physician decides again. {' '.join(differences)}"
        return Finding(code, Outcome.UNKNOWN, sentence, evidence, decided_by=decides)
    if signed.waits_for_second:
        sentence = "The protocol asks for two physicians: another one signs too."
        return Finding(code, Outcome.UNKNOWN, sentence, evidence, decided_by="another physician")
    return Finding(
        code, Outcome.MET, "A physician decided that this patient may be treated.", evidence, decided_by=decides
    )
