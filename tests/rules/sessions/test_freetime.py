"""Free time: what is offered is free, what is not offered is not, and every day that is refused says why."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patients.rules.protocol import RoomKind
from sessions.rules.checking import troubles
from sessions.rules.clashes import clashes
from sessions.rules.freetime import asked_for, free_time, lead_up
from sessions.rules.intervals import Interval, at_wall
from sessions.rules.planning import Absence, Appointment, Client, Credential, Duty, House
from tests.rules.sessions.instances import (
    MONDAY,
    REFERENCE,
    WEEK,
    ZONE,
    request,
    space,
    staff,
    therapist,
    with_people,
)

SUNDAY = MONDAY + timedelta(days=6)
BOTH = 480 + 90  # minutes of the visit and of the morning after


def at(day: int, clock: str) -> datetime:
    return at_wall(MONDAY + timedelta(days=day), time.fromisoformat(clock), ZONE)


def busy(day: int, start: str, end: str) -> Interval:
    return Interval(at(day, start), at(day, end))


def wanted(morning=True, days=11, **more):
    plain = request(last_start=MONDAY + timedelta(days=days), attendants=("doc",))
    after = REFERENCE.visit("I1.1") if morning else None
    return replace(asked_for(plain, REFERENCE.visit("D1"), after), **more)


def found(asked):
    return free_time(asked, slots=30, refusals=30)


def days_of(asked):
    return [slot.day for slot in found(asked).slots]


def said(asked, day):
    return next(refusal.reasons for refusal in found(asked).refused if refusal.day == MONDAY + timedelta(days=day))


def test_every_weekday_is_free_but_those_before_a_weekend():
    free = found(wanted())
    assert [slot.day.weekday() for slot in free.slots] == [0, 1, 2, 3, 0, 1, 2, 3]
    assert [refusal.day.weekday() for refusal in free.refused] == [4, 4]
    first = free.slots[0]
    assert (first.starts[0], first.starts[-1]) == (at(0, "08:00"), at(0, "10:00"))
    assert (first.visit.room, first.visit.cover, first.visit.night) == ("haven", "doc", "doc")
    assert (first.morning.start, first.morning.room) == (at(1, "08:00"), "quiet")


def test_without_the_morning_after_a_friday_will_do():
    assert [day.weekday() for day in days_of(wanted(morning=False))] == [0, 1, 2, 3, 4] * 2


def test_the_morning_after_is_named_with_what_is_in_its_way():
    taken = therapist("ada", busy=(busy(1, "08:00", "12:00"),))
    asked = with_people(wanted(), taken)
    assert days_of(asked)[0] == MONDAY + timedelta(days=2)
    # In the afternoon she would be free, and that is too late.
    assert said(asked, 0) == ("The morning after, Tue 3 Mar: Ada is booked from 08:00 to 12:00.",)
    assert said(asked, 1) == ("Ada is booked from 08:00 to 12:00.",)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"absences": (Absence(MONDAY, MONDAY, "leave"),)}, "Ada is away (leave)."),
        ({"hours": {**WEEK, 0: ((time(12), time(18)),)}}, "Ada works 12:00 to 18:00 on Mondays."),
        ({"outside": (busy(0, "09:00", "12:00"),)}, "Ada is taken elsewhere from 09:00 to 12:00."),
        ({"weekly_minutes": 400}, "Ada would be booked for 8 h that week; 6 h 40 min are agreed."),
        ({"weekly_minutes": 500}, "Ada would be booked for 9 h 30 min that week; 8 h 20 min are agreed."),
        (
            {"credentials": (Credential("licence", "", date(2026, 3, 1)), Credential("training", "", None))},
            "Ada has no licence that is good on that day.",
        ),
    ],
)
def test_a_therapist_is_in_the_way_in_words(change, reason):
    asked = with_people(wanted(), replace(therapist("ada"), **change))
    assert MONDAY not in days_of(asked)
    assert reason in said(asked, 0)


def test_a_closed_clinic_and_a_room_that_is_not_turned_over_are_in_the_way():
    house = House(ZONE, time(8), time(18), {MONDAY: "Founders' day"})
    assert said(wanted(house=house), 0) == ("The clinic is closed that day: Founders' day.",)
    rooms = (
        space("quiet", RoomKind.CONSULTING),
        space("haven", RoomKind.DOSING, 60, busy=(busy(0, "16:30", "18:00"),)),
    )
    assert said(wanted(spaces=rooms), 0) == (
        "No dosing room is free: Haven is booked from 16:30 to 18:00, turnover included.",
    )
    without_turnover = (rooms[0], replace(rooms[1], turnover=0))
    assert found(wanted(spaces=without_turnover)).slots[0].starts == (at(0, "08:00"), at(0, "08:15"), at(0, "08:30"))


def test_a_physician_and_somebody_for_the_night_are_needed():
    away = staff("doc", absences=(Absence(MONDAY, MONDAY, "congress"),))
    assert "No physician on duty is free. Doc is away (congress)." in said(with_people(wanted(), away), 0)
    kept = with_people(wanted(attendants=("nat",)), staff("nat", nights=frozenset({1})))
    assert days_of(kept) == [MONDAY + timedelta(days=n) for n in (1, 8)]
    assert said(kept, 0) == ("Nobody is free for the night that follows: Nat.",)


def test_the_washout_and_the_patients_own_times_count_where_there_is_a_patient():
    asked = wanted(clear_from=MONDAY + timedelta(days=2))
    assert days_of(asked)[0] == MONDAY + timedelta(days=2)
    assert said(asked, 0) == ("The washout ends on Wed 4 Mar, and this visit comes after it.",)
    assert days_of(wanted(client=Client("pat", times={1: WEEK[1], 2: WEEK[2]})))[0].weekday() == 1


def test_an_hour_that_the_clock_skips_moves_nothing():
    """London turns its clocks on the last Sunday of March; the Monday after offers the same wall times."""
    monday = date(2026, 3, 30)
    free = found(wanted(first_day=monday, last_start=monday))
    assert [start.astimezone(ZONE).strftime("%H:%M") for start in free.slots[0].starts[:2]] == ["08:00", "08:15"]


stretches = st.lists(
    st.tuples(st.integers(0, 6), st.integers(32, 68), st.integers(1, 16)).map(
        lambda drawn: Interval(
            at(drawn[0], "00:00") + timedelta(minutes=15 * drawn[1]),
            at(drawn[0], "00:00") + timedelta(minutes=15 * (drawn[1] + drawn[2])),
        )
    ),
    max_size=3,
).map(tuple)
weeks = st.fixed_dictionaries(
    {
        day: st.tuples(st.integers(7, 11), st.integers(15, 19)).map(lambda h: ((time(h[0]), time(h[1])),))
        for day in range(5)
    }
)
absences = st.lists(st.integers(0, 6), max_size=1).map(
    lambda days: tuple(Absence(MONDAY + timedelta(days=n), MONDAY + timedelta(days=n)) for n in days)
)
caps = st.sampled_from([None, None, 480, 600, 1200])


@st.composite
def clinics(draw):
    people = [
        therapist(key, hours=draw(weeks), busy=draw(stretches), absences=draw(absences), weekly_minutes=draw(caps))
        for key in ("ada", "ben")
    ]
    people.append(staff("doc", busy=draw(stretches), absences=draw(absences)))
    people.append(staff("nat", nights=draw(st.frozensets(st.integers(0, 6), min_size=3)), outside=draw(stretches)))
    rooms = (
        space("quiet", RoomKind.CONSULTING, busy=draw(stretches)),
        space("haven", RoomKind.DOSING, draw(st.sampled_from([0, 30, 60])), busy=draw(stretches)),
        space("cabin", RoomKind.DOSING, 15, busy=(busy(0, "06:00", "20:00"), *draw(stretches))),
    )
    closed = {MONDAY + timedelta(days=draw(st.integers(0, 6))): "closed"}
    house = House(ZONE, time(8), time(draw(st.integers(17, 19))), closed)
    return with_people(wanted(days=6, spaces=rooms, house=house, attendants=("nat",)), *people)


@given(clinics())
@settings(max_examples=60, deadline=None)
def test_exactly_what_is_free_is_offered(asked):
    """Against two other ways of asking: every quarter hour by its clashes, and what is offered by the plan's checker."""
    free = found(asked)
    offered = {start for slot in free.slots for start in slot.starts}
    for slot in free.slots:
        standing = {"D1": slot.visit, "I1.1": slot.morning}
        assert troubles(replace(asked, current=standing)) == {}
    for day in range(7):
        mornings = [at(day + 1, "08:00") + timedelta(minutes=15 * n) for n in range(16)]
        is_free_after = any(not clashes(replace(asked, wanted={"I1.1": start}), ("ada", "ben")) for start in mornings)
        is_within = all(
            asked.people[key].weekly_minutes is None
            or BOTH + _booked(asked.people[key]) <= asked.people[key].weekly_minutes
            or day == 6
            for key in ("ada", "ben")
        )
        for n in range(96):
            start = at(day, "00:00") + timedelta(minutes=15 * n)
            is_free = not clashes(replace(asked, wanted={"D1": start}), ("ada", "ben"))
            assert (start in offered) == (is_free and is_free_after and is_within)
    for refusal in free.refused:
        assert refusal.reasons


