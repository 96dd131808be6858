"""A decision that something underneath has overtaken: noticed once, told to the physician and the pair, and over again."""

import datetime as dt

import pytest
from django.core import mail
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from mdmaat.development.demo.screening import consent, unremarkable
from patients.rules.protocol import EvidenceKind
from reminders.tasks import tick as remind
from screening.actions.alerts import acknowledge
from screening.actions.consents import withdraw_consent
from screening.actions.record import record_evidence
from screening.actions.reopening import follow_decisions
from screening.models import Alert, AlertReader, Reopening
from screening.tasks import tick
from tests.factories import CourseFactory, MedicineFactory, decided, screened

WHY = "The medicine list now has: Ibuprofen, regular, ongoing."


@pytest.fixture
def eligible(course, physician):
    screened(course, by=physician)
    decided(course, by=physician)
    course.refresh_from_db()
    return course


def look():
    return follow_decisions(at=timezone.now())


def newer_ecg(course, by, **numbers):
    piece = unremarkable(course.plan, EvidenceKind.ECG, timezone.localdate())
    piece["numbers"] |= numbers
    record_evidence(course, **piece, by=by, at=timezone.now())


def test_a_new_medicine_tells_the_physician_and_the_pair_once(eligible, lead, second, physician):
    assert look() == 0
    MedicineFactory(patient=eligible.patient, name="Ibuprofen")
    assert [look(), look()] == [1, 0]
    alert = Alert.objects.get()
    assert {row.user for row in alert.readers.all()} == {lead, second, physician}
    assert (alert.kind, alert.raised_by) == ("decision", None)
    assert alert.sentence == (
        f"The decision no longer stands, and no dosing day is held until a physician decides again. {WHY}"
    )
    MedicineFactory(patient=eligible.patient, name="Paracetamol")
    assert (look(), Alert.objects.count(), Reopening.objects.get().because) == (0, 1, WHY)


@pytest.mark.parametrize(
    "change",
    [
        lambda course, by: newer_ecg(course, by, qt=390),
        lambda course, by: withdraw_consent(course.consents.get(kind="treatment"), by=by, at=timezone.now()),
    ],
)
def test_whatever_the_decision_rests_on_is_told(eligible, physician, change):
    change(eligible, physician)
    assert (look(), Alert.objects.get().kind) == (1, "decision")


def note_on_a_medicine(course, by):
    course.patient.medicines.update(note="Told on the telephone.")


def a_dose(course, by):
    course.dosed_on = timezone.localdate()
    course.save()


@pytest.mark.parametrize(
    "change",
    [
        note_on_a_medicine,
        a_dose,
        lambda course, by: consent(course, by=by, at=timezone.now()),
        lambda course, by: MedicineFactory(patient=CourseFactory().patient, name="Ibuprofen"),
    ],
)
def test_what_leaves_the_decision_alone_tells_nobody(course, physician, change):
    MedicineFactory(patient=course.patient, name="Paracetamol")
    screened(course, by=physician)
    decided(course, by=physician)
    course.refresh_from_db()
    change(course, physician)
    assert (look(), Alert.objects.count(), Reopening.objects.count()) == (0, 0, 0)


def test_a_course_that_nobody_decided_for_tells_nobody(course, physician):
    screened(course, by=physician)
    MedicineFactory(patient=course.patient, name="Ibuprofen")
    assert look() == 0
    decided(course, by=physician, eligible=False, reason="Not now.")
    MedicineFactory(patient=course.patient, name="Paracetamol")
    assert look() == 0


def test_a_new_decision_takes_the_alert_off_everybodys_pages(eligible, physician):
    MedicineFactory(patient=eligible.patient, name="Ibuprofen")
    look()
    decided(eligible, by=physician)
    assert AlertReader.objects.filter(acknowledged_at=None).count() == 0
    assert {row.done for row in AlertReader.objects.all()} == {"Settled: a physician decided again."}
    assert (look(), Reopening.objects.get().ended) == (0, "decided")
    MedicineFactory(patient=eligible.patient, name="Paracetamol")
    assert (look(), Alert.objects.count()) == (1, 2)


def test_a_change_that_is_put_back_settles_it_and_the_next_one_is_told_again(eligible, physician, lead):
    row = MedicineFactory(patient=eligible.patient, name="Ibuprofen")
    look()
    acknowledge(AlertReader.objects.get(user=lead), done="Asked the patient.", by=lead, at=timezone.now())
    type(row).objects.filter(pk=row.pk).update(patient=CourseFactory().patient)
    assert (look(), Reopening.objects.get().ended) == (0, "stands")
    assert AlertReader.objects.get(user=lead).done == "Asked the patient."
    assert AlertReader.objects.filter(acknowledged_at=None).count() == 0
    newer_ecg(eligible, physician, qt=390)
    assert (look(), Alert.objects.count()) == (1, 2)


def test_a_course_that_ends_waits_for_no_decision(eligible):
    MedicineFactory(patient=eligible.patient, name="Ibuprofen")
    look()
    type(eligible).objects.filter(pk=eligible.pk).update(state="withdrawn")
    assert (look(), Reopening.objects.get().ended) == (0, "over")


def test_the_minutes_rounds_write_to_each_in_words_that_tell_nothing(eligible, lead, second, physician):
    MedicineFactory(patient=eligible.patient, name="Ibuprofen")
    tick()
    remind()
    assert sorted(to for message in mail.outbox for to in message.to) == sorted(
        user.email for user in (lead, second, physician)
    )
    for message in mail.outbox:
        said = f"{message.subject} {message.body}"
        assert [word for word in ("Ibuprofen", "decision", "medicine", "Wren", "MDMA") if word in said] == []
    tick()
    remind()
    assert len(mail.outbox) == 3


def test_the_alert_leads_to_the_screening_and_the_decisions_say_since_when(client, eligible, physician):
    MedicineFactory(patient=eligible.patient, name="Ibuprofen")
    look()
    client.force_login(physician)
    alert = Alert.objects.get()
    page = client.get(reverse("screening:alert", args=[alert.public_id])).content.decode()
    assert "Decision no longer stands" in page
    assert f'href="{reverse("screening:course", args=[eligible.public_id])}">Open the screening first</a>' in page
    assert WHY in client.get(reverse("screening:decisions", args=[eligible.public_id])).content.decode()


def test_a_reopening_is_written_once_and_ended_once(eligible):
    MedicineFactory(patient=eligible.patient, name="Ibuprofen")
    look()
    row = Reopening.objects.get()
    with pytest.raises(IntegrityError, match="decision_is_reopened_once_at_a_time"), transaction.atomic():
        Reopening.objects.create(decision=row.decision, because="Again.", at=timezone.now())
    Reopening.objects.update(ended="stands", ended_at=timezone.now())
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        Reopening.objects.update(ended_at=timezone.now() + dt.timedelta(days=1))
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        row.delete()


def test_the_round_asks_the_same_number_of_questions_however_many_courses_there_are(
    eligible, physician, clinic, django_assert_max_num_queries
):
    with django_assert_max_num_queries(15):
        look()
    for _ in range(5):
        CourseFactory(patient__clinic=clinic, state="eligible")
    with django_assert_max_num_queries(15):
        look()
