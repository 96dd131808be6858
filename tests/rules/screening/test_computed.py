"""Every criterion that is worked out, with a candidate just inside, just outside and unknown."""

from dataclasses import replace
from datetime import date

import pytest

from screening.rules.candidate import JudgementFact, MedicineFact
from tests.rules.screening.criteria import (
    EXAM,
    HISTORY,
    JUDGEMENT,
    LAB,
    MET,
    MIND,
    NOT_MET,
    UNKNOWN,
    WAITING,
    finding,
    numbers,
    outcome,
    words,
)
from tests.rules.screening.people import TODAY, ago, healthy, taking, with_piece, without_piece

SIMPLE = [
    ("M10", numbers(EXAM, weight=48), MET),
    ("M10", numbers(EXAM, weight=47.9), NOT_MET),
    ("M10", numbers(EXAM, weight=None), UNKNOWN),
    ("I10", numbers(MIND, caps5=28), MET),
    ("I10", numbers(MIND, caps5=27), NOT_MET),
    ("I10", numbers(MIND, caps5=None), UNKNOWN),
    ("I11", numbers(MIND, pcl5=46), MET),
    ("I11", numbers(MIND, pcl5=45), NOT_MET),
    ("I11", numbers(MIND, pcl5=None), UNKNOWN),
    ("I1", replace(healthy(), born_on=date(2008, 4, 1)), MET),
    ("I1", replace(healthy(), born_on=date(2008, 4, 2)), NOT_MET),
    ("I1", replace(healthy(), born_on=None), UNKNOWN),
    ("I5", replace(healthy(), contact_named=False), WAITING),
    ("I5", replace(healthy(), contact_named=None), UNKNOWN),
    ("I9", numbers(MIND, ptsd_months=6), MET),
    ("I9", numbers(MIND, ptsd_months=5.9), NOT_MET),
    ("I9", numbers(MIND, ptsd_months=None), UNKNOWN),
    ("I9", with_piece(healthy(), MIND, answers={"I9": True}), NOT_MET),
    ("I9", with_piece(healthy(), MIND, answers={"I9": True}, numbers={"ptsd_months": None}), NOT_MET),
    ("I9", with_piece(healthy(), MIND, answers={"I9": None}), UNKNOWN),
    ("I9", with_piece(healthy(), MIND, answers={"I9": None}, numbers={"ptsd_months": 2}), NOT_MET),
    ("P15", numbers(HISTORY, mdma_uses=10), MET),
    ("P15", numbers(HISTORY, mdma_uses=11), NOT_MET),
    ("P15", numbers(HISTORY, mdma_uses=None), UNKNOWN),
    ("P15", words(HISTORY, mdma_last="half year"), NOT_MET),
    ("P15", words(HISTORY, mdma_last="never"), MET),
    ("P15", words(HISTORY, mdma_last=None), UNKNOWN),
    ("P15", words(HISTORY, mdma_last="sometimes"), UNKNOWN),
    ("P15", words(HISTORY, mdma_trial="yes"), NOT_MET),
    ("P15", words(HISTORY, mdma_trial=None), UNKNOWN),
    ("P15", with_piece(healthy(), HISTORY, words={"mdma_trial": "yes"}, numbers={"mdma_uses": None}), NOT_MET),
    ("S1", words(LAB, drug_screen="positive"), JUDGEMENT),
    ("S1", words(LAB, drug_screen=None), UNKNOWN),
    ("S1", words(LAB, drug_screen="lost"), UNKNOWN),
    ("S2", numbers(LAB, sodium=135), MET),
    ("S2", numbers(LAB, sodium=145), MET),
    ("S2", numbers(LAB, sodium=134.9), JUDGEMENT),
    ("S2", numbers(LAB, sodium=145.1), JUDGEMENT),
    ("S2", numbers(LAB, sodium=None), UNKNOWN),
    ("S2", numbers(LAB, sodium_lower=None), UNKNOWN),
    ("S2", numbers(LAB, sodium_upper=None), UNKNOWN),
    ("S2", numbers(LAB, sodium=120, tsh=None), UNKNOWN),
    ("S2", numbers(LAB, hba1c=42), MET),
    ("S2", numbers(LAB, hba1c=43), JUDGEMENT),
    ("S2", numbers(LAB, hba1c=12), MET),
    ("S2", numbers(LAB, alt=41), JUDGEMENT),
    ("S2", words(LAB, urinalysis="abnormal"), JUDGEMENT),
    ("S2", words(LAB, urinalysis=None), UNKNOWN),
    ("S2", words(LAB, urinalysis="lost"), UNKNOWN),
    *[
        ("S2", numbers(LAB, **{name: None}), UNKNOWN)
        for name in ("creatinine", "haemoglobin", "leucocytes", "platelets")
    ],
    ("M3", numbers(LAB, potassium=3.5), MET),
    ("M3", numbers(LAB, potassium=3.4), NOT_MET),
    ("M3", numbers(LAB, potassium=None), UNKNOWN),
    ("M3", without_piece(healthy(), LAB), UNKNOWN),
    ("M3", with_piece(healthy(), LAB, taken_on=ago(90)), MET),
    ("M3", with_piece(healthy(), LAB, taken_on=ago(91)), UNKNOWN),
    ("M3", with_piece(with_piece(healthy(), LAB, taken_on=ago(91)), HISTORY, answers={"M3": True}), NOT_MET),
    ("I1", replace(healthy(), born_on=date(2026, 4, 2)), UNKNOWN),
    ("I1", replace(healthy(), born_on=TODAY), NOT_MET),
    ("M3", with_piece(healthy(), HISTORY, answers={"M3": True}), NOT_MET),
    ("M3", with_piece(healthy(), HISTORY, answers={"M3": None}), UNKNOWN),
    ("M8", numbers(LAB, alt=120), MET),
    ("M8", numbers(LAB, alt=121), NOT_MET),
    ("M8", numbers(LAB, ast=121), NOT_MET),
    ("M8", numbers(LAB, ast=None), UNKNOWN),
    ("M8", numbers(LAB, alt_upper=None), UNKNOWN),
    ("M8", numbers(LAB, alt_upper=0), UNKNOWN),
    ("M8", words(LAB, liver_symptoms="yes"), NOT_MET),
    ("M8", words(LAB, liver_symptoms=None), UNKNOWN),
    ("M11", words(LAB, pregnancy_test="positive"), NOT_MET),
    ("M11", words(LAB, pregnancy_test=None), UNKNOWN),
    ("M11", words(LAB, nursing="yes"), NOT_MET),
    ("M11", words(LAB, nursing=None), UNKNOWN),
    ("M11", words(LAB, contraception="no"), NOT_MET),
    ("M11", words(LAB, contraception=None), UNKNOWN),
    ("M11", words(LAB, can_become_pregnant=None), UNKNOWN),
    ("M11", words(LAB, can_become_pregnant="no", pregnancy_test="not needed", contraception=None), MET),
    ("M11", words(LAB, can_become_pregnant="no", contraception=None), MET),
    ("M11", words(LAB, can_become_pregnant="no", pregnancy_test=None, contraception=None), UNKNOWN),
    ("M11", words(LAB, pregnancy_test="not needed"), UNKNOWN),
    ("M11", words(LAB, can_become_pregnant="no", pregnancy_test="positive"), NOT_MET),
    ("M11", words(LAB, can_become_pregnant="no", nursing=None), UNKNOWN),
    ("M11", replace(words(LAB, can_become_pregnant="no", nursing=None), sex="male"), UNKNOWN),
    ("I7", words(LAB, pregnancy_test=None), UNKNOWN),
    ("P11a", numbers(MIND, ideation_month=3), MET),
    ("P11a", with_piece(healthy(), MIND, numbers={"ideation_month": 4}, words={"ideation_weekly": "yes"}), NOT_MET),
    ("P11a", with_piece(healthy(), MIND, numbers={"ideation_month": 4}, words={"ideation_weekly": None}), NOT_MET),
    ("P11a", with_piece(healthy(), MIND, numbers={"ideation_month": 4}, words={"ideation_weekly": "no"}), JUDGEMENT),
    ("P11a", numbers(MIND, ideation_month=None), UNKNOWN),
    ("P11b", numbers(MIND, ideation_half_year=4), MET),
    ("P11b", numbers(MIND, ideation_half_year=5), NOT_MET),
    ("P11b", numbers(MIND, ideation_half_year=4, ideation_month=5), NOT_MET),
    ("P11b", numbers(MIND, ideation_half_year=None, ideation_month=5), NOT_MET),
    ("P11b", numbers(MIND, ideation_half_year=4, ideation_month=None), UNKNOWN),
    ("P11b", numbers(MIND, ideation_half_year=None), UNKNOWN),
    ("P11c", words(MIND, behaviour="earlier"), MET),
    ("P11c", words(MIND, behaviour="half year"), NOT_MET),
    ("P11c", words(MIND, behaviour="quarter"), NOT_MET),
    ("P11c", words(MIND, behaviour=None), UNKNOWN),
    ("P11c", words(MIND, behaviour="unknown"), UNKNOWN),
    *[
        (code, words(MIND, **{reading: grade}), expected)
        for code, reading in (("P8", "alcohol_use"), ("P9", "cannabis_use"))
        for grade, expected in (
            *[("none", MET), ("mild", MET), ("remission", MET), ("moderate", NOT_MET), ("severe", NOT_MET)],
            *[(None, UNKNOWN), ("a little", UNKNOWN)],
        )
    ],
    ("M21", taking(MedicineFact("ibuprofen", ongoing=True)), MET),
    ("M21", taking(MedicineFact("sertraline", ongoing=True)), NOT_MET),
    ("M21", taking(MedicineFact("Xyzzomab", ongoing=True)), UNKNOWN),
    ("M21", words(HISTORY, medicines_complete=None), UNKNOWN),
    ("M21", words(HISTORY, medicines_complete="no"), UNKNOWN),
    ("M21", without_piece(healthy(), HISTORY), UNKNOWN),
    ("M16", taking(MedicineFact("ibuprofen", ongoing=True)), MET),
    ("M16", taking(MedicineFact("Paxlovid", ongoing=True)), NOT_MET),
    ("M16", taking(MedicineFact("cobicistat", ongoing=False, last_dose_on=ago(9))), MET),
    ("M16", words(HISTORY, medicines_complete=None), UNKNOWN),
    ("M16", taking(MedicineFact("Xyzzomab", ongoing=True)), UNKNOWN),  # perhaps one of their combinations
    ("M16", taking(MedicineFact("Xyzzomab", ongoing=True), MedicineFact("Stribild", ongoing=True)), NOT_MET),
    ("M16", taking(MedicineFact("sertraline and ritonavir", ongoing=True)), NOT_MET),
    ("M16", taking(MedicineFact("olanzapine/fluoxetine", ongoing=True)), MET),
]


