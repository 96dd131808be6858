"""What a patient asks of their two therapists, and how urgent their course is."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts.actions.editing import edit
from accounts.models import Clinic, Membership, User
from accounts.rules.access import Role
from accounts.rules.findings import Refused, refusal
from patients.models import Course
from sessions.models import Preference


def to_ask_for(clinic: Clinic, on: dt.date) -> tuple[QuerySet[User], list[str]]:
    """The therapists whom a patient may ask for, and every trait that one of them has on record."""
    members = Membership.objects.filter(clinic=clinic).holding(Role.THERAPIST, on)
    traits = sorted({trait for row in members for trait in row.traits})
    return User.objects.filter(pk__in=members.values("user")).order_by("name", "pk"), traits


@transaction.atomic
def add_preference(
    course: Course, *, of: str, trait: str, person: User | None, must: bool, by: User, at: dt.datetime
) -> Preference:
    """Something a patient asks for. Raises Refused when they have asked about the same thing already."""
    try:
        with transaction.atomic():
            return Preference.objects.create(course=course, of=of, trait=trait, person=person, must=must)
    except IntegrityError as problem:
        sentence = f"There is a preference about {person or trait} already. Take it back first."
        raise Refused([refusal("asked_already", sentence)]) from problem


@transaction.atomic
def change_must(preference: Preference, *, must: bool, version: int, by: User, at: dt.datetime) -> None:
    """Make a wish something that must be, or the other way. Raises Stale when somebody was faster."""
    edit(preference, version=version, by=by, must=must)


@transaction.atomic
def take_back_preference(preference: Preference, *, by: User, at: dt.datetime) -> None:
    """The patient does not ask for it any more; the audit keeps that they did."""
    preference.delete()


@transaction.atomic
def change_priority(course: Course, *, priority: int, version: int, by: User, at: dt.datetime) -> None:
    """How much a day of waiting counts for this course. Raises Stale when somebody was faster."""
    edit(course, version=version, by=by, priority=priority)
