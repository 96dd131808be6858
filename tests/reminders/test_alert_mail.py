"""Whoever was told of an alert is written to at once, once, and in words that tell nobody anything."""

import datetime as dt

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from reminders.actions.scheduling import schedule_what_is_missing, write_to_the_alerted
from reminders.actions.sending import send_due
from reminders.models import Reminder
from reminders.rules.wording import revealing_words
from screening.actions.alerts import acknowledge, raise_risk
from screening.models import AlertReader
from screening.rules.suicide import Asked, Risk
from tests.factories import ReminderFactory


@pytest.fixture
def told(course, lead, now):
    """High risk, told to the physician and the pair."""
    raise_risk(
        course,
        risk=Risk.HIGH,
        asked=Asked.MEASURE,
        reference="1",
        evidence="C-SSRS, fictional",
        taken_on=now.date(),
        by=lead,
        at=now,
    )
    return course


def test_each_is_written_to_once_in_neutral_words(told, now):
    assert (write_to_the_alerted(at=now), write_to_the_alerted(at=now)) == (3, 0)
    assert (send_due(at=now), send_due(at=now + dt.timedelta(minutes=1))) == (3, 0)
    assert sorted(message.to[0] for message in mail.outbox) == [
        "lead@clinic.example",
        "physician@clinic.example",
        "second@clinic.example",
    ]
    for message in mail.outbox:
        assert (message.subject, message.body) == (
            "A note from your calendar",
            "Something needs you now, since Mon 1 Mar, 12:00. Please sign in to see it.\n",
        )
        assert revealing_words(f"{message.subject} {message.from_email.partition('<')[0]} {message.body}") == []


def test_whoever_has_answered_meanwhile_is_not_written_to(told, physician, now):
    write_to_the_alerted(at=now)
    acknowledge(AlertReader.objects.get(user=physician), done="Called at once.", by=physician, at=now)
    assert send_due(at=now) == 2
    row = Reminder.objects.get(alert_reader__user=physician)
    assert (row.state, row.remark) == ("suppressed", "Answered before it was sent")


def test_somebody_without_an_address_is_seen_in_the_log_without_the_patient(client, told, physician, coordinator, now):
    physician.email = ""
    physician.save()
    write_to_the_alerted(at=now)
    send_due(at=now)
    client.force_login(coordinator)
    page = client.get(reverse("reminders:log") + "?show=open").content.decode()
    assert "Whoever was told has no address" in page
    assert "Petra Fictional" in page
    assert "Wren" not in page
    failed = Reminder.objects.get(state="failed")
    assert client.get(reverse("reminders:decide", args=[failed.public_id])).status_code == 200


def test_the_rounds_of_the_visits_leave_it_alone(told, now):
    write_to_the_alerted(at=now)
    schedule_what_is_missing(at=now)
    assert Reminder.objects.filter(kind="alert", state="pending").count() == 3


def test_a_reminder_is_of_a_visit_or_of_an_alert(told, course):
    reader = AlertReader.objects.first()
    for changes in ({"alert_reader": reader}, {"kind": "alert"}):
        with pytest.raises(IntegrityError, match="reminder_of_a_visit_or_of_an_alert"), transaction.atomic():
            ReminderFactory(visit__course=course, **changes)
    with pytest.raises(IntegrityError, match="reminder_of_a_visit_or_of_an_alert"), transaction.atomic():
        Reminder.objects.create(clinic=course.clinic, kind="alert", schedule_version=1, due_at=timezone.now())
