"""Everything that is known about one candidate on one day. Frozen values; what is not known is absent or None."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from patients.rules.protocol import EvidenceKind


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of evidence as it was recorded last."""

    kind: EvidenceKind
    taken_on: date
    answers: Mapping[str, bool] = field(default_factory=dict)  # criterion code -> is the risk present; absent: unknown
    numbers: Mapping[str, float] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MedicineFact:
    """A medicine of the chart. `ongoing` None: nobody has said whether it is still taken."""

    name: str
    dose: str = ""
    regular: bool = True
    ongoing: bool | None = None
    last_dose_on: date | None = None
    started_on: date | None = None

    @property
    def said(self) -> str:
        """The medicine as a clinician would say it; a judgement about it holds for these very words."""
        use = "regular" if self.regular else "as needed"
        if self.last_dose_on:
            taken = f"last dose {self.last_dose_on:%-d %b %Y}"
        else:
            taken = "ongoing" if self.ongoing else "last dose not known"
        if self.ongoing and self.last_dose_on:
            taken += ", ongoing"
        return ", ".join(part for part in (f"{self.name} {self.dose}".strip(), use, taken) if part)


class ConsentKind(StrEnum):
    TREATMENT = "treatment"
    RECORDING = "recording"
    TOUCH = "touch"
    SHARING = "data sharing"


@dataclass(frozen=True, slots=True)
class ConsentFact:
    kind: ConsentKind
    version: str
    given_on: date
    understood: bool
    withdrawn_on: date | None = None
    doubt: str = ""  # why it no longer counts although it was given and understood


@dataclass(frozen=True, slots=True)
class JudgementFact:
    """A named clinician's written answer to one finding, good only for the evidence it was written about."""

    code: str
    about: str
    acceptable: bool
    reason: str
    by: str
    on: date


@dataclass(frozen=True, slots=True)
class Candidate:
    born_on: date | None
    sex: str | None  # female, male or None: which QT limit applies
    contact_named: bool | None = None
    poor_metaboliser: bool = False
    dosed_on: date | None = None  # the last dosing day that was held
    evidence: Mapping[EvidenceKind, Piece] = field(default_factory=dict)
    medicines: tuple[MedicineFact, ...] = ()
    consents: tuple[ConsentFact, ...] = ()
    judgements: tuple[JudgementFact, ...] = ()
    began_on: date | None = None  # the day screening began

    def piece(self, kind: EvidenceKind) -> Piece | None:
        return self.evidence.get(kind)

    def judgement(self, code: str, about: str, *, as_of: date) -> JudgementFact | None:
        """The newest judgement written about exactly this evidence by a day."""
        about_it = [judged for judged in self.judgements if judged.code == code and judged.about == about]
        fitting = [judged for judged in about_it if judged.on <= as_of]
        return fitting[-1] if fitting else None


def is_poor_metaboliser(evidence: Mapping[EvidenceKind, Piece]) -> bool:
    """Whether the laboratory found a CYP2D6 poor metaboliser."""
    laboratory = evidence.get(EvidenceKind.LABORATORY)
    return laboratory is not None and laboratory.words.get("cyp2d6") == "poor"


Inputs = dict[str, object]


def inputs(candidate: Candidate) -> Inputs:
    """Everything that a decision rests on, as plain values that can be kept beside it."""
    return {
        "born_on": _iso(candidate.born_on),
        "sex": candidate.sex,
        "contact_named": candidate.contact_named,
        "poor_metaboliser": candidate.poor_metaboliser,
        "dosed_on": _iso(candidate.dosed_on),
        "began_on": _iso(candidate.began_on),
        "evidence": {
            kind.value: {
                "taken_on": piece.taken_on.isoformat(),
                "answers": dict(sorted(piece.answers.items())),
                "numbers": dict(sorted(piece.numbers.items())),
                "words": dict(sorted(piece.words.items())),
            }
            for kind, piece in sorted(candidate.evidence.items())
        },
        "medicines": sorted(medicine.said for medicine in candidate.medicines),
        "consents": [
            {
                "kind": consent.kind.value,
                "version": consent.version,
                "given_on": consent.given_on.isoformat(),
                "understood": consent.understood,
                "withdrawn_on": _iso(consent.withdrawn_on),
                "doubt": consent.doubt,
            }
            for consent in candidate.consents
        ],
        "judgements": [
            {
                "code": judged.code,
                "about": judged.about,
                "acceptable": judged.acceptable,
                "reason": judged.reason,
                "by": judged.by,
                "on": judged.on.isoformat(),
            }
            for judged in candidate.judgements
        ],
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def fingerprint(facts: object) -> str:
    """SHA-256 of plain values in one fixed spelling."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def changes(before: Inputs, after: Inputs) -> list[str]:
    """What is no longer as it was when the decision was signed, one sentence each; empty when nothing changed.

    A dosing day that was held and a consent given again are meant to happen and change nothing; a consent to treatment
    that was withdrawn does, for good.
    """
    said = []
    for key, name in (("born_on", "date of birth"), ("sex", "sex")):
        if before.get(key) != after.get(key):
            said.append(f"The {name} was changed.")
    old, new = _table(before.get("evidence")), _table(after.get("evidence"))
    said += [f"New {kind} evidence was recorded." for kind in sorted({*old, *new}) if old.get(kind) != new.get(kind)]
    gone, come = _texts(before.get("medicines")), _texts(after.get("medicines"))
    said += [f"The medicine list now has: {medicine}." for medicine in come if medicine not in gone]
    said += [f"The medicine list no longer has: {medicine}." for medicine in gone if medicine not in come]
    withdrawn = _withdrawn(before)
    said += [f"Consent to treatment was withdrawn on {day}." for day in _withdrawn(after) if day not in withdrawn]
    judged = _rows(before, "judgements")
    return said + [f"{_judged(row)} was judged anew." for row in _rows(after, "judgements") if row not in judged]


def _withdrawn(facts: Inputs) -> list[str]:
    """The days on which consent to treatment was taken back."""
    rows = [row for row in _rows(facts, "consents") if row.get("kind") == ConsentKind.TREATMENT]
    return [f"{date.fromisoformat(str(row['withdrawn_on'])):%-d %b %Y}" for row in rows if row.get("withdrawn_on")]


def _judged(row: dict[str, object]) -> str:
    """What a judgement was about: a criterion by its code, a medicine by its name."""
    code = str(row["code"])
    return str(row["about"]).partition(",")[0] if code.startswith(("medicine-", "unlisted-")) else code


def _rows(facts: Inputs, name: str) -> list[dict[str, object]]:
    rows = facts.get(name)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _table(value: object) -> dict[str, object]:
    return dict(value) if isinstance(value, dict) else {}


def _texts(value: object) -> list[str]:
    return [str(text) for text in value] if isinstance(value, list) else []
