"""The whole answer: may this candidate begin? Every finding is given, and only when none blocks is anybody eligible."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from accounts.rules.findings import Finding, Outcome
from patients.rules.protocol import Protocol
from screening.rules import washout
from screening.rules.candidate import Candidate, ConsentKind
from screening.rules.computed import medicine_list
from screening.rules.criteria import evaluate, evidence_findings
from screening.rules.missing import Missing, missing
from screening.rules.washout import Clearance
from screening.rules.words import counted, said


class Standing(StrEnum):
    ELIGIBLE = "eligible"
    NOT_ELIGIBLE = "not eligible"
    ON_HOLD = "on hold"
    WASHOUT = "washout running"
    JUDGEMENT = "needs judgement"


# How the command `screen` ends.
EXIT = {
    Standing.ELIGIBLE: 0,
    Standing.NOT_ELIGIBLE: 3,
    Standing.ON_HOLD: 4,
    Standing.WASHOUT: 4,
    Standing.JUDGEMENT: 4,
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """`until` is the clear-from date while a washout is the thing that is waited for."""

    standing: Standing
    sentence: str
    findings: tuple[Finding, ...]
    until: date | None
    missing: tuple[Missing, ...]
    reasons: tuple[Finding, ...]  # what blocks, with the medicines as one reason, as a list of reasons says them

    @property
    def blockers(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.blocks)

    @property
    def judges(self) -> tuple[str, ...]:
        """Whose judgement is asked for."""
        asked = [finding.decided_by for finding in self.findings if finding.outcome is Outcome.JUDGEMENT]
        return tuple(dict.fromkeys(asked))


def judge(protocol: Protocol, candidate: Candidate, *, as_of: date) -> Verdict:
    """Put one candidate to one protocol on one day."""
    entries = washout.clearances(candidate, protocol.washout, as_of=as_of)
    findings = _findings(protocol, candidate, entries, as_of)
    until = washout.clear_from(entries, as_of=as_of)
    planned = any(washout.is_planned(entry.medicine, as_of) for entry in entries if entry.finding.blocks)
    running = {entry.finding.code for entry in entries}
    running |= {criterion.code for criterion in protocol.criteria if criterion.computed in ("medicines", "boosters")}
    blockers = [finding for finding in findings if finding.blocks]
    standing = _standing(blockers, running, until)
    return Verdict(
        standing=standing,
        sentence=_sentence(standing, findings, until, planned=planned),
        findings=findings,
        until=until if standing is Standing.WASHOUT else None,
        missing=missing(protocol, candidate, findings, until=until, as_of=as_of),
        reasons=_reasons(protocol, findings, entries),
    )


def reasons(
    protocol: Protocol, candidate: Candidate, *, as_of: date, among: Collection[str] | None = None
) -> tuple[Finding, ...]:
    """The `reasons` of the verdict alone, at half its cost, for pages that ask about hundreds of candidates and days.

    `among`: only those with these codes, at a fraction of it where they are few.
    """
    entries = washout.clearances(candidate, protocol.washout, as_of=as_of)
    asked = None if among is None else {*among, *_together(protocol)}
    found = _reasons(protocol, _findings(protocol, candidate, entries, as_of, asked), entries)
    return found if among is None else tuple(finding for finding in found if finding.code in among)


def consent(candidate: Candidate, *, as_of: date) -> Finding:
    """Consent to treatment: the newest one given by the day, understood and not withdrawn."""
    code, decides = "consent", "physician"
    given = [one for one in candidate.consents if one.kind is ConsentKind.TREATMENT and one.given_on <= as_of]
    if not given:
        sentence = "Consent to treatment has not been given; explain it and record it."
        return Finding(code, Outcome.UNKNOWN, sentence, decided_by=decides)
    newest = given[-1]
    evidence = f"Version {newest.version}, given {said(newest.given_on)}"
    if newest.withdrawn_on:
        sentence = f"Consent to treatment was withdrawn on {said(newest.withdrawn_on)}."
        return Finding(code, Outcome.NOT_MET, sentence, evidence, decided_by=decides)
    if not newest.understood:
        sentence = (
            "Consent was given, but the understanding check was not passed; explain it again and record a new consent."
        )
        return Finding(code, Outcome.UNKNOWN, sentence, evidence, decided_by=decides)
    if newest.doubt:
        sentence = f"Consent to treatment no longer counts. {newest.doubt}"
        return Finding(code, Outcome.UNKNOWN, sentence, evidence, decided_by=decides)
    return Finding(code, Outcome.MET, "Consent to treatment was given and understood.", evidence, decided_by=decides)


def _findings(
    protocol: Protocol,
    candidate: Candidate,
    entries: Sequence[Clearance],
    as_of: date,
    among: Collection[str] | None = None,
) -> tuple[Finding, ...]:
    """Every finding; `among`: of the criteria only those with these codes."""
    return (
        *evidence_findings(protocol, candidate, as_of=as_of),
        *evaluate(protocol, candidate, as_of=as_of, entries=entries, among=among),
        _listed(candidate),
        *(entry.finding for entry in entries),
        consent(candidate, as_of=as_of),
    )


def _listed(candidate: Candidate) -> Finding:
    answer = medicine_list(candidate)
    return Finding("medicine-list", answer.outcome, answer.sentence, answer.evidence, decided_by="physician")


def _reasons(protocol: Protocol, findings: Sequence[Finding], entries: Sequence[Clearance]) -> tuple[Finding, ...]:
    """What blocks, without single medicines where the protocol's criterion about all of them blocks too."""
    blockers = tuple(finding for finding in findings if finding.blocks)
    if not _together(protocol) & {finding.code for finding in blockers}:
        return blockers
    medicines = {entry.finding.code for entry in entries}
    return tuple(finding for finding in blockers if finding.code not in medicines)


def _together(protocol: Protocol) -> set[str]:
    """The criteria about all medicines at once."""
    return {criterion.code for criterion in protocol.criteria if criterion.computed == "medicines"}


def _standing(blockers: list[Finding], running: set[str], until: date | None) -> Standing:
    outcomes = {finding.outcome for finding in blockers}
    if not blockers:
        return Standing.ELIGIBLE
    if Outcome.NOT_MET in outcomes:
        return Standing.NOT_ELIGIBLE
    waiting = {finding.code for finding in blockers if finding.outcome is Outcome.WAITING}
    if Outcome.UNKNOWN in outcomes or waiting - running or (waiting and until is None):
        return Standing.ON_HOLD
    return Standing.WASHOUT if waiting else Standing.JUDGEMENT


def _sentence(standing: Standing, findings: tuple[Finding, ...], until: date | None, *, planned: bool) -> str:
    def many(*outcomes: Outcome) -> int:
        return sum(finding.outcome in outcomes for finding in findings)

    if standing is Standing.ELIGIBLE:
        return "Every requirement is met."
    if standing is Standing.NOT_ELIGIBLE:
        return f"{counted(many(Outcome.NOT_MET), 'stop')}. A stop has no override in a chart."
    to_judge = many(Outcome.JUDGEMENT)
    if standing is Standing.JUDGEMENT:
        return f"{counted(to_judge, 'finding')} to be judged, with a written reason each."
    besides = f"{counted(to_judge, 'finding')} to be judged" if to_judge else ""
    if standing is Standing.WASHOUT and until:
        plan = " if the last dose is taken as planned" if planned else ""
        return f"Until {said(until)}{plan}; {besides or 'no other requirement is open'}."
    still_open = f"{counted(many(Outcome.UNKNOWN, Outcome.WAITING), 'requirement')} still open"
    return f"{still_open}, {besides}." if besides else f"{still_open}."
