import datetime as dt
import uuid
from typing import Self

from django.db import models
from django.db.models import Q

from accounts.models import Clinic, Grant, ScopedQuerySet, User, grant_for
from accounts.models.audit import append_only, audited
from patients.models import Course, TeamMember
from reports.rules import board, documents
from screening.models import Letter, SafetyPlan
from sessions.models import Visit


class ReportQuerySet(ScopedQuerySet):
    clinic_path = "clinic"
    team_path = "course__team"

    def visible_to(self, grant: Grant) -> Self:
        """Documents of courses this person reaches, of which they may read everything that the document holds.

        Asked again at every opening: who has left the pair today opens no notes they could open yesterday, nor does who
        is still named in the pair and is no therapist here any more.
        """
        reader = User.objects.get(pk=grant.user_id)
        clinical = Course.objects.visible_to(grant_for(reader, "sessions:dosing", grant.on))
        noted = Course.objects.visible_to(grant_for(reader, "sessions:note", grant.on))
        paired = TeamMember.objects.filter(
            Q(ends_on=None) | Q(ends_on__gte=grant.on), user=reader, starts_on__lte=grant.on, duty__in=documents.PAIR
        )
        return (
            super()
            .visible_to(grant)
            .filter(
                Q(contents=documents.Contents.OFFICE)
                | Q(contents=documents.Contents.CLINICAL, course__in=clinical)
                | (Q(contents=documents.Contents.WITH_NOTES, course__in=paired.values("course")) & Q(course__in=noted))
            )
        )

    def unfinished(self) -> Self:
        return self.filter(state__in=(documents.State.QUEUED, documents.State.DRAWING))


class Report(models.Model):
    """One document that somebody asked for. What it shows is what stood in the record when it was drawn."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="reports")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="reports")
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, null=True, blank=True, related_name="reports")
    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, null=True, blank=True, related_name="reports")
    safety_plan = models.ForeignKey(SafetyPlan, on_delete=models.PROTECT, null=True, blank=True, related_name="reports")
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.value.capitalize()) for kind in documents.Kind])
    contents = models.CharField(
        max_length=12, choices=[(each.value, documents.HOLDS[each]) for each in documents.Contents]
    )
    version = models.PositiveIntegerField()
    code = models.CharField(max_length=19, unique=True)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    state = models.CharField(
        max_length=10, choices=[(state.value, state.value.capitalize()) for state in documents.State], default="queued"
    )
    done_steps = models.PositiveSmallIntegerField(default=0)
    total_steps = models.PositiveSmallIntegerField(default=len(documents.STEPS))
    tries = models.PositiveSmallIntegerField(default=0)
    begun_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(max_length=200, blank=True)
    is_draft = models.BooleanField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        ordering = ["-requested_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["course", "visit", "letter", "safety_plan", "kind", "version"],
                name="one_report_of_a_version",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(kind="session report", visit__isnull=False, letter=None, safety_plan=None)
                | Q(kind="course summary", visit=None, letter=None, safety_plan=None)
                | (Q(kind="letter", visit=None, letter__isnull=False, safety_plan=None) & ~Q(contents="office"))
                | (Q(kind="safety plan", visit=None, letter=None, safety_plan__isnull=False) & ~Q(contents="office")),
                name="report_is_about_what_its_kind_says",
            ),
            models.CheckConstraint(
                condition=(Q(state="ready", is_draft__isnull=False, finished_at__isnull=False) & ~Q(sha256=""))
                | (Q(state="failed", finished_at__isnull=False, sha256="") & ~Q(failure=""))
                | Q(state__in=["queued", "drawing"], finished_at=None, sha256=""),
                name="report_end_is_whole",
            ),
        ]
        triggers = [audited(patient="course.patient", clinic="clinic", skip=("done_steps",))]

    def __str__(self) -> str:
        return f"{self.title}, version {self.version}"

    @property
    def title(self) -> str:
        """What it is, without whom it is about."""
        return f"{self.get_kind_display()} {self.visit.code}" if self.visit else self.get_kind_display()

    @property
    def file_name(self) -> str:
        return documents.file_name(self.code)

    @property
    def with_notes(self) -> bool:
        return self.contents == documents.Contents.WITH_NOTES

    @property
    def is_ready(self) -> bool:
        return self.state == documents.State.READY

    @property
    def is_under_way(self) -> bool:
        return self.state in (documents.State.QUEUED, documents.State.DRAWING)

    def standing(self, now: dt.datetime) -> str:
        """One sentence on where it stands."""
        if self.failure:
            return self.failure
        return documents.progress_in_words(
            documents.State(self.state), done_steps=self.done_steps, waited=now - self.requested_at
        )

    @property
    def steps(self) -> list[tuple[str, str]]:
        """(what is done, "done" | "now" | "later") for each step of the making."""
        now = self.done_steps if self.state == documents.State.DRAWING else None
        return [
            (say, "done" if number < self.done_steps else "now" if number == now else "later")
            for number, say in enumerate(documents.STEPS)
        ]


class Sheets(models.Model):
    """The bytes of a finished document, kept apart from its row: as they were issued, never changed."""

    report = models.OneToOneField(Report, on_delete=models.PROTECT, related_name="sheets")
    pdf = models.BinaryField()

    class Meta:
        verbose_name_plural = "sheets"
        triggers = [audited(patient="report.course.patient", clinic="report.clinic", skip=("pdf",)), *append_only()]

    def __str__(self) -> str:
        return f"Sheets of {self.report_id}"


class BoardViewQuerySet(ScopedQuerySet):
    def visible_to(self, grant: Grant) -> Self:
        return self.filter(user=grant.user_id)


class BoardView(models.Model):
    """What somebody likes to see of the board of courses, under a name of their own."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="board_views")
    name = models.CharField(max_length=board.NAME_LENGTH)
    query = models.CharField(max_length=board.QUERY_LENGTH, blank=True)
    is_first = models.BooleanField(default=False)  # what the board opens with

    objects = BoardViewQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="one_board_view_of_a_name"),
            models.UniqueConstraint(fields=["user"], condition=Q(is_first=True), name="one_board_view_to_begin_with"),
            models.CheckConstraint(condition=~Q(name=""), name="board_view_has_a_name"),
        ]
        triggers = [audited()]

    def __str__(self) -> str:
        return self.name
