"""Writing and signing notes. No accepted word is lost: it is in the note, in a version or in a draft."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db import transaction

from accounts.actions import drafts
from accounts.models import User
from accounts.rules.findings import WRONG_PASSWORD, Refused, refusal
from sessions.actions.record import allowed_therapists, hold
from sessions.models import Addendum, Note, NoteDraft, NoteVersion, Signature, TherapySession, Visit
from sessions.rules import notes
from sessions.rules.notes import MEANING, NoteKind, SigningFacts

WAIT_FOR_OTHERS = dt.timedelta(hours=12)
"""A colleague's draft younger than this holds the signing; an older one stays kept and holds nothing."""


@dataclass(frozen=True, slots=True)
class Saved:
    note: Note


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Somebody saved first, or signed. The text that was not accepted is kept as this draft."""

    note: Note
    draft: NoteDraft | None


@transaction.atomic
def note_of(visit: Visit, *, kind: NoteKind, by: User) -> Note:
    """The note of this kind that `by` may write, made empty if there is none. Raises Refused for anybody else."""
    session = hold(visit)
    if by not in writers(session):
        raise Refused([refusal("pair", "Notes are written by the two therapists of the session.")])
    author = by if kind is NoteKind.PROCESS else None
    note = Note.objects.filter(session=session, kind=kind, author=author).first()
    return note or Note.objects.create(session=session, kind=kind, author=author)


def writers(session: TherapySession) -> list[User]:
    """The therapists allocated to the session and those who were there."""
    there = [row.therapist for row in session.presences.select_related("therapist")] if session.pk else []
    return list(dict.fromkeys([*allowed_therapists(session.visit), *there]))


@transaction.atomic
def keep_draft(
    note: Note, *, tab: uuid.UUID, base_version: int, text: str, ticked: list[str], by: User, at: dt.datetime
) -> NoteDraft | None:
    """Keep what is being typed in one tab; None when it says what the note says already.

    Works on a signed note, too: the words may become an addendum.
    """
    current = Note.objects.get(pk=note.pk)
    if (text, ticked) == (current.text, current.ticked):
        drafts.forget(note.drafts, tab=tab, by=by)
        return None
    return drafts.keep(note.drafts, tab=tab, by=by, at=at, base_version=base_version, text=text, ticked=ticked)


@transaction.atomic
def save_note(
    note: Note, *, base_version: int, text: str, ticked: list[str], tab: uuid.UUID, by: User, at: dt.datetime
) -> Saved | Overtaken:
    """Make the text the note's next version, if nobody saved since `base_version`; otherwise keep it as a draft."""
    version = base_version + 1
    moved = Note.objects.filter(pk=note.pk, version=base_version, signed_at=None).update(
        text=text, ticked=ticked, version=version
    )
    if not moved:
        draft = keep_draft(note, tab=tab, base_version=base_version, text=text, ticked=ticked, by=by, at=at)
        return Overtaken(Note.objects.get(pk=note.pk), draft)
    NoteVersion.objects.create(note=note, version=version, text=text, ticked=ticked, by=by, at=at)
    mine = NoteDraft.objects.filter(note=note, author=by)
    (mine.filter(tab=tab) | mine.filter(text=text, ticked=ticked)).delete()
    return Saved(Note.objects.get(pk=note.pk))


@transaction.atomic
def discard_draft(note: Note, *, draft: NoteDraft, by: User) -> None:
    """Throw away one's own draft; it was asked for."""
    NoteDraft.objects.filter(pk=draft.pk, note=note, author=by).delete()


@transaction.atomic
def sign(note: Note, *, shown_version: int, password: str, by: User, at: dt.datetime) -> Signature:
    """Sign the version that was read, with one's own password again. The first signature freezes the note.

    Raises Refused with every reason.
    """
    session = hold(note.session.visit)
    note = Note.objects.select_for_update().get(pk=note.pk)
    facts = signing_facts(
        note, session, shown_version=shown_version, password_right=by.check_password(password), by=by, at=at
    )
    if reasons := notes.signing_refusals(facts):
        raise Refused(reasons)
    if note.signed_at is None:
        Note.objects.filter(pk=note.pk, signed_at=None).update(signed_at=at)
    signature = Signature(
        note=note,
        version=note.version,
        signer=by,
        printed_name=str(by),
        meaning=MEANING[NoteKind(note.kind)],
        at=at,
    )
    signature.digest = notes.digest(signed_content(signature))
    signature.save()
    return signature


