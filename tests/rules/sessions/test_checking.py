"""Every kind of planted error is found; a sound plan has none. The plan under test comes from a fixed request."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from patients.rules.protocol import RoomKind
from sessions.rules.checking import check
from sessions.rules.intervals import Interval, at_wall
from sessions.rules.planner import plan_course
from sessions.rules.planning import Absence, Client, Duty, House, Plan
from tests.rules.sessions.instances import GOOD, MAPP3, WEEK, ZONE, request, space, staff, therapist, with_people

ASKED = request(protocol=MAPP3)
SOUND = plan_course(ASKED).plan
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def changed(code, **fields) -> Plan:
    return replace(SOUND, appointments=tuple(replace(a, **fields) if a.code == code else a for a in SOUND.appointments))


def shifted(code, by) -> Plan:
    appointment = SOUND.appointment(code)
    return changed(code, start=appointment.start + by, end=appointment.end + by)


def without(code) -> Plan:
    return replace(SOUND, appointments=tuple(a for a in SOUND.appointments if a.code != code))


def at(code, clock, by=timedelta()):
    appointment = SOUND.appointment(code)
    begins = datetime.combine(appointment.start.astimezone(ZONE).date() + by, clock, tzinfo=ZONE).astimezone(UTC)
    return changed(code, start=begins, end=begins + (appointment.end - appointment.start))


LEAD, SECOND, RATER = (Duty.LEAD, "ada"), (Duty.SECOND, "ben"), (Duty.RATER, "rae")
D1 = SOUND.appointment("D1")
P2 = SOUND.appointment("P2")

PLANTED_IN_THE_PLAN = [
    ("completeness", without("I2.3")),
    ("completeness", replace(SOUND, appointments=(*SOUND.appointments, SOUND.appointment("C1.1")))),
    ("completeness", replace(SOUND, appointments=(*SOUND.appointments, replace(D1, code="D9")))),
    ("pair", replace(SOUND, pair=("ada", "rae"))),
    ("gone", changed("P2", people=(LEAD, (Duty.SECOND, "nobody")))),
    ("gone", changed("D1", cover="nobody")),
    ("gone", changed("D1", night="nobody")),
    ("gone", changed("P2", room="nowhere")),
    ("length", changed("P1", end=SOUND.appointment("P1").end + HOUR)),
    ("length", changed("D2", end=SOUND.appointment("D2").end - HOUR)),
    ("window", shifted("D2", 14 * DAY)),
    ("window", shifted("P1", -7 * DAY)),
    ("window", shifted("I1.1", DAY)),
    ("morning", at("I1.1", time(14))),
    ("clinic hours", at("P2", time(17, 30))),
    ("clinic hours", at("P2", time(6))),
    ("grid", shifted("I1.3", timedelta(minutes=5))),
    ("staffing", changed("P2", people=(LEAD,))),
    ("staffing", changed("D1", people=(LEAD, LEAD))),
    ("staffing", changed("C1.1", people=(LEAD, SECOND))),
    ("continuity", changed("I1.2", people=(LEAD, (Duty.SECOND, "doc")))),
    ("rater", changed("R1", people=())),
    ("independence", changed("R1", people=((Duty.RATER, "ada"),))),
    ("hours", at("I1.2", time(8), 5 * DAY)),
    ("cover", changed("D1", cover=None)),
    ("cover", changed("D1", cover="rae")),
    ("cover", changed("P1", cover="doc")),
    ("room", changed("P1", room=None)),
    ("room", changed("C1.1", room="quiet")),
    ("room kind", changed("P1", room="haven")),
    ("order", shifted("I3.3", 120 * DAY)),
    ("same day", shifted("C1.1", DAY)),
    ("collision", at("C1.4", time(8, 30))),
]


@pytest.mark.parametrize(("code", "plan"), PLANTED_IN_THE_PLAN)
def test_an_error_planted_in_the_plan_is_found(code, plan):
    assert code in {finding.code for finding in check(plan, ASKED)}


def dressed(**more):
    return with_people(ASKED, therapist("ben", **more))


on_p2 = P2.start.astimezone(ZONE).date()
PLANTED_IN_THE_CALENDAR = [
    ("washout", replace(ASKED, clear_from=date(2026, 3, 25))),
    ("washout", replace(ASKED, washout_unknown=("fluoxetine",))),
    ("past", replace(ASKED, not_before=P2.start)),
    ("closure", replace(ASKED, house=House(ZONE, time(8), time(18), {on_p2: "Holiday"}))),
    ("clinic hours", replace(ASKED, house=House(ZONE, time(9), time(18)))),
    ("hours", dressed(hours={0: ((time(10), time(18)),)})),
    ("leave", dressed(absences=(Absence(on_p2, on_p2),))),
    ("double booking", dressed(busy=(Interval(P2.start + HOUR, P2.end + HOUR),))),
    ("credential", dressed(credentials=GOOD[1:])),
    ("credential", dressed(credentials=(GOOD[0], replace(GOOD[1], expires_on=on_p2 - DAY)))),
    ("leave", with_people(ASKED, staff("doc", absences=(Absence(date(2026, 3, 20), date(2026, 3, 31)),)))),
    ("hours", with_people(ASKED, staff("rae", hours={}))),
    ("patient's times", replace(ASKED, client=Client("pat", {0: ((time(9), time(18)),)}))),
    ("patient's bookings", replace(ASKED, client=Client("pat", None, (P2.interval,)))),
    ("held", replace(ASKED, held={"P1": replace(SOUND.appointment("P1"), room=None)})),
    ("wanted", replace(ASKED, wanted={"P2": P2.start + HOUR})),
    ("may not lead", with_people(ASKED, therapist("ada", may_lead=False))),
    ("double booking", dressed(outside=(Interval(P2.start, P2.end),))),
    ("weekly hours", dressed(weekly_minutes=540)),
    ("night", replace(ASKED, attendants=("rae",))),
]


def nights(**more):
    """The request with a night attendant, and its plan."""
    asked = replace(
        with_people(ASKED, staff("nox", hours=dict.fromkeys(range(7), WEEK[0]), **more)), attendants=("nox",)
    )
    return asked, plan_course(asked).plan


def test_a_night_that_is_kept_is_no_fault():
    asked, plan = nights()
    assert {a.night for a in plan.appointments if a.code in ("D1", "D2", "D3")} == {"nox"}
    assert check(plan, asked) == []


def test_a_night_in_which_the_attendant_is_taken_or_away_is_found():
    asked, plan = nights()
    evening = at_wall(plan.appointment("D2").start.astimezone(ZONE).date(), time(22), ZONE)
    taken = staff("nox", hours=dict.fromkeys(range(7), WEEK[0]), busy=(Interval(evening, evening + HOUR),))
    gone = staff("nox", hours={0: WEEK[0]}, absences=(Absence(date(2026, 3, 1), date(2026, 12, 31)),))
    for person in (taken, gone, staff("nox", hours={})):
        assert "night" in {finding.code for finding in check(plan, with_people(asked, person))}


@pytest.mark.parametrize(("code", "asked"), PLANTED_IN_THE_CALENDAR)
def test_a_rule_that_comes_into_the_way_is_found(code, asked):
    assert code in {finding.code for finding in check(SOUND, asked)}


def rooms(**more):
    return replace(ASKED, spaces=(space("quiet", RoomKind.CONSULTING, **more), ASKED.spaces[1]))


@pytest.mark.parametrize(
    ("code", "asked"),
    [
        ("room booking", rooms(busy=(Interval(P2.end, P2.end + HOUR),), turnover=15)),
        ("room booking", rooms(busy=(Interval(P2.start - HOUR, P2.start + HOUR),))),
        ("room hours", replace(ASKED, spaces=(replace(ASKED.spaces[0], opens=time(9)), ASKED.spaces[1]))),
    ],
)
def test_a_room_that_is_not_free_is_found(code, asked):
    assert code in {finding.code for finding in check(SOUND, asked)}


def test_a_room_is_turned_over_between_two_visits_of_one_course():
    slow = replace(ASKED, spaces=(space("quiet", RoomKind.CONSULTING, turnover=60), ASKED.spaces[1]))
    call = SOUND.appointment("C1.4")
    after = SOUND.appointment("I1.2").end + timedelta(minutes=30)
    plan = changed("C1.4", room="quiet", start=after, end=after + (call.end - call.start))
    assert "turnover" in {finding.code for finding in check(plan, slow)}


def test_a_sound_plan_has_no_fault():
    assert check(SOUND, ASKED) == []


def test_adjacent_bookings_are_no_fault():
    beside = Interval(P2.end, P2.end + HOUR)
    assert check(SOUND, dressed(busy=(beside,))) == []


def test_history_is_not_judged():
    out_of_window = shifted("D2", 14 * DAY).appointment("D2")
    asked = replace(ASKED, held={a.code: a for a in SOUND.appointments} | {"D2": out_of_window})
    assert check(shifted("D2", 14 * DAY), asked) == []
