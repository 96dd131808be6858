"""What gives way when nothing ordinary fits, and that nothing gives way before."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sessions.rules.checking import check
from sessions.rules.planner import plan_course
from sessions.rules.planning import Absence, Duty, FallBack
from tests.rules.sessions.instances import ZONE, figure, request, therapist, with_people


def day_of(plan, code):
    return plan.appointment(code).start.astimezone(ZONE).date()


@pytest.fixture(scope="module")
def standing():
    """A planned course, and the request under which it may be planned again."""
    plain = request()
    plan = plan_course(plain).plan
    again = replace(plain, current={a.code: a for a in plan.appointments}, last_start=plain.last_start)
    return plan, again


def away(standing, who, code, days=1):
    plan, again = standing
    first = day_of(plan, code)
    person = replace(again.people[who], absences=(Absence(first, first + timedelta(days=days - 1), "flu"),))
    return with_people(again, person)


def held_until(asked, code):
    """Everything that begins before this visit is done."""
    start = asked.current[code].start
    done = {key: a for key, a in asked.current.items() if a.start < start}
    return replace(asked, held=done, current={key: a for key, a in asked.current.items() if key not in done})


def moved(plan, before):
    return [a.code for a in plan.appointments if a.start != before.appointment(a.code).start]


def test_a_course_that_still_holds_stays_as_it_is(standing):
    plan, again = standing
    assert plan_course(again).plan.appointments == plan.appointments


def test_as_few_visits_as_possible_move(standing):
    plan, _ = standing
    after = plan_course(away(standing, "ben", "I1.3")).plan
    assert moved(after, plan) == ["I1.3"]


def test_the_dear_ones_stay_and_the_cheap_ones_move(standing):
    plan, _ = standing
    sick = away(standing, "ben", "D2")
    dear = replace(sick, prices={"I2.3": 90_000, "D3": 90_000})
    after = plan_course(dear).plan
    assert "D2" in moved(after, plan)
    assert not {"I2.3", "D3"} & set(moved(after, plan))


def test_somebody_stands_in_only_where_the_pair_cannot_hold(standing):
    plan, _ = standing
    long = with_people(held_until(away(standing, "ben", "I2.2", days=12), "I2.2"), therapist("cleo"))
    assert plan_course(long).plan is None
    helped = replace(long, fall_backs={code: FallBack(("cleo",)) for code in ("I2.2", "I2.3", "C2.4")})
    after = plan_course(helped).plan
    assert check(after, helped) == []
    assert after.appointment("I2.2").people == ((Duty.LEAD, "ada"), (Duty.SECOND, "cleo"))
    assert after.appointment("D3") == plan.appointment("D3")


def test_the_checker_knows_nobody_who_was_not_allowed_to_stand_in(standing):
    long = with_people(held_until(away(standing, "ben", "I2.2", days=12), "I2.2"), therapist("cleo"))
    helped = replace(long, fall_backs={code: FallBack(("cleo",)) for code in ("I2.2", "I2.3", "C2.4")})
    after = plan_course(helped).plan
    assert {fault.code for fault in check(after, long)} == {"continuity"}


def test_one_therapist_holds_a_visit_alone_only_where_that_is_allowed(standing):
    long = held_until(away(standing, "ben", "I2.2", days=6), "I2.2")
    assert plan_course(long).plan is None
    eased = replace(long, fall_backs={"I2.2": FallBack(alone=True)})
    after = plan_course(eased).plan
    assert after.appointment("I2.2").people == ((Duty.LEAD, "ada"),)
    assert check(after, eased) == []
    assert "staffing" in {fault.code for fault in check(after, long)}


def test_a_window_gives_way_by_the_days_it_must(standing):
    plan, _ = standing
    long = held_until(away(standing, "ben", "I2.2", days=6), "I2.2")
    visits = tuple(replace(v, latest=figure(16)) if v.code == "I2.2" else v for v in long.protocol.visits)
    eased = replace(long, protocol=replace(long.protocol, visits=visits), fall_backs={"I2.2": FallBack(window=(5, 10))})
    after = plan_course(eased).plan
    assert 10 < (day_of(after, "I2.2") - day_of(after, "D2")).days <= 16
    assert moved(after, plan) == ["I2.2", "I2.3"]  # the day before I2.3 is a Sunday
    assert plan_course(with_people(eased, standing[1].people["ben"])).plan.appointments == plan.appointments
