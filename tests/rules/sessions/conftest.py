"""A dosing day in which everything holds; each test takes one thing away."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from accounts.rules.findings import Finding, Mark, Outcome, Source
from patients.rules.protocol import DosePlan, DosingDay, Figure, VitalLimit, VitalSlot
from sessions.rules.facts import Answer, Basis, Check, DoseKind, Facts, Given, Person
from sessions.rules.vitals import Reading

ZONE = ZoneInfo("Europe/Berlin")
PAPER = Source("Test protocol", Mark.CLINIC)
T0 = datetime(2026, 5, 12, 9, 30, tzinfo=ZONE)


def figure(value: float, unit: str = "") -> Figure:
    return Figure(value, unit, PAPER)


def limit(code: str, stage: str, measure: str, value: float, *, above: bool = True, at_limit: bool = False):
    return VitalLimit(code, stage, measure, above, at_limit, figure(value), "Call the physician.")


LIMITS = (
    limit("V-PRE-1a", "before-dose", "systolic", 140),
    limit("V-PRE-2c", "before-dose", "oxygen", 94, above=False),
    limit("V-SUP-1a", "before-supplement", "systolic", 160),
    limit("V-SUP-1c", "before-supplement", "pulse", 110),
    limit("V-INT-1a", "any-time", "systolic", 180, at_limit=True),
    limit("V-END-1a", "close", "systolic", 140, at_limit=True),
    limit("V-END-1c", "close", "temperature", 38, at_limit=True),
)
PLAN = DosePlan(2, (figure(120), figure(80)), figure(0.5), figure(90), figure(120), figure(180))
DAY = DosingDay(
    fasting=figure(10),
    abstain=figure(24),
    tests_valid=figure(24),
    vitals_valid=figure(30),
    supplement_vitals_valid=figure(15),
    late_after=figure(5),
    fluid_maximum=figure(3),
    stay=figure(360),
    room_list=("Couch",),
    effects=("Nausea",),
)
SLOTS = tuple(
    VitalSlot(code, code, figure(minute), ("systolic", "diastolic", "pulse"))
    for code, minute in (("before", -20), ("rise", 60), ("supplement", 90), ("peak", 150))
)
NUMBERS = {Check.FASTING: 11, Check.SUICIDE_RISK: 1, Check.DISTRESS: 4}


def reading(at: datetime, **values) -> Reading:
    values = {"systolic": 124, "diastolic": 80, "pulse": 72, "temperature": 36.6, "oxygen": 98, **values}
    return Reading(key=at.isoformat(), taken_at=at, **values)


def answers(at: datetime, *checks: Check) -> tuple[Answer, ...]:
    return tuple(Answer(check, True, at, NUMBERS.get(check)) for check in checks)


def before_dose() -> Facts:
    return Facts(
        now=T0,
        therapists_needed=2,
        present=(Person("ana", "Ana", True), Person("ben", "Ben", True)),
        physician=Person("cleo", "Cleo", True),
        eligibility=(Finding("age", Outcome.MET, "Of age."),),
        may_be_pregnant=None,
        answers=answers(T0 - timedelta(minutes=40), *Check),
        readings=(reading(T0 - timedelta(minutes=20)),),
        severe_effects=(),
        doses=(),
        earlier_mg=120,
        plan=PLAN,
        day=DAY,
        course_maximum=480,
        salt=Basis.HYDROCHLORIDE,
        limits=LIMITS,
        reason="Discussed together",
    )


def before_supplement() -> Facts:
    now = T0 + timedelta(minutes=100)
    return replace(
        before_dose(),
        now=now,
        doses=(Given(DoseKind.INITIAL, 120, Basis.HYDROCHLORIDE, T0),),
        readings=(*before_dose().readings, reading(now - timedelta(minutes=5), systolic=151)),
        answers=(*before_dose().answers, *answers(now - timedelta(minutes=2), Check.AFFIRMED)),
    )


def before_close() -> Facts:
    now = T0 + timedelta(hours=7)
    supplement = Given(DoseKind.SUPPLEMENTAL, 60, Basis.HYDROCHLORIDE, T0 + timedelta(minutes=100))
    return replace(
        before_supplement(),
        now=now,
        doses=(*before_supplement().doses, supplement),
        readings=(*before_supplement().readings, reading(now - timedelta(minutes=10), systolic=130)),
        answers=(*before_supplement().answers, *answers(now - timedelta(minutes=5), *Check)),
    )


@pytest.fixture
def day():
    """Names to build dosing days with."""
    from types import SimpleNamespace

    return SimpleNamespace(**{name: value for name, value in globals().items() if not name.startswith("_")})
