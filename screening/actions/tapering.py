"""The prescriber's taper written down, and the weekly question how somebody is meanwhile."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db import transaction

from accounts.models import User
from accounts.rules.findings import Refused, refusal
from patients.models import Course, Medicine
from screening.actions.alerts import raise_risk
from screening.actions.facts import candidates_for
from screening.models import TaperPlan, TaperStep, WellBeing
from screening.rules import tapering
from screening.rules.suicide import Asked
from screening.rules.tapering import Step, Watch
from screening.rules.washout import Clearance, clearances


@transaction.atomic
def record_taper(
    course: Course,
    *,
    medicine: Medicine,
    prescriber: str,
    steps: Sequence[Step],
    last_dose_on: dt.date | None = None,
    note: str = "",
    by: User,
    at: dt.datetime,
) -> TaperPlan:
    """Write down a prescriber's plan; it supersedes an earlier one of the same medicine. Raises Refused with every reason."""
    reasons = tapering.refusals(steps, last_dose_on=last_dose_on, prescriber=prescriber)
    if not course.is_active:
        reasons.append(
            refusal(
                "ended",
                f"The course is {course.get_state_display().lower()}: a taper is recorded for a course under way.",
            )
        )
    if medicine.patient_id != course.patient_id or not medicine.ongoing:
        reasons.append(
            refusal(
                "medicine", "Only a medicine that this patient still takes is tapered. Correct the medicine list first."
            )
        )
    if reasons:
        raise Refused(reasons)
    plan = TaperPlan.objects.create(
        course=course, medicine=medicine, prescriber=prescriber, last_dose_on=last_dose_on, note=note, by=by, at=at
    )
    TaperStep.objects.bulk_create(TaperStep(plan=plan, from_on=step.from_on, dose=step.dose) for step in steps)
    return plan


@transaction.atomic
def check_well_being(
    course: Course,
    *,
    taken_on: dt.date,
    how: int,
    sleep: int,
    mood: int,
    suicidal: bool,
    note: str = "",
    by: User,
    at: dt.datetime,
) -> WellBeing:
    """Keep the answers of one check. Thoughts of suicide tell the physician and the pair at once, and block dosing."""
    if taken_on > at.astimezone(course.clinic.zone).date():
        raise Refused([refusal("future", "The day has not come yet. Enter the day on which the patient was asked.")])
    check = WellBeing.objects.create(
        course=course, taken_on=taken_on, how=how, sleep=sleep, mood=mood, suicidal=suicidal, note=note, by=by, at=at
    )
    if suicidal:
        raise_risk(
            course,
            risk=None,
            asked=Asked.WELL_BEING,
            reference=str(check.public_id),
            evidence="Thoughts of suicide in the weekly well-being check; no C-SSRS was asked yet.",
            taken_on=taken_on,
            by=by,
            at=at,
        )
    return check


def watches_of(courses: Iterable[Course], as_of: dt.date) -> dict[int, Watch]:
    """Courses whose patients are to be asked every week, by key, in a fixed number of queries."""
    rows = [course for course in courses if course.is_active]
    candidates = candidates_for(rows, as_of)
    entries = {course.pk: clearances(candidates[course.pk], course.plan.washout, as_of=as_of) for course in rows}
    return _watches(entries, as_of)


def watch_of(course: Course, entries: list[Clearance], as_of: dt.date) -> Watch | None:
    """The same for one course whose washouts are known already."""
    return _watches({course.pk: entries}, as_of).get(course.pk) if course.is_active else None


def _watches(entries: dict[int, list[Clearance]], as_of: dt.date) -> dict[int, Watch]:
    tapers: dict[int, list[dt.date]] = defaultdict(list)
    plans = TaperPlan.objects.filter(course__in=entries, medicine__ongoing=True).newest().prefetch_related("steps")
    for plan in plans:
        tapers[plan.course_id] += [step.from_on for step in plan.as_steps[:1]]
    asked = dict(WellBeing.objects.filter(course__in=entries).order_by("taken_on").values_list("course", "taken_on"))
    found = {
        key: tapering.watch(tapers[key], rows, last_checked=asked.get(key), as_of=as_of)
        for key, rows in entries.items()
    }
    return {key: watch for key, watch in found.items() if watch}
