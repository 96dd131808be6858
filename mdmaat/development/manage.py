"""`./dev manage ...`: a management command against the servers of this checkout."""

import signal
import subprocess
import sys

from mdmaat import rules_only

from .environment import ROOT, servers, stop
from .services import ServicesFailed


def main(arguments: list[str]) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if rules_only.asks_rules_only(arguments):
        return subprocess.call([sys.executable, "manage.py", *arguments], cwd=ROOT)
    with servers() as environment:
        return subprocess.call([sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except ServicesFailed as problem:
        stop(problem)
    except KeyboardInterrupt:
        sys.exit(130)
