"""A protocol file that is wrong is refused by name, line and key; a right one is loaded whole."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.rules.findings import Mark, Source
from patients.rules.loading import LoadError, load
from patients.rules.protocol import CriterionKind, Figure

TEXT = (Path(__file__).parents[3] / "patients" / "protocols" / "mapp3.toml").read_text(encoding="utf-8")
LINES = TEXT.splitlines()


def refused(text: str) -> LoadError:
    with pytest.raises(LoadError) as caught:
        load(text, "clinic.toml")
    return caught.value


def changed(old: str, new: str) -> tuple[str, int]:
    """The reference protocol with the first `old` replaced, and the line of the change."""
    assert old in TEXT
    return TEXT.replace(old, new, 1), TEXT[: TEXT.index(old)].count("\n") + 1


def test_a_figure_carries_its_value_unit_source_and_mark():
    fasting = load(TEXT, "mapp3.toml").dosing_day.fasting
    document = "Breaking down the MDMA phase 3 results (psychedelicbrainscience.com; secondary)"
    assert fasting == Figure(10.0, "h", Source(document, Mark.PUBLISHED))


def test_a_criterion_carries_its_limits_look_back_and_who_decides():
    criteria = {criterion.code: criterion for criterion in load(TEXT, "mapp3.toml").criteria}
    assert {name: limit.value for name, limit in criteria["M1"].limits.items()} == {
        "systolic": 140,
        "diastolic": 90,
        "occasions": 3,
    }
    assert criteria["M1"].kind is CriterionKind.STOP
    assert criteria["P10"].look_back is not None
    assert (criteria["P10"].look_back.value, criteria["P10"].look_back.unit) == (12, "months")
    assert criteria["M6"].decided_by == "physician, with a cardiologist's letter"


def test_several_sources_are_named_together():
    limit = load(TEXT, "mapp3.toml").visit("D2").target
    assert limit.source.document == (
        "MAPP1, the sponsor's account (maps.org/mdma/ptsd/mapp1); MAPP2, the sponsor's account (maps.org/mdma/ptsd/mapp2)"
    )


def test_a_visit_written_once_stands_on_every_dosing_day_with_its_own_anchor():
    protocol = load(TEXT, "mapp3.toml")
    assert [(protocol.visit(code).anchor, protocol.visit(code).before) for code in ("C2.3", "I3.3", "D3", "R2")] == [
        ("D2", "C2.4"),
        ("D3", "R3"),
        ("D2", None),
        ("D2", "D3"),
    ]


def test_a_visit_or_dose_that_the_protocol_lacks_is_a_key_error():
    protocol = load(TEXT, "mapp3.toml")
    with pytest.raises(KeyError):
        protocol.visit("D4")
    with pytest.raises(KeyError):
        protocol.dose(4)


def test_what_is_not_toml_is_refused_at_its_line():
    error = refused("code = \n")
    assert (error.name, error.key, error.line) == ("clinic.toml", "", 1)


def test_a_text_that_breaks_off_is_refused_at_its_end():
    assert refused('code = "a"\nindications = [\n').line == 3


def test_an_error_reads_as_file_line_key_and_reason():
    text, line = changed('code = "P2"\nkind = "preparation"', 'code = "P2"\nkind = "prepration"')
    assert str(refused(text)) == (
        f'clinic.toml, line {line + 1}, visits[2].kind: "prepration" is none of '
        "preparation, dosing, integration, call, rating, follow-up"
    )


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        ("version = 1", "verison = 1", "version", "is missing"),
        ("version = 1", "version = 1\nauthor = 1", "author", "unknown key"),
        ("version = 1", 'version = "one"', "version", "must be a whole number"),
        ("version = 1", "version = true", "version", "must be a whole number"),
        ('code = "mapp3"', 'code = " "', "code", "must not be empty"),
        ('code = "mapp3"', "code = 3", "code", "must be text"),
        ('indications = ["PTSD",', 'indications = ["",', "indications", "must be a list of texts"),
        ('value = 480, unit = "mg"', 'unit = "mg"', "course_maximum.value", "is missing"),
        ('value = 480, unit = "mg"', "value = 480", "course_maximum.unit", "is missing"),
        ('value = 480, unit = "mg"', 'value = "480", unit = "mg"', "course_maximum.value", "must be a number"),
        ('value = 480, unit = "mg"', 'value = true, unit = "mg"', "course_maximum.value", "must be a number"),
        ('value = 480, unit = "mg"', 'value = nan, unit = "mg"', "course_maximum.value", "must be a number"),
        ('value = 480, unit = "mg"', 'value = 480, unit = "g"', "course_maximum", 'is counted in "mg", not in "g"'),
        ('value = 480, unit = "mg"', 'value = 480, error = 1, unit = "mg"', "course_maximum.error", "unknown key"),
        ('fasting = { value = 10, unit = "h", source = "phase3-review"', 'fasting = { value = 10, unit = "h"', "dosing_day.fasting.source", "is missing"),
        ('"phase3-review", mark = "published" }\nabstain', '"phase3-review" }\nabstain', "dosing_day.fasting.mark", "is missing"),
        ('source = "phase3-review", mark = "published" }\nabstain', 'source = "a blog", mark = "published" }\nabstain', "dosing_day.fasting.source", '"a blog" is not in [sources]'),
        ('mark = "published" }\nabstain', 'mark = "sure" }\nabstain', "dosing_day.fasting.mark", '"sure" is none of'),
        ('minutes = "session"', 'minutes = "sitting"', "visits[1].minutes", 'there is no figure "sitting" in [figures]'),
        ('minutes = "session"', "minutes = 90", "visits[1].minutes", "must be a figure or the name of one"),
        ('minutes = "session"', 'minutes = "weekly"', "visits[1].minutes", 'is counted in "min", not in "days"'),
        ("session = { value = 90", "session = { value = 0", "visits[1].minutes", "P1 must last longer than 0 minutes"),
        ('doses = [1]\ncode = "D{dose}"', 'code = "D1"', "visits[5].dose_number", "D1 is a dosing day and needs a dose number"),
        ("therapists = 2", "therapists = 3", "visits[1].therapists", "P1 asks for 3 therapists; a pair has two"),
        ('therapists = 2\nroom = "dosing"', 'therapists = 1\nroom = "dosing"', "visits[5].therapists", "D1 is a dosing day and needs both therapists"),
        ('room = "consulting"', 'room = "consulting"\nbed = true', "visits[1].bed", "unknown key"),
        ("[defaults.preparation]", "[defaults.preperation]", "defaults.preperation", "unknown key"),
        ("after_washout = false # a taper", 'after_washout = "no" # a taper', "visits[1].after_washout", "must be true or false"),
        ("weekly = { value = 7,", "weekly = { value = 70,", "visits[2].earliest", "the window of P2 must run earliest, target, latest; it says 5, 70, 14"),
        ('code = "P2"', 'code = "P1"', "visits[2].code", "the visit P1 is described twice"),
        ('code = "P2"\nkind = "preparation"\ntitle = "Preparation 2"\nanchor = "P1"', 'code = "P2"\nkind = "preparation"\ntitle = "Preparation 2"', "visits[2].anchor", "P2 needs an anchor: only the first visit opens the course"),
        ('anchor = "P2"', 'anchor = "P9"', "visits[3].anchor", "R0 counts from P9, which is no earlier visit of this file"),
        ('anchor = "P2"', 'anchor = "P3"', "visits[3].anchor", "R0 counts from P3, which is no earlier visit of this file"),
        ('before = "P3"', 'before = "P1"', "visits[3].before", "R0 must end before P1, which is no later visit of this file"),
        ("doses = [1]", "doses = []", "visits[5].doses", "must be a list of whole numbers"),
        ("doses = [1]", "doses = [4]", "visits[7].anchor", "I1.1 counts from D1, which is no earlier visit of this file"),
        ("dose_number = 3", "dose_number = 2", "doses", "each dosing day needs one dose plan, in order: D1, D2, D3"),
        ("dose_number = 3", "dose_number = 4", "doses[3].dose_number", "there is no dosing day 4 among the visits"),
        ("supplement-earliest = { value = 90", "supplement-earliest = { value = 120", "doses[1].supplement_earliest", "the supplement window must open before it closes"),
        ("half-of-initial = { value = 0.5", "half-of-initial = { value = 1.5", "doses[1].supplement_share", "the supplement is a share of the initial dose"),
        ("initial_choices = [{ value = 80", "initial_choices = [{ value = 120", "doses[1].session_maximum", "the doses of day 1 can reach 180 mg, above the day's maximum of 120 mg"),
        ('initial_choices = [{ value = 80, unit = "mg", source = ["mapp1", "mapp2", "registry"], mark = "published" }]', "initial_choices = []", "doses[1].initial_choices", "must name at least one figure"),
        ('measures = ["systolic",', 'measures = ["sistolic",', "vital_slots[1].measures", '"sistolic" is none of'),
        ('stage = "before-dose"', 'stage = "before"', "vital_limits[1].stage", '"before" is none of'),
        ('code = "P3"\ndomain', 'code = "P2"\ndomain', "criteria[2].code", "the criterion P2 is described twice"),
        ('computed = "age"', "", "criteria[47].evidence", "I1 needs its evidence or the record it is computed from"),
        ('computed = "age"', 'computed = "height"', "criteria[47].computed", '"height" is none of age'),
        ('reach = "ever"', "", "criteria[1].reach", "is missing"),
        ('reach = "ever"', 'reach = "within"', "criteria[1].reach", "P2 reaches back within a look_back, which is missing"),
        (
            'look_back = { value = 12, unit = "months"',
            'look_back = { value = 12, unit = "moons"',
            "criteria[11].look_back",
            'is counted in "days" or "months", not in "moons"',
        ),
        ('kind = "stop"', 'kind = "maybe"', "criteria[1].kind", '"maybe" is none of stop, hold, for judgement'),
        ('visits = ["R0",', 'visits = ["R9",', "measures[1].visits", '"R9" is none of'),
        ('fluoxetine = { value = 240, unit = "h"', 'fluoxetine = { value = 10, unit = "days"', "washout.choices.fluoxetine", 'is counted in "h"'),
        ("[washout.choices]", "[washout.chosen]", "washout.choices", "is missing"),
        ("[hours]", "[[hours]]", "hours", "must be a table"),
    ],
)  # fmt: skip
def test_a_fault_is_refused_by_its_key_and_reason(old: str, new: str, key: str, reason: str):
    text, _ = changed(old, new)
    error = refused(text)
    assert error.key == key
    assert error.reason[: len(reason)] == reason


def test_the_line_of_a_fault_inside_a_table_is_the_line_that_holds_it():
    text, line = changed("fasting = { value = 10", 'fasting = { value = "ten"')
    assert refused(text).line == line


def test_a_list_of_visits_that_is_no_list_of_tables_is_refused():
    start = TEXT.index('[[visits]]\ncode = "P1"')
    end = TEXT.index("# Doses, in mg")
    assert refused("visits = []\n" + TEXT[:start] + TEXT[end:]).reason == "must be written as one or more [[visits]]"


def test_a_protocol_without_a_dosing_day_is_refused():
    text = TEXT.replace('kind = "dosing"', 'kind = "integration"')
    assert refused(text).reason == "dosing days must be numbered 1, 2, 3 in order; this file has []"


@settings(max_examples=60, deadline=None)
@given(st.integers(min_value=0, max_value=len(LINES) - 1))
def test_with_any_one_line_gone_it_loads_or_is_refused_at_a_line_of_the_file(gone: int):
    lines = LINES[:gone] + LINES[gone + 1 :]
    try:
        load("\n".join(lines), "clinic.toml")
    except LoadError as error:
        assert 1 <= error.line <= len(lines)


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=200))
def test_no_text_at_all_breaks_the_reader(text: str):
    with pytest.raises(LoadError):
        load(text, "clinic.toml")
