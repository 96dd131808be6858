from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.rules.findings import Mark
from screening.rules.candidate import MedicineFact
from screening.rules.interactions import CYP2D6, DATA, SEROTONERGIC, Severity, interactions, restart, restarts
from screening.rules.medicines import BY_NAME, TABLE, Rule

DOSED = date(2026, 5, 2)
LAST_DAY = date(2026, 5, 12)

# medicine, gravest severity, how many statements, a word of the gravest, its mark
KNOWN = [
    ("Nardil", Severity.LIFE_THREATENING, 1, "two weeks", Mark.PUBLISHED),
    ("moclobemide", Severity.LIFE_THREATENING, 1, "two to three days", Mark.PUBLISHED),
    ("linezolid", Severity.LIFE_THREATENING, 1, "monoamine oxidase", Mark.NOT_VERIFIED),
    ("Paxlovid", Severity.LIFE_THREATENING, 1, "deaths have been reported", Mark.PUBLISHED),
    ("sertraline", Severity.SERIOUS, 3, "twenty reported cases", Mark.PUBLISHED),
    ("paroxetine", Severity.SERIOUS, 3, "twenty reported cases", Mark.PUBLISHED),
    ("duloxetine", Severity.SERIOUS, 3, "twenty reported cases", Mark.PUBLISHED),
    ("bupropion", Severity.SERIOUS, 3, "seizures", Mark.NOT_VERIFIED),
    ("haloperidol", Severity.SERIOUS, 2, "QTc", Mark.NOT_VERIFIED),
    ("haloperidol depot", Severity.SERIOUS, 2, "QTc", Mark.NOT_VERIFIED),
    ("sertralin", Severity.SERIOUS, 3, "twenty reported cases", Mark.PUBLISHED),
    ("terbinafine", Severity.MODERATE, 1, "CYP2D6", Mark.PUBLISHED),
    ("carvedilol", Severity.MILD, 1, "randomised trials", Mark.PUBLISHED),
]


@pytest.mark.parametrize(("name", "severity", "count", "word", "mark"), KNOWN)
def test_what_a_medicine_and_mdma_do_to_each_other(name, severity, count, word, mark):
    found = interactions(name)
    assert (len(found), found[0].severity, found[0].source.mark) == (count, severity, mark)
    assert word in found[0].mechanism


def test_an_unknown_name_has_no_statement_that_could_be_taken_for_harmless():
    assert interactions("Xyzzomab") == ()


def test_a_combination_shows_what_each_of_its_parts_does_once_and_the_gravest_first():
    mechanisms = [known.mechanism for known in interactions("Symbyax")]
    assert len(mechanisms) == len(set(mechanisms)) == 5
    order = [list(Severity).index(known.severity) for known in interactions("Symbyax")]
    assert order == sorted(order)


@pytest.mark.parametrize("drug", [drug for drug in TABLE if drug.rule is not Rule.CONTINUE], ids=lambda drug: drug.name)
def test_every_medicine_with_a_washout_has_a_statement(drug):
    assert interactions(drug.name)


@pytest.mark.parametrize("drug", [drug for drug in TABLE if drug.rule is Rule.HARD], ids=lambda drug: drug.name)
def test_what_blocks_under_every_protocol_is_grave(drug):
    grave = {Severity.LIFE_THREATENING, Severity.SERIOUS}
    assert interactions(drug.name)[0].severity in grave or drug.name == "clozapine"


def test_a_statement_without_a_document_is_never_called_published():
    vague = {"memory", "trials"}
    for entry in DATA["interaction"]:
        assert (entry["mark"] == "not verified") is (entry["source"] in vague), entry["mechanism"]


def warned(name, begun, as_of=None, dosed_on=DOSED):
    return restart(name, started_on=begun, dosed_on=dosed_on, as_of=as_of or begun or DOSED)


@pytest.mark.parametrize(("days", "expected"), [(-1, False), (0, True), (1, True), (10, True), (11, False)])
def test_a_restart_is_warned_of_from_the_dosing_day_until_the_tenth_day(days, expected):
    assert (warned("Sertraline", DOSED + timedelta(days=days)) is not None) is expected


def test_the_warning_names_both_reasons_the_recovery_and_the_last_day():
    warning = warned("paroxetine", date(2026, 5, 5))
    assert (warning.name, warning.until) == ("paroxetine", LAST_DAY)
    assert warning.sentence == (
        "Paroxetine is serotonergic and is broken down by CYP2D6, and MDMA was given on 2 May 2026. MDMA has switched "
        "CYP2D6 off for the time being: half of it is back after 2 days, 75 % after 4, 94 % after 8, 97 % after 10. "
        "Until 12 May 2026 it is begun only if the prescriber knows of the dosing day."
    )
    assert warning.source.mark is Mark.NOT_VERIFIED
    assert "CYP2D6 inhibition and its recovery" in warning.source.document


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("phenelzine", "is serotonergic,"),
        ("risperidone", "is broken down by CYP2D6,"),
        ("metoprolol", "is broken down by CYP2D6,"),
        ("haloperidol depot", "is broken down by CYP2D6,"),
        ("sertralin", "is serotonergic,"),
        ("risperidone and ibuprofen", "is broken down by CYP2D6,"),
        ("ibuprofen, sertraline and risperidone", "is serotonergic and is broken down by CYP2D6,"),
        ("Xyzzomab", "is not in the reference table,"),
    ],
)
def test_the_reason_is_the_medicines_own(name, why):
    assert why in warned(name, DOSED).sentence


@pytest.mark.parametrize("name", ["ibuprofen", "lamotrigine", "levothyroxine", "gabapentin"])
def test_other_medicines_may_be_begun(name):
    assert warned(name, DOSED) is None


def test_without_a_dosing_day_nothing_is_warned_of():
    assert warned("sertraline", DOSED, dosed_on=None) is None


def test_the_warning_ends_by_itself():
    assert warned("sertraline", DOSED, as_of=LAST_DAY) is not None
    assert warned("sertraline", DOSED, as_of=LAST_DAY + timedelta(days=1)) is None


def test_a_medicine_about_to_be_begun_is_warned_of_as_if_today():
    assert warned("sertraline", None, as_of=LAST_DAY) is not None
    assert warned("sertraline", None, as_of=LAST_DAY + timedelta(days=1)) is None


def test_the_list_warns_only_of_what_was_begun_since():
    begun = MedicineFact("sertraline", ongoing=True, started_on=date(2026, 5, 4))
    rows = [
        begun,
        replace(begun, started_on=date(2026, 1, 1)),
        replace(begun, started_on=None),
        replace(begun, name="fluoxetine", ongoing=False),
        replace(begun, name="ibuprofen"),
    ]
    found = restarts(rows, dosed_on=DOSED, as_of=date(2026, 5, 6))
    assert [warning.name for warning in found] == ["sertraline"]
    assert restarts([replace(begun, ongoing=None)], dosed_on=DOSED, as_of=date(2026, 5, 6)) != []


@given(days=st.integers(0, 10), name=st.sampled_from(sorted(drug.name for drug in SEROTONERGIC | CYP2D6)))
def test_no_dependent_medicine_slips_through_the_ten_days(days, name):
    assert warned(name, DOSED + timedelta(days=days)) is not None
    assert warned(BY_NAME[name].name.upper(), DOSED + timedelta(days=days)) is not None
