"""One criterion put to a candidate: the answers there are, and candidates with other readings."""

from dataclasses import replace

from accounts.rules.findings import Mark, Outcome, Source
from patients.rules.protocol import Criterion, CriterionKind, EvidenceKind, Figure, Reach
from screening.rules.candidate import JudgementFact
from screening.rules.criteria import evaluate
from tests.rules.screening.people import TODAY, healthy, mapp3, with_piece

MET, NOT_MET, UNKNOWN = Outcome.MET, Outcome.NOT_MET, Outcome.UNKNOWN
WAITING, JUDGEMENT = Outcome.WAITING, Outcome.JUDGEMENT
EXAM, ECG, LAB = EvidenceKind.EXAMINATION, EvidenceKind.ECG, EvidenceKind.LABORATORY
MIND, HISTORY = EvidenceKind.PSYCHIATRIC, EvidenceKind.HISTORY
SOURCE = Source("A document", Mark.CLINIC)
FAILED = {CriterionKind.STOP: NOT_MET, CriterionKind.HOLD: WAITING, CriterionKind.JUDGEMENT: JUDGEMENT}


def outcome(code, candidate, protocol=None, as_of=TODAY):
    return finding(code, candidate, protocol, as_of).outcome


def finding(code, candidate, protocol=None, as_of=TODAY):
    [found] = [f for f in evaluate(protocol or mapp3(), candidate, as_of=as_of) if f.code == code]
    return found


def protocol_with(**changes):
    """A protocol whose only criterion is the one described."""
    fields = {
        "code": "X1",
        "domain": "medical",
        "requirement": "All is well",
        "question": "Is anything wrong?",
        "kind": CriterionKind.STOP,
        "evidence": None,
        "computed": None,
        "readings": (),
        "limits": {},
        "reach": Reach.NOW,
        "look_back": None,
        "source": SOURCE,
        "unverified": "",
        "decided_by": "physician",
    }
    return replace(mapp3(), criteria=(Criterion(**{**fields, **changes}),))


def limits(**values):
    return {name: Figure(value, "", SOURCE) for name, value in values.items()}


def numbers(kind, **values):
    return with_piece(healthy(), kind, numbers=values)


def words(kind, **values):
    return with_piece(healthy(), kind, words=values)


A, B, C = "2026-03-10", "2026-03-15", "2026-03-20"


def pressure(*readings):
    numbers = {f"{name}_{n}": None for n in (1, 2, 3) for name in ("systolic", "diastolic")}
    words = {f"day_{n}": None for n in (1, 2, 3)}
    for n, (systolic, diastolic, day) in enumerate(readings, start=1):
        numbers |= {f"systolic_{n}": systolic, f"diastolic_{n}": diastolic}
        words[f"day_{n}"] = day
    return with_piece(healthy(), EXAM, numbers=numbers, words=words)


def tracing(sex="female", **numbers):
    known = numbers.get("rr") or (numbers.get("rate") and 60_000 / numbers["rate"]) or 1000
    numbers = {"qt": None, "rr": known, "rate": 60_000 / known, **numbers}
    rhythm = numbers.pop("rhythm", "sinus")
    return replace(with_piece(healthy(), ECG, numbers=numbers, words={"rhythm": rhythm}), sex=sex)


def yes(code, kind, last):
    """Answered yes, last so on a day."""
    return with_piece(healthy(), kind, answers={code: True}, words={f"last-{code}": last})


def judged(code, about, acceptable=True):
    return JudgementFact(code, about, acceptable, "Brother, one episode at 60.", "Dr Ash", TODAY)
