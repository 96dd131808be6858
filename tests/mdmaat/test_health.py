import json
import time

import pytest
from django.core.cache import cache
from django.db import DatabaseError, connection
from kombu import Connection

from mdmaat import health
from mdmaat.tasks import heartbeat

TOKEN = "a-token-of-the-monitoring"
pytestmark = pytest.mark.django_db


@pytest.fixture
def told(client, settings):
    settings.MONITORING_TOKEN = TOKEN

    def ask():
        response = client.get("/health/", headers={"X-Monitoring-Token": TOKEN})
        return response.status_code, json.loads(response.content)

    return ask


def test_a_stranger_learns_one_word(client):
    response = client.get("/health/", headers={"Host": "whoever.example"})
    assert (response.status_code, response.content, response.headers["Cache-Control"]) == (200, b"ok", "no-store")


def test_an_empty_token_opens_nothing(client, settings):
    settings.MONITORING_TOKEN = ""
    assert client.get("/health/", headers={"X-Monitoring-Token": ""}).content == b"ok"


def test_without_a_database_it_says_so_and_does_not_fall_over(client, monkeypatch):
    def gone():
        raise DatabaseError("could not connect to 10.0.0.3")

    monkeypatch.setattr(connection, "cursor", gone)
    response = client.get("/health/")
    assert (response.status_code, response.content) == (503, b"unavailable")


def test_without_a_broker_it_says_so(client, monkeypatch):
    monkeypatch.setattr(health.current_app, "connection_for_write", lambda: Connection("redis://127.0.0.1:1/0"))
    response = client.get("/health/")
    assert (response.status_code, response.content) == (503, b"unavailable")


def test_the_monitoring_learns_that_a_queue_was_never_served(told):
    assert told() == (503, {"database": "ok", "broker": "ok", "celery": "not seen yet", "pdf": "not seen yet"})


def test_a_heartbeat_through_each_queue_makes_it_well(told):
    heartbeat("celery")
    heartbeat("pdf")
    assert told() == (200, {"database": "ok", "broker": "ok", "celery": "ok", "pdf": "ok"})


def test_a_silent_queue_is_told_with_its_silence(told):
    heartbeat("pdf")
    cache.set("heartbeat-celery", time.time() - 900, timeout=None)
    status, parts = told()
    assert (status, parts["celery"][:11], parts["pdf"]) == (503, "silent for ", "ok")
