"""Times when people are taken outside of the clinic: read from a file of their calendar, shown, taken over, let go."""

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import structlog
from django.db import transaction
from django.db.models import Q

from accounts.models import Membership, User
from accounts.rules.findings import Finding, Refused, refusal
from sessions.actions.writing import hold_calendar
from sessions.models import Allocation, BusyTime, Visit
from sessions.rules.intervals import Interval, at_wall, day_of, merged

MOST_BYTES = 2_000_000
AHEAD = dt.timedelta(days=550)
"""How far recurring events are unfolded: a course that begins in a year is still planned around them."""
PATIENCE = 20  # seconds by the clock, of which the reader has five of a processor
ROOT = Path(__file__).resolve().parents[2]
log = structlog.get_logger(__name__)


def read_calendar(content: bytes, *, of: Membership, at: dt.datetime) -> list[Interval]:
    """When the file says this person is taken, from today on, joined and in order. Writes nothing.

    Times that are exactly those of their visits here are left out: whoever reads our calendar into their own may export
    both. Raises Refused with the sentence why the file cannot be used.
    """
    if len(content) > MOST_BYTES:
        raise Refused([_unusable(f"It is larger than {MOST_BYTES // 1_000_000} MB. Export a shorter period.")])
    zone = of.clinic.zone
    since = at_wall(day_of(at, zone), dt.time(0), zone)
    asked = (of.clinic.time_zone, since.isoformat(), (since + AHEAD).isoformat())
    answer = _unfolded(content, asked)
    if "refused" in answer:
        raise Refused([_unusable(answer["refused"])])
    ours = Allocation.objects.filter(therapist=of.user_id, active=True, during__endswith__gt=since)
    known = {(during.lower, during.upper) for during in ours.values_list("during", flat=True)}
    pairs = [tuple(map(dt.datetime.fromisoformat, pair)) for pair in answer["times"]]
    return merged(Interval(start, end) for start, end in pairs if (start, end) not in known)


def _unfolded(content: bytes, asked: Sequence[str]) -> dict[str, list[list[str]]]:
    """The answer of the reader, which runs without our settings, database and secrets and is stopped when it takes long."""
    command = [sys.executable, "-m", "sessions.actions.unfolding", *asked]
    try:
        done = subprocess.run(command, input=content, capture_output=True, cwd=ROOT, env={}, timeout=PATIENCE)  # noqa: S603 our own words only
    except subprocess.TimeoutExpired as problem:
        raise Refused([_unusable("It takes too long to read. Export a shorter period.")]) from problem
    if done.returncode:
        # Neither its content nor its error, which quotes it, is written down.
        log.warning("calendar_unreadable", code=done.returncode)
        raise Refused([_unusable("It cannot be read, or takes too long. Export it again, or a shorter period.")])
    return json.loads(done.stdout)


def _unusable(why: str) -> Finding:
    return refusal("calendar", f"This file was not taken over. {why}")


@transaction.atomic
def take_over(of: Membership, times: Iterable[Interval], *, by: User, at: dt.datetime) -> list[Visit]:
    """These times, and no others, are when this person is taken elsewhere. Returns the planned visits they clash with."""
    hold_calendar(of.clinic)
    wanted = merged(times)
    pairs = {(one.start, one.end) for one in wanted}
    there = {(row.during.lower, row.during.upper): row.pk for row in of.busy_times.all()}
    BusyTime.objects.filter(pk__in=[key for pair, key in there.items() if pair not in pairs]).delete()
    BusyTime.objects.bulk_create(BusyTime(membership=of, during=pair) for pair in sorted(pairs - there.keys()))
    return clashing(of, wanted, at=at)


def times_of(member: Membership, *, at: dt.datetime) -> list[Interval]:
    """When somebody is taken elsewhere and has not come back."""
    rows = member.busy_times.filter(during__endswith__gt=at).order_by("during")
    return [Interval(row.during.lower, row.during.upper) for row in rows]


def clashing(of: Membership, times: Sequence[Interval], *, at: dt.datetime) -> list[Visit]:
    """Planned visits ahead that this person holds or covers at a time at which they are taken elsewhere."""
    if not times:
        return []
    mine = Q(allocations__therapist=of.user_id, allocations__active=True) | Q(covered_by=of.user_id)
    rows = Visit.objects.filter(
        mine, course__clinic=of.clinic_id, state=Visit.State.PLANNED, starts_at__gt=at, starts_at__lt=times[-1].end
    )
    visits = rows.select_related("course__patient").distinct().order_by("starts_at", "pk")
    return [visit for visit in visits if any(one.overlaps(Interval(visit.starts_at, visit.ends_at)) for one in times)]
