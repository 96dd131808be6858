"""Many courses together: who gets a plan, that the search repeats itself, tells the truth and stops when it is told to."""

from dataclasses import replace
from datetime import date, time, timedelta
from itertools import combinations, pairwise

import pytest

from sessions.rules.choices import alternatives
from sessions.rules.clinic import UNPLANNED, plan_clinic
from sessions.rules.inspection import inspect
from sessions.rules.instance import course_values, instance_of
from sessions.rules.planner import plan_course
from sessions.rules.planning import Client
from tests.clinics import made
from tests.rules.sessions.instances import MAPP3, MONDAY, ZONE, request, staff, therapist, with_people

PROTOCOLS = {"mapp3": MAPP3}


def many(number, **more):
    """Courses that all want the same two therapists."""
    plain = request(protocol=MAPP3, last_start=MONDAY + timedelta(weeks=10), **more)
    return [replace(plain, client=Client(f"patient {n}")) for n in range(number)]


def days(plan):
    return {a.code: a.start.astimezone(ZONE).date() for a in plan.appointments}


def test_two_courses_share_a_pair_without_meeting():
    found = plan_clinic(many(2), rounds=2)
    assert (len(found.plans), found.refused) == (2, {})
    taken = sorted(
        a.interval for plan in found.plans.values() for a in plan.appointments if "ada" in dict(a.people).values()
    )
    assert all(first.end <= then.start for first, then in pairwise(taken))


def test_one_course_is_planned_together_as_it_is_alone():
    (alone,) = many(1)
    assert plan_clinic([alone]).plans["patient 0"].cost == plan_course(alone).plan.cost


def any_two(number, *keys):
    """Courses that any two of these therapists may treat."""
    return [
        replace(with_people(each, *map(therapist, keys)), pairs=tuple(combinations(keys, 2))) for each in many(number)
    ]


def test_any_two_therapists_are_all_looked_at_before_a_round_looks_at_a_few():
    (alone,) = any_two(1, *"abcdef")
    *others, last = alone.pairs
    wishes = replace(alone, misses=dict.fromkeys(others, ("a wish",)))
    assert plan_clinic([wishes], rounds=5).plans["patient 0"].pair == last


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_rounds_with_a_few_of_many_pairs_find_what_rounds_with_all_of_them_find(seed, monkeypatch):
    asked = any_two(3, *"abcdef")
    few = plan_clinic(asked, seed=seed, rounds=30)
    monkeypatch.setattr("sessions.rules.clinic.FEW_PAIRS", len(asked[0].pairs))
    every = plan_clinic(asked, seed=seed, rounds=30)
    assert few.objective == every.objective
    assert few.plans != every.plans  # which pairs were looked at made a difference


def test_a_course_of_many_pairs_finds_the_only_one_that_is_left_in_a_round():
    asked = any_two(2, *"abcdef")
    away = {key: replace(person, hours={}) for key, person in asked[0].people.items() if key in "abcd"}
    found = plan_clinic([replace(each, people={**each.people, **away}) for each in asked], rounds=10)
    assert {plan.pair for plan in found.plans.values()} == {("e", "f")}
    assert len(found.plans) == 2


def test_the_same_seed_and_rounds_give_the_same_plans_and_more_rounds_are_never_dearer():
    values = made(8, 1, 1.2)
    found = [
        plan_clinic(list(instance_of(values, PROTOCOLS).requests.values()), seed=4, rounds=rounds)
        for rounds in (4, 4, 12)
    ]
    assert found[0] == found[1]
    assert found[2].objective <= found[0].objective
    assert all(each.bound <= each.objective for each in found)


