import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.rules import pcl5

RATINGS = st.lists(st.integers(0, 4), min_size=20, max_size=20)


def answers(ratings):
    return {str(number): rating for number, rating in enumerate(ratings, 1)}


def spread(total):
    """Twenty ratings that sum to `total`."""
    return [total // 20 + (place < total % 20) for place in range(20)]


def test_the_total_is_the_sum():
    scored = pcl5.score(answers([2] * 20))
    assert (scored.total, scored.prorated, scored.provisional_diagnosis, scored.missing) == (40, False, True, ())


@pytest.mark.parametrize(("total", "above"), [(30, False), (31, None), (33, None), (34, True)])
def test_sources_disagree_between_31_and_33_so_the_cut_is_unknown_there(total, above):
    assert pcl5.score(answers(spread(total))).above_cut is above


def test_two_missing_answers_are_prorated_and_said_so():
    scored = pcl5.score(answers([None, None, *[2] * 18]))
    assert (scored.total, scored.prorated) == (40, True)
    assert [item.code for item in scored.missing] == ["1", "2"]


@pytest.mark.parametrize(("ones", "total"), [(9, 9), (10, 11)])  # 9 * 20 / 19 = 9.47 and 10 * 20 / 19 = 10.53
def test_prorating_rounds_to_the_nearest_point(ones, total):
    assert pcl5.score(answers([None, *[0] * (19 - ones), *[1] * ones])).total == total


def test_three_missing_answers_leave_no_total():
    scored = pcl5.score(answers([None, None, None, *[2] * 17]))
    assert (scored.total, scored.prorated, scored.above_cut) == (None, False, None)


def test_nothing_answered_leaves_nothing_known():
    scored = pcl5.score({})
    assert (scored.total, scored.provisional_diagnosis, len(scored.missing)) == (None, None, 20)


@pytest.mark.parametrize(
    ("later", "change"),
    [
        (40, pcl5.Change(0, False, False)),
        (36, pcl5.Change(-4, False, False)),
        (35, pcl5.Change(-5, True, False)),
        (30, pcl5.Change(-10, True, True)),
        (50, pcl5.Change(10, True, True)),
    ],
)
def test_reliable_from_five_points_and_meaningful_from_ten_in_either_direction(later, change):
    assert pcl5.change(pcl5.score(answers(spread(40))), pcl5.score(answers(spread(later)))) == change


def test_no_change_is_known_without_both_totals():
    known, unknown = pcl5.score(answers([1] * 20)), pcl5.score({})
    assert pcl5.change(known, unknown) == pcl5.change(unknown, known) == pcl5.Change(None, None, None)


@given(RATINGS, st.integers(0, 19), st.integers(0, 19))
def test_a_prorated_total_stays_in_bounds(ratings, one, other):
    left_out = [None if place in (one, other) else rating for place, rating in enumerate(ratings)]
    assert 0 <= pcl5.score(answers(left_out)).total <= 80


@given(RATINGS, st.integers(0, 19))
def test_a_worse_answer_never_lowers_the_total(ratings, place):
    worse = list(ratings)
    worse[place] = min(4, worse[place] + 1)
    assert pcl5.score(answers(worse)).total >= pcl5.score(answers(ratings)).total == sum(ratings)


def test_answers_off_the_scale_are_refused():
    with pytest.raises(ValueError, match="Item 1 must be between 0 and 4, not 5"):
        pcl5.score({"1": 5})
