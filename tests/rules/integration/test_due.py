from datetime import date

import pytest

from accounts.rules.findings import Mark, Source
from integration.rules import due
from integration.rules.due import Due, Timing, VisitOn
from patients.rules.protocol import MeasurePlan

SOURCE = Source("protocol", Mark.CLINIC)
CAPS = MeasurePlan("CAPS-5", "CAPS-5", ("R0", "R1"), "rater", SOURCE)
PCL = MeasurePlan("PCL-5", "PCL-5", ("P1",), "patient", SOURCE)
TODAY = date(2026, 4, 14)


def visit(code="R0", on=TODAY, held=False, missed=False):
    return VisitOn(code, on, held, missed)


@pytest.mark.parametrize(
    ("booked", "signed", "started", "timing"),
    [
        (visit(), False, False, Timing.DUE),
        (visit(on=date(2026, 4, 15)), False, False, Timing.AHEAD),
        (visit(on=date(2026, 4, 15), held=True), False, False, Timing.DUE),
        (visit(on=date(2026, 4, 13)), False, False, Timing.OVERDUE),
        (visit(on=date(2026, 4, 13)), False, True, Timing.OVERDUE),
        (visit(on=date(2026, 4, 13), missed=True), False, False, Timing.SKIPPED),
        (visit(on=date(2026, 4, 13), missed=True), False, True, Timing.OVERDUE),
        (visit(), False, True, Timing.STARTED),
        (visit(), True, False, Timing.TAKEN),
        (None, False, False, Timing.UNPLANNED),
        (None, True, False, Timing.TAKEN),
    ],
)
def test_how_one_measure_stands(booked, signed, started, timing):
    assert due.timing(booked, signed=signed, started=started, as_of=TODAY) is timing


def test_every_measure_of_the_protocol_in_the_order_of_the_days():
    visits = [visit("R0", date(2026, 4, 10)), visit("P1", date(2026, 4, 14))]
    rows = due.measures_due([CAPS, PCL], visits, signed=set(), started={("PCL-5", "P1")}, as_of=TODAY)
    assert rows == (
        Due("CAPS-5", "CAPS-5", "R0", "rater", date(2026, 4, 10), Timing.OVERDUE),
        Due("PCL-5", "PCL-5", "P1", "patient", date(2026, 4, 14), Timing.STARTED),
        Due("CAPS-5", "CAPS-5", "R1", "rater", None, Timing.UNPLANNED),
    )
    assert [row.days_late(TODAY) for row in rows] == [4, 0, 0]


def test_what_is_signed_is_not_due():
    rows = due.measures_due([PCL], [visit("P1")], signed={("PCL-5", "P1")}, started=set(), as_of=TODAY)
    assert [row.timing for row in rows] == [Timing.TAKEN]