def _booked(person):
    return sum(
        (one.end - one.start).total_seconds() / 60 for one in person.busy if one.start.astimezone(ZONE).date() <= SUNDAY
    )


def test_the_checker_would_see_an_offer_that_is_not_free():
    """The negative control of the property above: the same slot with one of the two taken."""
    asked = wanted()
    slot = found(asked).slots[0]
    standing = {"D1": slot.visit, "I1.1": slot.morning}
    taken = with_people(asked, therapist("ada", busy=(busy(0, "15:45", "16:00"),)))
    assert set(troubles(replace(taken, current=standing))) == {"D1"}
    late = Appointment("I1.1", at(1, "12:00"), at(1, "13:30"), ((Duty.LEAD, "ada"), (Duty.SECOND, "ben")), "quiet")
    assert set(troubles(replace(asked, current={"D1": slot.visit, "I1.1": late}))) == {"I1.1"}


def test_a_washout_that_nobody_can_date_leaves_no_day_and_says_so():
    (refusal,) = found(wanted(washout_unknown=("Sertraline",))).refused
    assert refusal.reasons[0].startswith("Nobody knows when Sertraline is washed out.")
    assert found(wanted(washout_unknown=("Sertraline",))).slots == ()


def test_it_matters_not_who_of_the_two_is_named_first():
    asked = with_people(wanted(), therapist("ada", may_lead=False))
    assert len(found(asked).slots) == 8


