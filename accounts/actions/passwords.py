"""Passwords that are asked for again, to sign or to witness: nobody may go on guessing somebody's."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.core.cache import cache
from django.db import connection

from accounts.models import User
from accounts.rules.findings import Refused, refusal

TRIES = 5
WAIT_SECONDS = 300
WRONG = "password"
"""The code of the finding by which an action says that a password was wrong."""
# Names the lock under which the tries of one person are counted: the first of its two numbers.
LOCK = 7_201
log = structlog.get_logger(__name__)


@contextmanager
def few_guesses(of: User) -> Iterator[None]:
    """Around an action that asks for this person's password: refused unheard, the right one too, after TRIES wrong ones.

    Stands outside of the action, whose transaction takes back all it wrote when it refuses. Tries of one person wait
    for one another, so that many at once are counted one by one.
    """
    key = f"wrong-passwords-{of.pk}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, of.pk])
    wrong = cache.get(key, 0)
    if wrong >= TRIES:
        sentence = f"The password of {of} was wrong {TRIES} times. Wait {WAIT_SECONDS // 60} minutes and try again."
        raise Refused([refusal("guesses", sentence)])
    try:
        yield
    except Refused as refused:
        if any(finding.code == WRONG for finding in refused.findings):
            cache.set(key, wrong + 1, WAIT_SECONDS)
            log.warning("wrong_password", person=str(of.public_id), tries=wrong + 1)
        raise
    cache.delete(key)


def confirm(of: User, password: str) -> None:
    """Raises Refused when this is not the person's password, or when it was guessed at too often."""
    with few_guesses(of):
        if not of.check_password(password):
            raise Refused([refusal(WRONG, f"This is not the password of {of}.")])
