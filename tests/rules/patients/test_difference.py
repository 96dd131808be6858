"""The difference between two protocols: what counts as tightened, what as loosened, and that nothing slips through."""

from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.rules.findings import Mark, Source
from patients.rules.difference import STRICTER, Change, differences
from patients.rules.loading import load
from patients.rules.protocol import CriterionKind, EvidenceKind, Figure, Protocol, Reach
from tests.rules.patients.test_protocol_files import FOLDER

OWN = Source("The clinic", Mark.CLINIC)
ADDED, REMOVED, TIGHTENED, LOOSENED = Change.ADDED, Change.REMOVED, Change.TIGHTENED, Change.LOOSENED
STOP, HOLD, JUDGED = CriterionKind.STOP, CriterionKind.HOLD, CriterionKind.JUDGEMENT


@cache
def reference() -> Protocol:
    return load((FOLDER / "mapp3.toml").read_text(encoding="utf-8"), "mapp3.toml")


def criterion(code):
    return next(c for c in reference().criteria if c.code == code)


def with_criterion(code, **changes):
    changed = [replace(c, **changes) if c.code == code else c for c in reference().criteria]
    return replace(reference(), criteria=tuple(changed))


def limit(code, name, value, unit=None):
    figure = criterion(code).limits[name]
    return with_criterion(code, limits={**criterion(code).limits, name: Figure(value, unit or figure.unit, OWN)})


def told(new, old=None):
    return [(d.code, d.change, d.sentence) for d in differences(old or reference(), new)]


def test_a_protocol_differs_in_nothing_from_itself_and_the_shipped_ones_ask_the_same():
    assert differences(reference(), reference()) == []
    for code in ("two-dose", "three-week"):
        assert differences(reference(), load((FOLDER / f"{code}.toml").read_text(encoding="utf-8"), code)) == []


def months(value, unit="months"):
    return Figure(value, unit, OWN)