def test_how_long_before_its_first_dosing_day_a_course_begins():
    least, target = lead_up(REFERENCE.visits, "D1")
    codes, code = [], "D1"
    while (visit := REFERENCE.visit(code)).anchor is not None:
        codes.append(code)
        code = visit.anchor
    assert codes
    assert least.days == sum(REFERENCE.visit(code).earliest.whole for code in codes)
    assert target.days == sum(REFERENCE.visit(code).target.whole for code in codes)
    assert lead_up(REFERENCE.visits, code) == (timedelta(0), timedelta(0))


def test_one_person_twice_is_one_person_alone():
    plain = wanted()
    one = plain.pairs[0][0]
    alone = tuple(replace(visit, therapists=1) for visit in plain.protocol.visits)
    asked = replace(plain, pairs=((one, one),), protocol=replace(plain.protocol, visits=alone))
    away = replace(plain.people[plain.pairs[0][1]], absences=(Absence(MONDAY, MONDAY + timedelta(days=11)),))
    assert days_of(replace(asked, people={**asked.people, away.key: away})) == days_of(plain)
    capped = replace(asked.people[one], weekly_minutes=BOTH - 1)
    (refused, *_) = found(replace(asked, people={**asked.people, one: capped})).refused
    assert len(refused.reasons) == 1
