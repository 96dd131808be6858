"""T1: every URL, every role, on the team and off it, in another clinic and logged out, against the access table.

A URL without a row fails; a denied answer is a 404 that holds no canary; reading changes nothing.
"""

import copy
import logging
import re

import pytest
from django.db import transaction
from django.test import Client

from accounts.models import Change, ScopedQuerySet
from accounts.rules.access import PAGES, Door, Role, reaches
from tests.test_architecture import UNUSED_URLS
from tests.world import CANARIES, build_world, routes

ROLES = {
    "lead": ({Role.THERAPIST}, True),
    "second": ({Role.THERAPIST}, True),
    "other_therapist": ({Role.THERAPIST}, False),
    "physician": ({Role.PHYSICIAN}, True),
    "coordinator": ({Role.COORDINATOR}, False),
    "custodian": ({Role.CUSTODIAN}, False),
    "rater": ({Role.RATER}, True),
    "admin": ({Role.ADMIN}, False),
    "privacy": ({Role.PRIVACY}, False),
}
OUTSIDERS = ["stranger", "disabled", "anonymous"]
# Pages that show a list: whoever reaches none of the rows gets an empty page, never somebody else's row.
LISTS = {
    "patients:list",
    "reports:today",
    "reports:search",
    "reports:board",
    "reports:board_view",
    "reports:list",
    "reports:verify",
    "sessions:calendar",
    "sessions:free_times",
    "sessions:hours",
    "sessions:rooms",
    "sessions:leave",
    "sessions:absence",
    "sessions:waiting",
    "sessions:working_hours",
    "sessions:duty",
    "sessions:left_outside",
    "sessions:gatherings",
    "sessions:feeds",
    "sessions:outside",
    "sessions:room_feeds",
    "reminders:log",
    "accounts:people",
    "patients:new",
    "integration:ratings",
    "screening:imports",
    "screening:prescreens",
    "screening:prescreen_new",
    "screening:failures",
    "screening:consent_texts",
}
# Narrower than the table, and why: the view itself asks for more than the role.
NARROWER = {
    # A letter follows a decision against treatment, and there is none.
    ("screening:letter", "physician"),
    # A measure is entered by the person it falls to: CAPS-5 by the rater, not by the pair, and PCL-5 the other way.
    ("integration:assess", "lead"),
    ("integration:assess", "second"),
    ("integration:assess", "rater"),
    # The report of the walk holds clinical contents: the office asks for one without them.
    *((f"reports:{page}", who) for page in ("report", "progress", "download") for who in ("coordinator", "admin")),
    # Without the name of a consent there is nothing to narrow.
    *(("screening:narrow", who) for who in ("lead", "second", "physician")),
    # There is no draft to throw away.
    *(("sessions:discard", who) for who in ("lead", "second")),
}
NAMES = sorted({name for name, _ in routes()} - UNUSED_URLS)


