import datetime as dt
import uuid
from typing import Any

from django.db import transaction
from django.db.models import F

from accounts.models import User
from accounts.rules.findings import Refused, refusal
from reminders.models import Attempt, Reminder
from reminders.rules import states
from reminders.rules.states import State, Step

FASTER = refusal("changed", "Somebody else, or the mail server, has just changed this reminder. Look at it again.")


@transaction.atomic
def move(
    reminder: Reminder,
    step: Step,
    *,
    at: dt.datetime,
    by: User | None = None,
    attempt: uuid.UUID | None = None,
    remark: str = "",
    not_before: dt.datetime | None = None,
) -> State | None:
    """Take one step with one reminder, if it still stands where it stood. None: somebody was faster.

    `attempt` names the attempt that holds the row, for the steps that only its holder may take.
    """
    state = states.after(State(reminder.state), step)
    if state is None:
        return None
    changes: dict[str, Any] = {
        "state": state,
        "remark": remark[:200],
        "attempt": None,
        "claimed_at": None,
        "sent_at": at if state is State.SENT else None,
        "not_before": not_before,
    }
    if step is Step.CLAIM:
        changes |= {"attempt": attempt, "claimed_at": at}
    if step is Step.NOT_REACHED:
        changes["tries"] = F("tries") + 1
    if step is Step.SEND_AGAIN:
        changes["tries"] = 0
    rows = Reminder.objects.filter(pk=reminder.pk, state=reminder.state)
    if reminder.state == State.SENDING:
        rows = rows.filter(attempt=attempt or reminder.attempt)
    if not rows.update(**changes):
        return None
    Attempt.objects.create(
        reminder=reminder, attempt=attempt or reminder.attempt, step=step, at=at, by=by, remark=remark[:200]
    )
    return state


def decide(reminder: Reminder, *, step: Step, by: User, at: dt.datetime, reason: str) -> State:
    """A person settles what the mail server left open. Raises Refused without a reason, or when somebody was faster."""
    if step not in states.choices(State(reminder.state)):
        raise Refused([refusal("not_open", "This reminder is not waiting for a decision.")])
    if not reason.strip():
        raise Refused([refusal("reason", "Say how you know: it stays with the reminder.")])
    state = move(reminder, step, at=at, by=by, remark=reason.strip())
    if state is None:
        raise Refused([FASTER])
    return state
