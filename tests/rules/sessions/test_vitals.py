from datetime import timedelta

import pytest

from sessions.rules.vitals import SlotState, crossed, flow_sheet, next_due


def sheet(day, minutes, *readings, t0=True, ended=None):
    now = day.T0 + timedelta(minutes=minutes)
    ended_at = None if ended is None else day.T0 + timedelta(minutes=ended)
    return flow_sheet(
        day.SLOTS, readings, t0=day.T0 if t0 else None, now=now, late_after=day.figure(5), ended_at=ended_at
    )


def states(rows):
    return [row.state.value for row in rows]


def taken(day, minute, slot):
    at = day.T0 + timedelta(minutes=minute)
    return day.replace(day.reading(at), slot=slot)


def test_before_the_dose_only_the_first_set_is_due_and_has_no_time(day):
    rows = sheet(day, -30, t0=False)
    assert states(rows) == ["due", "planned", "planned", "planned"]
    assert [row.due_at for row in rows] == [None] * 4
    assert next_due(rows).minutes_left(day.T0) is None


@pytest.mark.parametrize(
    ("minutes", "found"),
    [
        (10, ["done", "planned", "planned", "planned"]),
        (54, ["done", "planned", "planned", "planned"]),
        (55, ["done", "due", "planned", "planned"]),
        (65, ["done", "due", "planned", "planned"]),
        (66, ["done", "overdue", "planned", "planned"]),
        (89, ["done", "overdue", "due", "planned"]),
        (90, ["done", "missed", "due", "planned"]),
        (400, ["done", "missed", "missed", "overdue"]),
    ],
)
def test_a_set_is_due_then_overdue_then_missed(day, minutes, found):
    assert states(sheet(day, minutes, taken(day, -20, "before"))) == found


def test_a_set_taken_late_is_done_and_says_how_late(day):
    rows = sheet(day, 100, taken(day, 83, "rise"))
    assert states(rows) == ["missed", "done", "overdue", "planned"]
    assert [row.late for row in rows] == [120, 23, 10, 0]


def test_the_set_before_the_dose_is_in_time_until_the_dose(day):
    assert sheet(day, 10, taken(day, -3, "before"))[0].late == 0
    assert sheet(day, 10, taken(day, 4, "before"))[0].late == 24


def test_a_set_taken_early_is_not_late(day):
    assert sheet(day, 100, taken(day, 50, "rise"))[1].late == 0


def test_the_last_reading_of_a_set_counts_and_extra_sets_fill_none(day):
    first, second = taken(day, 58, "rise"), taken(day, 61, "rise")
    rows = sheet(day, 70, second, first, taken(day, 62, ""))
    assert rows[1].reading == second


def test_what_was_not_taken_when_the_day_ended_is_missed(day):
    assert states(sheet(day, 200, ended=100)) == ["missed"] * 4
    assert states(sheet(day, 0, t0=False, ended=-10)) == ["missed"] * 4


def test_the_next_set_is_the_first_that_waits(day):
    rows = sheet(day, 70, taken(day, -20, "before"))
    waiting = next_due(rows)
    assert (waiting.slot.code, waiting.state, waiting.minutes_left(day.T0 + timedelta(minutes=70))) == (
        "rise",
        SlotState.OVERDUE,
        -10,
    )
    assert next_due(sheet(day, 200, ended=100)) is None


def test_sets_come_in_order_of_time_whatever_the_protocol_lists_first(day):
    shuffled = tuple(reversed(day.SLOTS))
    rows = flow_sheet(shuffled, [], t0=None, now=day.T0, late_after=day.figure(5))
    assert [row.slot.code for row in rows] == ["before", "rise", "supplement", "peak"]


@pytest.mark.parametrize(
    ("systolic", "codes"), [(160, []), (161, ["V-SUP-1a"]), (180, ["V-SUP-1a", "V-INT-1a"]), (None, [])]
)
def test_limits_are_crossed_above_and_where_they_say_so_at_the_limit(day, systolic, codes):
    found = crossed(day.LIMITS, day.reading(day.T0, systolic=systolic), stages=["before-supplement", "any-time"])
    assert [limit.code for limit in found] == codes
