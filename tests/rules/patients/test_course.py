"""The life of a course, state by state and step by step."""

import pytest

from patients.rules.course import STEPS, refusals

STATES = ["screening", "eligible", "in_treatment", "completed", "excluded", "withdrawn"]
ALLOWED = {
    "screening": {"eligible": False, "excluded": True, "withdrawn": True},
    "eligible": {"screening": True, "in_treatment": False, "excluded": True, "withdrawn": True},
    "in_treatment": {"completed": False, "withdrawn": True},
    "excluded": {"screening": True},
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("to", STATES)
def test_every_step_is_allowed_or_refused_as_the_table_says(state: str, to: str):
    needs_reason = ALLOWED.get(state, {}).get(to)
    with_reason = [reason.code for reason in refusals(state, to, "The patient moved")]
    without = [reason.code for reason in refusals(state, to, "  ")]
    if needs_reason is None:
        assert with_reason == without == ["course-step"]
    else:
        assert with_reason == []
        assert without == (["course-reason"] if needs_reason else [])


def test_nothing_follows_a_completed_or_a_withdrawn_course():
    assert {state for state, _ in STEPS} == {"screening", "eligible", "in_treatment", "excluded"}


def test_a_refusal_names_both_states_in_words():
    (reason,) = refusals("withdrawn", "in_treatment", "")
    assert reason.sentence == "A course that is withdrawn cannot become in treatment."
