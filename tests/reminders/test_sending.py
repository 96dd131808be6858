import datetime as dt
import smtplib

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import override_settings

from accounts.rules.findings import Refused
from reminders.actions import post
from reminders.actions.fence import is_fenced, release, set_up_fence
from reminders.actions.marking import decide
from reminders.actions.scheduling import schedule_what_is_missing
from reminders.actions.sending import LOST_AFTER, claim, send, send_due
from reminders.models import Attempt, Fence, Reminder
from reminders.rules.states import Step
from sessions.models import Visit

pytestmark = pytest.mark.usefixtures("db")

DUE = dt.datetime(2027, 3, 6, 10, 0, tzinfo=dt.UTC)


@pytest.fixture
def reminder(preparation, now):
    """To the patient, due on 6 March at 10:00."""
    schedule_what_is_missing(at=now)
    return Reminder.objects.get()


def state_of(reminder):
    reminder.refresh_from_db()
    return reminder.state, reminder.remark


def steps_of(reminder):
    return [attempt.step for attempt in reminder.attempts.all()]


def test_a_due_reminder_goes_out_once_in_neutral_words(reminder):
    assert send_due(at=DUE) == 1
    assert send_due(at=DUE + dt.timedelta(minutes=1)) == 0
    (sent,) = mail.outbox
    assert (sent.to, sent.subject, sent.from_email) == (
        ["wren@example.org"],
        "Your appointment",
        "Appointments <appointments@localhost>",
    )
    assert sent.body == (
        "You have an appointment on Mon 8 Mar, 10:00. If you cannot come, please call the number we gave you.\n"
    )
    assert state_of(reminder) == ("sent", "")
    assert reminder.sent_at == DUE
    assert steps_of(reminder) == ["claim", "accepted"]
    assert sent.extra_headers["Message-ID"] == f"<{reminder.attempts.last().attempt}@localhost>"


def test_before_its_time_nothing_goes_out(reminder):
    assert send_due(at=DUE - dt.timedelta(seconds=1)) == 0
    assert mail.outbox == []


def test_whoever_opted_out_is_left_alone(reminder, written_to):
    written_to.reminder_channel = "none"
    written_to.save()
    assert send_due(at=DUE) == 0
    assert mail.outbox == []
    assert state_of(reminder) == ("suppressed", "The patient asked for no messages")


def test_the_open_form_names_the_practice_and_its_number(reminder, written_to, clinic):
    written_to.discreet = False
    written_to.save()
    send_due(at=DUE)
    assert mail.outbox[0].body.endswith(f"please call {clinic.phone}.\n\nThe practice\n")


def test_a_revealing_practice_name_never_leaves(reminder, written_to, clinic):
    written_to.discreet = False
    written_to.save()
    clinic.discreet_name = "Psychedelic Health"
    clinic.save()
    send_due(at=DUE)
    assert "Psychedelic" not in mail.outbox[0].body


def test_a_visit_moved_after_the_claim_sends_nothing_of_the_old_time(reminder, preparation):
    set_up_fence(at=DUE)
    (held,) = claim(limit=1, at=DUE)
    Visit.objects.filter(pk=preparation.pk).update(schedule_version=2)
    assert send(held, at=DUE) == "superseded"
    assert mail.outbox == []


def test_a_withdrawn_course_is_written_to_no_more(reminder, course):
    type(course).objects.filter(pk=course.pk).update(state="withdrawn")
    send_due(at=DUE)
    assert state_of(reminder) == ("suppressed", "The course has ended")


def test_a_late_reminder_waits_out_the_quiet_hours(reminder):
    send_due(at=DUE.replace(hour=22))
    assert state_of(reminder) == ("pending", "In the patient's quiet hours")
    assert reminder.not_before == dt.datetime(2027, 3, 7, 8, 0, tzinfo=dt.UTC)
    assert send_due(at=dt.datetime(2027, 3, 7, 7, 59, tzinfo=dt.UTC)) == 0
    assert send_due(at=dt.datetime(2027, 3, 7, 8, 0, tzinfo=dt.UTC)) == 1


def test_after_the_visit_began_a_reminder_is_held_back(reminder):
    send_due(at=dt.datetime(2027, 3, 8, 10, 0, tzinfo=dt.UTC))
    assert state_of(reminder) == ("suppressed", "Too late to be of use")


def test_the_team_is_written_to_by_duty(dosing_day, physician, lead, now):
    schedule_what_is_missing(at=now)
    send_due(at=dt.datetime(2027, 3, 8, 8, 0, tzinfo=dt.UTC))
    (sent,) = mail.outbox
    assert sent.to == [physician.email]
    assert sent.subject == "A note from your calendar"
    assert "Wren" not in sent.body


def test_without_an_address_on_the_team_a_person_is_asked(dosing_day, physician, lead, now):
    for user in (physician, lead):
        user.email = ""
        user.save()
    schedule_what_is_missing(at=now)
    send_due(at=dt.datetime(2027, 3, 8, 8, 0, tzinfo=dt.UTC))
    assert Reminder.objects.for_a_person().get().remark == "Nobody on the care team has an address for this"


