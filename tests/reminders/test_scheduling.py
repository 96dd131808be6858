import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Change
from reminders.actions.scheduling import resolve_again, schedule_for, schedule_what_is_missing
from reminders.models import Reminder
from sessions.models import Visit
from tests.factories import ReminderFactory, VisitFactory

pytestmark = pytest.mark.usefixtures("db")


def rows(visit):
    found = Reminder.objects.filter(visit=visit).order_by("schedule_version", "due_at", "pk")
    return [(row.schedule_version, row.kind, f"{row.due_at:%d %b %H:%M}", row.state) for row in found]


def test_a_booked_dosing_day_gets_its_reminders_within_a_tick(dosing_day, now):
    assert schedule_what_is_missing(at=now) == 6
    assert rows(dosing_day) == [
        (1, "washout check", "08 Mar 08:00", "pending"),
        (1, "week before", "15 Mar 09:00", "pending"),
        (1, "two days before", "20 Mar 09:00", "pending"),
        (1, "day-before check", "21 Mar 08:00", "pending"),
        (1, "day before", "21 Mar 09:00", "pending"),
        (1, "day-after check", "23 Mar 08:00", "pending"),
    ]


def test_a_second_tick_makes_nothing(dosing_day, now):
    schedule_what_is_missing(at=now)
    assert schedule_what_is_missing(at=now) == 0


def test_moving_a_visit_replaces_its_reminders(preparation, now):
    schedule_what_is_missing(at=now)
    Visit.objects.filter(pk=preparation.pk).update(
        starts_at=preparation.starts_at + dt.timedelta(days=2, hours=4),
        ends_at=preparation.ends_at + dt.timedelta(days=2, hours=4),
        schedule_version=2,
    )
    assert schedule_what_is_missing(at=now) == 1
    assert rows(preparation) == [
        (1, "two days before", "06 Mar 10:00", "superseded"),
        (2, "two days before", "08 Mar 14:00", "pending"),
    ]
    old = Reminder.objects.get(schedule_version=1)
    assert [(each.step, each.remark) for each in old.attempts.all()] == [
        ("supersede", "The visit was moved or cancelled")
    ]


@pytest.mark.parametrize("state", ["cancelled", "missed"])
def test_a_visit_that_is_off_reminds_of_nothing(preparation, now, state):
    schedule_what_is_missing(at=now)
    Visit.objects.filter(pk=preparation.pk).update(state=state)
    assert schedule_what_is_missing(at=now) == 0
    assert rows(preparation) == [(1, "two days before", "06 Mar 10:00", "superseded")]


def test_what_was_sent_stays_sent_when_the_visit_moves(preparation, now):
    schedule_what_is_missing(at=now)
    Reminder.objects.update(state="sent", sent_at=now)
    Visit.objects.filter(pk=preparation.pk).update(schedule_version=2)
    schedule_what_is_missing(at=now)
    assert [row[3] for row in rows(preparation)] == ["sent", "pending"]


def test_new_quiet_hours_reach_what_is_waiting_overnight(preparation, written_to, now):
    schedule_what_is_missing(at=now)
    written_to.quiet_until = dt.time(11, 30)
    written_to.save()
    resolve_again(at=now)
    assert rows(preparation) == [(1, "two days before", "06 Mar 11:30", "pending")]


def test_a_visit_of_the_past_gets_none(course, now):
    VisitFactory(course=course, starts_at=now - dt.timedelta(hours=1))
    assert schedule_what_is_missing(at=now) == 0


def test_measures_due_are_told_to_the_team(course, written_to, now):
    measured = course.plan.measures[0].visits[0]
    visit = VisitFactory(course=course, code=measured, kind="rating", starts_at=now + dt.timedelta(days=10))
    schedule_for([visit], at=now)
    assert "measures due" in {row[1] for row in rows(visit)}


def test_the_number_of_questions_does_not_grow_with_the_visits(course, written_to, now, django_assert_num_queries):
    one = [VisitFactory(course=course, code="P1", starts_at=now + dt.timedelta(days=5))]
    many = [VisitFactory(course=course, code=f"X{n}", starts_at=now + dt.timedelta(days=5 + n)) for n in range(20)]
    for visits in (one, many):
        fresh = list(Visit.objects.filter(pk__in=[visit.pk for visit in visits]))
        with django_assert_num_queries(9):
            schedule_for(fresh, at=now)


def test_the_database_keeps_one_reminder_of_a_kind():
    first = ReminderFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        ReminderFactory(visit=first.visit)


def test_a_sent_reminder_has_a_time_and_no_other_has(now):
    with pytest.raises(IntegrityError), transaction.atomic():
        ReminderFactory(state="sent")
    with pytest.raises(IntegrityError), transaction.atomic():
        ReminderFactory(sent_at=now)


def test_every_change_of_a_reminder_is_in_the_audit(preparation, now):
    schedule_what_is_missing(at=now)
    change = Change.objects.get(relation="reminders_reminder")
    assert (change.kind, change.patient_id) == ("INSERT", preparation.course.patient_id)
