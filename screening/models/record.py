import uuid

import pgtrigger
from django.db import models
from django.db.models import F, Func, Q

from accounts.models import ScopedQuerySet, User
from accounts.models.audit import append_only, audited
from patients.models import Course
from patients.rules.protocol import EvidenceKind
from screening.rules.words import PIECES, capital

# Everything here is written once. What comes later supersedes what came before; nothing is edited or removed.
KEPT = [audited(patient="course.patient", clinic="course.clinic"), *append_only()]

# No finding of a snapshot has another outcome than met; one without an outcome counts as blocking.
NOTHING_BLOCKS = Func(
    F("findings"),
    template="""NOT jsonb_path_exists(%(expressions)s, '$[*] ? (!(@.outcome == "met"))')""",
    output_field=models.BooleanField(),
)


# The second signature is of another person and covers what the first one covers.
SECOND_IS_ANOTHER = pgtrigger.Trigger(
    name="second_signature_is_anothers",
    operation=pgtrigger.Insert,
    when=pgtrigger.Before,
    condition=pgtrigger.Q(new__seconds__isnull=False),
    func="""
        IF NOT EXISTS (
            SELECT 1 FROM screening_decision AS first
            WHERE first.id = NEW.seconds_id AND first.course_id = NEW.course_id AND first.answer = NEW.answer
                AND first.signed_by_id <> NEW.signed_by_id AND first.inputs_sha256 = NEW.inputs_sha256
                AND first.protocol_sha256 = NEW.protocol_sha256 AND first.seconds_id IS NULL
        ) THEN
            RAISE EXCEPTION 'mdmaat: the second signature is not another person''s about the same facts'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    """,
)


class CourseRecordQuerySet(ScopedQuerySet):
    clinic_path = "course__clinic"
    team_path = "course__team"


class EvidenceQuerySet(CourseRecordQuerySet):
    def newest(self) -> "EvidenceQuerySet":
        """What was recorded last of each kind, for each course."""
        return self.order_by("course_id", "kind", "-at", "-pk").distinct("course_id", "kind")


class Evidence(models.Model):
    """One piece of evidence as somebody recorded it. What is recorded later supersedes it."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="evidence")
    kind = models.CharField(max_length=20, choices=[(kind.value, capital(PIECES[kind])) for kind in EvidenceKind])
    taken_on = models.DateField()
    # {"answers": {criterion code: bool}, "numbers": {name: number}, "words": {name: text}}; what is not known is absent.
    values = models.JSONField(default=dict)
    correction = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["course", "kind", "-at"], name="evidence_newest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in EvidenceKind]), name="evidence_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(values__has_keys=["answers", "numbers", "words"]), name="evidence_has_its_three_parts"
            ),
        ]
        triggers = KEPT

    def __str__(self) -> str:
        return self.get_kind_display()


class EvidenceDraft(models.Model):
    """What somebody is typing into the form of a piece of evidence, kept every few seconds. It is no evidence."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="evidence_drafts")
    kind = models.CharField(max_length=20, choices=[(kind.value, capital(PIECES[kind])) for kind in EvidenceKind])
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    tab = models.UUIDField()
    # Name of the field -> what is typed there, as it is typed.
    typed = models.JSONField(default=dict)
    saved_at = models.DateTimeField()

    objects = CourseRecordQuerySet.as_manager()

    class Meta:
        ordering = ["-saved_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["course", "kind", "author", "tab"], name="one_evidence_draft_per_tab")
        ]
        # Typing changes only what the audit skips, so a draft leaves two rows: begun and gone.
        triggers = [audited(patient="course.patient", clinic="course.clinic", skip=("typed", "saved_at"))]

    def __str__(self) -> str:
        return f"draft of {self.saved_at:%H:%M}"


class Judgement(models.Model):
    """A physician's written answer to a finding that is for judgement; it holds for the evidence it was written about."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="judgements")
    code = models.CharField(max_length=140)
    about = models.TextField()
    acceptable = models.BooleanField()
    reason = models.TextField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = CourseRecordQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason__regex=r"^\s*$"), name="judgement_has_a_reason"),
        ]
        triggers = KEPT

    def __str__(self) -> str:
        return self.code


class Decision(models.Model):
    """A physician's signed answer: may this patient be treated? Kept with everything that it rests on, for good."""

    class Answer(models.TextChoices):
        ELIGIBLE = "eligible", "Eligible"
        NOT_ELIGIBLE = "not_eligible", "Not eligible"

    MEANING = {
        "eligible": "I have gone through every finding and decide that this patient may be treated.",
        "not_eligible": "I have gone through the findings and decide that this patient is not treated.",
    }

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="decisions")
    answer = models.CharField(max_length=20, choices=Answer)
    reason = models.TextField(blank=True)
    standing = models.CharField(max_length=20)
    findings = models.JSONField()
    inputs = models.JSONField()
    inputs_sha256 = models.CharField(max_length=64)
    protocol_sha256 = models.CharField(max_length=64)
    printed_name = models.CharField(max_length=120)
    meaning = models.CharField(max_length=200)
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()
    digest = models.CharField(max_length=64)
    # How many physicians the protocol asked for; the second one's decision names the first's.
    signatures = models.PositiveSmallIntegerField(default=1)
    seconds = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="seconded_by")

    objects = CourseRecordQuerySet.as_manager()

    class Meta:
        ordering = ["-signed_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(answer="eligible") | Q(NOTHING_BLOCKS),
                name="eligible_only_when_nothing_blocks",
            ),
            models.CheckConstraint(
                condition=~Q(answer="eligible") | ~Q(findings=[]), name="eligible_rests_on_findings"
            ),
            models.CheckConstraint(
                condition=Q(answer="eligible") | ~Q(reason__regex=r"^\s*$"), name="refusal_has_a_reason"
            ),
            models.CheckConstraint(condition=Q(signatures__in=[1, 2]), name="decision_has_one_or_two_signatures"),
            models.CheckConstraint(
                condition=Q(seconds=None) | Q(signatures=2, answer="eligible"), name="second_signature_is_a_wanted_yes"
            ),
        ]
        triggers = [*KEPT, SECOND_IS_ANOTHER]

    def __str__(self) -> str:
        return self.get_answer_display()

    @property
    def waits_for_second(self) -> bool:
        """A first signature is a yes that moves nothing yet."""
        return self.signatures == 2 and self.seconds_id is None
