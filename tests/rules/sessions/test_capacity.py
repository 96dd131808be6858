"""The arithmetic of what a clinic can carry."""

import pytest

from sessions.rules.capacity import capacity, load_of
from tests.rules.sessions.instances import MAPP3, reference_visits


def test_a_course_of_the_reference_protocol_takes_what_the_facts_say():
    """84 therapist hours for a dyad throughout with days of 8 hours (clinical facts 1.5), three days of a dosing room."""
    load = load_of(MAPP3.visits)
    assert (load.therapist_hours, load.dosing_days) == (84, 3)
    assert 12 <= load.weeks <= 18
    assert load_of(reference_visits(doses=2)).dosing_days == 2


def test_the_scarcer_of_therapists_and_rooms_is_the_limit():
    load = load_of(MAPP3.visits)
    many_rooms = capacity(load, [28] * 24, room_days=40)
    assert (many_rooms.a_week, many_rooms.is_short_of_rooms) == (8, False)
    assert 104 <= many_rooms.at_once <= 146
    few_rooms = capacity(load, [28] * 24, room_days=6)
    assert (few_rooms.a_week, few_rooms.is_short_of_rooms) == (2, True)


@pytest.mark.parametrize("hours", [[], [0.0]])
def test_a_clinic_without_hours_carries_nothing(hours):
    assert capacity(load_of(MAPP3.visits), hours, room_days=10).at_once == 0


def test_a_protocol_without_dosing_is_not_short_of_rooms():
    talks = [visit for visit in MAPP3.visits if visit.code in ("P1", "P2", "P3")]
    assert capacity(load_of(talks), [90], room_days=0).a_week == 10
