"""Bring a development database up to date: migrations, protocols and, where it is empty, the demo clinic."""

import io
import os
import shlex
import sys
from contextlib import redirect_stdout
from pathlib import Path

import django
from django.core.management import CommandError, call_command

from .environment import RUN
from .services import Services

LOG_INS = RUN / "log-ins.txt"
COURSES = 28  # every story of the demo clinic, once


def main(courses: int | None) -> None:
    """`courses` of the demo clinic for an empty database; None for no demo clinic."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mdmaat.settings")
    django.setup()
    call_command("migrate", verbosity=0)
    try:
        call_command("publish", verbosity=0)
    except CommandError as refused:
        sentence = " ".join(str(refused).split())
        sys.exit(f"{sentence} If this database was only for trying out: rm -rf {places(RUN)} begins afresh.")
    if courses is not None:
        from accounts.models import User

        if not User.objects.exists():
            print("  filling the demo clinic", file=sys.stderr, flush=True)
            said = io.StringIO()
            with redirect_stdout(said):
                call_command("demo", courses=courses, stdout=said)
            LOG_INS.write_text(said.getvalue())


def places(run: Path) -> str:
    """What is stored of this checkout, as arguments of rm; other checkouts keep their clinics beside it."""
    home = Services(run / "dev").home
    return shlex.join(map(str, [run] if run in home.parents else [run, home]))


if __name__ == "__main__":
    asked = [argument for argument in sys.argv if argument.startswith("--demo")]
    main(int(asked[0].partition("=")[2] or COURSES) if asked else None)
