"""Every criterion of a protocol put to one candidate: one finding each, and unknown is never met."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from accounts.rules.findings import Finding, Outcome
from patients.rules.protocol import Criterion, CriterionKind, EvidenceKind, Protocol
from screening.rules import diagnoses
from screening.rules.candidate import Candidate, Piece
from screening.rules.computed import COMPUTED, Answer, Asked
from screening.rules.diagnoses import Diagnosis
from screening.rules.readings import last_name
from screening.rules.washout import Clearance, clearances, judged_outcome, judged_words
from screening.rules.words import PIECES, before, capital, said

# What it means when a requirement is not satisfied, by the kind of criterion.
FAILED = {
    CriterionKind.STOP: Outcome.NOT_MET,
    CriterionKind.HOLD: Outcome.WAITING,
    CriterionKind.JUDGEMENT: Outcome.JUDGEMENT,
}
# What criteria that rest on other records are handed in place of evidence.
NOTHING = Piece(EvidenceKind.HISTORY, date.min)


@dataclass(frozen=True, slots=True)
class Case:
    """One candidate on one day, with what every criterion asks for worked out once."""

    protocol: Protocol
    candidate: Candidate
    as_of: date
    entries: Sequence[Clearance]
    pieces: Mapping[EvidenceKind, tuple[Piece | None, str]]
    listed: tuple[Diagnosis, ...]


def evaluate(
    protocol: Protocol,
    candidate: Candidate,
    *,
    as_of: date,
    entries: Sequence[Clearance] | None = None,
    among: Collection[str] | None = None,
) -> list[Finding]:
    """One finding per criterion of the protocol, in its order.

    `entries`: the medicine list, where it is worked out already. `among`: only the criteria with these codes.
    """
    if entries is None:
        entries = clearances(candidate, protocol.washout, as_of=as_of)
    pieces = {kind: current(protocol, candidate, kind, as_of=as_of) for kind in EvidenceKind}
    case = Case(protocol, candidate, as_of, entries, pieces, diagnoses.of(candidate))
    return [_finding(case, criterion) for criterion in protocol.criteria if among is None or criterion.code in among]


def evidence_findings(protocol: Protocol, candidate: Candidate, *, as_of: date) -> list[Finding]:
    """One finding per piece of evidence: there and current, or unknown."""
    findings = []
    for kind in EvidenceKind:
        piece, trouble = current(protocol, candidate, kind, as_of=as_of)
        code, source = f"evidence-{kind}", protocol.evidence_validity[kind].source
        if piece is None:
            findings.append(Finding(code, Outcome.UNKNOWN, trouble, "", source, "physician"))
            continue
        until = said(piece.taken_on + timedelta(days=protocol.evidence_validity[kind].whole))
        sentence = f"{capital(PIECES[kind])}: recorded, valid until {until}."
        findings.append(Finding(code, Outcome.MET, sentence, f"Taken {said(piece.taken_on)}", source, "physician"))
    return findings


def current(protocol: Protocol, candidate: Candidate, kind: EvidenceKind, *, as_of: date) -> tuple[Piece | None, str]:
    """The piece of evidence that counts on a day, or None and a sentence that says what is wrong with it."""
    piece, name = candidate.piece(kind), PIECES[kind]
    if piece is None:
        return None, f"{capital(name)}: not recorded yet. Without it nobody is eligible."
    if piece.taken_on > as_of:
        return None, f"{capital(name)}: dated {said(piece.taken_on)}, which has not come yet; correct the date."
    last = piece.taken_on + timedelta(days=protocol.evidence_validity[kind].whole)
    if last < as_of:
        return (
            None,
            f"{capital(name)}: taken {said(piece.taken_on)}, valid until {said(last)}; out of date, to be repeated.",
        )
    return piece, ""


def _finding(case: Case, criterion: Criterion) -> Finding:
    evaluation = case.candidate.piece(EvidenceKind.PSYCHIATRIC)
    answer = diagnoses.held(_answer(case, criterion), criterion, case.listed, evaluation, case.as_of)
    outcome, sentence = answer.outcome, answer.sentence
    if outcome is Outcome.NOT_MET:
        outcome = FAILED[criterion.kind]
    if outcome is Outcome.JUDGEMENT:
        if judged := case.candidate.judgement(criterion.code, answer.evidence, as_of=case.as_of):
            outcome, sentence = judged_outcome(judged), f"{sentence} {judged_words(judged)}"
        else:
            sentence = f"{sentence} {capital(criterion.decided_by)} judges it, with a written reason."
    if outcome is not Outcome.UNKNOWN and (parts := criterion.not_verified):
        sentence = f"{sentence} Not verified: {', '.join(parts)}."
    return Finding(criterion.code, outcome, sentence, answer.evidence, criterion.source, criterion.decided_by)


def _answer(case: Case, criterion: Criterion) -> Answer:
    kind, compute = criterion.evidence, None
    if criterion.computed is not None:
        if criterion.computed not in COMPUTED:
            return Answer(
                Outcome.UNKNOWN, f"Nobody can work out “{criterion.computed}” here; the protocol has to be corrected."
            )
        usual, compute = COMPUTED[criterion.computed]
        kind = kind or usual
    piece = NOTHING
    if kind is not None:
        found, trouble = case.pieces[kind]
        if found is None:
            return Answer(Outcome.UNKNOWN, trouble)
        piece = found
    if compute is None:
        return _answered(criterion, piece, case.as_of)
    try:
        answer = compute(
            Asked(
                case.protocol,
                criterion,
                case.candidate,
                piece,
                case.as_of,
                case.entries,
                case.pieces[EvidenceKind.LABORATORY][0],
            )
        )
    except KeyError as missing:
        return Answer(
            Outcome.UNKNOWN, f"The protocol gives {criterion.code} no limit called {missing}; it has to be corrected."
        )
    if answer.evidence or kind is None or answer.outcome not in (Outcome.NOT_MET, Outcome.JUDGEMENT):
        return answer
    # What is judged has a day, also where the answer rests on no reading: the next evidence is judged anew.
    return replace(answer, evidence=f"{capital(PIECES[kind])} of {said(piece.taken_on)}")


def _answered(criterion: Criterion, piece: Piece, as_of: date) -> Answer:
    risk = piece.answers.get(criterion.code)
    if risk is None:
        where = PIECES[piece.kind]
        return Answer(
            Outcome.UNKNOWN, f"“{criterion.question}” has not been answered; ask, and record it in the {where}."
        )
    evidence = f"{capital(PIECES[piece.kind])} of {said(piece.taken_on)}: {'yes' if risk else 'no'}"
    if risk:
        return _of_a_yes(criterion, piece, as_of, evidence)
    return Answer(Outcome.MET, f"{criterion.requirement}.", evidence)


def _of_a_yes(criterion: Criterion, piece: Piece, as_of: date, evidence: str) -> Answer:
    """A yes counts, unless the day on which it was last so lies before the look-back."""
    sentence = f"“{criterion.question}” was answered yes."
    if not (criterion.look_back and (written := piece.words.get(last_name(criterion.code)))):
        return Answer(Outcome.NOT_MET, sentence, evidence)
    last, begins = date.fromisoformat(written), before(as_of, criterion.look_back)
    evidence = f"{evidence}, last {said(last)}"
    if last < begins:
        return Answer(Outcome.MET, f"It was last so on {said(last)}, before {said(begins)}.", evidence)
    if last > as_of:
        return Answer(Outcome.UNKNOWN, f"{sentence} The day, {said(last)}, has not come yet; correct it.", evidence)
    return Answer(Outcome.NOT_MET, f"{sentence} It was last so on {said(last)}.", evidence)
