"""The protocols that are shipped: they load, they are complete, and they say what the brief says."""

from pathlib import Path

import pytest

from accounts.rules.findings import Mark
from patients.rules.loading import load
from patients.rules.protocol import CriterionKind, EvidenceKind, Protocol, VisitKind, VisitPlan

FOLDER = Path(__file__).parents[3] / "patients" / "protocols"
THERAPY = (VisitKind.PREPARATION, VisitKind.DOSING, VisitKind.INTEGRATION)


def shipped(code: str) -> Protocol:
    return load((FOLDER / f"{code}.toml").read_text(encoding="utf-8"), f"{code}.toml")


def therapy(protocol: Protocol) -> list[VisitPlan]:
    return [visit for visit in protocol.visits if visit.kind in THERAPY]


def test_the_reference_course_is_42_hours_and_84_therapist_hours():
    visits = therapy(shipped("mapp3"))
    assert sum(visit.minutes.value for visit in visits) / 60 == 42
    assert sum(visit.minutes.value * visit.therapists for visit in visits) / 60 == 84


def test_the_visits_of_the_reference_course_stand_in_the_order_of_the_course():
    assert " ".join(visit.code for visit in shipped("mapp3").visits) == (
        "P1 P2 R0 P3 "
        "D1 I1.1 C1.1 C1.2 C1.3 I1.2 C1.4 I1.3 R1 "
        "D2 I2.1 C2.1 C2.2 C2.3 I2.2 C2.4 I2.3 R2 "
        "D3 I3.1 C3.1 C3.2 C3.3 I3.2 C3.4 I3.3 "
        "R3 F1 F2 F3"
    )


def test_the_ten_exclusions_of_the_brief_and_its_medicines_are_criteria_of_their_own_with_the_brief_as_source():
    criteria = shipped("mapp3").criteria
    assert {criterion.code: criterion.requirement for criterion in criteria if criterion.source.mark is Mark.BRIEF} == {
        "P2": "No primary psychotic disorder, now or ever",
        "P3": "No bipolar I disorder, now or ever",
        "P4": "No dissociative identity disorder, now or ever",
        "P5": "No eating disorder with active purging",
        "P6": "No major depression with psychotic features, now or ever",
        "P19": "No ongoing alcohol or substance use disorder, or a clinician has judged it",
        "M1": "No uncontrolled high blood pressure",
        "M20": "No history of arrhythmia",
        "M2": "No long QT interval at baseline",
        "M19": "No condition that a raised heart rate and blood pressure would make worse",
        "M21": "Every interacting medicine is washed out, MAOIs and other serotonergic medicines above all",
    }


def test_an_ongoing_substance_use_disorder_is_judged_and_never_stops_or_passes_by_itself():
    (criterion,) = [criterion for criterion in shipped("mapp3").criteria if criterion.code == "P19"]
    assert criterion.kind is CriterionKind.JUDGEMENT


def test_every_published_criterion_is_there():
    codes = {criterion.code for criterion in shipped("mapp3").criteria}
    expected = {f"I{n}" for n in range(1, 13)} | {f"P{n}" for n in range(1, 20)} | {f"M{n}" for n in range(1, 22)}
    assert codes == expected | {"P11a", "P11b", "P11c", "M1a", "S1", "S2"}


