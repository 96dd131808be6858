"""A real Celery worker over a Valkey of the test's own, which is stopped and started again."""

import datetime as dt
import time

import pytest
from django.urls import reverse
from django.utils import timezone

from reports.actions import drawing
from reports.models import Report
from tests.broker import own_broker, workers_of

pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.fixture
def broker(monkeypatch):
    with own_broker(monkeypatch) as own:
        yield own


@pytest.fixture
def worker(broker):
    """Starts a worker of the queue of documents; ended with the test."""
    with workers_of(broker, "pdf") as start:
        yield start


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
    assert broker.waiting("pdf") == 1
