from hypothesis import given
from hypothesis import strategies as st

from patients.rules.protocol import VisitKind
from sessions.rules.domains import days_of, from_day, propagated, spread, spread_back
from tests.rules.sessions.instances import visit

P, C = VisitKind.PREPARATION, VisitKind.CALL
ALWAYS = 20


def is_open(code, day):
    return True


@given(st.sets(st.integers(0, 60)), st.integers(0, 20), st.integers(0, 20))
def test_spreading_reaches_every_day_of_every_window_and_no_other(days, low, more):
    bits = sum(1 << day for day in days)
    high = low + more
    assert set(days_of(spread(bits, low, high))) == {d + gap for d in days for gap in range(low, high + 1)}
    back = {d - gap for d in days for gap in range(low, high + 1) if d - gap >= 0}
    assert set(days_of(spread_back(bits, low, high))) == back


def test_an_empty_window_reaches_nothing():
    assert (spread(0b1, 3, 2), spread_back(0b1, 3, 2)) == (0, 0)


def test_a_visit_that_can_only_be_late_pushes_its_anchor():
    visits = [visit("P1", P, 90), visit("P2", P, 90, "P1", (2, 3, 4))]
    found = propagated(visits, ALWAYS, 0b1111, {}, lambda code, day: code == "P1" or day == 6)
    assert {code: days_of(bits) for code, bits in found.items()} == {"P1": [2, 3], "P2": [6]}


def test_what_must_come_first_limits_both():
    visits = [
        visit("P1", P, 90),
        visit("C1", C, 30, "P1", (1, 2, 9), before="C2"),
        visit("C2", C, 30, "P1", (1, 2, 3)),
    ]
    found = propagated(visits, ALWAYS, 0b1, {}, is_open)
    assert (days_of(found["C1"]), days_of(found["C2"])) == ([1, 2], [2, 3])


def test_no_day_means_no_plan():
    visits = [visit("P1", P, 90), visit("P2", P, 90, "P1", (2, 3, 4))]
    assert propagated(visits, ALWAYS, 0b1, {}, lambda code, day: code == "P1")["P2"] == 0


def test_history_keeps_its_day_and_binds_only_what_can_still_move():
    visits = [visit("P1", P, 90), visit("P2", P, 90, "P1", (2, 3, 4)), visit("P3", P, 90, "P2", (1, 1, 1))]
    found = propagated(visits, ALWAYS, 0, {"P1": 0, "P2": 9}, is_open)
    assert {code: days_of(bits) for code, bits in found.items()} == {"P1": [0], "P2": [9], "P3": [10]}


def test_all_days_from_one_on():
    assert from_day(3) & 0b111111 == 0b111000
    assert from_day(-2) & 0b11 == 0b11
