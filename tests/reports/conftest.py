import datetime as dt
import io
import uuid

import pytest
from django.utils import timezone
from pypdf import PdfReader

from sessions.models import (
    Addendum,
    DayCheck,
    Dose,
    Effect,
    Note,
    NoteVersion,
    Presence,
    SessionStep,
    Signature,
    TherapySession,
    Touch,
    Visit,
    VitalSign,
)
from tests.factories import dosing_visit

CANARY = "CANARY-OF-THE-NOTE-7f3a"


@pytest.fixture
def at():
    """Ten in the morning yesterday, by UTC."""
    return timezone.now().replace(hour=10, minute=0, second=0, microsecond=0) - dt.timedelta(days=1)


@pytest.fixture
def dosing_day(course, lead, second, physician, at):
    """A dosing day that was held: two doses, vital signs, effects, a touch, a note, nobody signed yet."""
    visit = dosing_visit(course, starts_at=at)
    session = TherapySession.objects.create(visit=visit, state="closed")
    for therapist in (lead, second):
        Presence.objects.create(
            session=session, therapist=therapist, arrived_at=at, left_at=at + dt.timedelta(hours=8), recorded_by=lead
        )
    SessionStep.objects.create(session=session, step="clear", by=physician, at=at)
    DayCheck.objects.create(session=session, check_code="fasting", good=True, number=11, at=at, by=lead)
    doses = (("initial", "80", 15), ("supplemental", "40", 115))
    for kind, mg, minute in doses:
        Dose.objects.create(
            session=session,
            kind=kind,
            key=uuid.uuid4(),
            body_hash=kind,
            mg=mg,
            basis="HCl",
            lot="LOT-1",
            given_at=at + dt.timedelta(minutes=minute),
            given_by=lead,
            witnessed_by=second,
        )
    for minute, systolic in ((0, 118), (60, 139), (120, 152), (240, 131)):
        taken = at + dt.timedelta(minutes=minute)
        VitalSign.objects.create(
            session=session, taken_at=taken, saved_at=taken, systolic=systolic, diastolic=80, pulse=90, by=second
        )
    Effect.objects.create(
        session=session, term="Jaw clenching", severity="mild", from_at=at + dt.timedelta(hours=1), saved_at=at, by=lead
    )
    Touch.objects.create(
        session=session, kind="hand", initiator="patient", therapist=second, at=at, saved_at=at, by=second
    )
    note = Note.objects.create(session=session, kind="record", text=f"She spoke of her brother. {CANARY}", version=1)
    NoteVersion.objects.create(note=note, version=1, text=note.text, by=lead, at=at)
    Visit.objects.filter(pk=visit.pk).update(state="done")
    visit.refresh_from_db()
    return visit


@pytest.fixture
def sign(dosing_day, at):
    """sign(user, ...): each signs the record of the day."""

    def act(*users):
        note = Note.objects.get(session__visit=dosing_day, kind="record")
        Note.objects.filter(pk=note.pk, signed_at=None).update(signed_at=at)
        for user in users:
            Signature.objects.create(
                note=note,
                version=1,
                signer=user,
                printed_name=str(user),
                meaning="I was in this session and this record of it is true and complete.",
                at=at + dt.timedelta(hours=9),
                digest="0" * 64,
            )

    return act


@pytest.fixture
def addendum(dosing_day, lead, at):
    note = Note.objects.get(session__visit=dosing_day, kind="record")
    return Addendum.objects.create(
        note=note, text=f"Added {CANARY}", reason="Forgot it", by=lead, printed_name=str(lead), at=at, digest="0" * 64
    )


def text_of(pdf):
    """The words of a PDF, with every run of white space as one space."""
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(bytes(pdf))).pages]
    return " ".join(" ".join(pages).split())
