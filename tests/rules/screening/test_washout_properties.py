"""What holds of every medicine, every last dose and every protocol: nothing is clear too early."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from accounts.rules.findings import Outcome
from patients.rules.protocol import Figure, WashoutPolicy
from screening.rules.candidate import MedicineFact
from screening.rules.medicines import TABLE, Rule, read
from screening.rules.washout import washout, washouts
from tests.rules.screening.people import TODAY, ago, mapp3
from tests.rules.screening.stopping import PLAIN, SOURCE, cleared, finding, stopped

KNOWN = st.sampled_from([drug.name for drug in TABLE if drug.rule in (Rule.HARD, Rule.PROTOCOL)])


@given(name=KNOWN, since=st.integers(0, 200))
def test_a_medicine_that_has_to_be_out_is_never_clear_before_its_days(name, since):
    medicine = stopped(name, ago(since))
    needed = washouts(medicine, mapp3().washout, as_of=TODAY)[0].days
    assert needed is not None and needed > 0
    assert (finding(medicine).outcome is Outcome.MET) is (since >= needed)


@given(name=st.one_of(KNOWN, st.text(max_size=20)), regular=st.booleans(), ongoing=st.sampled_from([None, False, True]))
def test_a_medicine_whose_last_dose_nobody_knows_is_never_washed_out(name, regular, ongoing):
    if any(drug.rule not in (Rule.HARD, Rule.PROTOCOL) for drug in read(name).drugs):
        return
    medicine = MedicineFact(name, "", regular, ongoing, None)
    assert finding(medicine).outcome is not Outcome.MET
    assert cleared(medicine) is None


@given(hours=st.floats(0.5, 500), last=st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_a_longer_half_life_never_clears_earlier(hours, last):
    shorter = replace(PLAIN, choices={"sertraline": Figure(hours, "h", SOURCE)})
    longer = replace(PLAIN, choices={"sertraline": Figure(hours * 1.5, "h", SOURCE)})
    [first], [second] = (washouts(stopped("sertraline", last), p, as_of=TODAY) for p in (shorter, longer))
    assert first.clear_from <= second.clear_from
    assert first.clear_from >= last + timedelta(days=7)


ANY_NAME = st.one_of(
    st.sampled_from([name for drug in TABLE for name in (*drug.names, *drug.brands, *drug.depots)]),
    st.text(max_size=20),
)
DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))
SHORT = st.builds(
    lambda lives, settling, hours, name: WashoutPolicy(
        Figure(lives, "", SOURCE), Figure(settling, "", SOURCE), {name: Figure(hours, "h", SOURCE)}
    ),
    st.floats(0, 5),
    st.integers(0, 7),
    st.floats(0.1, 500),
    st.sampled_from([drug.name for drug in TABLE]),
)


@given(name=ANY_NAME, first=DAYS, later=st.integers(0, 400), regular=st.booleans(), poor=st.booleans())
def test_a_later_last_dose_never_gives_an_earlier_date(name, first, later, regular, poor):
    one, other = (
        washout(stopped(name, last, regular=regular), PLAIN, as_of=TODAY, poor=poor)
        for last in (first, first + timedelta(days=later))
    )
    assert (one.clear_from is None) is (other.clear_from is None)
    assert one.clear_from is None or one.clear_from <= other.clear_from


@given(policy=SHORT, poor=st.booleans(), regular=st.booleans())
def test_no_protocol_goes_below_a_fixed_number_of_days_or_a_floor(policy, poor, regular):
    for drug in TABLE:
        if drug.no_days or drug.rule is Rule.CONTINUE:
            continue
        [answer] = washouts(stopped(drug.name, regular=regular), policy, as_of=TODAY, poor=poor)
        if drug.fixed_days is not None:
            assert answer.days == drug.fixed_days
        assert answer.days >= drug.floor_days
        if "MAO" in drug.drug_class and "RIMA" not in drug.drug_class:
            assert answer.days == 14


@given(name=st.text(max_size=30), last=st.none() | DAYS)
def test_an_unknown_name_is_never_clear(name, last):
    medicine = stopped(name, last)
    answer = washout(medicine, PLAIN, as_of=TODAY)
    if answer.known:
        return
    assert (answer.days, answer.clear_from) == (None, None)
    assert finding(medicine).outcome is not Outcome.MET
    assert cleared(medicine) is None


@given(name=ANY_NAME, last=DAYS)
def test_a_poor_metaboliser_and_regular_use_never_wait_shorter(name, last):
    def date_of(**how):
        poor = how.pop("poor", False)
        return washout(stopped(name, last, **how), PLAIN, as_of=TODAY, poor=poor).clear_from or last

    assert date_of(poor=True) >= date_of()
    assert date_of() >= date_of(regular=False)
