"""How much may be given, of what, and by whom."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sessions.rules.dosing import unfit
from sessions.rules.facts import Basis, DoseKind, Given, basis_of
from tests.rules.sessions.steps import codes, proposal


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
