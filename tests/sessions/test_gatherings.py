"""Groups and supervision take the same people and rooms as visits, and are kept apart by the same constraint."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.rules.findings import Refused
from sessions.actions.gatherings import call_gathering_off, gather, next_openings, patients_of
from sessions.models import Allocation, Gathering
from tests.factories import CourseFactory, PatientFactory, RoomFactory, VisitFactory

NOW = dt.datetime(2030, 1, 7, 9, tzinfo=dt.UTC)
TEN = dt.datetime(2030, 1, 8, 10, tzinfo=dt.UTC)


@pytest.fixture
def room(clinic):
    return RoomFactory(clinic=clinic, name="Circle", turnover_minutes=30)


def booked(clinic, by, therapists, patients=(), kind="group integration", room=None, starts_at=TEN):
    values = {"kind": kind, "minutes": 90, "room": room, "therapists": therapists, "patients": patients}
    return gather(clinic, starts_at=starts_at, by=by, at=NOW, **values)


def test_a_group_takes_its_patients_its_therapist_and_its_room(clinic, room, lead, coordinator):
    patients = PatientFactory.create_batch(3, clinic=clinic)
    row = booked(clinic, coordinator, [lead], patients, room=room)
    taken = row.allocations.all()
    assert {a.patient for a in taken if a.patient} == set(patients)
    assert next(a for a in taken if a.room).during.upper - row.ends_at == dt.timedelta(minutes=30)


def test_nobody_is_in_a_group_and_in_a_visit_at_once(course, clinic, lead, second, coordinator):
    visit = VisitFactory(course=course, starts_at=TEN, ends_at=TEN + dt.timedelta(minutes=90))
    Allocation.objects.create(visit=visit, therapist=lead, during=(visit.starts_at, visit.ends_at))
    with pytest.raises(Refused) as refused:
        booked(clinic, coordinator, [lead, second], kind="supervision")
    assert [finding.sentence for finding in refused.value.findings] == ["Ada Fictional is taken from 10:00 to 11:30."]
    assert not Gathering.objects.exists()
    openings = next_openings(clinic, after=TEN, minutes=90, room=None, therapists=[lead, second])
    assert openings[0] == TEN + dt.timedelta(minutes=90)


def test_who_was_called_off_is_free_again(clinic, lead, second, coordinator):
    row = booked(clinic, coordinator, [lead, second], kind="supervision")
    call_gathering_off(row, version=1, by=coordinator, at=NOW)
    with pytest.raises(Refused):
        call_gathering_off(row, version=1, by=coordinator, at=NOW)
    booked(clinic, coordinator, [lead, second], kind="supervision")


@pytest.mark.parametrize(("kind", "patients"), [("group integration", 1), ("supervision", 1)])
def test_a_group_has_patients_and_a_supervision_has_none(clinic, lead, coordinator, kind, patients):
    with pytest.raises(Refused):
        booked(clinic, coordinator, [lead], PatientFactory.create_batch(patients, clinic=clinic), kind=kind)


def test_what_is_taken_is_taken_for_one_thing(course, clinic, lead, second, coordinator):
    row = booked(clinic, coordinator, [lead, second], kind="supervision")
    during = (TEN + dt.timedelta(days=1), TEN + dt.timedelta(days=1, hours=1))
    for both in ({"visit": VisitFactory(course=course), "gathering": row}, {}):
        with pytest.raises(IntegrityError, match="allocation_is_for_one_thing"), transaction.atomic():
            Allocation.objects.create(therapist=lead, during=during, **both)


def test_the_page_offers_the_next_openings_when_a_time_is_taken(client, clinic, lead, second, coordinator):
    client.force_login(coordinator)
    asked = {"kind": "supervision", "day": "2030-01-08", "clock": "10:00", "minutes": 60}
    asked["therapists"] = [lead.pk, second.pk]
    assert client.post(reverse("sessions:gatherings"), asked).status_code == 302
    lost = client.post(reverse("sessions:gatherings"), asked)
    assert lost.status_code == 409
    assert f"{lost.context['openings'][0]:%H:%M}" == "11:00"
    row = Gathering.objects.get()
    client.post(reverse("sessions:gathering_off", args=[row.public_id]), {"version": 1})
    assert Gathering.objects.get().is_off


@pytest.mark.parametrize(
    ("state", "offered"),
    [("screening", 0), ("eligible", 0), ("in_treatment", 1), ("completed", 1), ("excluded", 0), ("withdrawn", 0)],
)
def test_a_group_is_offered_to_whoever_has_begun_treatment(clinic, state, offered):
    CourseFactory(patient=PatientFactory(clinic=clinic), state=state)
    assert patients_of(clinic).count() == offered
