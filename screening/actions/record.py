"""Recording what screening rests on: evidence and judgements. Nothing recorded is ever changed."""

import datetime as dt

from django.db import transaction

from accounts.models import User
from accounts.rules.access import Role
from accounts.rules.findings import Outcome, Refused, refusal
from patients.models import Course
from screening.actions.alerts import raise_risk
from screening.actions.facts import verdict_for
from screening.models import Evidence, Judgement
from screening.rules import suicide
from screening.rules.suicide import Asked, Signs


@transaction.atomic
def record_evidence(
    course: Course,
    *,
    kind: str,
    taken_on: dt.date,
    answers: dict[str, bool],
    numbers: dict[str, float],
    words: dict[str, str],
    correction: str = "",
    by: User,
    at: dt.datetime,
) -> Evidence:
    """Record one piece of evidence; it supersedes what was recorded of this kind before.

    What is not known is left out. Raises Refused for a day that has not come, for a course that has ended, and for an
    earlier day than that of the evidence it would supersede unless `correction` says why.
    """
    _hold(course)
    today = at.astimezone(course.clinic.zone).date()
    reasons = [] if course.is_active or course.state == Course.State.EXCLUDED else [_ended(course)]
    if taken_on > today:
        reasons.append(refusal("future", "The day has not come yet. Enter the day on which it was taken."))
    before = Evidence.objects.filter(course=course, kind=kind).first()
    if before and taken_on < before.taken_on and not correction.strip():
        reasons.append(
            refusal(
                "older",
                f"Evidence of {before.taken_on:%-d %b %Y} is there already. Say why an earlier day replaces it.",
            )
        )
    if reasons:
        raise Refused(reasons)
    signs = suicide.from_evidence(numbers, words)
    # Answers left open here already hold the criteria that rest on them; those that were only copied tell nothing new.
    if signs and (risk := suicide.triage(signs)) and not (before and _says(before, signs, taken_on)):
        raise_risk(
            course,
            risk=risk,
            asked=Asked.SCREENING,
            reference=f"{taken_on}, recorded {at.isoformat()}",
            evidence=f"C-SSRS of the psychiatric evaluation: {suicide.written(signs)}",
            taken_on=taken_on,
            by=by,
            at=at,
        )
    return Evidence.objects.create(
        course=course,
        kind=kind,
        taken_on=taken_on,
        values={"answers": answers, "numbers": numbers, "words": words},
        correction=correction,
        by=by,
        at=at,
    )


def _says(before: Evidence, signs: Signs, taken_on: dt.date) -> bool:
    """Whether the evaluation before says the same about suicide, of the same day."""
    said = suicide.from_evidence(before.values["numbers"], before.values["words"])
    return before.taken_on == taken_on and said == signs


@transaction.atomic
def judge_finding(
    course: Course, *, code: str, about: str, acceptable: bool, reason: str, by: User, at: dt.datetime
) -> Judgement:
    """Write down a physician's judgement of the finding as it was shown (`about` is its evidence).

    Raises Refused when the finding is not for judgement, or has changed since it was shown.
    """
    _hold(course)
    today = at.astimezone(course.clinic.zone).date()
    reasons = [] if course.is_active or course.state == Course.State.EXCLUDED else [_ended(course)]
    if Role.PHYSICIAN not in by.roles_in(course.clinic_id, today):
        reasons.append(refusal("not-physician", "Only a physician of the clinic judges."))
    if not reason.strip():
        reasons.append(refusal("reason", "Write down the reason: it is what makes this a judgement."))
    finding = next((f for f in verdict_for(course, today).findings if f.code == code), None)
    if finding is None or finding.evidence != about:
        reasons.append(refusal("changed", "This finding has changed since it was shown. Read it again, then judge it."))
    elif not may_be_judged(finding.code, finding.outcome) and not _was_judged(course, code, about):
        reasons.append(
            refusal("not-for-judgement", "This finding is not for judgement: a stop has no override in a chart.")
        )
    if reasons:
        raise Refused(reasons)
    return Judgement.objects.create(
        course=course, code=code, about=about, acceptable=acceptable, reason=reason, by=by, at=at
    )


def may_be_judged(code: str, outcome: Outcome) -> bool:
    """Findings for judgement, and medicines that the reference table does not know."""
    return outcome is Outcome.JUDGEMENT or (outcome is Outcome.UNKNOWN and code.startswith("unlisted-"))


def _was_judged(course: Course, code: str, about: str) -> bool:
    """A judgement may be taken back by a later one about the same evidence."""
    return Judgement.objects.filter(course=course, code=code, about=about).exists()


def _hold(course: Course) -> None:
    """Two people record one after the other."""
    Course.objects.select_for_update().get(pk=course.pk)
    course.refresh_from_db(fields=["state"])


def _ended(course: Course):
    return refusal("ended", f"The course is {course.get_state_display().lower()}: its screening is closed.")