# Code, kind, how far back: as the page of clinical facts has them, criterion by criterion.
STOP, HOLD, JUDGED = CriterionKind.STOP, CriterionKind.HOLD, CriterionKind.JUDGEMENT
FACTS = {
    **dict.fromkeys(("I1", "I2", "I3", "I6", "I7", "I8", "I9", "I10", "I11"), (STOP, "now")),
    **{"I4": (JUDGED, "now"), "I5": (HOLD, "now"), "I12": (JUDGED, "now")},
    **dict.fromkeys(("P2", "P3", "P4", "P6"), (STOP, "ever")),
    **dict.fromkeys(("P1", "P5", "P8", "P9", "P18"), (STOP, "now")),
    **dict.fromkeys(("P10", "P11a", "P11b", "P11c", "P14", "P15"), (STOP, "within")),
    **dict.fromkeys(("P7", "P11", "P12", "P13", "P16", "P19"), (JUDGED, "now")),
    **{"P17": (JUDGED, "ever")},
    **dict.fromkeys(("M1", "M2", "M3", "M8", "M10", "M11", "M16", "M17", "M18", "M19", "M21"), (STOP, "now")),
    **dict.fromkeys(("M4", "M7", "M9", "M20"), (STOP, "ever")),
    **{"M5": (STOP, "within"), "M6": (JUDGED, "ever")},
    **dict.fromkeys(("M1a", "M12", "M13", "M14", "M15", "S1", "S2"), (JUDGED, "now")),
}


def test_every_criterion_has_the_kind_and_the_reach_of_the_facts_page():
    assert {c.code: (c.kind, c.reach.value) for c in shipped("mapp3").criteria} == FACTS


# Limits and look-backs: value, unit, mark.
LIMITS = {
    "I1 age": (18, "years", "published"),
    "I6 report_within": (48, "h", "published"),
    "I7 contraception_after": (10, "days", "published"),
    "I9 months": (6, "months", "published"),
    "I10 total": (28, "points", "published"),
    "I11 total": (46, "points", "not verified"),
    "I12 months": (6, "months", "published"),
    "P10": (12, "months", "published"),
    "P11a": (1, "months", "not verified"),
    "P11a ideation": (4, "C-SSRS level", "not verified"),
    "P11b": (6, "months", "not verified"),
    "P11b ideation": (5, "C-SSRS level", "not verified"),
    "P11c": (6, "months", "not verified"),
    "P14": (84, "days", "not verified"),
    "P15": (120, "months", "not verified"),
    "P15 uses": (10, "uses", "not verified"),
    "P15 free_for": (6, "months", "not verified"),
    "P18 abstain": (24, "h", "published"),
    "M1 systolic": (140, "mmHg", "not verified"),
    "M1 diastolic": (90, "mmHg", "not verified"),
    "M1 occasions": (3, "occasions", "not verified"),
    "M2 male": (450, "ms", "not verified"),
    "M2 female": (460, "ms", "not verified"),
    "M3 potassium": (3.5, "mmol/L", "not verified"),
    "M5": (12, "months", "not verified"),
    "M6 free_for": (12, "months", "not verified"),
    "M8 transaminases": (3, "x upper limit of normal", "not verified"),
    "M10 weight": (48, "kg", "not verified"),
}


def test_every_limit_has_the_value_unit_and_mark_of_the_facts_page():
    found = {}
    for criterion in shipped("mapp3").criteria:
        figures = {f"{criterion.code} {name}": figure for name, figure in criterion.limits.items()}
        if criterion.look_back:
            figures[criterion.code] = criterion.look_back
        found |= {name: (f.value, f.unit, f.source.mark.value) for name, f in figures.items()}
    assert found == LIMITS


def test_whatever_is_marked_published_does_not_rest_on_memory_alone():
    protocol = shipped("mapp3")
    unread = {protocol.sources["memory"], protocol.sources["proposal"]}
    assert [
        c.code for c in protocol.criteria if c.source.document in unread and c.source.mark is not Mark.NOT_VERIFIED
    ] == []
    assert {c.code: c.unverified for c in protocol.criteria if c.unverified} == {
        "P7": "the instrument, SCID-5-PD",
        "P10": "that caffeine and nicotine do not count",
        "P13": "the wording of the trials",
        "M1a": "the further work-up",
        "M7": "the list of conditions",
        "M13": "that type 1 is judged case by case",
        "M15": "the ophthalmologist's letter",
        "S1": "that a positive screen is judged",
        "S2": "the list of tests",
    }


