"""`./dev up`: servers, an up-to-date database, web, worker and beat; Ctrl-C ends all of them."""

import fcntl
import os
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from honcho.manager import Manager

from .environment import ROOT, RUN, servers, stop
from .prepare import LOG_INS
from .services import ServicesFailed

BEGUN = float(os.environ.get("MDMAAT_BEGUN", time.time()))  # ./dev began before anything was installed
PYTHON = shlex.quote(sys.executable)
PIDS = RUN / "processes"


def commands(port: int) -> dict[str, str]:
    celery = f"{PYTHON} -m celery --quiet -A mdmaat"
    quiet = "--without-gossip --without-mingle --without-heartbeat"
    return {
        "web": f"{PYTHON} manage.py runserver --skip-checks 127.0.0.1:{port}",
        "worker": f"{celery} worker -l warning -c 2 -Q celery,pdf,planning {quiet}",
        "beat": f"{celery} beat -l warning -s {shlex.quote(str(RUN / 'beat'))} --pidfile=",
    }


def main(arguments: list[str]) -> int:
    with_demo = "--without-demo" not in arguments
    port = _port([argument for argument in arguments if argument != "--without-demo"])
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    with _only_one():
        _end_leftovers()
        _require_free(port)
        with servers() as environment:
            _prepare(environment, with_demo)
            return _run(port, environment)


def _run(port: int, environment: dict[str, str]) -> int:
    try:
        manager = Manager()
    except PermissionError as problem:  # Python's processes talk through semaphores there
        raise ServicesFailed(
            "This account may not write to /dev/shm; as root, run: mount -t tmpfs tmpfs /dev/shm"
        ) from problem
    for name, command in commands(port).items():
        note = f"echo $$ > {shlex.quote(str(PIDS / name))}"
        manager.add_process(name, f"{note}; exec {command}", env=environment, cwd=str(ROOT))
    threading.Thread(target=_announce, args=[port], daemon=True).start()
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    manager.loop()
    asked_to_stop = manager.returncode in {130, 143}
    return 0 if asked_to_stop else manager.returncode or 1


def _prepare(environment: dict[str, str], with_demo: bool) -> None:
    log = RUN / "prepare.log"
    print("  database", flush=True)
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "mdmaat.development.prepare", *(["--demo"] if with_demo else [])],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    PIDS.mkdir(exist_ok=True)
    (PIDS / "prepare").write_text(str(process.pid))
    try:
        failed = process.wait()
    except BaseException:  # Ctrl-C reaches us alone
        _signal_group(process.pid, signal.SIGTERM)
        process.wait()
        raise
    if failed:
        lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
        reason = lines[-1] if lines else "no reason given"
        raise ServicesFailed(f"The database could not be brought up to date: {reason} (all of it: {log})")


def _announce(port: int) -> None:
    """Say where it is, and who may log in, once it answers."""
    address = f"http://127.0.0.1:{port}/"
    while True:
        try:
            with urllib.request.urlopen(f"{address}health/", timeout=5):  # noqa: S310 - our own address
                break
        except (OSError, urllib.error.URLError):
            time.sleep(0.2)
    log_ins = LOG_INS.read_text() if LOG_INS.exists() else "Log in with an account of this database.\n"
    line = "─" * 72
    seconds = time.time() - BEGUN
    print(
        f"\n{line}\nmdmaat is ready after {seconds:.0f} s: {address}\n\n{log_ins}\nCtrl-C stops everything.\n{line}\n",
        flush=True,
    )


def _port(arguments: list[str]) -> int:
    given = arguments[0] if arguments else os.environ.get("PORT", "8000")
    if len(arguments) > 1 or not given.isdigit() or not 0 < int(given) < 65536:
        stop(f"{' '.join(arguments) or given} is no port; say for example: ./dev up 8001")
    return int(given)


def _leave(number: int, frame: object) -> None:
    raise SystemExit(128 + number)


@contextmanager
def _only_one() -> Iterator[None]:
    RUN.mkdir(parents=True, exist_ok=True)
    with (RUN / "up").open("a") as lock:
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # unlike flock's, not held on by forked children
        except (BlockingIOError, PermissionError):
            stop("./dev up runs already in this folder; stop it there with Ctrl-C first.")
        yield


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            stop(f"Port {port} is in use; stop the program that has it, or choose another: ./dev up {port + 1}")


def _end_leftovers() -> None:
    """End what an earlier run left behind when it was killed; its process numbers were noted."""
    for file in PIDS.glob("*"):
        pid = file.read_text().strip()
        if pid.isdigit() and _is_ours(int(pid)):
            for number in (signal.SIGTERM, signal.SIGKILL):
                _signal_group(int(pid), number)
                until = time.monotonic() + 5
                while _is_ours(int(pid)) and time.monotonic() < until:
                    time.sleep(0.1)
        file.unlink(missing_ok=True)


def _is_ours(pid: int) -> bool:
    """A number may have gone to some other program since: ours runs in this folder with our interpreter."""
    process = Path(f"/proc/{pid}")
    if process.parent.exists():
        try:
            line = (process / "cmdline").read_bytes().decode(errors="replace")
            return sys.executable in line and (process / "cwd").resolve() == ROOT
        except OSError:
            return False
    found = subprocess.run(["ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False)
    return sys.executable in found.stdout


def _signal_group(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(pid, number)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (ServicesFailed, OSError) as problem:
        stop(problem)
    except KeyboardInterrupt:
        sys.exit(130)
