"""A record from elsewhere as it was read, and each line of it until a clinician has said yes or no."""

import uuid

import pgtrigger
from django.db import models
from django.db.models import Q

from accounts.models import Clinic, ScopedQuerySet, User
from accounts.models.audit import append_only, audited, frozen_when
from patients.models import Medicine, Patient
from screening.models.record import Evidence
from screening.rules.importing.proposing import Kind
from screening.rules.words import capital

_, NO_TRUNCATE = append_only()


def _changed(*columns: str) -> pgtrigger.Q:
    """Condition of a trigger: any of these columns would get another value."""
    condition = pgtrigger.Q()
    for column in columns:
        condition |= pgtrigger.Q(**{f"old__{column}__df": pgtrigger.F(f"new__{column}")})
    return condition


class ImportBatchQuerySet(ScopedQuerySet):
    team_path = "patient__courses__team"


class ImportBatch(models.Model):
    """One file that was read. The same file is read once in a clinic; whose chart it belongs to is said once."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="imports")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="imports", null=True)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    # Who the file says it is about, as (name, born on), to hold against a chart.
    person = models.JSONField()
    # {"unmapped", "set_aside", "skipped": [{path, what, why}], "not_read": {kind: how many}}
    left = models.JSONField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    at = models.DateTimeField()

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["clinic", "sha256"], name="one_import_per_file")]
        triggers = [
            audited(patient="patient", clinic="clinic", skip=("left",)),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="as_it_was_read",
                operation=pgtrigger.Update,
                condition=_changed("clinic", "sha256", "person", "left", "at")
                | (pgtrigger.Q(old__patient__isnull=False) & _changed("patient")),
            ),
            NO_TRUNCATE,
        ]

    def __str__(self) -> str:
        return f"Import of {self.at:%-d %b %Y}"


class ImportLineQuerySet(ScopedQuerySet):
    team_path = "batch__patient__courses__team"

    def open(self) -> "ImportLineQuerySet":
        """Lines that nobody has said yes or no to."""
        return self.filter(state=ImportLine.State.PROPOSED)


class ImportLine(models.Model):
    """One thing that a record proposes. It is believed when somebody confirms it, and decided once."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        CONFIRMED = "confirmed", "Confirmed"
        REJECTED = "rejected", "Rejected"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="lines")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=[(kind.value, capital(kind)) for kind in Kind])
    title = models.CharField(max_length=400)
    says = models.JSONField()
    proposal = models.JSONField()
    warnings = models.JSONField(default=list)
    origins = models.JSONField()
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=20, choices=State, default=State.PROPOSED)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    at = models.DateTimeField(null=True)
    # What was recorded when it was confirmed.
    medicine = models.ForeignKey(Medicine, on_delete=models.PROTECT, related_name="+", null=True)
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="+", null=True)

    objects = ImportLineQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["clinic", "digest"], name="one_line_per_content"),
            models.CheckConstraint(
                condition=Q(state="proposed", by=None, at=None)
                | (Q(by__isnull=False, at__isnull=False) & Q(state__in=["confirmed", "rejected"])),
                name="import_line_decided_by_somebody",
            ),
            models.CheckConstraint(condition=Q(kind__in=[kind.value for kind in Kind]), name="import_line_kind_known"),
        ]
        triggers = [
            audited(patient="batch.patient", clinic="clinic"),
            *frozen_when("at"),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="as_it_was_read",
                operation=pgtrigger.Update,
                condition=_changed("batch", "clinic", "kind", "title", "says", "proposal", "origins", "digest"),
            ),
            NO_TRUNCATE,
        ]

    def __str__(self) -> str:
        return self.title
