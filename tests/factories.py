"""Makes rows for tests, every one plainly fictional. A section for each room."""

import datetime as dt
import hashlib
from functools import cache
from pathlib import Path

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts.models import Clinic, Credential, Membership, User
from patients.models import Contact, Course, CourseApproval, Medicine, Patient, ProtocolVersion, TeamMember
from reminders.models import Reminder
from sessions.models import Room, Visit, WorkingTime

PASSWORD = "correct horse battery staple"

# --- accounts


@cache
def hashed_password() -> str:
    from django.contrib.auth.hashers import make_password

    return make_password(PASSWORD)


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"user{n}")
    name = factory.Sequence(lambda n: f"Person {n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@clinic.example")
    password = factory.LazyFunction(hashed_password)


class ClinicFactory(DjangoModelFactory):
    class Meta:
        model = Clinic

    name = factory.Sequence(lambda n: f"Clinic {n}")
    discreet_name = "The practice"
    time_zone = "Europe/London"
    region = "GB"
    phone = "020 7946 0000"


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    clinic = factory.SubFactory(ClinicFactory)
    roles = ["therapist"]
    starts_on = dt.date(2020, 1, 1)


class CredentialFactory(DjangoModelFactory):
    class Meta:
        model = Credential

    membership = factory.SubFactory(MembershipFactory)
    kind = "licence"
    title = "Licence to practise psychotherapy"
    expires_on = dt.date(2040, 1, 1)


# --- patients


def published(code: str) -> ProtocolVersion:
    """The protocol of this code, published if it is not yet."""
    from patients.actions.protocols import publish

    text = (Path(__file__).parent.parent / "patients" / "protocols" / f"{code}.toml").read_text(encoding="utf-8")
    return publish(text=text, name=f"{code}.toml", by=None, at=timezone.now())


class PatientFactory(DjangoModelFactory):
    class Meta:
        model = Patient

    clinic = factory.SubFactory(ClinicFactory)
    chart_number = factory.Sequence(lambda n: f"M-{1000 + n}")
    given_name = "Wren"
    family_name = factory.Sequence(lambda n: f"Fictional-{n}")
    date_of_birth = dt.date(1985, 5, 17)
    sex = "female"


class ContactFactory(DjangoModelFactory):
    class Meta:
        model = Contact

    patient = factory.SubFactory(PatientFactory)
    kind = "emergency"
    name = "Robin Fictional"
    phone = "020 7946 0001"


class MedicineFactory(DjangoModelFactory):
    class Meta:
        model = Medicine

    patient = factory.SubFactory(PatientFactory)
    name = "Sertraline"


class CourseFactory(DjangoModelFactory):
    class Meta:
        model = Course

    patient = factory.SubFactory(PatientFactory)
    clinic = factory.SelfAttribute("patient.clinic")
    protocol = factory.LazyFunction(lambda: published("mapp3"))
    indication = "PTSD"
    access_route = "trial"
    opened_on = factory.LazyFunction(timezone.localdate)


class CourseApprovalFactory(DjangoModelFactory):
    class Meta:
        model = CourseApproval

    course = factory.SubFactory(CourseFactory)
    kind = "ethics"
    authority = "Fictional ethics committee"
    reference = "FEC-1"
    approved_on = dt.date(2026, 1, 1)
    expires_on = dt.date(2040, 1, 1)


class TeamMemberFactory(DjangoModelFactory):
    class Meta:
        model = TeamMember

    course = factory.SubFactory(CourseFactory)
    user = factory.SubFactory(UserFactory)
    duty = "lead"
    starts_on = dt.date(2020, 1, 1)


# --- sessions


class RoomFactory(DjangoModelFactory):
    class Meta:
        model = Room

    clinic = factory.SubFactory(ClinicFactory)
    name = factory.Sequence(lambda n: f"Room {n}")
    kind = "consulting"


class WorkingTimeFactory(DjangoModelFactory):
    class Meta:
        model = WorkingTime

    membership = factory.SubFactory(MembershipFactory)
    weekday = 0
    starts = dt.time(8)
    ends = dt.time(19)


class VisitFactory(DjangoModelFactory):
    class Meta:
        model = Visit

    course = factory.SubFactory(CourseFactory)
    code = "P1"
    kind = "preparation"
    title = "Preparation 1"
    starts_at = factory.LazyFunction(lambda: timezone.now().replace(minute=0, second=0, microsecond=0))
    ends_at = factory.LazyAttribute(lambda visit: visit.starts_at + dt.timedelta(minutes=90))


# --- sessions: the record


