from django.db import models

from accounts.models import Clinic, ScopedQuerySet, User
from accounts.models.audit import audited
from patients.models import Course


class FormDraftQuerySet(ScopedQuerySet):
    clinic_path = "clinic"
    team_path = "course__team"


class FormDraft(models.Model):
    """What somebody is typing into a form of the screening, kept every few seconds and given back to them alone."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, null=True, related_name="form_drafts")
    # Which form, and what it is about: "decision", "judgement of P17", "call 1c9f...".
    form = models.CharField(max_length=80)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    tab = models.UUIDField()
    # Name of the field -> what is typed there or ticked, as it is.
    typed = models.JSONField(default=dict)
    saved_at = models.DateTimeField()

    objects = FormDraftQuerySet.as_manager()

    class Meta:
        ordering = ["-saved_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["form", "author", "tab", "clinic", "course"],
                nulls_distinct=False,
                name="one_form_draft_per_tab",
            )
        ]
        indexes = [models.Index(fields=["author", "form"], name="form_draft_of_author")]
        # Typing changes only what the audit skips, so a draft leaves two rows: begun and gone.
        triggers = [audited(patient="course.patient", clinic="clinic", skip=("typed", "saved_at"))]

    def __str__(self) -> str:
        return f"draft of {self.saved_at:%H:%M}"
