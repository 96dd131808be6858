"""Bring a development database up to date: migrations, protocols and, where it is empty, the demo clinic."""

import io
import os
import sys
from contextlib import redirect_stdout

import django
from django.core.management import CommandError, call_command

from .environment import RUN

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
        places = ".run /var/tmp/mdmaat-*" if os.geteuid() == 0 else ".run"
        sys.exit(f"{sentence} If this database was only for trying out: rm -rf {places} begins afresh.")
    if courses is not None:
        from accounts.models import User

        if not User.objects.exists():
            print("  filling the demo clinic", file=sys.stderr, flush=True)
            said = io.StringIO()
            with redirect_stdout(said):
                call_command("demo", courses=courses, stdout=said)
            LOG_INS.write_text(said.getvalue())


if __name__ == "__main__":
    asked = [argument for argument in sys.argv if argument.startswith("--demo")]
    main(int(asked[0].partition("=")[2] or COURSES) if asked else None)
