from celery import shared_task
from django.utils import timezone

from accounts.actions.audit import acting
from screening.actions.reopening import follow_decisions


@shared_task
def tick() -> None:
    """Each minute: tell of decisions that no longer stand."""
    with acting(process="screening"):
        follow_decisions(at=timezone.now())
