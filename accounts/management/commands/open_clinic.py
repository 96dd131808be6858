from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.actions.audit import acting
from accounts.actions.clinics import open_clinic
from accounts.rules.findings import Refused


class Command(BaseCommand):
    help = "Add a clinic; then add_person gives it its first admin."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--discreet-name", required=True, help="how messages to patients name it")
        parser.add_argument("--time-zone", required=True, help="as in Europe/London")
        parser.add_argument("--phone", required=True)
        parser.add_argument("--region", default="", help="public holidays of, as in GB or AU-VIC")

    def handle(self, *args: Any, **options: Any) -> None:
        values = {key: options[key] for key in ("name", "discreet_name", "time_zone", "phone", "region")}
        with acting(process="open_clinic"):
            try:
                clinic = open_clinic(**values)
            except Refused as refused:
                raise CommandError(" ".join(finding.sentence for finding in refused.findings)) from refused
        self.stdout.write(f"{clinic} is open. Now: manage.py add_person NAME USERNAME --roles admin")
