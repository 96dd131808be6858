"""Sentences about suicidal ideation and behaviour."""

from tests.rules.screening.criteria import JUDGEMENT, MET, MIND, NOT_MET, UNKNOWN, numbers, words
from tests.rules.screening.people import healthy, with_piece

SUICIDE = [
    (
        "P11a",
        healthy(),
        MET,
        "C-SSRS ideation in the last month is 1, below 4.",
        "C-SSRS ideation 1 in the last month, 20 Mar 2026",
    ),
    (
        "P11a",
        with_piece(healthy(), MIND, numbers={"ideation_month": 4}, words={"ideation_weekly": "yes"}),
        NOT_MET,
        "C-SSRS ideation in the last month is 4; 4 or more is a stop.",
        "C-SSRS ideation 4 in the last month, 20 Mar 2026",
    ),
    (
        "P11a",
        with_piece(healthy(), MIND, numbers={"ideation_month": 4}, words={"ideation_weekly": "no"}),
        JUDGEMENT,
        "C-SSRS ideation in the last month is 4, less often than weekly. Physician judges it, with a written reason.",
        "C-SSRS ideation 4 in the last month, 20 Mar 2026",
    ),
    ("P11a", numbers(MIND, ideation_month=None), UNKNOWN, "C-SSRS ideation of the last month is not recorded.", ""),
    (
        "P11b",
        healthy(),
        MET,
        "C-SSRS ideation in the last 6 months is 2, below 5.",
        "C-SSRS ideation 2 in the last 6 months, 20 Mar 2026",
    ),
    (
        "P11b",
        numbers(MIND, ideation_half_year=5),
        NOT_MET,
        "C-SSRS ideation in the last 6 months is 5; 5 or more is a stop.",
        "C-SSRS ideation 5 in the last 6 months, 20 Mar 2026",
    ),
    (
        "P11b",
        numbers(MIND, ideation_half_year=None),
        UNKNOWN,
        "C-SSRS ideation of the last 6 months is not recorded.",
        "",
    ),
    ("P11c", healthy(), MET, "No suicidal behaviour ever.", "C-SSRS behaviour: never, 20 Mar 2026"),
    (
        "P11c",
        words(MIND, behaviour="earlier"),
        MET,
        "No suicidal behaviour recently; an earlier attempt is not by itself an exclusion.",
        "C-SSRS behaviour: earlier, 20 Mar 2026",
    ),
    (
        "P11c",
        words(MIND, behaviour="quarter"),
        NOT_MET,
        "Suicidal behaviour within 3 months.",
        "C-SSRS behaviour within 3 months, 20 Mar 2026",
    ),
    (
        "P11c",
        words(MIND, behaviour="half year"),
        NOT_MET,
        "Suicidal behaviour within 6 months.",
        "C-SSRS behaviour within 6 months, 20 Mar 2026",
    ),
    ("P11c", words(MIND, behaviour=None), UNKNOWN, "C-SSRS behaviour is not recorded.", ""),
]
