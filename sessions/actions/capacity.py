"""What this clinic can carry in an ordinary week. Reads staff and rooms; writes nothing."""

import datetime as dt

from accounts.models import Clinic
from patients.models import ProtocolVersion
from patients.rules.protocol import RoomKind
from sessions.actions.resources import may_treat, members_of, person_of, space_of
from sessions.rules.capacity import TREATMENT, Capacity, capacity, load_of
from sessions.rules.planning import Person


def capacity_of(clinic: Clinic, version: ProtocolVersion, today: dt.date) -> Capacity:
    """The clinic's limit for courses of one protocol: therapists by their hours, dosing rooms by the days they are open."""
    protocol = version.protocol
    people = [person_of(m, treats=True) for m in members_of(clinic, today) if may_treat(m)]
    staffed = {day for person in people for day in person.hours}
    longest = max(
        (v.minutes.whole for v in protocol.visits if v.room is RoomKind.DOSING and v.kind in TREATMENT), default=0
    )
    rooms = [space_of(room, clinic, ()) for room in clinic.rooms.filter(active=True, kind=RoomKind.DOSING.value)]
    long_enough = [room for room in rooms if _minutes(room.opens, room.closes) >= longest]
    return capacity(load_of(protocol.visits), [_hours(person) for person in people], len(long_enough) * len(staffed))


def _hours(person: Person) -> float:
    """Hours a week that somebody has for visits: those they work, no more than they may be booked for."""
    worked = sum(_minutes(starts, ends) for times in person.hours.values() for starts, ends in times)
    return min(worked, worked if person.weekly_minutes is None else person.weekly_minutes) / 60


def _minutes(starts: dt.time, ends: dt.time) -> int:
    return (ends.hour - starts.hour) * 60 + ends.minute - starts.minute