def test_stopped_early_it_gives_the_best_so_far_and_the_progress_was_true():
    values = made(8, 1, 1.2)
    requests = list(instance_of(values, PROTOCOLS).requests.values())
    seen = []

    def watch(progress):
        seen.append(progress)
        return progress.round < 5

    stopped = plan_clinic(requests, seed=4, rounds=50, watch=watch)
    assert [progress.round for progress in seen if progress.round] == [1, 2, 3, 4, 5]
    assert [progress.planned for progress in seen][:7] == [1, 2, 3, 4, 5, 6, 7]
    assert {(progress.rounds, progress.courses) for progress in seen} == {(50, 8)}
    assert (stopped.rounds, stopped.objective, len(stopped.plans)) == (5, seen[-1].objective, seen[-1].planned)
    assert stopped.plans == plan_clinic(requests, seed=4, rounds=5).plans


def test_stopped_before_every_course_was_tried_it_says_which_ones_were_not():
    requests = list(instance_of(made(8, 1), PROTOCOLS).requests.values())
    found = plan_clinic(requests, watch=lambda progress: progress.planned < 3)
    assert (len(found.plans), found.bound, found.rounds) == (3, None, 0)
    reasons = {patient: [finding.code for finding in findings] for patient, findings in found.refused.items()}
    assert sorted(reasons) == sorted({request.client.key for request in requests} - set(found.plans))
    assert set(map(tuple, reasons.values())) == {("not_tried",)}
    assert found.objective == sum(plan.cost for plan in found.plans.values()) + UNPLANNED * sum(
        request.priority for request in requests if request.client.key in found.refused
    )


def test_a_course_that_was_crowded_out_is_not_explained_when_there_was_no_time():
    people = [therapist(key, weekly_minutes=600) for key in ("ada", "ben")]
    asked = [replace(with_people(each, *people), last_start=MONDAY) for each in many(4)]
    found = plan_clinic(asked, watch=Times(2))
    assert found.plans.keys() == {"patient 0"}
    codes = {patient: [finding.code for finding in findings] for patient, findings in found.refused.items()}
    assert codes == {"patient 1": ["crowded_out"], "patient 2": ["crowded_out"], "patient 3": ["not_tried"]}
    assert "crowded_out" not in {f.code for reasons in plan_clinic(asked, rounds=0).refused.values() for f in reasons}


class Times:
    """Goes on so many times."""

    def __init__(self, number):
        self.left = number

    def __call__(self, progress):
        self.left -= 1
        return self.left >= 0


def test_stopped_before_its_bound_is_known_it_has_every_plan_and_no_bound():
    requests = list(instance_of(made(4, 1), PROTOCOLS).requests.values())
    found = plan_clinic(requests, watch=Times(5))
    whole = plan_clinic(requests, rounds=0)
    assert (found.plans, found.refused, found.bound) == (whole.plans, whole.refused, None)


def test_a_course_that_cannot_be_planned_says_why_and_costs_what_it_costs():
    unknown, fine = many(2)
    unknown = replace(unknown, washout_unknown=("fluoxetine",), priority=2)
    found = plan_clinic([unknown, fine], rounds=1)
    assert [finding.code for finding in found.refused["patient 0"]] == ["washout_unknown"]
    assert found.objective == 2 * UNPLANNED + found.plans["patient 1"].cost


def test_who_finds_no_place_beside_the_others_is_told_what_would_help():
    people = [therapist(key, weekly_minutes=600) for key in ("ada", "ben")]
    asked = [replace(with_people(each, *people), last_start=MONDAY + timedelta(weeks=1)) for each in many(6)]
    found = plan_clinic(asked, rounds=3)
    assert found.plans
    assert found.refused
    assert all({"start", "booked", "weekly+weekly"} & {f.code for f in reasons} for reasons in found.refused.values())


def test_the_urgent_come_first():
    plain = many(2)
    found = plan_clinic([plain[0], replace(plain[1], priority=5)], rounds=0).plans
    assert days(found["patient 1"])["P1"] <= days(found["patient 0"])["P1"]


