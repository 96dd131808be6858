from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.rules.findings import Finding, Outcome
from sessions.rules import dosing
from sessions.rules.dosing import ENDED, SITUATION, TRANSITIONS, State, Step, readiness, refusals, unfit
from sessions.rules.facts import Answer, Basis, Check, DoseKind, Given, Person, Proposal, basis_of

GOOD = {
    Step.CLEAR: "before_dose",
    Step.UNCLEAR: "before_dose",
    Step.INITIAL: "before_dose",
    Step.SUPPLEMENT: "before_supplement",
    Step.WITHHOLD: "before_supplement",
    Step.CALL_OFF: "before_dose",
    Step.CLOSE: "before_close",
}


def codes(findings):
    return [finding.code for finding in findings]


def without(facts, check):
    return replace(facts, answers=tuple(row for row in facts.answers if row.check is not check))


def answered(facts, check, *, good=True, number=None, ago=1):
    row = Answer(check, good, facts.now - timedelta(minutes=ago), number)
    return replace(without(facts, check), answers=(*without(facts, check).answers, row))


@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("state", State)
def test_every_state_allows_exactly_the_steps_of_the_table(day, state, step):
    facts = getattr(day, GOOD[step])()
    found = codes(refusals(state, step, facts))
    assert found == ([] if (state, step) in TRANSITIONS else ["order"])


def test_every_state_is_reached_and_an_ended_day_stays_ended():
    reached = {State.PREPARING, State.OPEN} | set(TRANSITIONS.values())
    assert reached == set(State) == set(SITUATION)
    assert {state for state in State if not any(state is before for before, _ in TRANSITIONS)} == set(ENDED)


def test_an_initial_dose_is_given_once_at_most_on_every_path():
    def paths(state, given):
        assert given <= 1
        for (before, step), after in TRANSITIONS.items():
            if before is state and step is not Step.UNCLEAR:
                paths(after, given + (step is Step.INITIAL))

    paths(State.PREPARING, 0)
    assert [pair for pair in TRANSITIONS if pair[1] is Step.INITIAL] == [(State.CLEARED, Step.INITIAL)]


def test_a_met_list_names_every_condition_of_the_brief(day):
    found = codes(readiness(State.PREPARING, Step.CLEAR, day.before_dose()))
    assert found == [
        "pair",
        "physician",
        "eligible",
        "identity",
        "consent",
        "touch",
        "abstained",
        "urine",
        "attendant",
        "room",
        "fasting",
        "pregnancy",
        "suicide_risk",
        "distress",
        "vitals.V-PRE-1a",
        "vitals.V-PRE-2c",
        "second_dose",
    ]


BEFORE = [
    Check.IDENTITY,
    Check.CONSENT,
    Check.TOUCH,
    Check.ABSTAINED,
    Check.URINE,
    Check.ATTENDANT,
    Check.ROOM,
    Check.FASTING,
    Check.PREGNANCY,
    Check.SUICIDE_RISK,
    Check.DISTRESS,
    Check.PHYSICIAN,
]


@pytest.mark.parametrize("step", [Step.CLEAR, Step.INITIAL])
@pytest.mark.parametrize("check", BEFORE)
def test_an_unanswered_check_refuses(day, check, step):
    state = State.PREPARING if step is Step.CLEAR else State.CLEARED
    (reason,) = refusals(state, step, without(day.before_dose(), check))
    assert (reason.code, reason.outcome) == (check.value, Outcome.UNKNOWN)


@pytest.mark.parametrize("check", [c for c in BEFORE if c not in (Check.FASTING, Check.DISTRESS)])
def test_a_bad_answer_refuses(day, check):
    facts = answered(day.before_dose(), check, good=False, number=0)
    assert [(r.code, r.outcome) for r in refusals(State.PREPARING, Step.CLEAR, facts)] == [
        (check.value, Outcome.NOT_MET)
    ]


