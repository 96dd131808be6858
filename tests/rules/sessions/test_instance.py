"""Instances as JSON: what is read, how a plan is written, and how every kind of bad input is named by its path."""

import copy
from datetime import date, time

import pytest
from jsonschema import Draft202012Validator

from patients.rules.protocol import RoomKind, VisitKind
from sessions.rules import schema
from sessions.rules.instance import Misread, course_values, instance_of, plan_in
from sessions.rules.planner import plan_course
from tests.rules.sessions.instances import MAPP3

FULL = [["08:00", "18:00"]]
WEEKDAYS = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), FULL)
GOOD = [{"kind": "licence"}, {"kind": "training", "expires_on": "2030-01-01"}]


def somebody(key, *roles, **more):
    return {"key": key, "name": key.title(), "roles": list(roles), "hours": WEEKDAYS, **more}


SMALL = {
    "protocol": "mapp3",
    "clinic": {"zone": "Europe/London", "opens": "08:00", "closes": "18:00", "closures": [{"day": "2026-05-04"}]},
    "people": [
        somebody("ada", "therapist", credentials=GOOD, weekly_hours=30, traits=["woman"]),
        somebody(
            "ben", "therapist", credentials=GOOD, may_lead=False, leave=[{"first": "2026-04-06", "last": "2026-04-10"}]
        ),
        somebody("cat", "therapist", credentials=GOOD),
        somebody("doc", "physician", credentials=GOOD),
        somebody("rae", "rater"),
        somebody("nox", "night attendant"),
    ],
    "rooms": [
        {"key": "quiet", "kind": "consulting", "opens": "08:00", "closes": "18:00", "turnover": 15},
        {"key": "haven", "kind": "dosing", "opens": "08:00", "closes": "20:00", "turnover": 60},
    ],
    "bookings": [
        {"kind": "supervision", "start": "2026-03-03T14:00:00+00:00", "end": "2026-03-03T15:00:00Z", "people": ["ada"]},
        {"kind": "outside", "start": "2026-03-03T16:00:00+00:00", "end": "2026-03-03T17:00:00Z", "people": ["ada"]},
        {
            "kind": "group integration",
            "start": "2026-03-04T14:00:00+00:00",
            "end": "2026-03-04T16:00:00+00:00",
            "people": ["cat"],
            "room": "quiet",
            "patients": ["pat"],
        },
    ],
    "requests": [
        {"patient": "pat", "first_day": "2026-03-02", "last_start": "2026-03-27"},
        {"patient": "pam", "first_day": "2026-03-02", "last_start": "2026-03-27", "pairs": [["ada", "ben"]]},
    ],
}


def read(values):
    return instance_of(values, {"mapp3": MAPP3})


def edited(**changes):
    values = copy.deepcopy(SMALL)
    for path, value in changes.items():
        *way, last = path.split("__")
        place = values
        for step in way:
            place = place[int(step) if step.isdigit() else step]
        if isinstance(place, list):
            place[int(last)] = value
        else:
            place[last] = value
    return values


@pytest.mark.parametrize("described", [schema.INSTANCE, schema.PLAN])
def test_the_schemas_are_sound(described):
    Draft202012Validator.check_schema(described)


def test_an_instance_fits_its_schema_and_is_read():
    Draft202012Validator(schema.INSTANCE).validate(SMALL)
    instance = read(SMALL)
    ada = instance.people["ada"]
    assert (ada.weekly_minutes, ada.traits, ada.needs) == (1800, ("woman",), ("licence", "training"))
    assert [(len(ada.busy), len(ada.outside)), instance.people["ben"].may_lead] == [(1, 1), False]
    assert instance.spaces[0].busy[0].end.time() == time(16, 15)
    assert instance.house.closures == {date(2026, 5, 4): "closed"}
    assert len(instance.requests["pat"].client.busy) == 1
    assert instance.requests["pat"].attendants == ("nox",)


def test_all_pairs_are_admissible_with_somebody_who_may_lead_first():
    assert read(SMALL).requests["pat"].pairs == (("ada", "ben"), ("ada", "cat"), ("cat", "ben"))
    assert read(edited(requests__1__pairs=[["ben", "ada"]])).requests["pam"].pairs == ()


def test_what_a_patient_must_have_is_a_rule_and_the_rest_a_wish():
    must = read(edited(requests__0__preferences=[{"trait": "woman", "of": "lead", "must": True}])).requests["pat"]
    assert must.pairs == (("ada", "ben"), ("ada", "cat"))
    wish = read(edited(requests__0__preferences=[{"trait": "woman"}])).requests["pat"]
    assert (len(wish.pairs), wish.misses) == (3, {("cat", "ben"): ("one of the two: woman",)})


def test_a_protocol_may_be_written_inline():
    visits = [
        {"code": "P1", "kind": "preparation", "minutes": 90, "room": "consulting"},
        {
            "code": "P2",
            "kind": "preparation",
            "minutes": 90,
            "room": "consulting",
            "anchor": "P1",
            "latest": 9,
            "target": 7,
        },
    ]
    values = edited(protocol={"visits": visits})
    Draft202012Validator(schema.INSTANCE).validate(values)
    instance = read(values)
    assert [(v.code, v.kind, v.room) for v in instance.protocol.visits] == [
        ("P1", VisitKind.PREPARATION, RoomKind.CONSULTING),
        ("P2", VisitKind.PREPARATION, RoomKind.CONSULTING),
    ]
    plan = plan_course(instance.requests["pam"]).plan
    assert [a.code for a in plan.appointments] == ["P1", "P2"]


