from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.actions.audit import acting
from accounts.models import User
from reminders.actions.fence import is_fenced, release


class Command(BaseCommand):
    help = "Send reminders from this copy of the database from now on. Run it once the original is switched off."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--by", required=True, help="username of whoever decides it")
        parser.add_argument("--reason", required=True)

    def handle(self, *args: Any, by: str, reason: str, **options: Any) -> None:
        user = User.objects.filter(username=by, is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active user {by}.")
        if not is_fenced():
            raise CommandError("Reminders are sent from here already.")
        with acting(user, reason=reason):
            held = release(by=user, at=timezone.now(), reason=reason)
        self.stdout.write(f"Released. {held} overdue reminders were held back; see the reminder log.")