@pytest.mark.parametrize("check", [c for c in BEFORE if c not in (Check.FASTING, Check.DISTRESS)])
@pytest.mark.parametrize(("minutes", "refused"), [(24 * 60, False), (24 * 60 + 1, True)])
def test_an_answer_holds_for_24_hours(day, check, minutes, refused):
    facts = answered(day.before_dose(), check, number=1, ago=minutes)
    found = refusals(State.PREPARING, Step.CLEAR, facts)
    assert codes(found) == ([check.value] if refused else [])


@pytest.mark.parametrize("check", [Check.FASTING, Check.SUICIDE_RISK, Check.DISTRESS])
def test_a_number_that_was_not_given_refuses(day, check):
    facts = answered(day.before_dose(), check, number=None)
    assert codes(refusals(State.PREPARING, Step.CLEAR, facts)) == [check.value]


def test_fasting_counts_on_from_when_it_was_asked(day):
    facts = answered(day.before_dose(), Check.FASTING, number=9, ago=59)
    (reason,) = refusals(State.PREPARING, Step.CLEAR, facts)
    assert reason.outcome is Outcome.WAITING
    assert reason.sentence == "Fasting for 9 h 59 min; 10 h are needed. Wait another 1 min."
    assert refusals(State.PREPARING, Step.CLEAR, answered(facts, Check.FASTING, number=9, ago=60)) == []


@pytest.mark.parametrize(("level", "refused"), [(3, False), (4, True), (5, True)])
def test_ideation_from_level_four_stops(day, level, refused):
    facts = answered(day.before_dose(), Check.SUICIDE_RISK, number=level)
    assert bool(refusals(State.PREPARING, Step.CLEAR, facts)) is refused


def test_a_pregnancy_test_is_asked_for_unless_it_cannot_apply(day):
    facts = without(day.before_dose(), Check.PREGNANCY)
    assert codes(refusals(State.PREPARING, Step.CLEAR, facts)) == ["pregnancy"]
    assert refusals(State.PREPARING, Step.CLEAR, replace(facts, may_be_pregnant=False)) == []


def test_one_therapist_twice_is_not_a_pair(day):
    ana = Person("ana", "Ana", True)
    (reason,) = refusals(State.PREPARING, Step.CLEAR, replace(day.before_dose(), present=(ana, ana)))
    assert reason.sentence == ("2 therapists must be present; present now: Ana. Record the arrival of each therapist.")
    facts = replace(day.before_dose(), present=())
    assert "present now: nobody" in refusals(State.PREPARING, Step.CLEAR, facts)[0].sentence


@pytest.mark.parametrize(("live", "outcome"), [(False, Outcome.NOT_MET), (None, Outcome.UNKNOWN)])
def test_a_therapist_without_a_current_licence_does_not_count(day, live, outcome):
    present = (Person("ana", "Ana", True), Person("ben", "Ben", live))
    pair, credentials = refusals(State.PREPARING, Step.CLEAR, replace(day.before_dose(), present=present))
    assert (pair.code, credentials.code, credentials.outcome) == ("pair", "credentials", outcome)


@pytest.mark.parametrize(("live", "outcome"), [(False, Outcome.NOT_MET), (None, Outcome.UNKNOWN)])
def test_a_physician_without_a_current_licence_covers_nobody(day, live, outcome):
    facts = replace(day.before_dose(), physician=Person("cleo", "Cleo", live))
    assert [(r.code, r.outcome) for r in refusals(State.PREPARING, Step.CLEAR, facts)] == [("physician", outcome)]


def test_a_physician_who_is_not_named_covers_nobody(day):
    facts = replace(day.before_dose(), physician=None)
    assert codes(refusals(State.PREPARING, Step.CLEAR, facts)) == ["physician"]


@pytest.mark.parametrize("step", [Step.CLEAR, Step.INITIAL, Step.SUPPLEMENT])
@pytest.mark.parametrize("eligibility", [None, ()])
def test_eligibility_that_could_not_be_had_refuses(day, step, eligibility):
    facts = replace(getattr(day, GOOD[step])(), eligibility=eligibility)
    state = next(before for before, taken in TRANSITIONS if taken is step)
    assert codes(refusals(state, step, facts)) == ["eligible"]


