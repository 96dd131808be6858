import uuid

from django.db import models
from django.db.models import F, Func, Q

from accounts.models import ScopedQuerySet, User
from accounts.models.audit import append_only, audited, frozen_when
from integration.rules import caps5, instruments
from patients.models import Course
from sessions.models import Visit

# A sheet's answers: an object whose every value is a whole number on a scale of at most five steps.
ANSWERS_ON_SCALE = """NOT jsonb_path_exists(%(expressions)s, 'strict $ ? (@.type() != "object" || exists (
    @.* ? (@.type() != "number" || @ < 0 || @ > 4 || @.floor() != @)))')"""


class CourseOwnedQuerySet(ScopedQuerySet):
    clinic_path = "course__clinic"
    team_path = "course__team"


class AssessmentQuerySet(CourseOwnedQuerySet):
    def in_force(self) -> "AssessmentQuerySet":
        """Signed sheets that no signed correction has taken the place of."""
        return self.filter(signed_at__isnull=False).exclude(superseded_by__signed_at__isnull=False)

    def open(self) -> "AssessmentQuerySet":
        """Sheets that were begun and not signed."""
        return self.filter(signed_at=None)


class Assessment(models.Model):
    """One sheet of one measure. Frozen once signed; a correction is a new sheet that supersedes it and says why."""

    class Instrument(models.TextChoices):
        CAPS5 = "CAPS-5", "CAPS-5"
        PCL5 = "PCL-5", "PCL-5"
        CSSRS = "C-SSRS", "C-SSRS"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="assessments")
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, null=True, blank=True, related_name="assessments")
    instrument = models.CharField(max_length=10, choices=Instrument)
    taken_on = models.DateField("taken on")
    items = models.JSONField("answers", default=dict, blank=True)
    total = models.PositiveSmallIntegerField(null=True, blank=True)
    blinded = models.BooleanField(default=False)
    begun_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField()
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    signed_at = models.DateTimeField(null=True, blank=True)
    supersedes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="superseded_by"
    )
    reason = models.CharField("reason for the correction", max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        ordering = ["taken_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["visit", "instrument"], condition=Q(supersedes=None), name="one_sheet_per_measure_and_visit"
            ),
            models.CheckConstraint(
                condition=Func(F("items"), template=ANSWERS_ON_SCALE, output_field=models.BooleanField()),
                name="assessment_answers_on_scale",
            ),
            models.CheckConstraint(
                condition=Q(total=None) | Q(total__lte=caps5.HIGHEST_TOTAL), name="assessment_total_on_scale"
            ),
            models.CheckConstraint(
                condition=Q(instrument="CAPS-5") | Q(blinded=False), name="only_a_clinician_rating_is_blinded"
            ),
            models.CheckConstraint(
                condition=Q(signed_at=None, signed_by=None) | Q(signed_at__isnull=False, signed_by__isnull=False),
                name="assessment_signed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(supersedes=None, reason="") | (Q(supersedes__isnull=False) & ~Q(reason="")),
                name="assessment_correction_has_a_reason",
            ),
        ]
        indexes = [models.Index(fields=["course", "instrument"], name="assessment_by_course")]
        triggers = [audited(patient="course.patient", clinic="course.clinic"), *frozen_when("signed_at")]

    def __str__(self) -> str:
        return f"{self.instrument} of {self.taken_on}"

    @property
    def measure(self) -> instruments.Instrument:
        return instruments.INSTRUMENTS[self.instrument]

    @property
    def is_signed(self) -> bool:
        return self.signed_at is not None


class InsightQuerySet(CourseOwnedQuerySet):
    pass


class Insight(models.Model):
    """Something the patient understood, in words that will still help in a year. Kept as it was written."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="insights")
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, null=True, blank=True, related_name="insights")
    text = models.TextField("insight", max_length=4000)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = InsightQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="insight_says_something")]
        triggers = [
            audited(patient="course.patient", clinic="course.clinic", conceal=("text",)),
            *append_only(),
        ]

    def __str__(self) -> str:
        return self.text[:60]


class PracticeQuerySet(CourseOwnedQuerySet):
    pass


class Practice(models.Model):
    """Something the patient wants to do regularly, so that an insight becomes a way of living."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="practices")
    insight = models.ForeignKey(Insight, on_delete=models.PROTECT, null=True, blank=True, related_name="practices")
    title = models.CharField("practice", max_length=120)
    times_a_week = models.PositiveSmallIntegerField("days a week", default=3)
    started_on = models.DateField("from")
    ended_on = models.DateField(null=True, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    objects = PracticeQuerySet.as_manager()

    class Meta:
        ordering = [F("ended_on").asc(nulls_first=True), "started_on", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(times_a_week__range=(1, 7)), name="practice_days_a_week"),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("started_on")), name="practice_ends_after_it_starts"
            ),
        ]
        triggers = [audited(patient="course.patient", clinic="course.clinic", conceal=("title",))]

    def __str__(self) -> str:
        return self.title


class PracticeDone(models.Model):
    """A day on which a practice was done."""

    practice = models.ForeignKey(Practice, on_delete=models.PROTECT, related_name="done")
    on = models.DateField()
    note = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-on", "-pk"]
        constraints = [models.UniqueConstraint(fields=["practice", "on"], name="practice_done_once_a_day")]
        triggers = [
            audited(patient="practice.course.patient", clinic="practice.course.clinic", conceal=("note",)),
            *append_only(),
        ]

    def __str__(self) -> str:
        return f"{self.practice} on {self.on}"
