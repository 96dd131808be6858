"""The calendar and the board ask the database the same questions for two hundred courses as for thirty."""

import datetime as dt

import pytest
from django.db.models import QuerySet
from django.utils import timezone

from sessions.models import Visit
from tests.bulk import WEEKS, fill

PAGES = {
    "/calendar/?view=week": 30,
    "/calendar/?view=week&by=rooms": 28,
    "/calendar/?view=week&by=pairs": 32,
    "/calendar/?view=day": 30,
    "/calendar/free/": 17,
    "/courses/": 31,
}


@pytest.fixture(params=[30, 200])
def desk(request, client, clinic, coordinator):
    visits = fill(clinic, request.param)
    assert Visit.objects.count() == len(visits) == WEEKS * request.param
    client.force_login(coordinator)
    return client


def questions(client, path, asked):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(path, asked)
    with CaptureQueriesContext(connection) as found:
        assert client.get(path, asked).status_code == 200
    return len(found)


def in_a_dosing_week():
    """Five weeks from now there are dosing days, which the calendar holds against the screening."""
    return (timezone.localdate() + dt.timedelta(weeks=5)).isoformat()


def test_thirty_and_two_hundred_courses_ask_the_same(desk):
    found = {}
    for address in PAGES:
        path, _, query = address.partition("?")
        asked = dict(part.split("=") for part in query.split("&") if part)
        found[address] = questions(desk, path, asked | ({"day": in_a_dosing_week()} if query else {}))
    assert found == PAGES


def test_a_page_that_asks_for_every_visit_is_found(client, clinic, coordinator, monkeypatch):
    """The negative control: without prefetching, every visit is a question of its own."""
    fill(clinic, 10)
    client.force_login(coordinator)
    asked = {"view": "week", "day": in_a_dosing_week()}
    with monkeypatch.context() as lazy:
        lazy.setattr(QuerySet, "prefetch_related", lambda rows, *_: rows)
        few = questions(client, "/calendar/", asked)
    assert few > PAGES["/calendar/?view=week"] + 10