@pytest.mark.parametrize("outcome", [Outcome.NOT_MET, Outcome.UNKNOWN, Outcome.WAITING, Outcome.JUDGEMENT])
def test_screening_blocks_with_its_own_words(day, outcome):
    held = Finding("washout", outcome, "Fluoxetine is clear on 3 June.")
    facts = replace(day.before_dose(), eligibility=(Finding("age", Outcome.MET, "Of age."), held))
    assert refusals(State.CLEARED, Step.INITIAL, facts) == [held]


@pytest.mark.parametrize(("systolic", "refused"), [(140, False), (141, True)])
def test_pressure_above_the_limit_refuses_the_dose(day, systolic, refused):
    facts = replace(day.before_dose(), readings=(day.reading(day.T0, systolic=systolic),))
    assert codes(refusals(State.CLEARED, Step.INITIAL, facts)) == (["vitals.V-PRE-1a"] if refused else [])


def test_oxygen_below_the_limit_refuses_the_dose(day):
    facts = replace(day.before_dose(), readings=(day.reading(day.T0, oxygen=93),))
    (reason,) = refusals(State.CLEARED, Step.INITIAL, facts)
    assert reason.sentence == "Oxygen saturation 93 % is below the limit of 94. Call the physician."


@pytest.mark.parametrize(("minutes", "refused"), [(30, False), (31, True)])
def test_signs_before_the_dose_hold_for_half_an_hour(day, minutes, refused):
    facts = replace(day.before_dose(), readings=(day.reading(day.T0 - timedelta(minutes=minutes)),))
    assert [r.outcome for r in refusals(State.CLEARED, Step.INITIAL, facts)] == [Outcome.UNKNOWN] * (2 * refused)


def test_signs_that_were_not_taken_refuse_one_by_one(day):
    facts = replace(day.before_dose(), readings=(day.reading(day.T0, oxygen=None),))
    assert codes(refusals(State.CLEARED, Step.INITIAL, facts)) == ["vitals.V-PRE-2c"]
    assert codes(refusals(State.CLEARED, Step.INITIAL, replace(facts, limits=()))) == ["vitals"]


def test_a_second_initial_dose_is_refused_by_the_dose_itself_whatever_the_state_says(day):
    facts = replace(day.before_dose(), doses=(Given(DoseKind.INITIAL, 120, Basis.HYDROCHLORIDE, day.T0),))
    (reason,) = refusals(State.CLEARED, Step.INITIAL, facts)
    assert reason.sentence == "The initial dose of 120 mg was given at 09:30; there is no second one."


@pytest.mark.parametrize(
    ("minutes", "outcome"),
    [
        (89, Outcome.WAITING),
        (90, Outcome.MET),
        (120, Outcome.MET),
        (121, Outcome.NOT_MET),
    ],
)
def test_the_supplement_has_a_window(day, minutes, outcome):
    now = day.T0 + timedelta(minutes=minutes)
    facts = day.before_supplement()
    facts = replace(facts, now=now, readings=(day.reading(now),))
    facts = answered(facts, Check.AFFIRMED)
    window = readiness(State.DOSED, Step.SUPPLEMENT, facts)[0]
    assert (window.code, window.outcome) == ("window", outcome)
    assert bool(refusals(State.DOSED, Step.SUPPLEMENT, facts)) is (outcome is not Outcome.MET)


def test_the_window_is_minutes_elapsed_even_when_the_clock_changes(day):
    night = day.datetime(2026, 10, 25, 1, 30, tzinfo=day.ZONE)  # at 03:00 summer time the clock goes back to 02:00
    now = (night.astimezone(day.ZoneInfo("UTC")) + timedelta(minutes=90)).astimezone(day.ZONE)
    facts = replace(day.before_supplement(), now=now, doses=(Given(DoseKind.INITIAL, 120, Basis.HYDROCHLORIDE, night),))
    assert now.strftime("%H:%M") == "02:00"
    assert readiness(State.DOSED, Step.SUPPLEMENT, facts)[0].outcome is Outcome.MET


