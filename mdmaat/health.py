"""Is the application well? Asked by load balancers, containers and the clinic's monitoring.

A stranger learns one word. Whoever sends the monitoring token learns which part is not well, and since when the
background work has been silent.
"""

import time
from collections.abc import Callable

import structlog
from celery import current_app
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from kombu.exceptions import OperationalError

PATH = "/health/"
QUEUES = ("celery", "pdf")
LATE_AFTER = 300  # seconds; beat sends a heartbeat through each queue every minute
log = structlog.get_logger(__name__)


class HealthMiddleware:
    """Answers before everything else: with the database gone, neither a log-in nor a page could be looked up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return health(request) if request.path == PATH else self.get_response(request)


def health(request: HttpRequest) -> HttpResponse:
    """200 when pages can be served, else 503; with the monitoring token also 503 when background work is late."""
    parts = {"database": _database(), "broker": _broker()}
    if monitoring(request):
        parts |= {queue: _worker(queue) if parts["database"] == "ok" else "unknown" for queue in QUEUES}
    well = all(state == "ok" for state in parts.values())
    if not well:
        log.warning("unwell", **parts)
    status = 200 if well else 503
    answer: HttpResponse = HttpResponse("ok" if well else "unavailable", content_type="text/plain", status=status)
    if monitoring(request):
        answer = JsonResponse(parts, status=status)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def monitoring(request: HttpRequest) -> bool:
    """Whether the request carries the monitoring token."""
    given = request.headers.get("X-Monitoring-Token", "")
    return bool(settings.MONITORING_TOKEN) and constant_time_compare(given, settings.MONITORING_TOKEN)


def note_heartbeat(queue: str) -> None:
    """A worker has just taken a task from this queue: beat, broker and worker are alive."""
    cache.set(f"heartbeat-{queue}", time.time(), timeout=None)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "unreachable"
    return "ok"


def _broker() -> str:
    try:
        with current_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=3)
    except (OperationalError, OSError):
        return "unreachable"
    return "ok"


def _worker(queue: str) -> str:
    seen = cache.get(f"heartbeat-{queue}")
    if seen is None:
        return "not seen yet"
    silent = time.time() - seen
    return "ok" if silent < LATE_AFTER else f"silent for {silent:.0f} s"
