import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sessions.actions.reading import Unreadable, read_json, shipped_protocols
from sessions.rules import schema
from sessions.rules.aftermath import once_true
from sessions.rules.inspection import inspect

BAD_INPUT, BROKEN = 2, 3


class Command(BaseCommand):
    help = (
        "Check the plan of an instance, both written as JSON, against every hard rule, and print each that is broken. "
        "With --event and --was, check what replan answered: the plan is to hold in the instance as it is once the event "
        "is true. Shares no code with the planner and needs no database. Ends with 0 if no rule is broken, 3 if any, 2 "
        "bad input."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("instance", help="the file of the instance; - reads standard input")
        parser.add_argument("plan", help="the file of its plan, or of what replan answered; - reads standard input")
        parser.add_argument("--event", help="the file of what happened since the instance was written")
        parser.add_argument("--was", help="the file of the plan that the event befell")

    def handle(self, *args: Any, instance: str, plan: str, event: str | None, was: str | None, **options: Any) -> None:
        if (event is None) is not (was is None):
            raise CommandError("--event and --was belong together.", returncode=BAD_INPUT)
        try:
            asked, planned = read_json(instance, schema.INSTANCE), _plan_in(plan)
            if event is not None and was is not None:
                asked = once_true(asked, _plan_in(was), read_json(event, schema.EVENT))
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


def _plan_in(name: str) -> Any:
    values = read_json(name, schema.PLAN_OR_ANSWER)
    return values.get("plan", values)
