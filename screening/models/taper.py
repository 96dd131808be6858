import uuid

from django.db import models
from django.db.models import Q

from accounts.models import ScopedQuerySet, User
from accounts.models.audit import append_only, audited
from patients.models import Course, Medicine
from screening.models.record import KEPT, CourseRecordQuerySet
from screening.rules.tapering import Step


class TaperPlanQuerySet(CourseRecordQuerySet):
    def newest(self) -> "TaperPlanQuerySet":
        """The plan that holds for each medicine; a later one supersedes what was planned before."""
        return self.order_by("medicine_id", "-at", "-pk").distinct("medicine_id")


class TaperPlan(models.Model):
    """How the prescriber lets a medicine run out, as it was told. Never changed: a new plan supersedes it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="taper_plans")
    medicine = models.ForeignKey(Medicine, on_delete=models.PROTECT, related_name="taper_plans")
    prescriber = models.CharField(max_length=120)
    last_dose_on = models.DateField("planned last dose", null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = TaperPlanQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [models.CheckConstraint(condition=~Q(prescriber__regex=r"^\s*$"), name="taper_has_a_prescriber")]
        triggers = KEPT

    def __str__(self) -> str:
        return f"Taper of {self.medicine}"

    @property
    def as_steps(self) -> list[Step]:
        return [Step(row.from_on, row.dose) for row in self.steps.all()]


class TaperStepQuerySet(ScopedQuerySet):
    clinic_path = "plan__course__clinic"
    team_path = "plan__course__team"


class TaperStep(models.Model):
    """From a day on, a dose."""

    plan = models.ForeignKey(TaperPlan, on_delete=models.PROTECT, related_name="steps")
    from_on = models.DateField("from")
    dose = models.CharField(max_length=80)

    objects = TaperStepQuerySet.as_manager()

    class Meta:
        ordering = ["from_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "from_on"], name="one_taper_step_a_day"),
            models.CheckConstraint(condition=~Q(dose__regex=r"^\s*$"), name="taper_step_has_a_dose"),
        ]
        triggers = [audited(patient="plan.course.patient", clinic="plan.course.clinic"), *append_only()]

    def __str__(self) -> str:
        return f"{self.dose} from {self.from_on}"


class WellBeing(models.Model):
    """One weekly check during a taper or washout: how somebody is, in their own measure, and whether they think of suicide."""

    GRADES = ((1, "Very bad"), (2, "Bad"), (3, "Fair"), (4, "Good"), (5, "Very good"))

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="well_being")
    taken_on = models.DateField("asked on")
    how = models.PositiveSmallIntegerField("how the patient is", choices=GRADES)
    sleep = models.PositiveSmallIntegerField(choices=GRADES)
    mood = models.PositiveSmallIntegerField(choices=GRADES)
    suicidal = models.BooleanField("thoughts of suicide")
    note = models.TextField(blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = CourseRecordQuerySet.as_manager()

    class Meta:
        ordering = ["-taken_on", "-at", "-pk"]
        verbose_name = "well-being check"
        constraints = [
            models.CheckConstraint(
                condition=Q(how__range=(1, 5)) & Q(sleep__range=(1, 5)) & Q(mood__range=(1, 5)),
                name="well_being_from_one_to_five",
            ),
        ]
        triggers = KEPT

    def __str__(self) -> str:
        return f"Well-being on {self.taken_on}"
