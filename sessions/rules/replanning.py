"""Events as data: what `replan` reads beside an instance and its plan, and the difference it prints.

courses, event = what_happened(values, instance, plans)      values: parsed JSON that fits schema.EVENT
struck = after(event, courses)
difference(repaired(struck), struck)                         the answer as JSON values
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from accounts.rules.findings import Finding
from patients.rules.protocol import VisitKind
from sessions.rules.events import (
    CalledOff,
    ClinicClosed,
    Event,
    Lengthened,
    Moved,
    PersonAway,
    RoomAway,
    Washout,
)
from sessions.rules.instance import Instance, Misread, course_values, visit_values
from sessions.rules.intervals import Interval
from sessions.rules.openings import night_of
from sessions.rules.planning import Appointment, Duty, FallBack, Plan, Request
from sessions.rules.repair import Mended, Repair, Standing, price


def what_happened(
    values: Mapping[str, Any], instance: Instance, plans: Mapping[str, Plan]
) -> tuple[list[Standing], Event]:
    """The planned courses as they stand, and the event in JSON that fits schema.EVENT. Raises Misread."""
    now = datetime.fromisoformat(values["now"]).astimezone(UTC) if "now" in values else None
    announced = {(row["patient"], row["code"]) for row in values.get("announced", ())}
    stand_ins = tuple(values.get("stand_ins", ()))
    for n, key in enumerate(stand_ins):
        if key not in instance.people:
            raise Misread(f"$.stand_ins[{n}]", f"nobody has the key {key}")
    event = _read(values)
    _known(values, instance, plans)
    courses = []
    requests = _with_history(instance, plans, now)
    for patient, plan in plans.items():
        request = _standing(requests[patient], plan, now)
        if now is not None and isinstance(event, CalledOff) and event.course == patient:
            request = _called(request, plan, event.code)
        prices = {
            code: price(
                appointment,
                is_dosing=request.protocol.visit(code).kind is VisitKind.DOSING,
                is_announced=(patient, code) in announced,
                as_of=now or datetime.min.replace(tzinfo=UTC),
            )
            for code, appointment in request.current.items()
        }
        off = instance.off[patient]
        courses.append(Standing(patient, replace(request, prices=prices), stand_ins, off=off))
    return courses, event


def _with_history(instance: Instance, plans: Mapping[str, Plan], now: datetime | None) -> dict[str, Request]:
    """The requests with what has begun in the calendar, as what is held is: a day that goes on takes its people."""
    taken: dict[tuple[str, str], list[Interval]] = defaultdict(list)
    turnover = {space.key: space.turnover for space in instance.spaces}
    for patient, plan in plans.items():
        for code, done in _begun(plan, now).items():
            if code in instance.requests[patient].held:
                continue
            taken["patient", patient].append(done.interval)
            for _, key in done.people:
                taken["person", key].append(done.interval)
            if done.room is not None:
                taken["room", done.room].append(done.interval.lengthened(turnover[done.room]))
            if done.night is not None:
                night = night_of(done.end.astimezone(instance.house.zone).date(), instance.house)
                taken["night", done.night].append(night)

    def busy(kind: str, key: str, already: tuple[Interval, ...]) -> tuple[Interval, ...]:
        return tuple(sorted((*already, *taken[kind, key])))

    people = {
        key: replace(person, busy=busy("person", key, person.busy), outside=busy("night", key, person.outside))
        for key, person in instance.people.items()
    }
    spaces = tuple(replace(space, busy=busy("room", space.key, space.busy)) for space in instance.spaces)
    return {
        patient: replace(
            request,
            people=people,
            spaces=spaces,
            client=replace(request.client, busy=busy("patient", patient, request.client.busy)),
        )
        for patient, request in instance.requests.items()
    }


def _begun(plan: Plan, now: datetime | None) -> dict[str, Appointment]:
    return {a.code: a for a in plan.appointments if now is not None and a.start <= now}


def _standing(request: Request, plan: Plan, now: datetime | None) -> Request:
    """The request of a planned course: what has begun is held, the rest may move."""
    done = _begun(plan, now)
    held = {**request.held, **done}
    current = {a.code: a for a in plan.appointments if a.code not in held}
    first = min(request.first_day, *(a.start.date() for a in plan.appointments))
    earliest = max((moment for moment in (request.not_before, now) if moment is not None), default=None)
    placed = {*held, *current}
    visits = tuple(visit for visit in request.protocol.visits if visit.code in placed)
    return replace(
        request,
        protocol=replace(request.protocol, visits=visits),
        pairs=(plan.pair,),
        first_day=first,
        held=held,
        current=current,
        not_before=earliest,
        fall_backs={a.code: FallBack(stand_ins=others) for a in plan.appointments if (others := _others(a, plan))},
    )


def _others(appointment: Appointment, plan: Plan) -> tuple[str, ...]:
    """Who stands in for one of the pair already."""
    return tuple(key for duty, key in appointment.people if duty is not Duty.RATER and key not in plan.pair)


def _called(request: Request, plan: Plan, code: str) -> Request:
    """A visit that was missed has begun, but it is not history that stays."""
    held = {key: kept for key, kept in request.held.items() if key != code}
    return replace(request, held=held, current={**request.current, code: plan.appointment(code)})


def _read(values: Mapping[str, Any]) -> Event:
    kind, reason = values["kind"], values.get("reason", "")
    if kind in ("person away", "room away", "clinic closed"):
        first, last = _day(values["first"], "$.first"), _day(values["last"], "$.last")
        if last < first:
            raise Misread("$.last", "must not be earlier than first")
        if kind == "person away":
            return PersonAway(values["person"], first, last, reason)
        return (
            RoomAway(values["room"], first, last, reason) if kind == "room away" else ClinicClosed(first, last, reason)
        )
    patient = values["patient"]
    if kind == "washout":
        return Washout(patient, _day(values["clear_from"], "$.clear_from"))
    if kind == "move":
        return Moved(patient, values["code"], datetime.fromisoformat(values["start"]).astimezone(UTC))
    if kind == "lengthen":
        if values["minutes"] % 5:
            raise Misread("$.minutes", "must be a multiple of five")
        return Lengthened(patient, values["code"], values["minutes"])
    return CalledOff(patient, values["code"], values.get("again", True))


def _known(values: Mapping[str, Any], instance: Instance, plans: Mapping[str, Plan]) -> None:
    """Raises Misread for a person, a room, a patient or a visit that is not there."""
    if "person" in values and values["person"] not in instance.people:
        raise Misread("$.person", f"nobody has the key {values['person']}")
    if "room" in values and values["room"] not in {space.key for space in instance.spaces}:
        raise Misread("$.room", f"no room has the key {values['room']}")
    if "patient" in values and values["patient"] not in plans:
        raise Misread("$.patient", f"the plan has no course of {values['patient']}")
    if "code" in values:
        codes = {appointment.code for appointment in plans[values["patient"]].appointments}
        if values["code"] not in codes - set(instance.requests[values["patient"]].held):
            raise Misread("$.code", f"the plan has no visit {values['code']} that could still change")


def _day(text: str, path: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Misread(path, f"{text} is no day of the calendar") from error


def difference(repair: Repair, courses: Sequence[Standing]) -> dict[str, Any]:
    """Before and after of every visit that changes, what gave way, what is not repaired, and the whole plan."""
    mended = {course.key: course for course in repair.courses}
    return {
        "changes": [
            {
                "patient": course.key,
                "code": change.code,
                "before": None if change.was is None else visit_values(change.was),
                "after": visit_values(change.now),
                "reasons": list(change.reasons),
            }
            for course in repair.courses
            for change in course.changes
        ],
        "given_way": [
            {"patient": course.key, "code": finding.evidence, "sentence": finding.sentence}
            for course in repair.courses
            if course.plan is not None
            for finding in course.findings
        ],
        "unrepaired": [
            {"patient": course.key, "visits": list(course.troubled), "reasons": [_reason(f) for f in course.findings]}
            for course in repair.courses
            if course.plan is None
        ],
        "plan": {"courses": [_course(course, mended.get(course.key)) for course in courses]},
    }


def _course(course: Standing, mended: Mended | None) -> dict[str, Any]:
    """One course after the event: its new plan, or as it stood, without what is off."""
    request, plan = course.request, None
    if mended is not None and mended.plan is not None:
        request, plan = mended.request, mended.plan
    standing = plan.appointments if plan else (*request.held.values(), *request.current.values())
    whole = plan or Plan(request.pairs[0], tuple(standing), 0)
    return course_values(course.key, whole, request.fall_backs, course.off)


def _reason(finding: Finding) -> dict[str, str]:
    return {"code": finding.code, "sentence": finding.sentence, "decided_by": finding.decided_by}
