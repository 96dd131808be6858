import getpass
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.actions.audit import acting
from accounts.actions.clinics import add_person
from accounts.models import Clinic
from accounts.rules.findings import Refused


class Command(BaseCommand):
    help = "Add somebody to a clinic. Asks for a first password, or reads it from standard input."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the printed name")
        parser.add_argument("username")
        parser.add_argument("--email", default="")
        parser.add_argument("--roles", nargs="+", required=True)
        parser.add_argument("--clinic", help="its name, where there are several")

    def handle(self, *args: Any, **options: Any) -> None:
        password = getpass.getpass("First password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
        clinic = self._clinic(options["clinic"])
        values = {key: options[key] for key in ("name", "username", "email", "roles")}
        on = timezone.now().astimezone(clinic.zone).date()
        with acting(process="add_person"):
            try:
                membership = add_person(clinic=clinic, password=password, on=on, **values)
            except Refused as refused:
                raise CommandError(" ".join(finding.sentence for finding in refused.findings)) from refused
        self.stdout.write(f"{membership} may log in as {membership.user.username}, and sets up a second factor then.")

    def _clinic(self, name: str | None) -> Clinic:
        found = list(Clinic.objects.filter(name=name) if name else Clinic.objects.all())
        if len(found) != 1:
            raise CommandError("Name one clinic with --clinic; open_clinic adds one.")
        return found[0]
