"""Sentences about the list of medicines."""

from screening.rules.candidate import MedicineFact
from tests.rules.screening.criteria import HISTORY, MET, NOT_MET, UNKNOWN, WAITING, words
from tests.rules.screening.people import ago, healthy, taking

MEDICINES = [
    ("M21", healthy(), MET, "No medicine is taken.", ""),
    (
        "M21",
        taking(MedicineFact("ibuprofen", ongoing=True)),
        MET,
        "Every medicine of the list is washed out or may go on.",
        "ibuprofen, regular, ongoing",
    ),
    (
        "M21",
        taking(MedicineFact("sertraline", ongoing=True), MedicineFact("ibuprofen", ongoing=True)),
        WAITING,
        "In the way of a dosing day: sertraline.",
        "sertraline, regular, ongoing; ibuprofen, regular, ongoing",
    ),
    (
        "M21",
        taking(MedicineFact("sertraline", ongoing=False, last_dose_on=ago(9)), MedicineFact("venlafaxine")),
        UNKNOWN,
        "In the way of a dosing day: sertraline until 21 Apr 2026, venlafaxine.",
        "sertraline, regular, last dose 23 Mar 2026; venlafaxine, regular, last dose not known",
    ),
    (
        "M21",
        words(HISTORY, medicines_complete=None),
        UNKNOWN,
        "Nobody has said that the medicine list is complete; go through it and say so in the medical history.",
        "",
    ),
    ("M16", healthy(), MET, "The medicine list has neither ritonavir nor cobicistat.", ""),
    (
        "M16",
        taking(MedicineFact("Paxlovid", ongoing=True), MedicineFact("sertraline", ongoing=True)),
        NOT_MET,
        "In the way of a dosing day: Paxlovid.",
        "Paxlovid, regular, ongoing",
    ),
    (
        "M16",
        taking(MedicineFact("cobicistat", ongoing=False, last_dose_on=ago(9))),
        MET,
        "Every medicine of the list is washed out or may go on.",
        "cobicistat, regular, last dose 23 Mar 2026",
    ),
]
