import pytest

from patients.rules.withdrawal import CAUSE_TITLES, Cause, refusals, written


@pytest.mark.parametrize("cause", [cause for cause in Cause if cause is not Cause.OTHER])
def test_a_known_cause_is_enough(cause: Cause):
    assert refusals(cause, "") == []
    assert written(cause, " ") == CAUSE_TITLES[cause]


def test_without_a_cause_nobody_is_withdrawn():
    assert [reason.code for reason in refusals("", "They left.")] == ["withdraw-cause"]


def test_another_reason_must_be_given_in_words():
    assert [reason.code for reason in refusals("other", "  ")] == ["withdraw-words"]
    assert refusals("other", "A new job abroad") == []
    assert written("other", " A new job abroad ") == "Another reason, given in words: A new job abroad"
