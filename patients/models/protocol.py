from functools import lru_cache

import pgtrigger
from django.db import models
from django.db.models import F, Func, Q

from accounts.models import User
from accounts.models.audit import audited
from patients.rules.loading import load
from patients.rules.protocol import Protocol


@lru_cache(maxsize=64)
def _loaded(sha256: str, text: str, name: str) -> Protocol:
    return load(text, name)


class ProtocolVersionQuerySet(models.QuerySet):
    def newest(self) -> "ProtocolVersionQuerySet":
        """The newest version of each protocol."""
        return self.order_by("code", "-version").distinct("code")


# Whether a list of differences has one that lets more people through than the protocol it is held against.
LOOSENS = Func(
    F("differences"),
    template="""jsonb_path_exists(%(expressions)s, '$[*] ? (@.change == "loosened" || @.change == "removed")')""",
    output_field=models.BooleanField(),
)


class ProtocolVersion(models.Model):
    """A published protocol: the text as it was, never changed afterwards. A course is pinned to one.

    `differences` says what it asks otherwise than the version before it, or than the reference protocol if it is the first.
    """

    code = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    text = models.TextField()
    sha256 = models.CharField(max_length=64, unique=True)
    published_at = models.DateTimeField()
    compared_with = models.CharField(max_length=220, blank=True)
    differences = models.JSONField(default=list)
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    printed_name = models.CharField(max_length=120, blank=True)
    reason = models.TextField(blank=True)

    objects = ProtocolVersionQuerySet.as_manager()

    class Meta:
        ordering = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="one_text_per_protocol_version"),
            models.CheckConstraint(
                condition=Q(signed_by=None, printed_name="", reason="")
                | (Q(signed_by__isnull=False) & ~Q(printed_name="") & ~Q(reason__regex=r"^\s*$")),
                name="protocol_signed_with_name_and_reason",
            ),
            models.CheckConstraint(
                condition=~Q(LOOSENS) | Q(signed_by__isnull=False), name="loosening_a_protocol_is_signed"
            ),
        ]
        triggers = [
            audited(skip=("text",)),
            pgtrigger.Protect(name="published_for_good", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.title}, version {self.version}"

    @property
    def protocol(self) -> Protocol:
        return _loaded(self.sha256, self.text, f"{self.code} version {self.version}")
