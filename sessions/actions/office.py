"""What the office keeps: rooms, working weeks, leave and closures."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction

from accounts.actions.editing import edit
from accounts.models import Clinic, Membership, User
from accounts.rules.findings import Refused, refusal
from sessions.actions.writing import hold_calendar
from sessions.models import Closure, Leave, Room, RoomClosure, Visit, WorkingTime
from sessions.rules.planning import Week


@transaction.atomic
def add_room(clinic: Clinic, *, by: User, at: dt.datetime, **values: Any) -> Room:
    """A new room. Raises Refused when the clinic has one of that name."""
    try:
        with transaction.atomic():
            return Room.objects.create(clinic=clinic, **values)
    except IntegrityError as problem:
        raise Refused([_named_already(values["name"])]) from problem


@transaction.atomic
def change_room(room: Room, *, version: int, by: User, at: dt.datetime, **values: Any) -> Room:
    """Change a room. Visits that are already booked keep their times; raises Stale when somebody was faster."""
    if Room.objects.filter(clinic=room.clinic_id, name=values["name"]).exclude(pk=room.pk).exists():
        raise Refused([_named_already(values["name"])])
    return edit(room, version=version, by=by, **values)


@transaction.atomic
def set_week(
    membership: Membership,
    *,
    hours: Week,
    weekly_hours: int | None,
    nights: Sequence[int],
    traits: Sequence[str],
    version: int,
    by: User,
    at: dt.datetime,
) -> Membership:
    """When somebody works every week, how many hours of it in visits, which nights they stay, and what patients may ask
    for in them. Booked visits keep their times; raises Stale when somebody was faster, and nothing is written then."""
    hold_calendar(membership.clinic)
    changed = edit(
        membership, version=version, by=by, weekly_hours=weekly_hours, nights=sorted(set(nights)), traits=list(traits)
    )
    wanted = {(day, starts, ends) for day, stretches in hours.items() for starts, ends in stretches}
    standing = {(row.weekday, row.starts, row.ends): row.pk for row in membership.working_times.all()}
    membership.working_times.filter(pk__in=[pk for key, pk in standing.items() if key not in wanted]).delete()
    WorkingTime.objects.bulk_create(
        WorkingTime(membership=membership, weekday=day, starts=starts, ends=ends)
        for day, starts, ends in sorted(wanted - standing.keys())
    )
    return changed


@transaction.atomic
def record_leave(
    membership: Membership, *, starts_on: dt.date, ends_on: dt.date, note: str, by: User, at: dt.datetime
) -> tuple[Leave, list[Visit]]:
    """Somebody is away. Returns the leave and the planned visits that fall into it, which somebody has to move."""
    hold_calendar(membership.clinic)
    leave = Leave.objects.create(membership=membership, starts_on=starts_on, ends_on=ends_on, note=note)
    return leave, visits_during(leave)


def visits_during(leave: Leave) -> list[Visit]:
    """Planned visits that somebody holds, covers or stays the night after, on the days of a leave."""
    zone = leave.membership.clinic.zone
    first = dt.datetime.combine(leave.starts_on, dt.time(0), tzinfo=zone)
    after = dt.datetime.combine(leave.ends_on + dt.timedelta(days=1), dt.time(0), tzinfo=zone)
    rows = Visit.objects.filter(
        course__clinic=leave.membership.clinic_id, state=Visit.State.PLANNED, starts_at__lt=after, ends_at__gt=first
    ).select_related("course__patient")
    return list(rows.with_person(leave.membership.user_id).order_by("starts_at", "pk"))


@transaction.atomic
def end_leave(leave: Leave, *, by: User, at: dt.datetime) -> None:
    """Take a leave back; the audit keeps that it was there."""
    leave.delete()


@transaction.atomic
def close_clinic(clinic: Clinic, *, day: dt.date, name: str, by: User, at: dt.datetime) -> Closure:
    """A day on which the clinic is closed. Raises Refused when it is on record already."""
    try:
        with transaction.atomic():
            return Closure.objects.create(clinic=clinic, day=day, name=name)
    except IntegrityError as problem:
        raise Refused([refusal("closed_already", f"The clinic is closed on {day:%-d %B %Y} already.")]) from problem


@transaction.atomic
def reopen(closure: Closure, *, by: User, at: dt.datetime) -> None:
    """The clinic is open on that day after all."""
    closure.delete()


@transaction.atomic
def end_room_closure(closure: RoomClosure, *, by: User, at: dt.datetime) -> None:
    """The room can be used after all."""
    closure.delete()


def _named_already(name: str) -> Any:
    return refusal("room_name", f"The clinic has a room called {name} already. Give this one another name.")
