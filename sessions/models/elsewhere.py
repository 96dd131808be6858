"""The calendar and other calendars: addresses under which it may be read, and times when people are taken elsewhere."""

import datetime as dt
import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Q

from accounts.models import Clinic, Grant, Membership, ScopedQuerySet, User
from accounts.models.audit import audited
from accounts.rules.access import Role
from sessions.models.calendar import Room

READERS = frozenset({Role.THERAPIST, Role.PHYSICIAN, Role.RATER, Role.NIGHT_ATTENDANT})
"""Who can be booked, and so has times of their own to read."""


class FeedQuerySet(ScopedQuerySet):
    def live(self) -> "FeedQuerySet":
        return self.filter(ended_at=None)


class Feed(models.Model):
    """A secret address under which a telephone reads when one person or one room is taken. Its token is not kept."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="feeds")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="feeds")
    room = models.ForeignKey(Room, on_delete=models.PROTECT, null=True, blank=True, related_name="feeds")
    digest = models.CharField(max_length=64, unique=True, editable=False)  # SHA-256 of the token
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = FeedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(membership__isnull=False, room=None) | Q(membership=None, room__isnull=False),
                name="feed_is_of_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None) | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="feed_ends_with_who_and_when",
            ),
            models.UniqueConstraint(
                fields=["membership"], condition=Q(ended_at=None), name="one_live_feed_of_a_membership"
            ),
            models.UniqueConstraint(fields=["room"], condition=Q(ended_at=None), name="one_live_feed_of_a_room"),
        ]
        triggers = [audited(clinic="clinic", skip=("digest",))]

    def __str__(self) -> str:
        return f"Calendar address of {self.membership.user if self.membership else self.room}"

    def is_live(self, at: dt.datetime) -> bool:
        """Whether it still answers: not ended, and whoever it was made for, or made it for a room, is still that here.

        Select "clinic", "room", "membership__user" and "made_by".
        """
        if self.ended_at is not None:
            return False
        on = at.astimezone(self.clinic.zone).date()
        if self.membership is not None:
            return (
                self.membership.user.is_active and self.membership.in_force(on) and bool(self.membership.held & READERS)
            )
        roles = self.made_by.roles_in(self.clinic_id, on) if self.made_by.is_active else frozenset()
        return self.room.active and Role.COORDINATOR in roles


class BusyTimeQuerySet(ScopedQuerySet):
    clinic_path = "membership__clinic"

    def visible_to(self, grant: Grant) -> "BusyTimeQuerySet":
        """Those of the clinics that are reached whole, and one's own."""
        return super().visible_to(grant) | self.filter(
            membership__user=grant.user_id, membership__clinic__in=grant.team_clinics
        )


class BusyTime(models.Model):
    """When somebody is taken outside of this clinic, from their own calendar: from and until, and nothing else of it."""

    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="busy_times")
    during = DateTimeRangeField()  # half-open, in UTC

    objects = BusyTimeQuerySet.as_manager()

    class Meta:
        ordering = ["during", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(during__isempty=False, during__startswith__isnull=False, during__endswith__isnull=False),
                name="busy_time_has_a_time",
            ),
            ExclusionConstraint(
                name="busy_times_do_not_overlap",
                expressions=[("membership", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
            ),
        ]
        triggers = [audited(clinic="membership.clinic")]

    def __str__(self) -> str:
        return f"{self.membership.user} {self.during}"
