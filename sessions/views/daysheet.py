"""What the dosing page shows, read once for the whole page and for every refresh of its live parts."""

import base64
import datetime as dt
import hashlib
import hmac
import uuid
from typing import Any

from django.conf import settings

from accounts.models import User
from accounts.rules.findings import Finding, Outcome
from patients.rules.protocol import VisitKind, VitalLimit
from screening.actions.consents import standing_on
from screening.rules.candidate import ConsentKind
from screening.rules.consents import ordered
from sessions.actions.facts import doses_of, ended_at_of, facts_for, physicians, readings_of, session_of
from sessions.actions.record import allowed_therapists
from sessions.forms.dosing import QUESTIONS
from sessions.models import Effect, TherapySession, Visit
from sessions.rules import dosing, vitals
from sessions.rules.conditions import crossing
from sessions.rules.dosing import State, Step
from sessions.rules.effects import vocabulary
from sessions.rules.facts import Check, DoseKind, Facts
from sessions.rules.plots import plot
from sessions.rules.spans import spoken

NEXT_STEP = {
    State.PREPARING: Step.CLEAR,
    State.CLEARED: Step.INITIAL,
    State.DOSED: Step.SUPPLEMENT,
    State.SUPPLEMENTED: Step.CLOSE,
    State.WITHHELD: Step.CLOSE,
    State.OPEN: Step.CLOSE,
}


def sheet(visit: Visit, *, user: User, now: dt.datetime) -> dict[str, Any]:
    """Everything on the dosing page."""
    session = session_of(visit)
    day = visit.course.plan.dosing_day
    facts = facts_for(session, as_of=now)
    step = NEXT_STEP.get(session.now_is)
    ready = dosing.readiness(session.now_is, step, facts) if step else []
    return {
        "visit": visit,
        "course": visit.course,
        "session": session,
        "state": session.now_is,
        "situation": dosing.SITUATION[session.now_is],
        "ended": session.has_ended,
        "facts": facts,
        "step": step,
        "open_rows": [_row(finding) for finding in _gathered(ready) if finding.blocks],
        "met_rows": [_row(finding) for finding in ready if not finding.blocks],
        "stay": next((f for f in ready if f.code == "stay" and f.blocks), None),
        "is_ready": not any(finding.blocks for finding in ready),
        "plan": facts.plan,
        "terms": list(day.effects),
        "more_terms": vocabulary(day.effects)[len(day.effects) :],
        "severities": Effect.Severity.choices,
        "touch_read": facts.answer(Check.TOUCH),
        **_agreed(visit, facts.now.date()),
        "room_list": day.room_list,
        "physicians": physicians(visit),
        "now": facts.now,
        "fresh_key": uuid.uuid4(),
        "queue_key": queue_key(user, visit),
        **_signs(session, facts),
        **_recorded(session),
    }


def _signs(session: TherapySession, facts: Facts) -> dict[str, Any]:
    """The flow sheet: what is planned, due and taken, and the plot over it."""
    plan, zone = session.visit.course.plan, session.visit.course.clinic.zone
    initial, ended_at = facts.dose(DoseKind.INITIAL), ended_at_of(session)
    rows = vitals.flow_sheet(
        plan.vital_slots,
        readings_of(session),
        t0=initial.at if initial else None,
        now=facts.now,
        late_after=plan.dosing_day.late_after,
        ended_at=ended_at.astimezone(zone) if ended_at else None,
    )
    due = vitals.next_due(rows)
    taken = {str(row.pk): row for row in session.vital_signs.select_related("by")} if session.pk else {}
    newest = max(facts.readings, key=lambda row: row.taken_at, default=None)
    return {
        "rows": [(row, taken.get(row.reading.key) if row.reading else None) for row in rows],
        "extras": [row for row in taken.values() if not row.slot],
        "due": due,
        "due_left": _left(due, facts.now),
        "due_slot": due.slot.code if due and due.state != vitals.SlotState.PLANNED else "",
        "alarms": _alarms(facts, newest) if newest and not session.has_ended else [],
        "newest": newest,
        "plot": plot(facts.readings, doses=doses_of(session), limits=facts.limits, now=facts.now),
    }


def _recorded(session: TherapySession) -> dict[str, Any]:
    """What was given, felt, done and decided, and who is in the room. A day without a record has its pair only."""
    pair = allowed_therapists(session.visit)
    if not session.pk:
        return {"pair": [(user, False) for user in pair]}
    effects = list(session.effects.select_related("by"))
    presences = list(session.presences.select_related("therapist"))
    here = {row.therapist_id for row in presences if row.left_at is None}
    return {
        "doses": list(session.doses.select_related("given_by", "witnessed_by")),
        "effects_now": [row for row in effects if row.until_at is None],
        "effects_past": [row for row in effects if row.until_at is not None],
        "touches": list(session.touches.select_related("therapist")),
        "pair": [(user, user.pk in here) for user in pair],
        "presences": presences,
        "steps": list(session.steps.select_related("by")),
    }


def _agreed(visit: Visit, on: dt.date) -> dict[str, Any]:
    """What is agreed about touch and recording at this moment, and the row that less can be agreed on."""
    standing = standing_on(visit.course, on)
    touch, newest = standing[ConsentKind.TOUCH]
    return {
        "touch_now": ordered(touch.now),
        "touch_later": ordered(touch.later),
        "touch_terms": newest,
        "recording_now": ordered(standing[ConsentKind.RECORDING][0].now),
    }


def queue_key(user: User, visit: Visit) -> str:
    """The key under which one person's unsent entries of one visit lie on a tablet. Given only to that person, logged in."""
    words = f"queue:{user.pk}:{visit.public_id}".encode()
    return base64.b64encode(hmac.new(settings.SECRET_KEY.encode(), words, hashlib.sha256).digest()).decode()


def is_dosing(visit: Visit) -> bool:
    return visit.kind == VisitKind.DOSING


def _gathered(findings: list[Finding]) -> list[Finding]:
    """Signs that only have to be taken again, as one line instead of one for every measure."""
    waiting = [f for f in findings if f.outcome is Outcome.UNKNOWN and f.code.startswith("vitals.")]
    if len(waiting) < 2:
        return findings
    one = Finding(
        "vitals.fresh",
        Outcome.UNKNOWN,
        f"Take a fresh set of vital signs: {len(waiting)} values are missing or too old.",
        "; ".join(f.evidence for f in waiting if f.evidence),
        waiting[0].source,
    )
    return [one if f is waiting[0] else f for f in findings if f is waiting[0] or f not in waiting]


def _row(finding: Any) -> dict[str, Any]:
    """A finding with the question that settles it, where there is one."""
    try:
        question = QUESTIONS.get(Check(finding.code))
    except ValueError:
        question = None
    return {"finding": finding, "question": question}


def _alarms(facts: Facts, reading: vitals.Reading) -> list[tuple[str, VitalLimit]]:
    """What the newest reading crosses at any time of the day: the sentence and the limit."""
    found = vitals.crossed(facts.limits, reading, stages=["any-time"])
    return [(crossing(limit, reading.value(limit.measure) or 0), limit) for limit in found]


def _left(due: vitals.SlotRow | None, now: dt.datetime) -> str:
    left = due.minutes_left(now) if due else None
    if left is None:
        return ""
    if left > 0:
        return f"in {spoken(left)}"
    return f"{spoken(left)} late" if left < 0 else "now"
