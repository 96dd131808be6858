"""A waiting list planned by a real Celery worker over a real Valkey: watched, stopped, killed, and left without a broker."""

import os
import signal
import time

import pytest
from django.utils import timezone

from sessions.actions import running
from sessions.models import PlanningRun, Visit
from sessions.rules.running import LOST, NO_BROKER, SILENT_FOR
from tests.broker import own_broker, workers_of
from tests.factories import CourseFactory, PatientFactory
from tests.sessions.test_booking import open_hours

pytestmark = pytest.mark.usefixtures("transactional_db")

WAITING = "/courses/waiting/"


@pytest.fixture
def broker(monkeypatch):
    with own_broker(monkeypatch) as own:
        yield own


@pytest.fixture
def worker(broker):
    """worker(): starts a worker of the queue of planning; ended with the test."""
    with workers_of(broker, "planning") as start:
        yield start


@pytest.fixture
def waiting(course, other_therapist):
    """Twelve courses that any two of three therapists may treat: enough to search for a while."""
    open_hours(course.clinic)
    return [CourseFactory(patient=PatientFactory(clinic=course.clinic), state="eligible") for _ in range(12)]


def run_when(state, seconds=60):
    """The newest run once it is there."""
    end = time.monotonic() + seconds
    run = PlanningRun.objects.first()
    while run.state not in state and time.monotonic() < end:
        time.sleep(0.2)
        run.refresh_from_db()
    return run


def test_a_coordinator_watches_stops_and_books(waiting, coordinator, broker, worker, log_in, live_server, axe):
    broker.start()
    worker()
    page = log_in(coordinator)
    page.goto(live_server.url + WAITING)
    assert axe(page) == []
    page.get_by_role("button", name="Plan together").focus()
    page.keyboard.press("Enter")
    page.get_by_text("rounds; in the best plan so far").wait_for(timeout=60_000)
    assert axe(page) == []
    first = int(page.locator("progress").get_attribute("value"))
    page.wait_for_function("value => Number(document.querySelector('progress').value) > value", arg=first)
    page.get_by_role("button", name="Stop, with the best so far").press("Enter")
    page.get_by_text("then it was stopped").wait_for(timeout=30_000)
    run = PlanningRun.objects.get()
    assert (run.state, Visit.objects.count()) == ("ready", 0)
    assert first < run.done_rounds < run.rounds
    assert axe(page) == []
    page.get_by_role("button", name="Book").press("Enter")
    page.get_by_text(f"of {run.planned} courses are booked").wait_for(timeout=60_000)
    assert Visit.objects.count() == run.planned * len(waiting[0].plan.visits)


def test_a_killed_worker_leaves_nothing_behind_and_it_can_be_planned_again(
    waiting, coordinator, broker, worker, client
):
    broker.start()
    client.force_login(coordinator)
    ask = {"courses": [str(c.public_id) for c in waiting], "first_week": timezone.localdate().isoformat()}
    page = client.post(WAITING, ask | {"within": "8"})["Location"]
    process = worker()
    run = run_when({"planning"})
    assert run.state == "planning"
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)
    assert "Planning." in client.get(page).content.decode()
    PlanningRun.objects.update(seen_at=timezone.now() - SILENT_FOR * 2)  # as after two minutes
    said = client.get(page).content.decode()
    assert LOST in said
    assert "Plan again" in said
    assert not Visit.objects.exists()
    fresh = client.post(f"{page}again/", follow=True)
    assert fresh.status_code == 200
    run.refresh_from_db()
    assert (run.state, run.failure) == ("failed", LOST)
    worker()
    newest = run_when({"planning"})
    running.stop(newest)
    assert run_when({"ready", "failed"}).state == "ready"


def test_without_a_broker_the_page_says_so_at_once_and_works_once_it_is_back(
    waiting, coordinator, broker, worker, client
):
    client.force_login(coordinator)
    ask = {"courses": [str(waiting[0].public_id)], "first_week": timezone.localdate().isoformat(), "within": "16"}
    began = time.monotonic()
    answer = client.post(WAITING, ask, follow=True)
    assert time.monotonic() - began < 5
    assert NO_BROKER in answer.content.decode()
    broker.start()
    answer = client.post(f"{answer.redirect_chain[-1][0]}again/", follow=True)
    assert "Waiting for a worker." in answer.content.decode()
    assert broker.waiting("planning") == 1
    worker()
    assert run_when({"ready", "failed"}).state == "ready"
