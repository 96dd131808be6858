import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.rules import caps5
from integration.rules.symptoms import Cluster

POINTS = st.integers(0, 4)
RATINGS = st.lists(POINTS, min_size=20, max_size=20)
SOME_RATINGS = st.lists(st.none() | POINTS, min_size=20, max_size=20)


def answers(ratings, event=1, duration=1, impairment=2):
    """Twenty ratings in the order of the items, and the rest of the criteria."""
    symptoms = {str(number): rating for number, rating in enumerate(ratings, 1)}
    return symptoms | {"A": event, "F": duration, "23": impairment, "24": 0, "25": 0}


#         B              C     D                    E
SEVERE = [3, 2, 3, 2, 2, 3, 3, 2, 3, 2, 3, 2, 2, 2, 2, 2, 3, 2, 3, 2]  # 48
BETTER = [2, 1, 1, 0, 0, 2, 0, 0, 2, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 1]  # 12: B and C met, one mood symptom


def test_the_worked_example_of_48_is_extreme_and_a_diagnosis():
    scored = caps5.score(answers(SEVERE))
    assert (scored.total, scored.band.name, scored.diagnosis) == (48, "Extreme", True)


def test_from_48_to_12_with_one_mood_symptom_is_a_response_without_diagnosis_and_not_a_remission():
    later = caps5.score(answers(BETTER))
    changed = caps5.change(caps5.score(answers(SEVERE)), later)
    assert [cluster.met for cluster in later.clusters] == [True, True, False, False]
    assert changed == caps5.Change(drop=36, response=True, lost_diagnosis=True, remission=False)


def test_the_diagnosis_can_be_lost_without_a_response():
    barely = [2, 0, 0, 0, 0, 2, 0, 2, 2, 0, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0]
    fewer = [2, 0, 0, 0, 0, 1, 0, 2, 2, 0, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0]
    changed = caps5.change(caps5.score(answers(barely)), caps5.score(answers(fewer)))
    assert (changed.drop, changed.response, changed.lost_diagnosis) == (1, False, True)


def test_a_response_can_keep_the_diagnosis():
    changed = caps5.change(caps5.score(answers([4] * 20)), caps5.score(answers([3] * 20)))
    assert (changed.drop, changed.response, changed.lost_diagnosis, changed.remission) == (20, True, False, False)


@pytest.mark.parametrize(
    ("without", "diagnosis"),
    [({}, True), ({"event": 0}, False), ({"duration": 0}, False), ({"impairment": 1}, False)],
)
def test_each_further_criterion_is_needed_for_the_diagnosis(without, diagnosis):
    assert caps5.score(answers(SEVERE, **without)).diagnosis is diagnosis


@pytest.mark.parametrize("place", range(20))
def test_one_missing_symptom_gives_no_total_and_is_named(place):
    ratings = list(SEVERE)
    ratings[place] = None
    scored = caps5.score(answers(ratings))
    assert (scored.total, scored.band) == (None, None)
    assert [item.code for item in scored.missing] == [str(place + 1)]


def test_a_missing_symptom_leaves_the_diagnosis_standing_when_it_could_not_decide():
    assert caps5.score(answers([None, *SEVERE[1:]])).diagnosis is True


def test_a_missing_symptom_that_could_decide_leaves_the_diagnosis_unknown():
    assert caps5.score(answers([None, 0, 0, 0, 0, *SEVERE[5:]])).diagnosis is None


def test_nothing_answered_is_unknown_throughout():
    scored = caps5.score({})
    assert (scored.total, scored.diagnosis, scored.remission, scored.dissociation) == (None, None, None, None)
    assert len(scored.missing) == 25


def test_no_change_is_known_without_both_totals():
    unknown, known = caps5.score({}), caps5.score(answers(SEVERE))
    assert caps5.change(unknown, known) == caps5.Change(None, None, None, False)
    assert caps5.change(known, unknown) == caps5.Change(None, None, None, None)


def test_nobody_loses_a_diagnosis_they_did_not_have():
    none, later = caps5.score(answers([0] * 20)), caps5.score(answers([0] * 20))
    assert caps5.change(none, later).lost_diagnosis is None


def test_the_dissociative_items_count_by_themselves():
    assert caps5.score(answers(SEVERE) | {"29": 2, "30": 0}).dissociation is True
    assert caps5.score(answers(SEVERE) | {"29": 1, "30": 1}).dissociation is False


@pytest.mark.parametrize(
    ("total", "name"),
    [(0, "Asymptomatic"), (10, "Asymptomatic"), (11, "Mild"), (22, "Mild"), (23, "Moderate"), (34, "Moderate"),
     (35, "Severe"), (46, "Severe"), (47, "Extreme"), (80, "Extreme")],
)  # fmt: skip
def test_severity_bands_at_their_edges(total, name):
    assert caps5.band(total).name == name


@pytest.mark.parametrize("total", [-1, 81])
def test_there_is_no_band_off_the_scale(total):
    with pytest.raises(ValueError, match="between 0 and 80"):
        caps5.band(total)


@pytest.mark.parametrize(("code", "value"), [("1", 5), ("1", -1), ("A", 2), ("21", 1)])
def test_answers_off_the_scale_are_refused(code, value):
    with pytest.raises(ValueError, match=r"item|Item"):
        caps5.score({code: value})


@given(RATINGS)
def test_the_total_is_the_sum_and_stays_in_bounds(ratings):
    scored = caps5.score(answers(ratings))
    assert scored.total == sum(ratings) == sum(cluster.total for cluster in scored.clusters)
    assert 0 <= scored.total <= 80
    assert scored.band.low <= scored.total <= scored.band.high


@given(RATINGS, st.integers(0, 19))
def test_a_worse_rating_never_lowers_the_total_or_takes_the_diagnosis_away(ratings, place):
    worse = list(ratings)
    worse[place] = min(4, worse[place] + 1)
    before, after = caps5.score(answers(ratings)), caps5.score(answers(worse))
    assert after.total >= before.total
    assert after.diagnosis >= before.diagnosis


@given(RATINGS.map(lambda ratings: [rating // 3 for rating in ratings]))
def test_a_total_of_eleven_or_less_can_never_meet_the_diagnosis(ratings):
    scored = caps5.score(answers(ratings))
    if scored.total <= 11:
        assert scored.remission is True


@given(SOME_RATINGS, RATINGS)
def test_what_is_said_with_items_missing_holds_however_they_are_filled(ratings, filling):
    filled = [fill if rating is None else rating for rating, fill in zip(ratings, filling, strict=True)]
    partial, whole = caps5.score(answers(ratings)), caps5.score(answers(filled))
    assert (partial.total is None) == (None in ratings)
    assert partial.diagnosis in (None, whole.diagnosis)
    assert partial.remission in (None, whole.remission)


def test_each_cluster_has_its_symptoms():
    sizes = [sum(item.cluster is cluster for item in caps5.SYMPTOM_ITEMS) for cluster in Cluster]
    assert sizes == [5, 2, 7, 6]
    names = [cluster.name for cluster in caps5.score({}).clusters]
    assert names == ["Intrusion", "Avoidance", "Thoughts and mood", "Arousal and reactivity"]
