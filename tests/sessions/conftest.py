"""Dosing days at chosen moments."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.utils import timezone

CHECKS = {"fasting": Decimal(12), "suicide_risk": Decimal(0), "distress": Decimal(4)}
SIGNS = {"systolic": 122, "diastolic": 78, "pulse": 70, "temperature": Decimal("36.6"), "oxygen": 98}


class Day:
    """Takes a dosing day forward with the room's own actions. `now` is the day's clock."""

    def __init__(self, visit, pair, physician):
        self.visit, self.physician = visit, physician
        self.lead, self.second = pair
        self.now = timezone.now().replace(microsecond=0) - dt.timedelta(hours=10)

    def wait(self, **time):
        self.now += dt.timedelta(**time)
        return self

    def arrive(self):
        from sessions.actions.record import arrive

        for therapist in (self.lead, self.second):
            arrive(self.visit, therapist=therapist, by=self.lead, at=self.now, now=self.now)
        return self

    def answer(self, *codes, **changes):
        from sessions.actions.dosing import answer
        from sessions.rules.facts import Check

        for check in [Check(code) for code in codes] or Check:
            person = self.physician if check is Check.PHYSICIAN else None
            values = {"good": True, "number": CHECKS.get(check.value), **changes}
            answer(self.visit, check=check, by=self.lead, at=self.now, person=person, **values)
        return self

    def measure(self, slot="", key=None, **changes):
        from sessions.actions.monitoring import record_vitals

        return record_vitals(
            self.visit,
            key=key or uuid.uuid4(),
            taken_at=self.now,
            slot=slot,
            measures={**SIGNS, **changes},
            by=self.lead,
            at=self.now,
        )

    def step(self, name, reason="", by=None):
        from sessions.actions.dosing import take_step
        from sessions.rules.dosing import Step

        return take_step(self.visit, step=Step(name), by=by or self.lead, at=self.now, reason=reason)

    def dose(self, kind="initial", mg=80, key=None, **changes):
        from sessions.actions.dosing import give_dose
        from sessions.rules.facts import Basis, DoseKind

        values = {
            "basis": Basis.HYDROCHLORIDE,
            "lot": "LOT-7",
            "given_by": self.lead,
            "witnessed_by": self.second,
            "by": self.lead,
            "at": self.now,
            **changes,
        }
        return give_dose(self.visit, kind=DoseKind(kind), mg=Decimal(mg), key=key or uuid.uuid4(), **values)

    def ready(self):
        self.arrive().wait(minutes=5).answer().measure("before")
        return self

    def cleared(self):
        self.ready().step("clear")
        return self

    def dosed(self):
        self.cleared().dose()
        return self

    def closed(self):
        self.dosed().wait(minutes=20).step("withhold supplement", reason="The patient declined.")
        self.wait(hours=7).answer().measure("end")
        self.step("close")
        return self


@pytest.fixture
def visit(course, physician):
    from tests.factories import VisitFactory, decided, dosing_visit, screened

    before = timezone.now() - dt.timedelta(days=2)
    screened(course, by=physician, at=before)
    decided(course, by=physician, at=before)
    course.refresh_from_db()
    for number in (1, 2, 3):
        starts_at = before - dt.timedelta(days=7 * number)
        VisitFactory(course=course, code=f"P{number}", title=f"Preparation {number}", state="done", starts_at=starts_at)
    rated_at = before - dt.timedelta(days=3)
    VisitFactory(course=course, code="R0", kind="rating", title="Baseline CAPS-5", state="done", starts_at=rated_at)
    return dosing_visit(course, starts_at=timezone.now().replace(microsecond=0) - dt.timedelta(hours=10))


@pytest.fixture
def day(visit, lead, second, physician):
    return Day(visit, (lead, second), physician)


@pytest.fixture
def live_day(day):
    """A day whose clock is the real one, for tests that go through pages."""
    day.now = timezone.now() - dt.timedelta(minutes=10)
    return day
