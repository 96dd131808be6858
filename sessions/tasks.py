from celery import shared_task
from django.utils import timezone

from accounts.actions.audit import acting
from sessions.actions import running
from sessions.actions.ending import free_what_ended_courses_hold


@shared_task
def tick() -> None:
    """Each minute: give back the time of courses that have ended, and end the runs of workers that are gone."""
    with acting(process="calendar"):
        free_what_ended_courses_hold(at=timezone.now())
        running.end_lost(at=timezone.now())


@shared_task
def plan_together(run_id: int) -> None:
    """Plan several waiting courses together."""
    with acting(process="planner"):
        running.work(run_id, now=timezone.now)
