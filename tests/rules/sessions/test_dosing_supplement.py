"""The supplemental dose: its window, the signs before it, and what withholds it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from accounts.rules.findings import Outcome
from sessions.rules.dosing import State, Step, readiness, refusals
from sessions.rules.facts import Basis, Check, DoseKind, Given
from tests.rules.sessions.steps import answered, codes


@pytest.mark.parametrize(
    ("minutes", "outcome"),
    [
        (89, Outcome.WAITING),
        (90, Outcome.MET),
        (120, Outcome.MET),
        (121, Outcome.NOT_MET),
    ],
)
def test_the_supplement_has_a_window(day, minutes, outcome):
    now = day.T0 + timedelta(minutes=minutes)
    facts = day.before_supplement()
    facts = replace(facts, now=now, readings=(day.reading(now),))
    facts = answered(facts, Check.AFFIRMED)
    window = readiness(State.DOSED, Step.SUPPLEMENT, facts)[0]
    assert (window.code, window.outcome) == ("window", outcome)
    assert bool(refusals(State.DOSED, Step.SUPPLEMENT, facts)) is (outcome is not Outcome.MET)


def test_the_window_is_minutes_elapsed_even_when_the_clock_changes(day):
    night = day.datetime(2026, 10, 25, 1, 30, tzinfo=day.ZONE)  # at 03:00 summer time the clock goes back to 02:00
    now = (night.astimezone(day.ZoneInfo("UTC")) + timedelta(minutes=90)).astimezone(day.ZONE)
    facts = replace(day.before_supplement(), now=now, doses=(Given(DoseKind.INITIAL, 120, Basis.HYDROCHLORIDE, night),))
    assert now.strftime("%H:%M") == "02:00"
    assert readiness(State.DOSED, Step.SUPPLEMENT, facts)[0].outcome is Outcome.MET


def test_the_window_is_unknown_without_an_initial_dose_or_a_plan(day):
    for facts in (replace(day.before_supplement(), doses=()), replace(day.before_supplement(), plan=None)):
        assert "window" in codes(refusals(State.DOSED, Step.SUPPLEMENT, facts))


@pytest.mark.parametrize(("ago", "refused"), [(15, 0), (16, 2)])
def test_signs_before_the_supplement_hold_for_a_quarter_of_an_hour(day, ago, refused):
    facts = day.before_supplement()
    facts = replace(facts, readings=(day.reading(facts.now - timedelta(minutes=ago)),))
    assert len(refusals(State.DOSED, Step.SUPPLEMENT, facts)) == refused


def test_a_high_pressure_a_refusal_or_a_severe_effect_withholds_the_supplement(day):
    facts = day.before_supplement()
    high = replace(facts, readings=(day.reading(facts.now, systolic=161),))
    assert codes(refusals(State.DOSED, Step.SUPPLEMENT, high)) == ["vitals.V-SUP-1a"]
    declined = answered(facts, Check.AFFIRMED, good=False)
    assert codes(refusals(State.DOSED, Step.SUPPLEMENT, declined)) == ["affirmed"]
    asked_before_the_dose = answered(facts, Check.AFFIRMED, ago=101)
    assert codes(refusals(State.DOSED, Step.SUPPLEMENT, asked_before_the_dose)) == ["affirmed"]
    severe = replace(facts, severe_effects=("Chest pain",))
    assert codes(refusals(State.DOSED, Step.SUPPLEMENT, severe)) == ["effects"]