def dosing_visit(course, *, number: int = 1, starts_at: dt.datetime | None = None):
    """A dosing day of the course with its pair allocated, beginning now unless told otherwise."""
    from sessions.models import Allocation

    starts_at = starts_at or timezone.now().replace(second=0, microsecond=0)
    visit = VisitFactory(
        course=course,
        code=f"D{number}",
        kind="dosing",
        title=f"Dosing day {number}",
        dose_number=number,
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(hours=8),
    )
    for therapist in course.pair(starts_at.date()):
        Allocation.objects.create(visit=visit, therapist=therapist, during=(visit.starts_at, visit.ends_at))
    return visit


# --- reminders


class ReminderFactory(DjangoModelFactory):
    """Waiting and due, of a visit that is still ahead."""

    class Meta:
        model = Reminder

    visit = factory.SubFactory(VisitFactory, starts_at=factory.LazyFunction(lambda: timezone.now() + dt.timedelta(1)))
    clinic = factory.SelfAttribute("visit.course.clinic")
    kind = "two days before"
    schedule_version = factory.SelfAttribute("visit.schedule_version")
    due_at = factory.LazyFunction(lambda: timezone.now() - dt.timedelta(minutes=1))


# --- integration


def answers(total: int, instrument: str = "CAPS-5") -> dict[str, int]:
    """A whole sheet with this total; for CAPS-5 every further criterion is met. For C-SSRS: nothing reported."""
    if instrument == "C-SSRS":
        return {"1": 0, "2": 0, "6": 0}
    symptoms = {str(number): total // 20 + (number <= total % 20) for number in range(1, 21)}
    return symptoms | ({"A": 1, "F": 1, "23": 2, "24": 2, "25": 2} if instrument == "CAPS-5" else {})


def signed_sheet(visit, instrument: str, by, total: int = 40, **changes):
    """A signed sheet of a visit, put there without asking anybody."""
    from integration.models import Assessment

    day = visit.starts_at.astimezone(visit.course.clinic.zone).date()
    values = {
        "course": visit.course,
        "visit": visit,
        "instrument": instrument,
        "taken_on": day,
        "items": answers(total, instrument),
        "total": None if instrument == "C-SSRS" else total,
        "blinded": instrument == "CAPS-5",
        "begun_by": by,
        "begun_at": visit.starts_at,
        "signed_by": by,
        "signed_at": visit.ends_at,
    }
    return Assessment.objects.create(**values | changes)


# --- screening


def screened(course, *, by, at: dt.datetime | None = None, **changes):
    """Five unremarkable pieces of evidence and the consents of a course; `changes` as the demonstration's `record` takes them."""
    from mdmaat.development.demo import screening

    at = at or timezone.now()
    screening.record(course, by=by, at=at, **changes)
    screening.consent(course, by=by, at=at)
    return course


def decided(course, *, by, at: dt.datetime | None = None, eligible: bool = True, reason: str = ""):
    """The signed decision of a physician about a course."""
    from mdmaat.development.demo.screening import sign_decision

    at = at or timezone.now()
    return sign_decision(course, eligible=eligible, reason=reason, password=PASSWORD, by=by, at=at)


# --- reports


def issued_report(course, by, *, contents: str = "clinical", pdf: bytes = b"%PDF-1.7", number: int = 1):
    """A finished document of the whole course."""
    from reports.models import Report, Sheets
    from reports.rules.documents import code_from

    row = Report.objects.create(
        clinic=course.clinic,
        course=course,
        kind="course summary",
        contents=contents,
        version=number,
        code=code_from(number.to_bytes(10, "big")),
        requested_by=by,
        requested_at=timezone.now(),
        state="ready",
        is_draft=True,
        finished_at=timezone.now(),
        sha256=hashlib.sha256(pdf).hexdigest(),
    )
    Sheets.objects.create(report=row, pdf=pdf)
    return row


def imported_record(course, by):
    """A small record read into the course's chart, nothing of it confirmed yet."""
    from screening.actions.importing import read_in
    from tests import records

    who = records.patient(
        name=[{"given": [course.patient.given_name], "family": course.patient.family_name}],
        birthDate=course.patient.date_of_birth.isoformat(),
    )
    found = records.bundle(
        records.condition("flutter", records.coded(records.SNOMED, "5370000", "Atrial flutter")),
        records.prescription("venlafaxine", "Venlafaxine"),
        person=who,
    )
    done = read_in(
        course.clinic,
        file=records.file(found),
        limit=1_000_000,
        patient=course.patient,
        by=by,
        at=timezone.now(),
    )
    return done.batch
