"""The verbs of a dosing day. Each re-evaluates the facts inside its transaction, on locked rows."""

import datetime as dt
import uuid
from decimal import Decimal

from django.db import transaction

from accounts.models import User
from accounts.rules.findings import Refused, refusal
from patients.actions.courses import note_dosing
from screening.actions.alerts import raise_risk
from screening.actions.consents import note_influence
from screening.rules import suicide
from screening.rules.suicide import Asked, Behaviour
from sessions.actions.facts import facts_for
from sessions.actions.record import ensure_unsigned, hold
from sessions.models import DayCheck, Dose, SessionStep, TherapySession, Visit
from sessions.rules import dosing
from sessions.rules.dosing import State, Step
from sessions.rules.facts import Basis, Check, DoseKind, Proposal
from sessions.rules.notes import digest

STEP_OF = {DoseKind.INITIAL: Step.INITIAL, DoseKind.SUPPLEMENTAL: Step.SUPPLEMENT}


class AnotherBody(Exception):
    """The same key came again with another content: not a retry, and not recorded."""


@transaction.atomic
def answer(
    visit: Visit,
    *,
    check: Check,
    good: bool,
    by: User,
    at: dt.datetime,
    number: Decimal | None = None,
    person: User | None = None,
    detail: str = "",
) -> DayCheck:
    """Write down the answer to one check. Raises Refused once the day has ended."""
    session = hold(visit)
    ensure_going(session)
    row = DayCheck.objects.create(
        session=session, check_code=check, good=good, number=number, person=person, detail=detail, at=at, by=by
    )
    if check is Check.SUICIDE_RISK and number is not None:
        _note_risk(row, session.visit)
    return row


@transaction.atomic
def take_step(visit: Visit, *, step: Step, by: User, at: dt.datetime, reason: str = "") -> TherapySession:
    """Clear, take the clearance back, withhold the supplement, call the day off, or close.

    Closing and calling off end the visit, and whoever is still present leaves with it. Raises Refused with every reason.
    """
    session = hold(visit)
    facts = facts_for(session, as_of=at, reason=reason)
    if reasons := dosing.refusals(session.now_is, step, facts):
        raise Refused(reasons)
    _move(session, step, by=by, at=at, reason=reason)
    if session.has_ended:
        session.presences.filter(left_at=None, arrived_at__lt=at).update(left_at=at)
        held = session.now_is is State.CLOSED
        Visit.objects.filter(pk=session.visit_id, state=Visit.State.PLANNED).update(
            state=Visit.State.DONE if held else Visit.State.MISSED,
            state_reason="" if held else f"Called off: {reason}"[:300],
            version=session.visit.version + 1,
        )
    return session


@transaction.atomic
def give_dose(
    visit: Visit,
    *,
    kind: DoseKind,
    mg: Decimal,
    basis: Basis,
    lot: str,
    given_by: User,
    witnessed_by: User,
    key: uuid.UUID,
    by: User,
    at: dt.datetime,
) -> Dose:
    """Record a dose, once. The same key with the same content gives back the same dose.

    Raises AnotherBody for the same key with other content, and Refused with every reason why it may not be given:
    order, eligibility at this instant, vital signs, amounts, people.
    """
    session = hold(visit)
    body = digest(
        {
            "session": session.pk,
            "kind": kind.value,
            "mg": f"{mg:.1f}",
            "basis": basis.value,
            "lot": lot.strip(),
            "given_by": given_by.pk,
            "witnessed_by": witnessed_by.pk,
        }
    )
    if earlier := Dose.objects.filter(key=key).first():
        if earlier.body_hash != body:
            raise AnotherBody
        return earlier
    facts = facts_for(session, as_of=at)
    proposal = Proposal(kind, float(mg), basis, lot, str(given_by.pk), str(witnessed_by.pk))
    if reasons := [
        *dosing.refusals(session.now_is, STEP_OF[kind], facts),
        *dosing.unfit(facts, proposal),
    ]:
        raise Refused(reasons)
    _move(session, STEP_OF[kind], by=by, at=at)
    course = session.visit.course
    note_influence(course, by=by, at=at)
    note_dosing(course, on=at.astimezone(course.clinic.zone).date())
    return Dose.objects.create(
        session=session,
        kind=kind,
        key=key,
        body_hash=body,
        mg=mg,
        basis=basis,
        lot=lot.strip(),
        given_at=at,
        given_by=given_by,
        witnessed_by=witnessed_by,
    )


def ensure_going(session: TherapySession) -> None:
    """Raises Refused when the session has ended or its record is signed."""
    if session.has_ended:
        raise Refused([refusal("ended", dosing.SITUATION[session.now_is])])
    ensure_unsigned(session)


def _note_risk(row: DayCheck, visit: Visit) -> None:
    """The answer of the day counts like every other C-SSRS: a high one tells the physician and the pair at once."""
    course = visit.course
    signs = suicide.from_level(
        None if row.number is None else float(row.number), Behaviour.NEVER if row.good else Behaviour.RECENT
    )
    raise_risk(
        course,
        risk=suicide.triage(signs),
        asked=Asked.DOSING_DAY,
        reference=str(row.pk),
        evidence=f"C-SSRS on {visit.title.lower()}: {suicide.written(signs)}",
        taken_on=row.at.astimezone(course.clinic.zone).date(),
        by=row.by,
        at=row.at,
    )


def _move(session: TherapySession, step: Step, *, by: User, at: dt.datetime, reason: str = "") -> None:
    state = dosing.TRANSITIONS[(session.now_is, step)]
    moved = TherapySession.objects.filter(pk=session.pk, state=session.state).update(state=state)
    if not moved:
        raise Refused([refusal("moved", "Somebody else has just changed this session. Look again before going on.")])
    SessionStep.objects.create(session=session, step=step, by=by, at=at, reason=reason)
    session.state = state
