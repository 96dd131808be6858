import datetime as dt
import hashlib

from django.db import transaction

from accounts.models import User
from accounts.rules.findings import Refused, refusal
from patients.models import ProtocolVersion
from patients.rules.loading import load


@transaction.atomic
def publish(*, text: str, name: str, by: User | None, at: dt.datetime) -> ProtocolVersion:
    """Publish a protocol file as a version that never changes; the same text twice is the same version.

    Raises LoadError when the text is no protocol, Refused when another text has this code and version already.
    """
    protocol = load(text, name)
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    row, made = ProtocolVersion.objects.get_or_create(
        code=protocol.code,
        version=protocol.version,
        defaults={"title": protocol.title, "text": text, "sha256": sha256, "published_at": at},
    )
    if not made and row.sha256 != sha256:
        raise Refused(
            [
                refusal(
                    "protocol-changed",
                    f"{name} differs from {row}, which is published and stays as it is. Give the new text a new version.",
                )
            ]
        )
    return row
