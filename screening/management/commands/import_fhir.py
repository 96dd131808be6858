import datetime as dt
import json
import sys
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from accounts.actions.audit import acting
from accounts.models import Clinic, User
from accounts.rules.findings import Refused
from patients.rules import loading
from patients.rules.protocol import Protocol
from screening.actions.importing import ReadIn, digest_of, proposed, read_in
from screening.rules.importing.facts import plain
from screening.rules.importing.folding import consequence, find
from screening.rules.importing.opening import MEGABYTE, Malformed, check_size
from screening.rules.importing.proposing import Kind, Line, Proposals

PROTOCOLS = Path(loading.__file__).parent.parent / "protocols"
BAD_INPUT = 2


class Bad(Exception):
    """The command line or the file is not what it should be."""


class Command(BaseCommand):
    help = "Read a FHIR R4 Bundle (JSON) or NDJSON file into lines that a clinician confirms. Prints JSON."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be proposed; write nothing")
        parser.add_argument("--clinic", help="its name or its public id; not needed where there is one clinic")
        parser.add_argument("--by", metavar="USERNAME", help="who reads it in")
        parser.add_argument("--protocol", default="mapp3", help="whose criteria the proposals speak of")
        parser.add_argument(
            "--as-of", metavar="DATE", help="only with --dry-run: the day on which it is read; today otherwise"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(options["file"])
        try:
            protocol = _protocol(options["protocol"])
            limit = settings.IMPORT_LIMIT_MB * MEGABYTE
            with path.open("rb") as file:
                answer = (
                    _dry_run(file, limit, options, protocol)
                    if options["dry_run"]
                    else _kept(file, limit, options, protocol)
                )
        except (Malformed, Refused, Bad) as problem:
            self._stop(f"{path.name}: {problem}")
        except OSError as problem:
            self._stop(f"{path}: {problem.strerror or problem}")
        else:
            self.stdout.write(json.dumps({"file": path.name, **answer}, indent=2, ensure_ascii=False))

    def _stop(self, sentence: str) -> None:
        self.stderr.write(sentence)
        sys.exit(BAD_INPUT)


def _dry_run(file: BinaryIO, limit: int, options: dict[str, Any], protocol: Protocol) -> dict[str, Any]:
    check_size(file.seek(0, 2), limit)
    proposals = proposed(file, limit=limit, as_of=_day(options["as_of"]))
    return {"sha256": digest_of(file), "dry_run": True, "made": None, **_told(proposals, protocol)}


def _kept(file: BinaryIO, limit: int, options: dict[str, Any], protocol: Protocol) -> dict[str, Any]:
    if options["as_of"] is not None:
        raise Bad("--as-of is for --dry-run: what is kept is read today.")
    clinic, by = _clinic(options["clinic"]), _person(options["by"])
    with acting(by) if by else acting(process="import_fhir"):
        done = read_in(clinic, file=file, limit=limit, by=by, at=timezone.now())
    told = (
        _told(done.proposals, protocol)
        if done.proposals
        else {"proposed": [], "skipped": [], "set_aside": [], "unmapped": [], "not_read": {}}
    )
    return {"sha256": digest_of(file), "dry_run": False, "made": _made(done), **told}


def _made(done: ReadIn) -> dict[str, Any]:
    return {
        "import": str(done.batch.public_id) if done.batch else None,
        "lines": done.made,
        "known_before": done.known,
        "read_before": done.again,
    }


def _told(proposals: Proposals, protocol: Protocol) -> dict[str, Any]:
    def listed(left: Any) -> list[dict[str, str]]:
        return [{"path": one.path, "what": one.what, "why": one.why} for one in left]

    return {
        "proposed": [_line(line, protocol) for line in proposals.lines],
        "skipped": listed(proposals.skipped),
        "set_aside": listed(proposals.set_aside),
        "unmapped": listed(proposals.unmapped),
        "not_read": dict(proposals.not_read),
    }


def _line(line: Line, protocol: Protocol) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": line.kind.value, "title": line.title}
    if line.kind is Kind.CRITERION:
        criterion = find(protocol, line.title)
        told |= {"question": criterion.question if criterion else None, "means": consequence(protocol, line.title)}
    return {
        **told,
        "says": list(line.says),
        "proposal": dict(line.proposal),
        "warnings": list(line.warnings),
        "origins": list(line.origins),
    }


def _protocol(code: str) -> Protocol:
    if code not in {path.stem for path in PROTOCOLS.glob("*.toml")}:
        raise Bad(f"There is no protocol called {code}.")
    return loading.load((PROTOCOLS / f"{code}.toml").read_text(encoding="utf-8"), f"{code}.toml")


def _day(text: str | None) -> dt.date:
    if text is None:
        return timezone.localdate()
    try:
        day = dt.date.fromisoformat(text)
    except ValueError as problem:
        raise Bad(f"{text} is no date. Write it as 2026-11-22.") from problem
    if text != day.isoformat():
        raise Bad(f"{text} is no date. Write it as 2026-11-22.")
    return day


def _clinic(wanted: str | None) -> Clinic:
    """The clinic of this public id or name; the only one where none is named."""
    every = list(Clinic.objects.order_by("name", "pk"))
    found = [clinic for clinic in every if wanted in (None, str(clinic.public_id), clinic.name)]
    if len(found) == 1:
        return found[0]
    if not every:
        raise Bad("There is no clinic yet; open_clinic adds one.")
    choices = "; ".join(f"{clinic.name} ({clinic.public_id})" for clinic in found or every)
    if wanted is None:
        raise Bad(f"There are {len(every)} clinics. Name one with --clinic, by its name or its id: {choices}.")
    if found:
        raise Bad(f"{len(found)} clinics are called {wanted}. Name one by its id: {choices}.")
    raise Bad(f"There is no clinic {plain(wanted)}. There are: {choices}.")


def _person(username: str | None) -> User | None:
    if username is None:
        return None
    found = User.objects.filter(username=username, is_active=True).first()
    if found is None:
        raise Bad(f"Nobody here has the username {username}.")
    return found
