"""Screening as the demonstration tells it: what was recorded, what is missing, and what the physician decided."""

import datetime as dt
from typing import Any

from accounts.models import Clinic, User
from patients.models import Course
from patients.rules.protocol import EvidenceKind, Protocol
from screening.actions.consents import give_consent, publish_text, questions_of, text_in_force
from screening.actions.deciding import decide, what_is_seen
from screening.actions.facts import candidate_for
from screening.actions.record import record_evidence
from screening.models import ConsentText, Decision
from screening.rules.candidate import ConsentKind
from screening.rules.consents import questions_from
from screening.rules.readings import questions
from screening.rules.verdict import judge

TEXTS = {
    ConsentKind.TREATMENT: (
        "This treatment is not approved for routine use. It lasts about eighteen weeks. The medicine raises pulse and "
        "blood pressure for some hours and changes how you feel and judge. You may stop at any time without a reason. "
        "Other treatments exist, and we have talked about them. This text is invented for the demonstration."
    ),
    ConsentKind.RECORDING: "Sessions may be recorded for the purposes you choose. You may end this at any time.",
    ConsentKind.TOUCH: "Touch is offered only where, how and by whom you agreed while sober. Less is always possible.",
    ConsentKind.SHARING: "We tell nobody about your treatment but those you name, and only what you name.",
}
CHECKS = {
    ConsentKind.TREATMENT: """
May I stop the treatment at any time?
* Yes, without giving a reason
- No, not after the first dose
Is this treatment approved for routine use?
- Yes
* No
May I drive home after a dosing day?
- Yes, when I feel well
* No, not before the next day
""",
    ConsentKind.TOUCH: """
What happens when I say the stop word during a dosing day?
* Every touch ends at once
- The therapists ask whether I mean it
""",
}
NUMBERS: dict[EvidenceKind, dict[str, float]] = {
    EvidenceKind.EXAMINATION: {
        "weight": 68,
        "systolic_1": 126,
        "diastolic_1": 78,
        "systolic_2": 122,
        "diastolic_2": 80,
        "systolic_3": 128,
        "diastolic_3": 82,
    },
    EvidenceKind.ECG: {"qt": 388, "rr": 938, "rate": 64},
    EvidenceKind.HISTORY: {"mdma_uses": 0},
    EvidenceKind.LABORATORY: {
        **{"sodium": 140, "sodium_lower": 135, "sodium_upper": 145},
        **{"potassium": 4.2, "potassium_lower": 3.5, "potassium_upper": 5.1},
        **{"creatinine": 74, "creatinine_lower": 45, "creatinine_upper": 90},
        **{"haemoglobin": 138, "haemoglobin_lower": 120, "haemoglobin_upper": 170},
        **{"leucocytes": 6.1, "leucocytes_lower": 4, "leucocytes_upper": 10},
        **{"platelets": 240, "platelets_lower": 150, "platelets_upper": 400},
        **{"tsh": 1.8, "tsh_lower": 0.4, "tsh_upper": 4},
        **{"hba1c": 35, "hba1c_upper": 42},
        **{"alt": 24, "alt_upper": 40, "ast": 22, "ast_upper": 40},
    },
    EvidenceKind.PSYCHIATRIC: {
        "ideation_month": 1,
        "ideation_half_year": 2,
        "ptsd_months": 62,
        "caps5": 42,
        "pcl5": 54,
        "audit": 3,
        "dudit": 1,
    },
}
WORDS: dict[EvidenceKind, dict[str, str]] = {
    EvidenceKind.HISTORY: {"medicines_complete": "yes", "mdma_last": "never", "mdma_trial": "no"},
    EvidenceKind.ECG: {"rhythm": "sinus"},
    EvidenceKind.LABORATORY: {
        "liver_symptoms": "no",
        "can_become_pregnant": "no",
        "pregnancy_test": "not needed",
        "nursing": "no",
        "urinalysis": "normal",
        "drug_screen": "negative",
    },
    EvidenceKind.PSYCHIATRIC: {
        "behaviour": "never",
        "ideation_weekly": "no",
        "alcohol_use": "none",
        "cannabis_use": "none",
        "diagnoses": "F43.1 Post-traumatic stress disorder, since 2021",
    },
}


