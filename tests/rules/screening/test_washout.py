"""How many days after its last dose a medicine is clear, and how they are worked out."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from accounts.rules.findings import Mark, Source
from patients.rules.protocol import Figure, WashoutPolicy
from screening.rules.medicines import Rule
from screening.rules.washout import washout, washouts
from tests.rules.screening.people import TODAY
from tests.rules.screening.stopping import PLAIN, SOURCE, stopped


def days(name, policy=PLAIN, poor=False, **more):
    return washouts(stopped(name, **more), policy, as_of=TODAY, poor=poor)[0].days


def test_sertraline_is_clear_29_days_after_its_last_dose():
    [washout] = washouts(stopped("Sertraline 50 mg", date(2026, 3, 1)), PLAIN, as_of=TODAY)
    assert (washout.days, washout.clear_from) == (29, date(2026, 3, 30))
    assert washout.arithmetic == (
        "Sertraline: 5 half-lives of 104 h (of desmethylsertraline) = 520 h = 22 days rounded up, + 7 days to settle "
        "= 29 days. Last dose 1 Mar 2026, clear from 30 Mar 2026."
    )


def test_the_owner_of_a_protocol_chooses_a_half_life():
    mid = replace(PLAIN, choices={"fluoxetine": Figure(240, "h", SOURCE)})
    assert days("fluoxetine", mid) == 57
    assert washouts(stopped("prozac"), mid, as_of=TODAY)[0].source is SOURCE
    assert days("sertraline", replace(PLAIN, choices={"sertraline": Figure(26, "h", SOURCE)})) == 13


def test_no_choice_goes_below_the_floor():
    short = replace(PLAIN, choices={"fluoxetine": Figure(24, "h", SOURCE)})
    [washout] = washouts(stopped("fluoxetine"), short, as_of=TODAY)
    assert washout.days == 42
    assert "raised to the floor of 42 days" in washout.arithmetic


def test_a_floor_that_raises_nothing_is_not_spoken_of():
    exact = replace(PLAIN, choices={"fluoxetine": Figure(168, "h", SOURCE)})  # 35 days and 7 to settle
    [washout] = washouts(stopped("fluoxetine"), exact, as_of=TODAY)
    assert washout.days == 42
    assert "floor" not in washout.arithmetic


def test_no_protocol_shortens_an_maoi():
    short = WashoutPolicy(Figure(1, "", SOURCE), Figure(0, "", SOURCE), {"phenelzine": Figure(1, "h", SOURCE)})
    assert days("Nardil", short) == 14
    [washout] = washouts(stopped("Nardil", date(2026, 3, 1)), short, as_of=TODAY)
    assert washout.arithmetic.startswith("Phenelzine: 14 days after the last dose (")
    assert washout.arithmetic.endswith(" Last dose 1 Mar 2026, clear from 15 Mar 2026.")


@pytest.mark.parametrize(("lives", "expected"), [(0, 1), (1, 1), (5, 2)])
def test_an_occasional_dose_waits_a_day_whatever_the_protocol_says(lives, expected):
    policy = replace(PLAIN, half_lives=Figure(lives, "half-lives", SOURCE))
    assert days("zolpidem", policy, regular=False) == expected


@pytest.mark.parametrize(
    ("name", "usual", "poor"), [("aripiprazole", 27, 38), ("risperidone", 12, 14), ("sertraline", 29, 29)]
)
def test_a_poor_metaboliser_waits_longer_where_it_is_known(name, usual, poor):
    assert (days(name), days(name, poor=True)) == (usual, poor)


@pytest.mark.parametrize(("hours", "source"), [(145, None), (146, SOURCE), (147, SOURCE)])
def test_the_longer_half_life_counts_and_the_protocols_own_where_they_are_alike(hours, source):
    chosen = replace(PLAIN, choices={"aripiprazole": Figure(hours, "h", SOURCE)})
    [washout] = washouts(stopped("aripiprazole"), chosen, as_of=TODAY, poor=True)
    assert (washout.source is SOURCE) is (source is SOURCE)
    assert ("in a CYP2D6 poor metaboliser" in washout.arithmetic) is (source is None)


@pytest.mark.parametrize(("name", "expected"), [("lorazepam", 5), ("zolpidem", 2), ("sertraline", 29)])
def test_an_occasional_dose_needs_no_days_to_settle_where_the_table_says_so(name, expected):
    assert days(name, regular=False) == expected


def test_an_unknown_drug_has_no_number_and_no_date():
    [washout] = washouts(stopped("Xyzzomab"), PLAIN, as_of=TODAY)
    assert (washout.known, washout.days, washout.clear_from, washout.rule) == (False, None, None, None)
    assert washout.arithmetic == (
        "Xyzzomab is not in the reference table. Its washout is unknown, and nothing is assumed."
    )


def test_the_answer_for_a_combination_is_the_longer_wait_and_the_graver_rule():
    answer = washout(stopped("Nuedexta"), PLAIN, as_of=TODAY)
    assert (answer.drug, answer.days) == ("dextromethorphan and quinidine", 12)
    assert answer.clear_from == TODAY + timedelta(days=12)
    assert answer.drug_class == "cough suppressant; antiarrhythmic, CYP2D6 inhibitor"
    assert answer.rule is Rule.HARD
    assert answer.source == Source("General pharmacological knowledge", Mark.NOT_VERIFIED)
    assert answer.caution == (
        "Serotonergic; sold without prescription. Lengthens QTc; ask about arrhythmia, which is a stop."
    )


@pytest.mark.parametrize(
    ("names", "days", "mark"), [("Symbyax", 87, Mark.PUBLISHED), ("olanzapine, sertraline", 29, Mark.NOT_VERIFIED)]
)
def test_a_combination_is_as_trustworthy_as_its_weaker_source(names, days, mark):
    answer = washout(stopped(names), PLAIN, as_of=TODAY)
    assert (answer.days, answer.source.mark) == (days, mark)


def test_a_combination_with_a_part_that_has_no_number_has_none():
    answer = washout(stopped("Mysimba"), PLAIN, as_of=TODAY)
    assert (answer.known, answer.days, answer.clear_from, answer.rule) == (True, None, None, Rule.PROTOCOL)


def test_a_combination_whose_last_dose_nobody_knows_has_days_and_no_date():
    answer = washout(stopped("Symbyax", None), PLAIN, as_of=TODAY)
    assert (answer.days, answer.clear_from) == (87, None)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("Prozak", "Prozak cannot be read for certain; the nearest in the reference table: Prozac (fluoxetine)."),
        ("Sertralin", "Sertralin cannot be read for certain; the nearest in the reference table: sertraline."),
        (
            "fluoxatine",
            "Fluoxatine cannot be read for certain; the nearest in the reference table: fluoxetine or fluvoxamine.",
        ),
        (
            "sertraline blorbital",
            "Sertraline blorbital cannot be read for certain; the nearest in the reference table: sertraline.",
        ),
        (
            "haldol depot",
            "Haldol depot is a long-acting form; the reference table has only the short-acting forms of haloperidol.",
        ),
    ],
)
def test_the_answer_for_a_likeness_is_unknown_and_says_what_is_near(name, sentence):
    answer = washout(stopped(name), PLAIN, as_of=TODAY)
    assert (answer.known, answer.days, answer.clear_from, answer.source) == (False, None, None, None)
    assert answer.arithmetic == f"{sentence} Its washout is unknown, and nothing is assumed."
