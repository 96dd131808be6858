"""What the medicines of a candidate mean today, what a judgement may clear, and the day the calendar is given."""

from dataclasses import replace
from datetime import date

import pytest

from accounts.rules.findings import Outcome
from screening.rules.candidate import JudgementFact, MedicineFact
from screening.rules.washout import clearances, medicine_code
from tests.rules.screening.people import TODAY, ago, healthy, mapp3, taking
from tests.rules.screening.stopping import cleared, finding, stopped


def test_an_unknown_drug_is_never_clear_however_long_ago():
    assert finding(stopped("Xyzzomab", ago(3000))).outcome is Outcome.UNKNOWN
    assert cleared(stopped("Xyzzomab", ago(3000))) is None
    [entry] = clearances(taking(stopped("Xyzzomab")), mapp3().washout, as_of=TODAY)
    assert (entry.certain, entry.clear_from) == (False, None)


def test_the_physician_may_look_an_unknown_drug_up_and_judge_it():
    medicine = stopped("Xyzzomab")
    judged = JudgementFact(medicine_code(medicine), medicine.said, True, "Not serotonergic.", "Dr Ash", TODAY)
    answer = finding(medicine, judgements=(judged,))
    assert answer.outcome is Outcome.MET
    assert answer.sentence == "Judged acceptable by Dr Ash on 1 Apr 2026: Not serotonergic."
    assert finding(medicine, judgements=(replace(judged, acceptable=False),)).outcome is Outcome.NOT_MET
    assert finding(replace(medicine, dose="80 mg"), judgements=(judged,)).outcome is Outcome.UNKNOWN


# medicine, outcome on 1 April
OUTCOMES = [
    (MedicineFact("sertraline", ongoing=True), Outcome.WAITING),
    (MedicineFact("sertraline", ongoing=True, last_dose_on=ago(100)), Outcome.WAITING),
    (MedicineFact("sertraline", ongoing=False), Outcome.UNKNOWN),
    (MedicineFact("sertraline"), Outcome.UNKNOWN),
    (MedicineFact("sertraline", last_dose_on=ago(28)), Outcome.WAITING),
    (MedicineFact("sertraline", last_dose_on=ago(29)), Outcome.UNKNOWN),  # nobody said that it is stopped
    (stopped("sertraline", ago(29)), Outcome.MET),
    (MedicineFact("sertraline", ongoing=True, last_dose_on=ago(-10)), Outcome.WAITING),
    (MedicineFact("phenelzine", ongoing=True), Outcome.WAITING),
    (MedicineFact("phenelzine"), Outcome.UNKNOWN),
    (stopped("phenelzine", ago(13)), Outcome.WAITING),
    (stopped("phenelzine", ago(14)), Outcome.MET),
    (MedicineFact("lithium", ongoing=True), Outcome.NOT_MET),
    (MedicineFact("lithium"), Outcome.UNKNOWN),
    (stopped("lithium", ago(15)), Outcome.MET),
    (MedicineFact("lithium", ongoing=True, last_dose_on=TODAY), Outcome.NOT_MET),  # taken this morning is no plan
    (MedicineFact("lithium", ongoing=True, last_dose_on=ago(-1)), Outcome.WAITING),
    (MedicineFact("valproate", ongoing=True), Outcome.JUDGEMENT),
    (MedicineFact("gabapentin", ongoing=True), Outcome.JUDGEMENT),
    (stopped("gabapentin", ago(8)), Outcome.WAITING),
    (stopped("gabapentin", ago(9)), Outcome.MET),
    (MedicineFact("propranolol", ongoing=True), Outcome.JUDGEMENT),
    (stopped("propranolol", ago(300)), Outcome.JUDGEMENT),
    (MedicineFact("alcohol", ongoing=True), Outcome.MET),
    (MedicineFact("ibuprofen", ongoing=True), Outcome.MET),
    (MedicineFact("amlodipine", ongoing=True), Outcome.MET),
    (MedicineFact("lorazepam", regular=False, ongoing=True, last_dose_on=ago(4)), Outcome.WAITING),
    (MedicineFact("lorazepam", regular=False, ongoing=True, last_dose_on=ago(5)), Outcome.JUDGEMENT),
    (MedicineFact("lorazepam", regular=False, ongoing=True), Outcome.WAITING),
    (MedicineFact("sertralin", ongoing=False, last_dose_on=ago(10)), Outcome.WAITING),
    (MedicineFact("sertralin", ongoing=False, last_dose_on=ago(300)), Outcome.UNKNOWN),
    (stopped("olanzapine/fluoxetine", ago(30)), Outcome.WAITING),
    (MedicineFact("olanzapine/fluoxetine", last_dose_on=ago(30)), Outcome.UNKNOWN),
    (MedicineFact("ibuprofen and lithium", ongoing=True), Outcome.NOT_MET),
    (MedicineFact("sertraline blorbital", last_dose_on=ago(300)), Outcome.UNKNOWN),
    (MedicineFact("propranolo", ongoing=True), Outcome.UNKNOWN),  # a guess is not put to anybody's judgement
    (MedicineFact("ibuprofenn", ongoing=True), Outcome.UNKNOWN),
]


