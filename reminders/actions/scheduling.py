import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.db.models import prefetch_related_objects

from patients.rules.protocol import VisitKind
from reminders.actions.marking import move
from reminders.models import Reminder, visits_to_schedule
from reminders.rules import schedule
from reminders.rules.schedule import Booked, Kind, Quiet
from reminders.rules.states import State, Step
from screening.models import AlertReader
from sessions.models import Visit


def quiet_hours(visit: Visit) -> Quiet:
    """The hours in which this visit's patient is left alone. A patient is taken to live by the clinic's clock."""
    patient = visit.course.patient
    return Quiet(patient.quiet_from, patient.quiet_until, visit.course.clinic.zone)


def _dues(visit: Visit, at: dt.datetime) -> list[schedule.Due]:
    if visit.state != Visit.State.PLANNED:
        return []
    has_measures = any(visit.code in measure.visits for measure in visit.course.plan.measures)
    booked = Booked(VisitKind(visit.kind), visit.starts_at, has_measures)
    return schedule.reminders_of(booked, zone=visit.course.clinic.zone, quiet=quiet_hours(visit), now=at)


@transaction.atomic
def schedule_for(visits: Iterable[Visit], *, at: dt.datetime) -> int:
    """Give each visit the reminders of its present time, and replace those of a time that is no more.

    While a change can still be taken back, what it makes due waits. May be called again and again, by several workers at once: a reminder of a kind exists once for each version of a
    visit's time. Waiting ones follow a change of the quiet hours or of the zone. Returns how many rows were made.
    """
    rows = list(visits)
    prefetch_related_objects(rows, "course__clinic", "course__patient", "course__protocol")
    for reminder in Reminder.objects.outlived().filter(visit__in=rows):
        move(reminder, Step.SUPERSEDE, at=at, remark="The visit was moved or cancelled")
    wanted = {(visit.pk, due.kind): (visit, due) for visit in rows for due in _dues(visit, at)}
    standing = {
        (reminder.visit_id, reminder.kind): reminder
        for reminder in Reminder.objects.filter(visit__in=rows, schedule_version__gte=1).select_related("visit")
        if reminder.schedule_version == reminder.visit.schedule_version
    }
    made = Reminder.objects.bulk_create(
        [
            Reminder(
                clinic_id=visit.course.clinic_id,
                visit=visit,
                kind=due.kind,
                schedule_version=visit.schedule_version,
                due_at=due.at,
                not_before=visit.settles_at if visit.settles_at and visit.settles_at > at else None,
            )
            for key, (visit, due) in wanted.items()
            if key not in standing
        ],
        ignore_conflicts=True,
    )
    for key, (_, due) in wanted.items():
        reminder = standing.get(key)
        if reminder and reminder.state == State.PENDING and reminder.due_at != due.at and reminder.due_at > at:
            Reminder.objects.filter(pk=reminder.pk, state=State.PENDING).update(due_at=due.at)
    return len(made)


def schedule_what_is_missing(*, at: dt.datetime) -> int:
    """The minute's round: visits that were booked, moved or called off since the last one."""
    visits = list(visits_to_schedule(at))
    return schedule_for(visits, at=at) if visits else 0


def write_to_the_alerted(*, at: dt.datetime) -> int:
    """Whoever was told of an alert and has not answered it is written to at once, and once."""
    readers = AlertReader.objects.filter(acknowledged_at=None, reminder=None).select_related("alert__course")
    made = Reminder.objects.bulk_create(
        [
            Reminder(
                clinic_id=row.alert.course.clinic_id, alert_reader=row, kind=Kind.ALERT, schedule_version=1, due_at=at
            )
            for row in readers
        ],
        ignore_conflicts=True,
    )
    return len(made)


def resolve_again(*, at: dt.datetime) -> int:
    """The night's round: every visit ahead, so that new quiet hours, zones and clock rules reach what is waiting."""
    return schedule_for(Visit.objects.filter(state=Visit.State.PLANNED, starts_at__gt=at), at=at)
