"""What is missing for a verdict: what exactly, who can supply it, and by when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from accounts.rules.findings import Finding, Outcome
from patients.rules.protocol import Criterion, EvidenceKind, Protocol
from screening.rules.candidate import Candidate
from screening.rules.criteria import current
from screening.rules.words import PIECES

# Who records a piece of evidence (the access table has the same), and where what is no evidence comes from.
RECORDS = "physician or a therapist of the pair"
SUPPLIES = {
    EvidenceKind.HISTORY: RECORDS,
    EvidenceKind.EXAMINATION: RECORDS,
    EvidenceKind.LABORATORY: f"the laboratory, recorded by the {RECORDS}",
    EvidenceKind.ECG: RECORDS,
    EvidenceKind.PSYCHIATRIC: RECORDS,
}
CHART = "coordinator or physician"
PRESCRIBER = "prescriber"
NOBODY = "nobody: it ends by itself"
PERIOD = "screening"


@dataclass(frozen=True, slots=True)
class Missing:
    """`by`: afterwards other evidence is out of date or the protocol's time for screening is over."""

    code: str
    what: str
    who: str
    by: date


def missing(
    protocol: Protocol, candidate: Candidate, findings: Iterable[Finding], *, until: date | None, as_of: date
) -> tuple[Missing, ...]:
    """One entry per finding that waits for something. `until` is the clear-from date of the medicines."""
    by, criteria = deadline(protocol, candidate, as_of=as_of), {c.code: c for c in protocol.criteria}
    waiting = [finding for finding in findings if finding.outcome in (Outcome.UNKNOWN, Outcome.WAITING)]
    return tuple(
        _missing(protocol, candidate, finding, criteria.get(finding.code), until, by, as_of) for finding in waiting
    )


def deadline(protocol: Protocol, candidate: Candidate, *, as_of: date) -> date:
    """The last day on which nothing that is there has run out, and on which the protocol still lets screening go on."""
    taken = {kind: piece.taken_on for kind, piece in candidate.evidence.items() if piece.taken_on <= as_of}
    ends = [day + timedelta(days=protocol.evidence_validity[kind].whole) for kind, day in taken.items()]
    began = candidate.began_on or min(taken.values(), default=as_of)
    ends += [began + timedelta(days=period.longest.whole) for period in protocol.periods if period.code == PERIOD]
    return min((day for day in ends if day >= as_of), default=as_of)


def _missing(
    protocol: Protocol,
    candidate: Candidate,
    finding: Finding,
    criterion: Criterion | None,
    until: date | None,
    by: date,
    as_of: date,
) -> Missing:
    code = finding.code
    if code == "medicine-list":
        return Missing(code, "the medicine list, gone through with the patient", RECORDS, by)
    if code.startswith(("medicine-", "unlisted-")) or (criterion and criterion.computed in ("medicines", "boosters")):
        if finding.outcome is Outcome.WAITING and until:
            return Missing(code, "the end of the washout", NOBODY, until)
        return Missing(code, "what is taken, and the day of the last dose", PRESCRIBER, by)
    if code.startswith("evidence-"):
        kind = EvidenceKind(code.removeprefix("evidence-"))
        return Missing(code, PIECES[kind], SUPPLIES[kind], by)
    if criterion is None:
        return Missing(code, "consent to treatment", f"the patient, explained by the {RECORDS}", by)
    if criterion.evidence is None:
        return Missing(code, criterion.requirement, CHART, by)
    there, _ = current(protocol, candidate, criterion.evidence, as_of=as_of)
    what = PIECES[criterion.evidence] if there is None else finding.sentence
    return Missing(code, what, SUPPLIES[criterion.evidence], by)
