"""A record from elsewhere: read in, put to a chart, and confirmed or rejected line by line.

Confirming records through the actions that people use; nothing is written past them.
"""

import datetime as dt
import hashlib
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO

from django.db import transaction

from accounts.actions.audit import acting
from accounts.models import Clinic, User
from accounts.rules.findings import Finding, Outcome, Refused, refusal
from patients.actions import patients as charts
from patients.actions.patients import NewContact
from patients.models import Course, Patient
from patients.rules.duplicates import Identity
from screening.actions.facts import candidate_for
from screening.actions.record import record_evidence
from screening.models import ImportBatch, ImportLine
from screening.rules.importing import belonging, folding
from screening.rules.importing.facts import Left, Person
from screening.rules.importing.opening import check_size
from screening.rules.importing.proposing import Kind, Line, Proposals, propose

CHUNK = 1 << 20
NOTE = 300  # letters that a medicine's note and an evidence's correction hold
# What a chart may take from a record where it has nothing itself.
COMPLETED = ("sex", "phone", "email")


@dataclass(frozen=True, slots=True)
class ReadIn:
    """What reading a file made. `batch` None: every line of it is known from an earlier one."""

    batch: ImportBatch | None
    again: bool  # this very file had been read before
    made: int
    known: int
    proposals: Proposals | None


def read_in(
    clinic: Clinic, *, file: BinaryIO, limit: int, patient: Patient | None = None, by: User | None, at: dt.datetime
) -> ReadIn:
    """Read a FHIR file of at most `limit` bytes into lines to confirm. What is known already makes nothing new.

    Raises Malformed for a file that cannot be used, and Refused for one that is about somebody else than `patient`.
    """
    check_size(file.seek(0, 2), limit)
    sha256 = digest_of(file)
    if before := ImportBatch.objects.filter(clinic=clinic, sha256=sha256).first():
        return _again(before, patient, None)
    proposals = proposed(file, limit=limit, as_of=at.astimezone(clinic.zone).date())
    if patient:
        _refuse_somebody_else(_identity(proposals.person), patient)
    return _kept(clinic, proposals, sha256=sha256, size=file.seek(0, 2), patient=patient, by=by, at=at)


def proposed(file: BinaryIO, *, limit: int, as_of: dt.date) -> Proposals:
    """What a file proposes; nothing is written. Raises Malformed."""
    # The models of `fhir.resources` take half a second to load: only an import waits for them.
    from screening.rules.importing.reading import read

    return propose(read(file, limit=limit), as_of=as_of)


def digest_of(file: BinaryIO) -> str:
    """SHA-256 of a file, read piece by piece."""
    file.seek(0)
    found = hashlib.sha256()
    while piece := file.read(CHUNK):
        found.update(piece)
    return found.hexdigest()


@transaction.atomic
def choose_patient(batch: ImportBatch, patient: Patient, *, by: User, at: dt.datetime) -> ImportBatch:
    """Say whose chart a record belongs to. Raises Refused for somebody else's, and when it was said already."""
    _refuse_somebody_else(identity_of(batch), patient)
    if not ImportBatch.objects.filter(pk=batch.pk, patient=None).update(patient=patient):
        raise Refused([refusal("chosen", "Somebody has just said whose record this is. Open it again.")])
    batch.refresh_from_db()
    return batch


@transaction.atomic
def take_in(
    batch: ImportBatch, *, details: dict[str, Any], contacts: list[NewContact], by: User, at: dt.datetime
) -> Patient:
    """Open a new chart for the person of a record, with details that somebody has looked at."""
    patient = charts.take_in(batch.clinic, details=details, contacts=contacts, by=by, at=at)
    choose_patient(batch, patient, by=by, at=at)
    for line in batch.lines.open().filter(kind=Kind.PERSON):
        _decide(line, ImportLine.State.CONFIRMED, by=by, at=at)
    return patient


