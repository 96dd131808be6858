import pgtrigger
from django.db import models
from django.db.models import Q

from accounts.models import ScopedQuerySet
from accounts.models.audit import audited, frozen_when
from screening.models.record import Decision


class ReopeningQuerySet(ScopedQuerySet):
    clinic_path = "decision__course__clinic"
    team_path = "decision__course__team"


class Reopening(models.Model):
    """A signed decision that something underneath has overtaken: since when, by what, and until when."""

    class End(models.TextChoices):
        DECIDED = "decided", "a physician decided again"
        STANDS = "stands", "what had changed was put back"
        OVER = "over", "the course has ended"

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="reopenings")
    because = models.TextField()
    at = models.DateTimeField()
    ended = models.CharField(max_length=10, choices=End, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ReopeningQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["decision"], condition=Q(ended_at=None), name="decision_is_reopened_once_at_a_time"
            ),
            models.CheckConstraint(condition=~Q(because=""), name="reopening_has_a_cause"),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended="") | Q(ended_at__isnull=False) & ~Q(ended=""),
                name="reopening_ends_somehow",
            ),
        ]
        triggers = [
            audited(patient="decision.course.patient", clinic="decision.course.clinic"),
            *frozen_when("ended_at"),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.because
