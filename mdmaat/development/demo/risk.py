"""Two courses that need care: one with high risk of suicide, and one whose patient wants less touch than before."""

import datetime as dt

from mdmaat.development.demo.people import House
from patients.models import Course
from screening.actions.alerts import acknowledge, raise_risk
from screening.actions.consents import narrow
from screening.actions.risk import keep_safety_plan
from screening.models import AlertReader
from screening.rules.candidate import ConsentKind
from screening.rules.suicide import Asked, Risk

PLAN = {
    "signs": "I stop answering the telephone.\nI lie awake and count what went wrong.",
    "coping": "A walk around the pond.\nThe breathing from the second session.",
    "places": "The library on Mill Lane.\nSunday lunch at my sister's.",
    "people": "Robin Fictional, 020 7946 0001\nMy neighbour, at any hour.",
    "professionals": "This clinic, 020 7946 0000\nThe crisis line and the emergency number on the card.",
    "safe": "Robin keeps the sleeping tablets and gives them out one by one until the next session.",
    "reasons": "My niece.\nThe garden in May.",
}


def high_risk(house: House, course: Course, now: dt.datetime) -> None:
    """A high C-SSRS this morning: a safety plan is made, the physician has answered, the pair has not yet."""
    lead = course.pair(house.today)[0]
    asked = now - dt.timedelta(hours=2)
    raise_risk(
        course,
        risk=Risk.HIGH,
        asked=Asked.MEASURE,
        reference="demonstration",
        evidence="C-SSRS by telephone: ideation 4 of 5, no behaviour",
        taken_on=asked.astimezone(house.clinic.zone).date(),
        by=lead,
        at=asked,
    )
    keep_safety_plan(course, words=PLAN, version=0, by=lead, at=asked + dt.timedelta(minutes=40))
    reader = AlertReader.objects.get(alert__course=course, duty="physician")
    done = "Called the patient and Robin at once. Safe tonight; both come in tomorrow at nine. No dosing until then."
    acknowledge(reader, done=done, by=reader.user, at=asked + dt.timedelta(minutes=15))


def less_touch(course: Course, now: dt.datetime) -> None:
    """The patient takes the shoulder back."""
    newest = course.consents.filter(kind=ConsentKind.TOUCH).order_by("at").last()
    keep = set(newest.scope) - {"shoulder"}
    narrow(newest, keep=keep, by=newest.by, at=now - dt.timedelta(days=1))
