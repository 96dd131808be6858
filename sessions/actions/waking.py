"""Tells a worker that there is something to do, without waiting for a broker that is away."""

import structlog
from celery import current_app
from kombu.exceptions import KombuError

# One attempt and no patience: a page must not wait, and what is to be done stands in a row anyway.
IMPATIENT = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0, "socket_connect_timeout": 2}

logger = structlog.get_logger()


def wake(task: str, row: int, *, queue: str) -> bool:
    """Whether the broker took the message that the task shall be done for this row (by its key)."""
    try:
        with current_app.connection_for_write() as connection:
            connection.transport_options = {**connection.transport_options, **IMPATIENT}
            current_app.send_task(task, args=[row], queue=queue, retry=False, expires=900, connection=connection)
    except (KombuError, OSError) as problem:
        logger.warning("worker_not_woken", task=task, row=row, problem=type(problem).__name__)
        return False
    return True
