from datetime import date

import pytest

from integration.rules import entering


def codes(findings):
    return [finding.code for finding in findings]


@pytest.mark.parametrize(
    ("duties", "refused"),
    [
        (["rater"], []),
        (["lead"], ["treats_the_patient"]),
        (["second"], ["treats_the_patient"]),
        (["physician"], ["treats_the_patient"]),
        (["rater", "second"], ["treats_the_patient"]),
        ([], ["not_the_rater"]),
    ],
)
def test_only_an_independent_rater_may_rate_the_outcome(duties, refused):
    assert codes(entering.who_refusals("rater", duties)) == refused


@pytest.mark.parametrize("by", ["patient", "therapist"])
@pytest.mark.parametrize(
    ("duties", "refused"), [(["lead"], []), (["physician"], []), (["rater"], ["not_treating"]), ([], ["not_treating"])]
)
def test_self_ratings_and_safety_questions_belong_to_those_who_treat(by, duties, refused):
    assert codes(entering.who_refusals(by, duties)) == refused


@pytest.mark.parametrize(
    ("duties", "learned", "blinded"),
    [
        (["rater"], False, True),
        (["rater"], True, False),
        (["rater", "lead"], False, False),
        (["lead"], False, False),
        ([], False, False),
    ],
)
def test_a_rating_is_blinded_only_from_an_independent_rater_who_was_told_nothing(duties, learned, blinded):
    assert entering.blinded(duties, learned_something=learned) is blinded


def test_missing_answers_are_named_before_signing():
    answers = {str(number): 1 for number in range(1, 20)}
    [found] = entering.signing_refusals("PCL-5", answers, leave_out_missing=False)
    assert found.sentence == "1 answer is missing: 20 Disturbed sleep."
    assert entering.signing_refusals("PCL-5", answers, leave_out_missing=True) == []


def test_an_empty_sheet_cannot_be_signed_even_with_its_gaps_accepted():
    [found] = entering.signing_refusals("C-SSRS", {}, leave_out_missing=True)
    assert found.sentence.startswith("7 answers are missing: 1 Wish to be dead")


def test_a_whole_sheet_can_be_signed():
    answers = {str(number): 1 for number in range(1, 21)}
    assert entering.signing_refusals("PCL-5", answers, leave_out_missing=False) == []


def test_a_measure_cannot_be_taken_tomorrow():
    today = date(2026, 3, 3)
    [found] = entering.day_refusals(date(2026, 3, 4), as_of=today)
    assert found.sentence == "4 March 2026 has not come yet. Give the day the measure was taken."
    assert entering.day_refusals(today, as_of=today) == []
