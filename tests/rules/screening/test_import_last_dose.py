"""Since when and until when a medicine of a record was taken; an unknown last dose stays unknown."""

import pytest

from screening.rules.importing.proposing import Kind
from tests import records
from tests.rules.screening.importing import lines, medicine, proposals, taken


@pytest.mark.parametrize(
    ("taken", "ongoing", "last"),
    [
        (records.prescription("m", "Sertraline", "active"), True, None),
        (records.prescription("m", "Sertraline", "completed"), False, None),
        (records.prescription("m", "Sertraline", "stopped"), False, None),
        (records.prescription("m", "Sertraline", "on-hold"), False, None),
        (records.prescription("m", "Sertraline", "unknown"), False, None),
        (records.statement("m", "Sertraline", "active", effectivePeriod={"start": "2026-01-01"}), True, None),
        (records.statement("m", "Sertraline", "completed", effectivePeriod={"end": "2026-10-01"}), False, "2026-10-01"),
        (records.statement("m", "Sertraline", "stopped", effectivePeriod={"end": "2026-10"}), False, None),
        (records.statement("m", "Sertraline", "stopped"), False, None),
        (records.statement("m", "Sertraline", "active", effectivePeriod={"end": "2026-10-01"}), True, None),
        (records.statement("m", "Sertraline", "stopped", effectivePeriod={"end": "2027-01-01"}), True, None),
    ],
)
def test_the_last_dose_is_known_only_where_somebody_stated_it_to_the_day(taken, ongoing, last):
    proposal = medicine(taken)
    assert (proposal["ongoing"], proposal["last_dose_on"]) == (ongoing, last)


@pytest.mark.parametrize(
    ("ends", "last", "ongoing"),
    [
        (["2026-10-01", "2026-09-01"], "2026-10-01", False),  # the clock starts at the later one
        (["2026-09-01", "2026-10-01"], "2026-10-01", False),
        (["2026-11-22"], "2026-11-22", False),
        (["2026-11-23"], None, True),
        (["2026-10-01", None], None, False),
    ],
)
def test_the_last_dose_is_the_latest_of_all_and_unknown_when_one_is(ends, last, ongoing):
    found = medicine(*(taken(id=f"m{n}", end=end) for n, end in enumerate(ends)))
    assert (found["last_dose_on"], found["ongoing"]) == (last, ongoing)


def test_prescriptions_of_one_drug_are_one_line_and_one_unknown_end_keeps_the_last_dose_unknown():
    ended = records.statement("a", "Zoloft", "completed", effectivePeriod={"start": "2024-01-01", "end": "2026-10-01"})
    assert medicine(ended)["last_dose_on"] == "2026-10-01"
    both = medicine(ended, records.prescription("b", "sertraline 50 MG Oral Tablet", "completed"))
    assert (both["name"], both["ongoing"], both["last_dose_on"]) == ("Sertraline", False, None)
    assert medicine(ended, records.prescription("b", "Sertraline", "active"))["ongoing"] is True


@pytest.mark.parametrize(
    "taken",
    [
        records.prescription("m", "Sertraline", "cancelled"),
        records.prescription("m", "Sertraline", "draft"),
        records.prescription("m", "Sertraline", "entered-in-error"),
        records.prescription("m", "Sertraline", doNotPerform=True),
        records.statement("m", "Sertraline", "not-taken"),
        records.statement("m", "Sertraline", "intended"),
        records.statement("m", "Sertraline", "stopped", effectivePeriod={"end": "2025-11-21"}),
    ],
)
def test_what_was_not_taken_or_ended_long_ago_is_set_aside(taken):
    found = proposals(taken)
    assert [line.kind for line in found.lines] == [Kind.PERSON]
    assert len(found.set_aside) == 1


@pytest.mark.parametrize(
    ("state", "end", "kept"),
    [
        ("stopped", "2025-11-22", True),  # a year ago to the day
        ("stopped", "2025-11-21", False),
        ("active", "2019-01-01", True),  # called active: ask, whatever its end says
    ],
)
def test_only_what_certainly_ended_more_than_a_year_ago_is_left_out(state, end, kept):
    assert len(lines(Kind.MEDICINE, taken(state=state, end=end))) == kept


@pytest.mark.parametrize(
    ("starts", "end", "started"),
    [
        (["2026-03-01", "2026-01-01"], None, "2026-01-01"),
        (["2026-11-22"], None, "2026-11-22"),
        (["2026-11-23"], None, None),
        (["2026-10-01"], "2026-10-01", "2026-10-01"),  # a single dose
        (["2026-10-02"], "2026-10-01", None),
    ],
)
def test_it_began_with_the_earliest_that_can_be_true(starts, end, started):
    found = medicine(*(taken(id=f"m{n}", start=start, end=end) for n, start in enumerate(starts)))
    assert found["started_on"] == started


def test_a_start_after_the_last_dose_or_in_the_future_is_no_start():
    later = records.statement(
        "m", "Sertraline", "stopped", effectivePeriod={"start": "2026-10-02", "end": "2026-10-01"}
    )
    assert (medicine(later)["started_on"], medicine(later)["last_dose_on"]) == (None, "2026-10-01")
    assert medicine(records.prescription("m", "Sertraline", authoredOn="2027-01-01"))["started_on"] is None
