from celery import shared_task
from django.utils import timezone

from accounts.actions.audit import acting
from reminders.actions.scheduling import resolve_again, schedule_what_is_missing, write_to_the_alerted
from reminders.actions.sending import send_due


@shared_task
def tick() -> None:
    """Each minute: give new times and new alerts their reminders, and send what is due."""
    with acting(process="reminders"):
        write_to_the_alerted(at=timezone.now())
        schedule_what_is_missing(at=timezone.now())
        send_due(at=timezone.now())


@shared_task
def nightly() -> None:
    """Each night: let changed zones and quiet hours reach what is waiting."""
    with acting(process="reminders"):
        resolve_again(at=timezone.now())
