"""Medicines that were stopped or are taken, put to the washout table."""

from dataclasses import replace

from accounts.rules.findings import Mark, Source
from patients.rules.protocol import Figure, WashoutPolicy
from screening.rules.candidate import MedicineFact
from screening.rules.washout import clear_from, clearances
from tests.rules.screening.people import TODAY, mapp3, taking

SOURCE = Source("A document", Mark.PUBLISHED)
PLAIN = WashoutPolicy(Figure(5, "half-lives", SOURCE), Figure(7, "days", SOURCE), {})


def stopped(name, last=TODAY, **more):
    return MedicineFact(name, ongoing=False, last_dose_on=last, **more)


def finding(medicine, as_of=TODAY, **changes):
    candidate = replace(taking(medicine), **changes)
    return clearances(candidate, mapp3().washout, as_of=as_of)[0].finding


def cleared(*medicines, as_of=TODAY):
    return clear_from(clearances(taking(*medicines), mapp3().washout, as_of=as_of), as_of=as_of)
