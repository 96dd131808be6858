"""Candidates for the screening rules: one whom nothing stands against, and the changes that tests make to them."""

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from patients.rules.loading import load
from patients.rules.protocol import EvidenceKind, Protocol
from screening.rules.candidate import Candidate, ConsentFact, ConsentKind, MedicineFact, Piece
from screening.rules.readings import Number, questions
from screening.rules.schema import readings_of

TODAY = date(2026, 4, 1)
TAKEN = date(2026, 3, 20)

LABORATORY = {
    **{"sodium": 140, "sodium_lower": 135, "sodium_upper": 145},
    **{"potassium": 4.2, "potassium_lower": 3.5, "potassium_upper": 5.1},
    **{"creatinine": 74, "creatinine_lower": 45, "creatinine_upper": 90},
    **{"haemoglobin": 138, "haemoglobin_lower": 120, "haemoglobin_upper": 160},
    **{"leucocytes": 6.1, "leucocytes_lower": 4, "leucocytes_upper": 10},
    **{"platelets": 240, "platelets_lower": 150, "platelets_upper": 400},
    **{"tsh": 1.8, "tsh_lower": 0.4, "tsh_upper": 4},
    **{"hba1c": 35, "hba1c_upper": 42},
    **{"alt": 30, "alt_upper": 40, "ast": 28, "ast_upper": 40},
}
NUMBERS = {
    EvidenceKind.EXAMINATION: {
        "weight": 70,
        "systolic_1": 128,
        "diastolic_1": 80,
        "systolic_2": 126,
        "diastolic_2": 82,
        "systolic_3": 130,
        "diastolic_3": 84,
    },
    EvidenceKind.ECG: {"qt": 400, "rr": 1000, "rate": 60},
    EvidenceKind.HISTORY: {"mdma_uses": 2},
    EvidenceKind.LABORATORY: LABORATORY,
    EvidenceKind.PSYCHIATRIC: {
        "ideation_month": 1,
        "ideation_half_year": 2,
        "ptsd_months": 40,
        "caps5": 44,
        "pcl5": 52,
    },
}
WORDS = {
    EvidenceKind.HISTORY: {"medicines_complete": "yes", "mdma_last": "earlier", "mdma_trial": "no"},
    EvidenceKind.EXAMINATION: {"day_1": "2026-03-10", "day_2": "2026-03-15", "day_3": "2026-03-20"},
    EvidenceKind.ECG: {"rhythm": "sinus"},
    EvidenceKind.LABORATORY: {
        "liver_symptoms": "no",
        "can_become_pregnant": "yes",
        "pregnancy_test": "negative",
        "nursing": "no",
        "contraception": "yes",
        "urinalysis": "normal",
        "drug_screen": "negative",
    },
    EvidenceKind.PSYCHIATRIC: {
        **{"behaviour": "never", "ideation_weekly": "no"},
        **{"alcohol_use": "mild", "cannabis_use": "none"},
    },
}


@cache
def mapp3() -> Protocol:
    path = Path(__file__).parents[3] / "patients/protocols/mapp3.toml"
    return load(path.read_text(encoding="utf-8"), path.name)


def answers(kind: EvidenceKind) -> dict[str, bool]:
    """No to every question of the protocol that belongs to this piece of evidence."""
    return dict.fromkeys((c.code for c in questions(mapp3(), kind)), False)


def healthy() -> Candidate:
    """Everything recorded, nothing against."""
    return Candidate(
        born_on=date(1985, 6, 1),
        sex="female",
        contact_named=True,
        evidence={
            kind: Piece(kind, TAKEN, answers(kind), NUMBERS.get(kind, {}), WORDS.get(kind, {})) for kind in EvidenceKind
        },
        consents=(ConsentFact(ConsentKind.TREATMENT, "2026-01", TAKEN, understood=True),),
    )


def with_piece(candidate: Candidate, kind: EvidenceKind, **changes: object) -> Candidate:
    """The candidate with numbers, words or answers of one piece changed; None takes one away."""
    piece = candidate.evidence[kind]
    fields = {"numbers": dict(piece.numbers), "words": dict(piece.words), "answers": dict(piece.answers)}
    for name, values in changes.items():
        if name == "taken_on":
            piece = replace(piece, taken_on=values)
            continue
        for key, value in values.items():
            fields[name][key] = value
        fields[name] = {key: value for key, value in fields[name].items() if value is not None}
    return replace(candidate, evidence={**candidate.evidence, kind: replace(piece, **fields)})


def without_piece(candidate: Candidate, kind: EvidenceKind) -> Candidate:
    return replace(candidate, evidence={k: piece for k, piece in candidate.evidence.items() if k is not kind})


def taking(*medicines: MedicineFact) -> Candidate:
    return replace(healthy(), medicines=medicines)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def written(candidate: Candidate) -> dict[str, object]:
    """The candidate as `screen` reads one."""
    return {
        "born_on": candidate.born_on.isoformat() if candidate.born_on else None,
        "sex": candidate.sex,
        "emergency_contact": candidate.contact_named,
        "evidence": {kind.value: _written(piece) for kind, piece in candidate.evidence.items()},
        "medicines": [
            {
                "name": medicine.name,
                "dose": medicine.dose,
                "regular": medicine.regular,
                "ongoing": medicine.ongoing,
                "last_dose_on": medicine.last_dose_on.isoformat() if medicine.last_dose_on else None,
            }
            for medicine in candidate.medicines
        ],
        "consents": [
            {
                "kind": given.kind.value,
                "version": given.version,
                "given_on": given.given_on.isoformat(),
                "understood": given.understood,
                "withdrawn_on": given.withdrawn_on.isoformat() if given.withdrawn_on else None,
            }
            for given in candidate.consents
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


def _written(piece: Piece) -> dict[str, object]:
    readings: dict[str, object] = {name: word for name, word in piece.words.items() if not name.startswith("last-")}
    last = {name.removeprefix("last-"): word for name, word in piece.words.items() if name.startswith("last-")}
    for reading in readings_of(piece.kind):
        if isinstance(reading, Number) and reading.name in piece.numbers:
            value = piece.numbers[reading.name]
            limits = {
                which: piece.numbers[f"{reading.name}_{which}"]
                for which in reading.limited
                if f"{reading.name}_{which}" in piece.numbers
            }
            readings[reading.name] = {"value": value, "unit": reading.unit, **limits} if limits else value
    written = {"taken_on": piece.taken_on.isoformat(), "readings": readings}
    return {**written, "answers": dict(piece.answers), **({"last_on": last} if last else {})}
