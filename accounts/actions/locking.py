"""The idle lock: it lives in the login session on the server, so every tab and the back button find the same closed door."""

import datetime as dt
from enum import StrEnum

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest

from accounts.actions import passwords
from accounts.actions.passwords import confirm
from accounts.rules.findings import Refused

LOCKED, SEEN_AT, SINCE, IDLE_LIMIT = "locked", "seen_at", "since", "idle_limit"
WRONG, HELD = "wrong_passwords", "held"
TRIES = 5
# What was sent to a locked page is held in the session until it is unlocked; beyond this it is refused.
HELD_CHARACTERS = 1_000_000


class Unlocking(StrEnum):
    OPEN = "open"
    WRONG = "wrong"
    WAIT = "wait"
    LOGGED_OUT = "logged out"


def lock(request: HttpRequest) -> None:
    request.session[LOCKED] = True


def is_locked(request: HttpRequest, *, at: dt.datetime) -> bool:
    """Whether the screen is locked; an idle session is locked by being asked."""
    seen = request.session.get(SEEN_AT)
    if seen is not None and at.timestamp() - seen > request.session.get(IDLE_LIMIT, 600):
        request.session[LOCKED] = True
    return bool(request.session.get(LOCKED))


def is_over(request: HttpRequest, *, at: dt.datetime) -> bool:
    """Whether this log-in is too old, however busy it was: nobody stays logged in for longer than a day's work."""
    since = request.session.setdefault(SINCE, at.timestamp())
    return at.timestamp() - since > settings.SESSION_COOKIE_AGE


def note_presence(request: HttpRequest, *, at: dt.datetime, idle_limit: int | None = None) -> None:
    """Somebody is there. `idle_limit` in seconds belongs to the page that is open; without it the last one stays."""
    request.session[SEEN_AT] = at.timestamp()
    if idle_limit is not None:
        request.session[IDLE_LIMIT] = idle_limit


def hold(request: HttpRequest) -> bool:
    """Keep a form that arrived while the screen was locked, so that unlocking can send it. Passwords are not kept."""
    pairs = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name != "csrfmiddlewaretoken" and "password" not in name
    ]
    if not pairs or request.FILES or sum(len(value) for _, value in pairs) > HELD_CHARACTERS:
        return False
    request.session[HELD] = {"path": request.get_full_path(), "pairs": pairs}
    return True


def unlock(request: HttpRequest, *, password: str, at: dt.datetime) -> Unlocking:
    """Open the session again with its own user's password. The fifth wrong one logs out; drafts stay on the server.

    Wrong ones count together with those of signatures and of this person's other screens.
    """
    try:
        confirm(request.user, password)
    except Refused as refused:
        if refused.findings[0].code != passwords.WRONG:
            return Unlocking.WAIT
        request.session[WRONG] = request.session.get(WRONG, 0) + 1
        if request.session[WRONG] >= TRIES:
            logout(request)
            return Unlocking.LOGGED_OUT
        return Unlocking.WRONG
    for key in (LOCKED, WRONG):
        request.session.pop(key, None)
    request.session.cycle_key()
    note_presence(request, at=at)
    return Unlocking.OPEN
