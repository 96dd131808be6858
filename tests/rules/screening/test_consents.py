"""What is agreed now, what a change may do, and when a consent no longer counts."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.rules.findings import Outcome
from screening.rules import consents
from screening.rules.candidate import ConsentKind
from screening.rules.consents import NOTHING, SAFETY_HOLD, Agreement, Question, Text

DAY = dt.date(2026, 3, 10)
BEFORE, AFTER = DAY - dt.timedelta(days=7), DAY + dt.timedelta(days=7)
TEXT = Text(ConsentKind.TOUCH, "1", dt.date(2026, 1, 1), None, None)


def said(*scope, on=BEFORE, **more):
    return Agreement(ConsentKind.TOUCH, frozenset(scope), on, on, text=TEXT, **more)


# --- narrowing and widening


@pytest.mark.parametrize(
    ("agreements", "now", "later"),
    [
        ([], "", ""),
        ([said("hand", "arm")], "hand arm", ""),
        # Less on the day counts at once; more on the day, or for the first time, waits for the next session.
        ([said("hand", "arm"), said("hand", on=DAY)], "hand", ""),
        ([said("hand"), said("hand", "arm", on=DAY)], "hand", "arm"),
        ([said("hand"), said("arm", on=DAY)], "", "arm"),
        ([said("hand", on=DAY)], "", "hand"),
        ([said("hand", "arm"), said("hand", on=DAY), said("hand", "arm", on=DAY)], "hand", "arm"),
        ([said("hand"), said(on=DAY)], "", ""),
        # A withdrawal counts at once, whenever the consent was given; an older one does not come back.
        ([said("hand", withdrawn=True)], "", ""),
        ([said("arm"), said("hand", withdrawn=True)], "", ""),
        ([said("hand"), said("hand", on=DAY, withdrawn=True)], "", ""),
        ([said("hand", understood=False)], "", ""),
        ([said("hand"), said("hand", "arm", on=DAY, understood=False)], "", ""),
        # A date typed back does not make it older than the day on which it was written down.
        ([said("hand"), replace(said("hand", "arm", on=DAY), given_on=BEFORE)], "hand", "arm"),
    ],
)
def test_less_counts_at_once_and_more_from_the_next_session(agreements, now, later):
    found = consents.agreed(agreements, on=DAY)
    assert (found.now, found.later) == (frozenset(now.split()), frozenset(later.split()))


def test_no_touch_said_in_words_is_an_agreement_too():
    assert consents.agreed([said()], on=DAY).ever
    assert not consents.agreed([said(on=DAY)], on=DAY).ever
    assert not consents.agreed([], on=DAY).ever


scopes = st.frozensets(st.sampled_from(["hand", "shoulder", "arm"]))
agreements = st.lists(
    st.builds(
        lambda scope, on, understood, withdrawn: replace(
            said(*scope, on=on), understood=understood, withdrawn=withdrawn
        ),
        scopes,
        st.sampled_from([BEFORE, DAY]),
        st.booleans(),
        st.booleans(),
    ),
    max_size=6,
).map(lambda rows: sorted(rows, key=lambda row: row.recorded_on))


@given(agreements, scopes)
def test_nothing_said_on_the_day_makes_it_more_today(rows, scope):
    now = consents.agreed(rows, on=DAY).now
    assert consents.agreed([*rows, said(*scope, on=DAY)], on=DAY).now <= now & scope | NOTHING
    before = [row for row in rows if row.recorded_on < DAY]
    assert now <= consents.agreed(before, on=DAY).now


@pytest.mark.parametrize(
    ("held", "wanted", "sober", "codes"),
    [
        ("hand", "hand arm", True, []),
        ("hand", "hand arm", False, ["widening"]),
        ("hand arm", "hand", False, []),
        ("hand", "", False, []),
        ("hand", "arm", False, ["widening"]),
        ("", "hand", False, ["widening"]),
        ("hand", "hand", False, []),
    ],
)
def test_more_is_agreed_only_when_sober(held, wanted, sober, codes):
    found = consents.change_refusals(frozenset(held.split()), frozenset(wanted.split()), sober=sober)
    assert [finding.code for finding in found] == codes
    assert all(finding.outcome is Outcome.NOT_MET for finding in found)


# --- a touch


SCOPE = frozenset({"hand", "by Ada", "for grounding", SAFETY_HOLD})


@pytest.mark.parametrize(
    ("scope", "zone", "therapist", "sentence"),
    [
        (SCOPE, "hand", "Ada", ""),
        (SCOPE, "arm", "Ada", "Touch outside the agreement: arm. Agreed: hand."),
        (SCOPE, "hand", "Ben", "Touch outside the agreement: it does not name Ben."),
        (SCOPE, None, "Ben", ""),
        (SCOPE - {SAFETY_HOLD}, None, "Ada", f"Touch outside the agreement: {SAFETY_HOLD}. Agreed: hand."),
        (NOTHING, "hand", "Ada", "Touch outside the agreement: hand. Agreed: no touch."),
    ],
)
def test_a_touch_outside_the_agreement_is_called_one(scope, zone, therapist, sentence):
    assert consents.outside(scope, zone=zone, therapist=therapist) == sentence


# --- terms

WHOLE = {
    "zones": ["hand"],
    "purposes": ["grounding"],
    "therapists": ["Ada"],
    "stop_word": "stop",
    "stop_sign": "a raised hand",
    "witnesses": ["Ben"],
    "practised": True,
    "safety": True,
    "sober": True,
}


@pytest.mark.parametrize("missing", ["stop_word", "stop_sign", "practised", "therapists", "witnesses", "sober"])
def test_touch_is_not_agreed_without(missing):
    assert consents.term_refusals(ConsentKind.TOUCH, WHOLE) == []
    found = consents.term_refusals(ConsentKind.TOUCH, {**WHOLE, missing: None})
    assert [finding.code for finding in found] == [missing]


def test_no_touch_needs_only_a_sober_word():
    assert consents.term_refusals(ConsentKind.TOUCH, {"zones": [], "sober": True}) == []
    assert [f.code for f in consents.term_refusals(ConsentKind.TOUCH, {"zones": []})] == ["sober"]
    assert consents.term_refusals(ConsentKind.RECORDING, {}) == []


@pytest.mark.parametrize(
    ("kind", "terms", "scope"),
    [
        (ConsentKind.TREATMENT, {}, {"treatment"}),
        (ConsentKind.RECORDING, {"purposes": ["training"], "keep_months": 6}, {"training"}),
        (ConsentKind.RECORDING, {}, set()),
        (ConsentKind.SHARING, {"recipients": ["Dr Fictional: dates"]}, {"Dr Fictional: dates"}),
        (ConsentKind.TOUCH, WHOLE, {"hand", "for grounding", "by Ada", SAFETY_HOLD}),
        (ConsentKind.TOUCH, {**WHOLE, "zones": [], "safety": False}, set()),
        (ConsentKind.TOUCH, {**WHOLE, "zones": []}, {"for grounding", "by Ada", SAFETY_HOLD}),
    ],
)
def test_terms_have_their_scope(kind, terms, scope):
    assert consents.scope_of(kind, terms) == scope


# --- whether it still counts


@pytest.mark.parametrize(
    ("agreement", "more", "why"),
    [
        (said("hand"), {}, ""),
        (replace(said("hand"), text=None), {}, "Which text was agreed to is not on file here."),
        (replace(said("hand"), text=replace(TEXT, holds_days=7)), {}, ""),
        (replace(said("hand"), text=replace(TEXT, holds_days=6)), {}, "It holds for 6 days"),
        (replace(said("hand"), text=replace(TEXT, valid_until=DAY)), {}, ""),
        (
            replace(said("hand"), text=replace(TEXT, valid_until=DAY - dt.timedelta(days=1))),
            {},
            "Version 1 expired on 9 Mar 2026.",
        ),
        (
            said("hand"),
            {"texts": [replace(TEXT, version="2", valid_from=DAY)]},
            "Version 2 took its place on 10 Mar 2026.",
        ),
        (said("hand"), {"texts": [replace(TEXT, version="2", valid_from=AFTER)]}, ""),
        (
            said("hand"),
            {"texts": [replace(TEXT, version=version, valid_from=day) for version, day in (("3", DAY), ("2", BEFORE))]},
            "Version 3 took its place on 10 Mar 2026.",
        ),
        (said("hand"), {"texts": [replace(TEXT, version="2", valid_from=DAY, asks_again=False)]}, ""),
        (
            said("hand"),
            {"recalls": [(DAY, "New information: a safety letter")]},
            "It was asked for again on 10 Mar 2026.",
        ),
        (said("hand"), {"left": [(BEFORE, "Ada")]}, "Ada has left the pair since."),
        (said("hand"), {"left": [(BEFORE - dt.timedelta(days=1), "Ada")]}, ""),
        (replace(said("x"), kind=ConsentKind.RECORDING), {"left": [(BEFORE, "Ada")]}, ""),
    ],
)
def test_a_consent_counts_until_something_speaks_against_it(agreement, more, why):
    found = consents.doubt(agreement, **{"texts": [TEXT], **more}, as_of=DAY)
    assert found.startswith(why)
    assert bool(found) is bool(why)


def test_the_newest_text_in_force_is_the_one_to_agree_to():
    old, new = TEXT, replace(TEXT, version="2", valid_from=DAY)
    assert consents.current([new, old], ConsentKind.TOUCH, on=DAY) is new
    assert consents.current([new, old], ConsentKind.TOUCH, on=BEFORE) is old
    assert consents.current([new, old], ConsentKind.TREATMENT, on=DAY) is None
    assert consents.current([replace(old, valid_until=BEFORE)], ConsentKind.TOUCH, on=DAY) is None
    last = replace(old, valid_until=DAY)
    assert consents.current([last], ConsentKind.TOUCH, on=DAY) is last
    assert consents.current([replace(old, valid_from=DAY)], ConsentKind.TOUCH, on=BEFORE) is None


# --- the understanding check

WRITTEN = """
May I stop?
- No
* Yes

