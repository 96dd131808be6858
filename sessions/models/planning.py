"""What patients ask of their therapists, and runs of the planner over several courses at once."""

import datetime as dt
import uuid
from typing import Self

from django.db import models
from django.db.models import Q

from accounts.models import Clinic, ScopedQuerySet, User
from accounts.models.audit import audited
from patients.models import Course
from sessions.models.changes import Rearrangement
from sessions.rules import preferences
from sessions.rules.preferences import Of
from sessions.rules.running import State, standing


class PreferenceQuerySet(ScopedQuerySet):
    clinic_path = "course__clinic"
    team_path = "course__team"


class Preference(models.Model):
    """One thing that a patient asks of their two therapists: a trait or a person, wanted or not."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="preferences")
    of = models.CharField(max_length=10, choices=[(of.value, preferences.SAY[of].capitalize()) for of in Of])
    trait = models.CharField(max_length=40, blank=True)
    person = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    must = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    objects = PreferenceQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(person=None) & ~Q(trait="")) | Q(person__isnull=False, trait=""),
                name="preference_is_about_one_thing",
            ),
            models.UniqueConstraint(
                fields=["course", "trait", "person"], name="one_preference_about_a_thing", nulls_distinct=False
            ),
        ]
        triggers = [audited(patient="course.patient", clinic="course.clinic")]

    def __str__(self) -> str:
        return self.asked.say

    @property
    def asked(self) -> preferences.Preference:
        """In the words of planning. Select "person" for lists."""
        if self.person is None:
            return preferences.Preference(self.trait, Of(self.of), self.must)
        return preferences.Preference(str(self.person_id), Of(self.of), self.must, str(self.person))


class PlanningRunQuerySet(ScopedQuerySet):
    def open(self) -> Self:
        """Runs that are not over: nobody has booked, thrown away or lost them."""
        return self.filter(state__in=PlanningRun.OPEN)


class PlanningRun(models.Model):
    """One planning of several waiting courses together: asked for, worked out by a worker, then booked or thrown away."""

    OPEN = (State.ASKED, State.PLANNING, State.READY)

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="planning_runs")
    state = models.CharField(
        max_length=10, choices=[(state.value, state.value.capitalize()) for state in State], default=State.ASKED.value
    )
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    first_day = models.DateField()
    last_start = models.DateField()
    # When the worker last said that it is there; a run that stays silent is lost.
    seen_at = models.DateTimeField(null=True, blank=True)
    rounds = models.PositiveIntegerField(default=0)
    done_rounds = models.PositiveIntegerField(default=0)
    planned = models.PositiveIntegerField(default=0)
    cost = models.PositiveIntegerField(null=True, blank=True)
    bound = models.PositiveIntegerField(null=True, blank=True)
    stop_asked = models.BooleanField(default=False)
    failure = models.CharField(max_length=300, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # What booking it wrote: all of its courses, so that they are taken back together.
    change = models.OneToOneField(Rearrangement, on_delete=models.PROTECT, null=True, blank=True, related_name="run")

    objects = PlanningRunQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic"],
                condition=Q(state__in=["asked", "planning", "ready"]),
                name="one_open_planning_run_per_clinic",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["asked", "planning", "ready"], ended_at=None)
                | Q(state__in=["booked", "discarded", "failed"], ended_at__isnull=False),
                name="planning_run_end_is_whole",
            ),
            models.CheckConstraint(
                condition=(Q(state="failed") & ~Q(failure="")) | (~Q(state="failed") & Q(failure="")),
                name="planning_run_says_why_it_failed",
            ),
        ]
        triggers = [audited(clinic="clinic", skip=("seen_at", "done_rounds", "planned", "cost"))]

    def __str__(self) -> str:
        return f"Planned together, {self.asked_at:%Y-%m-%d %H:%M}"

    @property
    def is_under_way(self) -> bool:
        return self.state in (State.ASKED, State.PLANNING)

    @property
    def is_ready(self) -> bool:
        return self.state == State.READY

    @property
    def is_taken_back(self) -> bool:
        """It was booked, and all of it was taken back. Select "change__undone_by" for lists."""
        return self.change is not None and hasattr(self.change, "undone_by")

    def standing(self, now: dt.datetime) -> str:
        """One sentence on where it stands."""
        if self.failure:
            return self.failure
        if self.is_taken_back:
            return "Booked, and taken back: none of it stands."
        return standing(State(self.state), silent=now - (self.seen_at or self.asked_at), stop_asked=self.stop_asked)


class RunCourse(models.Model):
    """One course of a run: its plan as the run found it, or why it has none."""

    run = models.ForeignKey(PlanningRun, on_delete=models.PROTECT, related_name="courses")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="runs")
    plan = models.JSONField(null=True, blank=True)
    reasons = models.JSONField(default=list)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["run", "course"], name="a_course_once_in_a_run")]
        triggers = [audited(patient="course.patient", clinic="course.clinic")]

    def __str__(self) -> str:
        return f"{self.course} in run {self.run_id}"
