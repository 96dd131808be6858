import datetime as dt

from django.conf import settings
from django.db import connection, transaction

from accounts.models import User
from reminders.models import Fence, Reminder
from reminders.rules.states import State, Step


def this_place() -> str:
    """What tells this installation from a copy of its data: the epoch that is set, the cluster and the database.

    A dump that is loaded elsewhere lands in another cluster; for a copy of the whole cluster the epoch is changed.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database(), system_identifier FROM pg_control_system()")
        database, cluster = cursor.fetchone()
    return f"{settings.ENVIRONMENT_EPOCH}/{cluster}/{database}"


def is_fenced() -> bool:
    """Whether reminders may not be sent from here, because the database came from somewhere else."""
    last = Fence.objects.first()
    return last is not None and last.place != this_place()


def set_up_fence(*, at: dt.datetime) -> None:
    """On the first tick of a new installation: reminders are sent from here."""
    if not Fence.objects.exists():
        Fence.objects.create(place=this_place(), at=at, reason="The first installation")


@transaction.atomic
def release(*, by: User, at: dt.datetime, reason: str) -> int:
    """Send from here from now on. What was due before is held back, since the original may have sent it.

    Returns how many reminders were held back.
    """
    from reminders.actions.marking import move

    held = 0
    for reminder in Reminder.objects.due(at):
        held += move(reminder, Step.SUPPRESS, at=at, by=by, remark="Due before this copy was released") is not None
    for reminder in Reminder.objects.filter(state=State.SENDING):
        held += move(reminder, Step.LOST, at=at, by=by, remark="Being sent when the copy was made") is not None
    Fence.objects.create(place=this_place(), at=at, by=by, reason=reason)
    return held
