from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screening.rules.candidate import MedicineFact
from screening.rules.tapering import EVERY, Step, Watch, refusals, step_on, watch
from screening.rules.washout import REFERENCE, clearances
from tests.rules.screening.people import TODAY, ago, taking

STEPS = [Step(date(2026, 3, 1), "20 mg"), Step(date(2026, 3, 15), "10 mg")]


def codes(steps=STEPS, last_dose_on=None, prescriber="Dr Ash"):
    return [finding.code for finding in refusals(steps, last_dose_on=last_dose_on, prescriber=prescriber)]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"last_dose_on": date(2026, 3, 15)}, []),
        ({"last_dose_on": date(2026, 3, 14)}, ["last-dose"]),
        ({"prescriber": "  "}, ["prescriber"]),
        ({"steps": []}, ["steps"]),
        ({"steps": [], "last_dose_on": date(2026, 3, 1)}, ["steps"]),
        ({"steps": [Step(date(2026, 3, 1), " ")]}, ["dose"]),
        ({"steps": STEPS[::-1]}, ["order"]),
        ({"steps": [STEPS[0], STEPS[0]]}, ["order"]),
        ({"steps": [STEPS[0]], "prescriber": ""}, ["prescriber"]),
    ],
)
def test_a_plan_that_could_not_be_followed_is_refused_with_every_reason(change, expected):
    assert codes(**change) == expected


@pytest.mark.parametrize(("day", "dose"), [(27, None), (1, "20 mg"), (14, "20 mg"), (15, "10 mg"), (30, "10 mg")])
def test_the_step_of_a_day_is_the_last_one_begun(day, dose):
    when = date(2026, 2 if day == 27 else 3, day)
    found = step_on(reversed(STEPS), when)
    assert (found.dose if found else None) == dose


def watched(*medicines, tapers=(), last=None, as_of=TODAY):
    entries = clearances(taking(*medicines), REFERENCE, as_of=as_of)
    return watch(tapers, entries, last_checked=last, as_of=as_of)


FLUOXETINE = MedicineFact("fluoxetine", ongoing=False, last_dose_on=ago(20))


@pytest.mark.parametrize(
    ("medicines", "tapers", "since"),
    [
        ((), (), None),
        ((FLUOXETINE,), (), ago(20)),
        ((FLUOXETINE,), (ago(40),), ago(40)),
        ((FLUOXETINE,), (ago(-3),), ago(20)),
        ((), (ago(-3),), None),
        ((), (TODAY,), TODAY),
        ((MedicineFact("fluoxetine", ongoing=False, last_dose_on=ago(100)),), (), None),
        ((MedicineFact("fluoxetine", ongoing=True),), (), None),
        ((MedicineFact("ibuprofen", ongoing=False, last_dose_on=ago(1)),), (), None),
        ((MedicineFact("lorazepam", regular=False, ongoing=True, last_dose_on=ago(1)),), (), None),
    ],
)
def test_somebody_is_watched_from_the_first_step_until_the_last_washout_is_over(medicines, tapers, since):
    found = watched(*medicines, tapers=tapers)
    assert (found.since if found else None) == since


@pytest.mark.parametrize(("last", "due"), [(None, ago(13)), (ago(30), ago(13)), (ago(20), ago(13)), (ago(4), ago(-3))])
def test_a_check_is_due_a_week_after_the_beginning_or_the_one_before(last, due):
    assert watched(FLUOXETINE, last=last).due_on == due


@pytest.mark.parametrize(
    ("due", "late", "words"),
    [
        (ago(-1), 0, "Next well-being check on 2 Apr 2026"),
        (TODAY, 0, "Well-being check due today"),
        (ago(1), 1, "Well-being check 1 day late"),
        (ago(9), 9, "Well-being check 9 days late"),
    ],
)
def test_it_says_how_late_a_check_is(due, late, words):
    one = Watch(ago(30), due)
    assert (one.late(TODAY), one.words(TODAY)) == (late, words)


@given(last=st.none() | st.integers(0, 60), since=st.integers(0, 86))
def test_no_watch_goes_longer_than_a_week_without_a_check_falling_due(last, since):
    checked = None if last is None else ago(last)
    found = watched(MedicineFact("fluoxetine", ongoing=False, last_dose_on=ago(since)), last=checked)
    assert found.due_on <= max(ago(since), checked or ago(since)) + EVERY
    assert found.due_on - found.since >= timedelta(days=7)
