"""Sentences about who the patient is, how ill, and what was used before: age, contact, PTSD, weight, earlier MDMA."""

from dataclasses import replace
from datetime import date

from tests.rules.screening.criteria import EXAM, HISTORY, MET, MIND, NOT_MET, UNKNOWN, WAITING, numbers, words
from tests.rules.screening.people import healthy, with_piece

PERSON = [
    ("I1", healthy(), MET, "The patient is 40.", "Born 1 Jun 1985, 40 years old"),
    (
        "I1",
        replace(healthy(), born_on=date(2010, 4, 2)),
        NOT_MET,
        "The patient is 15; the protocol starts at 18.",
        "Born 2 Apr 2010, 15 years old",
    ),
    (
        "I1",
        replace(healthy(), born_on=None),
        UNKNOWN,
        "The date of birth is not recorded; enter it in the patient's details.",
        "",
    ),
    (
        "I1",
        replace(healthy(), born_on=date(2026, 4, 2)),
        UNKNOWN,
        "The date of birth, 2 Apr 2026, has not come yet; correct it in the patient's details.",
        "",
    ),
    ("I5", healthy(), MET, "An emergency contact with a telephone number is named.", ""),
    (
        "I5",
        replace(healthy(), contact_named=False),
        WAITING,
        "No emergency contact with a telephone number is named; enter one in the patient's details.",
        "Contacts: none by telephone, 20 Mar 2026",
    ),
    (
        "I5",
        replace(healthy(), contact_named=None),
        UNKNOWN,
        "Whether an emergency contact is named is not recorded; enter one in the patient's details.",
        "",
    ),
    ("I9", healthy(), MET, "PTSD is present and has lasted 40 months, at least 6.", "PTSD for 40 months, 20 Mar 2026"),
    (
        "I9",
        numbers(MIND, ptsd_months=5.5),
        NOT_MET,
        "PTSD has lasted 5.5 months, less than 6.",
        "PTSD for 5.5 months, 20 Mar 2026",
    ),
    ("I9", numbers(MIND, ptsd_months=None), UNKNOWN, "How long PTSD has lasted is not recorded.", ""),
    (
        "I9",
        with_piece(healthy(), MIND, answers={"I9": True}),
        NOT_MET,
        "“Is PTSD by DSM-5 absent now?” was answered yes.",
        "PTSD for 40 months, 20 Mar 2026",
    ),
    (
        "I9",
        with_piece(healthy(), MIND, answers={"I9": None}),
        UNKNOWN,
        "“Is PTSD by DSM-5 absent now?” has not been answered.",
        "PTSD for 40 months, 20 Mar 2026",
    ),
    ("I10", healthy(), MET, "CAPS-5 total is 44 points, at least 28.", "CAPS-5 total 44 points, 20 Mar 2026"),
    (
        "I10",
        numbers(MIND, caps5=27),
        NOT_MET,
        "CAPS-5 total is 27 points, below 28.",
        "CAPS-5 total 27 points, 20 Mar 2026",
    ),
    ("I10", numbers(MIND, caps5=None), UNKNOWN, "CAPS-5 total is not recorded.", ""),
    ("I11", healthy(), MET, "PCL-5 total is 52 points, at least 46.", "PCL-5 total 52 points, 20 Mar 2026"),
    (
        "I11",
        numbers(MIND, pcl5=45),
        NOT_MET,
        "PCL-5 total is 45 points, below 46.",
        "PCL-5 total 45 points, 20 Mar 2026",
    ),
    ("M10", healthy(), MET, "Body weight is 70 kg, at least 48.", "Body weight 70 kg, 20 Mar 2026"),
    (
        "M10",
        numbers(EXAM, weight=47.9),
        NOT_MET,
        "Body weight is 47.9 kg, below 48.",
        "Body weight 47.9 kg, 20 Mar 2026",
    ),
    (
        "P15",
        healthy(),
        MET,
        "MDMA was used 2 times in 10 years, at most 10, and not within 6 months.",
        "2 uses, last: earlier, trial: no, 20 Mar 2026",
    ),
    (
        "P15",
        numbers(HISTORY, mdma_uses=11),
        NOT_MET,
        "MDMA was used 11 times in 10 years, more than 10.",
        "11 uses, last: earlier, trial: no, 20 Mar 2026",
    ),
    (
        "P15",
        words(HISTORY, mdma_last="half year"),
        NOT_MET,
        "MDMA was used within 6 months.",
        "2 uses, last: half year, trial: no, 20 Mar 2026",
    ),
    (
        "P15",
        words(HISTORY, mdma_trial="yes"),
        NOT_MET,
        "MDMA was given in an earlier trial.",
        "2 uses, last: earlier, trial: yes, 20 Mar 2026",
    ),
    (
        "P15",
        with_piece(healthy(), HISTORY, numbers={"mdma_uses": None}, words={"mdma_last": None, "mdma_trial": None}),
        UNKNOWN,
        "How often and when MDMA was used, and whether in a trial, is not fully recorded.",
        "",
    ),
]
