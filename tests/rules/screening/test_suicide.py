"""Triage of a C-SSRS, the flag that it raises, and what it takes to clear it."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.rules.findings import Outcome
from screening.rules import suicide
from screening.rules.suicide import Asked, Behaviour, Clearing, Reading, Risk, Signs

NO = Signs(False, False, False, False, False, Behaviour.NEVER)
ORDER = [Risk.NONE, Risk.LOW, Risk.MODERATE, None, Risk.HIGH]  # an open answer stands just below the highest
ITEMS = ("wish", "thoughts", "method", "intent", "plan")
DAY = dt.date(2026, 3, 2)
MORNING = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("yes", "risk"),
    [
        ({}, Risk.NONE),
        ({"wish": True}, Risk.LOW),
        ({"thoughts": True}, Risk.LOW),
        ({"method": True}, Risk.MODERATE),
        ({"intent": True}, Risk.HIGH),
        ({"plan": True}, Risk.HIGH),
        ({"behaviour": Behaviour.EARLIER}, Risk.MODERATE),
        ({"behaviour": Behaviour.RECENT}, Risk.HIGH),
    ],
)
def test_each_answer_has_its_level(yes, risk):
    assert suicide.triage(replace(NO, **yes)) is risk


@pytest.mark.parametrize("item", [*ITEMS, "behaviour"])
def test_an_open_answer_never_reads_as_safe(item):
    assert suicide.triage(replace(NO, **{item: None})) is None
    assert suicide.triage(replace(NO, **{item: None}, **({"plan": True} if item != "plan" else {"intent": True}))) is (
        Risk.HIGH
    )


answers = st.sampled_from([True, False, None])
signs = st.builds(Signs, answers, answers, answers, answers, answers, st.sampled_from([*Behaviour, None]))


@given(signs, st.sampled_from(ITEMS))
def test_adding_a_risk_never_lowers_the_triage(given_signs, item):
    before = suicide.triage(given_signs)
    after = suicide.triage(replace(given_signs, **{item: True}))
    assert getattr(given_signs, item) is None or ORDER.index(after) >= ORDER.index(before)
    # An answer that was open and is a yes now is never safer than the same answer given as a no.
    no = suicide.triage(replace(given_signs, **{item: False}))
    assert ORDER.index(after) >= ORDER.index(no)


@given(signs)
def test_more_recent_behaviour_never_lowers_the_triage(given_signs):
    levels = [ORDER.index(suicide.triage(replace(given_signs, behaviour=behaviour))) for behaviour in Behaviour]
    assert levels == sorted(levels)


@pytest.mark.parametrize(
    ("level", "risk"),
    [
        (0, Risk.NONE),
        (1, Risk.LOW),
        (2, Risk.LOW),
        (3, Risk.MODERATE),
        (4, Risk.HIGH),
        (5, Risk.HIGH),
        (None, None),
    ],
)
def test_a_level_stands_for_its_answers(level, risk):
    assert suicide.triage(suicide.from_level(level, Behaviour.NEVER)) is risk


@pytest.mark.parametrize("level", range(6))
def test_a_level_answers_every_item_up_to_it_and_none_above(level):
    found = suicide.from_level(level, Behaviour.NEVER)
    assert [getattr(found, item) for item in ITEMS] == [True] * level + [False] * (5 - level)


@pytest.mark.parametrize(
    ("word", "risk"),
    [
        ("never", Risk.NONE),
        ("earlier", Risk.MODERATE),
        ("half year", Risk.MODERATE),  # just outside three months
        ("quarter", Risk.HIGH),  # just inside
    ],
)
def test_behaviour_counts_as_recent_for_three_months(word, risk):
    assert suicide.triage(suicide.from_evidence({"ideation_month": 0}, {"behaviour": word})) is risk


def test_an_evaluation_without_a_word_on_suicide_is_no_reading():
    assert suicide.from_evidence({"caps5": 40}, {}) is None
    assert suicide.triage(suicide.from_evidence({"ideation_month": 1}, {})) is None


@pytest.mark.parametrize(
    ("given_signs", "words"),
    [
        (NO, "ideation 0 of 5, no behaviour"),
        (replace(NO, wish=True), "ideation 1 of 5, no behaviour"),
        (replace(NO, intent=True), "ideation 4 of 5, no behaviour"),
        (replace(NO, plan=True, behaviour=None), "ideation 5 of 5, behaviour not asked"),
        (replace(NO, wish=None, behaviour=Behaviour.EARLIER), "ideation not asked, earlier behaviour"),
        (replace(NO, behaviour=Behaviour.RECENT), "ideation 0 of 5, behaviour in the last three months"),
    ],
)
def test_answers_are_kept_in_words(given_signs, words):
    assert suicide.written(given_signs) == words


# --- the flag


def reading(risk, day=0, **more):
    asked = Asked.WELL_BEING if risk is None else Asked.MEASURE
    at = MORNING + dt.timedelta(days=day)
    return Reading(risk, asked, at.date(), at, f"asked on day {day}", **more)


CLEARED = Clearing("Petra Fictional", DAY, "Spoken for an hour.")


@pytest.mark.parametrize(
    ("readings", "outcome"),
    [
        ([], Outcome.MET),
        ([reading(Risk.NONE)], Outcome.MET),
        ([reading(Risk.LOW)], Outcome.MET),
        ([reading(Risk.MODERATE)], Outcome.MET),
        ([reading(Risk.HIGH)], Outcome.NOT_MET),
        ([reading(None)], Outcome.UNKNOWN),
        # A low C-SSRS answers an open question, but a high one only a physician.
        ([reading(None), reading(Risk.LOW, 1)], Outcome.MET),
        ([reading(None), reading(Risk.HIGH, 1)], Outcome.NOT_MET),
        ([reading(Risk.HIGH), reading(Risk.NONE, 1)], Outcome.NOT_MET),
        ([reading(Risk.HIGH), reading(None, 1)], Outcome.NOT_MET),
        ([reading(Risk.HIGH), reading(Risk.NONE, 1, clearing=CLEARED)], Outcome.MET),
        ([reading(Risk.HIGH), reading(Risk.NONE, 1, clearing=CLEARED), reading(None, 2)], Outcome.UNKNOWN),
        ([reading(Risk.HIGH), reading(Risk.NONE, 1, clearing=CLEARED), reading(Risk.HIGH, 2)], Outcome.NOT_MET),
        ([reading(Risk.LOW), reading(None, 1)], Outcome.UNKNOWN),
        (
            [
                reading(Risk.HIGH),
                reading(Risk.NONE, 1, clearing=CLEARED),
                reading(Risk.HIGH, 2),
                reading(Risk.LOW, 3, clearing=CLEARED),
            ],
            Outcome.MET,
        ),
        # A screen answers what was asked before it; the question asked after it waits for one of its own.
        ([reading(Risk.LOW), reading(None), reading(None, 1)], Outcome.UNKNOWN),
        ([reading(Risk.LOW, 1), reading(None, 1)], Outcome.UNKNOWN),
    ],
)
def test_the_flag_stands_until_it_is_answered(readings, outcome):
    found = suicide.standing(readings)
    assert (found.outcome, found.decided_by) == (outcome, "physician")


@given(st.lists(st.sampled_from([*Risk, None]), max_size=6))
def test_without_a_physician_nothing_takes_a_high_reading_away(risks):
    readings = [reading(risk, day) for day, risk in enumerate(risks)]
    found = suicide.standing(readings).outcome
    assert (found is Outcome.NOT_MET) is (Risk.HIGH in risks)


@pytest.mark.parametrize("risk", [*Risk, None])
@given(st.lists(st.sampled_from([*Risk, None]), max_size=5))
def test_one_more_high_reading_always_blocks(risk, risks):
    readings = [reading(each, day) for day, each in enumerate([*risks, risk])]
    assert suicide.standing([*readings, reading(Risk.HIGH, 9)]).blocks


# --- clearing

HIGH, LOW = reading(Risk.HIGH), reading(Risk.LOW, 1)
MADE = MORNING + dt.timedelta(hours=2)
RIGHT = {"is_physician": True, "reason": "Spoken for an hour.", "plan_made_at": MADE}


def refused(readings, **changes):
    return [finding.code for finding in suicide.clearing_refusals(readings, **{**RIGHT, **changes})]


def test_a_physician_clears_on_a_newer_screen_with_a_plan_and_a_reason():
    assert refused([HIGH, LOW]) == []


@pytest.mark.parametrize(
    ("readings", "changes", "codes"),
    [
        ([HIGH, LOW], {"is_physician": False}, ["not-physician"]),
        ([HIGH, LOW], {"reason": " "}, ["reason"]),
        ([HIGH, LOW], {"plan_made_at": None}, ["no-plan"]),
        ([HIGH, LOW], {"plan_made_at": MORNING - dt.timedelta(seconds=1)}, ["no-plan"]),
        ([HIGH, LOW], {"plan_made_at": MORNING}, []),
        ([HIGH], {}, ["no-newer"]),
        ([LOW, HIGH], {}, ["no-newer"]),
        ([HIGH, reading(None, 1)], {}, ["no-newer"]),
        # A correction of the same day is newer; a sheet of an earlier day, typed in late, is not.
        ([HIGH, replace(LOW, taken_on=DAY)], {}, []),
        ([HIGH, replace(LOW, taken_on=DAY - dt.timedelta(days=1))], {}, ["no-newer"]),
        ([LOW], {}, ["no-flag"]),
        ([reading(None)], {}, ["no-flag"]),
        ([], {"is_physician": False}, ["not-physician", "no-flag"]),
        (
            [HIGH],
            {"is_physician": False, "reason": "", "plan_made_at": None},
            ["not-physician", "no-newer", "no-plan", "reason"],
        ),
    ],
)
def test_whatever_is_missing_is_said(readings, changes, codes):
    assert refused(readings, **changes) == codes


def test_a_screen_of_an_earlier_day_does_not_answer_a_later_question():
    asked = Reading(None, Asked.WELL_BEING, DAY, MORNING, "thoughts")
    screen = Reading(Risk.LOW, Asked.SCREENING, DAY, MORNING + dt.timedelta(hours=1), "ideation 1 of 5")
    assert suicide.flag([asked, screen]) is None
    typed_back = replace(screen, taken_on=DAY - dt.timedelta(days=1))
    assert suicide.flag([asked, typed_back]) == suicide.Flag(asked, None)
