from celery import shared_task
from django.core.management import call_command

from mdmaat.health import note_heartbeat


@shared_task
def heartbeat(queue: str) -> None:
    note_heartbeat(queue)


@shared_task
def clear_sessions() -> None:
    """Log-ins that are over leave the database."""
    call_command("clearsessions")
