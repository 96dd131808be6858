"""A clinic whose days pass: the clock is carried on, and everybody logs in again as people do."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import resolve
from playwright.sync_api import Page

from sessions.actions.booking import book
from sessions.actions.planning import propose
from sessions.rules.planning import Wish
from tests.factories import PASSWORD, RoomFactory, WorkingTimeFactory, published

WIDTHS = (1280, 820)
MONDAY = dt.date(2027, 1, 11)
TOO_WIDE = """() => [...document.querySelectorAll("main *")]
  .filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth)
  .slice(0, 3).map((one) => `${one.tagName}.${one.className}`).join(", ")"""


@dataclass
class Clinic:
    """The building, with its people at their screens."""

    url: str
    zone: ZoneInfo
    browser: Any
    axe: Any
    travel: Any = None
    desks: dict[str, Page] = field(default_factory=dict)
    looked_at: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)

    def at(self, day: dt.date | dt.datetime, clock: str = "") -> None:
        """Carry the clock of the server and of every screen to this moment; everybody is logged out by then."""
        moment = day
        if clock:
            moment = dt.datetime.combine(day, dt.time.fromisoformat(clock), tzinfo=self.zone)
        self.log_everybody_out()
        if self.travel:
            self.travel.stop()
        self.travel = time_machine.travel(moment, tick=True)
        self.travel.start()

    def now(self) -> dt.datetime:
        return dt.datetime.now(self.zone)

    def log_everybody_out(self) -> None:
        for page in self.desks.values():
            page.goto("about:blank")
            page.context.close()
        self.desks.clear()

    def screen_of(self, user: Any) -> Page:
        """The screen at which this person is logged in."""
        if user.username not in self.desks:
            self.desks[user.username] = self._log_in(user)
        return self.desks[user.username]

    def _log_in(self, user: Any) -> Page:
        context = self.browser.new_context(timezone_id=self.zone.key, locale="en-GB", accept_downloads=True)
        context.clock.install(time=dt.datetime.now(dt.UTC))
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda problem: self.problems.append(f"{page.url}: {problem}"))
        page.goto(f"{self.url}/account/login/")
        self.look(page)
        page.get_by_label("Username").fill(user.username)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url(f"{self.url}/")
        return page

    def look(self, page: Page, state: str = "") -> None:
        """Look at a page once at both widths: nothing that axe calls serious, nothing wider than the screen."""
        name = (
            f"{resolve(page.url.removeprefix(self.url).partition('#')[0].partition('?')[0]).view_name} {state}".strip()
        )
        if name in self.looked_at:
            return
        self.looked_at.add(name)
        for width in reversed(WIDTHS):
            page.set_viewport_size({"width": width, "height": 1000})
            self.problems += [f"{name} at {width}: {finding}" for finding in self.axe(page)]
            if page.evaluate("document.documentElement.scrollWidth") > width:
                self.problems.append(f"{name} at {width}: wider than the screen: {page.evaluate(TOO_WIDE)}")


@pytest.fixture
def house(live_server, browser, axe, clinic, lead, second, physician, rater):
    """Rooms, and everybody at work from Monday to Friday; the protocol is published."""
    RoomFactory(clinic=clinic, name="Garden room", kind="dosing", turnover_minutes=30)
    RoomFactory(clinic=clinic, name="Study", kind="consulting", turnover_minutes=15)
    for user in (lead, second, physician, rater):
        for weekday in range(5):
            WorkingTimeFactory(membership=user.memberships.get(), weekday=weekday)
    published("mapp3")
    building = Clinic(live_server.url, clinic.zone, browser, axe)
    yield building
    building.log_everybody_out()
    if building.travel:
        building.travel.stop()


@pytest.fixture
def staffed(house, course, other_therapist, coordinator):
    """A course that can be planned, a colleague who can stand in, and a second room of each kind."""
    for weekday in range(5):
        WorkingTimeFactory(membership=other_therapist.memberships.get(), weekday=weekday)
    for kind in ("dosing", "consulting"):
        RoomFactory(clinic=course.clinic, name=f"Second {kind} room", kind=kind, turnover_minutes=15)
    house.at(MONDAY, "09:00")
    return house


@pytest.fixture
def booked(staffed, course, lead, second, coordinator):
    wish = Wish(MONDAY + dt.timedelta(days=7), MONDAY + dt.timedelta(days=30), (str(lead.pk), str(second.pk)))
    plan = propose(course, wish=wish, as_of=staffed.now()).plan
    book(course, plan=plan, wish=wish, by=coordinator, at=staffed.now() - dt.timedelta(hours=1))
    return {visit.code: visit for visit in course.visits.all()}