class Unreachable(EmailBackend):
    def open(self):
        raise ConnectionRefusedError


class Waiting(EmailBackend):
    def send_messages(self, messages):
        raise smtplib.SMTPRecipientsRefused({"wren@example.org": (451, b"later")})


class Refusing(EmailBackend):
    def send_messages(self, messages):
        raise smtplib.SMTPDataError(554, b"no")


class Breaking(EmailBackend):
    """Takes the message and breaks off before it answers."""

    def send_messages(self, messages):
        super().send_messages(messages)
        raise smtplib.SMTPServerDisconnected("gone")


def backend(of):
    return override_settings(EMAIL_BACKEND=f"{of.__module__}.{of.__qualname__}")


@pytest.mark.parametrize(
    ("kind", "remark"),
    [(Unreachable, "The mail server could not be reached"), (Waiting, "The mail server asked to wait (451)")],
)
def test_a_server_that_is_away_is_tried_again_later(reminder, monkeypatch, kind, remark):
    monkeypatch.setattr(post, "get_connection", kind)
    assert send_due(at=DUE) == 0
    assert state_of(reminder) == ("pending", remark)
    assert reminder.not_before == DUE + dt.timedelta(minutes=1)
    monkeypatch.undo()
    assert send_due(at=DUE) == 0
    assert send_due(at=DUE + dt.timedelta(minutes=1)) == 1


def test_a_server_away_until_the_visit_leaves_it_to_a_person(reminder, monkeypatch):
    monkeypatch.setattr(post, "get_connection", Unreachable)
    send_due(at=DUE)
    monkeypatch.undo()
    send_due(at=dt.datetime(2027, 3, 8, 10, 0, tzinfo=dt.UTC))
    assert state_of(reminder) == ("failed", "The mail server could not be reached in time")


def test_a_refusal_is_not_tried_again(reminder, monkeypatch):
    monkeypatch.setattr(post, "get_connection", Refusing)
    send_due(at=DUE)
    monkeypatch.undo()
    assert state_of(reminder) == ("failed", "The mail server refused the message (554)")
    assert send_due(at=DUE + dt.timedelta(hours=1)) == 0


def test_a_reply_that_never_came_becomes_unknown_and_is_not_sent_again(reminder, monkeypatch):
    monkeypatch.setattr(post, "get_connection", Breaking)
    send_due(at=DUE)
    monkeypatch.undo()
    assert state_of(reminder)[0] == "sending"
    assert send_due(at=DUE + LOST_AFTER + dt.timedelta(seconds=1)) == 0
    assert state_of(reminder) == ("unknown", "The worker stopped while it was being sent")
    assert send_due(at=DUE + dt.timedelta(hours=3)) == 0
    assert len(mail.outbox) == 1
    assert list(Reminder.objects.for_a_person()) == [reminder]


@pytest.fixture
def unknown(reminder):
    Reminder.objects.update(state="unknown")
    reminder.refresh_from_db()
    return reminder


def test_a_person_says_that_it_was_sent(unknown, coordinator):
    assert decide(unknown, step=Step.IT_WAS_SENT, by=coordinator, at=DUE, reason="In the server's log") == "sent"
    attempt = Attempt.objects.get()
    assert (attempt.step, attempt.by, attempt.remark) == ("it was sent", coordinator, "In the server's log")


def test_a_person_has_it_sent_again(unknown, coordinator):
    decide(unknown, step=Step.SEND_AGAIN, by=coordinator, at=DUE, reason="Not in the server's log")
    assert send_due(at=DUE) == 1


def test_a_decision_needs_a_reason(unknown, coordinator):
    with pytest.raises(Refused, match="Say how you know"):
        decide(unknown, step=Step.SEND_AGAIN, by=coordinator, at=DUE, reason="  ")


def test_two_people_decide_once(unknown, coordinator, admin):
    same = Reminder.objects.get()
    decide(unknown, step=Step.SEND_AGAIN, by=coordinator, at=DUE, reason="one")
    with pytest.raises(Refused, match="Somebody else"):
        decide(same, step=Step.IT_WAS_SENT, by=admin, at=DUE, reason="two")


def test_a_copy_of_the_database_sends_nothing(reminder, settings):
    set_up_fence(at=DUE)
    settings.ENVIRONMENT_EPOCH = "a copy"
    assert is_fenced()
    assert send_due(at=DUE) == 0
    assert mail.outbox == []
    assert state_of(reminder) == ("pending", "")


def test_a_released_copy_holds_back_what_the_original_may_have_sent(reminder, dosing_day, settings, admin):
    schedule_what_is_missing(at=DUE)
    set_up_fence(at=DUE)
    settings.ENVIRONMENT_EPOCH = "a copy"
    assert release(by=admin, at=DUE, reason="Moved to the new server") == 1
    assert not is_fenced()
    assert state_of(reminder) == ("suppressed", "Due before this copy was released")
    assert send_due(at=dt.datetime(2027, 3, 15, 9, 0, tzinfo=dt.UTC)) == 2


def test_the_fence_is_set_once(settings):
    set_up_fence(at=DUE)
    set_up_fence(at=DUE)
    assert Fence.objects.count() == 1
