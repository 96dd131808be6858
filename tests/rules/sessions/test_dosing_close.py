"""When a day may be closed and the patient be left."""

from dataclasses import replace
from datetime import timedelta

import pytest

from accounts.rules.findings import Outcome
from sessions.rules.dosing import State, Step, readiness, refusals
from sessions.rules.facts import Answer, Check
from tests.rules.sessions.steps import CLOSING, answered, codes


@pytest.mark.parametrize("check", CLOSING)
def test_closing_asks_again_after_the_last_dose(day, check):
    facts = answered(day.before_close(), check, number=1, ago=321)  # a minute before the supplement
    assert codes(refusals(State.SUPPLEMENTED, Step.CLOSE, facts)) == [check.value]


@pytest.mark.parametrize("check", CLOSING[:-1])
def test_a_patient_who_is_not_well_is_not_left(day, check):
    facts = answered(day.before_close(), check, good=False, number=1)
    assert codes(refusals(State.SUPPLEMENTED, Step.CLOSE, facts)) == [check.value]


def test_distress_above_its_first_value_keeps_the_therapists(day):
    later = day.before_close()
    worse = Answer(Check.DISTRESS, True, later.now, 5)
    (reason,) = refusals(State.SUPPLEMENTED, Step.CLOSE, replace(later, answers=(*later.answers, worse)))
    assert reason.sentence == "Distress is higher than before dosing (5 of 10, before dosing 4). Stay with the patient."
    never_asked = replace(later, answers=tuple(row for row in later.answers if row.number != 4))
    assert codes(refusals(State.SUPPLEMENTED, Step.CLOSE, never_asked)) == ["distress"]


@pytest.mark.parametrize(("minutes", "codes_found"), [(359, ["stay"]), (360, [])])
def test_the_patient_is_accompanied_for_six_hours(day, minutes, codes_found):
    now = day.T0 + timedelta(minutes=minutes)
    facts = day.before_close()
    facts = replace(facts, now=now, readings=(day.reading(day.T0), day.reading(now)))
    facts = replace(facts, answers=(*day.before_supplement().answers, *day.answers(now, *Check)))
    assert codes(refusals(State.SUPPLEMENTED, Step.CLOSE, facts)) == codes_found


@pytest.mark.parametrize(
    ("values", "outcome"),
    [
        ([124, 150, 148], Outcome.MET),  # within a fifth of the first reading
        ([100, 150, 141], Outcome.NOT_MET),
        ([100, 150, 140], Outcome.NOT_MET),  # the limit itself is not below it
        ([100, 125, 139], Outcome.WAITING),  # below, but rising
        ([100, 150, 139], Outcome.MET),
    ],
)
def test_pressure_has_settled_or_is_back_near_its_first_value(day, values, outcome):
    facts = day.before_close()
    readings = tuple(
        day.reading(facts.now - timedelta(minutes=ago), systolic=value)
        for ago, value in zip((400, 60, 5), values, strict=True)
    )
    found = readiness(State.SUPPLEMENTED, Step.CLOSE, replace(facts, readings=readings))
    assert next(f.outcome for f in found if f.code == "vitals.V-END-1a") is outcome


def test_signs_at_the_end_are_fresh_complete_and_limited(day):
    facts = day.before_close()
    old = replace(facts, readings=(day.reading(facts.now - timedelta(minutes=31)),))
    assert codes(refusals(State.SUPPLEMENTED, Step.CLOSE, old)) == ["vitals.V-END-1a", "vitals.V-END-1c"]
    cool = replace(facts, readings=(*facts.readings, day.reading(facts.now, temperature=None)))
    assert refusals(State.SUPPLEMENTED, Step.CLOSE, cool) == []
    untaken = replace(facts, readings=())
    assert codes(refusals(State.SUPPLEMENTED, Step.CLOSE, untaken)) == ["vitals.V-END-1a", "vitals.V-END-1c"]
    assert codes(refusals(State.SUPPLEMENTED, Step.CLOSE, replace(facts, limits=()))) == ["vitals"]


def test_a_day_without_a_dose_cannot_be_closed_as_one_with(day):
    facts = replace(day.before_close(), doses=())
    assert codes(refusals(State.SUPPLEMENTED, Step.CLOSE, facts)) == ["stay"]


def test_a_session_without_a_medicine_closes_when_its_therapists_were_there(day):
    assert refusals(State.OPEN, Step.CLOSE, day.before_dose()) == []
    alone = replace(day.before_dose(), present=day.before_dose().present[:1])
    assert codes(refusals(State.OPEN, Step.CLOSE, alone)) == ["pair"]
