"""The embedded servers survive what happens on a developer's machine."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from mdmaat.development.services import Services, ServicesFailed


@pytest.fixture
def services(tmp_path):
    services = Services(tmp_path / "run")
    yield services
    services.stop()
    shutil.rmtree(services.home, ignore_errors=True)  # for root it lies outside tmp_path


def count(urls):
    with psycopg.connect(urls["DATABASE_URL"]) as connection:
        return connection.execute("SELECT count(*) FROM kept").fetchone()[0]


def keep_one(urls):
    with psycopg.connect(urls["DATABASE_URL"]) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
        connection.execute("INSERT INTO kept VALUES (1)")


def postmaster(services):
    return int((services.data / "postmaster.pid").read_text().split()[0])


def test_data_survive_a_restart(services):
    keep_one(services.start())
    services.stop()
    assert count(services.start()) == 1


def test_data_survive_sigkill_of_both_servers(services):
    keep_one(services.start())
    os.kill(postmaster(services), signal.SIGKILL)
    client = services._valkey()
    os.kill(client.info("server")["process_id"], signal.SIGKILL)
    client.close()
    again = Services(services.run)
    assert count(again.start()) == 1
    again.stop()


def test_a_pid_that_now_belongs_to_another_process_is_not_taken_for_the_server(services):
    services.start()
    services.stop()
    (services.data / "postmaster.pid").write_text(f"{os.getpid()}\n{services.data}\n1\n5432\n{services.sockets}\n\n")
    keep_one(services.start())


def test_a_cluster_cut_short_while_it_was_made_is_made_again(services):
    unfinished = services.data.with_suffix(".unfinished")
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    keep_one(services.start())
    assert not unfinished.exists()


def test_the_first_to_leave_does_not_stop_the_servers_of_the_other(services):
    urls = services.start()
    other = Services(services.run)
    other.start()
    services.stop()
    keep_one(urls)
    other.stop()
    with pytest.raises(psycopg.OperationalError):
        keep_one(urls)


def test_sockets_lie_in_a_folder_that_only_their_account_can_enter(services):
    services.start()
    assert services.sockets.stat().st_mode & 0o777 == 0o700
    assert services.valkey_socket.stat().st_mode & 0o777 == 0o700


def test_a_long_path_gets_short_sockets(tmp_path):
    services = Services(tmp_path / ("long" * 25))
    keep_one(services.start())
    services.stop()
    shutil.rmtree(services.home)
    assert len(str(services.valkey_socket)) < 100


def test_a_version_without_a_wheel_is_refused_in_words():
    with pytest.raises(ServicesFailed, match="no embedded PostgreSQL 9"):
        Services(Path("nowhere"), major="9")


def test_a_test_run_that_is_ended_by_sigterm_ends_its_servers(tmp_path):
    """The run waits in a test of its own until it is told to end; its servers must go with it."""
    (tmp_path / "test_waits.py").write_text(
        "import os, pathlib, time\n"
        "def test_waits():\n"
        "    pathlib.Path(os.environ['BEGUN']).write_text(os.environ['DATABASE_URL'])\n"
        "    time.sleep(60)\n",
        encoding="utf-8",
    )
    begun = tmp_path / "begun"
    clean = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    clean = {name: value for name, value in clean.items() if not name.startswith("PYTEST_")}
    run = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "pyproject.toml", str(tmp_path)],
        env={**clean, "MDMAAT_RUN": str(tmp_path / "run"), "BEGUN": str(begun)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 60
        while not begun.exists() or not begun.read_text():
            assert run.poll() is None
            assert time.monotonic() < until
            time.sleep(0.1)
        psycopg.connect(begun.read_text(), dbname="postgres").close()
        run.terminate()
        run.wait(60)
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(begun.read_text(), dbname="postgres").close()
    finally:
        run.kill()
        left = Services(tmp_path / "run" / "test", for_tests=True)
        left.start()  # whatever may still run is taken over, and ends with this one
        left.stop()
        shutil.rmtree(left.home, ignore_errors=True)
