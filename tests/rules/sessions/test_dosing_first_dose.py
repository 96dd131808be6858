"""What has to hold before a day is cleared and the first dose is given."""

from dataclasses import replace
from datetime import timedelta

import pytest

from accounts.rules.findings import Finding, Outcome
from sessions.rules.dosing import State, Step, readiness, refusals
from sessions.rules.facts import Basis, Check, DoseKind, Given, Person
from tests.rules.sessions.steps import BEFORE, answered, codes, without


def test_a_met_list_names_every_condition_of_the_brief(day):
    found = codes(readiness(State.PREPARING, Step.CLEAR, day.before_dose()))
    assert found == [
        "pair",
        "physician",
        "eligible",
        "identity",
        "consent",
        "touch",
        "abstained",
        "urine",
        "attendant",
        "room",
        "fasting",
        "pregnancy",
        "suicide_risk",
        "distress",
        "vitals.V-PRE-1a",
        "vitals.V-PRE-2c",
        "second_dose",
    ]


@pytest.mark.parametrize("step", [Step.CLEAR, Step.INITIAL])
@pytest.mark.parametrize("check", BEFORE)
def test_an_unanswered_check_refuses(day, check, step):
    state = State.PREPARING if step is Step.CLEAR else State.CLEARED
    (reason,) = refusals(state, step, without(day.before_dose(), check))
    assert (reason.code, reason.outcome) == (check.value, Outcome.UNKNOWN)


@pytest.mark.parametrize("check", [c for c in BEFORE if c not in (Check.FASTING, Check.DISTRESS)])
def test_a_bad_answer_refuses(day, check):
    facts = answered(day.before_dose(), check, good=False, number=0)
    assert [(r.code, r.outcome) for r in refusals(State.PREPARING, Step.CLEAR, facts)] == [
        (check.value, Outcome.NOT_MET)
    ]


@pytest.mark.parametrize("check", [c for c in BEFORE if c not in (Check.FASTING, Check.DISTRESS)])
@pytest.mark.parametrize(("minutes", "refused"), [(24 * 60, False), (24 * 60 + 1, True)])
def test_an_answer_holds_for_24_hours(day, check, minutes, refused):
    facts = answered(day.before_dose(), check, number=1, ago=minutes)
    found = refusals(State.PREPARING, Step.CLEAR, facts)
    assert codes(found) == ([check.value] if refused else [])


@pytest.mark.parametrize("check", [Check.FASTING, Check.SUICIDE_RISK, Check.DISTRESS])
def test_a_number_that_was_not_given_refuses(day, check):
    facts = answered(day.before_dose(), check, number=None)
    assert codes(refusals(State.PREPARING, Step.CLEAR, facts)) == [check.value]


def test_fasting_counts_on_from_when_it_was_asked(day):
    facts = answered(day.before_dose(), Check.FASTING, number=9, ago=59)
    (reason,) = refusals(State.PREPARING, Step.CLEAR, facts)
    assert reason.outcome is Outcome.WAITING
    assert reason.sentence == "Fasting for 9 h 59 min; 10 h are needed. Wait another 1 min."
    assert refusals(State.PREPARING, Step.CLEAR, answered(facts, Check.FASTING, number=9, ago=60)) == []


@pytest.mark.parametrize(("level", "refused"), [(3, False), (4, True), (5, True)])
def test_ideation_from_level_four_stops(day, level, refused):
    facts = answered(day.before_dose(), Check.SUICIDE_RISK, number=level)
    assert bool(refusals(State.PREPARING, Step.CLEAR, facts)) is refused


def test_a_pregnancy_test_is_asked_for_unless_it_cannot_apply(day):
    facts = without(day.before_dose(), Check.PREGNANCY)
    assert codes(refusals(State.PREPARING, Step.CLEAR, facts)) == ["pregnancy"]
    assert refusals(State.PREPARING, Step.CLEAR, replace(facts, may_be_pregnant=False)) == []