@pytest.mark.parametrize("hours", [10, 14, 20])
def test_nobody_works_more_hours_a_week_than_they_may(hours):
    people = [therapist(key, weekly_minutes=60 * hours) for key in ("ada", "ben")]
    found = plan_clinic([with_people(each, *people) for each in many(3)], rounds=3)
    booked = {}
    for plan in found.plans.values():
        for appointment in plan.appointments:
            if "ada" in dict(appointment.people).values():
                week = appointment.start.astimezone(ZONE).date().isocalendar()[:2]
                minutes = (appointment.end - appointment.start).total_seconds() / 60
                booked[week] = booked.get(week, 0) + minutes
    assert found.plans
    assert max(booked.values()) <= 60 * hours


def test_one_attendant_stays_with_one_patient_a_night():
    nights = staff("nox", hours={day: ((time(8), time(18)),) for day in range(7)})
    found = plan_clinic([replace(with_people(each, nights), attendants=("nox",)) for each in many(3)], rounds=2)
    stays = [days(plan)[a.code] for plan in found.plans.values() for a in plan.appointments if a.night is not None]
    assert len(stays) == len(set(stays)) == 3 * len(found.plans)


@pytest.mark.parametrize(
    ("zone", "first"),
    [
        ("Europe/London", "2027-10-18"),
        ("Europe/Berlin", "2027-12-27"),
        ("America/New_York", "2026-02-23"),
        ("America/Santiago", "2026-03-23"),
        ("Australia/Lord_Howe", "2026-09-21"),
        ("Asia/Kathmandu", "2028-02-21"),
        ("Pacific/Apia", "2026-12-28"),
        ("Africa/Casablanca", "2026-02-09"),
    ],
)
def test_clock_changes_month_ends_and_leap_days_pass_the_independent_checker(zone, first):
    values = made(2, 1)
    values["clinic"]["zone"] = zone
    for row in values["requests"]:
        start = date.fromisoformat(first)
        row.update(first_day=first, last_start=(start + timedelta(weeks=6)).isoformat())
        row.pop("clear_from", None)
    instance = instance_of(values, PROTOCOLS)
    found = plan_clinic(list(instance.requests.values()), rounds=1)
    plan = {"courses": [course_values(patient, plan) for patient, plan in found.plans.items()]}
    assert inspect(values, plan, PROTOCOLS) == []
    assert len(found.plans) == 2
    clocks = {a.start.astimezone(instance.house.zone).minute % 15 for p in found.plans.values() for a in p.appointments}
    assert clocks == {0}


def three_pairs():
    asked = with_people(request(protocol=MAPP3), therapist("cat"), therapist("dan"))
    return replace(
        asked,
        pairs=(("ada", "ben"), ("ada", "cat"), ("cat", "dan")),
        misses={("cat", "dan"): ("one of the two: woman",)},
    )


def test_ten_alternatives_differ_in_pair_or_week_and_stand_in_order():
    found = alternatives(three_pairs())
    assert [each.plan.cost for each in found] == sorted(each.plan.cost for each in found)
    kinds = [(each.plan.pair, each.starts.isocalendar()[:2]) for each in found]
    assert len(kinds) == len(set(kinds)) == 10
    assert found[0].plan.cost == plan_course(three_pairs()).plan.cost


def test_an_alternative_says_what_it_costs_in_numbers_and_in_a_sentence():
    found = alternatives(three_pairs())
    dearer = next(each for each in found if each.plan.pair == ("cat", "dan"))
    assert (dearer.later, dearer.gaps, dearer.wishes, dearer.moved) == (0, 0, 1, 0)
    assert dearer.sentence == (
        "Begins Mon 2 Mar 2026 with Cat and Dan; dosing days 28 and 28 days apart; 5 days off the other targets; "
        "1 wish of the patient not met; Cat is then booked for 7 % of these weeks and Dan for 7 %; "
        "0 whole days broken up; nothing else moves."
    )
    later = next(each for each in found if each.later)
    assert ", 7 days later than the best;" in later.sentence


def test_what_cannot_be_planned_has_no_alternatives():
    assert alternatives(request(pairs=())) == []
