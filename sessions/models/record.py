"""What was held: the session of a visit, its steps, who was in the room and what was asked on the day."""

import uuid

import pgtrigger
from django.db import models
from django.db.models import F, Q

from accounts.models import ScopedQuerySet, User
from accounts.models.audit import append_only, audited
from sessions.models.calendar import Visit
from sessions.rules.dosing import ENDED, SAID, State, Step
from sessions.rules.facts import Check

PATIENT, CLINIC = "session.visit.course.patient", "session.visit.course.clinic"


def closed_by_signature() -> pgtrigger.Trigger:
    """Nothing is added to a session, changed or removed once somebody has signed its record."""
    return pgtrigger.Trigger(
        name="closed_by_signature",
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        when=pgtrigger.Before,
        declare=[("r", "RECORD")],
        func=(
            "IF TG_OP = 'DELETE' THEN r := OLD; ELSE r := NEW; END IF;"
            " IF EXISTS (SELECT 1 FROM therapy_sessions_note n WHERE n.session_id = r.session_id"
            " AND n.kind = 'record' AND n.signed_at IS NOT NULL) THEN"
            " RAISE EXCEPTION 'mdmaat: the record of this session is signed'; END IF; RETURN r;"
        ),
    )


class TherapySessionQuerySet(ScopedQuerySet):
    clinic_path = "visit__course__clinic"
    team_path = "visit__course__team"


class TherapySession(models.Model):
    """The record of one visit. It begins with the first thing that is written down."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    visit = models.OneToOneField(Visit, on_delete=models.PROTECT, related_name="session")
    state = models.CharField(max_length=20, choices=[(state.value, state.value.capitalize()) for state in State])

    objects = TherapySessionQuerySet.as_manager()

    class Meta:
        triggers = [audited(patient="visit.course.patient", clinic="visit.course.clinic")]

    def __str__(self) -> str:
        return str(self.visit)

    @property
    def now_is(self) -> State:
        return State(self.state)

    @property
    def has_ended(self) -> bool:
        return self.now_is in ENDED


class SessionStep(models.Model):
    """A step of a session: who took it, when and why. Never edited."""

    session = models.ForeignKey(TherapySession, on_delete=models.PROTECT, related_name="steps")
    step = models.CharField(max_length=30, choices=[(step.value, step.value.capitalize()) for step in Step])
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["at", "pk"]
        triggers = [audited(patient=PATIENT, clinic=CLINIC), *append_only()]

    def __str__(self) -> str:
        return SAID[Step(self.step)]


class PresenceQuerySet(ScopedQuerySet):
    clinic_path = "session__visit__course__clinic"
    team_path = "session__visit__course__team"


class Presence(models.Model):
    """A therapist in the room, from arrival until leaving."""

    session = models.ForeignKey(TherapySession, on_delete=models.PROTECT, related_name="presences")
    therapist = models.ForeignKey(User, on_delete=models.PROTECT, related_name="presences")
    arrived_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = PresenceQuerySet.as_manager()

    class Meta:
        ordering = ["arrived_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(left_at=None) | Q(left_at__gt=F("arrived_at")), name="presence_arrived_before_leaving"
            ),
            models.UniqueConstraint(
                fields=["session", "therapist"], condition=Q(left_at=None), name="present_once_at_a_time"
            ),
        ]
        triggers = [audited(patient=PATIENT, clinic=CLINIC), closed_by_signature()]

    def __str__(self) -> str:
        return f"{self.therapist} {self.arrived_at:%H:%M}"


class DayCheck(models.Model):
    """One check of the day as it was answered. A later answer is a later row."""

    session = models.ForeignKey(TherapySession, on_delete=models.PROTECT, related_name="checks")
    check_code = models.CharField(
        "check", max_length=20, choices=[(check.value, check.value.replace("_", " ")) for check in Check]
    )
    good = models.BooleanField()
    number = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True)
    person = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    detail = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["at", "pk"]
        triggers = [audited(patient=PATIENT, clinic=CLINIC), closed_by_signature(), *append_only()]

    def __str__(self) -> str:
        return self.get_check_code_display()
