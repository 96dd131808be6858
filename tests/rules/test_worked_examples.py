"""The worked examples that the clinical facts give, each put to the rules that answer it."""

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from accounts.rules.findings import Outcome
from integration.rules import caps5
from patients.rules.picture import places
from patients.rules.protocol import VisitKind
from patients.rules.shipped import shipped
from reports.rules.half_year import counted, latest
from screening.rules.candidate import MedicineFact
from screening.rules.washout import REFERENCE, washout
from sessions.rules.conditions import supplement_window
from sessions.rules.facts import Basis, DoseKind, Given
from sessions.rules.hours import Stretch, tally
from tests.rules.integration.test_caps5 import BETTER, SEVERE, answers
from tests.rules.sessions.conftest import before_dose

FIRST_OF_MARCH = dt.date(2026, 3, 1)
DOSING = dt.date(2026, 4, 1)


@pytest.mark.parametrize(
    ("name", "protocol", "days", "clear"),
    [
        ("Sertraline", None, 29, dt.date(2026, 3, 30)),  # 5 x 104 h = 21.67 d, 22 + 7
        ("Venlafaxine", None, 10, dt.date(2026, 3, 11)),  # 5 x 11 h = 2.29 d, 3 + 7
        ("Phenelzine", None, 14, dt.date(2026, 3, 15)),  # flat
        ("Fluoxetine", None, 87, dt.date(2026, 5, 27)),  # 384 h: 80 + 7
        ("Fluoxetine", "mapp3", 57, dt.date(2026, 4, 27)),  # 240 h, as the protocol chooses: 50 + 7
    ],
)
def test_a_washout(name, protocol, days, clear):
    policy = shipped(protocol).washout if protocol else REFERENCE
    found = washout(MedicineFact(name, "", True, False, FIRST_OF_MARCH), policy, as_of=FIRST_OF_MARCH)
    assert (found.known, found.days, found.clear_from) == (True, days, clear)


def days_after_dosing(code):
    """(earliest, target, latest) day of a visit of a course whose first dosing day is 1 April 2026."""
    placed = {place.visit.code: place for place in places(shipped("mapp3"))}
    first = placed["D1"].day
    found = placed[code]
    return [DOSING + dt.timedelta(days=day - first) for day in (found.earliest, found.day, found.latest)]


def test_the_second_dosing_day_of_a_course_that_began_dosing_on_1_april():
    assert days_after_dosing("D2") == [dt.date(2026, 4, day) for day in (22, 29)] + [dt.date(2026, 5, 6)]


def test_the_first_integration_is_the_next_morning_and_the_calls_follow_to_the_end_of_the_week():
    assert days_after_dosing("I1.1") == [dt.date(2026, 4, 2)] * 3
    targets = [days_after_dosing(f"C1.{number}")[1] for number in (1, 2, 3, 4)]
    assert (targets[0], targets[-1]) == (dt.date(2026, 4, 3), dt.date(2026, 4, 8))
    assert targets == sorted(targets)


@pytest.mark.parametrize(("minutes", "span"), [(None, "11:00 to 11:30"), (150, "11:00 to 12:00")])
def test_the_supplement_after_a_dose_at_half_past_nine(minutes, span):
    """The reference protocol ends the window as MAPP2 did; a protocol with MAPP1's 150 minutes has half an hour more."""
    given = dt.datetime(2026, 4, 1, 9, 30, tzinfo=ZoneInfo("Europe/London"))
    plan = shipped("mapp3").dose(1)
    if minutes is not None:
        plan = replace(plan, supplement_latest=replace(plan.supplement_latest, value=minutes))
    dose = Given(DoseKind.INITIAL, 80, Basis.HYDROCHLORIDE, given)
    found = supplement_window(replace(before_dose(), plan=plan, doses=(dose,), now=given + dt.timedelta(minutes=100)))
    assert (found.outcome, found.evidence) == (Outcome.MET, span)


@pytest.mark.parametrize(
    ("on", "treated", "due", "numbers"),
    [
        (dt.date(2026, 7, 1), [], dt.date(2026, 7, 31), (0, 0)),  # nobody in the first half-year: due all the same
        (dt.date(2027, 1, 31), [{dt.date(2026, 6, 30), dt.date(2026, 7, 1)}], dt.date(2027, 1, 31), (0, 1)),
        (dt.date(2026, 12, 31), [{dt.date(2026, 1, 1)}, {dt.date(2026, 7, 1)}], dt.date(2026, 7, 31), (1, 1)),
        (dt.date(2026, 6, 30), [{dt.date(2025, 12, 31)}, {dt.date(2025, 6, 30)}], dt.date(2026, 1, 31), (1, 1)),
    ],
)
def test_a_six_monthly_report(on, treated, due, numbers):
    half = latest(on)
    assert (half.due, counted(half, treated)) == (due, numbers)


@pytest.mark.parametrize(("beside", "hours"), [(("ana", "ben"), 84), (("ana",), 66)])
def test_the_hours_of_a_pair_and_of_one_therapist_in_preparation_and_integration(beside, hours):
    """66 h: preparation and integration with one therapist, dosing days with two."""
    at = dt.datetime(2026, 4, 1, 9, tzinfo=dt.UTC)
    plan = shipped("mapp3")
    counted = (VisitKind.PREPARATION, VisitKind.DOSING, VisitKind.INTEGRATION)
    rows = [
        Stretch(visit.code, visit.kind, who, at, at + dt.timedelta(minutes=visit.minutes.value))
        for visit in plan.visits
        if visit.kind in counted
        for who in (("ana", "ben") if visit.kind is VisitKind.DOSING else beside)
    ]
    assert tally(rows).therapy == hours * 60


def test_a_caps_5_that_falls_from_48_to_12_is_a_response_without_remission():
    before, after = caps5.score(answers(SEVERE)), caps5.score(answers(BETTER))
    assert (before.total, after.total) == (48, 12)
    assert caps5.change(before, after) == caps5.Change(drop=36, response=True, lost_diagnosis=True, remission=False)
