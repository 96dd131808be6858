"""The planner on its own: what it places, what it refuses and how it says so. Its plans go through the checker."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.rules.findings import Outcome
from patients.rules.protocol import RoomKind, VisitKind
from sessions.rules.checking import check
from sessions.rules.intervals import Interval, at_wall
from sessions.rules.planner import plan_course
from sessions.rules.planning import Absence, Client, Credential, Duty, House
from tests.rules.sessions.instances import (
    GOOD,
    MAPP3,
    MONDAY,
    WEEK,
    ZONE,
    protocol_of,
    reference_visits,
    request,
    space,
    staff,
    therapist,
    visit,
    with_people,
)

ONLY_TUESDAY = {1: ((time(9), time(17)),)}


def codes(proposal):
    return [finding.code for finding in proposal.findings]


def days(plan):
    return {a.code: a.start.astimezone(ZONE).date() for a in plan.appointments}


@pytest.mark.parametrize("protocol", [MAPP3, protocol_of(reference_visits()), protocol_of(reference_visits(2))])
def test_every_visit_of_the_protocol_is_placed_and_the_checker_finds_nothing(protocol):
    asked = request(protocol=protocol)
    plan = plan_course(asked).plan
    assert [a.code for a in plan.appointments] == [v.code for v in protocol.visits]
    assert check(plan, asked) == []


def test_in_an_empty_calendar_dosing_days_lie_on_their_targets():
    placed = days(plan_course(request()).plan)
    assert (placed["D2"] - placed["D1"]).days == 28
    assert (placed["D3"] - placed["D2"]).days == 28
    assert placed["P1"] == MONDAY


def test_the_morning_after_a_dosing_day_is_the_next_calendar_morning_with_the_same_pair():
    plan = plan_course(request()).plan
    dosing, morning = plan.appointment("D1"), plan.appointment("I1.1")
    assert days(plan)["I1.1"] - days(plan)["D1"] == timedelta(days=1)
    assert morning.start.astimezone(ZONE).time() < time(12)
    assert morning.people == dosing.people


def test_nine_on_the_wall_stays_nine_when_the_clock_changes():
    early = {day: ((time(9), time(17)),) for day in range(5)}
    asked = with_people(request(), therapist("ada", hours=early), therapist("ben", hours=early))
    plan = plan_course(asked).plan
    before, after = plan.appointment("D1"), plan.appointment("D2")  # 29 March lies between them
    assert [a.start.astimezone(ZONE).time() for a in (before, after)] == [time(9), time(9)]
    assert after.start - before.start == timedelta(days=28, hours=-1)


@pytest.mark.parametrize(
    ("zone", "first"),
    [
        ("Europe/London", date(2026, 10, 19)),
        ("America/New_York", date(2026, 3, 2)),
        ("Australia/Lord_Howe", date(2026, 3, 30)),
        ("Asia/Kathmandu", date(2028, 2, 21)),
        ("America/Santiago", date(2026, 8, 31)),
    ],
)
def test_weeks_with_a_clock_change_and_leap_days_pass_the_checker(zone, first):
    asked = request(
        house=House(ZoneInfo(zone), time(8), time(18)), first_day=first, last_start=first + timedelta(days=28)
    )
    plan = plan_course(asked).plan
    assert check(plan, asked) == []
    assert {a.start.astimezone(ZoneInfo(zone)).time() for a in plan.appointments if a.code.startswith("D")} == {time(8)}


def test_no_visit_after_washout_comes_before_the_clear_from_date():
    asked = request(clear_from=date(2026, 4, 20), last_start=date(2026, 5, 29))
    plan = plan_course(asked).plan
    held_back = {v.code for v in asked.protocol.visits if v.after_washout}
    assert min(day for code, day in days(plan).items() if code in held_back) >= date(2026, 4, 20)
    assert check(plan, asked) == []


def test_an_unknown_washout_refuses_even_if_the_calendar_is_empty():
    proposal = plan_course(request(washout_unknown=("Nobody knows the last dose of fluoxetine.",)))
    assert proposal.plan is None
    assert [(f.code, f.outcome) for f in proposal.findings] == [("washout_unknown", Outcome.UNKNOWN)]


def test_leave_is_planned_around():
    away = Absence(date(2026, 4, 13), date(2026, 4, 24))
    asked = with_people(request(), therapist("ada", absences=(away,)))
    plan = plan_course(asked).plan
    assert check(plan, asked) == []
    assert not [code for code, day in days(plan).items() if away.first <= day <= away.last and code[0] in "DIP"]


def test_two_who_share_only_tuesdays_are_told_so():
    asked = with_people(
        request(),
        therapist("ada", hours=ONLY_TUESDAY),
        therapist("ben", hours={1: ((time(9), time(17)),), 3: ((time(9), time(17)),)}),
    )
    proposal = plan_course(asked)
    assert proposal.plan is None
    assert codes(proposal) == ["stuck", "hours+hours"]
    assert "Ada and Ben share only Tuesdays." in proposal.findings[1].sentence


def test_every_single_rule_that_would_help_is_named_with_the_day_it_would_begin():
    asked = with_people(request(), therapist("ada", absences=(Absence(date(2026, 3, 15), date(2026, 4, 30)),)))
    proposal = plan_course(replace(asked, protocol=protocol_of(reference_visits())))
    assert codes(proposal) == ["stuck", "away", "start"]
    assert proposal.findings[1].sentence == (
        "Ada is away 15 Mar to 30 Apr 2026. It would fit if Ada were there; "
        "the first visit would then be on Mon 2 Mar 2026."
    )


def test_all_that_is_missing_is_said_at_once():
    asked = request(spaces=(space("quiet", RoomKind.CONSULTING),), physicians=(), raters=())
    assert set(codes(plan_course(asked))) >= {"no_room", "no_physician", "no_rater"}


def test_no_pair_is_a_reason_of_its_own():
    assert codes(plan_course(request(pairs=()))) == ["pair"]


def test_a_last_start_before_the_first_day_is_said():
    assert "start" in codes(plan_course(request(last_start=MONDAY - timedelta(days=1))))


def test_somebody_without_a_licence_is_not_booked():
    asked = with_people(request(), therapist("ben", credentials=GOOD[1:]))
    assert "no_credential" in codes(plan_course(asked))


def test_nobody_is_booked_after_their_training_ends():
    lapses = (GOOD[0], Credential("training", "MDMA-AT training", date(2026, 4, 1)))
    proposal = plan_course(with_people(request(), therapist("ben", credentials=lapses)))
    assert proposal.plan is None
    assert "lapsed" in codes(proposal)


def test_a_dosing_room_booked_for_months_is_in_the_way():
    full = tuple(
        Interval(at_wall(day, time(8), ZONE), at_wall(day, time(17), ZONE))
        for day in (MONDAY + timedelta(days=n) for n in range(200))
    )
    rooms = (space("quiet", RoomKind.CONSULTING), space("haven", RoomKind.DOSING, 60, busy=full))
    proposal = plan_course(request(spaces=rooms))
    assert proposal.plan is None
    assert "room" in codes(proposal)


def test_turnover_keeps_a_room_from_the_next_visit():
    taken = Interval(at_wall(MONDAY, time(9, 45), ZONE), at_wall(MONDAY, time(18), ZONE))
    free = {"protocol": protocol_of(reference_visits()[:1]), "last_start": MONDAY}
    fits = (space("quiet", RoomKind.CONSULTING, 15, busy=(taken,)),)
    assert plan_course(request(spaces=(*fits, space("haven", RoomKind.DOSING)), **free)).plan is not None
    too_long = (space("quiet", RoomKind.CONSULTING, 20, busy=(taken,)),)
    assert plan_course(request(spaces=(*too_long, space("haven", RoomKind.DOSING)), **free)).plan is None


def test_a_dosing_day_needs_a_physician_for_its_whole_length():
    mornings = {day: ((time(8), time(12)),) for day in range(5)}
    proposal = plan_course(with_people(request(), staff("doc", hours=mornings)))
    assert proposal.plan is None
    assert "cover" in codes(proposal)


def test_one_physician_may_cover_two_rooms():
    plan = plan_course(request()).plan
    assert plan.appointment("D1").cover == "doc"
    assert "doc" not in [key for _, key in plan.appointment("D1").people]


def test_the_patients_own_times_hold():
    mornings = {day: ((time(8), time(16, 30)),) for day in (0, 1, 2, 3)}
    asked = request(client=Client("pat", mornings))
    assert check(plan_course(asked).plan, asked) == []


def test_a_closed_clinic_is_closed_except_for_calls():
    shut = {MONDAY + timedelta(days=n): "Refit" for n in range(21, 28)}
    asked = request(house=House(ZONE, time(8), time(18), shut))
    plan = plan_course(asked).plan
    assert check(plan, asked) == []
    calls = {v.code for v in asked.protocol.visits if v.kind is VisitKind.CALL}
    assert {code for code, day in days(plan).items() if day in shut} <= calls


def test_the_best_pair_wins_and_the_others_are_kept_in_order():
    late = Absence(date(2026, 3, 2), date(2026, 3, 13))
    asked = with_people(request(), therapist("cat", absences=(late,)), therapist("ben"))
    asked = replace(asked, pairs=(("ada", "cat"), ("ada", "ben")))
    proposal = plan_course(asked)
    assert proposal.plan.pair == ("ada", "ben")
    assert [other.pair for other in proposal.others] == [("ada", "cat")]


def test_two_visits_of_one_day_share_it_without_meeting():
    visits = (
        visit("P1", VisitKind.PREPARATION, 90),
        visit("P2", VisitKind.PREPARATION, 90, "P1", (0, 0, 0)),
        visit("R0", VisitKind.RATING, 90, "P1", (0, 0, 0), therapists=0, room=None, also_present=("rater",)),
    )
    asked = request(protocol=protocol_of(visits))
    plan = plan_course(asked).plan
    assert len(set(days(plan).values())) == 1
    assert check(plan, asked) == []


def test_where_a_day_cannot_hold_both_one_of_them_leaves_it():
    hours = {day: ((time(9), time(11)),) for day in range(5)}
    visits = (
        visit("P1", VisitKind.PREPARATION, 90),
        visit("P2", VisitKind.PREPARATION, 90, "P1", (0, 0, 3)),
    )
    asked = with_people(request(protocol=protocol_of(visits)), therapist("ada", hours=hours))
    plan = plan_course(asked).plan
    assert (days(plan)["P2"] - days(plan)["P1"]).days == 1
    assert check(plan, asked) == []


def test_visits_that_wait_for_each_other_are_refused():
    visits = (
        visit("P1", VisitKind.PREPARATION, 90, before="P2"),
        visit("P2", VisitKind.PREPARATION, 90, before="P1"),
    )
    with pytest.raises(ValueError, match="P1, P2 wait for one another"):
        plan_course(request(protocol=protocol_of(visits)))


def test_a_night_attendant_is_left_to_people_and_said():
    proposal = plan_course(request())
    assert [(f.code, f.outcome) for f in proposal.findings] == [("night_attendant", Outcome.JUDGEMENT)]
    assert "Mon 23 Mar, Mon 20 Apr, Mon 18 May" in proposal.findings[0].sentence


def again(asked, plan, code, to, done=()):
    """The request that a move by hand makes."""
    others = {a.code: a for a in plan.appointments if a.code != code and a.code not in done}
    return replace(asked, held={c: plan.appointment(c) for c in done}, wanted={code: to}, current=others)


def test_after_a_moved_dosing_day_what_is_done_stays_and_the_rest_follows():
    asked = request()
    plan = plan_course(asked).plan
    order = [a.code for a in plan.appointments]
    done = order[: order.index("D2")]
    to = plan.appointment("D2").start + timedelta(days=2)
    moving = again(asked, plan, "D2", to, done)
    proposal = plan_course(moving)
    assert check(proposal.plan, moving) == []
    assert proposal.plan.appointment("D2").start == to
    assert days(proposal.plan)["I2.1"] == to.date() + timedelta(days=1)
    assert [proposal.plan.appointment(code) for code in done] == [plan.appointment(code) for code in done]
    stays = [a.code for a in plan.appointments if proposal.plan.appointment(a.code) == a]
    assert {"I3.3", "R3", "F1", "I2.3"} <= set(stays)  # what may stay where it is, stays


def test_a_visit_moved_by_an_hour_moves_nothing_else():
    asked = request()
    plan = plan_course(asked).plan
    moving = again(asked, plan, "I1.3", plan.appointment("I1.3").start + timedelta(hours=1))
    proposal = plan_course(moving)
    assert {a.code for a in plan.appointments if proposal.plan.appointment(a.code) != a} == {"I1.3"}
    assert check(proposal.plan, moving) == []


def test_a_dosing_day_cannot_leave_its_window():
    asked = request()
    plan = plan_course(asked).plan
    order = [a.code for a in plan.appointments]
    late = plan.appointment("D2").start + timedelta(days=30)
    proposal = plan_course(again(asked, plan, "D2", late, order[: order.index("D2")]))
    assert proposal.plan is None
    assert proposal.findings[-1].code == "window"
    assert "counted from D1 it may be 13 Apr to 27 Apr 2026" in proposal.findings[-1].sentence


def test_a_visit_cannot_move_to_a_time_at_which_a_therapist_is_booked():
    asked = request()
    plan = plan_course(asked).plan
    to = plan.appointment("I1.3").start + timedelta(hours=4)
    asked = with_people(asked, therapist("ben", busy=(Interval(to, to + timedelta(minutes=30)),)))
    proposal = plan_course(again(asked, plan, "I1.3", to))
    assert proposal.plan is None
    assert "booked" in codes(proposal)


def clashing(code, to, done=(), **dress):
    """The sentences against moving a visit of the plain plan."""
    asked = request()
    plan = plan_course(asked).plan
    asked = replace(asked, **{k: v for k, v in dress.items() if k != "ben"})
    if "ben" in dress:
        asked = with_people(asked, therapist("ben", **dress["ben"]))
    moving = again(asked, plan, code, plan.appointment(code).start + to, done)
    return [finding.sentence for finding in plan_course(moving).findings]


def test_everything_that_is_in_the_way_of_a_move_is_said_with_its_times():
    to = plan_course(request()).plan.appointment("I1.3").start + timedelta(hours=4)
    room = space("quiet", RoomKind.CONSULTING, busy=(Interval(to - timedelta(hours=1), to + timedelta(hours=2)),))
    said = clashing(
        "I1.3",
        timedelta(hours=4),
        ben={"busy": (Interval(to, to + timedelta(minutes=30)),), "hours": {0: ((time(8), time(12)),)}},
        spaces=(room, space("haven", RoomKind.DOSING, 60)),
    )
    assert said == [
        "Ben works 08:00 to 12:00 on Mondays.",
        "Ben is booked from 12:00 to 12:30.",
        "No consulting room is free: Quiet is booked from 11:00 to 14:00, turnover included.",
    ]


def test_a_move_to_a_weekend_or_a_closed_day_says_so():
    said = clashing("I1.3", timedelta(days=5))
    assert said == ["Ada works not at all on Saturdays.", "Ben works not at all on Saturdays."]
    shut = House(ZONE, time(8), time(18), {date(2026, 4, 6): "Easter Monday"})
    assert clashing("I1.3", timedelta(hours=1), house=shut) == ["The clinic is closed that day: Easter Monday."]


def test_a_move_past_closing_time_or_without_a_physician_says_so():
    said = clashing("D2", timedelta(hours=3))
    assert said[0] == "The clinic is open from 08:00 to 18:00; it would end 19:00."
    assert said[-1].startswith("No physician on duty is free. Doc works 08:00 to 18:00")


def test_a_move_into_what_the_patient_has_or_cannot_says_so():
    to = plan_course(request()).plan.appointment("I1.3").start + timedelta(hours=1)
    taken = Client("pat", {0: ((time(8), time(9)),)}, (Interval(to, to + timedelta(minutes=15)),))
    assert clashing("I1.3", timedelta(hours=1), client=taken) == [
        "The patient cannot come then, by the times in the chart.",
        "The patient has another visit from 09:00 to 09:15.",
    ]


def test_a_move_before_the_washout_or_into_the_past_says_so():
    said = clashing("D2", timedelta(hours=1), clear_from=date(2026, 5, 1), not_before=datetime(2026, 7, 1, tzinfo=UTC))
    assert said[:2] == [
        "That time has passed.",
        "The washout ends on Fri 1 May, and this visit comes after it.",
    ]


def test_what_was_done_out_of_order_does_not_stand_in_the_way():
    asked = request()
    plan = plan_course(asked).plan
    late = replace(plan.appointment("R0"), start=plan.appointment("R0").start + timedelta(days=6))
    late = replace(late, end=late.start + timedelta(minutes=90))
    order = [a.code for a in plan.appointments]
    done = {code: plan.appointment(code) for code in order[: order.index("D1")]} | {"R0": late}
    proposal = plan_course(replace(asked, held=done))
    assert proposal.plan is not None
    assert check(proposal.plan, replace(asked, held=done)) == []


def test_nothing_is_planned_in_the_past():
    now = datetime(2026, 3, 4, 10, 7, tzinfo=UTC)
    plan = plan_course(request(not_before=now)).plan
    assert min(a.start for a in plan.appointments) == datetime(2026, 3, 4, 10, 15, tzinfo=UTC)


busy_days = st.lists(st.integers(0, 170), max_size=60)


@settings(max_examples=40, deadline=None)
@given(ada=busy_days, ben=busy_days, room=busy_days, clear=st.integers(0, 60), seed=st.integers(0, 6))
def test_any_plan_that_is_returned_passes_the_checker(ada, ben, room, clear, seed):
    def booked(chosen, opens=time(8), closes=time(17)):
        dates = {MONDAY + timedelta(days=n) for n in chosen}
        return tuple(Interval(at_wall(d, opens, ZONE), at_wall(d, closes, ZONE)) for d in sorted(dates))

    asked = request(
        spaces=(
            space("quiet", RoomKind.CONSULTING, 15, busy=booked(room, time(8), time(10))),
            space("haven", RoomKind.DOSING, 60, busy=booked(room)),
        ),
        clear_from=MONDAY + timedelta(days=clear),
        protocol=MAPP3,
    )
    short = {day: WEEK[day] for day in range(5) if day != seed}
    asked = with_people(asked, therapist("ada", busy=booked(ada), hours=short), therapist("ben", busy=booked(ben)))
    proposal = plan_course(asked)
    if proposal.plan is None:
        assert proposal.findings
    else:
        assert check(proposal.plan, asked) == []
    assert plan_course(asked) == proposal  # the same question has the same answer


def test_the_two_therapists_are_lead_and_second_on_every_session():
    plan = plan_course(request()).plan
    assert plan.appointment("P1").people == ((Duty.LEAD, "ada"), (Duty.SECOND, "ben"))
