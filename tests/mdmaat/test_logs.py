"""What production writes down: kinds, places and identifiers, never what a person is called."""

import io
import json
import logging
import logging.config

import pytest
import structlog

from mdmaat import logs

CANARY = "Hedda Canary"


@pytest.fixture
def written(settings):
    """Production logging into a string; development's afterwards."""
    output = io.StringIO()
    production = logs.configuration("INFO", readable=False)
    production["handlers"]["console"]["stream"] = output
    logging.config.dictConfig(production)
    yield output
    logging.config.dictConfig(logs.configuration("INFO", readable=True))


def entry(written):
    (line,) = written.getvalue().splitlines()
    assert CANARY not in line
    return json.loads(line)


def test_a_search_leaves_its_path_and_not_its_words(written):
    structlog.get_logger("one").info(
        "request_finished", request=f"GET /search/?q={CANARY}", user_agent=CANARY, ip="192.0.2.1", code=200
    )
    said = entry(written)
    assert said.pop("timestamp")
    assert said == {
        "event": "request_finished",
        "request": "GET /search/",
        "code": 200,
        "logger": "one",
        "level": "info",
    }


def test_the_key_of_a_password_link_is_not_kept(written):
    structlog.get_logger("one").info("request_finished", request="GET /account/password/reset/key/3-secret/")
    assert entry(written)["request"] == "GET /account/password/reset/key/"


def test_the_medicine_of_a_judgement_is_not_kept(written):
    structlog.get_logger("one").info("request_finished", request="POST /courses/1/screening/judge/medicine-lithium/")
    assert entry(written)["request"] == "POST /courses/1/screening/judge/"


def test_an_error_leaves_its_kind_and_place_and_not_its_message(written):
    try:
        raise ValueError(f'duplicate key: (family_name)=("{CANARY}")')
    except ValueError:
        structlog.get_logger("two").exception("request_failed")
    said = entry(written)
    assert (said["error"], said["at"][-1].split()[-1]) == (
        "ValueError",
        "test_an_error_leaves_its_kind_and_place_and_not_its_message",
    )


def test_the_same_holds_for_the_standard_library(written):
    try:
        raise KeyError(CANARY)
    except KeyError:
        logging.getLogger("django.other").exception("It broke")
    assert entry(written)["error"] == "KeyError"


def test_a_failed_task_leaves_its_name_and_not_its_arguments(written):
    logging.getLogger("celery.app.trace").error(
        "Task %(name)s[%(id)s] %(description)s: %(exc)s",
        {"name": "reports.tasks.lay_out", "id": "7", "description": "raised unexpected", "exc": CANARY, "args": CANARY},
    )
    said = entry(written)
    assert (said["task"], said["task_id"], said["outcome"]) == ("reports.tasks.lay_out", "7", "raised unexpected")


def test_what_the_web_server_says_of_a_request_loses_its_query(written):
    logging.getLogger("gunicorn.error").error("Error handling request %s %s", "GET", f"/search/?q={CANARY}")
    assert entry(written)["event"] == "Error handling request GET /search/"
