"""One course with a record of every kind, marked with canaries, and the path of every URL that leads to it."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.urls import URLResolver, get_resolver, reverse
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
    now, lead = timezone.now(), people["lead"]
    mark(course)
    chart = of_the_chart(course)
    talk, rating, dosing = visits_of(course, now)
    book(people, talk, dosing)
    write_note(talk)
    values = {
        **chart,
        **of_the_people(lead),
        "visits": talk.public_id,
        **of_integration(course, talk, by=lead, at=now),
        **of_reminders(course, talk, at=now),
        **of_the_calendar(course, talk, by=lead, at=now),
        **of_planning(course, by=people["coordinator"], at=now),
        "events": talk.events.create(kind="late start", minutes=5, reason="Traffic", by=lead, at=now).public_id,
        "reports": issued_report(course, lead).public_id,
        **of_screening(course, people, at=now),
        "keys": 1,
    }
    token = issue(lead.memberships.get(), by=lead, at=now)
    return World(people, values=values, special=special(course, rating, dosing, token=token))


def mark(course):
    """The canaries of the patient and of the approval: what a page of somebody who may not see them must not hold."""
    Patient.objects.filter(pk=course.patient.pk).update(family_name=CANARY_NAME, phone=CANARY_PHONE)
    CourseApproval.objects.filter(course=course).update(reference=CANARY_JUDGEMENT)


def of_the_chart(course):
    patient, protocol = course.patient, course.protocol
    return {
        "courses": course.public_id,
        "patients": patient.public_id,
        "contacts": patient.contacts.first().public_id,
        "medicines": MedicineFactory(patient=patient).public_id,
        "protocols": protocol.code,
        protocol.code: protocol.version,
    }


def of_the_people(lead):
    member = lead.memberships.get().public_id
    return {"people": member, "working-hours": member}


def visits_of(course, now):
    """A talk today, a rating tomorrow, and a dosing day after that."""
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
    return talk, rating, dosing


def book(people, *visits):
    """The pair for each visit."""
    for visit in visits:
        for user in (people["lead"], people["second"]):
            Allocation.objects.create(visit=visit, therapist=user, during=(visit.starts_at, visit.ends_at))


def write_note(visit):
    session = TherapySession.objects.create(visit=visit, state="open")
    Note.objects.create(session=session, kind="record", text=CANARY_NOTE)


def of_integration(course, talk, *, by, at):
    record_insight(course, text=CANARY_INSIGHT, visit=talk, by=by, at=at)
    practice = begin_practice(course, title="A walk", times_a_week=2, started_on=timezone.localdate(), by=by, at=at)
    return {"practices": practice.public_id}


def of_reminders(course, talk, *, at):
    first_kind = Reminder._meta.get_field("kind").choices[0][0]
    reminder = Reminder.objects.create(clinic=course.clinic, visit=talk, kind=first_kind, schedule_version=1, due_at=at)
    return {"reminders": reminder.public_id}


def of_the_calendar(course, talk, *, by, at):
    leave = Leave.objects.create(membership=by.memberships.get(), starts_on=_days(at, 40), ends_on=_days(at, 41))
    change = Rearrangement.objects.create(clinic=course.clinic, kind="moved", at=at)
    change.changes.create(visit=talk, before=values_of(talk), after=values_of(talk), version=1, reason=CANARY_NOTE)
    gathering = Gathering.objects.create(
        clinic=course.clinic, kind="supervision", starts_at=_days(at, 5), ends_at=_days(at, 5.1)
    )
    return {"leave": leave.public_id, "changes": change.public_id, "gatherings": gathering.public_id}


def of_planning(course, *, by, at):
    run = PlanningRun.objects.create(
        clinic=course.clinic, asked_by=by, asked_at=at, first_day=_days(at, 7), last_start=_days(at, 90)
    )
    run.courses.create(course=course)
    return {"waiting": run.public_id}


def of_screening(course, people, *, at):
    lead, physician = people["lead"], people["physician"]
    call = PreScreen.objects.create(
        clinic=course.clinic,
        protocol=course.protocol,
        name=CANARY_NAME,
        phone=CANARY_PHONE,
        outcome="intake",
        by=lead,
        at=at,
    )
    raise_risk(
        course,
        risk=Risk.HIGH,
        asked=Asked.MEASURE,
        reference="walk",
        evidence=CANARY_RISK,
        taken_on=timezone.localdate(),
        by=lead,
        at=at,
    )
    imported = imported_record(course, physician)
    text = published_text(course.clinic, ConsentKind.TOUCH, by=physician, at=at)
    return {
        "evidence": "ecg",
        "judge": "P19",
        "prescreens": call.public_id,
        "alerts": course.alerts.get().public_id,
        "imports": imported.public_id,
        "lines": imported.lines.order_by("pk").last().public_id,
        "consent-texts": text.public_id,
    }


def special(course, rating, dosing, *, token):
    dosing_day = {"public_id": dosing.public_id}
    names = ("dosing", "flow", "check", "clear", "dose", "withhold", "vital", "effect", "effect_end", "touch")
    return {
        **{f"sessions:{name}": dosing_day for name in names},
        "integration:assess": {"public_id": course.public_id, "instrument": "caps-5", "visit_id": rating.public_id},
        "sessions:feed": {"token": token},
        "patients:protocol": {"code": course.protocol.code, "number": course.protocol.version},
    }


def _days(now, days):
    return now + dt.timedelta(days=days)
