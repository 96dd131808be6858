from functools import lru_cache

import pgtrigger
from django.db import models

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


class ProtocolVersion(models.Model):
    """A published protocol: the text as it was, never changed afterwards. A course is pinned to one."""

    code = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    text = models.TextField()
    sha256 = models.CharField(max_length=64, unique=True)
    published_at = models.DateTimeField()

    objects = ProtocolVersionQuerySet.as_manager()

    class Meta:
        ordering = ["code", "-version"]
        constraints = [models.UniqueConstraint(fields=["code", "version"], name="one_text_per_protocol_version")]
        triggers = [
            audited(skip=("text",)),
            pgtrigger.Protect(name="published_for_good", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.title}, version {self.version}"

    @property
    def protocol(self) -> Protocol:
        return _loaded(self.sha256, self.text, f"{self.code} version {self.version}")
