import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sessions.actions.reading import Unreadable, read_json, shipped_protocols
from sessions.rules import schema
from sessions.rules.inspection import inspect

BAD_INPUT, BROKEN = 2, 3


class Command(BaseCommand):
    help = (
        "Check the plan of an instance, both written as JSON, against every hard rule, and print each that is broken. "
        "Shares no code with the planner and needs no database. Ends with 0 if none is broken, 3 if any, 2 bad input."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("instance", help="the file of the instance; - reads standard input")
        parser.add_argument("plan", help="the file of its plan; - reads standard input")

    def handle(self, *args: Any, instance: str, plan: str, **options: Any) -> None:
        try:
            asked, planned = read_json(instance, schema.INSTANCE), read_json(plan, schema.PLAN)
            violations = inspect(asked, planned, shipped_protocols())
        except Unreadable as problem:
            raise CommandError(str(problem), returncode=BAD_INPUT) from problem
        except (KeyError, ValueError, OSError, OverflowError) as problem:
            raise CommandError(f"{instance}: names what does not exist: {problem}", returncode=BAD_INPUT) from problem
        found = [asdict(violation) for violation in violations]
        self.stdout.write(json.dumps({"violations": found, "count": len(found)}, indent=1))
        for violation in violations:
            self.stderr.write(f"{violation.rule}: {violation.sentence}")
        sys.exit(BROKEN if violations else 0)
