"""Sentences about questions that are answered yes or no."""

from tests.rules.screening.criteria import HISTORY, JUDGEMENT, MET, MIND, NOT_MET, UNKNOWN, yes
from tests.rules.screening.people import healthy, with_piece

QUESTIONS = [
    ("P2", healthy(), MET, "No primary psychotic disorder, now or ever.", "Psychiatric evaluation of 20 Mar 2026: no"),
    (
        "P2",
        with_piece(healthy(), MIND, answers={"P2": True}),
        NOT_MET,
        "“Has the patient, now or ever, had a primary psychotic disorder?” was answered yes.",
        "Psychiatric evaluation of 20 Mar 2026: yes",
    ),
    (
        "P2",
        with_piece(healthy(), MIND, answers={"P2": None}),
        UNKNOWN,
        "“Has the patient, now or ever, had a primary psychotic disorder?” has not been answered; ask, and record it in the psychiatric evaluation.",
        "",
    ),
    (
        "P14",
        yes("P14", HISTORY, "2026-01-06"),
        MET,
        "It was last so on 6 Jan 2026, before 7 Jan 2026.",
        "Medical history of 20 Mar 2026: yes, last 6 Jan 2026",
    ),
    (
        "P14",
        yes("P14", HISTORY, "2026-01-07"),
        NOT_MET,
        "“Has the patient had ketamine, esketamine or electroconvulsive therapy within the last 12 weeks?” was answered yes. It was last so on 7 Jan 2026.",
        "Medical history of 20 Mar 2026: yes, last 7 Jan 2026",
    ),
    (
        "P14",
        yes("P14", HISTORY, "2026-04-02"),
        UNKNOWN,
        "“Has the patient had ketamine, esketamine or electroconvulsive therapy within the last 12 weeks?” was answered yes. The day, 2 Apr 2026, has not come yet; correct it.",
        "Medical history of 20 Mar 2026: yes, last 2 Apr 2026",
    ),
    (
        "M6",
        with_piece(healthy(), HISTORY, answers={"M6": True}),
        JUDGEMENT,
        "“Has the patient had atrial fibrillation, flutter, PSVT, an accessory pathway or WPW?” was answered yes. Physician, with a cardiologist's letter judges it, with a written reason.",
        "Medical history of 20 Mar 2026: yes",
    ),
]
