import json
import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sessions.actions.instances import read_instance
from sessions.actions.reading import Unreadable, read_json
from sessions.rules import schema
from sessions.rules.events import after
from sessions.rules.instance import Misread, plan_in
from sessions.rules.repair import repaired
from sessions.rules.replanning import difference, what_happened

BAD_INPUT, UNREPAIRED = 2, 3


class Command(BaseCommand):
    help = (
        "Repair the plan of an instance after an event, moving as little as possible, and print what changes as JSON. "
        "Needs no database. Ends with 0 repaired, 3 not all repaired, 2 bad input."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("instance", nargs="?", help="the file of the instance; - reads standard input")
        parser.add_argument("plan", nargs="?", help="the file of its plan; - reads standard input")
        parser.add_argument("--event", help="the file of what happened; - reads standard input")
        parser.add_argument("--schema", action="store_true", help="print the JSON Schemas of event and answer instead")

    def handle(self, *args: Any, instance: str | None, plan: str | None, event: str | None, **options: Any) -> None:
        if options["schema"]:
            self.stdout.write(json.dumps({**schema.EVENT, "$defs": {"answer": schema.DIFFERENCE}}, indent=1))
            return
        if instance is None or plan is None or event is None:
            raise CommandError("Name the files of an instance, of its plan and of an --event.", returncode=BAD_INPUT)
        began = time.monotonic()
        name = instance
        try:
            asked = read_instance(instance)
            name = plan
            was = read_json(plan, schema.PLAN_OR_ANSWER)
            was = was.get("plan", was)
            planned = plan_in(was, asked)
            name = event
            standing, happened = what_happened(read_json(event, schema.EVENT), asked, planned)
        except Unreadable as problem:
            raise CommandError(str(problem), returncode=BAD_INPUT) from problem
        except (Misread, ValueError) as problem:
            raise CommandError(f"{name}: {problem}", returncode=BAD_INPUT) from problem
        struck = after(happened, standing)
        repair = repaired(struck)
        found = {**difference(repair, struck), "seconds": round(time.monotonic() - began, 3)}
        found["plan"]["refused"] = was.get("refused", [])
        self.stdout.write(json.dumps(found, indent=1))
        for course in found["unrepaired"]:
            self.stderr.write(f"{course['patient']} is not repaired: {', '.join(course['visits'])}.")
        sys.exit(0 if repair.is_whole else UNREPAIRED)
