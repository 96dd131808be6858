"""The environment in which mdmaat runs on this machine."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .services import Services, ServicesFailed

ROOT = Path(__file__).resolve().parents[2]
RUN = Path(os.environ.get("MDMAAT_RUN", ROOT / ".run"))
BROWSERS = ("chromium", "chromium-headless-shell", "google-chrome", "google-chrome-stable")


@contextmanager
def servers(folder: str = "dev") -> Iterator[dict[str, str]]:
    """Servers named by DATABASE_URL and REDIS_URL, or embedded ones of this folder for as long as the block lasts."""
    given = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name)}
    settings = {
        "DEBUG": "1",
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore",
        "DJANGO_RUNSERVER_HIDE_WARNING": "true",
    }
    if len(given) == 2:
        yield {**settings, **os.environ}
        return
    services = Services(RUN / folder, major=os.environ.get("MDMAAT_POSTGRES", "18"))
    urls = services.start()
    try:
        yield {**settings, **os.environ, **urls, **given}
    finally:
        services.stop()


def browser() -> str:
    """The path of a Chromium that Playwright can drive."""
    for name in BROWSERS:
        if found := shutil.which(name):
            return found
    raise ServicesFailed("No Chromium was found; run ./dev test once, which installs one.")


def stop(sentence: object) -> None:
    """End with one sentence instead of a traceback."""
    sys.exit(f"./dev: {sentence}")