def test_a_plan_is_read_as_it_was_written():
    instance = read(SMALL)
    plan = plan_course(instance.requests["pam"]).plan
    values = {"courses": [course_values("pam", plan)]}
    Draft202012Validator(schema.PLAN).validate(values)
    again = plan_in(values, instance)["pam"]
    assert (again.pair, again.cost) == (plan.pair, plan.cost)
    assert sorted(again.appointments, key=lambda a: a.code) == sorted(plan.appointments, key=lambda a: a.code)


def test_held_visits_are_history_and_take_their_people_and_room():
    visit = {
        "code": "P1",
        "start": "2026-03-02T09:00:00Z",
        "end": "2026-03-02T10:30:00Z",
        "lead": "ada",
        "second": "ben",
    }
    instance = read(edited(requests__1__held=[{**visit, "room": "quiet"}]))
    assert list(instance.requests["pam"].held) == ["P1"]
    assert (len(instance.people["ada"].busy), len(instance.people["ben"].busy), len(instance.spaces[0].busy)) == (
        2,
        1,
        2,
    )


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"protocol": "mapp9"}, "$.protocol"),
        ({"clinic__zone": "Europe/Atlantis"}, "$.clinic.zone"),
        ({"clinic__opens": "19:00"}, "$.clinic"),
        ({"clinic__closures": [{"day": "2026-02-30"}]}, "$.clinic.closures[0].day"),
        ({"people__1__key": "ada"}, "$.people[1].key"),
        ({"people__0__hours": {"monday": [["18:00", "08:00"]]}}, "$.people[0].hours.monday[0]"),
        ({"people__1__leave": [{"first": "2026-04-06", "last": "2026-04-01"}]}, "$.people[1].leave[0].last"),
        (
            {"people__0__credentials": [{"kind": "licence", "expires_on": "2026-13-01"}]},
            "$.people[0].credentials[0].expires_on",
        ),
        ({"rooms__0__closes": "07:00"}, "$.rooms[0]"),
        ({"bookings__0__people": ["zoe"]}, "$.bookings[0]"),
        ({"bookings__0__end": "2026-03-03T13:00:00Z"}, "$.bookings[0].end"),
        ({"bookings__0__start": "2026-02-30T13:00:00Z"}, "$.bookings[0].start"),
        ({"requests__1__patient": "pat"}, "$.requests[1].patient"),
        ({"requests__1__pairs": [["ada", "doc"]]}, "$.requests[1].pairs[0]"),
        ({"requests__0__first_day": "2026-02-29"}, "$.requests[0].first_day"),
        ({"requests__0__times": {"friday": [["12:00", "12:00"]]}}, "$.requests[0].times.friday[0]"),
        ({"protocol": {"visits": [{"code": "P1", "kind": "call", "minutes": 33}]}}, "$.protocol.visits[0].minutes"),
        (
            {"protocol": {"visits": [{"code": "P1", "kind": "call", "minutes": 30, "earliest": 3}]}},
            "$.protocol.visits[0]",
        ),
        (
            {"protocol": {"visits": [{"code": "P1", "kind": "call", "minutes": 30, "anchor": "X"}]}},
            "$.protocol.visits[0].anchor",
        ),
        (
            {"protocol": {"visits": [{"code": "P1", "kind": "call", "minutes": 30, "before": "X"}]}},
            "$.protocol.visits[0].before",
        ),
        ({"protocol": {"visits": [{"code": "P1", "kind": "call", "minutes": 30}] * 2}}, "$.protocol.visits[1].code"),
        ({"requests__0__off": ["D2"]}, "$.requests[0].off"),
        ({"requests__0__stood": {"D2": "2026-05-12T09:00:00Z"}}, "$.requests[0].stood"),
        (
            {"requests__0__off": ["D2"], "requests__0__stood": {"D2": "2026-02-30T09:00:00Z"}},
            "$.requests[0].stood.D2",
        ),
        ({"requests__0__wanted": {"D9": "2026-05-12T09:00:00Z"}}, "$.requests[0]"),
    ],
)
def test_bad_input_is_named_by_its_path(changes, path):
    with pytest.raises(Misread) as caught:
        read(edited(**changes))
    assert caught.value.path == path


@pytest.mark.parametrize("course", [{"patient": "zoe"}, {"patient": "pat"}])
def test_a_plan_for_nobody_or_twice_for_one_is_misread(course):
    instance = read(SMALL)
    visits = [{"code": "P1", "start": "2026-03-02T09:00:00Z", "end": "2026-03-02T10:30:00Z"}]
    row = {**course, "pair": ["ada", "ben"], "visits": visits}
    with pytest.raises(Misread):
        plan_in({"courses": [row, row]}, instance)


def test_a_visit_that_is_wanted_at_an_instant_begins_then():
    values = edited(requests__0__wanted={"P2": "2026-03-12T11:15:00+00:00"})
    assert (
        plan_course(read(SMALL).requests["pat"]).plan.appointment("P2").start.isoformat() != "2026-03-12T11:15:00+00:00"
    )
    assert (
        plan_course(read(values).requests["pat"]).plan.appointment("P2").start.isoformat()
        == "2026-03-12T11:15:00+00:00"
    )
