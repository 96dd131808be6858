"""Logs that say what happened and where, and nothing about whom.

In production one JSON object a line: no query strings (a search is a name), no addresses, no browser, and of an error
its kind and place but not its message, because the database's messages quote the row. Patients and staff appear as
random identifiers only.
"""

import re
import sys
import traceback
from typing import Any

import structlog

Event = dict[str, Any]
LEFT_OUT = ("user_agent", "ip", "exc_info", "positional_args", "_record", "_from_structlog")


def configuration(level: str, *, readable: bool) -> dict[str, Any]:
    """Django's LOGGING, and structlog set up to end in it: readable for a developer, JSON in production."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    last: list[Any] = (
        [
            _without_secrets,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.dev.ConsoleRenderer(colors=False),
        ]
        if readable
        else [without_personal_data, structlog.processors.JSONRenderer()]
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": shared,
        "processors": last,
        "pass_foreign_args": True,
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": formatter},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django.utils.autoreload": {"level": "WARNING"},
            # Whole addresses, with what opens a calendar; django_structlog says the same without it.
            "django.server": {"level": "CRITICAL"},
            "django.request": {"level": "ERROR" if readable else "CRITICAL"},  # django_structlog says it, once
            "django_structlog": {"level": "WARNING" if readable else level},
            "fontTools": {"level": "WARNING"},
            "weasyprint": {"level": "ERROR"},
        },
    }


def without_personal_data(logger: Any, method: str, event: Event) -> Event:
    """Take out of an entry whatever may name a person."""
    error = event.get("exc_info")
    if error is True:
        error = sys.exc_info()
    elif isinstance(error, BaseException):
        error = (type(error), error, error.__traceback__)
    if error and error[0] is not None:
        event["error"] = error[0].__name__
        event["at"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error[2])]
    said = event.get("positional_args")
    if isinstance(said, dict) and {"name", "id"} <= said.keys():
        # Celery writes a task's exception, arguments and result into its sentence.
        event |= {
            "event": "task",
            "task": said["name"],
            "task_id": said["id"],
            "outcome": said.get("description", "received"),
        }
        if "runtime" in said:
            event |= {"outcome": "succeeded", "seconds": round(said["runtime"], 3)}
    event["event"] = _path_only(str(event["event"]))
    if "request" in event:
        event["request"] = _path_only(event["request"])
    for key in LEFT_OUT:
        event.pop(key, None)
    return event


def _without_secrets(logger: Any, method: str, event: Event) -> Event:
    event.pop("positional_args", None)
    for key in ("event", "request"):
        if key in event:
            event[key] = _without_keys(str(event[key]))
    return event


def _path_only(request: str) -> str:
    """Without the query of an address, what opens something by itself, and the medicine whose finding is judged."""
    return re.sub(r"/judge/\S*", "/judge/", re.sub(r"\?\S.*", "", _without_keys(request)))


def _without_keys(said: str) -> str:
    """Without the key of a password link and the token of a calendar."""
    return re.sub(r"/(key|feeds)/[^\s\"']*", r"/\1/", said)
