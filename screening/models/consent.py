"""Consent: the published texts, what each patient agreed to, what ended it, and when it is asked for again."""

import uuid

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q

from accounts.models import Clinic, ScopedQuerySet, User
from accounts.models.audit import append_only, audited
from patients.models import Course
from screening.models.record import KEPT, CourseRecordQuerySet
from screening.rules.candidate import ConsentKind
from screening.rules.consents import Recall, Text
from screening.rules.words import capital

KINDS = [(kind.value, capital(kind)) for kind in ConsentKind]
KNOWN = Q(kind__in=[kind.value for kind in ConsentKind])
# Touch is agreed sober; touch anywhere needs a stop word, practice, named therapists and a witness.
TOUCH_IS_PREPARED = Func(
    F("terms"),
    template="""NOT jsonb_path_exists(%(expressions)s, '$ ? (!(@.sober == true) || (@.zones.size() > 0 && (
    !(@.practised == true) || !(exists (@.stop_word)) || @.stop_word == "" || !(@.therapists.size() > 0)
    || !(exists (@.witnesses[0])))))')""",
    output_field=models.BooleanField(),
)


class ConsentTextQuerySet(ScopedQuerySet):
    pass


class ConsentText(models.Model):
    """A version of a consent text as a clinic published it, word for word. What is published later takes its place."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="consent_texts")
    kind = models.CharField(max_length=20, choices=KINDS)
    version = models.CharField(max_length=40)
    words = models.TextField()
    sha256 = models.CharField(max_length=64)
    # The understanding check: [{"ask": ..., "answers": [...], "right": index}]
    questions = models.JSONField(default=list, blank=True)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    holds_days = models.PositiveIntegerField(null=True, blank=True)
    asks_again = models.BooleanField(default=True)
    published_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField()

    objects = ConsentTextQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "-valid_from", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["clinic", "kind", "version"], name="one_consent_text_per_version"),
            models.UniqueConstraint(fields=["clinic", "kind", "valid_from"], name="one_consent_text_from_a_day"),
            models.CheckConstraint(condition=KNOWN, name="consent_text_kind_known"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="consent_text_ends_after_it_begins",
            ),
            models.CheckConstraint(condition=~Q(words__regex=r"^\s*$"), name="consent_text_says_something"),
            models.CheckConstraint(condition=~Q(holds_days=0), name="consent_text_holds_a_day_at_least"),
        ]
        triggers = [audited(clinic="clinic", skip=("words",)), *append_only()]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, version {self.version}"

    @property
    def rule(self) -> Text:
        return Text(
            ConsentKind(self.kind), self.version, self.valid_from, self.valid_until, self.holds_days, self.asks_again
        )


class Consent(models.Model):
    """A consent as it was explained and given. It ends by a withdrawal, which is a row of its own."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="consents")
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=20, choices=KINDS)
    # None: on paper, from before the texts were kept here.
    text = models.ForeignKey(ConsentText, on_delete=models.PROTECT, null=True, related_name="consents")
    version = models.CharField(max_length=40)
    given_on = models.DateField()
    explained_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=40, default="English")
    minutes = models.PositiveSmallIntegerField("minutes spent on explaining", null=True, blank=True)
    understood = models.BooleanField()
    # The understanding check as it was answered: [{"ask": ..., "answered": ..., "right": bool}]
    check_answers = models.JSONField(default=list, blank=True)
    own_words = models.TextField("in the patient's own words", blank=True)
    # How it was agreed, by kind: for touch the stop word and sign, practice, sobriety, therapists, witnesses.
    terms = models.JSONField(default=dict, blank=True)
    # What was agreed, one entry for each thing; empty is a no that was said in words.
    scope = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    narrows = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="narrowed_by")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = CourseRecordQuerySet.as_manager()

    class Meta:
        ordering = ["given_on", "at", "pk"]
        constraints = [
            models.CheckConstraint(condition=KNOWN, name="consent_kind_known"),
            models.CheckConstraint(
                condition=~Q(kind="touch") | Q(text=None) | Q(TOUCH_IS_PREPARED), name="touch_agreed_sober_and_prepared"
            ),
        ]
        triggers = [
            *KEPT,
            pgtrigger.Trigger(
                name="not_wider_after_a_dose",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                declare=[("held", "varchar[]")],
                func=(
                    "IF EXISTS (SELECT 1 FROM screening_influence i WHERE i.course_id = NEW.course_id"
                    " AND i.since <= NEW.at AND NEW.at < i.until) THEN"
                    " SELECT CASE WHEN c.understood AND w.id IS NULL THEN c.scope END INTO held"
                    " FROM screening_consent c LEFT JOIN screening_consentwithdrawal w ON w.consent_id = c.id"
                    " WHERE c.course_id = NEW.course_id AND c.kind = NEW.kind ORDER BY c.at DESC, c.id DESC LIMIT 1;"
                    " IF NOT NEW.scope <@ COALESCE(held, '{}') THEN"
                    " RAISE EXCEPTION 'mdmaat: no consent is widened on the day of a dose'; END IF; END IF; RETURN NEW;"
                ),
            ),
            pgtrigger.Trigger(
                name="to_a_text_of_its_clinic",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func=(
                    "IF NEW.text_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM screening_consenttext t"
                    " JOIN patients_course c ON c.clinic_id = t.clinic_id WHERE t.id = NEW.text_id"
                    " AND c.id = NEW.course_id AND t.kind = NEW.kind AND t.version = NEW.version) THEN"
                    " RAISE EXCEPTION 'mdmaat: a consent is given to a text of its own clinic and kind';"
                    " END IF; RETURN NEW;"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, version {self.version}"


class ConsentWithdrawalQuerySet(ScopedQuerySet):
    clinic_path = "consent__course__clinic"
    team_path = "consent__course__team"


class ConsentWithdrawal(models.Model):
    """The end of a consent. It counts from the moment it is said."""

    consent = models.OneToOneField(Consent, on_delete=models.PROTECT, related_name="withdrawal")
    on = models.DateField()
    reason = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = ConsentWithdrawalQuerySet.as_manager()

    class Meta:
        triggers = [audited(patient="consent.course.patient", clinic="consent.course.clinic"), *append_only()]

    def __str__(self) -> str:
        return f"Withdrawn on {self.on}"


class ConsentRecall(models.Model):
    """Consent is asked for again: what was given until then no longer counts."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="consent_recalls")
    kind = models.CharField(max_length=20, choices=KINDS)
    cause = models.CharField(max_length=30, choices=[(cause.value, capital(cause)) for cause in Recall])
    words = models.CharField(max_length=300)
    on = models.DateField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = CourseRecordQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(condition=KNOWN, name="recall_kind_known"),
            models.CheckConstraint(condition=~Q(words__regex=r"^\s*$"), name="recall_says_why"),
        ]
        triggers = KEPT

    def __str__(self) -> str:
        return f"{self.get_cause_display()}: {self.words}"


class Influence(models.Model):
    """The patient is under the influence of a dose: nothing is agreed that widens a consent."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="influences")
    since = models.DateTimeField()
    until = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = CourseRecordQuerySet.as_manager()

    class Meta:
        ordering = ["since", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(since__lt=F("until")), name="influence_ends_after_it_begins"),
            models.UniqueConstraint(fields=["course", "since"], name="influence_noted_once"),
        ]
        triggers = KEPT

    def __str__(self) -> str:
        return f"From {self.since:%H:%M}"


class ConsentWish(models.Model):
    """A wish for more that was said on the day of a dose: not agreed, but kept and offered at the next session."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="consent_wishes")
    kind = models.CharField(max_length=20, choices=KINDS)
    more = ArrayField(models.CharField(max_length=200))
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = CourseRecordQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        verbose_name_plural = "consent wishes"
        constraints = [models.CheckConstraint(condition=KNOWN, name="wish_kind_known")]
        triggers = KEPT

    def __str__(self) -> str:
        return ", ".join(self.more)