@pytest.mark.parametrize(("medicine", "outcome"), OUTCOMES)
def test_what_a_medicine_means_today(medicine, outcome):
    assert finding(medicine).outcome is outcome


def test_a_judgement_lets_an_ongoing_medicine_be_and_only_as_it_was_judged():
    medicine = MedicineFact("gabapentin", "300 mg", ongoing=True)
    judged = JudgementFact(medicine_code(medicine), medicine.said, True, "For pain.", "Dr Ash", TODAY)
    assert finding(medicine, judgements=(judged,)).outcome is Outcome.MET
    assert finding(replace(medicine, dose="900 mg"), judgements=(judged,)).outcome is Outcome.JUDGEMENT


def test_no_judgement_shortens_a_washout():
    medicine = stopped("phenelzine", ago(13))
    judged = JudgementFact(medicine_code(medicine), medicine.said, True, "In a hurry.", "Dr Ash", TODAY)
    assert finding(medicine, judgements=(judged,)).outcome is Outcome.WAITING


@pytest.mark.parametrize("name", ["phenelzine", "tramadol"])
def test_no_judgement_clears_what_must_never_meet_mdma_while_it_is_taken_as_needed(name):
    medicine = MedicineFact(name, regular=False, ongoing=True, last_dose_on=ago(300))
    judged = JudgementFact(medicine_code(medicine), medicine.said, True, "Seldom taken.", "Dr Ash", TODAY)
    assert finding(medicine, judgements=(judged,)).outcome is Outcome.UNKNOWN
    assert finding(replace(medicine, ongoing=False)).outcome is Outcome.MET


@pytest.mark.parametrize(
    ("medicine", "start"),
    [
        (
            MedicineFact("sertraline", ongoing=True),
            "Sertraline is still taken; 29 days are needed after the last dose.",
        ),
        (MedicineFact("sertraline"), "When Sertraline was last taken is not known; 29 days are needed after the last"),
    ],
)
def test_without_a_last_dose_the_days_that_are_needed_are_said(medicine, start):
    assert finding(medicine).sentence.startswith(start)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Sertraline 50 mg", "medicine-sertraline-50-mg"),
        ("St John's Wort", "medicine-st-john-s-wort"),
        ("Xyzzomab  forte", "unlisted-xyzzomab-forte"),
    ],
)
def test_the_code_of_a_medicine_is_its_name_as_judgements_have_it(name, code):
    assert medicine_code(MedicineFact(name)) == code


def test_a_planned_last_dose_says_that_the_date_rests_on_the_plan():
    answer = finding(MedicineFact("venlafaxine", ongoing=True, last_dose_on=ago(-3)))
    assert answer.sentence.endswith("13 days to go if the last dose is taken as planned.")


@pytest.mark.parametrize(
    ("medicines", "expected"),
    [
        ((), TODAY),
        ((stopped("ibuprofen"),), TODAY),
        ((MedicineFact("caffeine", ongoing=True),), TODAY),
        ((MedicineFact("propranolol", ongoing=True),), TODAY),
        ((stopped("sertraline", ago(29)),), TODAY),
        ((stopped("sertraline", ago(28)),), date(2026, 4, 2)),
        ((stopped("sertraline", ago(28)), stopped("fluoxetine", ago(28))), date(2026, 4, 30)),
        ((stopped("sertraline", ago(28)), MedicineFact("fluoxetine", ongoing=True)), None),
        ((stopped("sertralin", ago(28)),), None),
        ((MedicineFact("lithium", ongoing=True),), None),
        # Of one entry with two drugs the later one counts, and none where one of them has no number.
        ((stopped("olanzapine/fluoxetine", ago(30)),), date(2026, 4, 28)),
        ((stopped("Mysimba", ago(3)),), None),
        ((stopped("alcohol, ibuprofen", TODAY),), date(2026, 4, 2)),
        # Taken today and not stopped: no clock runs yet.
        ((MedicineFact("sertraline", ongoing=True, last_dose_on=TODAY),), None),
    ],
)
def test_the_calendar_is_given_the_last_clear_from_date_or_none(medicines, expected):
    assert cleared(*medicines) == expected


def test_a_candidate_without_medicines_has_nothing_to_wait_for():
    assert clearances(healthy(), mapp3().washout, as_of=TODAY) == []
