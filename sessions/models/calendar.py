import uuid
from datetime import datetime

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, DecimalRangeField, RangeOperators
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Func, Prefetch, Q
from django.db.models.functions import Coalesce

from accounts.models import Clinic, Grant, Membership, ScopedQuerySet, User
from accounts.models.audit import audited
from patients.models import Course, Patient


def _seconds_from_to(starts: str, ends: str) -> Func:
    """A stretch of a day as a range of seconds since midnight: PostgreSQL has no range of clock times."""
    seconds = [Func(F(name), template="EXTRACT(EPOCH FROM %(expressions)s)") for name in (starts, ends)]
    return Func(*seconds, function="numrange", output_field=DecimalRangeField())


class RoomQuerySet(ScopedQuerySet):
    pass


class Room(models.Model):
    class Kind(models.TextChoices):
        CONSULTING = "consulting", "Consulting room"
        DOSING = "dosing", "Dosing room"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="rooms")
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=20, choices=Kind)
    turnover_minutes = models.PositiveSmallIntegerField(
        default=15, help_text="Minutes to clear and set up the room after each visit."
    )
    opens_at = models.TimeField(null=True, blank=True, help_text="If it differs from the clinic's hours.")
    closes_at = models.TimeField(null=True, blank=True)
    active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    objects = RoomQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["clinic", "name"], name="one_room_of_a_name")]
        triggers = [audited(clinic="clinic")]

    def __str__(self) -> str:
        return self.name


class WorkingTimeQuerySet(ScopedQuerySet):
    clinic_path = "membership__clinic"


class WorkingTime(models.Model):
    """Hours in which somebody works every week, in the clinic's wall time. Weekday 0 is Monday."""

    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="working_times")
    weekday = models.PositiveSmallIntegerField(validators=[MaxValueValidator(6)])
    starts = models.TimeField()
    ends = models.TimeField()

    objects = WorkingTimeQuerySet.as_manager()

    class Meta:
        ordering = ["membership", "weekday", "starts"]
        constraints = [
            models.CheckConstraint(condition=Q(weekday__lte=6), name="working_time_weekday"),
            models.CheckConstraint(condition=Q(starts__lt=F("ends")), name="working_time_starts_before_it_ends"),
            ExclusionConstraint(
                name="working_times_do_not_overlap",
                expressions=[
                    ("membership", RangeOperators.EQUAL),
                    ("weekday", RangeOperators.EQUAL),
                    (_seconds_from_to("starts", "ends"), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        triggers = [audited(clinic="membership.clinic")]

    def __str__(self) -> str:
        return f"{self.weekday} {self.starts}-{self.ends}"


class LeaveQuerySet(ScopedQuerySet):
    clinic_path = "membership__clinic"


class Leave(models.Model):
    """Whole days on which somebody is away."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="leave")
    starts_on = models.DateField()
    ends_on = models.DateField()
    note = models.CharField(max_length=120, blank=True)

    objects = LeaveQuerySet.as_manager()

    class Meta:
        ordering = ["starts_on", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(starts_on__lte=F("ends_on")), name="leave_starts_before_it_ends")
        ]
        triggers = [audited(clinic="membership.clinic")]

    def __str__(self) -> str:
        return f"{self.membership.user} {self.starts_on} to {self.ends_on}"


class ClosureQuerySet(ScopedQuerySet):
    pass


class Closure(models.Model):
    """A day on which the clinic is closed, besides the public holidays of its region."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="closures")
    day = models.DateField()
    name = models.CharField(max_length=80)

    objects = ClosureQuerySet.as_manager()

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["clinic", "day"], name="one_closure_a_day")]
        triggers = [audited(clinic="clinic")]

    def __str__(self) -> str:
        return f"{self.name}, {self.day}"


class VisitQuerySet(ScopedQuerySet):
    clinic_path = "course__clinic"
    team_path = "course__team"

    def standing(self) -> "VisitQuerySet":
        """Visits that are planned or were held: everything that is not cancelled, missed or repeated."""
        return self.filter(state__in=Visit.STANDING)

    def with_therapists(self) -> "VisitQuerySet":
        """With what `therapists` reads: whoever holds the visit, and not its room and patient."""
        taken = Allocation.objects.filter(active=True, therapist__isnull=False).select_related("therapist")
        return self.prefetch_related(Prefetch("allocations", queryset=taken))

    def with_person(self, user: int) -> "VisitQuerySet":
        """Visits that somebody (by id) holds, covers as a physician, or stays the night after."""
        held = Allocation.objects.filter(therapist=user, active=True, visit__isnull=False).values("visit")
        return self.filter(Q(pk__in=held) | Q(covered_by=user) | Q(night_attendant=user))

    def matching(self, words: str) -> "VisitQuerySet":
        """Visits whose code is a word, or whose title, room or patient holds it, for every word."""
        rows = self
        for word in words.split():
            rows = rows.filter(
                Q(code__iexact=word)
                | Q(title__icontains=word)
                | Q(room__name__icontains=word)
                | Q(course__patient__given_name__icontains=word)
                | Q(course__patient__family_name__icontains=word)
                | Q(course__patient__chart_number__icontains=word)
            )
        return rows


class Visit(models.Model):
    """One visit of one course: every visit of every kind is one row of one calendar."""

    class State(models.TextChoices):
        PLANNED = "planned", "Planned"
        DONE = "done", "Done"
        MISSED = "missed", "Missed"
        CANCELLED = "cancelled", "Cancelled"
        REPEATED = "repeated", "Held too early, to be repeated"

    STANDING = (State.PLANNED, State.DONE)

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="visits")
    code = models.CharField(max_length=10)
    kind = models.CharField(max_length=20)
    title = models.CharField(max_length=120)
    dose_number = models.PositiveSmallIntegerField(null=True, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    room = models.ForeignKey(Room, on_delete=models.PROTECT, null=True, blank=True, related_name="visits")
    # The physician on duty for a dosing day. Not an allocation: one physician may cover several rooms at once.
    covered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="covers")
    # Who stays the night after a dosing day, from the hour at which the clinic closes until it opens again.
    night_attendant = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="nights")
    state = models.CharField(max_length=20, choices=State, default=State.PLANNED)
    state_reason = models.CharField(max_length=300, blank=True)
    # Grows with every move, so that a reminder always belongs to one version of the appointment.
    schedule_version = models.PositiveIntegerField(default=1)
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by")
    announced_at = models.DateTimeField(null=True, blank=True)
    # Until then a change can be taken back, and nobody is told of it.
    settles_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = VisitQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["course", "code"],
                condition=Q(state__in=["planned", "done"]),
                name="one_standing_visit_per_code",
            ),
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="visit_starts_before_it_ends"),
            # Two dosing days of one evening overlap; nobody stays with two patients in one night.
            ExclusionConstraint(
                name="one_patient_a_night",
                expressions=[
                    ("night_attendant", RangeOperators.EQUAL),
                    (
                        Func("starts_at", "ends_at", function="tstzrange", output_field=DateTimeRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(state__in=["planned", "done"], night_attendant__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["starts_at"], name="visit_by_time")]
        triggers = [audited(patient="course.patient", clinic="course.clinic")]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    def is_late(self, at: datetime) -> bool:
        """Its time is over, and nobody has said what became of it."""
        return self.state == self.State.PLANNED and self.ends_at < at

    @property
    def is_standing(self) -> bool:
        return self.state in self.STANDING

    @property
    def therapists(self) -> list[User]:
        """Who holds the visit. Read lists `with_therapists`."""
        return [a.therapist for a in self.allocations.all() if a.active and a.therapist_id]


class GatheringQuerySet(ScopedQuerySet):
    def visible_to(self, grant: Grant) -> "GatheringQuerySet":
        """Those of the clinics that are reached whole; where somebody reaches only their courses, those they are in."""
        reach = super().visible_to(grant)
        if not grant.team_clinics:
            return reach
        own = self.filter(clinic__in=grant.team_clinics, allocations__therapist=grant.user_id, allocations__active=True)
        return self.filter(Q(pk__in=reach.values("pk")) | Q(pk__in=own.values("pk")))


class Gathering(models.Model):
    """Something in the calendar that belongs to no one course: a group of patients, or therapists in supervision."""

    class Kind(models.TextChoices):
        GROUP = "group integration", "Group integration"
        SUPERVISION = "supervision", "Supervision"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="gatherings")
    kind = models.CharField(max_length=20, choices=Kind)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    room = models.ForeignKey(Room, on_delete=models.PROTECT, null=True, blank=True, related_name="gatherings")
    is_off = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    objects = GatheringQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="gathering_starts_before_it_ends")
        ]
        triggers = [audited(clinic="clinic")]

    def __str__(self) -> str:
        return self.get_kind_display()


