from celery import shared_task
from django.utils import timezone

from accounts.actions.audit import acting
from sessions.actions.ending import free_what_ended_courses_hold


@shared_task
def tick() -> None:
    """Each minute: give back the time of courses that have ended."""
    with acting(process="calendar"):
        free_what_ended_courses_hold(at=timezone.now())
