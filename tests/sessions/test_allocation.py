import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction

from sessions.models import Allocation
from tests.factories import CourseFactory, PatientFactory, RoomFactory, VisitFactory

NINE = dt.datetime(2026, 12, 1, 9, tzinfo=dt.UTC)


def hours(start, end):
    return (NINE.replace(hour=start), NINE.replace(hour=end))


@pytest.fixture
def another_visit(course):
    return VisitFactory(course=CourseFactory(patient=PatientFactory(clinic=course.clinic)))


def test_a_therapist_is_in_one_place_at_a_time(course, another_visit, lead):
    Allocation.objects.create(visit=VisitFactory(course=course), therapist=lead, during=hours(9, 11))
    with pytest.raises(IntegrityError, match="one_place_at_a_time"), transaction.atomic():
        Allocation.objects.create(visit=another_visit, therapist=lead, during=hours(10, 12))
    Allocation.objects.create(visit=another_visit, therapist=lead, during=hours(11, 12))


def test_without_the_constraint_the_same_booking_would_stand(course, another_visit, lead):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE therapy_sessions_allocation DROP CONSTRAINT one_place_at_a_time")
    Allocation.objects.create(visit=VisitFactory(course=course), therapist=lead, during=hours(9, 11))
    Allocation.objects.create(visit=another_visit, therapist=lead, during=hours(10, 12))
    assert Allocation.objects.filter(therapist=lead).count() == 2


def test_a_room_and_a_therapist_of_the_same_number_do_not_clash(course, lead):
    visit = VisitFactory(course=course)
    room = RoomFactory(clinic=course.clinic, pk=lead.pk)
    Allocation.objects.create(visit=visit, therapist=lead, during=hours(9, 11))
    Allocation.objects.create(visit=visit, room=room, during=hours(9, 11))
    Allocation.objects.create(visit=visit, patient=course.patient, during=hours(9, 11))
    assert Allocation.objects.count() == 3


def test_an_inactive_allocation_frees_the_time(course, another_visit, lead):
    Allocation.objects.create(visit=VisitFactory(course=course), therapist=lead, during=hours(9, 11), active=False)
    Allocation.objects.create(visit=another_visit, therapist=lead, during=hours(9, 11))


def test_an_empty_time_cannot_slip_through(course, lead):
    with pytest.raises(IntegrityError, match="allocation_has_a_time"), transaction.atomic():
        Allocation.objects.create(visit=VisitFactory(course=course), therapist=lead, during=hours(9, 9))
