"""What is given and seen on a dosing day: doses, vital signs, effects, touch."""

import uuid

import pgtrigger
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from accounts.models.audit import append_only, audited
from sessions.models.record import CLINIC, PATIENT, TherapySession, closed_by_signature
from sessions.rules.facts import Basis, DoseKind


class Dose(models.Model):
    """A dose that was given. The pair (session, kind) is the natural key: there is no second initial dose."""

    session = models.ForeignKey(TherapySession, on_delete=models.PROTECT, related_name="doses")
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.value.capitalize()) for kind in DoseKind])
    key = models.UUIDField(unique=True)
    body_hash = models.CharField(max_length=64)
    mg = models.DecimalField(max_digits=5, decimal_places=1)
    basis = models.CharField(max_length=4, choices=[(basis.value, basis.value) for basis in Basis])
    lot = models.CharField(max_length=60)
    given_at = models.DateTimeField()
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    witnessed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["given_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["session", "kind"], name="one_dose_of_a_kind_per_session"),
            models.CheckConstraint(condition=~Q(given_by=F("witnessed_by")), name="dose_given_and_witnessed_by_two"),
            models.CheckConstraint(condition=Q(mg__gt=0), name="dose_weighs_something"),
            models.CheckConstraint(condition=~Q(lot=""), name="dose_has_a_lot"),
            models.CheckConstraint(condition=Q(kind__in=[kind.value for kind in DoseKind]), name="dose_kind_known"),
            models.CheckConstraint(condition=Q(basis__in=[basis.value for basis in Basis]), name="dose_basis_known"),
        ]
        triggers = [
            audited(patient=PATIENT, clinic=CLINIC),
            closed_by_signature(),
            *append_only(),
            pgtrigger.Trigger(
                name="supplement_follows_initial",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func=(
                    "IF NEW.kind = 'supplemental' AND NOT EXISTS (SELECT 1 FROM therapy_sessions_dose d"
                    " WHERE d.session_id = NEW.session_id AND d.kind = 'initial' AND d.given_at < NEW.given_at"
                    " AND d.basis = NEW.basis AND d.mg > NEW.mg) THEN"
                    " RAISE EXCEPTION 'mdmaat: a supplement follows a larger initial dose of the same basis';"
                    " END IF; RETURN NEW;"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mg:g} mg {self.basis}"


class VitalSign(models.Model):
    """One set of vital signs. Its id is made where it was typed, so that sending it again is harmless."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    session = models.ForeignKey(TherapySession, on_delete=models.PROTECT, related_name="vital_signs")
    slot = models.CharField(max_length=30, blank=True)
    taken_at = models.DateTimeField()
    saved_at = models.DateTimeField()
    systolic = models.PositiveSmallIntegerField(null=True, blank=True)
    diastolic = models.PositiveSmallIntegerField(null=True, blank=True)
    pulse = models.PositiveSmallIntegerField(null=True, blank=True)
    temperature = models.DecimalField(max_digits=3, decimal_places=1, null=True, blank=True)
    oxygen = models.PositiveSmallIntegerField(null=True, blank=True)
    late = models.BooleanField(default=False, help_text="Entered some time after it was taken.")
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["taken_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(systolic__isnull=False)
                | Q(diastolic__isnull=False)
                | Q(pulse__isnull=False)
                | Q(temperature__isnull=False)
                | Q(oxygen__isnull=False),
                name="vital_sign_measures_something",
            ),
            models.CheckConstraint(
                condition=Q(systolic=None, diastolic=None)
                | Q(systolic__isnull=False, diastolic__isnull=False, systolic__gt=F("diastolic")),
                name="systolic_and_diastolic_together",
            ),
            models.CheckConstraint(condition=Q(taken_at__lte=F("saved_at")), name="vital_sign_taken_before_saved"),
        ]
        triggers = [audited(patient=PATIENT, clinic=CLINIC), closed_by_signature(), *append_only()]

    def __str__(self) -> str:
        return f"{self.systolic}/{self.diastolic} {self.taken_at:%H:%M}"


class Effect(models.Model):
    """Something the patient felt or the therapists saw, in the checklist's words. Ends once."""

    class Severity(models.TextChoices):
        MILD = "mild", "Mild"
        MODERATE = "moderate", "Moderate"
        SEVERE = "severe", "Severe"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    session = models.ForeignKey(TherapySession, on_delete=models.PROTECT, related_name="effects")
    term = models.CharField(max_length=80)
    severity = models.CharField(max_length=10, choices=Severity, blank=True)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)
    saved_at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["from_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until_at=None) | Q(until_at__gte=F("from_at")), name="effect_begins_before_it_ends"
            )
        ]
        triggers = [
            audited(patient=PATIENT, clinic=CLINIC),
            closed_by_signature(),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="ends_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__until_at__isnull=False)
                | pgtrigger.Q(old__term__df=pgtrigger.F("new__term"))
                | pgtrigger.Q(old__severity__df=pgtrigger.F("new__severity"))
                | pgtrigger.Q(old__from_at__df=pgtrigger.F("new__from_at")),
            ),
        ]

    def __str__(self) -> str:
        return self.term


class Touch(models.Model):
    """One touch: what, who began it, when. Consensual touch is written down every time."""

    class Kind(models.TextChoices):
        HAND = "hand", "Hand held"
        SHOULDER = "shoulder", "Hand on the shoulder"
        ARM = "arm", "Hand on the arm"
        SAFETY = "safety", "Held for safety (fall, self-harm)"

    class Initiator(models.TextChoices):
        PATIENT = "patient", "The patient asked"
        THERAPIST = "therapist", "The therapist offered, the patient agreed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    session = models.ForeignKey(TherapySession, on_delete=models.PROTECT, related_name="touches")
    kind = models.CharField(max_length=10, choices=Kind)
    initiator = models.CharField(max_length=10, choices=Initiator)
    therapist = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    note = models.CharField(max_length=300, blank=True)
    # Why it lay outside what was agreed at that moment; empty when it lay within.
    outside = models.CharField(max_length=300, blank=True)
    saved_at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["at", "pk"]
        verbose_name_plural = "touches"
        triggers = [audited(patient=PATIENT, clinic=CLINIC), closed_by_signature(), *append_only()]

    def __str__(self) -> str:
        return self.get_kind_display()
