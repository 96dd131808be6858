"""How long one medicine has to be out before a dosing day. Asks the rules only: no database, no chart."""

import json
import sys
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from patients.rules.shipped import codes, shipped
from screening.rules.candidate import MedicineFact
from screening.rules.washout import REFERENCE, Washout, washout

KNOWN, BAD, UNKNOWN = 0, 2, 4
FIRST_YEAR, LAST_YEAR = 1900, 2199
LONGEST = 120  # letters, as in the medicine list of a chart


class Command(BaseCommand):
    help = (
        "Print the washout of a medicine as JSON. Without --protocol the reference table itself answers: five of the "
        "longest half-life and seven days to settle. Exit status: 0 known; 4 unknown, or not read for certain; 2 bad input."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("drug", metavar="DRUG", help="generic or trade name, as written in a chart")
        parser.add_argument("--last-dose", required=True, metavar="DATE", help="the very last dose, as 2026-03-01")
        parser.add_argument("--phenotype", choices=["normal", "poor"], default="normal", help="CYP2D6 metaboliser")
        parser.add_argument("--protocol", metavar="CODE", help=f"one of {', '.join(codes())}")
        parser.add_argument("--as-needed", action="store_true", help="taken now and then, not regularly")

    def handle(self, *args: Any, drug: str, last_dose: str, **options: Any) -> None:
        if not drug.strip() or len(drug) > LONGEST or not drug.isprintable():
            raise _bad(f"Name one medicine, in at most {LONGEST} letters.")
        medicine = MedicineFact(drug.strip(), "", not options["as_needed"], False, _day(last_dose))
        try:
            policy = REFERENCE if options["protocol"] is None else shipped(options["protocol"]).washout
            found = washout(medicine, policy, as_of=date.min, poor=options["phenotype"] == "poor")
        except KeyError as missing:
            raise _bad(f"There is no protocol {missing}; there are {', '.join(codes())}.") from missing
        self.stdout.write(json.dumps(_said(found), ensure_ascii=True, indent=2))
        sys.exit(KNOWN if found.known else UNKNOWN)


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as problem:
        raise _bad(f"“{text}” is no day. Write the last dose as in 2026-03-01.") from problem
    if text != day.isoformat() or not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise _bad(f"“{text}” is no day from {FIRST_YEAR} to {LAST_YEAR}. Write the last dose as in 2026-03-01.")
    return day


def _said(found: Washout) -> dict[str, object]:
    return {
        "drug": found.drug,
        "known": found.known,
        "class": found.drug_class or None,
        "days": found.days,
        "clear_from": found.clear_from.isoformat() if found.clear_from else None,
        "arithmetic": found.arithmetic,
        "rule": found.rule.value if found.rule else None,
        "source": found.source.document if found.source else None,
        "mark": found.source.mark.value if found.source else None,
    }


def _bad(sentence: str) -> CommandError:
    return CommandError(sentence, returncode=BAD)
