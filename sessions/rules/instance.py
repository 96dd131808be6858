"""A clinic and its requests as data: what `plan`, `replan` and `check_plan` read, without a database.

    instance = instance_of(values, {"mapp3": protocol})    values: parsed JSON that fits schema.INSTANCE
    instance.requests["patient 7"]                         what plan_course takes; people and rooms know all bookings
    plan_in(values, instance)                              {patient: Plan} from parsed JSON that fits schema.PLAN
    course_values("patient 7", plan)                       a plan as JSON values

Requests of one instance share their people, rooms and house (the same objects), so that what is worked out for one can
serve all. Bookings are in `busy` of the people, rooms and patients they take; those of kind `outside` are in
`Person.outside`. A room's booking includes its turnover. Held visits are booked as well.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from accounts.rules.findings import Mark, Source
from patients.rules.protocol import Figure, Protocol, RoomKind, VisitKind, VisitPlan
from sessions.rules.intervals import Interval
from sessions.rules.planning import (
    Absence,
    Appointment,
    Client,
    Credential,
    Duty,
    FallBack,
    Hours,
    House,
    Person,
    Plan,
    Request,
    Space,
    Visits,
    Week,
    Weights,
)
from sessions.rules.preferences import Of, Preference, admissible, missed
from sessions.rules.repair import lasting
from sessions.rules.schema import WEEKDAYS

Values = Mapping[str, Any]
NEEDS = {"therapist": ("licence", "training"), "physician": ("licence",)}
WRITTEN = Source("the instance", Mark.NOT_VERIFIED)
FIRST_YEAR, LAST_YEAR = 1970, 2199
LONGEST = 3 * 366  # days from the first request's first day to the last start of any
DUTIES = (Duty.LEAD, Duty.SECOND, Duty.RATER)


class Misread(Exception):
    """Input that cannot be used: where ($.people[3].hours), and why."""

    def __init__(self, path: str, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"{path}: {reason}")


@dataclass(frozen=True, slots=True)
class Instance:
    """A clinic with everything that is booked in it, and the courses to be planned, by patient, in their order."""

    protocol: Protocol | Visits
    house: House
    people: dict[str, Person]
    spaces: tuple[Space, ...]
    requests: dict[str, Request]
    off: dict[str, frozenset[str]]  # visits that a request holds only because others are counted from them


def instance_of(values: Values, protocols: Mapping[str, Protocol]) -> Instance:
    """The instance in parsed JSON that fits `schema.INSTANCE`. Raises Misread for what a schema cannot see."""
    return _Reader(values, protocols).instance()


def plan_in(values: Values, instance: Instance) -> dict[str, Plan]:
    """The plans in parsed JSON that fits `schema.PLAN`, by patient. Raises Misread."""
    plans: dict[str, Plan] = {}
    for number, course in enumerate(values["courses"]):
        path = f"$.courses[{number}]"
        if course["patient"] not in instance.requests:
            raise Misread(f"{path}.patient", f"no request is for {course['patient']}")
        if course["patient"] in plans:
            raise Misread(f"{path}.patient", f"{course['patient']} is planned twice")
        visits = [appointment_of(visit, f"{path}.visits[{n}]") for n, visit in enumerate(course["visits"])]
        lead, second = course["pair"]
        plans[course["patient"]] = Plan((lead, second), tuple(visits), course.get("cost", 0))
    return plans


def appointment_of(visit: Values, path: str) -> Appointment:
    """One visit as JSON has it."""
    interval = _interval(visit, path)
    people = tuple((duty, visit[duty.value]) for duty in DUTIES if duty.value in visit)
    room, cover, night = visit.get("room"), visit.get("physician"), visit.get("night")
    return Appointment(visit["code"], interval.start, interval.end, people, room, cover, night)


def course_values(
    patient: str,
    plan: Plan,
    fall_backs: Mapping[str, FallBack] = MappingProxyType({}),
    off: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """A plan as JSON values, its visits in the order of time; who stands in is said where the fall-backs allow it.

    Visits that are `off` are left out: a request holds them only because others are counted from them.
    """
    visits = []
    there = [appointment for appointment in plan.appointments if appointment.code not in off]
    for appointment in sorted(there, key=lambda appointment: appointment.start):
        values = visit_values(appointment)
        may = fall_backs[appointment.code].stand_ins if appointment.code in fall_backs else ()
        therapists = [key for duty, key in appointment.people if duty in (Duty.LEAD, Duty.SECOND)]
        if strange := [key for key in therapists if key in may and key not in plan.pair]:
            values["stand_in"] = strange[0]
        visits.append(values)
    return {"patient": patient, "pair": list(plan.pair), "cost": plan.cost, "visits": visits}


def visit_values(appointment: Appointment) -> dict[str, Any]:
    found = {
        "code": appointment.code,
        "start": appointment.start.astimezone(UTC).isoformat(),
        "end": appointment.end.astimezone(UTC).isoformat(),
        **{duty.value: key for duty, key in appointment.people},
    }
    beside = {"room": appointment.room, "physician": appointment.cover, "night": appointment.night}
    return found | {name: key for name, key in beside.items() if key is not None}


class _Reader:
    def __init__(self, values: Values, protocols: Mapping[str, Protocol]) -> None:
        self.values, self.protocols = values, protocols
        self.zone = _zone(values["clinic"]["zone"])
        self.roles: dict[str, list[str]] = defaultdict(list)
        self.busy: dict[tuple[str, str], list[Interval]] = defaultdict(list)

    def instance(self) -> Instance:
        keys = self._keys("people", "key") | self._keys("rooms", "key")
        patients = self._keys("requests", "patient")
        for person in self.values["people"]:
            for role in person["roles"]:
                self.roles[role].append(person["key"])
        self._read_bookings(keys, patients)
        house = self._house()
        protocol = self._protocol()
        people = {row["key"]: self._person(row, f"$.people[{n}]") for n, row in enumerate(self.values["people"])}
        spaces = tuple(self._space(row, f"$.rooms[{n}]") for n, row in enumerate(self.values["rooms"]))
        weights = Weights(**self.values.get("weights", {}))
        requests = {
            row["patient"]: self._request(row, f"$.requests[{n}]", protocol, house, people, spaces, weights)
            for n, row in enumerate(self.values["requests"])
        }
        first = min((request.first_day for request in requests.values()), default=None)
        for n, request in enumerate(requests.values()):
            if first is not None and max((request.last_start - first).days, (request.first_day - first).days) > LONGEST:
                raise Misread(f"$.requests[{n}].last_start", f"is more than three years after {first}")
        off = {row["patient"]: frozenset(row.get("stood", ())) for row in self.values["requests"]}
        return Instance(protocol, house, people, spaces, requests, off)

    def _keys(self, name: str, key: str) -> set[str]:
        found: set[str] = set()
        for number, row in enumerate(self.values[name]):
            if row[key] in found:
                raise Misread(f"$.{name}[{number}].{key}", f"{row[key]} is there twice")
            found.add(row[key])
        return found

    def _read_bookings(self, keys: set[str], patients: set[str]) -> None:
        turnover = {room["key"]: room.get("turnover", 0) for room in self.values["rooms"]}

        def book(interval: Interval, path: str, people: list[str], room: str | None, outside: bool) -> None:
            for key in [*people, *([room] if room else [])]:
                if key not in keys:
                    raise Misread(path, f"nobody and no room has the key {key}")
            for key in people:
                self.busy["outside" if outside else "person", key].append(interval)
            if room is not None:
                self.busy["room", room].append(interval.lengthened(turnover.get(room, 0)))

        for number, row in enumerate(self.values.get("bookings", ())):
            path = f"$.bookings[{number}]"
            interval = _interval(row, path)
            book(interval, path, row.get("people", []), row.get("room"), row["kind"] == "outside")
            for patient in row.get("patients", ()):
                self.busy["patient", patient].append(interval)
        for number, row in enumerate(self.values["requests"]):
            for n, visit in enumerate(row.get("held", ())):
                path = f"$.requests[{number}].held[{n}]"
                kept = appointment_of(visit, path)
                book(kept.interval, path, [key for _, key in kept.people], kept.room, outside=False)

    def _house(self) -> House:
        clinic = self.values["clinic"]
        opens, closes = _hours((clinic["opens"], clinic["closes"]), "$.clinic")
        closures = {
            _day(row["day"], f"$.clinic.closures[{n}].day"): row.get("name", "closed")
            for n, row in enumerate(clinic.get("closures", ()))
        }
        return House(self.zone, opens, closes, closures)

    def _protocol(self) -> Protocol | Visits:
        asked = self.values["protocol"]
        if isinstance(asked, str):
            if asked not in self.protocols:
                raise Misread("$.protocol", f"{asked} is none of {', '.join(sorted(self.protocols))}")
            return self.protocols[asked]
        visits = tuple(_visit_plan(row, f"$.protocol.visits[{n}]") for n, row in enumerate(asked["visits"]))
        codes = [visit.code for visit in visits]
        for n, visit in enumerate(visits):
            path = f"$.protocol.visits[{n}]"
            if visit.code in codes[:n]:
                raise Misread(f"{path}.code", f"{visit.code} is there twice")
            if visit.anchor is not None and visit.anchor not in codes[:n]:
                raise Misread(f"{path}.anchor", f"{visit.anchor} is no earlier visit")
            if visit.before is not None and visit.before not in codes[n + 1 :]:
                raise Misread(f"{path}.before", f"{visit.before} is no later visit")
        return Visits(asked.get("code", "inline"), visits)

    def _person(self, row: Values, path: str) -> Person:
        needs = self.values.get("needs", NEEDS)
        hours = row.get("weekly_hours")
        return Person(
            key=row["key"],
            name=row["name"],
            hours=_week(row["hours"], f"{path}.hours"),
            absences=tuple(_absence(away, f"{path}.leave[{n}]") for n, away in enumerate(row.get("leave", ()))),
            busy=tuple(sorted(self.busy["person", row["key"]])),
            credentials=tuple(
                Credential(held["kind"], held.get("title", held["kind"]), _until(held, f"{path}.credentials[{n}]"))
                for n, held in enumerate(row.get("credentials", ()))
            ),
            needs=tuple(sorted({kind for role in row["roles"] for kind in needs.get(role, ())})),
            may_lead=row.get("may_lead", True),
            weekly_minutes=None if hours is None else int(hours * 60),
            outside=tuple(sorted(self.busy["outside", row["key"]])),
            traits=tuple(row.get("traits", ())),
            nights=frozenset(WEEKDAYS.index(day) for day in row["nights"]) if "nights" in row else None,
        )

    def _space(self, row: Values, path: str) -> Space:
        opens, closes = _hours((row["opens"], row["closes"]), path)
        busy = tuple(sorted(self.busy["room", row["key"]]))
        name = row.get("name", row["key"])
        return Space(row["key"], name, RoomKind(row["kind"]), opens, closes, row.get("turnover", 0), busy)

    def _request(
        self,
        row: Values,
        path: str,
        protocol: Protocol | Visits,
        house: House,
        people: dict[str, Person],
        spaces: tuple[Space, ...],
        weights: Weights,
    ) -> Request:
        times = row.get("times")
        held = {visit["code"]: appointment_of(visit, path) for visit in row.get("held", ())}
        protocol, wanted = _as_asked(row, path, protocol), _instants(row, "wanted", path)
        busy = [*self.busy["patient", row["patient"]], *(kept.interval for kept in held.values())]
        preferences = tuple(_preference(asked) for asked in row.get("preferences", ()))
        pairs, left_out = admissible(self._pairs(row, path, people), preferences, people)
        return Request(
            protocol=protocol,
            house=house,
            client=Client(
                row["patient"], None if times is None else _week(times, f"{path}.times"), tuple(sorted(busy))
            ),
            people=people,
            pairs=pairs,
            physicians=tuple(self.roles["physician"]),
            raters=tuple(self.roles["rater"]),
            spaces=spaces,
            first_day=_day_to_plan(row["first_day"], f"{path}.first_day"),
            last_start=_day_to_plan(row["last_start"], f"{path}.last_start"),
            not_before=_instant(row["not_before"], f"{path}.not_before") if "not_before" in row else None,
            clear_from=_day_to_plan(row["clear_from"], f"{path}.clear_from") if "clear_from" in row else None,
            washout_unknown=tuple(row.get("washout_unknown", ())),
            held={**held, **_stood(row, path, protocol)},
            wanted=wanted,
            weights=weights,
            attendants=tuple(self.roles["night attendant"]),
            priority=row.get("priority", 1),
            misses=missed(pairs, preferences, people),
            left_out=left_out,
        )

    def _pairs(self, row: Values, path: str, people: dict[str, Person]) -> Iterator[tuple[str, str]]:
        """The pairs that are asked for, or all there are, without those whose lead may not lead."""
        therapists = self.roles["therapist"]
        for n, pair in enumerate(row.get("pairs", ())):
            for key in pair:
                if key not in therapists:
                    raise Misread(f"{path}.pairs[{n}]", f"{key} is no therapist of this clinic")
        everybody = [
            pair if people[pair[0]].may_lead else (pair[1], pair[0])
            for place, lead in enumerate(therapists)
            for second in therapists[place + 1 :]
            for pair in [(lead, second)]
        ]
        for lead, second in row.get("pairs", everybody):
            if people[lead].may_lead:
                yield lead, second


def _as_asked(row: Values, path: str, protocol: Protocol | Visits) -> Protocol | Visits:
    """The protocol for one course: without what is off, as long as was said, within the windows that were signed."""
    minutes, signed, stood = row.get("lasting", {}), row.get("deviations", ()), row.get("stood", {})
    codes = {visit.code for visit in protocol.visits}
    named = (*row.get("off", ()), *minutes, *row.get("wanted", ()), *(deviation["code"] for deviation in signed))
    for code in named:
        if code not in codes:
            raise Misread(path, f"{code} is no visit of the protocol")
    for code in stood:
        if code not in row.get("off", ()):
            raise Misread(f"{path}.stood", f"{code} is not off")
    off = set(row.get("off", ())) - stood.keys()
    if not (off or minutes or signed):
        return protocol
    visits = []
    for visit in protocol.visits:
        if visit.code in off:
            continue
        if visit.anchor in off:
            raise Misread(
                f"{path}.off", f"{visit.code} is counted from {visit.anchor}; say in `stood` when that was to be"
            )
        visit = lasting(visit, minutes.get(visit.code, visit.minutes.whole))
        for deviation in signed:
            if deviation["code"] == visit.code:
                visit = _signed(visit, deviation)
        visits.append(visit)
    return replace(protocol, visits=tuple(visits))


def _stood(row: Values, path: str, protocol: Protocol | Visits) -> dict[str, Appointment]:
    """Visits that are off, where they were to be: they take nobody, and others are counted from them."""
    found = {}
    for code, start in _instants(row, "stood", path).items():
        found[code] = Appointment(code, start, start + timedelta(minutes=protocol.visit(code).minutes.whole), (), None)
    return found


def _instants(row: Values, name: str, path: str) -> dict[str, datetime]:
    return {code: _instant(text, f"{path}.{name}.{code}") for code, text in row.get(name, {}).items()}


def _signed(visit: VisitPlan, deviation: Values) -> VisitPlan:
    if "alone" in deviation:
        return replace(visit, therapists=min(1, visit.therapists))
    low = min(visit.earliest.whole, deviation.get("earliest", visit.earliest.whole))
    high = max(visit.latest.whole, deviation.get("latest", visit.latest.whole))
    return replace(visit, earliest=replace(visit.earliest, value=low), latest=replace(visit.latest, value=high))


def _preference(row: Values) -> Preference:
    return Preference(row["trait"], Of(row.get("of", "one")), row.get("must", False))


def _visit_plan(row: Values, path: str) -> VisitPlan:
    kind = VisitKind(row["kind"])
    low, target, high = (row.get(name, 0) for name in ("earliest", "target", "latest"))
    if not low <= target <= high:
        raise Misread(path, f"the window must run earliest, target, latest; it says {low}, {target}, {high}")
    if row["minutes"] % 5:
        raise Misread(f"{path}.minutes", "must be a multiple of five")

    def figure(value: int, unit: str) -> Figure:
        return Figure(value, unit, WRITTEN)

    return VisitPlan(
        code=row["code"],
        kind=kind,
        title=row.get("title", row["code"]),
        dose_number=row.get("dose_number"),
        minutes=figure(row["minutes"], "min"),
        anchor=row.get("anchor"),
        earliest=figure(low, "days"),
        target=figure(target, "days"),
        latest=figure(high, "days"),
        before=row.get("before"),
        therapists=row.get("therapists", 2),
        room=RoomKind(row["room"]) if row.get("room") else None,
        also_present=tuple(row.get("also_present", ())),
        after_washout=row.get("after_washout", False),
        deviation_earliest=_outer(row, "deviation_earliest"),
        deviation_latest=_outer(row, "deviation_latest"),
        may_be_alone=row.get("may_be_alone", False),
    )


def _outer(row: Values, name: str) -> Figure | None:
    return Figure(row[name], "days", WRITTEN) if name in row else None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Misread("$.clinic.zone", f"{name} is no zone of the IANA database") from error


def _day_to_plan(text: str, path: str) -> date:
    day = _day(text, path)
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Misread(path, f"{text} is not between {FIRST_YEAR} and {LAST_YEAR}")
    return day


def _day(text: str, path: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Misread(path, f"{text} is no day of the calendar") from error


def _instant(text: str, path: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise Misread(path, f"{text} is no instant") from error
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise Misread(path, f"{text} is not between {FIRST_YEAR} and {LAST_YEAR}")
    return instant.astimezone(UTC)


def _interval(row: Values, path: str) -> Interval:
    start, end = _instant(row["start"], f"{path}.start"), _instant(row["end"], f"{path}.end")
    if start >= end:
        raise Misread(f"{path}.end", "must be later than start")
    return Interval(start, end)


def _clock(text: str) -> time:
    return time.max if text == "24:00" else time.fromisoformat(text)


def _hours(pair: tuple[str, str], path: str) -> Hours:
    opens, closes = (_clock(text) for text in pair)
    if opens >= closes:
        raise Misread(path, f"{pair[0]} to {pair[1]} is no stretch of a day")
    return opens, closes


def _week(row: Values, path: str) -> Week:
    return {
        WEEKDAYS.index(name): tuple(_hours(tuple(pair), f"{path}.{name}[{n}]") for n, pair in enumerate(stretches))
        for name, stretches in row.items()
        if stretches
    }


def _absence(row: Values, path: str) -> Absence:
    first, last = _day(row["first"], f"{path}.first"), _day(row["last"], f"{path}.last")
    if last < first:
        raise Misread(f"{path}.last", "must not be earlier than first")
    return Absence(first, last, row.get("reason", ""))


def _until(row: Values, path: str) -> date | None:
    until = row.get("expires_on")
    return None if until is None else _day(until, f"{path}.expires_on")
