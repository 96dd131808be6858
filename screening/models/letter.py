import uuid

from django.db import models
from django.db.models import Q

from accounts.models import User
from accounts.models.audit import audited, frozen_when
from screening.models.record import CourseRecordQuerySet, Decision
from screening.rules.letter import Addressee


class Letter(models.Model):
    """A letter about a decision against treatment. A draft until the physician signs it; frozen from then on."""

    TO = ((Addressee.PATIENT.value, "The patient"), (Addressee.REFERRER.value, "The referrer"))

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.ForeignKey("patients.Course", on_delete=models.PROTECT, related_name="letters")
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="letters")
    to = models.CharField(max_length=10, choices=TO)
    address = models.TextField(blank=True)
    body = models.TextField()
    begun_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField()
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    signed_at = models.DateTimeField(null=True, blank=True)
    printed_name = models.CharField(max_length=120, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = CourseRecordQuerySet.as_manager()

    class Meta:
        ordering = ["-begun_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(signed_at=None, signed_by=None, digest="")
                | (Q(signed_at__isnull=False, signed_by__isnull=False) & ~Q(digest="")),
                name="letter_signed_whole",
            ),
            models.CheckConstraint(condition=~Q(body__regex=r"^\s*$"), name="letter_says_something"),
        ]
        triggers = [audited(patient="course.patient", clinic="course.clinic"), *frozen_when("signed_at")]

    def __str__(self) -> str:
        return f"Letter to {self.get_to_display().lower()}"

    @property
    def is_signed(self) -> bool:
        return self.signed_at is not None
