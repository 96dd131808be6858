"""A proposed repair for a page: each course before and after, and every visit that changes with its reasons."""

from typing import Any

from django.http import HttpRequest

from patients.models import Course
from sessions.actions.pictures import doses_by_code, pictures_of, stops_of_plan, when
from sessions.actions.repairing import Proposed
from sessions.actions.roster import names_in
from sessions.models import Dose
from sessions.rules.planning import Appointment, Plan
from sessions.rules.repair import Change, Mended
from sessions.rules.ribbon import draw

Names = tuple[dict[str, str], dict[str, str]]


def preview(request: HttpRequest, proposed: Proposed) -> dict[str, Any]:
    """The context of `sessions/_repair.html`."""
    courses = [proposed.courses[mended.key] for mended in proposed.repair.courses]
    names = names_in(courses[0].clinic) if courses else ({}, {})
    before = pictures_of(courses, today=request.grant.on)
    doses = doses_by_code(courses)
    parts = [
        _part(request, proposed.courses[mended.key], mended, names, doses[int(mended.key)])
        | {"before": before[int(mended.key)]}
        for mended in proposed.repair.courses
    ]
    return {
        "repair": proposed.repair,
        "parts": parts,
        "count": proposed.repair.changes,
        "shown": proposed.repair.fingerprint,
        "mended": sum(part["is_mended"] for part in parts),
    }


def _part(
    request: HttpRequest, course: Course, mended: Mended, names: Names, doses: dict[str, list[Dose]]
) -> dict[str, Any]:
    part: dict[str, Any] = {
        "course": course,
        "is_mended": mended.plan is not None,
        "changes": [_row(course, change, names) for change in mended.changes],
        "findings": mended.findings,
        "troubled": mended.troubled,
        "deviations": [finding for finding in mended.findings if finding.code == "deviation"],
    }
    if mended.plan is not None:
        now = (*mended.request.held.values(), *mended.request.current.values())
        was = Plan(mended.plan.pair, now, 0)
        stops = stops_of_plan(course, mended.plan, before=was, held=tuple(mended.request.held), doses=doses)
        part["after"] = draw(stops, title=f"After the change, {course.patient}", today=request.grant.on)
    return part


def _row(course: Course, change: Change, names: Names) -> dict[str, Any]:
    people, rooms = names
    zone, visit = course.clinic.zone, course.plan.visit(change.code)

    def people_of(appointment: Appointment) -> list[str]:
        listed = [people.get(key, "") for _, key in appointment.people]
        beside = (("physician", appointment.cover), ("night", appointment.night))
        return [*listed, *(f"{what} {people.get(key, '')}" for what, key in beside if key)]

    was, present = change.was, people_of(change.now)
    return {
        "code": change.code,
        "kind": visit.kind.value,
        "title": visit.title,
        "was": when(was.start.astimezone(zone)) if was else "",
        "now": when(change.now.start.astimezone(zone)),
        "minutes": int((change.now.end - change.now.start).total_seconds() // 60),
        "is_moved": change.is_moved,
        "is_longer": was is not None and was.end - was.start != change.now.end - change.now.start,
        "room": rooms.get(change.now.room or "", ""),
        "old_room": rooms.get(was.room or "", "") if was else "",
        "people": present,
        "instead_of": [name for name in people_of(was) if name not in present] if was else [],
        "reasons": change.reasons,
    }
