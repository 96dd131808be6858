"""Real processes and threads against the real database: once or never, and nothing unknown stays hidden."""

import datetime as dt
import os
import random
import signal
import subprocess
import sys
import threading
import uuid
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction

from accounts.actions.audit import name_actor
from patients.models import Patient
from reminders.actions import sending
from reminders.actions.sending import LOST_AFTER, claim, send_due
from reminders.models import Attempt, Reminder
from tests.factories import ReminderFactory, VisitFactory
from tests.reminders.sink import Sink

pytestmark = pytest.mark.usefixtures("transactional_db")

WORKERS = 4
POINTS = ("before claim", "after claim", "before call", "after accept", "before mark", "after mark")


@pytest.fixture
def due(course):
    """Eight reminders that are due, at noon so that nobody's quiet hours hold them."""
    patient = course.patient
    Patient.objects.filter(pk=patient.pk).update(email="wren@example.org", reminder_channel="email")
    at = dt.datetime.now(dt.UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    for number in range(8):
        visit = VisitFactory(course=course, code=f"X{number}", starts_at=at + dt.timedelta(days=2))
        ReminderFactory(visit=visit, due_at=at - dt.timedelta(minutes=1))
    return at


def at_once(act):
    """Run `act` in several threads that begin together, each on its own connection; what each gave."""
    together, given = threading.Barrier(WORKERS), [None] * WORKERS

    def run(place):
        try:
            name_actor("process:test")
            together.wait(10)
            given[place] = act()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return given


@pytest.mark.parametrize("trial", range(5))
def test_workers_at_the_same_rows_claim_each_once(due, trial):
    claims = [held.reminder_id for taken in at_once(lambda: claim(limit=8, at=due)) for held in taken]
    assert sorted(claims) == sorted(Reminder.objects.values_list("pk", flat=True))
    assert Attempt.objects.filter(step="claim").count() == 8


def test_without_the_lock_the_same_rows_are_taken_twice(due):
    met = threading.Barrier(WORKERS)

    def careless():
        rows = list(Reminder.objects.due(due)[:8])
        met.wait(10)
        for row in rows:
            with transaction.atomic():
                row.state, row.attempt, row.claimed_at = "sending", uuid.uuid4(), due
                row.save()
        return rows

    taken = [row.pk for rows in at_once(careless) for row in rows]
    assert len(taken) == 8 * WORKERS


def test_whole_rounds_at_once_send_each_once(due, monkeypatch):
    sent = []
    monkeypatch.setattr(sending.post, "hand_over", lambda message, *, to, attempt: sent.append(attempt))
    assert sum(at_once(lambda: send_due(at=due))) == 8
    assert len(sent) == len(set(sent)) == 8


def worker(point, number, at, port):
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "mdmaat.settings",
        "DATABASE_URL": database_url(),
        "EMAIL_URL": f"smtp://127.0.0.1:{port}",
    }
    return subprocess.run(  # noqa: S603
        [sys.executable, Path(__file__).with_name("dying_worker.py"), point, str(number), at.isoformat()],
        env={**environment, "PYTHONPATH": str(settings.ROOT)},
        cwd=settings.ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def database_url():
    """The test database's address for another process."""
    return os.environ["DATABASE_URL"].rpartition("/")[0] + "/" + settings.DATABASES["default"]["NAME"]


@pytest.fixture
def sink(settings):
    """A mail server on loopback that this process writes to as well."""
    with Sink() as opened:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", opened.port
        yield opened


@pytest.mark.parametrize("point", POINTS)
def test_a_worker_killed_anywhere_doubles_nothing_and_hides_nothing(due, sink, point):
    number = random.Random(point).randint(1, 4)
    died = worker(point, number, due, sink.port)
    assert died.returncode == -signal.SIGKILL, died.stderr
    send_due(at=due + LOST_AFTER + dt.timedelta(seconds=1))
    accepted = len(sink.accepted)
    ids = [line for mail in sink.accepted for line in mail.splitlines() if line.startswith("Message-ID")]
    states = list(Reminder.objects.values_list("state", flat=True))
    unknown = states.count("unknown")
    assert len(set(ids)) == accepted
    assert states.count("sent") + unknown == 8
    assert states.count("sent") <= accepted <= states.count("sent") + unknown
    assert unknown == (point in ("after claim", "before call", "after accept", "before mark"))
    assert Reminder.objects.for_a_person().count() == unknown
    for minutes in (5, 10, 60):  # and nothing is ever sent again by itself
        send_due(at=due + dt.timedelta(minutes=minutes))
    assert len(sink.accepted) == accepted
