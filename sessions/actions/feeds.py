"""Addresses under which a telephone reads one person's or one room's times: made, ended, and what they say."""

import datetime as dt
import hashlib
import secrets
import uuid
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import Membership, User
from accounts.rules.access import Role
from sessions.models import Allocation, Feed, Room, Visit, VisitChange
from sessions.rules.feed import Entry
from sessions.rules.intervals import day_of
from sessions.rules.openings import night_of
from sessions.rules.planning import House

TOKEN_BYTES = 32
KEPT = dt.timedelta(days=30)
"""How long a time stays in the feed when it is over, or was given up."""


@transaction.atomic
def issue(of: Membership | Room, *, by: User, at: dt.datetime) -> str:
    """A new address of this person or room; an earlier one ends with it. Returns its token, which nobody can read again."""
    type(of)._base_manager.select_for_update(no_key=True).get(pk=of.pk)  # one at a time, so that one is left
    for old in live_of(of):
        end(old, by=by, at=at)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    whose = {"membership": of} if isinstance(of, Membership) else {"room": of}
    Feed.objects.create(clinic=of.clinic, digest=_digest(token), made_at=at, made_by=by, **whose)
    return token


@transaction.atomic
def end(feed: Feed, *, by: User, at: dt.datetime) -> None:
    """From now on the address answers as if it had never been. Nothing happens when it has ended already."""
    Feed.objects.filter(pk=feed.pk, ended_at=None).update(ended_at=at, ended_by=by)


def live_of(*of: Membership | Room) -> QuerySet[Feed]:
    """The addresses in use of these people and rooms."""
    members = [one.pk for one in of if isinstance(one, Membership)]
    rooms = [one.pk for one in of if isinstance(one, Room)]
    return Feed.objects.live().filter(Q(membership__in=members) | Q(room__in=rooms))


def feed_of(token: str, *, at: dt.datetime) -> Feed | None:
    """The feed of a token; None for one that never was, that has ended, or whose person has left."""
    rows = Feed.objects.select_related("clinic", "room", "membership__user", "made_by")
    feed = rows.filter(digest=_digest(token)).first()
    return feed if feed is not None and feed.is_live(at) else None


def entries_of(feed: Feed, *, at: dt.datetime) -> list[Entry]:
    """When the person or the room is taken in this clinic, and what they were taken for and are no more."""
    since = at - KEPT
    found: dict[str, Entry] = {}
    # Last of all what is in force, so that it counts before what was given up of the same visit.
    for row in _allocations(feed).filter(during__endswith__gt=since).order_by("active", "pk"):
        uid, version = (
            (str(row.visit.public_id), row.visit.schedule_version)
            if row.visit
            else (str(row.gathering.public_id), row.gathering.version)
        )
        found[uid] = Entry(uid, row.during.lower, row.during.upper, version, row.active)
    for entry in (*_covers(feed, since), *_nights(feed, since)):
        if entry.stands or entry.uid not in found:
            found[entry.uid] = entry
    return sorted(found.values(), key=lambda entry: (entry.start, entry.uid))


def _allocations(feed: Feed) -> QuerySet[Allocation]:
    rows = Allocation.objects.select_related("visit", "gathering")
    if feed.membership is None:
        return rows.filter(room=feed.room)
    here = Q(visit__course__clinic=feed.clinic_id) | Q(gathering__clinic=feed.clinic_id)
    return rows.filter(here, therapist=feed.membership.user_id)


def _covers(feed: Feed, since: dt.datetime) -> Iterable[Entry]:
    """Dosing days on which a physician is, or was, on duty: a duty, not an allocation."""
    for visit, stands in _on_duty(feed, since, Role.PHYSICIAN, "covered_by", "cover"):
        yield Entry(str(visit.public_id), visit.starts_at, visit.ends_at, visit.schedule_version, stands)


def _nights(feed: Feed, since: dt.datetime) -> Iterable[Entry]:
    """Nights after dosing days on which somebody stays, or was to stay."""
    house = House(feed.clinic.zone, feed.clinic.opens_at, feed.clinic.closes_at)
    for visit, stands in _on_duty(feed, since, Role.NIGHT_ATTENDANT, "night_attendant", "night"):
        night = night_of(day_of(visit.ends_at, house.zone), house)
        # Another time than the visit's, so another name that is always the same.
        uid = str(uuid.uuid5(visit.public_id, "night"))
        yield Entry(uid, night.start, night.end, visit.schedule_version, stands)


def _on_duty(feed: Feed, since: dt.datetime, role: Role, duty: str, kept_as: str) -> Iterable[tuple[Visit, bool]]:
    """Visits on which the feed's person has a duty, or had it before a change, and whether they have it now."""
    if feed.membership is None or role not in feed.membership.held:
        return
    user = feed.membership.user_id
    before = VisitChange.objects.filter(**{f"before__{kept_as}": user}).values("visit")
    rows = Visit.objects.filter(course__clinic=feed.clinic_id, ends_at__gt=since)
    for visit in rows.filter(Q(**{duty: user}) | Q(pk__in=before)):
        yield visit, getattr(visit, f"{duty}_id") == user and visit.is_standing


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
