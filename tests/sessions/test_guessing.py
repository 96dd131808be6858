"""Tokens of the calendar's addresses that are guessed at: nothing is found, and after some misses nothing is looked up."""

import base64
import datetime as dt
import hashlib
import io
import logging.config
import random
import string
import threading
from collections import Counter

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from accounts.actions import guessing
from accounts.actions.audit import acting
from accounts.actions.guessing import guesses_too_much, note_miss
from accounts.models import Membership
from mdmaat import logs
from sessions.actions.feeds import end, feed_of, issue, live_of
from tests.factories import RoomFactory

LETTERS = string.ascii_letters + string.digits + "-_"
GUESSES = 10_000
EVERY = 50  # of how many guesses one goes over HTTP


@pytest.fixture
def now():
    return timezone.now().replace(microsecond=0)


@pytest.fixture
def mine(lead):
    return lead.memberships.get()


@pytest.fixture
def token(mine, lead, now):
    return issue(mine, by=lead, at=now)


@pytest.fixture
def dead(mine, lead, second, stranger, coordinator, clinic, now):
    """Tokens that opened something once: replaced, ended, of who has left, of a room let go, and of another clinic."""
    theirs, others = second.memberships.get(), stranger.memberships.get()
    room = RoomFactory(clinic=clinic)
    found = [
        issue(mine, by=lead, at=now),
        issue(theirs, by=second, at=now),
        issue(others, by=stranger, at=now),
        issue(room, by=coordinator, at=now),
    ]
    assert all(feed_of(one, at=now) for one in found)
    issue(mine, by=lead, at=now)
    end(live_of(others).get(), by=stranger, at=now)
    with acting(lead):
        Membership.objects.filter(pk=theirs.pk).update(ends_on=now.date() - dt.timedelta(days=1))
        type(room).objects.filter(pk=room.pk).update(active=False)
    return found


def guesses(number, live, dead, dice):
    """So many guesses by somebody who knows all but the live tokens themselves."""
    for n in range(number):
        known, place = dice.choice(live), dice.randrange(len(live[0]))
        letter = dice.choice([one for one in LETTERS if one != known[place]])
        yield (
            base64.urlsafe_b64encode(dice.randbytes(32)).decode().rstrip("="),
            known[:place] + letter + known[place + 1 :],
            known[: place or 1],
            known + letter,
            known.swapcase(),
            dice.choice(dead),
            hashlib.sha256(known.encode()).hexdigest(),
            f" {known}",
        )[n % 8]


def fetch(token, address="192.0.2.1", method="get"):
    return getattr(Client(REMOTE_ADDR=address), method)(reverse("sessions:feed", args=[token]))


def told(answer):
    return answer.status_code, answer.content, tuple(sorted(answer.headers.items())), len(answer.cookies)


def test_ten_thousand_guesses_find_nothing_and_are_told_nothing(token, dead, stranger, mine, lead, now, capfd):
    """Every guess is looked up; one in 50 goes over HTTP, from many addresses, so that none of them is held back."""
    theirs = issue(stranger.memberships.get(), by=stranger, at=now)
    token = issue(mine, by=lead, at=now)
    output = io.StringIO()
    config = logs.configuration("DEBUG", readable=False)
    config["handlers"]["console"]["stream"] = output
    config["loggers"]["django_structlog"] = {"level": "DEBUG"}
    logging.config.dictConfig(config)
    answers = {"get": Counter(), "head": Counter()}
    tried, found, written = 0, [], set()
    try:
        for n, guess in enumerate(guesses(GUESSES, [token, theirs], dead, random.Random(1))):
            tried += 1
            if feed_of(guess, at=now):
                found.append(guess)
            if n % EVERY < 1:
                method = "head" if n % (2 * EVERY) else "get"
                answers[method][told(fetch(guess, f"192.0.2.{n % 250}", method))] += 1
                written.add(guess)
    finally:
        logging.config.dictConfig(logs.configuration("INFO", readable=True))
    assert (tried, found) == (GUESSES, [])
    assert [sum(each.values()) for each in answers.values()] == [GUESSES // EVERY // 2] * 2
    assert [len(each) for each in answers.values()] == [1, 1]  # one answer for whatever was wrong
    (get,), (head,) = answers.values()
    assert (get[0], head[0]) == (404, 404)
    said = output.getvalue() + "".join(capfd.readouterr())
    assert said.count("/feeds/") >= GUESSES // EVERY
    assert [guess for guess in written | {token, theirs, *dead} if len(guess) > 8 and guess in said] == []
    # The control: the live ones are found in the same way.
    assert [feed_of(one, at=now) is not None for one in (token, theirs)] == [True, True]
    assert fetch(token, "192.0.2.251").status_code == 200


@pytest.mark.parametrize("address", ["198.51.100.7", "2001:db8:0:7::1"])
def test_after_so_many_misses_an_address_finds_nothing_for_a_while(token, now, address, monkeypatch):
    hit, miss = fetch(token, address), fetch("never-was", address)
    assert hit.status_code == 200
    for _ in range(guessing.MISSES - 2):
        fetch("never-was", address)
    assert fetch(token, address).status_code == 200  # one short of the limit, and hits are not counted
    fetch("never-was", address)
    assert told(fetch(token, address)) == told(miss)
    assert fetch(token, "203.0.113.9").status_code == 200  # others go on reading theirs
    request = RequestFactory(REMOTE_ADDR=address).get("/")
    later = timezone.now() + dt.timedelta(seconds=guessing.STRETCH)
    assert (guesses_too_much(request, at=timezone.now()), guesses_too_much(request, at=later)) == (True, False)
    monkeypatch.setattr(guessing, "MISSES", 1_000)  # the control
    assert fetch(token, address).status_code == 200


@pytest.mark.django_db
def test_a_network_of_ipv6_is_one_address(now):
    for n in range(guessing.MISSES):
        note_miss(RequestFactory(REMOTE_ADDR=f"2001:db8:0:8::{n:x}").get("/"), at=now)
    there = [f"2001:db8:0:{network}::ffff" for network in (8, 9)]
    found = [guesses_too_much(RequestFactory(REMOTE_ADDR=address).get("/"), at=now) for address in there]
    assert found == [True, False]


def counted(now, address):
    """How many of 8 times 10 misses at once are counted."""
    request = RequestFactory(REMOTE_ADDR=address).get("/")
    ready = threading.Barrier(8)

    def miss():
        ready.wait()
        for _ in range(10):
            note_miss(request, at=now)
        connection.close()

    cache.delete(guessing._key(request, now))
    threads = [threading.Thread(target=miss) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return cache.get(guessing._key(request, now))


@pytest.mark.django_db(transaction=True)
def test_misses_at_once_are_counted_one_by_one(now, monkeypatch):
    assert counted(now, "198.51.100.9") == 80
    monkeypatch.setattr(guessing.zlib, "crc32", lambda _: threading.get_ident() % (1 << 31))  # nobody waits
    assert counted(now, "198.51.100.10") < 80