@pytest.mark.parametrize(("code", "candidate", "expected"), SIMPLE)
def test_a_computed_criterion_inside_outside_and_unknown(code, candidate, expected):
    found = outcome(code, candidate)
    if code == "M21" and expected is NOT_MET:
        expected = WAITING
    assert found is expected


def test_a_use_disorder_says_its_grade_and_the_total_beside_it():
    candidate = with_piece(healthy(), MIND, words={"alcohol_use": "remission"}, numbers={"audit": 9})
    assert (finding("P8", candidate).sentence, finding("P8", candidate).evidence) == (
        "Alcohol use disorder: moderate, in remission.",
        "Alcohol use disorder: moderate, in remission, AUDIT 9, 20 Mar 2026",
    )
    cannabis = with_piece(healthy(), MIND, words={"cannabis_use": "moderate"}, numbers={"dudit": 12})
    assert finding("P9", cannabis).evidence == "Cannabis use disorder: moderate, DUDIT 12, 20 Mar 2026"
    assert finding("P9", words(MIND, cannabis_use="severe")).sentence == "Cannabis use disorder is graded severe."
    assert finding("P9", words(MIND, cannabis_use=None)).sentence == (
        "Cannabis use disorder is not graded; record none, mild, moderate, in remission or severe."
    )


def test_a_name_that_nobody_can_read_may_be_a_boosted_combination_until_it_is_judged():
    candidate = taking(MedicineFact("Xyzzomab", ongoing=True))
    found = finding("M16", candidate)
    assert (found.sentence, found.evidence) == (
        "Whether Xyzzomab holds ritonavir or cobicistat is not known; correct the name or judge it.",
        "Xyzzomab, regular, ongoing",
    )
    looked_up = JudgementFact("unlisted-xyzzomab", "Xyzzomab, regular, ongoing", True, "An emollient.", "Dr Ash", TODAY)
    assert outcome("M16", replace(candidate, judgements=(looked_up,))) is MET