@transaction.atomic
def confirm(line: ImportLine, *, by: User, at: dt.datetime) -> ImportLine:
    """Record what a line proposes, as this person's own entry. Raises Refused with every reason why it cannot be."""
    held = _held(line)
    patient = held.batch.patient
    if patient is None:
        raise Refused([refusal("nobody", "Say first whose chart this record belongs to.")])
    with acting(by, reason=f"Confirmed from an imported record: {', '.join(held.origins)}"):
        if held.kind == Kind.PERSON:
            _complete(patient, held.proposal, by=by, at=at)
            return _decide(held, ImportLine.State.CONFIRMED, by=by, at=at)
        if held.kind == Kind.MEDICINE:
            values = {**held.proposal, **_days(held.proposal, "started_on", "last_dose_on")}
            note = f"From an imported record: {'; '.join(held.says)}"[:NOTE]
            medicine = charts.add_medicine(patient, **values, note=note, by=by, at=at)
            return _decide(held, ImportLine.State.CONFIRMED, by=by, at=at, medicine=medicine)
        course = course_of(patient)
        if course is None:
            raise Refused([refusal("no-course", "Open a course first: evidence is recorded for a course.")])
        today = at.astimezone(course.clinic.zone).date()
        folded = fold(held, course, candidate_for(course, today).evidence, today)
        if folded.refusals:
            raise Refused(folded.refusals)
        evidence = record_evidence(
            course,
            kind=folded.kind,
            taken_on=folded.taken_on,
            answers=dict(folded.answers),
            numbers=dict(folded.numbers),
            words=dict(folded.words),
            correction=f"{folding.REASON}: {', '.join(held.origins)}"[:NOTE],
            by=by,
            at=at,
        )
        return _decide(held, ImportLine.State.CONFIRMED, by=by, at=at, evidence=evidence)


@transaction.atomic
def reject(line: ImportLine, *, by: User, at: dt.datetime) -> ImportLine:
    """Say that a line is not to be recorded. Raises Refused when it was decided already."""
    return _decide(_held(line), ImportLine.State.REJECTED, by=by, at=at)


def fold(line: ImportLine, course: Course, evidence: Any, today: dt.date) -> folding.Folded:
    """The evidence as it would be with this line in it."""
    if line.kind == Kind.CRITERION:
        return folding.answer(course.plan, line.proposal["criterion"], evidence, as_of=today)
    return folding.reading(course.plan, line.proposal, evidence, as_of=today)


def course_of(patient: Patient) -> Course | None:
    """The course in which a patient's evidence is recorded now."""
    return patient.courses.active().select_related("clinic", "protocol", "patient").first()


def doubts(batch: ImportBatch) -> list[Finding]:
    """What speaks against this record being the chart's."""
    record = identity_of(batch)
    return belonging.findings(record, _chart(batch.patient)) if batch.patient and record else []


def identity_of(batch: ImportBatch) -> Identity | None:
    """Who the file says it is about; None when it does not give the day of birth."""
    born = batch.person["born_on"]
    if not born:
        return None
    return Identity(
        batch.person["given_name"], batch.person["family_name"], dt.date.fromisoformat(born), batch.person["phone"]
    )


@transaction.atomic
def _kept(
    clinic: Clinic,
    proposals: Proposals,
    *,
    sha256: str,
    size: int,
    patient: Patient | None,
    by: User | None,
    at: dt.datetime,
) -> ReadIn:
    # Two people who read the same file in do so one after the other.
    Clinic.objects.select_for_update().get(pk=clinic.pk)
    if before := ImportBatch.objects.filter(clinic=clinic, sha256=sha256).first():
        return _again(before, patient, proposals)
    digests = [line.digest for line in proposals.lines]
    earlier = ImportLine.objects.filter(clinic=clinic, digest__in=digests).select_related("batch__patient")
    known = {line.digest: line for line in earlier}
    new = [line for line in proposals.lines if line.digest not in known]
    for line in known.values():
        _refuse_other_chart(line.batch, patient)
        patient = patient or line.batch.patient
    if not new:
        return ReadIn(None, False, 0, len(known), proposals)
    batch = ImportBatch.objects.create(
        clinic=clinic,
        patient=patient,
        sha256=sha256,
        size=size,
        person=_person(proposals.person),
        left=_left(proposals),
        by=by,
        at=at,
    )
    ImportLine.objects.bulk_create(_row(batch, line) for line in new)
    return ReadIn(batch, False, len(new), len(known), proposals)


