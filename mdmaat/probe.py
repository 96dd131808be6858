"""Health checks that a container runs on itself: `python mdmaat/probe.py web|beat`. Standard library only, so it is cheap."""

import sys
import time
import urllib.request
from pathlib import Path

BEAT_SCHEDULE = Path("/tmp/beat")  # noqa: S108 - a tmpfs of the container's own
BEAT_IS_LATE = 600  # seconds; beat writes its schedule down every three minutes


def web() -> bool:
    with urllib.request.urlopen("http://127.0.0.1:8000/health/", timeout=8) as answer:
        return bool(answer.status == 200)


def beat() -> bool:
    return time.time() - BEAT_SCHEDULE.stat().st_mtime < BEAT_IS_LATE


if __name__ == "__main__":
    try:
        well = {"web": web, "beat": beat}[sys.argv[1]]()
    except OSError as problem:
        sys.exit(str(problem))
    sys.exit(0 if well else "late")
