"""Suicide risk of a course: what was asked, what was cleared, the safety plan, and who was told at once."""

import uuid

import pgtrigger
from django.db import models
from django.db.models import Q

from accounts.models import ScopedQuerySet, User
from accounts.models.audit import append_only, audited, frozen_when
from patients.models import Course
from screening.models.record import KEPT, CourseRecordQuerySet
from screening.rules.safety import HEADINGS
from screening.rules.suicide import Asked, Risk
from screening.rules.words import capital


class RiskReading(models.Model):
    """One time that somebody was asked about suicide, wherever it was asked. `risk` is empty while nobody knows how far."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="risk_readings")
    risk = models.CharField(max_length=20, blank=True, choices=[(risk.value, capital(risk)) for risk in Risk])
    asked = models.CharField(max_length=30, choices=[(asked.value, capital(asked)) for asked in Asked])
    # What tells this answer from every other of its kind, so that the same answer counts once.
    reference = models.CharField(max_length=120)
    taken_on = models.DateField()
    evidence = models.CharField(max_length=300)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = CourseRecordQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["course", "asked", "reference"], name="risk_read_once"),
            models.CheckConstraint(condition=Q(risk__in=["", *(risk.value for risk in Risk)]), name="risk_known"),
            models.CheckConstraint(
                condition=Q(asked__in=[asked.value for asked in Asked]), name="risk_asked_somewhere"
            ),
        ]
        triggers = KEPT

    def __str__(self) -> str:
        return f"{self.get_asked_display()}: {self.get_risk_display() or 'not followed up'}"


class RiskClearingQuerySet(ScopedQuerySet):
    clinic_path = "reading__course__clinic"
    team_path = "reading__course__team"


class RiskClearing(models.Model):
    """A physician's written answer to high risk. It rests on a newer C-SSRS that is not high."""

    reading = models.OneToOneField(RiskReading, on_delete=models.PROTECT, related_name="clearing")
    reason = models.TextField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = RiskClearingQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason__regex=r"^\s*$"), name="risk_clearing_has_a_reason")]
        triggers = [
            audited(patient="reading.course.patient", clinic="reading.course.clinic"),
            *append_only(),
            pgtrigger.Trigger(
                name="rests_on_a_newer_screen",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func=(
                    "IF NOT EXISTS (SELECT 1 FROM screening_riskreading r WHERE r.id = NEW.reading_id"
                    " AND r.risk NOT IN ('', 'high') AND NOT EXISTS (SELECT 1 FROM screening_riskreading h"
                    " WHERE h.course_id = r.course_id AND h.risk = 'high' AND (h.at, h.id) > (r.at, r.id))) THEN"
                    " RAISE EXCEPTION 'mdmaat: high risk is cleared on a newer C-SSRS that is not high';"
                    " END IF; RETURN NEW;"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"Cleared by {self.by}"


class SafetyPlan(models.Model):
    """What the patient does when thoughts of suicide come, in the patient's own words. Each change is a new version."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="safety_plans")
    version = models.PositiveIntegerField()
    # heading code -> the patient's words, line by line
    words = models.JSONField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = CourseRecordQuerySet.as_manager()

    class Meta:
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(fields=["course", "version"], name="one_safety_plan_per_version"),
            models.CheckConstraint(
                condition=Q(words__has_keys=[heading.code for heading in HEADINGS]),
                name="safety_plan_has_every_heading",
            ),
        ]
        triggers = [
            audited(patient="course.patient", clinic="course.clinic", conceal=("words",)),
            *append_only(),
        ]

    def __str__(self) -> str:
        return f"Safety plan, version {self.version}"

    @property
    def lines(self) -> list[tuple[str, list[str]]]:
        """Each heading with its lines."""
        return [(heading.title, self.words[heading.code].splitlines()) for heading in HEADINGS]


class Alert(models.Model):
    """Something that named people must see at once. It stays at the top of their pages until each says what was done."""

    class Kind(models.TextChoices):
        SUICIDE_RISK = "suicide risk", "Suicide risk"
        TOUCH = "touch", "Touch outside the agreement"
        REOPENED = "decision", "Decision no longer stands"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="alerts")
    kind = models.CharField(max_length=20, choices=Kind)
    reference = models.CharField(max_length=150)
    sentence = models.CharField(max_length=300)
    # Nobody where the application itself noticed it.
    raised_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    raised_at = models.DateTimeField()

    objects = CourseRecordQuerySet.as_manager()

    class Meta:
        ordering = ["-raised_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["course", "kind", "reference"], name="alert_raised_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["suicide risk", "touch", "decision"]), name="alert_kind_known"
            ),
            models.CheckConstraint(condition=~Q(sentence=""), name="alert_says_something"),
        ]
        triggers = KEPT

    def __str__(self) -> str:
        return self.sentence


class AlertReaderQuerySet(ScopedQuerySet):
    clinic_path = "alert__course__clinic"
    team_path = "alert__course__team"

    def open_for(self, user: User) -> "AlertReaderQuerySet":
        """What this person still has to answer, the newest first."""
        return (
            self.filter(user=user, acknowledged_at=None)
            .select_related("alert__course__patient", "alert__course__clinic")
            .order_by("-alert__raised_at", "-pk")
        )


class AlertReader(models.Model):
    """Somebody who was told, and what they did about it. Written once."""

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="readers")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="alerts")
    duty = models.CharField(max_length=20)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    done = models.TextField("what was done", blank=True)

    objects = AlertReaderQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["alert", "user"], name="told_once"),
            models.CheckConstraint(
                condition=Q(acknowledged_at=None, done="")
                | Q(acknowledged_at__isnull=False) & ~Q(done__regex=r"^\s*$"),
                name="acknowledged_with_what_was_done",
            ),
        ]
        indexes = [models.Index(fields=["user"], condition=Q(acknowledged_at=None), name="alert_unanswered")]
        triggers = [
            audited(patient="alert.course.patient", clinic="alert.course.clinic"),
            *frozen_when("acknowledged_at"),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return str(self.user)
