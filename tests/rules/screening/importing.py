"""Records read into a chart: what is read of them, what they propose, and what is left."""

import datetime as dt

from screening.rules.importing.proposing import Kind, propose
from screening.rules.importing.reading import read
from tests import records

TODAY = dt.date(2026, 11, 22)
ICD, SNOMED, LOINC = records.ICD, records.SNOMED, records.LOINC
SCHIZOPHRENIA = records.coded(ICD, "F20.0", "Paranoid schizophrenia")


def read_in(*resources, **more):
    return read(records.file(records.bundle(*resources, **more)))


def proposals(*resources, **more):
    return propose(read_in(*resources, **more), as_of=TODAY)


def lines(kind, *resources):
    return [line for line in proposals(*resources).lines if line.kind is kind]


def the(kind, *resources):
    [line] = lines(kind, *resources)
    return line


def criteria(*resources):
    return [line.title for line in proposals(*resources).lines if line.kind is Kind.CRITERION]


def medicine(*resources):
    return the(Kind.MEDICINE, *resources).proposal


def left(rows):
    return [(one.what, one.why) for one in rows]


def taken(name="Sertraline", state="stopped", start=None, end=None, id="m", **more):
    period = {name: day for name, day in (("start", start), ("end", end)) if day}
    return records.statement(id, name, state, **({"effectivePeriod": period} if period else {}), **more)


def readings(*resources):
    found = proposals(*resources)
    return [dict(line.proposal) for line in found.lines if line.kind is Kind.READING], left(found.set_aside)


def reading(numbers=None, words=None, evidence="laboratory", on="2026-11-02"):
    return {"evidence": evidence, "on": on, "numbers": numbers or {}, "words": words or {}}


def titles(*resources):
    return [line.title for line in proposals(*resources).lines[1:]]


def proposed_readings(*resources):
    return [dict(line.proposal) for line in proposals(*resources).lines if line.kind is Kind.READING]


def words(evidence, on, **said):
    return {"evidence": evidence, "on": on, "numbers": {}, "words": said}
