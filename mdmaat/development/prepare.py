"""Bring a development database up to date: migrations, protocols and, where it is empty, the demo clinic."""

import io
import os
import sys
from contextlib import redirect_stdout

import django
from django.core.management import call_command

from .environment import RUN

LOG_INS = RUN / "log-ins.txt"


def main(with_demo: bool) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mdmaat.settings")
    django.setup()
    call_command("migrate", verbosity=0)
    call_command("publish", verbosity=0)
    if with_demo:
        from accounts.models import User

        if not User.objects.exists():
            print("  filling the demo clinic", file=sys.stderr, flush=True)
            said = io.StringIO()
            with redirect_stdout(said):
                call_command("demo", stdout=said)
            LOG_INS.write_text(said.getvalue())


if __name__ == "__main__":
    main(with_demo="--demo" in sys.argv)
