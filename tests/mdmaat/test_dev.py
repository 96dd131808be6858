"""./dev on a machine where things go wrong: one sentence and a failure, never a traceback, and no process left."""

import importlib.machinery
import importlib.util
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import pytest

from mdmaat.development.services import Services

ROOT = Path(__file__).resolve().parents[2]
STARTING = 120  # seconds


@pytest.fixture
def dev(tmp_path, monkeypatch):
    """The script as a module, with its files in a folder of the test's own."""
    loader = importlib.machinery.SourceFileLoader("dev_script", str(ROOT / "dev"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("dev_script", loader))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    loader.exec_module(module)
    module.ROOT, module.RUN, module.LOG = tmp_path, tmp_path, tmp_path / "install.log"
    module.VENV, module.BIN = tmp_path / ".venv", tmp_path / ".venv" / "bin"
    return module


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def up(tmp_path):
    """Start `./dev up` in a run folder of its own; whatever happens, nothing of it is left afterwards."""
    run = tmp_path / "run"
    given = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL", "DEBUG"}}
    command = [sys.executable, "-m", "mdmaat.development.up", "--without-demo"]
    started = []

    def start(port):
        log = (tmp_path / f"up-{len(started)}.log").open("w+")
        process = subprocess.Popen(  # noqa: S603 - ourselves
            [*command, str(port)],
            cwd=ROOT,
            env={**given, "MDMAAT_RUN": str(run)},
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        started.append((process, log))
        return SimpleNamespace(process=process, said=lambda: Path(log.name).read_text(), run=run)

    yield start
    for process, log in started:
        process.kill()
        process.wait()
        log.close()
    for pid in processes_of(run):
        os.kill(pid, signal.SIGKILL)
    shutil.rmtree(Services(run / "dev").home, ignore_errors=True)


def processes_of(run):
    """Every process, however deep, that was started with this run folder."""
    mark = f"MDMAAT_RUN={run}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes().split(b"\0"):
                found.append(int(process.name))
        except OSError:
            continue
    return found


def until(condition, seconds, said=lambda: ""):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.2)
    pytest.fail(said())


def until_ready(started):
    until(lambda: "is ready" in started.said() or started.process.poll() is not None, STARTING, started.said)
    assert started.process.poll() is None, started.said()


def run_dev(*arguments):
    return subprocess.run([ROOT / "dev", *arguments], capture_output=True, text=True, check=False)  # noqa: S603


def test_alone_it_lists_its_commands():
    done = run_dev()
    listed = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("    ./dev ")]
    assert (done.returncode, listed) == (0, ["up", "test", "manage", "check", "screens", "bench"])


def test_an_unknown_command_is_refused_in_one_sentence():
    done = run_dev("fly")
    assert (done.returncode, done.stderr) == (1, "./dev: There is no ./dev fly; ./dev alone lists what there is.\n")


def test_a_port_in_use_is_named_with_the_way_out(up):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        started = up(port)
        assert started.process.wait(30) == 1
    assert started.said() == (
        f"./dev: Port {port} is in use; stop the program that has it, or choose another: ./dev up {port + 1}\n"
    )


def test_what_is_no_port_is_refused(up):
    started = up("eight")
    assert (started.process.wait(30), started.said()) == (
        1,
        "./dev: eight is no port; say for example: ./dev up 8001\n",
    )


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_killed_run_is_cleared_up_by_the_next_and_sigterm_leaves_no_process(up, port):
    first = up(port)
    until_ready(first)
    first.process.kill()
    first.process.wait()
    assert processes_of(first.run) != []

    second = up(port)
    until_ready(second)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/", timeout=10) as answer:
        assert answer.read() == b"ok"
    os.kill(second.process.pid, signal.SIGTERM)
    assert second.process.wait(30) == 0
    until(lambda: processes_of(second.run) == [], 5, lambda: str(processes_of(second.run)))


def test_a_full_disk_is_called_so(dev):
    with pytest.raises(dev.Stop, match=r"The disk is full: free 2\.5 GB"):
        dev.logged(["sh", "-c", "echo 'write: No space left on device'; exit 1"], "It failed.")


def test_too_little_room_stops_before_anything_is_fetched(dev, monkeypatch):
    monkeypatch.setattr(dev.shutil, "disk_usage", lambda path: SimpleNamespace(free=400_000_000))
    with pytest.raises(dev.Stop, match=r"0\.4 GB are free"):
        dev.require_room()


def test_a_missing_tool_is_named(dev):
    with pytest.raises(dev.Stop, match=r"^It failed\. \(no-such-tool is missing\)$"):
        dev.logged(["no-such-tool"], "It failed.")


def test_a_failed_download_says_what_to_do_and_why(dev):
    script = "echo 'Retrying after failure'; echo 'error: failed to connect to the index'; exit 2"
    with pytest.raises(dev.Stop) as stop:
        dev.logged(["sh", "-c", script], "See to the network.")
    assert str(stop.value) == (
        "See to the network. [error: failed to connect to the index; all of it is in install.log]"
    )


def test_an_environment_cut_short_is_made_again(dev, monkeypatch):
    """.venv exists, its stamp does not, and its Python does not run."""
    dev.BIN.mkdir(parents=True)
    (dev.BIN / "python").write_text("")
    (dev.ROOT / dev.LOCK).write_text(
        "uv==1.0 \\\n    --hash=sha256:00\n    # via -r x\nother==2 \\\n    --hash=sha256:11\n"
    )
    commands = []
    monkeypatch.setattr(dev, "logged", lambda command, sentence, env=None: commands.append(command[1:4]))
    dev.install_python_packages()
    assert commands[0] == ["-m", "venv", "--clear"]
    assert (dev.RUN / "uv.txt").read_text() == "uv==1.0 \\\n    --hash=sha256:00\n"
    commands.clear()
    dev.install_python_packages()
    assert commands == []


def test_without_apt_or_sudo_it_says_what_to_install(dev, monkeypatch):
    monkeypatch.setattr(dev, "loads", lambda library: False)
    monkeypatch.setattr(dev.shutil, "which", lambda name: "/usr/bin/apt-get" if name == "apt-get" else None)
    monkeypatch.setattr(dev.os, "geteuid", lambda: 1000)
    with pytest.raises(dev.Stop, match=r"as root, run: apt-get update && apt-get install .* libpangoft2-1\.0-0"):
        dev.install_system_libraries(with_browser=False)


def test_beginning_afresh_removes_this_checkout_and_no_other(tmp_path):
    from mdmaat.development.prepare import places

    mine, other = (Services(tmp_path / name / "dev").home for name in ("mine", "other"))
    named = [Path(place) for place in shlex.split(places(tmp_path / "mine"))]

    def gone(home):
        return any(place == home or place in home.parents for place in named)

    assert (gone(mine), gone(other)) == (True, False)