def test_nothing_from_memory_or_proposed_is_shown_as_published():
    protocol = shipped("mapp3")
    unverified = {protocol.sources["memory"], protocol.sources["proposal"]}
    figures = [criterion.limits for criterion in protocol.criteria]
    sources = [figure.source for limits in figures for figure in limits.values()]
    sources += [criterion.source for criterion in protocol.criteria]
    sources += [
        figure.source
        for visit in protocol.visits
        for figure in (visit.minutes, visit.earliest, visit.target, visit.latest)
    ]
    sources += [limit.limit.source for limit in protocol.vital_limits]
    assert [
        source for source in sources if source.document in unverified and source.mark is not Mark.NOT_VERIFIED
    ] == []


def test_all_five_pieces_of_evidence_have_a_time_for_which_they_count():
    assert set(shipped("mapp3").evidence_validity) == set(EvidenceKind)


@pytest.mark.parametrize("dose", [1, 2, 3])
def test_the_first_integration_is_the_next_calendar_day(dose: int):
    visit = shipped("mapp3").visit(f"I{dose}.1")
    assert (visit.anchor, visit.earliest.whole, visit.target.whole, visit.latest.whole) == (f"D{dose}", 1, 1, 1)


@pytest.mark.parametrize(
    ("code", "dosing_days", "hours", "therapist_hours"),
    [("mapp3", 3, 42, 84), ("two-dose", 2, 29.5, 59), ("three-week", 3, 42, 84)],
)
def test_each_file_loads_under_its_own_name(code: str, dosing_days: int, hours: float, therapist_hours: float):
    protocol = shipped(code)
    visits = therapy(protocol)
    assert (protocol.code, len(protocol.doses)) == (code, dosing_days)
    assert sum(visit.minutes.value for visit in visits) / 60 == hours
    assert sum(visit.minutes.value * visit.therapists for visit in visits) / 60 == therapist_hours


def test_the_variants_differ_from_the_reference_only_where_they_say_so():
    reference, faster = shipped("mapp3"), shipped("three-week")
    assert [(visit.code, visit.target.whole) for visit in faster.visits if visit != reference.visit(visit.code)] == [
        ("D1", 4),
        ("R1", 17),
        ("D2", 21),
        ("R2", 17),
        ("D3", 21),
    ]
    assert shipped("two-dose").criteria == faster.criteria == reference.criteria
    assert faster.doses == reference.doses
    assert shipped("two-dose").doses == reference.doses[:2]


@pytest.mark.parametrize("code", ["mapp3", "two-dose", "three-week"])
def test_a_course_on_its_targets_keeps_every_order_the_protocol_asks_for(code: str):
    protocol = shipped(code)
    day: dict[str, int] = {}
    for visit in protocol.visits:
        day[visit.code] = day[visit.anchor] + visit.target.whole if visit.anchor else 0
    late = [
        (visit.code, visit.before) for visit in protocol.visits if visit.before and day[visit.code] >= day[visit.before]
    ]
    assert late == []


@pytest.mark.parametrize(
    ("code", "reading", "crossed"),
    [
        ("V-PRE-1a", 140, False),
        ("V-PRE-1a", 141, True),
        ("V-PRE-2c", 94, False),
        ("V-PRE-2c", 93, True),
        ("V-INT-1a", 179, False),
        ("V-INT-1a", 180, True),
    ],
)
def test_a_limit_says_whether_a_reading_crosses_it(code: str, reading: float, crossed: bool):
    (limit,) = [limit for limit in shipped("mapp3").vital_limits if limit.code == code]
    assert limit.is_crossed_by(reading) is crossed


def test_the_dose_plan_of_the_first_day_is_80_with_40_after_90_to_120_minutes():
    plan = shipped("mapp3").dose(1)
    assert [choice.value for choice in plan.initial_choices] == [80]
    assert (plan.supplement_share.value, plan.supplement_earliest.value, plan.supplement_latest.value) == (0.5, 90, 120)