def test_the_window_is_unknown_without_an_initial_dose_or_a_plan(day):
    for facts in (replace(day.before_supplement(), doses=()), replace(day.before_supplement(), plan=None)):
        assert "window" in codes(refusals(State.DOSED, Step.SUPPLEMENT, facts))


@pytest.mark.parametrize(("ago", "refused"), [(15, 0), (16, 2)])
def test_signs_before_the_supplement_hold_for_a_quarter_of_an_hour(day, ago, refused):
    facts = day.before_supplement()
    facts = replace(facts, readings=(day.reading(facts.now - timedelta(minutes=ago)),))
    assert len(refusals(State.DOSED, Step.SUPPLEMENT, facts)) == refused


def test_a_high_pressure_a_refusal_or_a_severe_effect_withholds_the_supplement(day):
    facts = day.before_supplement()
    high = replace(facts, readings=(day.reading(facts.now, systolic=161),))
    assert codes(refusals(State.DOSED, Step.SUPPLEMENT, high)) == ["vitals.V-SUP-1a"]
    declined = answered(facts, Check.AFFIRMED, good=False)
    assert codes(refusals(State.DOSED, Step.SUPPLEMENT, declined)) == ["affirmed"]
    asked_before_the_dose = answered(facts, Check.AFFIRMED, ago=101)
    assert codes(refusals(State.DOSED, Step.SUPPLEMENT, asked_before_the_dose)) == ["affirmed"]
    severe = replace(facts, severe_effects=("Chest pain",))
    assert codes(refusals(State.DOSED, Step.SUPPLEMENT, severe)) == ["effects"]


@pytest.mark.parametrize("step", [Step.WITHHOLD, Step.CALL_OFF, Step.UNCLEAR])
def test_what_ends_something_needs_a_reason(day, step):
    facts = replace(getattr(day, GOOD[step])(), reason="  ")
    state = next(before for before, taken in TRANSITIONS if taken is step)
    assert codes(refusals(state, step, facts)) == ["reason"]


CLOSING = [
    Check.ORIENTED,
    Check.GAIT,
    Check.STABLE,
    Check.ADULT,
    Check.NO_DRIVING,
    Check.SUICIDE_RISK,
    Check.DISTRESS,
]


@pytest.mark.parametrize("check", CLOSING)
def test_closing_asks_again_after_the_last_dose(day, check):
    facts = answered(day.before_close(), check, number=1, ago=321)  # a minute before the supplement
    assert codes(refusals(State.SUPPLEMENTED, Step.CLOSE, facts)) == [check.value]


@pytest.mark.parametrize("check", CLOSING[:-1])
def test_a_patient_who_is_not_well_is_not_left(day, check):
    facts = answered(day.before_close(), check, good=False, number=1)
    assert codes(refusals(State.SUPPLEMENTED, Step.CLOSE, facts)) == [check.value]


def test_distress_above_its_first_value_keeps_the_therapists(day):
    later = day.before_close()
    worse = Answer(Check.DISTRESS, True, later.now, 5)
    (reason,) = refusals(State.SUPPLEMENTED, Step.CLOSE, replace(later, answers=(*later.answers, worse)))
    assert reason.sentence == "Distress is higher than before dosing (5 of 10, before dosing 4). Stay with the patient."
    never_asked = replace(later, answers=tuple(row for row in later.answers if row.number != 4))
    assert codes(refusals(State.SUPPLEMENTED, Step.CLOSE, never_asked)) == ["distress"]


@pytest.mark.parametrize(("minutes", "codes_found"), [(359, ["stay"]), (360, [])])
def test_the_patient_is_accompanied_for_six_hours(day, minutes, codes_found):
    now = day.T0 + timedelta(minutes=minutes)
    facts = day.before_close()
    facts = replace(facts, now=now, readings=(day.reading(day.T0), day.reading(now)))
    facts = replace(facts, answers=(*day.before_supplement().answers, *day.answers(now, *Check)))
    assert codes(refusals(State.SUPPLEMENTED, Step.CLOSE, facts)) == codes_found


