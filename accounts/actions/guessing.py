"""Addresses from which secrets are guessed: after so many misses nothing more is looked up for them, for a while."""

import datetime as dt
import ipaddress
import zlib

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpRequest

MISSES = 60
"""From one address in one stretch: more than all the telephones behind a clinic's one address ask for in vain."""
STRETCH = 300  # seconds
IPV6_PREFIX = 64  # what one household or one server has to itself
# Names the lock under which the misses of one address are counted: the first of its two numbers.
LOCK = 7_202


def guesses_too_much(request: HttpRequest, *, at: dt.datetime) -> bool:
    """Whether so much was asked in vain from where this comes from that its question is not even looked up."""
    return cache.get(_key(request, at), 0) >= MISSES


@transaction.atomic
def note_miss(request: HttpRequest, *, at: dt.datetime) -> None:
    """Count a question in vain. Those of one address wait for one another, so that many at once are counted one by one.

    The view must not take it back by the error it answers with: it stands outside of the request's transaction.
    """
    key = _key(request, at)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, zlib.crc32(key.encode()) - (1 << 31)])
    cache.set(key, cache.get(key, 0) + 1, STRETCH)


def _key(request: HttpRequest, at: dt.datetime) -> str:
    """One count for each address and stretch: it ends by the clock, however often somebody asks in vain meanwhile."""
    return f"misses-{_source(get_adapter().get_client_ip(request))}-{int(at.timestamp()) // STRETCH}"


def _source(address: str) -> str:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 4:
        return address
    return str(ipaddress.ip_network(f"{found}/{IPV6_PREFIX}", strict=False).network_address)
