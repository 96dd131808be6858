import uuid

from django.db import models
from django.db.models import Q

from accounts.models import Clinic, ScopedQuerySet, User
from accounts.models.audit import audited
from patients.models import Course, Patient, ProtocolVersion
from screening.rules.prescreen import CallOutcome


class PreScreenQuerySet(ScopedQuerySet):
    team_path = "course__team"

    def open(self) -> "PreScreenQuerySet":
        """Somebody is to be called back, or comes and is not taken in yet."""
        return self.filter(outcome__in=[CallOutcome.CALL_BACK, CallOutcome.INTAKE], course=None)


class PreScreen(models.Model):
    """A telephone call before there is a patient. What was said is kept as it was said and counts as no evidence."""

    OUTCOMES = (
        (CallOutcome.INTAKE.value, "Goes on to intake"),
        (CallOutcome.NOT_SUITABLE.value, "Not suitable"),
        (CallOutcome.CALL_BACK.value, "Call back"),
    )

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="prescreens")
    protocol = models.ForeignKey(ProtocolVersion, on_delete=models.PROTECT, related_name="+")
    name = models.CharField("name or alias", max_length=120)
    phone = models.CharField("telephone", max_length=40, blank=True)
    email = models.EmailField("e-mail", blank=True)
    referrer = models.CharField("referred by", max_length=160, blank=True)
    answers = models.JSONField(default=dict, blank=True)
    note = models.TextField(blank=True)
    outcome = models.CharField(max_length=20, choices=OUTCOMES)
    reason = models.CharField(max_length=500, blank=True)
    call_back_on = models.DateField(null=True, blank=True)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, null=True, blank=True, related_name="prescreens")
    course = models.OneToOneField(Course, on_delete=models.PROTECT, null=True, blank=True, related_name="prescreen")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    objects = PreScreenQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=[outcome.value for outcome in CallOutcome]), name="call_outcome_known"
            ),
            models.CheckConstraint(
                condition=~Q(outcome=CallOutcome.CALL_BACK.value) | Q(call_back_on__isnull=False),
                name="call_back_has_a_day",
            ),
            models.CheckConstraint(
                condition=Q(patient=None, course=None)
                | Q(patient__isnull=False, course__isnull=False, outcome=CallOutcome.INTAKE.value),
                name="taken_in_after_a_call_whole",
            ),
        ]
        triggers = [audited(patient="patient", clinic="clinic")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        return self.course_id is None and self.outcome != CallOutcome.NOT_SUITABLE
