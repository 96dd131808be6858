"""What happened at every visit that has passed: who was there, what was written, given and measured."""

import datetime as dt
import uuid
from decimal import Decimal

from mdmaat.development.demo.cases import Case
from mdmaat.development.demo.eligibility import renew
from mdmaat.development.demo.measures import rate
from mdmaat.development.demo.people import PASSWORD, House
from mdmaat.development.demo.words import NOTES, practice_of
from patients.models import Course
from sessions.actions.dosing import answer, give_dose, take_step
from sessions.actions.monitoring import end_effect, record_effect, record_touch, record_vitals
from sessions.actions.notes import note_of, save_note, sign
from sessions.actions.record import arrive
from sessions.models import Visit
from sessions.rules.dosing import Step
from sessions.rules.facts import Basis, Check, DoseKind
from sessions.rules.notes import NoteKind

TALKING = ("preparation", "integration")
MINUTE = dt.timedelta(minutes=1)
BEFORE = (
    *(Check.IDENTITY, Check.CONSENT, Check.TOUCH, Check.ABSTAINED, Check.URINE, Check.PREGNANCY),
    *(Check.ATTENDANT, Check.ROOM),
)
# Minutes after the initial dose, slot, systolic, diastolic, pulse, temperature, oxygen.
CURVE = (
    (60, "rise", 18, 9, 12, 0.2, 98),
    (92, "supplement", 24, 12, 18, 0.4, 98),
    (150, "peak", 30, 14, 24, 0.6, 97),
    (240, "plateau", 22, 10, 18, 0.5, 98),
    (360, "easing", 10, 5, 8, 0.3, 98),
    (450, "end", 4, 2, 2, 0.1, 99),
)
EFFECTS = (
    ("Muscle tightness", "mild", 70, 300),
    ("Jaw clenching", "mild", 80, 280),
    ("Decreased appetite", "mild", 60, 420),
    ("Feeling cold", "moderate", 100, 160),
)


def hold_past(house: House, case: Case, course: Course, now: dt.datetime) -> None:
    """Hold every visit of the course that has passed, in order."""
    for visit in course.visits.filter(state=Visit.State.PLANNED).order_by("starts_at"):
        day = visit.starts_at.astimezone(house.clinic.zone).date()
        if visit.kind == "dosing" and day <= house.today:
            renew(house, case, course, day)
        if case.stage == "dosing_today" and day == house.today:
            _open_today(visit, now)
        if visit.ends_at > now or (case.stage == "dosing_today" and visit.kind == "dosing"):
            continue
        if visit.kind == "dosing":
            _dose(case, visit)
            _write(visit, now)
        elif visit.kind in (*TALKING, "call"):
            _talk(visit, now)
        rate(house, case, visit)


def _talk(visit: Visit, now: dt.datetime) -> None:
    there = visit.therapists
    for user in there:
        arrive(visit, therapist=user, by=there[0], at=visit.starts_at, now=visit.starts_at)
    take_step(visit, step=Step.CLOSE, by=there[0], at=visit.ends_at)
    if visit.kind in TALKING:
        _write(visit, now)
        practice_of(visit, by=there[0])


def _write(visit: Visit, now: dt.datetime) -> None:
    """The record, signed by both; the newest ones still wait for the second signature."""
    lead, *others = visit.therapists
    at = visit.ends_at + 10 * MINUTE
    note = note_of(visit, kind=NoteKind.RECORD, by=lead)
    text = NOTES[visit.kind][visit.pk % len(NOTES[visit.kind])]
    saved = save_note(note, base_version=note.version, text=text, ticked=[], tab=_key(visit, "tab"), by=lead, at=at)
    sign(saved.note, shown_version=saved.note.version, password=PASSWORD, by=lead, at=at + MINUTE)
    for other in others if now - visit.ends_at > dt.timedelta(days=6) else []:
        sign(saved.note, shown_version=saved.note.version, password=PASSWORD, by=other, at=at + 60 * MINUTE)


def _prepare(visit: Visit, at: dt.datetime) -> None:
    """Everything that is asked before the initial dose, and the first vital signs."""
    lead = visit.therapists[0]
    for user in visit.therapists:
        arrive(visit, therapist=user, by=lead, at=visit.starts_at, now=visit.starts_at)
    for check in BEFORE:
        answer(visit, check=check, good=True, by=lead, at=at)
    answer(visit, check=Check.FASTING, good=True, number=Decimal(12), by=lead, at=at)
    answer(visit, check=Check.SUICIDE_RISK, good=True, number=Decimal(0), by=lead, at=at)
    answer(visit, check=Check.DISTRESS, good=True, number=Decimal(3), by=lead, at=at)
    physician = visit.course.team.get(duty="physician", ends_on=None).user
    answer(visit, check=Check.PHYSICIAN, good=True, person=physician, detail="On site", by=lead, at=at)
    _vitals(visit, "before", at, 0, 0, 0, 0.0, 98)


