"""Courses that no longer hold are mended together: little moves, everything that moves says why."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from patients.rules.protocol import RoomKind
from sessions.rules.checking import check, troubles
from sessions.rules.events import CalledOff, ClinicClosed, Lengthened, Moved, PersonAway, RoomAway, Washout, after
from sessions.rules.intervals import Interval
from sessions.rules.planner import plan_course
from sessions.rules.planning import Client
from sessions.rules.repair import Standing, price, repaired
from tests.rules.sessions.instances import (
    ZONE,
    figure,
    protocol_of,
    reference_visits,
    request,
    space,
    therapist,
    with_people,
)

TWO_ROOMS = (
    space("quiet", RoomKind.CONSULTING),
    space("study", RoomKind.CONSULTING),
    space("haven", RoomKind.DOSING, 60),
    space("harbour", RoomKind.DOSING, 60),
)


def clinic(count=2, **more):
    """Courses of one pair in one clinic, planned one behind the other."""
    plain = with_people(request(spaces=TWO_ROOMS, **more), therapist("cleo"))
    courses, placed = [], []
    for number in range(count):
        key = f"pat{number}"
        asked = replace(plain, client=Client(key), first_day=plain.first_day + timedelta(days=7 * number))
        asked = replace(asked, last_start=asked.first_day + timedelta(days=60))
        standing = Standing(key, asked)
        plan = plan_course(_beside(standing, placed)).plan
        current = {a.code: a for a in plan.appointments}
        courses.append(Standing(key, replace(asked, current=current), stand_ins=("cleo",)))
        placed.append(courses[-1])
    return courses


def _beside(standing, placed):
    from sessions.rules.repair import _Clinic

    return _Clinic([*placed, standing]).request_of(standing.key)


def day_of(course, code):
    return course.request.current[code].start.astimezone(ZONE).date()


def together(courses, repair):
    """All plans after the repair, each checked with the others in the way."""
    plans = {mended.key: mended for mended in repair.courses}
    now = [
        replace(course, request=replace(course.request, current=_current(course, plans.get(course.key)), wanted={}))
        for course in courses
    ]
    faults = []
    for course in now:
        beside = _beside(course, [other for other in now if other is not course])
        beside = replace(beside, fall_backs=plans[course.key].request.fall_backs if course.key in plans else {})
        faults += [finding.sentence for found in troubles(beside).values() for finding in found]
    return faults


def _current(course, mended):
    if mended is None or mended.plan is None:
        return course.request.current
    return {a.code: a for a in mended.plan.appointments if a.code not in course.request.held}


@pytest.fixture(scope="module")
def two():
    return clinic()


def test_a_clinic_that_holds_needs_no_repair(two):
    assert repaired(two).courses == ()


def test_a_day_away_moves_what_falls_into_it_and_says_why(two):
    day = day_of(two[0], "I1.3")
    courses = after(PersonAway("ben", day, day, "flu"), two)
    repair = repaired(courses)
    changes = {change.code: change for change in repair.courses[0].changes}
    assert set(changes) == {"I1.3"}
    assert changes["I1.3"].reasons == ("Ben is away on the day of I1.3.",)
    assert together(courses, repair) == []


def test_an_absence_that_touches_both_courses_mends_both(two):
    first = min(day_of(two[1], "P2"), day_of(two[0], "P3"))
    courses = after(PersonAway("ben", first, first + timedelta(days=13), "flu"), two)
    repair = repaired(courses)
    assert {mended.key for mended in repair.courses} == {"pat0", "pat1"}
    assert repair.is_whole
    assert together(courses, repair) == []


def test_three_weeks_away_are_bridged_by_somebody_who_stands_in_and_says_so(two):
    first = day_of(two[0], "I1.1")
    courses = after(PersonAway("ben", first, first + timedelta(days=20), "operation"), two)
    repair = repaired(courses)
    said = [finding.sentence for mended in repair.courses for finding in mended.findings]
    assert "Cleo would stand in for Ben in I1.1. Ben is away then." in said
    assert together(courses, repair) == []


def test_nobody_stands_in_where_nobody_may_and_the_reasons_are_told(two):
    first = day_of(two[0], "D1") + timedelta(days=1)
    alone = [replace(course, stand_ins=()) for course in two]
    done = [_held_until(course, first) for course in alone]
    courses = after(PersonAway("ben", first, first + timedelta(days=20), "operation"), done)
    mended = next(m for m in repaired(courses).courses if m.key == "pat0")
    assert mended.plan is None and mended.changes == ()
    assert "I1.1" in mended.troubled
    assert any("Ben is away" in finding.sentence for finding in mended.findings)


def _held_until(course, day):
    asked = course.request
    done = {code: a for code, a in asked.current.items() if a.start.astimezone(ZONE).date() < day}
    current = {code: a for code, a in asked.current.items() if code not in done}
    return replace(course, request=replace(asked, held={**asked.held, **done}, current=current))


def test_what_is_done_stays(two):
    day = day_of(two[0], "D2")
    done = [_held_until(course, day) for course in two]
    courses = after(PersonAway("ben", day, day, "flu"), done)
    repair = repaired(courses)
    for mended in repair.courses:
        held = next(course for course in done if course.key == mended.key).request.held
        assert {code: mended.plan.appointment(code) for code in held} == held


def test_a_signed_deviation_is_offered_only_where_the_protocol_leaves_one(two):
    first = day_of(two[0], "I1.2")
    done = [_held_until(replace(course, stand_ins=()), first) for course in two]
    open_window = tuple(replace(v, deviation_latest=figure(40)) if v.code == "I1.2" else v for v in reference_visits())
    after_i13 = tuple(replace(v, deviation_latest=figure(40)) if v.code == "I1.3" else v for v in open_window)
    for visits, offered in ((reference_visits(), False), (after_i13, True)):
        loose = [replace(c, request=replace(c.request, protocol=protocol_of(visits))) for c in done[:1]]
        courses = after(PersonAway("ben", first, first + timedelta(days=8), "flu"), loose)
        (mended,) = repaired(courses).courses
        assert mended.plan is None
        assert any(finding.code == "deviation" for finding in mended.findings) is offered


def test_a_room_that_is_away_is_left_and_the_visit_stays_at_its_time(two):
    appointment = two[0].request.current["I1.3"]
    day = day_of(two[0], "I1.3")
    courses = after(RoomAway(appointment.room, day, day, "paint"), two)
    (change,) = [c for mended in repaired(courses).courses for c in mended.changes if c.code == "I1.3"]
    assert not change.is_moved
    assert change.now.room not in (None, appointment.room)


def test_a_closed_day_moves_everybody_but_calls(two):
    day = day_of(two[0], "D2")
    repair = repaired(after(ClinicClosed(day, day, "storm"), two))
    assert "D2" in [change.code for mended in repair.courses for change in mended.changes]
    assert repair.is_whole


def test_a_washout_that_ends_later_moves_the_dosing_days_behind_it(two):
    clear = day_of(two[0], "D1") + timedelta(days=3)
    (mended,) = repaired(after(Washout("pat0", clear), two)).courses
    assert mended.plan.appointment("D1").start.astimezone(ZONE).date() >= clear
    reasons = {change.code: change.reasons for change in mended.changes}
    assert reasons["D1"][0] == "D1 is before the washout ends."
    assert reasons["I1.1"] == ("It is counted from D1, which moves.",)


def test_a_longer_visit_finds_the_time_for_it(two):
    courses = after(Lengthened("pat0", "P2", 180), two)
    repair = repaired(courses)
    now = next(c.now for m in repair.courses for c in m.changes if c.code == "P2")
    assert now.end - now.start == timedelta(minutes=180)
    assert together(courses, repair) == []


def test_a_visit_that_was_called_off_gets_another_place_or_none(two):
    (mended,) = repaired(after(CalledOff("pat0", "I1.2", again=True), two)).courses
    (change,) = mended.changes
    assert (change.code, change.was) == ("I1.2", None)
    assert change.now.start.astimezone(ZONE).date() != day_of(two[0], "I1.2")
    assert repaired(after(CalledOff("pat0", "I1.2", again=False), two)).courses == ()


def test_a_visit_moved_by_hand_stands_where_it_was_wanted(two):
    to = two[0].request.current["D2"].start + timedelta(days=1)
    courses = after(Moved("pat0", "D2", to), two)
    repair = repaired(courses)
    mended = next(m for m in repair.courses if m.key == "pat0")
    assert mended.plan.appointment("D2").start == to
    assert "I2.1" in [change.code for change in mended.changes]
    assert together(courses, repair) == []


def test_a_reason_names_each_visit_once(two):
    """P3 is counted from by D1 and stands before it: one visit, and one word for it."""
    to = two[0].request.current["D1"].start + timedelta(days=14)
    mended = next(m for m in repaired(after(Moved("pat0", "D1", to), two)).courses if m.key == "pat0")
    beside = [reason for change in mended.changes for reason in change.reasons if reason.startswith("It keeps")]
    named = [reason.removeprefix("It keeps its distance from ").rstrip(".").split(", ") for reason in beside]
    assert ["D1"] in named
    assert all(len(codes) == len(set(codes)) for codes in named)


def test_whoever_stands_in_for_one_is_not_said_to_stand_in_for_two_and_why_is_told(two):
    call = two[0].request.current["C1.1"]
    (caller,) = (key for _, key in call.people)
    to = call.start + timedelta(days=1)
    taken = Interval(to, to + timedelta(hours=1))
    pair = [replace(two[0].request.people[key], busy=(taken,)) for key in ("ada", "ben")]
    busy = [replace(course, request=with_people(course.request, *pair)) for course in two]
    mended = next(m for m in repaired(after(Moved("pat0", "C1.1", to), busy)).courses if m.key == "pat0")
    said = [finding.sentence for finding in mended.findings if finding.code == "stand_in"]
    name = two[0].request.people[caller].name
    assert said == [f"Cleo would stand in for {name} in C1.1. {name} is taken then."]


def test_a_neighbour_makes_room_only_when_nothing_else_helps():
    """Only one day is left to I1.2 of the first course, and the second course has its dosing day on it."""
    courses = [replace(course, stand_ins=()) for course in clinic(2)]
    free = day_of(courses[1], "D1")
    dosed = day_of(courses[0], "D1")
    courses[0] = _held_until(courses[0], dosed + timedelta(days=5))
    assert 5 <= (free - dosed).days <= 10
    for n in range(5, 11):
        day = dosed + timedelta(days=n)
        if day != free:
            courses[0] = after(PersonAway("ada", day, day, "leave"), courses)[0]
    courses = after(Lengthened("pat0", "I1.2", 150), courses)  # too long for the evening after a dosing day
    first, second = repaired(courses).courses
    assert first.plan.appointment("I1.2").start.astimezone(ZONE).date() == free
    assert "D1" in [change.code for change in second.changes]
    assert "It makes room for a visit of another course." in [r for c in second.changes for r in c.reasons]
    assert together(courses, repaired(courses)) == []


def test_the_same_calendar_is_mended_the_same_way(two):
    day = day_of(two[0], "D2")
    courses = after(PersonAway("ben", day, day + timedelta(days=6), "flu"), two)
    assert repaired(courses).fingerprint == repaired(courses).fingerprint


def test_near_and_announced_visits_and_dosing_days_are_dear(two):
    visit = two[0].request.current["D1"]
    far = price(visit, is_dosing=False, is_announced=False, as_of=visit.start - timedelta(days=30))
    near = price(visit, is_dosing=False, is_announced=False, as_of=visit.start - timedelta(days=1))
    told = price(visit, is_dosing=False, is_announced=True, as_of=visit.start - timedelta(days=30))
    dosing = price(visit, is_dosing=True, is_announced=False, as_of=visit.start - timedelta(days=30))
    assert (far, near, told, dosing) == (1000, 4000, 3000, 2000)


def test_an_event_of_a_course_that_is_not_there_is_refused(two):
    with pytest.raises(KeyError):
        after(Washout("nobody", date(2026, 1, 1)), two)
    with pytest.raises(KeyError):
        after(RoomAway("nowhere", date(2026, 1, 1), date(2026, 1, 1)), two)


def test_the_repaired_plan_is_sound(two):
    day = day_of(two[0], "D2")
    for mended in repaired(after(PersonAway("ben", day, day + timedelta(days=2)), two)).courses:
        assert check(mended.plan, mended.request) == []
