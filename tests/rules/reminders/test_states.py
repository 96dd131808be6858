from itertools import product

import pytest

from reminders.rules import states
from reminders.rules.states import State, Step

# Written out by hand a second time on purpose: the table may not change unnoticed.
MAY = {
    "pending": {"claim": "sending", "suppress": "suppressed", "supersede": "superseded"},
    "sending": {
        "accepted": "sent",
        "refused": "failed",
        "not reached": "pending",
        "wait": "pending",
        "lost": "unknown",
        "suppress": "suppressed",
        "supersede": "superseded",
    },
    "sent": {},
    "superseded": {},
    "suppressed": {},
    "failed": {"send again": "pending", "let go": "suppressed", "supersede": "superseded"},
    "unknown": {"it was sent": "sent", "send again": "pending", "let go": "suppressed"},
}


@pytest.mark.parametrize(("state", "step"), list(product(State, Step)))
def test_every_state_and_step_has_the_agreed_end(state: State, step: Step) -> None:
    expected = MAY[state].get(step)
    assert states.after(state, step) == (State(expected) if expected else None)


def test_the_sources_of_a_step_are_the_states_it_leaves() -> None:
    assert states.sources(Step.CLAIM) == {State.PENDING}
    assert states.sources(Step.SUPERSEDE) == {State.PENDING, State.SENDING, State.FAILED}
    assert states.sources(Step.SEND_AGAIN) == {State.UNKNOWN, State.FAILED}


def test_a_final_state_has_no_way_out_and_every_other_has_one() -> None:
    leaving = {state for (state, _) in states.TRANSITIONS}
    assert leaving == set(State) - states.FINAL


def test_an_unknown_reminder_is_only_ever_moved_by_a_person() -> None:
    assert {step for (state, step) in states.TRANSITIONS if state is State.UNKNOWN} == states.BY_A_PERSON


def test_a_person_decides_only_where_a_person_is_needed() -> None:
    assert {state for state in State if states.choices(state)} == states.NEEDS_A_PERSON
    assert states.choices(State.FAILED) == (Step.SEND_AGAIN, Step.LET_GO)


def test_every_state_is_said_in_words() -> None:
    assert set(states.SAID) == set(State)
