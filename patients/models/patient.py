import datetime as dt
import uuid

from django.db import models
from django.db.models import F, Q

from accounts.models import Clinic, ScopedQuerySet
from accounts.models.audit import audited


class PatientQuerySet(ScopedQuerySet):
    team_path = "courses__team"

    def matching(self, words: str) -> "PatientQuerySet":
        """Patients whose name or chart number holds every word."""
        rows = self
        for word in words.split():
            rows = rows.filter(
                Q(given_name__icontains=word) | Q(family_name__icontains=word) | Q(chart_number__icontains=word)
            )
        return rows

    def in_state(self, state: str, courses: "models.QuerySet") -> "PatientQuerySet":
        """Patients with a course in this state among `courses`; for "none", those without any course there."""
        if state == "none":
            return self.exclude(pk__in=courses.values("patient"))
        return self.filter(pk__in=courses.filter(state=state).values("patient"))


class Patient(models.Model):
    """Somebody who is, was or may be treated."""

    class Sex(models.TextChoices):
        FEMALE = "female", "Female"
        MALE = "male", "Male"

    class Channel(models.TextChoices):
        NONE = "none", "No messages"
        EMAIL = "email", "E-mail"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="patients")
    chart_number = models.CharField(max_length=20)
    given_name = models.CharField(max_length=80)
    family_name = models.CharField(max_length=80)
    date_of_birth = models.DateField()
    sex = models.CharField(
        "sex for QT limits", max_length=10, choices=Sex, blank=True, help_text="Decides which QTc limit applies."
    )
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField("e-mail", blank=True)
    language = models.CharField(max_length=40, default="English")
    reminder_channel = models.CharField(max_length=10, choices=Channel, default=Channel.NONE)
    discreet = models.BooleanField(
        default=True, help_text="Messages name neither the clinic's work nor what the appointment is for."
    )
    quiet_from = models.TimeField(default=dt.time(20))
    quiet_until = models.TimeField(default=dt.time(8))
    # Weekday (0 Monday) -> list of [from, until] in the clinic's wall time. Empty: any time the clinic is open.
    times = models.JSONField(default=dict, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = PatientQuerySet.as_manager()

    class Meta:
        ordering = ["family_name", "given_name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["clinic", "chart_number"], name="one_chart_per_number"),
            models.CheckConstraint(
                condition=~Q(reminder_channel="email") | ~Q(email=""), name="patient_email_reminders_need_an_address"
            ),
        ]
        triggers = [audited(patient="self", clinic="clinic")]

    def __str__(self) -> str:
        return f"{self.given_name} {self.family_name}"

    def age(self, on: dt.date) -> int:
        born = self.date_of_birth
        return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


class ContactQuerySet(ScopedQuerySet):
    clinic_path = "patient__clinic"
    team_path = "patient__courses__team"


class Contact(models.Model):
    """Somebody to call: in an emergency, for the ride home, for support."""

    class Kind(models.TextChoices):
        EMERGENCY = "emergency", "Emergency contact"
        RIDE_HOME = "ride_home", "Ride home"
        SUPPORT = "support", "Support person"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="contacts")
    kind = models.CharField(max_length=20, choices=Kind)
    name = models.CharField(max_length=120)
    relationship = models.CharField(max_length=60, blank=True)
    phone = models.CharField(max_length=40)
    active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    objects = ContactQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "name", "pk"]
        triggers = [audited(patient="patient", clinic="patient.clinic")]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_kind_display()})"


class MedicineQuerySet(ScopedQuerySet):
    clinic_path = "patient__clinic"
    team_path = "patient__courses__team"


class Medicine(models.Model):
    """A medicine or substance as the patient takes or took it. An unknown last dose stays unknown."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="medicines")
    name = models.CharField(max_length=120)
    dose = models.CharField(max_length=80, blank=True)
    regular = models.BooleanField(default=True, help_text="Taken regularly, rather than now and then.")
    started_on = models.DateField(null=True, blank=True)
    ongoing = models.BooleanField(default=True, help_text="Still taken.")
    last_dose_on = models.DateField(null=True, blank=True, help_text="The day of the very last dose, if it is stopped.")
    prescriber = models.CharField(max_length=120, blank=True)
    note = models.CharField(max_length=300, blank=True)
    recorded_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1)

    objects = MedicineQuerySet.as_manager()

    class Meta:
        ordering = ["-ongoing", "name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ongoing=False) | Q(last_dose_on=None), name="medicine_ongoing_has_no_last_dose"
            ),
            models.CheckConstraint(
                condition=Q(started_on=None) | Q(last_dose_on=None) | Q(started_on__lte=F("last_dose_on")),
                name="medicine_started_before_it_stopped",
            ),
        ]
        triggers = [audited(patient="patient", clinic="patient.clinic")]

    def __str__(self) -> str:
        return self.name