def test_one_therapist_twice_is_not_a_pair(day):
    ana = Person("ana", "Ana", True)
    (reason,) = refusals(State.PREPARING, Step.CLEAR, replace(day.before_dose(), present=(ana, ana)))
    assert reason.sentence == ("2 therapists must be present; present now: Ana. Record the arrival of each therapist.")
    facts = replace(day.before_dose(), present=())
    assert "present now: nobody" in refusals(State.PREPARING, Step.CLEAR, facts)[0].sentence


@pytest.mark.parametrize(("live", "outcome"), [(False, Outcome.NOT_MET), (None, Outcome.UNKNOWN)])
def test_a_therapist_without_a_current_licence_does_not_count(day, live, outcome):
    present = (Person("ana", "Ana", True), Person("ben", "Ben", live))
    pair, credentials = refusals(State.PREPARING, Step.CLEAR, replace(day.before_dose(), present=present))
    assert (pair.code, credentials.code, credentials.outcome) == ("pair", "credentials", outcome)


@pytest.mark.parametrize(("live", "outcome"), [(False, Outcome.NOT_MET), (None, Outcome.UNKNOWN)])
def test_a_physician_without_a_current_licence_covers_nobody(day, live, outcome):
    facts = replace(day.before_dose(), physician=Person("cleo", "Cleo", live))
    assert [(r.code, r.outcome) for r in refusals(State.PREPARING, Step.CLEAR, facts)] == [("physician", outcome)]


def test_a_physician_who_is_not_named_covers_nobody(day):
    facts = replace(day.before_dose(), physician=None)
    assert codes(refusals(State.PREPARING, Step.CLEAR, facts)) == ["physician"]


@pytest.mark.parametrize("outcome", [Outcome.NOT_MET, Outcome.UNKNOWN, Outcome.WAITING, Outcome.JUDGEMENT])
def test_screening_blocks_with_its_own_words(day, outcome):
    held = Finding("washout", outcome, "Fluoxetine is clear on 3 June.")
    facts = replace(day.before_dose(), eligibility=(Finding("age", Outcome.MET, "Of age."), held))
    assert refusals(State.CLEARED, Step.INITIAL, facts) == [held]


@pytest.mark.parametrize(("systolic", "refused"), [(140, False), (141, True)])
def test_pressure_above_the_limit_refuses_the_dose(day, systolic, refused):
    facts = replace(day.before_dose(), readings=(day.reading(day.T0, systolic=systolic),))
    assert codes(refusals(State.CLEARED, Step.INITIAL, facts)) == (["vitals.V-PRE-1a"] if refused else [])


def test_oxygen_below_the_limit_refuses_the_dose(day):
    facts = replace(day.before_dose(), readings=(day.reading(day.T0, oxygen=93),))
    (reason,) = refusals(State.CLEARED, Step.INITIAL, facts)
    assert reason.sentence == "Oxygen saturation 93 % is below the limit of 94. Call the physician."


@pytest.mark.parametrize(("minutes", "refused"), [(30, False), (31, True)])
def test_signs_before_the_dose_hold_for_half_an_hour(day, minutes, refused):
    facts = replace(day.before_dose(), readings=(day.reading(day.T0 - timedelta(minutes=minutes)),))
    assert [r.outcome for r in refusals(State.CLEARED, Step.INITIAL, facts)] == [Outcome.UNKNOWN] * (2 * refused)


def test_signs_that_were_not_taken_refuse_one_by_one(day):
    facts = replace(day.before_dose(), readings=(day.reading(day.T0, oxygen=None),))
    assert codes(refusals(State.CLEARED, Step.INITIAL, facts)) == ["vitals.V-PRE-2c"]
    assert codes(refusals(State.CLEARED, Step.INITIAL, replace(facts, limits=()))) == ["vitals"]


def test_a_second_initial_dose_is_refused_by_the_dose_itself_whatever_the_state_says(day):
    facts = replace(day.before_dose(), doses=(Given(DoseKind.INITIAL, 120, Basis.HYDROCHLORIDE, day.T0),))
    (reason,) = refusals(State.CLEARED, Step.INITIAL, facts)
    assert reason.sentence == "The initial dose of 120 mg was given at 09:30; there is no second one."
