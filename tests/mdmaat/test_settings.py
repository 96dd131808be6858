"""A missing or odd variable stops the application with a sentence that says what to set."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
WHOLE = {
    "SECRET_KEY": "k" * 60,
    "ALLOWED_HOSTS": "clinic.example",
    "DATABASE_URL": "postgres://clinic@db.example/clinic",
    "REDIS_URL": "redis://broker.example/0",
    "EMAIL_URL": "smtp://mail.example:25",
    "MAIL_FROM": "appointments@clinic.example",
}


def start(**environment):
    program = "import mdmaat.settings as s; print(s.DEBUG, s.MFA_REQUIRED, s.SESSION_COOKIE_NAME)"
    return subprocess.run(  # noqa: S603
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_settings_start_with_every_variable_set():
    done = start(**WHOLE)
    assert (done.returncode, done.stdout.strip()) == (0, "False True __Host-session")


@pytest.mark.parametrize("missing", sorted(WHOLE))
def test_a_missing_variable_is_named(missing):
    done = start(**{name: value for name, value in WHOLE.items() if name != missing})
    assert done.returncode == 1
    assert missing in done.stderr.splitlines()[-1]


def test_the_demonstration_refuses_production_settings():
    done = start(**WHOLE, MDMAAT_DEMO="1")
    assert done.returncode == 1
    assert "never runs in production" in done.stderr.splitlines()[-1]


def test_another_database_is_refused():
    done = start(**{**WHOLE, "DATABASE_URL": "sqlite:///clinic.db"})
    assert done.returncode == 1
    assert "PostgreSQL only" in done.stderr.splitlines()[-1]


def test_a_secret_can_come_from_a_file(tmp_path):
    (tmp_path / "key").write_text("k" * 60 + "\n", encoding="utf-8")
    settings = {name: value for name, value in WHOLE.items() if name != "SECRET_KEY"}
    assert start(**settings, SECRET_KEY_FILE=str(tmp_path / "key")).returncode == 0
