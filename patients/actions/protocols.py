import datetime as dt
import hashlib
from dataclasses import asdict
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.rules.access import Role
from accounts.rules.findings import Finding, Refused, refusal
from patients.models import ProtocolVersion
from patients.rules.difference import Difference, differences
from patients.rules.loading import load
from patients.rules.protocol import Protocol

# What the first version of a protocol is held against.
REFERENCE = Path(__file__).resolve().parents[1] / "protocols" / "mapp3.toml"


@transaction.atomic
def publish(
    *, text: str, name: str, by: User | None, password: str = "", reason: str = "", at: dt.datetime
) -> ProtocolVersion:
    """Publish a protocol file as a version that never changes; the same text twice is the same version.

    `by`, `password` and `reason` are the medical lead's signature, which a protocol that loosens anything wants.
    Raises LoadError when the text is no protocol; Refused when another text has this code and version already, and when
    the signature is wanted and missing or not good.
    """
    protocol = load(text, name)
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    if row := ProtocolVersion.objects.filter(code=protocol.code, version=protocol.version).first():
        if row.sha256 != sha256:
            said = f"{name} differs from {row}, which is published and stays as it is. Give the new text a new version."
            raise Refused([refusal("protocol-changed", said)])
        return row
    base, compared_with = baseline(protocol)
    found = differences(base, protocol)
    if reasons := _refusals(found, by, password, reason, at):
        raise Refused(reasons)
    return ProtocolVersion.objects.create(
        code=protocol.code,
        version=protocol.version,
        title=protocol.title,
        text=text,
        sha256=sha256,
        published_at=at,
        compared_with=compared_with,
        differences=[asdict(difference) for difference in found],
        signed_by=by,
        printed_name=str(by) if by else "",
        reason=reason.strip() if by else "",
    )


def baseline(protocol: Protocol) -> tuple[Protocol, str]:
    """What a protocol is held against, and its name (none for the reference itself).

    It is the version before it, else the reference protocol, as published or as shipped.
    """
    earlier = ProtocolVersion.objects.filter(code=protocol.code, version__lt=protocol.version).order_by("-version")
    row = earlier.first() or ProtocolVersion.objects.newest().filter(code=REFERENCE.stem).first()
    if row:
        return row.protocol, f"{row.code}, version {row.version}"
    shipped = load(REFERENCE.read_text(encoding="utf-8"), REFERENCE.name)
    if shipped == protocol:
        return shipped, ""
    return shipped, f"{shipped.code}, version {shipped.version}, as shipped"


def _refusals(found: list[Difference], by: User | None, password: str, reason: str, at: dt.datetime) -> list[Finding]:
    if by is None:
        wanting = [refusal("loosened", difference.sentence) for difference in found if difference.wants_signature]
        signature = refusal("signature", "The medical lead signs this, with a reason.")
        return [*wanting, signature] if wanting else []
    today = timezone.localdate(at)
    reasons = []
    if not any(Role.MEDICAL_LEAD in membership.held for membership in by.current_memberships(today)):
        reasons.append(
            refusal(
                "not-medical-lead",
                f"{by} is no medical lead of a clinic. Name one, or give the role under Clinic, People.",
            )
        )
    if not by.is_active or not by.check_password(password):
        reasons.append(refusal("password", f"The password of {by} is not right."))
    if not reason.strip():
        reasons.append(refusal("reason", "Write down the reason."))
    return reasons
