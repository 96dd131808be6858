import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Opening
from reminders.models import Reminder
from tests.factories import ReminderFactory, VisitFactory

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def unknown(course):
    visit = VisitFactory(course=course, starts_at=timezone.now() + dt.timedelta(days=1))
    return ReminderFactory(visit=visit, state="unknown", remark="The worker stopped while it was being sent")


def page(client, user, name, *args, **query):
    client.force_login(user)
    return client.get(reverse(name, args=args), query)


def test_the_log_says_what_became_of_each(client, coordinator, unknown):
    body = page(client, coordinator, "reminders:log").content.decode()
    assert "To be settled" in body
    assert "Wren Fictional" in body
    assert "The worker stopped while it was being sent" in body
    assert reverse("reminders:decide", args=[unknown.public_id]) in body


def test_the_log_shows_one_state_at_a_time(client, coordinator, unknown):
    assert "No reminder is in this state." in page(client, coordinator, "reminders:log", show="sent").content.decode()


@pytest.mark.parametrize("number", [1, 30])
def test_the_log_asks_the_same_questions_for_one_and_for_thirty(
    client, coordinator, course, number, django_assert_num_queries
):
    for n in range(number):
        ReminderFactory(visit=VisitFactory(course=course, code=f"X{n}"), due_at=timezone.now() + dt.timedelta(1))
    client.force_login(coordinator)
    client.get(reverse("reminders:log"))
    with django_assert_num_queries(LOG_QUERIES):
        body = client.get(reverse("reminders:log")).content.decode()
    assert body.count("Wren Fictional") == number


LOG_QUERIES = 14


def test_a_stranger_finds_no_reminder(client, stranger, unknown):
    assert page(client, stranger, "reminders:decide", unknown.public_id).status_code == 404
    assert page(client, stranger, "reminders:course", unknown.visit.course.public_id).status_code == 404
    assert "Wren" not in page(client, stranger, "reminders:log").content.decode()


def test_a_therapist_of_another_course_reads_none(client, other_therapist, unknown):
    assert page(client, other_therapist, "reminders:course", unknown.visit.course.public_id).status_code == 404


def test_the_course_page_shows_the_very_words(client, lead, course, unknown):
    Reminder.objects.update(state="pending", remark="")
    body = page(client, lead, "reminders:course", course.public_id).content.decode()
    assert "You have an appointment on" in body
    assert Opening.objects.get().what == "reminders"


def test_a_decision_is_kept_with_its_reason(client, coordinator, unknown):
    client.force_login(coordinator)
    url = reverse("reminders:decide", args=[unknown.public_id])
    answer = client.post(url, {"step": "it was sent", "reason": "The patient rang to confirm"}, follow=True)
    assert answer.redirect_chain == [(reverse("reminders:log"), 302)]
    assert "Settled. Sent from now on." in answer.content.decode()
    unknown.refresh_from_db()
    assert unknown.state == "sent"
    assert unknown.attempts.get().by == coordinator


def test_a_decision_without_a_reason_keeps_the_page(client, coordinator, unknown):
    client.force_login(coordinator)
    answer = client.post(reverse("reminders:decide", args=[unknown.public_id]), {"step": "it was sent", "reason": ""})
    assert "This field is required." in answer.content.decode()
    unknown.refresh_from_db()
    assert unknown.state == "unknown"


def test_a_fenced_copy_says_so(client, coordinator, unknown, settings):
    from reminders.actions.fence import set_up_fence

    set_up_fence(at=timezone.now())
    settings.ENVIRONMENT_EPOCH = "a copy"
    assert "it sends nothing" in page(client, coordinator, "reminders:log").content.decode()
