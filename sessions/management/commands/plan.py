import json
import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sessions.actions.instances import read_instance
from sessions.actions.reading import Unreadable
from sessions.rules import schema
from sessions.rules.clinic import Progress, plan_clinic
from sessions.rules.instance import course_values

BAD_INPUT, REFUSED = 2, 3


class Command(BaseCommand):
    help = (
        "Plan all courses of an instance, written as JSON, and print the plan. Needs no database. One seed and one number "
        "of rounds give the same plan everywhere; --limit ends the search early, and once every course was tried, what it "
        "prints as rounds gives that plan again. Ends with 0 all planned, 3 some refused, 2 bad input."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("instance", nargs="?", help="the file of an instance; - reads standard input")
        parser.add_argument(
            "--limit",
            type=float,
            default=None,
            metavar="SECONDS",
            help="stop with the best so far; what was not tried by then is refused",
        )
        parser.add_argument("--rounds", type=int, default=None, help="rounds of the search; by the number of courses")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--schema", action="store_true", help="print the JSON Schemas of instance and plan instead")

    def handle(self, *args: Any, instance: str | None, seed: int, rounds: int | None, **options: Any) -> None:
        if options["schema"]:
            self._print({**schema.INSTANCE, "$defs": {"plan": schema.PLAN}})
            return
        if instance is None:
            raise CommandError("Name the file of an instance, or - for standard input.", returncode=BAD_INPUT)
        limit: float | None = options["limit"]
        if (limit is not None and limit < 0) or (rounds is not None and rounds < 0):
            raise CommandError("--limit and --rounds must not be negative.", returncode=BAD_INPUT)
        began = time.monotonic()
        try:
            asked = read_instance(instance)
        except Unreadable as problem:
            raise CommandError(str(problem), returncode=BAD_INPUT) from problem

        def watch(progress: Progress) -> bool:
            return limit is None or time.monotonic() - began < limit

        found = plan_clinic(list(asked.requests.values()), seed=seed, rounds=rounds, watch=watch)
        self._print(
            {
                "courses": [
                    course_values(patient, found.plans[patient], off=asked.off[patient])
                    for patient in asked.requests
                    if patient in found.plans
                ],
                "refused": [
                    {
                        "patient": patient,
                        "reasons": [
                            {"code": reason.code, "sentence": reason.sentence, "decided_by": reason.decided_by}
                            for reason in found.refused[patient]
                        ],
                    }
                    for patient in asked.requests
                    if patient in found.refused
                ],
                "objective": found.objective,
                "bound": found.bound,
                "rounds": found.rounds,
                "seed": seed,
                "seconds": round(time.monotonic() - began, 3),
            }
        )
        for patient in found.refused:
            self.stderr.write(f"{patient} is refused.")
        sys.exit(REFUSED if found.refused else 0)

    def _print(self, values: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(values, indent=1))
