"""pytest plugin, loaded with `-p`: gives the tests their own PostgreSQL and Valkey before Django reads its settings.

With DATABASE_URL set, those servers are used. Rules need none: `pytest tests/rules/...` starts nothing.
"""

import fcntl
import os
import signal
from pathlib import Path
from typing import IO

import pytest

from .environment import RUN
from .services import Services

_services: Services | None = None
_lock: IO[str] | None = None


def _free_run_folder() -> Path:
    """A folder that no other test run of this checkout is using: test, test-2, test-3 ..."""
    global _lock
    number = 1
    while True:
        folder = RUN / ("test" if number == 1 else f"test-{number}")
        folder.mkdir(parents=True, exist_ok=True)
        _lock = (folder / "run").open("w")
        try:
            fcntl.flock(_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return folder
        except BlockingIOError:
            _lock.close()
            number += 1


def _queue_of_its_own() -> None:
    """Workers of pytest-xdist get a database each from pytest-django; the broker's are numbered, so give them one."""
    number = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
    if number.isdigit():
        shared = "virtual_host=0"
        os.environ["REDIS_URL"] = os.environ["REDIS_URL"].replace(shared, f"virtual_host={int(number) + 1}")


def _needs_servers(options: object) -> bool:
    if any(getattr(options, name, False) for name in ("help", "version", "collectonly")):
        return False
    rules = Path("tests/rules").absolute()
    paths = [Path(given.split("::")[0]).absolute() for given in getattr(options, "file_or_dir", None) or ["tests"]]
    return not all(path == rules or rules in path.parents for path in paths)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    global _services
    os.environ.setdefault("DEBUG", "1")
    (RUN / "static").mkdir(parents=True, exist_ok=True)  # whitenoise warns of a missing folder, and warnings are errors
    if "DATABASE_URL" in os.environ:  # also in the workers of pytest-xdist, which inherit it
        _queue_of_its_own()
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: pytest ends in order, and so do the servers
    services = Services(_free_run_folder(), for_tests=True, major=os.environ.get("MDMAAT_POSTGRES", "18"))
    os.environ.update(services.urls)
    if _needs_servers(early_config.known_args_namespace):
        services.start()
        _services = services


def pytest_unconfigure() -> None:
    global _services, _lock
    if _services is not None:
        _services.stop()
        _services = None
    if _lock is not None:
        _lock.close()
        _lock = None
