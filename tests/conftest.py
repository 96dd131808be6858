"""What every test gets: an actor for the audit, a cast, and a clean database that the append-only tables allow."""

import os

# Playwright's synchronous interface runs an event loop beside the test's own database calls.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

import pytest

pytest_plugins = ["tests.cast"]


def pytest_collection_modifyitems(items):
    """Rules need no database and come first; browser journeys last."""
    items.sort(key=lambda item: ("journeys" in item.nodeid, "rules" not in item.nodeid))


@pytest.fixture(autouse=True)
def actor(request):
    """Whoever writes in a test's own code is the process "test"; requests name their user themselves."""
    if not {"db", "transactional_db", "live_server"} & set(request.fixturenames):
        yield
        return
    for name in ("transactional_db", "db"):
        if name in request.fixturenames:
            request.getfixturevalue(name)
    from accounts.actions.audit import name_actor

    name_actor("process:test")
    yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Let TransactionTestCase empty the append-only tables between tests: the audit refuses TRUNCATE otherwise."""
    from django.core.management.commands import flush
    from django.db import connection

    guarded = flush.Command.handle

    def handle(self, **options):
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            try:
                guarded(self, **options)
            finally:
                cursor.execute("SET session_replication_role = DEFAULT")

    flush.Command.handle = handle
    yield
    flush.Command.handle = guarded
