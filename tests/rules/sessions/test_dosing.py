"""The table of states and steps, and what holds of every step of a dosing day."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sessions.rules import dosing
from sessions.rules.dosing import ENDED, SITUATION, TRANSITIONS, State, Step, readiness, refusals
from sessions.rules.facts import Answer, Check
from tests.rules.sessions.steps import BEFORE, CLOSING, GOOD, codes, without


@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("state", State)
def test_every_state_allows_exactly_the_steps_of_the_table(day, state, step):
    facts = getattr(day, GOOD[step])()
    found = codes(refusals(state, step, facts))
    assert found == ([] if (state, step) in TRANSITIONS else ["order"])


def test_every_state_is_reached_and_an_ended_day_stays_ended():
    reached = {State.PREPARING, State.OPEN} | set(TRANSITIONS.values())
    assert reached == set(State) == set(SITUATION)
    assert {state for state in State if not any(state is before for before, _ in TRANSITIONS)} == set(ENDED)


def test_an_initial_dose_is_given_once_at_most_on_every_path():
    def paths(state, given):
        assert given <= 1
        for (before, step), after in TRANSITIONS.items():
            if before is state and step is not Step.UNCLEAR:
                paths(after, given + (step is Step.INITIAL))

    paths(State.PREPARING, 0)
    assert [pair for pair in TRANSITIONS if pair[1] is Step.INITIAL] == [(State.CLEARED, Step.INITIAL)]


def test_the_step_table_is_public():
    assert dosing.TRANSITIONS[(State.DOSED, Step.WITHHOLD)] is State.WITHHELD


@pytest.mark.parametrize("step", [Step.CLEAR, Step.INITIAL, Step.SUPPLEMENT])
@pytest.mark.parametrize("eligibility", [None, ()])
def test_eligibility_that_could_not_be_had_refuses(day, step, eligibility):
    facts = replace(getattr(day, GOOD[step])(), eligibility=eligibility)
    state = next(before for before, taken in TRANSITIONS if taken is step)
    assert codes(refusals(state, step, facts)) == ["eligible"]


@pytest.mark.parametrize("step", [Step.WITHHOLD, Step.CALL_OFF, Step.UNCLEAR])
def test_what_ends_something_needs_a_reason(day, step):
    facts = replace(getattr(day, GOOD[step])(), reason="  ")
    state = next(before for before, taken in TRANSITIONS if taken is step)
    assert codes(refusals(state, step, facts)) == ["reason"]


def test_sentences_are_sentences(day):
    for state in State:
        for step in Step:
            for finding in readiness(state, step, day.before_close()):
                assert not finding.sentence[0].islower(), finding
                assert finding.sentence.endswith((".", "together")), finding


def test_of_two_answers_at_one_instant_the_last_written_counts(day):
    facts = day.before_dose()
    both = (Answer(Check.CONSENT, True, day.T0), Answer(Check.CONSENT, False, day.T0))
    facts = replace(without(facts, Check.CONSENT), answers=(*without(facts, Check.CONSENT).answers, *both))
    assert codes(refusals(State.PREPARING, Step.CLEAR, facts)) == ["consent"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_knowing_less_never_allows_more(day, data):
    """Taking answers, people or readings away leaves every earlier refusal's step refused."""
    step = data.draw(st.sampled_from([Step.CLEAR, Step.INITIAL, Step.SUPPLEMENT, Step.CLOSE]))
    state = next(before for before, taken in TRANSITIONS if taken is step and before is not State.OPEN)
    facts = getattr(day, GOOD[step])()
    needed = {Step.SUPPLEMENT: {Check.AFFIRMED, Check.PHYSICIAN}, Step.CLOSE: set(CLOSING)}.get(step, set(BEFORE))
    gone = data.draw(st.sets(st.sampled_from(sorted(needed)), min_size=1))
    less = replace(facts, answers=tuple(row for row in facts.answers if row.check not in gone))
    assert {reason.code for reason in refusals(state, step, less)} == {check.value for check in gone}
