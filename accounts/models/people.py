import datetime as dt
import uuid
import zoneinfo
from functools import cached_property

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from accounts.models.audit import audited
from accounts.models.scope import ScopedQuerySet
from accounts.rules.access import ROLE_TITLES, Role


def valid_zone(name: str) -> None:
    """Refuse a name that the time-zone database does not know."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(f"{name} is not a time zone. Write it as in Europe/London.")


class User(AbstractUser):
    """A person who works here. Whatever they may do comes from their memberships."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=120)
    first_name = None
    last_name = None

    class Meta:
        triggers = [audited(skip=("password", "last_login"))]

    def __str__(self) -> str:
        return self.name or self.username

    @property
    def initials(self) -> str:
        words = [word for word in str(self).split() if word[0].isalpha() and word.rstrip(".") not in ("Dr", "Prof")]
        return "".join(word[0] for word in words)[:3].upper()

    def current_memberships(self, on: dt.date) -> list["Membership"]:
        """Memberships in force on a day, with their clinics."""
        return [membership for membership in self._memberships if membership.in_force(on)]

    def enter(self, at: dt.datetime) -> list["Membership"]:
        """The memberships in force at the moment of a request, each by the day of its own clinic. No other counts in it."""
        self._memberships = [row for row in self._memberships if row.in_force(at.astimezone(row.clinic.zone).date())]
        return self._memberships

    @cached_property
    def _memberships(self) -> list["Membership"]:
        """With their clinics; read once per request."""
        return list(self.memberships.select_related("clinic").order_by("pk"))

    def roles_in(self, clinic_id: int, on: dt.date) -> frozenset[Role]:
        return frozenset(
            Role(role) for m in self.current_memberships(on) if m.clinic_id == clinic_id for role in m.roles
        )


class ClinicQuerySet(ScopedQuerySet):
    clinic_path = "pk"


class Clinic(models.Model):
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=120)
    discreet_name = models.CharField(
        max_length=60, help_text="How messages to patients name the clinic. Nothing that tells what is treated here."
    )
    time_zone = models.CharField(max_length=60, validators=[valid_zone])
    region = models.CharField(
        max_length=10, blank=True, help_text="Country or country-region for public holidays, as in GB or AU-VIC."
    )
    phone = models.CharField(max_length=40)
    opens_at = models.TimeField(default=dt.time(8))
    closes_at = models.TimeField(default=dt.time(20))
    is_demo = models.BooleanField(default=False)

    objects = ClinicQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(opens_at__lt=F("closes_at")), name="clinic_opens_before_it_closes")
        ]
        triggers = [audited(clinic="self")]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)


class MembershipQuerySet(ScopedQuerySet):
    def holding(self, role: Role, on: dt.date) -> "MembershipQuerySet":
        """Those of people who are this on a day, and whose account is open."""
        until = Q(ends_on=None) | Q(ends_on__gte=on)
        return self.filter(until, roles__contains=[role.value], starts_on__lte=on, user__is_active=True)


class Membership(models.Model):
    """A person's place in one clinic: roles, from and until."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="memberships")
    roles = ArrayField(models.CharField(max_length=20, choices=[(role.value, ROLE_TITLES[role]) for role in Role]))
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    # The most hours in visits that a week may hold, Monday to Sunday; null: as many as the working hours allow.
    weekly_hours = models.PositiveSmallIntegerField(null=True, blank=True)
    may_lead = models.BooleanField(default=True)  # may be the lead therapist of a pair
    # Weekdays (Monday is 0) after which a night attendant may stay the night.
    nights = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    # What a patient may ask for in a therapist: "woman", "speaks Welsh".
    traits = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "clinic"], name="one_membership_per_clinic"),
            models.CheckConstraint(
                condition=Q(roles__contained_by=[role.value for role in Role]), name="membership_roles_known"
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="membership_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(nights__contained_by=list(range(7))), name="membership_nights_are_weekdays"
            ),
        ]
        triggers = [audited(clinic="clinic")]

    def __str__(self) -> str:
        return f"{self.user} at {self.clinic}"

    def in_force(self, on: dt.date) -> bool:
        return self.starts_on <= on and (self.ends_on is None or on <= self.ends_on)

    @property
    def held(self) -> frozenset[Role]:
        return frozenset(Role(role) for role in self.roles)

    @property
    def role_titles(self) -> list[str]:
        return [ROLE_TITLES[role] for role in Role if role.value in self.roles]


class CredentialQuerySet(ScopedQuerySet):
    clinic_path = "membership__clinic"


class Credential(models.Model):
    """A licence, training or registration with its dates; lapsed means it may not be relied on."""

    class Kind(models.TextChoices):
        LICENCE = "licence", "Licence to practise"
        TRAINING = "training", "MDMA therapy training"
        PRESCRIBER = "prescriber", "Prescriber registration"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="credentials")
    kind = models.CharField(max_length=20, choices=Kind)
    title = models.CharField(max_length=120)
    number = models.CharField(max_length=60, blank=True)
    issued_on = models.DateField(null=True, blank=True)
    expires_on = models.DateField()

    objects = CredentialQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(issued_on=None) | Q(issued_on__lte=F("expires_on")), name="credential_issued_before_expiry"
            )
        ]
        triggers = [audited(clinic="membership.clinic")]

    def __str__(self) -> str:
        return f"{self.title} until {self.expires_on}"