@pytest.mark.parametrize(
    ("values", "outcome"),
    [
        ([124, 150, 148], Outcome.MET),  # within a fifth of the first reading
        ([100, 150, 141], Outcome.NOT_MET),
        ([100, 150, 140], Outcome.NOT_MET),  # the limit itself is not below it
        ([100, 125, 139], Outcome.WAITING),  # below, but rising
        ([100, 150, 139], Outcome.MET),
    ],
)
def test_pressure_has_settled_or_is_back_near_its_first_value(day, values, outcome):
    facts = day.before_close()
    readings = tuple(
        day.reading(facts.now - timedelta(minutes=ago), systolic=value)
        for ago, value in zip((400, 60, 5), values, strict=True)
    )
    found = readiness(State.SUPPLEMENTED, Step.CLOSE, replace(facts, readings=readings))
    assert next(f.outcome for f in found if f.code == "vitals.V-END-1a") is outcome


def test_signs_at_the_end_are_fresh_complete_and_limited(day):
    facts = day.before_close()
    old = replace(facts, readings=(day.reading(facts.now - timedelta(minutes=31)),))
    assert codes(refusals(State.SUPPLEMENTED, Step.CLOSE, old)) == ["vitals.V-END-1a", "vitals.V-END-1c"]
    cool = replace(facts, readings=(*facts.readings, day.reading(facts.now, temperature=None)))
    assert refusals(State.SUPPLEMENTED, Step.CLOSE, cool) == []
    untaken = replace(facts, readings=())
    assert codes(refusals(State.SUPPLEMENTED, Step.CLOSE, untaken)) == ["vitals.V-END-1a", "vitals.V-END-1c"]
    assert codes(refusals(State.SUPPLEMENTED, Step.CLOSE, replace(facts, limits=()))) == ["vitals"]


def test_a_day_without_a_dose_cannot_be_closed_as_one_with(day):
    facts = replace(day.before_close(), doses=())
    assert codes(refusals(State.SUPPLEMENTED, Step.CLOSE, facts)) == ["stay"]


def test_a_session_without_a_medicine_closes_when_its_therapists_were_there(day):
    assert refusals(State.OPEN, Step.CLOSE, day.before_dose()) == []
    alone = replace(day.before_dose(), present=day.before_dose().present[:1])
    assert codes(refusals(State.OPEN, Step.CLOSE, alone)) == ["pair"]


def proposal(**changes):
    whole = Proposal(DoseKind.INITIAL, 120, Basis.HYDROCHLORIDE, "LOT-7", "ana", "ben")
    return replace(whole, **changes)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"mg": 80}, []),
        ({"given_by": "cleo"}, []),
        ({"mg": 100}, ["amount"]),
        ({"mg": 200}, ["amount", "session_maximum"]),
        ({"basis": Basis.FREE_BASE}, ["basis"]),
        ({"basis": None}, ["basis"]),
        ({"lot": " "}, ["lot"]),
        ({"witnessed_by": "ana"}, ["two_people"]),
        ({"witnessed_by": "dora"}, ["entitled"]),
        ({"given_by": "dora"}, ["entitled"]),
    ],
)
def test_an_initial_dose_is_what_the_protocol_allows_between_two_people(day, changes, found):
    assert codes(unfit(day.before_dose(), proposal(**changes))) == found


@pytest.mark.parametrize(("mg", "found"), [(60, []), (40, []), (61, ["amount", "session_maximum"]), (0, ["amount"])])
def test_a_supplement_is_at_most_half_of_what_was_given(day, mg, found):
    assert codes(unfit(day.before_supplement(), proposal(kind=DoseKind.SUPPLEMENTAL, mg=mg))) == found


