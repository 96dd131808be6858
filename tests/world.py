"""One course with a record of every kind, marked with canaries, and the path of every URL that leads to it."""

from dataclasses import dataclass, field
from typing import Any

from django.urls import URLResolver, get_resolver, reverse

CANARY_NAME = "Canary-Quillfeather"
CANARY_PHONE = "020 7946 0777"
CANARY_WORDS = "Canary-Larkspur said it aloud"
CANARIES = [CANARY_NAME, CANARY_PHONE, CANARY_WORDS]


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
    values: dict[str, list[Any]] = field(default_factory=dict)
    # View name -> keyword arguments, where the route alone does not say which record it wants.
    special: dict[str, dict[str, Any]] = field(default_factory=dict)

    def path(self, name):
        if name in self.special:
            return reverse(name, kwargs=self.special[name])
        route = dict(routes())[name]
        arguments, last = {}, ""
        for segment in route.strip("^$").split("/"):
            if segment.startswith("<"):
                values = self.values[last]
                arguments[segment.strip("<>").split(":")[-1]] = values[min(len(arguments), len(values) - 1)]
            elif segment:
                last = segment
        return reverse(name, kwargs=arguments)


def build_world(course, people):
    from patients.models import Patient
    from tests.factories import MedicineFactory, RoomFactory, VisitFactory

    patient = course.patient
    Patient.objects.filter(pk=patient.pk).update(family_name=CANARY_NAME, phone=CANARY_PHONE)
    contact = patient.contacts.first()
    medicine = MedicineFactory(patient=patient)
    room = RoomFactory(clinic=course.clinic, kind="dosing")
    visit = VisitFactory(course=course)
    values = {
        "courses": [course.public_id],
        "patients": [patient.public_id],
        "visits": [visit.public_id],
        "contacts": [contact.public_id],
        "medicines": [medicine.public_id],
        "rooms": [room.public_id],
        "people": [people["lead"].memberships.get().public_id],
        "evidence": ["ecg"],
        "judge": ["P17"],
        "protocols": [course.protocol.code, course.protocol.version],
    }
    special = integration_records(visit, people, values)
    papers(visit, people, values)
    return World(people, values, special)


def integration_records(visit, people, values):
    """A signed sheet, an insight and a practice of the course."""
    from django.utils import timezone

    from integration.models import Insight, Practice
    from tests.factories import signed_sheet

    lead, course, at = people["lead"], visit.course, timezone.now()
    signed_sheet(visit, "PCL-5", lead)
    Insight.objects.create(course=course, text=CANARY_WORDS, by=lead, at=at)
    practice = Practice.objects.create(course=course, title=CANARY_WORDS, started_on=at.date(), by=lead, at=at)
    values["practices"] = [practice.public_id]
    sheet = {"public_id": course.public_id, "instrument": "pcl-5", "visit_id": visit.public_id}
    return {"integration:assess": sheet}


def papers(visit, people, values):
    """A finished document that holds nothing clinical, and a reminder that somebody has to settle."""
    from tests.factories import ReminderFactory, issued_report

    values["reports"] = [issued_report(visit.course, people["lead"], contents="office").public_id]
    values["reminders"] = [ReminderFactory(visit=visit, state="unknown").public_id]
