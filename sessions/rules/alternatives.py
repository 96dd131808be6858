"""The next times at which one visit could be held instead, as the calendar stands."""

from dataclasses import replace
from datetime import datetime, time, timedelta

from sessions.rules.clashes import clashes
from sessions.rules.intervals import at_wall
from sessions.rules.planning import Request

SPAN = 28  # days on either side of the wish
QUARTER = timedelta(minutes=15)


def next_times(request: Request, code: str, near: datetime, count: int = 5) -> list[datetime]:
    """Up to `count` starts inside the visit's window on different days, those nearest to `near` first.

    Looks at the people, the room, the patient and the window counted from where its anchor stands; what would follow
    for the other visits is seen when one is chosen.
    """
    visit = request.protocol.visit(code)
    zone = request.house.zone
    wanted = near.astimezone(zone)
    anchor = {**request.current, **request.held}.get(visit.anchor or "")
    days = sorted(range(-SPAN, SPAN + 1), key=lambda n: (abs(n), n))
    found: list[datetime] = []
    for n in days:
        day = wanted.date() + timedelta(days=n)
        if anchor is not None:
            gap = (day - anchor.start.astimezone(zone).date()).days
            if not visit.earliest.whole <= gap <= visit.latest.whole:
                continue
        start = _first_start(request, code, at_wall(day, wanted.time(), zone), at_wall(day, time(0), zone))
        if start is not None:
            found.append(start)
        if len(found) == count:
            break
    return sorted(found)


def _first_start(request: Request, code: str, liked: datetime, midnight: datetime) -> datetime | None:
    starts = [midnight + n * QUARTER for n in range(96)]
    for start in sorted(starts, key=lambda start: (abs(start - liked), start)):
        if not clashes(replace(request, wanted={code: start}), request.pairs[0]):
            return start
    return None
