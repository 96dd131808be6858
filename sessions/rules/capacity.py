"""How many courses a clinic can carry, by arithmetic: therapists' hours and dosing-room days. A limit, not a promise."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from patients.rules.protocol import RoomKind, VisitKind, VisitPlan

TREATMENT = (VisitKind.PREPARATION, VisitKind.DOSING, VisitKind.INTEGRATION)


@dataclass(frozen=True, slots=True)
class Load:
    """What one course takes: hours of therapists, days of a dosing room, and weeks from its first visit to its last."""

    therapist_hours: float
    dosing_days: int
    weeks: float


@dataclass(frozen=True, slots=True)
class Capacity:
    """What a clinic has in an ordinary week, and the courses that it can begin in one and have under way at once."""

    load: Load
    therapists: int
    hours: float
    room_days: int
    by_therapists: float
    by_rooms: float

    @property
    def a_week(self) -> float:
        return min(self.by_therapists, self.by_rooms)

    @property
    def at_once(self) -> int:
        return math.floor(self.a_week * self.load.weeks)

    @property
    def is_short_of_rooms(self) -> bool:
        return self.by_rooms < self.by_therapists


def load_of(visits: Iterable[VisitPlan]) -> Load:
    """What a course of these visits takes when every visit is on its target day; calls, ratings and follow-ups left out."""
    every = list(visits)
    day: dict[str, float] = {}
    for visit in every:
        day[visit.code] = visit.target.value + day[visit.anchor] if visit.anchor in day else 0
    counted = [visit for visit in every if visit.kind in TREATMENT]
    last = max((day[visit.code] for visit in counted), default=0)
    return Load(
        therapist_hours=sum(visit.minutes.value * visit.therapists for visit in counted) / 60,
        dosing_days=sum(visit.room is RoomKind.DOSING for visit in counted),
        weeks=(last + 1) / 7,
    )


def capacity(load: Load, weekly_hours: Iterable[float], room_days: int) -> Capacity:
    """The limit of a clinic whose therapists have these hours for visits a week, and so many dosing-room days."""
    hours = list(weekly_hours)
    return Capacity(
        load=load,
        therapists=len(hours),
        hours=sum(hours),
        room_days=room_days,
        by_therapists=sum(hours) / load.therapist_hours if load.therapist_hours else math.inf,
        by_rooms=room_days / load.dosing_days if load.dosing_days else math.inf,
    )
