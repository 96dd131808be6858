from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.actions.audit import acting
from accounts.rules.findings import Refused
from patients.actions.protocols import publish
from patients.rules.loading import LoadError

SHIPPED = Path(__file__).resolve().parents[2] / "protocols"


class Command(BaseCommand):
    help = "Publish protocol files, all shipped ones if none is named. What is published already is left as it is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="*", type=Path, help="TOML files of protocols")

    def handle(self, *args: Any, files: list[Path], **options: Any) -> None:
        for file in files or sorted(SHIPPED.glob("*.toml")):
            try:
                text = file.read_text(encoding="utf-8")
                with acting(process="publish"):
                    version = publish(text=text, name=file.name, by=None, at=timezone.now())
            except (OSError, UnicodeDecodeError, LoadError) as problem:
                raise CommandError(str(problem)) from problem
            except Refused as refused:
                raise CommandError(f"{file.name}: {refused}") from refused
            self.stdout.write(f"{version.code} version {version.version}: {version.sha256[:12]}")
