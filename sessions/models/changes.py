"""What became of the calendar: each change of it, what happened to a visit, and signed departures from the protocol."""

import datetime as dt
import uuid

from django.db import models
from django.db.models import F, Q

from accounts.models import Clinic, ScopedQuerySet, User
from accounts.models.audit import append_only, audited
from patients.models import Course
from sessions.models.calendar import Room, Visit

# Issue 4: undo for ten minutes before patients are told.
SETTLING = dt.timedelta(minutes=10)


class RoomClosureQuerySet(ScopedQuerySet):
    clinic_path = "room__clinic"


class RoomClosure(models.Model):
    """Whole days on which a room cannot be used."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="room_closures")
    starts_on = models.DateField()
    ends_on = models.DateField()
    note = models.CharField(max_length=120, blank=True)

    objects = RoomClosureQuerySet.as_manager()

    class Meta:
        ordering = ["starts_on", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(starts_on__lte=F("ends_on")), name="room_closure_starts_before_it_ends")
        ]
        triggers = [audited(clinic="room.clinic")]

    def __str__(self) -> str:
        return f"{self.room} {self.starts_on} to {self.ends_on}"


class RearrangementQuerySet(ScopedQuerySet):
    pass


class Rearrangement(models.Model):
    """One change of the calendar, written in one transaction: what was done, by whom, and what it took back."""

    class Kind(models.TextChoices):
        BOOKED = "booked", "Booked"
        MOVED = "moved", "Moved"
        LENGTHENED = "lengthened", "Given another length"
        CANCELLED = "cancelled", "Cancelled"
        MISSED = "missed", "Missed"
        REPAIRED = "repaired", "Put right"
        UNDONE = "undone", "Taken back"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="rearrangements")
    kind = models.CharField(max_length=20, choices=Kind)
    reason = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    undoes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="undone_by")
    # The leave, room closure or closed days that were entered with it, so that taking it back takes them back as well.
    entered = models.JSONField(default=list)

    objects = RearrangementQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        triggers = [audited(clinic="clinic"), *append_only()]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.at:%Y-%m-%d %H:%M}"

    @property
    def settles_at(self) -> dt.datetime:
        """Until then it can be taken back, and nobody is told of it."""
        return self.at + SETTLING


class VisitChange(models.Model):
    """One visit before and after a rearrangement: times, room, people and state, as values. `before` is null when new."""

    rearrangement = models.ForeignKey(Rearrangement, on_delete=models.PROTECT, related_name="changes")
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="changes")
    before = models.JSONField(null=True)
    after = models.JSONField()
    version = models.PositiveIntegerField()  # of the visit, once this was written
    reason = models.CharField(max_length=600, blank=True)

    class Meta:
        ordering = ["pk"]
        triggers = [audited(patient="visit.course.patient", clinic="visit.course.clinic"), *append_only()]

    def __str__(self) -> str:
        return f"{self.visit.code} in {self.rearrangement_id}"


class VisitEventQuerySet(ScopedQuerySet):
    clinic_path = "visit__course__clinic"
    team_path = "visit__course__team"


class VisitEvent(models.Model):
    """What became of a visit, told with its reason. The visit's state follows; what was told in error is taken back."""

    class Kind(models.TextChoices):
        CANCELLED = "cancelled", "Cancelled"
        LATE_CANCEL = "late cancel", "Cancelled late"
        NO_SHOW = "no-show", "The patient did not come"
        LATE_START = "late start", "Began late"
        TAKEN_BACK = "taken back", "Taken back"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=20, choices=Kind)
    minutes = models.PositiveSmallIntegerField(null=True, blank=True, help_text="How late it began.")
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    rearrangement = models.ForeignKey(
        Rearrangement, on_delete=models.PROTECT, null=True, blank=True, related_name="events"
    )
    undoes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="undone_by")

    objects = VisitEventQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="late start", minutes__gte=1) | (~Q(kind="late start") & Q(minutes=None)),
                name="late_start_has_its_minutes",
            ),
            models.CheckConstraint(
                condition=Q(kind="taken back", undoes__isnull=False) | (~Q(kind="taken back") & Q(undoes=None)),
                name="taken_back_names_what",
            ),
        ]
        triggers = [audited(patient="visit.course.patient", clinic="visit.course.clinic"), *append_only()]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.visit.code}"

    @property
    def is_taken_back(self) -> bool:
        """Select "undone_by" for lists."""
        return hasattr(self, "undone_by")


class DeviationQuerySet(ScopedQuerySet):
    clinic_path = "course__clinic"
    team_path = "course__team"


class Deviation(models.Model):
    """A signed departure of one course from its protocol, as far as the protocol lets one visit depart. Never edited."""

    class Rule(models.TextChoices):
        WINDOW = "window", "Outside its window"
        ALONE = "alone", "One therapist instead of two"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="deviations")
    code = models.CharField(max_length=10)
    rule = models.CharField(max_length=10, choices=Rule)
    said = models.CharField(max_length=200)  # what the protocol says: "5 to 10 days after D1"
    allowed = models.CharField(max_length=200)  # what is allowed instead
    earliest = models.SmallIntegerField(null=True, blank=True)  # days after the anchor
    latest = models.SmallIntegerField(null=True, blank=True)
    reason = models.TextField()
    signer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    printed_name = models.CharField(max_length=200)
    meaning = models.CharField(max_length=200)
    at = models.DateTimeField()
    digest = models.CharField(max_length=64)

    objects = DeviationQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(rule="window", earliest__isnull=False, latest__gte=F("earliest"))
                | Q(rule="alone", earliest=None, latest=None),
                name="deviation_window_has_days",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="deviation_has_a_reason"),
        ]
        triggers = [audited(patient="course.patient", clinic="course.clinic"), *append_only()]

    def __str__(self) -> str:
        return f"{self.code}: {self.allowed} instead of {self.said}"
