"""The difference between two protocols in what they ask of a candidate, each as a sentence with what it does to strictness.

What can be told to be stricter is tightened. Whatever is weaker, and whatever nobody can tell by looking at it (another
reading, another formula, other words of a question), counts as loosened: it wants a signature.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from patients.rules.protocol import Criterion, CriterionKind, Figure, Protocol, Reach

# Which way a limit gets stricter: 1 when the higher figure lets fewer people through, -1 when the lower one does.
STRICTER = {
    "abstain": 1,
    "age": 1,
    "contraception_after": 1,
    "diastolic": -1,
    "female": -1,
    "free_for": 1,
    "ideation": -1,
    "male": -1,
    "months": 1,
    "potassium": 1,
    "report_within": -1,
    "systolic": -1,
    "total": 1,
    "transaminases": -1,
    "uses": -1,
    "weight": 1,
}
# A stop cannot be overridden; a hold ends when it is put right; a judgement may let somebody through at once.
STRENGTH = {CriterionKind.JUDGEMENT: 0, CriterionKind.HOLD: 1, CriterionKind.STOP: 2}
REACH = {Reach.NOW: 0, Reach.WITHIN: 1, Reach.EVER: 2}
DAYS = {"days": 1.0, "months": 365.25 / 12}


class Change(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    TIGHTENED = "tightened"
    LOOSENED = "loosened"


@dataclass(frozen=True, slots=True)
class Difference:
    """One change. `code` is the criterion's, or "evidence", "washout", "signatures"."""

    code: str
    change: Change
    sentence: str

    @property
    def wants_signature(self) -> bool:
        return self.change in (Change.REMOVED, Change.LOOSENED)


def differences(old: Protocol, new: Protocol) -> list[Difference]:
    """What `new` asks otherwise than `old`; empty when it asks the same."""
    before, after = {c.code: c for c in old.criteria}, {c.code: c for c in new.criteria}
    found = [
        Difference(code, Change.REMOVED, f"{code} is gone: {criterion.requirement}.")
        for code, criterion in before.items()
        if code not in after
    ]
    for code, criterion in after.items():
        if code in before:
            found += _of_criterion(before[code], criterion)
        else:
            said = f"{code} is new, {criterion.kind}: {criterion.requirement}."
            found.append(Difference(code, Change.ADDED, said))
    return [*found, *_of_signatures(old, new), *_of_evidence(old, new), *_of_washout(old, new)]


def _of_criterion(old: Criterion, new: Criterion) -> Iterator[Difference]:
    code = new.code
    if old.kind is not new.kind:
        yield _step(code, STRENGTH[new.kind] - STRENGTH[old.kind], f"was {old.kind} and is {new.kind}")
    if (old.reach, old.look_back) != (new.reach, new.look_back):
        yield _step(code, _reached(new) - _reached(old), f"reached back {_back(old)} and reaches back {_back(new)}")
    for name in sorted({*old.limits, *new.limits}):
        yield from _of_limit(code, name, old.limits.get(name), new.limits.get(name))
    gone, come = set(old.readings) - set(new.readings), set(new.readings) - set(old.readings)
    if gone:
        yield _step(code, -1, f"no longer asks for {', '.join(sorted(gone))}")
    if come:
        yield _step(code, 1, f"asks for {', '.join(sorted(come))} too")
    for what, was, now in (
        ("is worked out from", old.computed, new.computed),
        ("rests on", old.evidence, new.evidence),
        ("requires", old.requirement, new.requirement),
        ("asks", old.question, new.question),
        ("is decided by", old.decided_by, new.decided_by),
    ):
        if was != now:
            yield _step(code, -1, f"{what} “{now or 'nothing'}” instead of “{was or 'nothing'}”")


def _of_limit(code: str, name: str, old: Figure | None, new: Figure | None) -> Iterator[Difference]:
    words = name.replace("_", " ")
    if old is None or new is None:
        if old is not new:
            yield _step(code, -1, f"{'loses' if new is None else 'gets'} the limit {words}")
    elif (old.value, old.unit) != (new.value, new.unit):
        way = STRICTER.get(name, 0) if old.unit == new.unit else 0
        sentence = f"has the limit {words} {new.value:g} {new.unit} instead of {old.value:g} {old.unit}"
        yield _step(code, way * (new.value - old.value) if way else -1, sentence)


def _of_signatures(old: Protocol, new: Protocol) -> Iterator[Difference]:
    was, now = old.decision_signatures, new.decision_signatures
    if was.value != now.value:
        sentence = f"to eligibility wants {now.value:g} {now.unit} instead of {was.value:g}"
        yield _step("signatures", now.value - was.value, sentence, "The decision")


def _of_evidence(old: Protocol, new: Protocol) -> Iterator[Difference]:
    for kind, was in old.evidence_validity.items():
        now = new.evidence_validity[kind]
        if was.value != now.value:
            sentence = f"of {kind} counts for {now.value:g} {now.unit} instead of {was.value:g}"
            yield _step("evidence", was.value - now.value, sentence, "Evidence")


def _of_washout(old: Protocol, new: Protocol) -> Iterator[Difference]:
    for name, was, now in (
        ("half-lives", old.washout.half_lives, new.washout.half_lives),
        ("days to settle", old.washout.settling, new.washout.settling),
    ):
        if was.value != now.value:
            sentence = f"takes {now.value:g} {name} instead of {was.value:g}"
            yield _step("washout", now.value - was.value, sentence, "Washout")
    for drug in sorted({*old.washout.choices, *new.washout.choices}):
        was_chosen, now_chosen = old.washout.choices.get(drug), new.washout.choices.get(drug)
        if was_chosen and now_chosen and was_chosen.value != now_chosen.value:
            sentence = f"of {drug} counts with {now_chosen.value:g} h instead of {was_chosen.value:g} h"
            yield _step("washout", now_chosen.value - was_chosen.value, sentence, "Washout")
        elif (was_chosen is None) is not (now_chosen is None):
            sentence = f"of {drug} {'no longer chooses' if was_chosen else 'chooses'} a half-life of its own"
            yield _step("washout", -1, sentence, "Washout")


def _step(code: str, way: float, sentence: str, name: str = "") -> Difference:
    """Tightened when `way` is above zero, loosened otherwise."""
    change = Change.TIGHTENED if way > 0 else Change.LOOSENED
    return Difference(code, change, f"{name or code} {sentence}: {change}.")


def _reached(criterion: Criterion) -> float:
    """How far back, in days; ever is further than any look-back."""
    if criterion.look_back is None:
        return 1e9 * REACH[criterion.reach]
    return 1 + criterion.look_back.value * DAYS[criterion.look_back.unit]


def _back(criterion: Criterion) -> str:
    if criterion.look_back is None:
        return "for ever" if criterion.reach is Reach.EVER else "to now"
    return f"{criterion.look_back.value:g} {criterion.look_back.unit}"
