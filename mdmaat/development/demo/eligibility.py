"""How far screening has come in each case, and what the physician decided."""

import datetime as dt

from mdmaat.development.demo.cases import Case
from mdmaat.development.demo.intake import at_nine, opened_on
from mdmaat.development.demo.people import PASSWORD, House
from mdmaat.development.demo.screening import consent, record, sign_decision
from patients.models import Course
from patients.rules.protocol import EvidenceKind
from screening.models import Evidence

UNDECIDED = {"washout", "no_ecg", "judgement"}
NOT_ELIGIBLE = {
    "long_qt": "The QT interval at baseline is above the protocol's limit.",
    "psychosis": "A primary psychotic disorder excludes treatment.",
}
LEFT_OUT = {"no_ecg": (EvidenceKind.ECG,)}
# P2 primary psychotic disorder, P19 ongoing alcohol or substance use disorder.
RISKS = {"judgement": ("P19",), "psychosis": ("P2",)}


def screen(house: House, case: Case, course: Course) -> None:
    """Everything that was recorded for this case, and the decision where one was made."""
    if case.stage == "intake":
        return
    physician, first = house.staff["physician"], opened_on(house, case)
    days = [min(first + dt.timedelta(days=days), house.today) for days in (10, 14, 20)]
    recorded, agreed, decided = (at_nine(house, day, hour) for day, hour in zip(days, (11, 12, 15), strict=True))
    record(
        course,
        by=physician,
        at=recorded,
        leave_out=LEFT_OUT.get(case.stage, ()),
        risks=RISKS.get(case.stage, ()),
        numbers=_numbers(case),
    )
    consent(course, by=physician, at=agreed)
    if case.stage not in UNDECIDED:
        why = NOT_ELIGIBLE.get(case.stage, "")
        sign_decision(course, eligible=not why, reason=why, password=PASSWORD, by=physician, at=decided)
    course.refresh_from_db()


def renew(house: House, case: Case, course: Course, day: dt.date) -> None:
    """Evidence goes out of date in the middle of a course: before a later dosing day it is taken and decided upon again."""
    newest = Evidence.objects.filter(course=course).newest().values_list("taken_on", flat=True)
    validity = min(figure.whole for figure in course.plan.evidence_validity.values())
    if (day - min(newest)).days < validity - 5:
        return
    physician, before = house.staff["physician"], day - dt.timedelta(days=3)
    record(course, by=physician, at=at_nine(house, before, 11), numbers=_numbers(case))
    sign_decision(course, eligible=True, password=PASSWORD, by=physician, at=at_nine(house, before, 15))


def _numbers(case: Case) -> dict[str, float]:
    number = case.number
    return {
        "weight": 56 + number % 34,
        **{f"systolic_{n}": 112 + (number * 3 + n * 5) % 22 for n in (1, 2, 3)},
        **{f"diastolic_{n}": 68 + (number * 5 + n * 3) % 16 for n in (1, 2, 3)},
        "qt": 478 if case.stage == "long_qt" else 380 + number % 20,
        "caps5": 38 + (number * 5) % 12,
        "pcl5": 50 + (number * 7) % 18,
    }
