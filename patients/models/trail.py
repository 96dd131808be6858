"""What happened to one chart: every change the audit kept and every opening, in one order, in words."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Value
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import Change, Grant, Opening, User, grant_for
from patients.models.patient import Patient

VERBS = {"INSERT": "Added", "UPDATE": "Changed", "DELETE": "Removed"}
# Columns that tell a reader nothing.
UNTOLD = {"id", "public_id", "version", "recorded_at"}
CONCEALED = "sha256:"
# The patient's own times are kept by the number of the weekday.
WEEKDAYS = {str(number): name for number, name in enumerate(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))}


@dataclass(frozen=True, slots=True)
class Line:
    """One column that changed; None where it had no value before, or has none now."""

    title: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody did something to the chart."""

    at: dt.datetime
    who: str
    verb: str
    what: str
    reason: str
    lines: tuple[Line, ...]
    # Titles of what changed, where this reader may not see the values.
    untold: tuple[str, ...]


class Trail:
    """The trail of one patient, newest first: counted and sliced like a QuerySet, so that a Paginator can page it."""

    def __init__(
        self, patient: Patient, *, kind: str = "", who: User | None = None, readable: Collection[str] = ()
    ) -> None:
        """`kind` is "changes", "openings" or both; `readable` names the tables whose values this reader may see."""
        changes = Change.objects.of_patient(patient.pk).order_by()
        openings = Opening.objects.of_patient(patient.pk).order_by()
        if who:
            changes, openings = changes.filter(actor=who), openings.filter(by=who)
        columns = [
            rows.annotate(kind_of_row=Value(name)).values_list("at", "pk", "kind_of_row")
            for rows, name in ((changes, "changes"), (openings, "openings"))
            if kind in ("", name)
        ]
        self._rows = columns[0].union(*columns[1:], all=True) if len(columns) > 1 else columns[0]
        self._readable = readable

    def count(self) -> int:
        return self._rows.count()

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, part: slice) -> list[Entry]:
        rows = list(self._rows.order_by("-at")[part])
        changes = Change.objects.select_related("actor").in_bulk([pk for _, pk, kind in rows if kind == "changes"])
        openings = Opening.objects.select_related("by").in_bulk([pk for _, pk, kind in rows if kind == "openings"])
        people = _people_named(changes.values())
        return [
            _changed(changes[pk], people, self._readable) if kind == "changes" else _opened(openings[pk])
            for _, pk, kind in rows
        ]


def people_of(patient: Patient) -> models.QuerySet:
    """Everybody who changed or opened the chart."""
    changed = Change.objects.of_patient(patient.pk).order_by().values("actor")
    opened = Opening.objects.of_patient(patient.pk).order_by().values("by")
    return User.objects.filter(models.Q(pk__in=changed) | models.Q(pk__in=opened)).order_by("name")


def _opened(opening: Opening) -> Entry:
    return Entry(opening.at, str(opening.by), "Opened", opening.what, "", (), ())


def _changed(change: Change, people: dict[int, str], readable: Collection[str]) -> Entry:
    model = _model_of(change.relation)
    who = str(change.actor) if change.actor else change.process.removeprefix("process:").capitalize()
    what = str(model._meta.verbose_name) if model else change.relation
    was, now = change.was or {}, change.now_is or {}
    fields = [field for field in (model._meta.concrete_fields if model else []) if _is_told(field, was, now)]
    if change.relation not in readable:
        return Entry(change.at, who, VERBS[change.kind], what, "", (), tuple(_title(field) for field in fields))
    lines = tuple(
        Line(
            _title(field), _worded(field, was.get(field.column), people), _worded(field, now.get(field.column), people)
        )
        for field in fields
    )
    return Entry(change.at, who, VERBS[change.kind], what, change.reason, lines, ())


def _is_told(field: models.Field, was: dict[str, Any], now: dict[str, Any]) -> bool:
    if field.name in UNTOLD or (field.is_relation and field.related_model is not User):
        return False
    empty = (None, "", {}, [])
    return was.get(field.column) not in empty or now.get(field.column) not in empty


def _title(field: models.Field) -> str:
    title = str(field.verbose_name)
    return title[:1].upper() + title[1:]


def _worded(field: models.Field, value: Any, people: dict[int, str]) -> str | None:
    if value is None or value == "" or value == {} or value == []:
        return None
    if isinstance(value, str) and value.startswith(CONCEALED):
        return "(text not shown)"
    if field.is_relation:
        return people.get(value, "somebody")
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(field, models.DateTimeField):
        return date_format(timezone.localtime(dt.datetime.fromisoformat(value)), "D j M Y, H:i")
    if isinstance(field, models.DateField):
        return date_format(dt.date.fromisoformat(value), "j M Y")
    if isinstance(field, models.TimeField):
        return str(value)[:5]
    if isinstance(value, dict):
        return "; ".join(f"{WEEKDAYS.get(key, key)} {_flat(part)}" for key, part in value.items())
    return _flat(value)


def _flat(value: Any) -> str:
    if not isinstance(value, list):
        return str(value)
    is_span = len(value) == 2 and not any(isinstance(part, list) for part in value)
    return ("–" if is_span else ", ").join(_flat(part) for part in value)


def _model_of(relation: str) -> type[models.Model] | None:
    return next((model for model in apps.get_models() if model._meta.db_table == relation), None)


def _people_named(changes: Collection[Change]) -> dict[int, str]:
    """Names of the users that changed columns point to, in one query."""
    keys: set[int] = set()
    for change in changes:
        model = _model_of(change.relation)
        for field in model._meta.concrete_fields if model else []:
            if field.is_relation and field.related_model is User:
                keys |= {
                    values[field.column]
                    for values in (change.was, change.now_is)
                    if values and values.get(field.column)
                }
    return {user.pk: str(user) for user in User.objects.filter(pk__in=keys)}


def tables_readable_by(user: User, patient: Patient, on: dt.date) -> set[str]:
    """The tables whose values this person may see in the patient's trail: those that some page they may open shows.

    A page that opens to a care team is one they may open only when they are on a team of this patient.
    """
    names = {model._meta.db_table: _page_of(model) for model in apps.get_models()}
    pages = {page for page in names.values() if page}
    reached = {page for page in pages if _reaches(grant_for(user, page, on), patient)}
    return {table for table, page in names.items() if page in reached}


def _reaches(grant: Grant, patient: Patient) -> bool:
    if patient.clinic_id in grant.clinics:
        return True
    return patient.clinic_id in grant.team_clinics and Patient.objects.visible_to(grant).filter(pk=patient.pk).exists()


def _page_of(model: type[models.Model]) -> str | None:
    """The page of the access table that shows what this table holds; None: never told here."""
    room, name = model._meta.app_label, model._meta.model_name or ""
    if room == "therapy_sessions":
        return {"visit": "sessions:visit", "allocation": "sessions:visit"}.get(name) or (
            "sessions:note" if any(word in name for word in ("note", "addendum", "signature")) else "sessions:dosing"
        )
    if room == "integration":
        return (
            "integration:insights" if any(word in name for word in ("insight", "practice")) else "integration:outcomes"
        )
    return {"patients": "patients:changes", "screening": "screening:course", "reminders": "reminders:course"}.get(room)
