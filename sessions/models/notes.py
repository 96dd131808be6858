"""Notes: drafts that survive everything, versions that are kept, signatures that freeze, addenda afterwards."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models import ScopedQuerySet, User
from accounts.models.audit import append_only, audited, frozen_when
from sessions.models.record import CLINIC, PATIENT, TherapySession
from sessions.rules.notes import NoteKind

KINDS = [(NoteKind.RECORD.value, "Session record"), (NoteKind.PROCESS.value, "Process note")]


class NoteQuerySet(ScopedQuerySet):
    clinic_path = "session__visit__course__clinic"
    team_path = "session__visit__course__team"

    def for_pair(self, user: User) -> "NoteQuerySet":
        """Notes that this person may read: of sessions they hold or whose two therapists they belong to."""
        return self.filter(
            Q(author=user)
            | Q(
                pk__in=self.model._base_manager.filter(
                    Q(session__visit__allocations__therapist=user, session__visit__allocations__active=True)
                    | Q(
                        session__visit__course__team__user=user,
                        session__visit__course__team__duty__in=["lead", "second"],
                    )
                ).values("pk")
            )
        )


class Note(models.Model):
    """A note as it stands. The shared record has no author; a process note belongs to one therapist."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    session = models.ForeignKey(TherapySession, on_delete=models.PROTECT, related_name="notes")
    kind = models.CharField(max_length=10, choices=KINDS)
    author = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    text = models.TextField(blank=True)
    ticked = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    version = models.PositiveIntegerField(default=0)
    # Set with the first signature: from then on nothing changes, only signatures and addenda are added.
    signed_at = models.DateTimeField(null=True, blank=True)

    objects = NoteQuerySet.as_manager()

    class Meta:
        ordering = ["-kind", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["session"], condition=Q(kind="record"), name="one_record_per_session"),
            models.UniqueConstraint(
                fields=["session", "author"], condition=Q(kind="process"), name="one_process_note_per_author"
            ),
            models.CheckConstraint(
                condition=Q(kind="record", author=None) | Q(kind="process", author__isnull=False),
                name="process_note_has_an_author",
            ),
        ]
        triggers = [audited(patient=PATIENT, clinic=CLINIC, conceal=("text",)), *frozen_when("signed_at")]

    def __str__(self) -> str:
        return self.get_kind_display()


class NoteVersion(models.Model):
    """Every text that was ever saved. Never edited."""

    note = models.ForeignKey(Note, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    text = models.TextField(blank=True)
    ticked = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-version"]
        constraints = [models.UniqueConstraint(fields=["note", "version"], name="one_text_per_note_version")]
        triggers = [
            audited(patient=f"note.{PATIENT}", clinic=f"note.{CLINIC}", conceal=("text",)),
            *append_only(),
        ]

    def __str__(self) -> str:
        return f"version {self.version}"


class NoteDraft(models.Model):
    """Text that somebody is typing, kept every few seconds under the key of their browser tab."""

    note = models.ForeignKey(Note, on_delete=models.PROTECT, related_name="drafts")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    tab = models.UUIDField()
    base_version = models.PositiveIntegerField()
    text = models.TextField(blank=True)
    ticked = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    saved_at = models.DateTimeField()

    class Meta:
        ordering = ["-saved_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["note", "author", "tab"], name="one_draft_per_tab")]
        # Typing changes only what the audit skips, so a draft leaves two rows: begun and gone.
        triggers = [
            audited(
                patient=f"note.{PATIENT}", clinic=f"note.{CLINIC}", skip=("text", "ticked", "saved_at", "base_version")
            )
        ]

    def __str__(self) -> str:
        return f"draft of {self.saved_at:%H:%M}"


class Signature(models.Model):
    """Who signed which version, as what, when; the digest covers content, note, version, signer, meaning and time."""

    note = models.ForeignKey(Note, on_delete=models.PROTECT, related_name="signatures")
    version = models.PositiveIntegerField()
    signer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="signatures")
    printed_name = models.CharField(max_length=120)
    meaning = models.CharField(max_length=200)
    at = models.DateTimeField()
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [models.UniqueConstraint(fields=["note", "signer"], name="one_signature_per_signer")]
        triggers = [audited(patient=f"note.{PATIENT}", clinic=f"note.{CLINIC}"), *append_only()]

    def __str__(self) -> str:
        return f"{self.printed_name}, {self.at:%d %b %Y %H:%M}"


class Addendum(models.Model):
    """What is added to a signed note, with the reason. Never edited."""

    note = models.ForeignKey(Note, on_delete=models.PROTECT, related_name="addenda")
    text = models.TextField()
    reason = models.CharField(max_length=200)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    printed_name = models.CharField(max_length=120)
    at = models.DateTimeField()
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["at", "pk"]
        verbose_name_plural = "addenda"
        triggers = [
            audited(patient=f"note.{PATIENT}", clinic=f"note.{CLINIC}", conceal=("text",)),
            *append_only(),
        ]

    def __str__(self) -> str:
        return f"addendum by {self.printed_name}"
