"""Who was not treated after all, and why: signed decisions against treatment, and calls that were not suitable. Reads only."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from accounts.models import Grant
from accounts.rules.findings import Outcome
from patients.rules.protocol import Protocol
from screening.models import Decision, PreScreen
from screening.rules.prescreen import CallOutcome, stops

NO_STOP = "other"
OTHER = "Another reason, in words"


@dataclass(frozen=True, slots=True)
class Failure:
    """One person who was not treated. `why`: criterion code -> requirement, empty when no stop stands behind it."""

    on: dt.date
    stage: str  # "Screening" or "Telephone"
    name: str
    chart_number: str
    course_id: int | None
    public_id: object  # of the course, or of the call
    why: dict[str, str]
    reason: str


def failures(grant: Grant, *, first: dt.date, last: dt.date) -> list[Failure]:
    """Every screen failure that this grant reaches, of these days, newest first."""
    found = [*_decided(grant, first, last), *_told(grant, first, last)]
    return sorted(found, key=lambda failure: failure.on, reverse=True)


def tally(found: Iterable[Failure]) -> list[tuple[str, str, int]]:
    """(code, requirement, people) for every reason, the commonest first. Somebody with two stops counts for both."""
    titles: dict[str, str] = {NO_STOP: OTHER}
    counts: Counter[str] = Counter()
    for failure in found:
        titles |= failure.why
        counts.update(list(failure.why) or [NO_STOP])
    return sorted(((code, titles[code], n) for code, n in counts.items()), key=lambda row: (-row[2], row[0]))


def _decided(grant: Grant, first: dt.date, last: dt.date) -> Iterable[Failure]:
    newest = (
        Decision.objects.visible_to(grant)
        .order_by("course_id", "-signed_at", "-pk")
        .distinct("course_id")
        .select_related("course__patient", "course__clinic", "course__protocol")
    )
    for row in newest:
        on = row.signed_at.astimezone(row.course.clinic.zone).date()
        if row.answer != Decision.Answer.NOT_ELIGIBLE or not first <= on <= last:
            continue
        why = _stops(row.findings, row.course.plan)
        patient = row.course.patient
        yield Failure(
            on, "Screening", str(patient), patient.chart_number, row.course_id, row.course.public_id, why, row.reason
        )


def _told(grant: Grant, first: dt.date, last: dt.date) -> Iterable[Failure]:
    rows = PreScreen.objects.visible_to(grant).filter(outcome=CallOutcome.NOT_SUITABLE)
    for row in rows.select_related("clinic", "protocol"):
        on = row.at.astimezone(row.clinic.zone).date()
        if first <= on <= last:
            why = {c.code: c.requirement for c in stops(row.protocol.protocol, row.answers)}
            yield Failure(on, "Telephone", row.name, "", None, row.public_id, why, row.reason)


def _stops(findings: list[dict[str, str]], protocol: Protocol) -> dict[str, str]:
    titles = {criterion.code: criterion.requirement for criterion in protocol.criteria}
    stopped = [finding for finding in findings if finding["outcome"] == Outcome.NOT_MET]
    return {finding["code"]: titles.get(finding["code"], finding["sentence"]) for finding in stopped}
