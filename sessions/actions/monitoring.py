"""Writing down vital signs, effects and touch. Ids come from where they were typed, so sending again is harmless."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from django.db import models, transaction

from accounts.models import User
from accounts.rules.findings import Refused, refusal
from patients.models import TeamMember
from screening.actions.alerts import raise_alert
from screening.actions.consents import agreed_on
from screening.models import Alert
from screening.rules import consents
from screening.rules.candidate import ConsentKind
from sessions.actions.dosing import AnotherBody
from sessions.actions.record import ensure_unsigned, hold
from sessions.models import Effect, SessionStep, TherapySession, Touch, Visit, VitalSign
from sessions.rules.dosing import Step
from sessions.rules.effects import NO_EFFECT

LATE_ENTRY = dt.timedelta(minutes=5)
CLOCK_SKEW = dt.timedelta(minutes=2)
"""A tablet's clock may run ahead of the server's by this much; its times are then taken as now."""

Measures = dict[str, int | Decimal | None]


@transaction.atomic
def record_vitals(
    visit: Visit,
    *,
    key: uuid.UUID,
    taken_at: dt.datetime,
    slot: str,
    measures: Measures,
    by: User,
    at: dt.datetime,
    replaces: VitalSign | None = None,
) -> VitalSign:
    """Save one set of vital signs, once per key. What was taken before the end may still arrive after it, marked late.

    Raises AnotherBody for the same key with other values, Refused when the day ended earlier or its record is signed.
    """
    session = hold(visit)
    values = {"slot": slot, **measures}
    if earlier := _known(VitalSign, key, session, values):
        return earlier
    taken_at = _not_future(taken_at, at)
    _ensure_open_at(session, taken_at)
    return VitalSign.objects.create(
        pk=key,
        session=session,
        taken_at=taken_at,
        saved_at=at,
        late=at - taken_at > LATE_ENTRY,
        by=by,
        replaces=replaces,
        **values,
    )


@transaction.atomic
def record_effect(
    visit: Visit,
    *,
    key: uuid.UUID,
    term: str,
    severity: str,
    from_at: dt.datetime,
    by: User,
    at: dt.datetime,
    note: str = "",
) -> Effect:
    """Save one effect, once per key. `severity` is empty only for the answer that there was none."""
    session = hold(visit)
    values = {"term": term, "severity": severity, "note": note}
    if earlier := _known(Effect, key, session, values):
        return earlier
    from_at = _not_future(from_at, at)
    _ensure_open_at(session, from_at)
    if term != NO_EFFECT and not severity:
        raise Refused([refusal("severity", "Say whether the effect is mild, moderate or severe.")])
    until = from_at if term == NO_EFFECT else None
    return Effect.objects.create(pk=key, session=session, from_at=from_at, until_at=until, saved_at=at, by=by, **values)


@transaction.atomic
def end_effect(visit: Visit, *, effect: Effect, by: User, at: dt.datetime) -> None:
    """Write down that an effect has passed. A second tap changes nothing."""
    session = hold(visit)
    ensure_unsigned(session)
    Effect.objects.filter(pk=effect.pk, session=session, until_at=None, from_at__lte=at).update(until_at=at)


@transaction.atomic
def record_touch(
    visit: Visit,
    *,
    key: uuid.UUID,
    kind: str,
    initiator: str,
    therapist: User,
    touched_at: dt.datetime,
    by: User,
    at: dt.datetime,
    note: str = "",
) -> Touch:
    """Save one touch, once per key. One outside the agreement is kept as such and told to the physician at once."""
    session = hold(visit)
    values = {"kind": kind, "initiator": initiator, "therapist": therapist, "note": note}
    if earlier := _known(Touch, key, session, values):
        return earlier
    touched_at = _not_future(touched_at, at)
    _ensure_open_at(session, touched_at)
    course = session.visit.course
    agreed = agreed_on(course, ConsentKind.TOUCH, touched_at.astimezone(course.clinic.zone).date())
    zone = None if kind == Touch.Kind.SAFETY else kind
    outside = consents.outside(agreed.now, zone=zone, therapist=str(therapist))
    if outside:
        # Not to the pair, who did it: whoever looks at a deviation stands outside it.
        raise_alert(
            course,
            kind=Alert.Kind.TOUCH,
            reference=str(key),
            sentence=outside,
            duties=(TeamMember.Duty.PHYSICIAN,),
            by=by,
            at=at,
        )
    return Touch.objects.create(
        pk=key, session=session, at=touched_at, outside=outside[:300], saved_at=at, by=by, **values
    )


def _known(model: type[models.Model], key: uuid.UUID, session: TherapySession, values: dict[str, Any]) -> Any:
    """The row already saved under this key; raises AnotherBody when it says something else."""
    row = model._default_manager.filter(pk=key).first()
    if row is None:
        return None
    if row.session_id != session.pk or any(getattr(row, name) != value for name, value in values.items()):
        raise AnotherBody
    return row


def _not_future(moment: dt.datetime, at: dt.datetime) -> dt.datetime:
    if moment > at + CLOCK_SKEW:
        raise Refused([refusal("future", "This time is still to come. Check the clock of this device.")])
    return min(moment, at)


def _ensure_open_at(session: TherapySession, moment: dt.datetime) -> None:
    """That the session was going on at this moment, and that nobody has signed it since."""
    ensure_unsigned(session)
    if not session.has_ended:
        return
    ended = SessionStep.objects.filter(session=session, step__in=[Step.CLOSE, Step.CALL_OFF]).latest("at").at
    if moment > ended:
        raise Refused([refusal("ended", "The session had ended by then. Write it into the note.")])
