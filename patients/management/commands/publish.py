import sys
from getpass import getpass
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.actions.audit import acting
from accounts.models import User
from accounts.rules.findings import Refused
from patients.actions.protocols import publish
from patients.rules.loading import LoadError

SHIPPED = Path(__file__).resolve().parents[2] / "protocols"


class Command(BaseCommand):
    help = (
        "Publish protocol files, all shipped ones if none is named. What is published already is left as it is. "
        "Whatever loosens a protocol is refused unless the medical lead signs it, with a reason."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="*", type=Path, help="TOML files of protocols")
        parser.add_argument("--signed-by", metavar="USERNAME", help="the medical lead; asked for the password")
        parser.add_argument("--reason", default="", help="why, in the medical lead's words")

    def handle(self, *args: Any, files: list[Path], signed_by: str | None, reason: str, **options: Any) -> None:
        by = _person(signed_by) if signed_by else None
        password = _password(by) if by else ""
        for file in files or sorted(SHIPPED.glob("*.toml")):
            try:
                text = file.read_text(encoding="utf-8")
                with acting(process="publish"):
                    version = publish(
                        text=text, name=file.name, by=by, password=password, reason=reason, at=timezone.now()
                    )
            except (OSError, UnicodeDecodeError, LoadError) as problem:
                raise CommandError(str(problem)) from problem
            except Refused as refused:
                lines = "\n".join(f"  {finding.sentence}" for finding in refused.findings)
                raise CommandError(f"{file.name} is not published.\n{lines}") from refused
            self.stdout.write(f"{version.code} version {version.version}: {version.sha256[:12]}")
            for difference in version.differences:
                self.stdout.write(f"  {difference['sentence']}")


def _person(username: str) -> User:
    person = User.objects.filter(username=username).first()
    if person is None:
        raise CommandError(f"There is nobody with the username {username}.")
    return person


def _password(by: User) -> str:
    """Typed where there is a terminal, the first line of standard input elsewhere."""
    return getpass(f"Password of {by}: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
