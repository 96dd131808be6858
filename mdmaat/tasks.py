from celery import shared_task

from mdmaat.health import note_heartbeat


@shared_task
def heartbeat(queue: str) -> None:
    note_heartbeat(queue)
