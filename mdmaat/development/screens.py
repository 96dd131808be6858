"""`./dev screens`: walk the demo clinic as every role and write a picture of each page at two widths into screens/.

    ./dev screens                     one picture of each page
    ./dev screens --each 3            up to three records of each page
    ./dev screens sessions: today     only pages whose name has one of these words

Pages are found by following links, so a page that no link leads to is named at the end. Each page is also held
against axe and looked at for errors in its scripts and for content that runs over the edge.
"""

import argparse
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from .environment import ROOT, browser, servers, stop
from .services import ServicesFailed

FOLDER = ROOT / "screens"
WIDTHS = (1280, 820)
USERS = ("coordinator", "therapist", "physician", "custodian", "rater", "admin", "privacy")
WALKED = 4  # records of each page whose links are followed
FOR_EVERY_ROLE = {"reports:today"}
SEVERAL = {"sessions:dosing": 3, "sessions:visit": 2, "sessions:note": 2}  # pages that look different day by day
ASKED = {"reports:search": "?q=D1"}  # pages that answer a question
NOT_OPENED = {
    "account_logout",
    "accounts:lock",
    "health",
    "mfa_download_recovery_codes",
    "reports:download",
    "screening:known_names",  # the names a field offers, not a page
}
SERIOUS = {"serious", "critical"}


@dataclass(frozen=True)
class Sight:
    """One page to look at: its name, where it is, and who opens it."""

    name: str
    path: str
    user: str

    @property
    def file(self) -> str:
        return f"{self.name.replace(':', '_')}.{self.user}"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="./dev screens", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("words", nargs="*", help="only pages whose name has one of these words")
    parser.add_argument("--each", type=int, default=1, help="records of each page")
    asked = parser.parse_args(arguments)
    with servers() as environment:
        subprocess.run(
            [sys.executable, "-m", "mdmaat.development.prepare", "--demo"], cwd=ROOT, env=environment, check=True
        )
        os.environ.update(
            environment, DJANGO_SETTINGS_MODULE="mdmaat.settings", DJANGO_ALLOW_ASYNC_UNSAFE="1", LOG_LEVEL="ERROR"
        )
        import django

        django.setup()
        from django.conf import settings

        settings.ALLOWED_HOSTS.append("testserver")
        sights, unseen = _walk(asked.each)
        wanted = [sight for sight in sights if not asked.words or any(word in sight.name for word in asked.words)]
        port = _free_port()
        command = [sys.executable, "manage.py", "runserver", "--noreload", "--skip-checks", f"127.0.0.1:{port}"]
        web = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait_for(f"http://127.0.0.1:{port}/health/")
            faults = _look(wanted, f"http://127.0.0.1:{port}")
        finally:
            web.terminate()
            web.wait()
    print(f"\n{len(wanted)} pages at {len(WIDTHS)} widths in {FOLDER.relative_to(ROOT)}/")
    if unseen and not asked.words:
        print(f"No link led to: {', '.join(unseen)}")
    print("\n".join(["", *faults]) if faults else "No faults found.")
    return 1 if faults else 0


# Finding the pages


def _walk(each: int) -> tuple[list[Sight], list[str]]:
    """Pages by following links as each role, and the names that were never reached."""
    from django.test import Client

    from accounts.models import User
    from accounts.rules.access import PAGES

    sights: list[Sight] = [Sight("account_login", "/account/login/", "nobody")]
    pictured: Counter[str] = Counter(["account_login"])
    for user in sorted(User.objects.filter(username__in=USERS), key=lambda user: USERS.index(user.username)):
        client = Client()
        client.force_login(user)
        for name, path in _reached(client):
            limit = max(each, SEVERAL.get(name, 1)) if name not in FOR_EVERY_ROLE else pictured[name] + 1
            if pictured[name] < limit:
                pictured[name] += 1
                sights.append(Sight(name, path + ASKED.get(name, ""), user.username))
    return sights, sorted(PAGES.keys() - pictured.keys() - NOT_OPENED)


