"""What every test gets: an actor for the audit, a cast, and a clean database that the append-only tables allow."""

import os

# Playwright's synchronous interface runs an event loop beside the test's own database calls.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

import pytest
from hypothesis import settings

# How long an example takes says how busy the machine is.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

pytest_plugins = ["tests.cast"]


def pytest_collection_modifyitems(items):
    """Rules need no database and come first; browser journeys last."""
    items.sort(key=lambda item: ("journeys" in item.nodeid, "rules" not in item.nodeid))


@pytest.fixture(autouse=True)
def actor(request):
    """Whoever writes in a test's own code is the process "test"; requests name their user themselves."""
    marked = request.node.get_closest_marker("django_db")
    if not marked and not {"db", "transactional_db", "live_server"} & set(request.fixturenames):
        yield
        return
    request.getfixturevalue("_django_db_helper")
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


# --- the browser: Debian's Chromium, driven headless against the live server


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    import shutil

    names = ("chromium", "chromium-headless-shell", "google-chrome", "google-chrome-stable")
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        pytest.fail("No Chromium on this machine: ./dev test installs one.")
    quiet = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    return {**browser_type_launch_args, "executable_path": found, "args": [*quiet, "--disable-gpu", "--no-first-run"]}


@pytest.fixture
def log_in(live_server, page):
    """log_in(user, page=page): type the password as that person and arrive at Today."""
    from tests.factories import PASSWORD

    def enter(user, page=page):
        page.goto(f"{live_server.url}/account/login/")
        page.get_by_label("Username").fill(user.username)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url(f"{live_server.url}/")
        return page

    return enter


@pytest.fixture
def axe():
    """axe(page): every serious or critical accessibility finding of the page as it stands, in words."""
    from axe_playwright_python.sync_playwright import Axe

    def findings(page):
        result = Axe().run(page)
        return [
            f"{v['id']} ({v['impact']}): {node['html'][:160]}"
            for v in result.response["violations"]
            if v["impact"] in ("serious", "critical")
            for node in v["nodes"]
        ]

    return findings
