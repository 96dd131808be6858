"""Booked visits that stand outside of what people, rooms and the clinic can do by now. Worked out whenever it is asked."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from django.db.models import Prefetch

from accounts.models import Clinic, Grant, User
from accounts.rules.access import Role
from accounts.rules.findings import Finding, Outcome
from patients.models import Course
from sessions.actions.planning import appointment_of
from sessions.actions.resources import holding, house_of, members_of, people_in, space_of
from sessions.models import Allocation, Room, RoomClosure, Visit
from sessions.rules.checking import standing_outside
from sessions.rules.planning import Appointment, Client, Request, Visits


@dataclass(frozen=True, slots=True)
class Outside:
    """A booked visit and everything that it stands outside of."""

    visit: Visit
    findings: tuple[Finding, ...]


def left_outside(
    clinic: Clinic,
    *,
    at: dt.datetime,
    grant: Grant | None = None,
    person: User | None = None,
    room: Room | None = None,
) -> list[Outside]:
    """The clinic's planned visits ahead that no longer hold, in the order of time; the number of queries is fixed.

    `grant` narrows them to what somebody may see, `person` and `room` to those that take them.
    """
    rows = Visit.objects.filter(course__clinic=clinic, state=Visit.State.PLANNED, starts_at__gt=at)
    rows = rows.filter(course__state__in=Course.ACTIVE)
    if grant is not None:
        rows = rows.filter(pk__in=Visit.objects.visible_to(grant).values("pk"))
    if person is not None:
        rows = rows.with_person(person.pk)
    if room is not None:
        rows = rows.filter(room=room)
    active = Prefetch("allocations", Allocation.objects.filter(active=True).select_related("therapist"))
    visits = list(
        rows.select_related(
            "course__patient", "course__clinic", "course__protocol", "room", "covered_by", "night_attendant"
        )
        .prefetch_related(active)
        .order_by("starts_at", "pk")
    )
    house = _House(clinic, at)
    by_course: dict[int, list[Visit]] = defaultdict(list)
    for visit in visits:
        by_course[visit.course_id].append(visit)
    found = {pk: reasons for rows in by_course.values() for pk, reasons in house.judged(rows)}
    return [Outside(visit, tuple(found[visit.pk])) for visit in visits if visit.pk in found]


class _House:
    """The clinic as it is now, without what anybody is booked for."""

    def __init__(self, clinic: Clinic, at: dt.datetime) -> None:
        self.clinic = clinic
        today = at.astimezone(clinic.zone).date()
        members = members_of(clinic, today)
        rooms = list(clinic.rooms.all())
        self.unused = {room.pk for room in rooms if not room.active}
        self.closed = list(RoomClosure.objects.filter(room__clinic=clinic, ends_on__gte=today))
        self.request = Request(
            protocol=Visits("", ()),
            house=house_of(clinic, today),
            client=Client(""),
            people=people_in(members, holding(Role.THERAPIST, members)),
            pairs=(),
            physicians=holding(Role.PHYSICIAN, members),
            raters=(),
            spaces=tuple(space_of(room, clinic, ()) for room in rooms),
            first_day=today,
            last_start=today,
            attendants=holding(Role.NIGHT_ATTENDANT, members),
        )

    def judged(self, visits: Sequence[Visit]) -> Iterator[tuple[int, list[Finding]]]:
        """What each visit of one course stands outside of, by the visit's key."""
        plan = visits[0].course.plan
        codes = {visit.code: visit for visit in plan.visits}
        request = replace(self.request, protocol=plan)
        standing = {
            visit.code: appointment_of(visit, codes.get(visit.code), None) for visit in visits if visit.code in codes
        }
        known = {code: self._of_those_here(appointment) for code, appointment in standing.items()}
        found = standing_outside(known.values(), request)
        for visit in visits:
            if visit.code in standing:
                reasons = [*self._gone(visit), *self._room(visit), *found.get(visit.code, ())]
                if reasons:
                    yield visit.pk, reasons

    def _of_those_here(self, appointment: Appointment) -> Appointment:
        """Without those who do not work here any more, of whom nothing else can be said."""
        people = self.request.people
        return replace(
            appointment,
            people=tuple((duty, key) for duty, key in appointment.people if key in people),
            cover=appointment.cover if appointment.cover in people else None,
            night=appointment.night if appointment.night in people else None,
        )

    def _gone(self, visit: Visit) -> Iterator[Finding]:
        for user in _people_of(visit):
            if str(user.pk) not in self.request.people:
                yield _no("gone", f"{user} does not work here any more.")

    def _room(self, visit: Visit) -> Iterator[Finding]:
        day = visit.starts_at.astimezone(self.clinic.zone).date()
        if visit.room_id in self.unused:
            yield _no("room", f"{visit.room} is not in use any more.")
        for row in self.closed:
            if row.room_id == visit.room_id and row.starts_on <= day <= row.ends_on:
                yield _no("room", f"{visit.room} cannot be used on that day.")


def _people_of(visit: Visit) -> Iterable[User]:
    yield from visit.therapists
    if visit.covered_by is not None:
        yield visit.covered_by
    if visit.night_attendant is not None:
        yield visit.night_attendant


def _no(code: str, sentence: str) -> Finding:
    return Finding(code, Outcome.NOT_MET, sentence, decided_by="coordinator")