def unremarkable(protocol: Protocol, kind: EvidenceKind, taken_on: dt.date) -> dict[str, Any]:
    """One piece of evidence in which nothing stands against treatment, as `record_evidence` takes it."""
    asked = [criterion.code for criterion in questions(protocol, kind)]
    words = dict(WORDS.get(kind, {}))
    if kind is EvidenceKind.EXAMINATION:
        words |= {f"day_{n}": str(taken_on - dt.timedelta(days=6 - 2 * n)) for n in (1, 2, 3)}
    return {
        "kind": kind,
        "taken_on": taken_on,
        "answers": dict.fromkeys(asked, False),
        "numbers": dict(NUMBERS.get(kind, {})),
        "words": words,
    }


def record(
    course: Course,
    *,
    by: User,
    at: dt.datetime,
    leave_out: tuple[EvidenceKind, ...] = (),
    risks: tuple[str, ...] = (),
    numbers: dict[str, float] | None = None,
) -> None:
    """Record the five pieces of evidence, unremarkable but for `risks` (criterion codes answered yes) and `numbers`."""
    day = at.astimezone(course.clinic.zone).date()
    for kind in EvidenceKind:
        if kind in leave_out:
            continue
        piece = unremarkable(course.plan, kind, day)
        piece["answers"] |= {code: True for code in risks if code in piece["answers"]}
        piece["numbers"] |= {name: value for name, value in (numbers or {}).items() if name in piece["numbers"]}
        record_evidence(course, **piece, by=by, at=at)


def consent(course: Course, *, by: User, at: dt.datetime) -> None:
    """Consent to treatment, to recording and to light supportive touch, each explained and understood."""
    day = at.astimezone(course.clinic.zone).date()
    terms: dict[ConsentKind, dict[str, Any]] = {
        ConsentKind.TREATMENT: {},
        ConsentKind.RECORDING: {"purposes": ["supervision"], "keep_months": 12},
        ConsentKind.TOUCH: {
            "zones": ["hand", "shoulder"],
            "purposes": ["grounding"],
            "stop_word": "stop",
            "stop_sign": "a raised hand",
            "practised": True,
            "safety": True,
            "sober": True,
            "therapists": [str(therapist) for therapist in course.pair(day)] or [str(by)],
            "witnesses": [str(by)],
        },
    }
    for kind, agreed in terms.items():
        text = published_text(course.clinic, kind, by=by, at=at)
        give_consent(
            course,
            text=text,
            given_on=day,
            explained_by=by,
            answers=[question.right for question in questions_of(text)],
            minutes=40,
            own_words="I may stop whenever I want. Nothing is done that we have not talked about.",
            terms=agreed,
            by=by,
            at=at,
        )


def published_text(clinic: Clinic, kind: ConsentKind, *, by: User, at: dt.datetime) -> ConsentText:
    """The clinic's text of this kind, published if there is none yet."""
    day = at.astimezone(clinic.zone).date()
    if text := text_in_force(clinic, kind, on=day):
        return text
    return publish_text(
        clinic,
        kind=kind,
        version="2026-01",
        words=TEXTS[kind],
        questions=questions_from(CHECKS.get(kind, "")),
        valid_from=dt.date(2020, 1, 1),
        by=by,
        at=at,
    )


def sign_decision(
    course: Course, *, eligible: bool, reason: str = "", password: str, by: User, at: dt.datetime
) -> Decision:
    """The physician reads the page, which shows the course as it stands, and signs."""
    course.refresh_from_db()
    today = at.astimezone(course.clinic.zone).date()
    candidate = candidate_for(course, today)
    seen = what_is_seen(candidate, judge(course.plan, candidate, as_of=today))
    return decide(course, eligible=eligible, reason=reason, seen=seen, password=password, by=by, at=at)
