"""A clinic with as many courses as a large one has, written in bulk: 18 visits each, one in every week."""

import datetime as dt

from django.utils import timezone

from patients.models import Course, Patient, TeamMember
from sessions.models import Allocation, Visit
from tests.factories import (
    CourseFactory,
    MembershipFactory,
    PatientFactory,
    RoomFactory,
    TeamMemberFactory,
    UserFactory,
    VisitFactory,
    WorkingTimeFactory,
    published,
)

WEEKS = 18
KINDS = {5: ("D1", "dosing"), 9: ("D2", "dosing"), 13: ("D3", "dosing")}  # the week of each dosing day
OF_A_PAIR = 10  # courses: one on each weekday in the morning, one in the afternoon
CLOCKS = (9, 14)


def fill(clinic, courses: int) -> list[Visit]:
    """So many courses with their pairs, rooms and visits, the first week being this one; nobody is in two places."""
    today = timezone.now().astimezone(clinic.zone).date()
    monday = today - dt.timedelta(days=today.weekday())
    protocol = published("mapp3")
    patients = [PatientFactory.build(clinic=clinic, chart_number=f"B-{n}") for n in range(courses)]
    patients = Patient.objects.bulk_create(patients)
    rows = [
        CourseFactory.build(patient=patient, clinic=clinic, protocol=protocol, opened_on=today) for patient in patients
    ]
    rows = Course.objects.bulk_create(rows)
    pairs = [_pair(clinic, number) for number in range(-(-courses // OF_A_PAIR))]
    rooms = [RoomFactory(clinic=clinic, name=f"Bulk room {number}") for number in range(len(pairs))]
    team, visits, taken = [], [], []
    for number, course in enumerate(rows):
        pair, room = pairs[number // OF_A_PAIR], rooms[number // OF_A_PAIR]
        for duty, user in zip(("lead", "second"), pair, strict=True):
            team.append(TeamMemberFactory.build(course=course, user=user, duty=duty))
        for week in range(WEEKS):
            day = monday + dt.timedelta(weeks=week, days=number % 5)
            clock = dt.time(CLOCKS[number % OF_A_PAIR // 5])
            starts = dt.datetime.combine(day, clock, tzinfo=clinic.zone)
            code, kind = KINDS.get(week, (f"P{week}", "preparation"))
            visit = VisitFactory.build(course=course, code=code, kind=kind, title=code, room=room, starts_at=starts)
            visits.append(visit)
            during = (visit.starts_at, visit.ends_at)
            holders = [{"therapist": user} for user in pair] + [{"room": room}, {"patient": course.patient}]
            taken += [Allocation(visit=visit, during=during, **holder) for holder in holders]
    TeamMember.objects.bulk_create(team)
    Visit.objects.bulk_create(visits)
    Allocation.objects.bulk_create(taken)
    return visits


def _pair(clinic, number: int):
    members = [
        MembershipFactory(user=UserFactory(username=f"bulk-{number}-{who}"), clinic=clinic)
        for who in ("lead", "second")
    ]
    for member in members:
        for weekday in range(5):
            WorkingTimeFactory(membership=member, weekday=weekday)
    return [member.user for member in members]
