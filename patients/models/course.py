import datetime as dt
import uuid
from collections.abc import Iterable

import pgtrigger
from django.db import models
from django.db.models import F, Q

from accounts.models import Clinic, ScopedQuerySet, User
from accounts.models.audit import audited
from patients.models.patient import Patient
from patients.models.protocol import ProtocolVersion
from patients.rules.protocol import Protocol


class CourseQuerySet(ScopedQuerySet):
    team_path = "team"

    def active(self) -> "CourseQuerySet":
        """Courses that somebody still has to do something for."""
        return self.filter(state__in=Course.ACTIVE)

    def matching(self, words: str) -> "CourseQuerySet":
        """Courses whose patient, indication or protocol holds every word."""
        rows = self
        for word in words.split():
            rows = rows.filter(
                Q(patient__given_name__icontains=word)
                | Q(patient__family_name__icontains=word)
                | Q(patient__chart_number__icontains=word)
                | Q(indication__icontains=word)
                | Q(protocol__title__icontains=word)
            )
        return rows

    def for_lists(self) -> "CourseQuerySet":
        """With what a list shows of a course, without the protocol's long text."""
        return (
            self.select_related("patient", "protocol")
            .defer("protocol__text")
            .prefetch_related("team__user")
            .order_by("-opened_on", "-pk")
        )


class Course(models.Model):
    """One patient's course of treatment, pinned to one version of a protocol."""

    class State(models.TextChoices):
        SCREENING = "screening", "In screening"
        ELIGIBLE = "eligible", "Eligible"
        IN_TREATMENT = "in_treatment", "In treatment"
        COMPLETED = "completed", "Completed"
        EXCLUDED = "excluded", "Excluded"
        WITHDRAWN = "withdrawn", "Withdrawn"

    class Route(models.TextChoices):
        TRIAL = "trial", "Clinical trial"
        EXPANDED_ACCESS = "expanded_access", "Expanded access"
        AUTHORISED_PRESCRIBER = "authorised_prescriber", "Authorised prescriber"
        SPECIAL_ACCESS = "special_access", "Special access"

    class Priority(models.IntegerChoices):
        """How many times a day of waiting counts when courses are planned together."""

        ORDINARY = 1, "Ordinary"
        SOON = 2, "Soon"
        URGENT = 4, "Urgent"

    ACTIVE = (State.SCREENING, State.ELIGIBLE, State.IN_TREATMENT)

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="courses")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="courses")
    protocol = models.ForeignKey(ProtocolVersion, on_delete=models.PROTECT, related_name="courses")
    indication = models.CharField(max_length=120)
    access_route = models.CharField(max_length=30, choices=Route)
    state = models.CharField(max_length=20, choices=State, default=State.SCREENING)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.ORDINARY)
    opened_on = models.DateField()
    # The last day on which a dose was given; noted by the dosing day itself, because what is judged by it lies below.
    dosed_on = models.DateField(null=True, editable=False)
    version = models.PositiveIntegerField(default=1)

    objects = CourseQuerySet.as_manager()

    class Meta:
        ordering = ["opened_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient"],
                condition=Q(state__in=["screening", "eligible", "in_treatment"]),
                name="one_active_course_per_patient",
            ),
            models.CheckConstraint(condition=Q(priority__in=[1, 2, 4]), name="course_priority_known"),
        ]
        triggers = [
            audited(patient="patient", clinic="clinic"),
            pgtrigger.Protect(
                name="pinned_protocol",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__protocol__df=pgtrigger.F("new__protocol"))
                | pgtrigger.Q(old__patient__df=pgtrigger.F("new__patient"))
                | pgtrigger.Q(old__clinic__df=pgtrigger.F("new__clinic")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.patient}, {self.indication}"

    @property
    def plan(self) -> Protocol:
        """The protocol this course is pinned to."""
        return self.protocol.protocol

    @property
    def is_active(self) -> bool:
        return self.state in self.ACTIVE

    def members(self, on: dt.date) -> list["TeamMember"]:
        """The care team on a day, in the order of the duties. Reads `team` once; prefetch "team__user" for lists."""
        return _by_duty(member for member in self.team.all() if member.in_force(on))

    @property
    def team_now(self) -> list["TeamMember"]:
        """Who is on the care team and has not left, in the order of the duties. Reads `team` once."""
        return _by_duty(member for member in self.team.all() if member.ends_on is None)

    def pair(self, on: dt.date) -> list[User]:
        """The two therapists on a day, the lead first; fewer where nobody is assigned."""
        therapists = (TeamMember.Duty.LEAD, TeamMember.Duty.SECOND)
        return [member.user for member in self.members(on) if member.duty in therapists]


class CourseStep(models.Model):
    """A change of a course's state: who, when, why. Never edited."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="steps")
    state = models.CharField(max_length=20, choices=Course.State)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    at = models.DateTimeField()
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["at", "pk"]
        triggers = [
            audited(patient="course.patient", clinic="course.clinic"),
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.state


class CourseApprovalQuerySet(ScopedQuerySet):
    clinic_path = "course__clinic"
    team_path = "course__team"


class CourseApproval(models.Model):
    """An approval that the access route rests on: ethics committee, regulator, prescriber's authority."""

    class Kind(models.TextChoices):
        ETHICS = "ethics", "Ethics committee or IRB"
        REGULATOR = "regulator", "Regulator"
        PRESCRIBER = "prescriber", "Prescriber's authority"
        SPONSOR = "sponsor", "Sponsor"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="approvals")
    kind = models.CharField(max_length=20, choices=Kind)
    authority = models.CharField(max_length=120)
    reference = models.CharField(max_length=80)
    approved_on = models.DateField()
    expires_on = models.DateField()

    objects = CourseApprovalQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "-expires_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_on__lte=F("expires_on")), name="approval_given_before_it_expires"
            )
        ]
        triggers = [audited(patient="course.patient", clinic="course.clinic")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.reference}"


class TeamMember(models.Model):
    """Somebody on a course's care team, from and until."""

    class Duty(models.TextChoices):
        LEAD = "lead", "Lead therapist"
        SECOND = "second", "Second therapist"
        PHYSICIAN = "physician", "Physician"
        RATER = "rater", "Independent rater"

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="team")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="teams")
    duty = models.CharField(max_length=20, choices=Duty)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["duty", "starts_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["course", "duty"], condition=Q(ends_on=None), name="one_current_member_per_duty"
            ),
            # One person is neither both therapists nor the rater of their own work.
            models.UniqueConstraint(
                fields=["course", "user"], condition=Q(ends_on=None), name="one_current_duty_per_member"
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="team_member_ends_after_they_start"
            ),
        ]
        triggers = [audited(patient="course.patient", clinic="course.clinic")]

    def __str__(self) -> str:
        return f"{self.user}, {self.get_duty_display()}"

    def in_force(self, on: dt.date) -> bool:
        return self.starts_on <= on and (self.ends_on is None or on <= self.ends_on)


def _by_duty(members: Iterable[TeamMember]) -> list[TeamMember]:
    order = list(TeamMember.Duty)
    return sorted(members, key=lambda member: order.index(member.duty))