def _again(before: ImportBatch, patient: Patient | None, proposals: Proposals | None) -> ReadIn:
    _refuse_other_chart(before, patient)
    return ReadIn(before, True, 0, before.lines.count(), proposals)


def _refuse_other_chart(before: ImportBatch, patient: Patient | None) -> None:
    """One record belongs to one chart: raises Refused when an earlier import put it to another one."""
    if patient and before.patient and before.patient != patient:
        sentence = f"This record was put to the chart of {before.patient}, {before.patient.chart_number}, before."
        raise Refused([refusal("other-chart", sentence)])


def _row(batch: ImportBatch, line: Line) -> ImportLine:
    return ImportLine(
        batch=batch,
        clinic=batch.clinic,
        kind=line.kind,
        title=line.title[:400],
        says=list(line.says),
        proposal=dict(line.proposal),
        warnings=list(line.warnings),
        origins=list(line.origins),
        digest=line.digest,
    )


def _left(proposals: Proposals) -> dict[str, Any]:
    def listed(left: tuple[Left, ...]) -> list[dict[str, str]]:
        return [asdict(one) for one in left]

    return {
        "unmapped": listed(proposals.unmapped),
        "set_aside": listed(proposals.set_aside),
        "skipped": listed(proposals.skipped),
        "not_read": dict(proposals.not_read),
    }


def _person(person: Person) -> dict[str, str | None]:
    born = person.born_on.isoformat() if person.born_on else None
    return {
        "given_name": person.given_name,
        "family_name": person.family_name,
        "born_on": born,
        "phone": person.phone,
    }


def _identity(person: Person) -> Identity | None:
    if person.born_on is None:
        return None
    return Identity(person.given_name, person.family_name, person.born_on, person.phone)


def _chart(patient: Patient) -> Identity:
    return Identity(patient.given_name, patient.family_name, patient.date_of_birth, patient.phone)


def _refuse_somebody_else(record: Identity | None, patient: Patient) -> None:
    if record is None:
        raise Refused(
            [
                refusal(
                    "no-birth",
                    "The file does not give the day of birth, so nobody can tell whose it is. Ask for it again with the day of birth.",
                )
            ]
        )
    against = belonging.findings(record, _chart(patient))
    if stops := [finding for finding in against if finding.outcome is Outcome.NOT_MET]:
        raise Refused(stops)


def _complete(patient: Patient, proposal: dict[str, Any], *, by: User, at: dt.datetime) -> None:
    """Fill what the chart does not say; what it says stays."""
    missing = {name: proposal[name] for name in COMPLETED if proposal[name] and not getattr(patient, name)}
    if missing:
        charts.change_patient(patient, version=patient.version, by=by, at=at, **missing)


def _days(proposal: dict[str, Any], *names: str) -> dict[str, dt.date | None]:
    return {name: dt.date.fromisoformat(proposal[name]) if proposal[name] else None for name in names}


def _held(line: ImportLine) -> ImportLine:
    """The line as it is now, held until it is decided."""
    held = ImportLine.objects.select_for_update(of=("self",)).select_related("batch__patient").get(pk=line.pk)
    if held.state != ImportLine.State.PROPOSED:
        sentence = f"{held.by} has {held.get_state_display().lower()} this line already."
        raise Refused([refusal("decided", sentence)])
    return held


def _decide(line: ImportLine, state: str, *, by: User, at: dt.datetime, **became: Any) -> ImportLine:
    ImportLine.objects.filter(pk=line.pk).update(state=state, by=by, at=at, **became)
    line.refresh_from_db()
    return line
