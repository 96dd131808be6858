"""Who is on duty for dosing days and for the nights after them. Reads staff and numbers of visits, never a patient."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from accounts.models import Clinic
from accounts.rules.access import Role
from patients.rules.protocol import VisitKind
from sessions.actions.resources import members_of, person_of
from sessions.actions.roster import closed_days
from sessions.models import Visit
from sessions.rules.planning import Person


@dataclass(frozen=True, slots=True)
class DutyDay:
    """One day: whether the clinic is closed, who is there, who may stay the night, and what is booked."""

    on: dt.date
    closed: str
    physicians: tuple[str, ...]
    attendants: tuple[str, ...]
    dosing: int
    covering: tuple[str, ...]
    staying: tuple[str, ...]


def duty_in(clinic: Clinic, days: Sequence[dt.date], *, at: dt.datetime) -> list[DutyDay]:
    """These days with who is on duty by their working week and leave; a fixed number of queries."""
    members = members_of(clinic, at.astimezone(clinic.zone).date())
    physicians = [person_of(m, treats=False) for m in members if Role.PHYSICIAN in m.roles]
    attendants = [person_of(m, treats=False) for m in members if Role.NIGHT_ATTENDANT in m.roles]
    closed = closed_days(clinic, days)
    booked: dict[dt.date, list[Visit]] = {day: [] for day in days}
    rows = Visit.objects.standing().filter(
        course__clinic=clinic,
        kind=VisitKind.DOSING,
        starts_at__date__gte=days[0] - dt.timedelta(days=1),
        starts_at__date__lte=days[-1] + dt.timedelta(days=1),
    )
    for row in rows.select_related("covered_by", "night_attendant").order_by("starts_at", "pk"):
        booked.get(row.starts_at.astimezone(clinic.zone).date(), []).append(row)
    return [
        DutyDay(
            on=day,
            closed=closed.get(day, ""),
            physicians=tuple(p.name for p in physicians if day.weekday() in p.hours and _is_there(p, day)),
            attendants=tuple(p.name for p in attendants if day.weekday() in (p.nights or ()) and _is_there(p, day)),
            dosing=len(booked[day]),
            covering=tuple(dict.fromkeys(str(v.covered_by) for v in booked[day] if v.covered_by)),
            staying=tuple(str(v.night_attendant) for v in booked[day] if v.night_attendant),
        )
        for day in days
    ]


def _is_there(person: Person, day: dt.date) -> bool:
    return not any(absence.first <= day <= absence.last for absence in person.absences)
