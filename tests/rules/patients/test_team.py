import datetime as dt

import pytest

from accounts.rules.access import Role
from patients.rules.team import Held, Person, doubled, refusals

TODAY = dt.date(2026, 4, 14)
LICENCE = Held("licence", "Clinical psychologist", TODAY)
TRAINING = Held("training", "Sponsor's training", TODAY + dt.timedelta(days=90))


def person(*credentials: Held, roles: tuple[Role, ...] = (Role.THERAPIST,)) -> Person:
    return Person("Ada Marsh", frozenset(roles), credentials)


@pytest.mark.parametrize("duty", ["lead", "second"])
def test_a_licensed_and_trained_therapist_may_join_on_the_last_day_of_the_licence(duty: str):
    assert refusals(person(LICENCE, TRAINING), duty, TODAY) == []


def test_a_licence_that_lapsed_yesterday_is_refused_with_its_day():
    (reason,) = refusals(person(LICENCE, TRAINING), "lead", TODAY + dt.timedelta(days=1))
    assert reason.sentence == (
        "The licence to practise of Ada Marsh expired on 14 April 2026. Record the renewed one under Clinic, People."
    )
    assert reason.evidence == "Clinical psychologist"


def test_a_renewed_licence_counts_beside_the_lapsed_one():
    lapsed = Held("licence", "Clinical psychologist", TODAY - dt.timedelta(days=1))
    assert refusals(person(lapsed, LICENCE, TRAINING), "second", TODAY) == []


def test_every_reason_is_given_not_only_the_first():
    assert [reason.sentence for reason in refusals(person(roles=()), "second", TODAY)] == [
        "Ada Marsh is not a therapist of this clinic, as a second therapist must be.",
        "Ada Marsh has no licence to practise on record. Record it under Clinic, People.",
        "Ada Marsh has no MDMA therapy training on record. Record it under Clinic, People.",
    ]


def test_a_physician_needs_the_licence_but_not_the_training_of_a_therapist():
    assert refusals(person(LICENCE, roles=(Role.PHYSICIAN,)), "physician", TODAY) == []
    assert [r.code for r in refusals(person(roles=(Role.PHYSICIAN,)), "physician", TODAY)] == ["team-licence"]


def test_a_rater_needs_the_role():
    assert refusals(person(roles=(Role.RATER,)), "rater", TODAY) == []
    assert [r.code for r in refusals(person(), "rater", TODAY)] == ["team-role"]


def test_one_person_is_never_both_therapists():
    assert doubled({"lead": "ada", "second": "ben", "physician": "cora"}) == []
    assert [reason.sentence for reason in doubled({"lead": "ada", "second": "ada", "rater": "ada"})] == [
        "The lead therapist and the second therapist must be two different people.",
        "The lead therapist and the independent rater must be two different people.",
    ]


@pytest.mark.parametrize("role", [Role.PHYSICIAN, Role.COORDINATOR, Role.ADMIN])
def test_whoever_may_open_every_course_does_not_rate_blind(role: Role):
    (reason,) = refusals(person(roles=(Role.RATER, role)), "rater", TODAY)
    assert reason.code == "team-blinding"
    assert "take the other role away under Clinic, People" in reason.sentence


@pytest.mark.parametrize("role", [Role.THERAPIST, Role.CUSTODIAN])
def test_a_rater_who_sees_only_courses_of_their_own_teams_may_rate(role: Role):
    assert refusals(person(roles=(Role.RATER, role)), "rater", TODAY) == []