def _reached(client: Any) -> list[tuple[str, str]]:
    """Every page this person can open, as (name, path): from the entrances along the links."""
    from django.urls import Resolver404, resolve

    waiting, walked, found = _entrances(), Counter[str](), []
    known = set(waiting)
    while waiting:
        path = waiting.pop(0)
        try:
            name = resolve(path).view_name
        except Resolver404:
            continue
        if name in NOT_OPENED or walked[name] >= WALKED:
            continue
        walked[name] += 1
        response = client.get(path)
        if response.status_code != 200 or "html" not in response.headers.get("Content-Type", ""):
            if response.status_code >= 500:
                found.append((name, path))
            continue
        found.append((name, path))
        for link in re.findall(r'href="(/[^"#?]*)', response.content.decode()):
            if link not in known and not link.startswith("/static/"):
                known.add(link)
                waiting.append(link)
    return found


def _entrances() -> list[str]:
    """Today first, then every page whose address needs no record."""
    from django.urls import NoReverseMatch, reverse

    from accounts.rules.access import PAGES

    paths = ["/"]
    for name in PAGES:
        with suppress(NoReverseMatch):
            paths.append(reverse(name))
    return list(dict.fromkeys(paths))


# Looking at them


def _cookies(username: str) -> dict[str, str]:
    """Of a fresh log-in: a long walk leaves the earlier ones locked."""
    from django.test import Client

    from accounts.models import User

    client = Client()
    for user in User.objects.filter(username=username):
        client.force_login(user)
    return {name: morsel.value for name, morsel in client.cookies.items()}


def _look(sights: list[Sight], address: str) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    faults: list[str] = []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=browser(),
            args=["--no-sandbox"] if os.geteuid() == 0 else [],
        )
        for width in WIDTHS:
            folder = FOLDER / str(width)
            folder.mkdir(parents=True, exist_ok=True)
            for user in dict.fromkeys(sight.user for sight in sights):
                context = chromium.new_context(
                    viewport={"width": width, "height": 900}, reduced_motion="reduce", locale="en-GB"
                )
                context.add_cookies([{"name": k, "value": v, "url": address} for k, v in _cookies(user).items()])
                for number, sight in enumerate(one for one in sights if one.user == user):
                    page = context.new_page()
                    seen = _Page(page, sight, width)
                    seen.open(address)
                    page.screenshot(path=str(folder / f"{sight.file}.{number}.png"), full_page=True)
                    faults += seen.faults(Axe())
                    page.close()
                    print(f"  {width:5} {sight.name} ({sight.user})", flush=True)
                context.close()
        chromium.close()
    return faults


class _Page:
    """One page in the browser and what was wrong with it."""

    def __init__(self, page: Any, sight: Sight, width: int) -> None:
        self.page, self.where = page, f"{sight.name} at {width} ({sight.path}, {sight.user})"
        self.path, self.said, self.status = sight.path, [], 0
        page.on("console", lambda message: self.said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda problem: self.said.append(str(problem)))

    def open(self, address: str) -> None:
        response = self.page.goto(address + self.path, wait_until="load")
        self.status = response.status if response else 0
        self.page.wait_for_timeout(150)

    def faults(self, axe: Any) -> list[str]:
        found = [f"answered {self.status}"] if self.status != 200 else []
        found += [f"script: {line}" for line in self.said]
        if over := self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"):
            found += [f"runs {over} px over the edge"] if over > 0 else []
        for violation in axe.run(self.page).response["violations"]:
            if violation["impact"] in SERIOUS:
                nodes = "; ".join(" ".join(map(str, node["target"])) for node in violation["nodes"][:4])
                found.append(f"axe {violation['id']}: {violation['help']} [{len(violation['nodes'])}] {nodes}")
        return [f"{self.where}: {fault}" for fault in found]


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(address: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310 - our own address
                return
        except OSError:
            time.sleep(0.2)
    raise ServicesFailed("The web process did not answer within a minute; see ./dev up for its messages.")


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except ServicesFailed as problem:
        stop(problem)
    except KeyboardInterrupt:
        sys.exit(130)