def test_half_of_a_small_dose_is_smaller(day):
    small = replace(day.before_supplement(), doses=(Given(DoseKind.INITIAL, 80, Basis.HYDROCHLORIDE, day.T0),))
    assert codes(unfit(small, proposal(kind=DoseKind.SUPPLEMENTAL, mg=60))) == ["amount"]


def test_what_nobody_knows_about_amounts_refuses(day):
    facts = day.before_dose()
    assert codes(unfit(replace(facts, plan=None), proposal())) == ["amount"]
    assert codes(unfit(replace(facts, salt=None), proposal())) == ["basis"]
    assert codes(unfit(replace(facts, earlier_mg=None), proposal())) == ["course_maximum"]
    assert codes(unfit(replace(facts, course_maximum=None), proposal())) == ["course_maximum"]
    assert codes(unfit(facts, proposal(kind=DoseKind.SUPPLEMENTAL, mg=40))) == ["amount"]
    assert codes(unfit(replace(facts, physician=None), proposal(given_by="cleo"))) == ["entitled"]


@pytest.mark.parametrize(("earlier", "found"), [(360, []), (361, ["course_maximum"])])
def test_the_course_has_a_maximum(day, earlier, found):
    assert codes(unfit(replace(day.before_dose(), earlier_mg=earlier), proposal())) == found


def test_the_basis_is_read_from_the_salt():
    assert basis_of("Midomafetamine hydrochloride") is Basis.HYDROCHLORIDE
    assert basis_of("MDMA HCl") is Basis.HYDROCHLORIDE
    assert basis_of("MDMA free base") is Basis.FREE_BASE
    assert basis_of("MDMA") is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_knowing_less_never_allows_more(day, data):
    """Taking answers, people or readings away leaves every earlier refusal's step refused."""
    step = data.draw(st.sampled_from([Step.CLEAR, Step.INITIAL, Step.SUPPLEMENT, Step.CLOSE]))
    state = next(before for before, taken in TRANSITIONS if taken is step and before is not State.OPEN)
    facts = getattr(day, GOOD[step])()
    needed = {Step.SUPPLEMENT: {Check.AFFIRMED, Check.PHYSICIAN}, Step.CLOSE: set(CLOSING)}.get(step, set(BEFORE))
    gone = data.draw(st.sets(st.sampled_from(sorted(needed)), min_size=1))
    less = replace(facts, answers=tuple(row for row in facts.answers if row.check not in gone))
    assert {reason.code for reason in refusals(state, step, less)} == {check.value for check in gone}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(first=st.floats(1, 300), second=st.floats(-50, 300), earlier=st.floats(0, 600))
def test_no_accepted_amounts_exceed_half_session_or_course(day, first, second, earlier):
    facts = replace(day.before_dose(), earlier_mg=earlier)
    if unfit(facts, proposal(mg=first)):
        first = 120.0
    facts = replace(
        day.before_supplement(),
        earlier_mg=earlier,
        doses=(Given(DoseKind.INITIAL, first, Basis.HYDROCHLORIDE, day.T0),),
    )
    if not unfit(facts, proposal(kind=DoseKind.SUPPLEMENTAL, mg=second)):
        assert 0 < second <= first / 2
        assert first + second <= 180
        assert earlier + first + second <= 480


def test_sentences_are_sentences(day):
    for state in State:
        for step in Step:
            for finding in readiness(state, step, day.before_close()):
                assert not finding.sentence[0].islower(), finding
                assert finding.sentence.endswith((".", "together")), finding


def test_the_step_table_is_public():
    assert dosing.TRANSITIONS[(State.DOSED, Step.WITHHOLD)] is State.WITHHELD


def test_of_two_answers_at_one_instant_the_last_written_counts(day):
    facts = day.before_dose()
    both = (Answer(Check.CONSENT, True, day.T0), Answer(Check.CONSENT, False, day.T0))
    facts = replace(without(facts, Check.CONSENT), answers=(*without(facts, Check.CONSENT).answers, *both))
    assert codes(refusals(State.PREPARING, Step.CLEAR, facts)) == ["consent"]
