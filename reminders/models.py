import datetime as dt
import uuid

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from accounts.models import Clinic, ScopedQuerySet, User
from accounts.models.audit import append_only, audited
from patients.models import Course
from reminders.rules import states
from reminders.rules.schedule import RHYTHMS, Kind, Reader
from screening.models import AlertReader
from sessions.models import Visit


class ReminderQuerySet(ScopedQuerySet):
    team_path = "visit__course__team"

    def due(self, at: dt.datetime) -> "ReminderQuerySet":
        """Waiting rows whose time has come, the longest waiting first."""
        return self.filter(
            Q(not_before=None) | Q(not_before__lte=at), state=states.State.PENDING, due_at__lte=at
        ).order_by("due_at", "pk")

    def left_in_sending(self, before: dt.datetime) -> "ReminderQuerySet":
        """Rows whose worker took them before this time and never came back."""
        return self.filter(state=states.State.SENDING, claimed_at__lt=before)

    def outlived(self) -> "ReminderQuerySet":
        """Rows of an older time of their visit, or of a visit that is off; still able to go out."""
        return self.filter(state__in=(states.State.PENDING, states.State.FAILED), visit__isnull=False).filter(
            ~Q(schedule_version=F("visit__schedule_version"))
            | Q(visit__state__in=(Visit.State.CANCELLED, Visit.State.MISSED))
        )

    def for_a_person(self) -> "ReminderQuerySet":
        """What somebody has to decide, the oldest first."""
        return self.filter(state__in=states.NEEDS_A_PERSON).order_by("due_at", "pk")


class Reminder(models.Model):
    """One message to one reader about one time of one visit, or about one alert: sent once or never."""

    class Channel(models.TextChoices):
        EMAIL = "email", "E-mail"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="reminders")
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, null=True, blank=True, related_name="reminders")
    alert_reader = models.OneToOneField(
        AlertReader, on_delete=models.PROTECT, null=True, blank=True, related_name="reminder"
    )
    kind = models.CharField(max_length=20, choices=[(kind.value, RHYTHMS[kind].said) for kind in Kind])
    channel = models.CharField(max_length=10, choices=Channel, default=Channel.EMAIL)
    schedule_version = models.PositiveIntegerField()
    due_at = models.DateTimeField()
    state = models.CharField(
        max_length=12, choices=[(state.value, states.SAID[state]) for state in states.State], default="pending"
    )
    # The attempt that holds the row while it is being sent; whoever marks it must name it.
    attempt = models.UUIDField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    remark = models.CharField(max_length=200, blank=True)

    objects = ReminderQuerySet.as_manager()

    class Meta:
        ordering = ["-due_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(visit__isnull=False, alert_reader=None) & ~Q(kind="alert")
                | Q(visit=None, alert_reader__isnull=False, kind="alert"),
                name="reminder_of_a_visit_or_of_an_alert",
            ),
            models.UniqueConstraint(
                fields=["visit", "kind", "channel", "schedule_version"], name="one_reminder_of_a_kind"
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | (~Q(state="sent") & Q(sent_at=None)),
                name="reminder_sent_at_when_sent",
            ),
            models.CheckConstraint(
                condition=Q(state="sending", attempt__isnull=False, claimed_at__isnull=False)
                | (~Q(state="sending") & Q(attempt=None, claimed_at=None)),
                name="reminder_attempt_while_sending",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="pending"), name="reminder_waiting"),
            models.Index(fields=["clinic", "-due_at"], name="reminder_log"),
        ]
        triggers = [audited(patient="visit.course.patient", clinic="clinic")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.get_state_display()}"

    @property
    def course(self) -> Course:
        """The course whose visit or alert it is about."""
        return self.visit.course if self.visit else self.alert_reader.alert.course

    @property
    def reader(self) -> Reader:
        return RHYTHMS[Kind(self.kind)].reader

    @property
    def choices(self) -> tuple[states.Step, ...]:
        """What a person may decide about it now."""
        return states.choices(states.State(self.state))


class Attempt(models.Model):
    """One step in the life of a reminder, with its time and its reason. Never edited."""

    reminder = models.ForeignKey(Reminder, on_delete=models.PROTECT, related_name="attempts")
    attempt = models.UUIDField(null=True)
    step = models.CharField(max_length=12, choices=[(step.value, step.value.capitalize()) for step in states.Step])
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    remark = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["at", "pk"]
        triggers = [audited(patient="reminder.visit.course.patient", clinic="reminder.clinic"), *append_only()]

    def __str__(self) -> str:
        return f"{self.step} at {self.at}"


class Fence(models.Model):
    """The one place whose reminders this database may send; a copy of it elsewhere sends none.

    Rows are never edited: the last one counts.
    """

    place = models.CharField(max_length=200)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=200)

    class Meta:
        ordering = ["-pk"]
        triggers = [audited(), *append_only()]

    def __str__(self) -> str:
        return self.place


def visits_to_schedule(at: dt.datetime) -> models.QuerySet[Visit]:
    """Visits ahead whose present time has no reminders yet, and visits with reminders of a time that is no more."""
    of_this_time = Reminder.objects.filter(visit=OuterRef("pk"), schedule_version=OuterRef("schedule_version"))
    missing = Visit.objects.filter(state=Visit.State.PLANNED, starts_at__gt=at).exclude(Exists(of_this_time))
    outlived = Visit.objects.filter(pk__in=Reminder.objects.outlived().values("visit"))
    return missing | outlived
