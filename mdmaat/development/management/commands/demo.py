import datetime as dt
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.actions.audit import acting
from accounts.models import User
from mdmaat.development.demo.people import PASSWORD, STAFF, THERAPISTS
from mdmaat.development.demo.story import tell


class Command(BaseCommand):
    help = "Fill an empty database with the demonstration clinic. It never runs under production settings."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--courses", type=int, default=28, help="how many courses (28 tell every story)")
        parser.add_argument("--today", type=dt.date.fromisoformat, help="the day everything is dated from (ISO)")

    def handle(self, *args: Any, courses: int, today: dt.date | None, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demonstration is off here: these are production settings. Nothing was written.")
        if User.objects.exists():
            raise CommandError("There are people in this database already; the demonstration needs an empty one.")
        with transaction.atomic(), acting(process="demo"):
            tell(count=courses, today=today)
        names = [username for username, _ in THERAPISTS[:2]] + [username for username, _, _ in STAFF] + ["stranger"]
        self.stdout.write(f"Log in as {', '.join(names)}\nwith the password   {PASSWORD}\n")