def signing_facts(
    note: Note, session: TherapySession, *, shown_version: int, password_right: bool, by: User, at: dt.datetime
) -> SigningFacts:
    """What the signing rule asks for, for this signer."""
    unsaved = [
        f"{draft.author} at {draft.saved_at.astimezone(session.visit.course.clinic.zone):%H:%M}"
        for draft in note.drafts.select_related("author")
        if (draft.text, draft.ticked) != (note.text, note.ticked)
        and (draft.author_id == by.pk or draft.saved_at > at - WAIT_FOR_OTHERS)
    ]
    return SigningFacts(
        kind=NoteKind(note.kind),
        signer=str(by.pk),
        may_sign=signers(note, session),
        signed_by=frozenset(str(pk) for pk in note.signatures.values_list("signer_id", flat=True)),
        password_right=password_right,
        is_empty=not note.text.strip() and not note.ticked,
        shown_version=shown_version,
        version=note.version,
        unsaved=tuple(unsaved),
        session_ended=session.has_ended,
    )


def signers(note: Note, session: TherapySession) -> frozenset[str]:
    """Who has to sign, by key: the author of a process note, otherwise every therapist of the session."""
    if note.author_id:
        return frozenset({str(note.author_id)})
    there = [row.therapist for row in session.presences.select_related("therapist")]
    return frozenset(str(user.pk) for user in there or writers(session))


def signed_content(signature: Signature) -> dict[str, object]:
    """What the digest of a signature covers: the text of its version, everything recorded in the session, who and when."""
    note = signature.note
    version = note.versions.get(version=signature.version)
    return {
        "note": str(note.public_id),
        "visit": str(note.session.visit.public_id),
        "version": signature.version,
        "text": version.text,
        "ticked": version.ticked,
        "recorded": _recorded(note.session) if note.kind == NoteKind.RECORD else [],
        "signer": signature.signer_id,
        "printed_name": signature.printed_name,
        "meaning": signature.meaning,
        "at": signature.at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
    }


def is_genuine(signature: Signature) -> bool:
    """Whether what was signed is still what is there."""
    return notes.digest(signed_content(signature)) == signature.digest


@transaction.atomic
def add_addendum(note: Note, *, text: str, reason: str, password: str, by: User, at: dt.datetime) -> Addendum:
    """Add to a signed note, signed with one's own password. Raises Refused with every reason."""
    session = hold(note.session.visit)
    reasons = []
    if note.signed_at is None:
        reasons.append(refusal("unsigned", "The note is not signed yet. Change the note itself."))
    if by not in writers(session):
        reasons.append(refusal("pair", "Addenda are written by the two therapists of the session."))
    if not text.strip() or not reason.strip():
        reasons.append(refusal("empty", "Write the addendum and the reason for it."))
    if not by.check_password(password):
        reasons.append(WRONG_PASSWORD)
    if reasons:
        raise Refused(reasons)
    content = {
        "note": str(note.public_id),
        "text": text,
        "reason": reason,
        "signer": by.pk,
        "printed_name": str(by),
        "at": at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
    }
    NoteDraft.objects.filter(note=note, author=by, text=text).delete()
    return Addendum.objects.create(
        note=note, text=text, reason=reason, by=by, printed_name=str(by), at=at, digest=notes.digest(content)
    )


def _recorded(session: TherapySession) -> list[list[str]]:
    """Doses, signs, effects and touches in a fixed order and spelling."""
    rows: list[list[str]] = []
    for dose in session.doses.order_by("given_at", "pk"):
        rows.append(["dose", dose.kind, f"{dose.mg:.1f}", dose.basis, dose.lot, _utc(dose.given_at)])
    for row in session.vital_signs.order_by("taken_at", "pk"):
        measured = [row.systolic, row.diastolic, row.pulse, row.temperature, row.oxygen]
        rows.append(["vitals", str(row.pk), _utc(row.taken_at), *("" if v is None else str(v) for v in measured)])
    for row in session.effects.order_by("from_at", "pk"):
        until = _utc(row.until_at) if row.until_at else ""
        rows.append(["effect", str(row.pk), row.term, row.severity, _utc(row.from_at), until])
    for row in session.touches.order_by("at", "pk"):
        rows.append(["touch", str(row.pk), row.kind, row.initiator, str(row.therapist_id), _utc(row.at)])
    return rows


def _utc(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat(timespec="microseconds")
