import datetime as dt
import uuid
from dataclasses import dataclass

import structlog
from django.db import transaction

from patients.models import Course, Patient
from reminders.actions import post
from reminders.actions.fence import is_fenced, set_up_fence
from reminders.actions.marking import move
from reminders.actions.scheduling import quiet_hours
from reminders.models import Reminder
from reminders.rules import schedule, wording
from reminders.rules.schedule import Kind, Reader
from reminders.rules.states import State, Step
from sessions.models import Visit

# Longer than the mail server may take to answer, so that nobody is declared lost who is only slow.
LOST_AFTER = dt.timedelta(minutes=4)
BATCH = 200
LONGEST_WAIT = 30

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Claim:
    """One reminder, held by one attempt."""

    reminder_id: int
    attempt: uuid.UUID


@dataclass(frozen=True, slots=True)
class Turn:
    """What is to happen to a claimed reminder instead of being sent."""

    step: Step
    remark: str
    not_before: dt.datetime | None = None


def claim(*, limit: int, at: dt.datetime) -> list[Claim]:
    """Take due reminders for sending. Committed before anything is sent; rows that another worker holds are passed by."""
    if is_fenced():
        return []
    claims = []
    with transaction.atomic(durable=True):
        for reminder in Reminder.objects.due(at).select_for_update(skip_locked=True)[:limit]:
            attempt = uuid.uuid4()
            if move(reminder, Step.CLAIM, at=at, attempt=attempt):
                claims.append(Claim(reminder.pk, attempt))
    return claims


def _address(reminder: Reminder, at: dt.datetime) -> str:
    """Where the message goes today: the patient's own address, or that of whoever has the duty; empty for nobody."""
    if reminder.alert_reader:
        return reminder.alert_reader.user.email
    if reminder.reader is Reader.PATIENT:
        return reminder.visit.course.patient.email
    on = at.astimezone(reminder.clinic.zone).date()
    members = {member.duty: member.user for member in reminder.visit.course.members(on)}
    duty = schedule.reader_of(Kind(reminder.kind), [duty for duty, user in members.items() if user.email])
    return members[duty].email if duty else ""


def turn_away(reminder: Reminder, *, at: dt.datetime) -> Turn | None:
    """Why a claimed reminder is not sent now, as things stand at this moment; None when it may go."""
    if reminder.alert_reader:
        return _turn_alert_away(reminder, at)
    visit, course, patient = reminder.visit, reminder.visit.course, reminder.visit.course.patient
    kind, is_for_patient = Kind(reminder.kind), reminder.reader is Reader.PATIENT
    if reminder.schedule_version != visit.schedule_version or visit.state in (
        Visit.State.CANCELLED,
        Visit.State.MISSED,
    ):
        return Turn(Step.SUPERSEDE, "The visit was moved or cancelled")
    if course.state in (Course.State.EXCLUDED, Course.State.WITHDRAWN):
        return Turn(Step.SUPPRESS, "The course has ended")
    if is_for_patient and (patient.reminder_channel != Patient.Channel.EMAIL or not patient.email):
        return Turn(Step.SUPPRESS, "The patient asked for no messages")
    if schedule.is_too_late(kind, due_at=reminder.due_at, starts_at=visit.starts_at, now=at):
        if reminder.tries:
            return Turn(Step.REFUSED, "The mail server could not be reached in time")
        return Turn(Step.SUPPRESS, "Too late to be of use")
    if is_for_patient and (ends := schedule.outside(quiet_hours(visit), at)) != at:
        return Turn(Step.WAIT, "In the patient's quiet hours", ends)
    if not _address(reminder, at):
        return Turn(Step.REFUSED, "Nobody on the care team has an address for this")
    return None


def _turn_alert_away(reminder: Reminder, at: dt.datetime) -> Turn | None:
    if reminder.alert_reader.acknowledged_at:
        return Turn(Step.SUPPRESS, "Answered before it was sent")
    if not _address(reminder, at):
        return Turn(Step.REFUSED, "Whoever was told has no address")
    return None


def message_for(reminder: Reminder) -> wording.Message:
    """The words of this reminder as they would be sent now."""
    clinic, patient = reminder.clinic, reminder.course.patient
    when = reminder.visit.starts_at if reminder.visit else reminder.due_at
    return wording.message(
        wording.Letter(
            kind=Kind(reminder.kind),
            when=when.astimezone(clinic.zone),
            discreet=patient.discreet,
            name=clinic.discreet_name,
            phone=clinic.phone,
            revealing=(clinic.name,) if clinic.name != clinic.discreet_name else (),
        )
    )


def send(held: Claim, *, at: dt.datetime) -> State | None:
    """Send one claimed reminder and note what came of it. None when the claim was lost to somebody meanwhile.

    A fault after the words have left is not caught: the row stays `sending` and becomes `unknown` on the next round.
    """
    reminder = (
        Reminder.objects.select_related(
            "clinic",
            "visit__course__clinic",
            "visit__course__patient",
            "alert_reader__user",
            "alert_reader__alert__course__patient",
        )
        .prefetch_related("visit__course__team__user")
        .filter(pk=held.reminder_id, state=State.SENDING, attempt=held.attempt)
        .first()
    )
    if reminder is None:
        return None
    if turn := turn_away(reminder, at=at):
        return move(reminder, turn.step, at=at, attempt=held.attempt, remark=turn.remark, not_before=turn.not_before)
    message = message_for(reminder)
    if wording.revealing_words("\n".join((message.sender, message.subject, message.body))):
        return move(reminder, Step.REFUSED, at=at, attempt=held.attempt, remark="The words would have told too much")
    try:
        post.hand_over(message, to=_address(reminder, at), attempt=held.attempt)
    except post.NotReached as problem:
        wait = dt.timedelta(minutes=min(2**reminder.tries, LONGEST_WAIT))
        return move(
            reminder,
            Step.NOT_REACHED,
            at=at,
            attempt=held.attempt,
            remark=str(problem),
            not_before=at + wait,
        )
    except post.Declined as problem:
        return move(reminder, Step.REFUSED, at=at, attempt=held.attempt, remark=str(problem))
    if reminder.reader is Reader.PATIENT:
        Visit.objects.filter(pk=reminder.visit_id, schedule_version=reminder.schedule_version).update(announced_at=at)
    return move(reminder, Step.ACCEPTED, at=at, attempt=held.attempt)


def give_up_the_lost(*, at: dt.datetime) -> int:
    """Reminders whose worker died between the call and the mark: nobody knows, so a person is asked."""
    lost = 0
    for reminder in Reminder.objects.left_in_sending(at - LOST_AFTER):
        lost += move(reminder, Step.LOST, at=at, remark="The worker stopped while it was being sent") is not None
    return lost


def send_due(*, at: dt.datetime, batch: int = BATCH) -> int:
    """One round: settle what was lost, then claim and send one reminder at a time. Returns how many went out."""
    set_up_fence(at=at)
    give_up_the_lost(at=at)
    sent = 0
    for _ in range(batch):
        claims = claim(limit=1, at=at)
        if not claims:
            break
        for held in claims:
            try:
                sent += send(held, at=at) is State.SENT
            except OSError:
                # The connection broke after the words were on their way. The row says `sending` until it is unknown.
                logger.warning("reminder_unanswered", attempt=str(held.attempt))
    return sent
