"""One course with a record of every kind, marked with canaries, and the path of every URL that leads to it."""

from dataclasses import dataclass, field
from typing import Any

from django.urls import URLResolver, get_resolver, reverse

CANARY_NAME = "Canary-Quillfeather"
CANARY_PHONE = "020 7946 0777"
CANARY_NOTE = "canary-note-of-the-pair"
CANARY_INSIGHT = "canary-insight-said-aloud"
CANARY_JUDGEMENT = "canary-approval-reference"
CANARY_RISK = "canary-said-about-suicide"
CANARIES = [CANARY_NAME, CANARY_PHONE, CANARY_NOTE, CANARY_INSIGHT, CANARY_JUDGEMENT, CANARY_RISK]


def routes(resolver=None, namespace="", route=""):
    """Every named URL as (view name, whole route)."""
    for pattern in (resolver or get_resolver()).url_patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace, here)
        else:
            yield f"{namespace}{pattern.name}", here


@dataclass
class World:
    people: dict[str, Any]
    # What stands before a converter in a route -> the values that follow it.
    values: dict[str, Any] = field(default_factory=dict)
    # View name -> keyword arguments, where the route alone does not say which record it wants.
    special: dict[str, dict[str, Any]] = field(default_factory=dict)

    def path(self, name):
        if name in self.special:
            return reverse(name, kwargs=self.special[name])
        route = dict(routes())[name]
        arguments, last = {}, ""
        for segment in route.strip("^$").split("/"):
            if segment.startswith("<"):
                arguments[segment.strip("<>").split(":")[-1]] = self.values[last]
            elif segment:
                last = segment
        return reverse(name, kwargs=arguments)


def build_world(course, people):
    """Rows of every kind that a URL can name, all of one course."""
    from django.utils import timezone

    from integration.actions.practices import begin_practice, record_insight
    from mdmaat.development.demo.screening import published_text
    from patients.models import CourseApproval, Patient
    from reminders.models import Reminder
    from screening.actions.alerts import raise_risk
    from screening.models import PreScreen
    from screening.rules.candidate import ConsentKind
    from screening.rules.suicide import Asked, Risk
    from sessions.actions.feeds import issue
    from sessions.actions.writing import values_of
    from sessions.models import Allocation, Gathering, Leave, Note, PlanningRun, Rearrangement, TherapySession
    from tests.factories import MedicineFactory, RoomFactory, VisitFactory, imported_record, issued_report

    now, patient, lead = timezone.now(), course.patient, people["lead"]
    Patient.objects.filter(pk=patient.pk).update(family_name=CANARY_NAME, phone=CANARY_PHONE)
    CourseApproval.objects.filter(course=course).update(reference=CANARY_JUDGEMENT)
    medicine = MedicineFactory(patient=patient)
    room = RoomFactory(clinic=course.clinic, kind="dosing")
    talk = VisitFactory(course=course)
    rating = VisitFactory(course=course, code="R0", kind="rating", title="Baseline", starts_at=_days(now, 1))
    dosing = VisitFactory(
        course=course,
        code="D1",
        kind="dosing",
        title="Dosing day 1",
        dose_number=1,
        room=room,
        starts_at=_days(now, 2),
        ends_at=_days(now, 2.4),
    )
    for visit in (talk, dosing):
        for user in (lead, people["second"]):
            Allocation.objects.create(visit=visit, therapist=user, during=(visit.starts_at, visit.ends_at))
    session = TherapySession.objects.create(visit=talk, state="open")
    Note.objects.create(session=session, kind="record", text=CANARY_NOTE)
    record_insight(course, text=CANARY_INSIGHT, visit=talk, by=lead, at=now)
    practice = begin_practice(course, title="A walk", times_a_week=2, started_on=timezone.localdate(), by=lead, at=now)
    reminder = Reminder.objects.create(
        clinic=course.clinic,
        visit=talk,
        kind=Reminder._meta.get_field("kind").choices[0][0],
        schedule_version=1,
        due_at=now,
    )
    leave = Leave.objects.create(membership=lead.memberships.get(), starts_on=_days(now, 40), ends_on=_days(now, 41))
    change = Rearrangement.objects.create(clinic=course.clinic, kind="moved", at=now)
    change.changes.create(visit=talk, before=values_of(talk), after=values_of(talk), version=1, reason=CANARY_NOTE)
    gathering = Gathering.objects.create(
        clinic=course.clinic, kind="supervision", starts_at=_days(now, 5), ends_at=_days(now, 5.1)
    )
    run = PlanningRun.objects.create(
        clinic=course.clinic,
        asked_by=people["coordinator"],
        asked_at=now,
        first_day=_days(now, 7),
        last_start=_days(now, 90),
    )
    run.courses.create(course=course)
    event = talk.events.create(kind="late start", minutes=5, reason="Traffic", by=lead, at=now)
    report = issued_report(course, lead)
    call = PreScreen.objects.create(
        clinic=course.clinic,
        protocol=course.protocol,
        name=CANARY_NAME,
        phone=CANARY_PHONE,
        outcome="intake",
        by=lead,
        at=now,
    )
    raise_risk(
        course,
        risk=Risk.HIGH,
        asked=Asked.MEASURE,
        reference="walk",
        evidence=CANARY_RISK,
        taken_on=timezone.localdate(),
        by=lead,
        at=now,
    )
    imported = imported_record(course, people["physician"])
    text = published_text(course.clinic, ConsentKind.TOUCH, by=people["physician"], at=now)
    token = issue(lead.memberships.get(), by=lead, at=now)
    dosing_day = {"public_id": dosing.public_id}
    assess = {"public_id": course.public_id, "instrument": "caps-5", "visit_id": rating.public_id}
    names = ("dosing", "flow", "check", "clear", "dose", "withhold", "vital", "effect", "effect_end", "touch")
    return World(
        people,
        values={
            "courses": course.public_id,
            "patients": patient.public_id,
            "visits": talk.public_id,
            "contacts": patient.contacts.first().public_id,
            "medicines": medicine.public_id,
            "people": lead.memberships.get().public_id,
            "protocols": course.protocol.code,
            course.protocol.code: course.protocol.version,
            "evidence": "ecg",
            "judge": "P19",
            "practices": practice.public_id,
            "reminders": reminder.public_id,
            "reports": report.public_id,
            "leave": leave.public_id,
            "changes": change.public_id,
            "gatherings": gathering.public_id,
            "waiting": run.public_id,
            "working-hours": lead.memberships.get().public_id,
            "events": event.public_id,
            "prescreens": call.public_id,
            "keys": 1,
            "alerts": course.alerts.get().public_id,
            "imports": imported.public_id,
            "lines": imported.lines.order_by("pk").last().public_id,
            "consent-texts": text.public_id,
        },
        special={
            **{f"sessions:{name}": dosing_day for name in names},
            "integration:assess": assess,
            "sessions:feed": {"token": token},
            "patients:protocol": {"code": course.protocol.code, "number": course.protocol.version},
        },
    )


def _days(now, days):
    import datetime as dt

    return now + dt.timedelta(days=days)