Is it approved?
* No
- Yes
"""


def test_questions_are_read_as_a_clinic_writes_them():
    assert consents.questions_from(WRITTEN) == (
        Question("May I stop?", ("No", "Yes"), 1),
        Question("Is it approved?", ("No", "Yes"), 0),
    )
    assert consents.questions_from("") == ()
    assert consents.questions_from("May I stop?\n-No\n*Yes") == (Question("May I stop?", ("No", "Yes"), 1),)


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("* Yes", "Line 1: an answer without a question"),
        ("May I?\n* Yes\n* No", "Line 3: a second right answer"),
        ("May I?\n- Yes\n- No", "needs at least two answers, the right one"),
        ("May I?\n* Yes", "needs at least two answers"),
        ("May I?\n* Yes\n* No\nIs it?\n* No\n- Yes", "Line 3: a second right answer"),
        ("May I?\nMay you?\n* Yes\n- No", "“May I?” needs at least two"),
    ],
)
def test_a_check_that_cannot_be_answered_is_refused(written, problem):
    with pytest.raises(ValueError, match=problem.replace("?", r"\?")):
        consents.questions_from(written)


@pytest.mark.parametrize(
    ("answers", "understood"), [([1, 0], True), ([0, 0], False), ([1, None], False), ([1], False), ([], False)]
)
def test_it_is_understood_when_every_answer_is_right(answers, understood):
    assert consents.understood(consents.questions_from(WRITTEN), answers) is understood


def test_a_text_without_questions_asks_nothing():
    assert consents.understood((), [])


def test_a_scope_is_said_in_the_order_in_which_it_is_spoken():
    assert consents.ordered(SCOPE | {"arm"}) == ["arm", "hand", "for grounding", "by Ada", SAFETY_HOLD]
