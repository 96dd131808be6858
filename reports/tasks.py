from celery import shared_task
from django.utils import timezone

from accounts.actions.audit import acting
from reports.actions import drawing


@shared_task
def draw(report_id: int) -> None:
    """Make one document."""
    with acting(process="reports"):
        drawing.draw(report_id, now=timezone.now)


@shared_task
def pick_up() -> None:
    """Each minute: documents that nobody has taken up, and those a dead worker left."""
    with acting(process="reports"):
        drawing.pick_up(at=timezone.now())
