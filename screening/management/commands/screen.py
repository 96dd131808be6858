import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from patients.rules.loading import LoadError
from patients.rules.protocol import Protocol
from patients.rules.shipped import codes, shipped
from screening.rules.schema import schema
from screening.rules.strict import LARGEST, BadInput
from screening.rules.verdict import EXIT, judge
from screening.rules.written import candidate_from, told

BAD_INPUT = 2


class Command(BaseCommand):
    help = (
        "Put one candidate, written as JSON, to a protocol and print the verdict with every finding. "
        "Needs no database. Ends with 0 eligible, 3 not eligible, 4 on hold, washout running or to be judged, 2 bad input."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", help="the candidate; - reads standard input")
        parser.add_argument("--protocol", default="mapp3", help="code of a shipped protocol; mapp3 if none is named")
        parser.add_argument("--as-of", type=_day, default=None, help="the day asked about, YYYY-MM-DD; today if none")
        parser.add_argument("--schema", action="store_true", help="print the JSON Schema of a candidate instead")

    def handle(self, *args: Any, file: str | None, protocol: str, as_of: date | None, **options: Any) -> None:
        plan = _protocol(protocol)
        if options["schema"]:
            self._print(schema(plan))
            return
        if file is None:
            raise CommandError("Name the file of a candidate, or - for standard input.", returncode=BAD_INPUT)
        try:
            candidate = candidate_from(_read(file), plan)
        except BadInput as bad:
            lines = [f"{file}: {fault.pointer or '/'}: {fault.reason}" for fault in bad.faults]
            raise CommandError("\n".join(lines), returncode=BAD_INPUT) from bad
        day = as_of or date.today()
        verdict = judge(plan, candidate, as_of=day)
        self._print({"protocol": plan.code, "version": plan.version, "as_of": day.isoformat(), **told(verdict)})
        sys.exit(EXIT[verdict.standing])

    def _print(self, values: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(values, ensure_ascii=True, indent=2))


def _day(written: str) -> date:
    day = date.fromisoformat(written)
    if written != day.isoformat() or not 1900 <= day.year <= 2199:
        raise ValueError(written)
    return day


_day.__name__ = "day written YYYY-MM-DD"  # argparse says: invalid day written YYYY-MM-DD value


def _protocol(code: str) -> Protocol:
    if code not in codes():
        raise CommandError(f"There is no protocol {code}; shipped are {', '.join(codes())}.", returncode=BAD_INPUT)
    try:
        return shipped(code)
    except LoadError as problem:
        raise CommandError(str(problem), returncode=BAD_INPUT) from problem


def _read(file: str) -> bytes:
    """At most one byte more than is accepted."""
    try:
        if file == "-":
            return sys.stdin.buffer.read(LARGEST + 1)
        with Path(file).open("rb") as stream:
            return stream.read(LARGEST + 1)
    except (OSError, ValueError) as problem:
        raise CommandError(f"{file}: cannot be read: {problem}", returncode=BAD_INPUT) from problem
