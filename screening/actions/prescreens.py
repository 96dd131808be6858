"""Telephone calls before there is a patient, and the patient and course that one of them becomes."""

import datetime as dt
from dataclasses import asdict
from typing import Any

from django.db import transaction

from accounts.actions.editing import edit
from accounts.models import Clinic, User
from accounts.rules.findings import Refused, refusal
from patients.actions.care import NewApproval, open_course
from patients.actions.patients import take_in
from patients.models import Course, ProtocolVersion
from screening.models import PreScreen
from screening.rules.prescreen import Call, CallOutcome, refusals


@transaction.atomic
def keep_call(
    clinic: Clinic, *, protocol: ProtocolVersion, who: dict[str, str], note: str, call: Call, by: User, at: dt.datetime
) -> PreScreen:
    """Keep a call. `who` holds name, phone, email and referrer. Raises Refused with every reason."""
    if reasons := refusals(protocol.protocol, call, today=at.astimezone(clinic.zone).date()):
        raise Refused(reasons)
    row = PreScreen(clinic=clinic, protocol=protocol, **who, note=note, **_kept(call), by=by, at=at)
    row.full_clean()
    row.save(force_insert=True)
    return row


@transaction.atomic
def go_on_with_call(
    row: PreScreen, *, version: int, who: dict[str, str], note: str, call: Call, by: User, at: dt.datetime
) -> PreScreen:
    """Change what is kept of a call that is still open, for instance after calling back. Raises Refused, or Stale."""
    reasons = refusals(row.protocol.protocol, call, today=at.astimezone(row.clinic.zone).date())
    if not row.is_open:
        reasons.insert(
            0,
            refusal("closed", "This call is closed: its outcome stands. Write down what was said since as a new call."),
        )
    if reasons:
        raise Refused(reasons)
    edit(row, version=version, by=by, **who, note=note, **_kept(call))
    return row


@transaction.atomic
def take_in_after_call(
    row: PreScreen,
    *,
    details: dict[str, Any],
    indication: str,
    access_route: str,
    approval: NewApproval,
    by: User,
    at: dt.datetime,
) -> Course:
    """Open the chart and the course of somebody who called. What they said stays with the call: it is no evidence.

    Raises Refused with every reason; nothing is opened then.
    """
    held = PreScreen.objects.select_for_update().select_related("clinic", "protocol").get(pk=row.pk)
    if held.course_id or held.outcome != CallOutcome.INTAKE:
        raise Refused([refusal("not-for-intake", "Only a call that goes on to intake is taken in, and only once.")])
    reach = {"phone": held.phone, "email": held.email}
    patient = take_in(held.clinic, details=details | reach, by=by, at=at)
    course = open_course(
        patient,
        protocol=held.protocol,
        indication=indication,
        access_route=access_route,
        approvals=[approval],
        by=by,
        at=at,
        on=at.astimezone(held.clinic.zone).date(),
    )
    edit(held, version=held.version, by=by, patient=patient, course=course)
    return course


def _kept(call: Call) -> dict[str, Any]:
    return asdict(call) | {"answers": dict(call.answers), "outcome": call.outcome.value, "reason": call.reason.strip()}
