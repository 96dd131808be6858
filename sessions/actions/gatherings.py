"""Group integration and supervision: bookings of their own kind, kept apart by the same constraint as visits."""

import datetime as dt
from collections.abc import Collection, Iterable

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from accounts.models import Clinic, User
from accounts.rules.access import Role
from accounts.rules.findings import Finding, Refused, refusal
from patients.models import Course, Patient
from sessions.actions.writing import OVERLAP, hold_calendar, in_order
from sessions.models import Allocation, BusyTime, Gathering, Room

QUARTER = dt.timedelta(minutes=15)
AHEAD = dt.timedelta(days=14)


@transaction.atomic
def gather(
    clinic: Clinic,
    *,
    kind: Gathering.Kind,
    starts_at: dt.datetime,
    minutes: int,
    room: Room | None,
    therapists: Collection[User],
    patients: Collection[Patient] = (),
    by: User,
    at: dt.datetime,
) -> Gathering:
    """Book a group of patients or a supervision. Raises Refused with who or what is taken already."""
    hold_calendar(clinic)
    ends_at = starts_at + dt.timedelta(minutes=minutes)
    reasons = []
    if kind == Gathering.Kind.GROUP and len(patients) < 2:
        reasons.append(refusal("patients", "A group has at least two patients. Choose another one."))
    if kind == Gathering.Kind.SUPERVISION and (patients or len(therapists) < 2):
        reasons.append(refusal("therapists", "A supervision has at least two therapists and no patient."))
    if not therapists:
        reasons.append(refusal("therapists", "Name who holds it."))
    if starts_at <= at:
        reasons.append(refusal("past", "That time has passed. Choose a later one."))
    for row in _elsewhere(clinic, therapists, (starts_at, ends_at)).select_related("membership__user"):
        low, high = (moment.astimezone(clinic.zone) for moment in (row.during.lower, row.during.upper))
        sentence = f"{row.membership.user} is taken elsewhere from {low:%a %-d %b, %H:%M} to {high:%a %-d %b, %H:%M}."
        reasons.append(refusal("elsewhere", sentence))
    if reasons:
        raise Refused(reasons)
    try:
        with transaction.atomic():
            row = Gathering.objects.create(clinic=clinic, kind=kind, starts_at=starts_at, ends_at=ends_at, room=room)
            wanted = _allocations(row, therapists, patients)
            Allocation.objects.bulk_create(sorted(wanted, key=in_order))
    except IntegrityError as problem:
        if getattr(problem.__cause__, "sqlstate", None) != OVERLAP:
            raise
        raise Refused(_taken(clinic, starts_at, ends_at, room, therapists, patients)) from problem
    return row


def therapists_of(clinic: Clinic, on: dt.date) -> QuerySet[User]:
    """Who may hold a group or come to a supervision, by name."""
    members = clinic.memberships.holding(Role.THERAPIST, on)
    return User.objects.filter(pk__in=members.values("user")).order_by("name", "pk")


def patients_of(clinic: Clinic) -> QuerySet[Patient]:
    """Who may come to a group: patients whose treatment has begun, or is completed, by name."""
    treated = Course.objects.filter(clinic=clinic, state__in=(Course.State.IN_TREATMENT, Course.State.COMPLETED))
    return Patient.objects.filter(pk__in=treated.values("patient")).order_by("family_name", "given_name", "pk")


@transaction.atomic
def call_gathering_off(gathering: Gathering, *, version: int, by: User, at: dt.datetime) -> Gathering:
    """Free everybody in it; the row stays. Raises Refused when somebody was faster."""
    moved = Gathering.objects.filter(pk=gathering.pk, version=version, is_off=False).update(
        is_off=True, version=version + 1
    )
    if not moved:
        raise Refused([refusal("changed", "Somebody else has just changed this. Look at it again.")])
    gathering.allocations.filter(active=True).update(active=False)
    gathering.refresh_from_db()
    return gathering


def next_openings(
    clinic: Clinic,
    *,
    after: dt.datetime,
    minutes: int,
    room: Room | None,
    therapists: Collection[User],
    patients: Collection[Patient] = (),
    count: int = 5,
) -> list[dt.datetime]:
    """The next times of the clinic's opening hours at which everybody and the room are free; two queries."""
    turnover = room.turnover_minutes if room else 0
    ahead = (after, after + AHEAD + dt.timedelta(days=1))
    taken = Allocation.objects.filter(_who(room, therapists, patients), active=True, during__overlap=ahead)
    elsewhere = _elsewhere(clinic, therapists, ahead)
    busy = [
        (during.lower, during.upper) for rows in (taken, elsewhere) for during in rows.values_list("during", flat=True)
    ]
    found = []
    for day in (after.astimezone(clinic.zone).date() + dt.timedelta(days=n) for n in range(AHEAD.days)):
        if day.weekday() > 4:
            continue
        start = dt.datetime.combine(day, clinic.opens_at, tzinfo=clinic.zone)
        closes = dt.datetime.combine(day, clinic.closes_at, tzinfo=clinic.zone)
        while start + dt.timedelta(minutes=minutes) <= closes:
            end = start + dt.timedelta(minutes=minutes + turnover)
            if start > after and not any(low < end and start < high for low, high in busy):
                found.append(start)
                break
            start += QUARTER
        if len(found) == count:
            break
    return found


def _elsewhere(
    clinic: Clinic, therapists: Iterable[User], during: tuple[dt.datetime, dt.datetime]
) -> QuerySet[BusyTime]:
    """When one of them is taken outside of the clinic within this time."""
    return BusyTime.objects.filter(
        membership__clinic=clinic, membership__user__in=list(therapists), during__overlap=during
    )


def _allocations(row: Gathering, therapists: Iterable[User], patients: Iterable[Patient]) -> Iterable[Allocation]:
    during = (row.starts_at, row.ends_at)
    for therapist in therapists:
        yield Allocation(gathering=row, therapist=therapist, during=during)
    for patient in patients:
        yield Allocation(gathering=row, patient=patient, during=during)
    if row.room is not None:
        cleared = row.ends_at + dt.timedelta(minutes=row.room.turnover_minutes)
        yield Allocation(gathering=row, room=row.room, during=(row.starts_at, cleared))


def _who(room: Room | None, therapists: Iterable[User], patients: Iterable[Patient]) -> Q:
    people = list(therapists)
    who = Q(therapist__in=people) | Q(stays__in=people) | Q(patient__in=list(patients))
    return who | Q(room=room) if room else who


def _taken(
    clinic: Clinic,
    start: dt.datetime,
    end: dt.datetime,
    room: Room | None,
    therapists: Iterable[User],
    patients: Iterable[Patient],
) -> list[Finding]:
    cleared = end + dt.timedelta(minutes=room.turnover_minutes if room else 0)
    rows = Allocation.objects.filter(_who(room, therapists, patients), active=True, during__overlap=(start, cleared))
    found = []
    for row in rows.select_related("therapist", "stays", "room", "patient").order_by("during", "pk"):
        low, high = (moment.astimezone(clinic.zone) for moment in (row.during.lower, row.during.upper))
        name = row.therapist or row.stays or row.room or row.patient
        found.append(refusal("taken", f"{name} is taken from {low:%H:%M} to {high:%H:%M}."))
    return found or [refusal("taken", "Somebody was booked for that time just now. Try again.")]