class AllocationQuerySet(ScopedQuerySet):
    clinic_path = "visit__course__clinic"
    team_path = "visit__course__team"


class Allocation(models.Model):
    """Somebody, a room or a patient taken for one visit or gathering. The database keeps each in one place at a time.

    `stays` is who stays the night after a visit: the same person as a `therapist`, but nobody who holds the visit.
    """

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, null=True, blank=True, related_name="allocations")
    gathering = models.ForeignKey(
        Gathering, on_delete=models.PROTECT, null=True, blank=True, related_name="allocations"
    )
    therapist = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="allocations")
    stays = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="night_allocations")
    room = models.ForeignKey(Room, on_delete=models.PROTECT, null=True, blank=True, related_name="allocations")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, null=True, blank=True, related_name="allocations")
    # Half-open [from, until), in UTC; a room's includes its turnover.
    during = DateTimeRangeField()
    active = models.BooleanField(default=True)
    # One number for whatever is taken, so that one constraint covers all kinds; a person has one number by day and night.
    resource = models.GeneratedField(
        expression=Coalesce(F("therapist_id") * 4, F("stays_id") * 4, F("room_id") * 4 + 1, F("patient_id") * 4 + 2),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )

    objects = AllocationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(therapist__isnull=False, stays=None, room=None, patient=None)
                | Q(therapist=None, stays__isnull=False, room=None, patient=None)
                | Q(therapist=None, stays=None, room__isnull=False, patient=None)
                | Q(therapist=None, stays=None, room=None, patient__isnull=False),
                name="allocation_takes_one_resource",
            ),
            models.CheckConstraint(
                condition=Q(visit__isnull=False, gathering=None) | Q(visit=None, gathering__isnull=False),
                name="allocation_is_for_one_thing",
            ),
            # An empty range overlaps nothing and would slip through the exclusion.
            models.CheckConstraint(
                condition=Q(during__isempty=False, during__startswith__isnull=False, during__endswith__isnull=False),
                name="allocation_has_a_time",
            ),
            ExclusionConstraint(
                name="one_place_at_a_time",
                expressions=[("resource", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
                condition=Q(active=True),
            ),
        ]
        triggers = [audited(patient="visit.course.patient", clinic="visit.course.clinic")]

    def __str__(self) -> str:
        return f"{self.therapist or self.stays or self.room or self.patient} {self.during}"
