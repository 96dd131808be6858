import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from django.db import connection

from accounts.models import Opening, User


class Charted(Protocol):
    """What can be opened as a chart: a patient."""

    pk: int
    clinic_id: int


def name_actor(actor: str, reason: str = "") -> None:
    """Tell the audit triggers, on this connection from now on, who acts: "user:12" or "process:reminders"."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('mdmaat.actor', %s, false), set_config('mdmaat.reason', %s, false)",
            [actor, reason[:1000]],
        )


@contextmanager
def acting(user: User | None = None, *, process: str = "", reason: str = "") -> Iterator[None]:
    """Everything written inside is written by this user, or by this named process. Nests."""
    if user is None and not process:
        raise ValueError("acting() needs a user or the name of a process")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COALESCE(current_setting('mdmaat.actor', true), ''),"
            " COALESCE(current_setting('mdmaat.reason', true), '')"
        )
        before = cursor.fetchone()
    name_actor(f"user:{user.pk}" if user else f"process:{process}", reason)
    try:
        yield
    finally:
        # In a transaction that failed, the settings go back with it: nothing can be executed on it any more.
        if not connection.needs_rollback:
            name_actor(*before)


def record_opening(*, by: User, patient: Charted, what: str, at: dt.datetime) -> None:
    """Note that somebody opened this part of a patient's record."""
    Opening.objects.create(by=by, clinic_id=patient.clinic_id, patient_id=patient.pk, what=what, at=at)