CHANGES = [
    (limit("M2", "female", 470), LOOSENED, "M2 has the limit female 470 ms instead of 460 ms: loosened."),
    (limit("M2", "female", 450), TIGHTENED, "M2 has the limit female 450 ms instead of 460 ms: tightened."),
    (limit("M10", "weight", 45), LOOSENED, "M10 has the limit weight 45 kg instead of 48 kg: loosened."),
    (limit("M10", "weight", 50), TIGHTENED, "M10 has the limit weight 50 kg instead of 48 kg: tightened."),
    (limit("M10", "weight", 50, "lb"), LOOSENED, "M10 has the limit weight 50 lb instead of 48 kg: loosened."),
    (limit("M1", "occasions", 4), LOOSENED, "M1 has the limit occasions 4 occasions instead of 3 occasions: loosened."),
    (limit("M1", "occasions", 2), LOOSENED, "M1 has the limit occasions 2 occasions instead of 3 occasions: loosened."),
    (limit("P15", "free_for", 3), LOOSENED, "P15 has the limit free for 3 months instead of 6 months: loosened."),
    (with_criterion("M10", limits={}), LOOSENED, "M10 loses the limit weight: loosened."),
    (
        with_criterion("P11c", limits={"ideation": Figure(5, "level", OWN)}),
        LOOSENED,
        "P11c gets the limit ideation: loosened.",
    ),
    (with_criterion("P2", kind=JUDGED), LOOSENED, "P2 was stop and is for judgement: loosened."),
    (with_criterion("P2", kind=HOLD), LOOSENED, "P2 was stop and is hold: loosened."),
    (with_criterion("I5", kind=JUDGED), LOOSENED, "I5 was hold and is for judgement: loosened."),
    (with_criterion("I5", kind=STOP), TIGHTENED, "I5 was hold and is stop: tightened."),
    (with_criterion("P17", kind=STOP), TIGHTENED, "P17 was for judgement and is stop: tightened."),
    (with_criterion("P17", kind=HOLD), TIGHTENED, "P17 was for judgement and is hold: tightened."),
    (with_criterion("P2", reach=Reach.NOW), LOOSENED, "P2 reached back for ever and reaches back to now: loosened."),
    (with_criterion("P5", reach=Reach.EVER), TIGHTENED, "P5 reached back to now and reaches back for ever: tightened."),
    (
        with_criterion("P10", look_back=months(6)),
        LOOSENED,
        "P10 reached back 12 months and reaches back 6 months: loosened.",
    ),
    (
        with_criterion("P10", look_back=months(24)),
        TIGHTENED,
        "P10 reached back 12 months and reaches back 24 months: tightened.",
    ),
    (
        with_criterion("P14", look_back=months(3)),
        TIGHTENED,
        "P14 reached back 84 days and reaches back 3 months: tightened.",
    ),
    (
        with_criterion("P10", look_back=None, reach=Reach.NOW),
        LOOSENED,
        "P10 reached back 12 months and reaches back to now: loosened.",
    ),
    (
        with_criterion("P10", look_back=None, reach=Reach.EVER),
        TIGHTENED,
        "P10 reached back 12 months and reaches back for ever: tightened.",
    ),
    (
        with_criterion("P5", look_back=months(1), reach=Reach.WITHIN),
        TIGHTENED,
        "P5 reached back to now and reaches back 1 months: tightened.",
    ),
    (
        with_criterion("M2", computed="qtc_fridericia"),
        LOOSENED,
        "M2 is worked out from “qtc_fridericia” instead of “qtc_bazett”: loosened.",
    ),
    (with_criterion("M10", computed=None), LOOSENED, "M10 is worked out from “nothing” instead of “weight”: loosened."),
    (with_criterion("P2", question="Well?"), LOOSENED, "P2 asks “Well?” instead of “Has the patient, now or ever, had "
     "a primary psychotic disorder?”: loosened."),
    (with_criterion("P2", decided_by="nurse"), LOOSENED, "P2 is decided by “nurse” instead of “physician”: loosened."),
    (
        with_criterion("P2", requirement="Well"),
        LOOSENED,
        "P2 requires “Well” instead of “No primary psychotic disorder, now or ever”: loosened.",
    ),
    (
        with_criterion("P2", evidence=EvidenceKind.HISTORY),
        LOOSENED,
        "P2 rests on “history” instead of “psychiatric”: loosened.",
    ),
    (
        with_criterion("S2", readings=criterion("S2").readings[1:]),
        LOOSENED,
        "S2 no longer asks for sodium: loosened.",
    ),
    (
        with_criterion("S2", readings=(*criterion("S2").readings, "calcium")),
        TIGHTENED,
        "S2 asks for calcium too: tightened.",
    ),
    (
        replace(reference(), decision_signatures=Figure(2, "signatures", OWN)),
        TIGHTENED,
        "The decision to eligibility wants 2 signatures instead of 1: tightened.",
    ),
    (
        replace(
            reference(),
            evidence_validity={**reference().evidence_validity, EvidenceKind.ECG: Figure(180, "days", OWN)},
        ),
        LOOSENED,
        "Evidence of ecg counts for 180 days instead of 90: loosened.",
    ),
    (
        replace(reference(), washout=replace(reference().washout, settling=Figure(3, "days", OWN))),
        LOOSENED,
        "Washout takes 3 days to settle instead of 7: loosened.",
    ),
    (
        replace(reference(), washout=replace(reference().washout, half_lives=Figure(6, "half-lives", OWN))),
        TIGHTENED,
        "Washout takes 6 half-lives instead of 5: tightened.",
    ),
    (
        replace(
            reference(),
            washout=replace(
                reference().washout, choices={**reference().washout.choices, "sertraline": Figure(26, "h", OWN)}
            ),
        ),
        LOOSENED,
        "Washout of sertraline counts with 26 h instead of 104 h: loosened.",
    ),
    (
        replace(
            reference(),
            washout=replace(reference().washout, choices={"sertraline": reference().washout.choices["sertraline"]}),
        ),
        LOOSENED,
        "Washout of fluoxetine no longer chooses a half-life of its own: loosened.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("new", "change", "sentence"), CHANGES, ids=[sentence[:60] for *_, sentence in CHANGES])
def test_each_change_is_said_with_what_it_does(new, change, sentence):
    [(_, found, said)] = told(new)
    assert (found, said) == (change, sentence)


@pytest.mark.parametrize("code", [c.code for c in reference().criteria])
def test_removing_any_criterion_wants_a_signature_and_adding_it_does_not(code):
    without = replace(reference(), criteria=tuple(c for c in reference().criteria if c.code != code))
    [gone], [come] = differences(reference(), without), differences(without, reference())
    assert (gone.code, gone.change, gone.wants_signature) == (code, REMOVED, True)
    assert (come.code, come.change, come.wants_signature) == (code, ADDED, False)
    assert gone.sentence == f"{code} is gone: {criterion(code).requirement}."
    assert come.sentence == f"{code} is new, {criterion(code).kind}: {criterion(code).requirement}."


def test_a_better_source_or_mark_is_no_difference():
    better = with_criterion("M10", source=OWN, unverified="")
    assert differences(reference(), better) == []
    figure = replace(criterion("M10").limits["weight"], source=OWN)
    assert differences(reference(), with_criterion("M10", limits={"weight": figure})) == []


def test_the_order_of_criteria_is_no_difference():
    assert differences(reference(), replace(reference(), criteria=tuple(reversed(reference().criteria)))) == []


LIMITS = [(c.code, name) for c in reference().criteria for name in c.limits if name in STRICTER]


@given(st.sampled_from(LIMITS), st.floats(0.5, 500))
def test_a_limit_is_loosened_one_way_and_tightened_the_other(which, value):
    changed = limit(*which, value)
    there, back = differences(reference(), changed), differences(changed, reference())
    if value == criterion(which[0]).limits[which[1]].value:
        assert there == back == []
    else:
        assert {there[0].change, back[0].change} == {TIGHTENED, LOOSENED}


def test_every_limit_of_the_shipped_protocols_but_one_has_a_stricter_side():
    assert {name for c in reference().criteria for name in c.limits} - set(STRICTER) == {"occasions"}