def _dose(case: Case, visit: Visit) -> None:
    """A whole dosing day, as the protocol has it."""
    lead, second = visit.therapists
    asked = visit.starts_at + 15 * MINUTE
    _prepare(visit, asked)
    t0 = visit.starts_at + 25 * MINUTE
    take_step(visit, step=Step.CLEAR, by=lead, at=t0 - MINUTE)
    plan = visit.course.plan.dose(visit.dose_number or 1)
    mg = Decimal(int(plan.initial_choices[0].value))
    _give(visit, DoseKind.INITIAL, mg, t0)
    withheld = case.number % 6 == 2 and visit.dose_number == 1
    for minute, slot, *rise in CURVE:
        at = t0 + minute * MINUTE
        _vitals(visit, slot, at, *rise)
        if slot == "supplement":
            if withheld:
                take_step(
                    visit, step=Step.WITHHOLD, by=lead, at=at + MINUTE, reason="The patient chose to go on without"
                )
            else:
                answer(visit, check=Check.AFFIRMED, good=True, by=second, at=at)
                _give(visit, DoseKind.SUPPLEMENTAL, mg / 2, at + 2 * MINUTE)
    for term, severity, begun, ended in EFFECTS[: 2 + case.number % 3]:
        _effect(visit, term, severity, t0 + begun * MINUTE, t0 + ended * MINUTE)
    record_touch(
        visit,
        key=_key(visit, "touch"),
        kind="hand",
        initiator="patient",
        therapist=second,
        touched_at=t0 + 130 * MINUTE,
        by=second,
        at=t0 + 131 * MINUTE,
    )
    _end(visit, max(visit.ends_at, t0 + 482 * MINUTE))


def _end(visit: Visit, at: dt.datetime) -> None:
    lead = visit.therapists[0]
    _vitals(visit, "", at - 10 * MINUTE, 3, 2, 2, 0.1, 99)
    for check in (Check.ORIENTED, Check.GAIT, Check.STABLE, Check.ADULT, Check.NO_DRIVING):
        answer(visit, check=check, good=True, by=lead, at=at - 5 * MINUTE)
    answer(visit, check=Check.SUICIDE_RISK, good=True, number=Decimal(0), by=lead, at=at - 5 * MINUTE)
    answer(visit, check=Check.DISTRESS, good=True, number=Decimal(2), by=lead, at=at - 5 * MINUTE)
    take_step(visit, step=Step.CLOSE, by=lead, at=at)


def _open_today(visit: Visit, now: dt.datetime) -> None:
    """Today's dosing day stands just before the dose, whatever the hour: both therapists are there, most is asked."""
    lead = visit.therapists[0]
    asked = now - 5 * MINUTE
    for user in visit.therapists:
        arrive(visit, therapist=user, by=lead, at=now - 30 * MINUTE, now=now)
    for check in (Check.IDENTITY, Check.CONSENT, Check.TOUCH, Check.ROOM, Check.ABSTAINED, Check.URINE):
        answer(visit, check=check, good=True, by=lead, at=asked)
    answer(visit, check=Check.FASTING, good=True, number=Decimal(11), by=lead, at=asked)


def _give(visit: Visit, kind: DoseKind, mg: Decimal, at: dt.datetime) -> None:
    lead, second = visit.therapists
    give_dose(
        visit,
        kind=kind,
        mg=mg,
        basis=Basis.HYDROCHLORIDE,
        lot="DEMO-LOT-7",
        given_by=lead,
        witnessed_by=second,
        key=_key(visit, kind.value),
        by=lead,
        at=at,
    )


def _vitals(
    visit: Visit, slot: str, at: dt.datetime, top: int, bottom: int, pulse: int, warm: float, oxygen: int
) -> None:
    resting = visit.course_id % 9
    record_vitals(
        visit,
        key=_key(visit, f"vitals {at.isoformat()}"),
        taken_at=at,
        slot=slot,
        measures={
            "systolic": 112 + resting + top,
            "diastolic": 70 + resting // 2 + bottom,
            "pulse": 64 + resting + pulse,
            "temperature": Decimal(f"{36.5 + warm:.1f}"),
            "oxygen": oxygen,
        },
        by=visit.therapists[visit.pk % 2],
        at=at,
    )


def _effect(visit: Visit, term: str, severity: str, begun: dt.datetime, ended: dt.datetime) -> None:
    by = visit.therapists[1]
    effect = record_effect(
        visit, key=_key(visit, term), term=term, severity=severity, from_at=begun, by=by, at=begun + MINUTE
    )
    end_effect(visit, effect=effect, by=by, at=ended)


def _key(visit: Visit, what: str) -> uuid.UUID:
    """The same key in every telling."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"demo/{visit.course.patient.chart_number}/{visit.code}/{what}")
