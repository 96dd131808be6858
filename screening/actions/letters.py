"""The letter after a decision against treatment: begun, written on while it is a draft, and signed."""

import datetime as dt

from django.db import transaction

from accounts.actions.editing import edit
from accounts.models import User
from accounts.rules.access import Role
from accounts.rules.findings import WRONG_PASSWORD, Outcome, Refused, refusal
from patients.models import Course
from screening.models import Decision, Letter
from screening.rules.candidate import fingerprint
from screening.rules.letter import MEANING, Addressee, proposed, refusals


@transaction.atomic
def begin_letter(course: Course, *, to: Addressee, by: User, at: dt.datetime) -> Letter:
    """The open draft to this addressee, begun with a first wording where there is none.

    Raises Refused while no physician has decided against treatment.
    """
    Course.objects.select_for_update().get(pk=course.pk)
    decision = course.decisions.first()
    if decision is None or decision.answer != Decision.Answer.NOT_ELIGIBLE:
        raise Refused(
            [
                refusal(
                    "decision",
                    "A letter follows a signed decision against treatment; there is none. Sign the decision first.",
                )
            ]
        )
    if begun := course.letters.filter(to=to, signed_at=None, decision=decision).first():
        return begun
    reasons = [finding["code"] for finding in decision.findings if finding["outcome"] == Outcome.NOT_MET]
    clinic = course.clinic
    body = proposed(to, name=str(course.patient), reasons=reasons, clinic=clinic.name, phone=clinic.phone)
    return Letter.objects.create(course=course, decision=decision, to=to, body=body, begun_by=by, begun_at=at)


@transaction.atomic
def keep_letter(letter: Letter, *, version: int, address: str, body: str, by: User, at: dt.datetime) -> Letter:
    """Keep the wording of a draft. Raises Refused when it is signed or empty, Stale when somebody else changed it."""
    if reasons := refusals(body, is_signed=letter.is_signed):
        raise Refused(reasons)
    edit(letter, version=version, by=by, address=address, body=body)
    return letter


@transaction.atomic
def sign_letter(letter: Letter, *, version: int, password: str, by: User, at: dt.datetime) -> Letter:
    """Sign the wording that was read, with one's own password; it is frozen from then on. Raises Refused."""
    held = Letter.objects.select_for_update(of=("self",)).select_related("course__clinic").get(pk=letter.pk)
    reasons = refusals(held.body, is_signed=held.is_signed)
    today = at.astimezone(held.course.clinic.zone).date()
    if Role.PHYSICIAN not in by.roles_in(held.course.clinic_id, today):
        reasons.append(refusal("not-physician", "Only a physician of the clinic signs this letter."))
    if held.version != version:
        reasons.append(refusal("changed", "The letter was changed since you opened it. Read it again, then sign."))
    if not by.check_password(password):
        reasons.append(WRONG_PASSWORD)
    if reasons:
        raise Refused(reasons)
    held.signed_by, held.signed_at, held.printed_name = by, at, str(by)
    held.digest = fingerprint(_content(held))
    Letter.objects.filter(pk=held.pk, version=version, signed_at=None).update(
        signed_by=by, signed_at=at, printed_name=held.printed_name, digest=held.digest
    )
    held.refresh_from_db()
    return held


def is_genuine(letter: Letter) -> bool:
    """Whether what was signed is still what is there."""
    return letter.digest == fingerprint(_content(letter))


def _content(letter: Letter) -> dict[str, object]:
    """What the signature covers."""
    signed_at = letter.signed_at
    return {
        "letter": str(letter.public_id),
        "decision": str(letter.decision.public_id),
        "to": letter.to,
        "address": letter.address,
        "body": letter.body,
        "signer": letter.signed_by_id,
        "printed_name": letter.printed_name,
        "meaning": MEANING,
        "at": signed_at.astimezone(dt.UTC).isoformat(timespec="microseconds") if signed_at else "",
    }