@pytest.fixture(autouse=True)
def quiet():
    """Two thousand refused requests need not each be logged."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def world(course, lead, second, other_therapist, physician, coordinator, custodian, rater, admin, privacy, stranger):
    disabled = lead.__class__.objects.create(username="disabled", name="Dora Disabled", is_active=False)
    people = {
        **{"lead": lead, "second": second, "other_therapist": other_therapist, "physician": physician},
        **{"coordinator": coordinator, "custodian": custodian, "rater": rater, "admin": admin, "privacy": privacy},
        **{"stranger": stranger, "disabled": disabled, "anonymous": None},
    }
    return build_world(course, people)


def client_of(user):
    client = Client(raise_request_exception=True)
    if user is not None:
        client.force_login(user)
    return client


def may(name, persona):
    """What the table says: True, False, or None where the page is a list and only its rows differ."""
    page = PAGES[name]
    if page.door is Door.PUBLIC:
        return True
    if persona in ("anonymous", "disabled"):
        return False
    if page.door is Door.SIGNED_IN:
        return True
    roles, on_team = (frozenset(Role), False) if persona == "stranger" else ROLES[persona]
    clinic_wide, team = reaches(page, frozenset(roles))
    if persona == "stranger":
        return None if name in LISTS else False
    if clinic_wide or (team and on_team):
        return True
    if team and name in LISTS:
        return None
    return False


def ask(client, method, path):
    """One request whose changes are thrown away again: (status, body, changed rows, location)."""
    before, cookies = Change.objects.count(), copy.deepcopy(client.cookies)
    with transaction.atomic():
        response = client.generic(method.upper(), path)
        changed = Change.objects.count() - before
        transaction.set_rollback(True)
    client.cookies = cookies  # logging out is thrown away, too
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return response.status_code, body.decode("utf-8", "replace"), changed, response.headers.get("Location", "")


def canaries_in(body, location):
    return [canary for canary in CANARIES if canary in body or canary in location]


def faults(world, name, persona, method, client):
    path = world.path(name)
    status, body, changed, location = ask(client, method, path)
    allowed = may(name, persona)
    found = []
    if method == "get" and changed:
        found.append(f"reading changed {changed} rows")
    if allowed is True:
        # The pages of the log-in library are absent where there is nothing to do: no factor to remove, for instance.
        if status == 404 and (name, persona) not in NARROWER and ":" in name:
            found.append("allowed, but 404")
        if status >= 500:
            found.append(f"{status}")
    elif allowed is None:
        if canaries_in(body, location):
            found.append(f"a list shows {canaries_in(body, location)}")
    else:
        if status not in ((302,) if persona in ("anonymous", "disabled") else (404, 405)):
            found.append(f"denied, but {status}")
        if canaries_in(body, location):
            found.append(f"denied, but the body holds {canaries_in(body, location)}")
        if changed:
            found.append(f"denied, but {changed} rows changed")
    return [f"{method.upper()} {name} as {persona}: {fault}" for fault in found]


@pytest.mark.parametrize("persona", [*ROLES, *OUTSIDERS])
def test_every_url_answers_as_the_table_says(world, persona):
    client = client_of(world.people[persona])
    found = [f"{name} has no row in the access table" for name in NAMES if name not in PAGES]
    for name in NAMES:
        for method in ("get", "post"):
            found += faults(world, name, persona, method, client)
    assert found == []


def test_absent_and_forbidden_look_the_same(world, monkeypatch):
    client = client_of(world.people["stranger"])
    real = world.path("reports:course")
    absent = re.sub(r"[0-9a-f-]{36}", "00000000-0000-4000-8000-000000000000", real)
    here, there = client.get(real), client.get(absent)
    assert (here.status_code, here.content.replace(real.encode(), b"")) == (
        there.status_code,
        there.content.replace(absent.encode(), b""),
    )


def test_a_url_without_a_row_is_found_and_exists_for_nobody(world, monkeypatch):
    monkeypatch.delitem(PAGES, "reports:board")
    assert client_of(world.people["coordinator"]).get("/courses/").status_code == 404
    assert set(NAMES) - set(PAGES) == {"reports:board"}


def test_an_unscoped_query_is_found(world, monkeypatch):
    """The negative control: with the scope taken out of every QuerySet, the matrix must see another clinic's canaries."""
    monkeypatch.setattr(ScopedQuerySet, "visible_to", lambda rows, grant: rows.all())
    client = client_of(world.people["stranger"])
    client.raise_request_exception = False  # rows that nobody should reach may also break a page
    found = [fault for name in NAMES for fault in faults(world, name, "stranger", "get", client)]
    assert any("denied, but 200" in fault for fault in found)
    assert any("the body holds" in fault for fault in found)


def test_every_page_that_shows_records_is_walked_with_a_record(world):
    """The walk is blind where no canary can be seen: the team must see canaries on the pages of the course."""
    seen = set()
    for name in NAMES:
        for persona in ("lead", "coordinator", "physician"):
            if may(name, persona) is True:
                _, body, _, location = ask(client_of(world.people[persona]), "get", world.path(name))
                seen.update(canaries_in(body, location))
    assert seen == set(CANARIES)
