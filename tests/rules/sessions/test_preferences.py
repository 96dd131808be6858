"""What a patient asks of the two therapists, in every form, for the planner, its checker and its explanations."""

from dataclasses import replace

import pytest

from sessions.rules.checking import check
from sessions.rules.planner import plan_course
from sessions.rules.preferences import Of, Preference, admissible, is_met, missed
from tests.rules.sessions.instances import request, therapist, with_people

PEOPLE = {
    "ada": therapist("ada", traits=("woman", "speaks Welsh")),
    "ben": therapist("ben", traits=("man",)),
    "cat": therapist("cat", traits=("woman",)),
}
PAIRS = (("ada", "ben"), ("ben", "ada"), ("ada", "cat"))


@pytest.mark.parametrize(
    ("of", "about", "met"),
    [
        (Of.ONE, "woman", [True, True, True]),
        (Of.BOTH, "woman", [False, False, True]),
        (Of.LEAD, "woman", [True, False, True]),
        (Of.NEITHER, "man", [False, False, True]),
        (Of.NOT_LEAD, "man", [True, False, True]),
        (Of.ONE, "cat", [False, False, True]),
        (Of.NEITHER, "ben", [False, False, True]),
        (Of.NOT_LEAD, "ben", [True, False, True]),
    ],
)
def test_a_preference_is_met_or_not(of, about, met):
    assert [is_met(Preference(about, of), pair, PEOPLE) for pair in PAIRS] == met


def test_what_must_be_leaves_pairs_out_and_a_wish_only_counts():
    must, wish = Preference("woman", Of.BOTH, must=True), Preference("speaks Welsh", Of.LEAD)
    kept, left_out = admissible(PAIRS, [must, wish], PEOPLE)
    assert (kept, left_out) == ((("ada", "cat"),), {"both therapists: woman": 2})
    assert missed(PAIRS, [must, wish], PEOPLE) == {("ben", "ada"): ("the lead: speaks Welsh",)}


def test_a_person_is_called_by_name_in_words():
    assert Preference("17", Of.NOT_LEAD, words="Ben Fictional").say == "not the lead: Ben Fictional"


def asking(*pairs, **more):
    plain = with_people(request(**more), therapist("cat", traits=("woman",)))
    return replace(plain, pairs=pairs)


def test_the_planner_takes_the_pair_that_meets_a_wish_if_it_costs_little():
    plain = asking(("ada", "ben"), ("ada", "cat"))
    assert plan_course(plain).plan.pair == ("ada", "ben")
    wished = replace(plain, misses={("ada", "ben"): ("one of the two: woman",)})
    assert plan_course(wished).plan.pair == ("ada", "cat")


def test_a_plan_says_which_wishes_its_pair_does_not_meet():
    wished = asking(("ada", "ben"), misses={("ada", "ben"): ("one of the two: speaks Welsh",)})
    sentences = {finding.code: finding.sentence for finding in plan_course(wished).findings}
    assert sentences["wish"] == "This pair does not meet a wish of the patient (one of the two: speaks Welsh)."
    assert "wish" not in {finding.code for finding in plan_course(asking(("ada", "ben"))).findings}


def test_a_no_names_what_must_be():
    proposal = plan_course(asking(left_out={"the lead: woman": 2}))
    assert proposal.plan is None
    assert [(finding.code, finding.sentence) for finding in proposal.findings] == [
        (
            "preference",
            "No two therapists are what this patient must have (the lead: woman)."
            " Ask again whether it is a must or a wish.",
        )
    ]
    plain = plan_course(asking())
    assert [finding.code for finding in plain.findings] == ["pair"]


def test_a_no_for_the_pairs_that_are_left_says_how_many_were_left_out():
    stuck = asking(("ada", "ben"), left_out={"neither of the two: Cat": 1})
    stuck = with_people(stuck, therapist("ben", hours={}))
    sentences = {finding.code: finding.sentence for finding in plan_course(stuck).findings}
    assert sentences["preference"] == (
        "What must be for this patient (neither of the two: Cat) leaves 1 pair out. More would be open if it were a wish."
    )


def test_nights_may_have_weekdays_of_their_own():
    plain = with_people(request(attendants=("nia",)), replace(therapist("nia", needs=()), hours={}))
    assert plan_course(plain).plan is None
    nightly = with_people(plain, replace(plain.people["nia"], nights=frozenset({1})))
    plan = plan_course(nightly).plan
    dosing = [appointment for appointment in plan.appointments if appointment.night]
    assert [a.start.weekday() for a in dosing] == [1, 1, 1]
    assert check(plan, nightly) == []
    assert {finding.code for finding in check(plan, plain)} == {"night"}
