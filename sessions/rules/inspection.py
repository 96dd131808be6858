"""Checks the plan of an instance against every hard rule, straight from the JSON of both. An independent second opinion.

It shares no code with the planner, not even its words: instants are compared one with another, wall-clock times are read
off the clinic's wall, and nothing is packed into bits, so that a mistake in the planner's arithmetic is not repeated.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from patients.rules.protocol import Protocol

Values = Mapping[str, Any]
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
USUAL_NEEDS = {"therapist": ["licence", "training"], "physician": ["licence"]}


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule that a plan breaks: of which patient, in which visit, and how."""

    rule: str
    patient: str
    visit: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Taken:
    """Somebody or something is taken from one instant to another, for a visit or by a booking."""

    start: datetime
    end: datetime
    by: str
    is_new: bool  # a visit of the plan that is not history
    counts: bool = True  # as hours of the person


@dataclass(frozen=True, slots=True)
class Course:
    """One planned course: what was asked, what each visit has to be, and where each is."""

    patient: str
    pair: list[str]
    request: Values
    plans: Mapping[str, Values]
    placed: Mapping[str, Values]
    held: Mapping[str, Values]


def inspect(instance: Values, plan: Values, protocols: Mapping[str, Protocol]) -> list[Violation]:
    """Every rule of the instance that the plan breaks, in the order of the plan; empty for a sound plan."""
    return list(_Inspection(instance, plan, protocols).violations())


class _Inspection:
    def __init__(self, instance: Values, plan: Values, protocols: Mapping[str, Protocol]) -> None:
        self.instance, self.plan = instance, plan
        self.zone = ZoneInfo(instance["clinic"]["zone"])
        self.people = {person["key"]: person for person in instance["people"]}
        self.rooms = {room["key"]: room for room in instance["rooms"]}
        self.requests = {request["patient"]: request for request in instance["requests"]}
        self.closures = {row["day"] for row in instance["clinic"].get("closures", ())}
        self.needs = instance.get("needs", USUAL_NEEDS)
        self.visits = _visits(instance["protocol"], protocols)
        self.taken: dict[tuple[str, str], list[Taken]] = defaultdict(list)

    def violations(self) -> Iterator[Violation]:
        yield from self._courses()
        self._fill()
        for course in self.plan["courses"]:
            if course["patient"] in self.requests:
                yield from self._course(course)
        yield from self._meetings()
        yield from self._weeks()

    # The plan as a whole

    def _courses(self) -> Iterator[Violation]:
        planned = Counter(course["patient"] for course in self.plan["courses"])
        refused = Counter(row["patient"] for row in self.plan.get("refused", ()))
        for patient in {**planned, **refused}:
            if patient not in self.requests:
                yield Violation("unknown patient", patient, "", f"Nobody asked for a course of {patient}.")
            if planned[patient] > 1:
                yield Violation("planned twice", patient, "", f"{patient} has {planned[patient]} plans.")
            if planned[patient] and refused[patient]:
                yield Violation("planned and refused", patient, "", f"{patient} has a plan and a refusal.")
        for patient in self.requests:
            if not planned[patient] and not refused[patient]:
                yield Violation("left out", patient, "", f"{patient} is neither planned nor refused.")

    def _fill(self) -> None:
        """Write down what takes whom and which room, the bookings and the plan alike."""
        for booking in self.instance.get("bookings", ()):
            counts = booking["kind"] != "outside"
            taken = Taken(_at(booking["start"]), _at(booking["end"]), booking["kind"], is_new=False, counts=counts)
            for key in booking.get("people", ()):
                self.taken["person", key].append(taken)
            for patient in booking.get("patients", ()):
                self.taken["patient", patient].append(taken)
            if "room" in booking:
                self._take_room(booking["room"], taken)
        planned = {course["patient"] for course in self.plan["courses"]}
        for patient, request in self.requests.items():
            for visit in request.get("held", ()) if patient not in planned else ():
                self._take(patient, visit, is_new=False)
        for course in self.plan["courses"]:
            held = self._held(course["patient"])
            for visit in course["visits"]:
                self._take(course["patient"], visit, is_new=visit["code"] not in held)

    def _take(self, patient: str, visit: Values, *, is_new: bool) -> None:
        start, end = _at(visit["start"]), _at(visit["end"])
        taken = Taken(start, end, f"{visit['code']} of {patient}", is_new)
        self.taken["patient", patient].append(taken)
        for duty in ("lead", "second", "rater"):
            if duty in visit:
                self.taken["person", visit[duty]].append(taken)
        if "room" in visit:
            self._take_room(visit["room"], taken)
        if "night" in visit:
            day = self._local(start).date()
            closes, opens = (self._wall(day, "closes"), self._wall(day + timedelta(days=1), "opens"))
            night = Taken(closes, opens, f"the night after {taken.by}", is_new, counts=False)
            self.taken["person", visit["night"]].append(night)

    def _take_room(self, key: str, taken: Taken) -> None:
        turnover = timedelta(minutes=self.rooms.get(key, {}).get("turnover", 0))
        self.taken["room", key].append(Taken(taken.start, taken.end + turnover, taken.by, taken.is_new))

    def _meetings(self) -> Iterator[Violation]:
        """Nobody and no room is in two places at a time; what was there before the plan is not judged."""
        rules = {"person": "double booking", "room": "room booked", "patient": "patient booked"}
        for (kind, key), those in self.taken.items():
            in_order = sorted(those, key=lambda taken: taken.start)
            for n, first in enumerate(in_order):
                for then in in_order[n + 1 :]:
                    if then.start >= first.end:
                        break
                    if first.is_new or then.is_new:
                        yield Violation(rules[kind], "", "", f"{key} is taken by {first.by} and by {then.by} at once.")

    def _weeks(self) -> Iterator[Violation]:
        """Weekly hours, Monday to Sunday on the clinic's wall; what begins in a week counts in it."""
        for key, person in self.people.items():
            if "weekly_hours" not in person:
                continue
            hours: dict[date, float] = defaultdict(float)
            new: set[date] = set()
            for taken in self.taken["person", key]:
                if taken.counts:
                    day = self._local(taken.start).date()
                    monday = day - timedelta(days=day.weekday())
                    hours[monday] += (taken.end - taken.start).total_seconds() / 3600
                    new |= {monday} if taken.is_new else set()
            for monday in sorted(new):
                if hours[monday] > person["weekly_hours"]:
                    sentence = f"{key} is booked {hours[monday]:g} hours in the week of {monday}; {person['weekly_hours']:g} are the most."
                    yield Violation("weekly hours", "", "", sentence)

    # One course

    def _course(self, planned: Values) -> Iterator[Violation]:
        patient = planned["patient"]
        request = self.requests[patient]
        plans = self._asked(request)
        placed = {visit["code"]: visit for visit in planned["visits"]}
        course = Course(patient, planned["pair"], request, plans, placed, self._held(patient))

        def broken(rule: str, sentence: str, visit: str = "") -> Violation:
            return Violation(rule, patient, visit, f"{patient}: {sentence}")

        for rule, sentence in self._pair(course.pair, request):
            yield broken(rule, sentence)
        for rule, code, sentence in self._signed(request):
            yield broken(rule, sentence, code)
        if request.get("washout_unknown"):
            yield broken("washout unknown", "a washout that nobody can date must end before the course is planned.")
        times = Counter(visit["code"] for visit in planned["visits"])
        for code in plans:
            if times[code] != 1:
                yield broken("completeness", f"{code} is planned {times[code]} times.", code)
        for code in request.get("off", ()):
            if code in placed:
                yield broken("called off", f"{code} has a place though it is off.", code)
        for code in placed:
            if code not in self.visits:
                yield broken("unknown visit", f"{code} is no visit of the protocol.", code)
        for code in course.held:
            if code not in placed or not _same(placed[code], course.held[code]):
                yield broken("history", f"{code} is history and was to stay as it was.", code)
        for code, visit in placed.items():
            if code in plans and code not in course.held:
                for rule, sentence in self._visit(visit, course):
                    yield broken(rule, f"{code} {sentence}", code)
        for rule, code, sentence in self._orders(course):
            yield broken(rule, sentence, code)

    def _held(self, patient: str) -> dict[str, Values]:
        return {visit["code"]: visit for visit in self.requests.get(patient, {}).get("held", ())}

    def _asked(self, request: Values) -> Mapping[str, Values]:
        """What each visit of this course has to be: the protocol, without what is off, with what was signed."""
        off, lasting = request.get("off", ()), request.get("lasting", {})
        plans = {code: dict(plan) for code, plan in self.visits.items() if code not in off}
        for code in lasting.keys() & plans:
            plans[code]["minutes"] = lasting[code]
        for signed in request.get("deviations", ()):
            plan = plans.get(signed["code"])
            if plan is not None and "alone" in signed:
                plan["fewest"] = 1
            elif plan is not None:
                plan["earliest"] = min(plan["earliest"], signed.get("earliest", plan["earliest"]))
                plan["latest"] = max(plan["latest"], signed.get("latest", plan["latest"]))
        return plans

    def _signed(self, request: Values) -> Iterator[tuple[str, str, str]]:
        """A signature may open what the protocol leaves to it, and nothing more."""
        for signed in request.get("deviations", ()):
            code = signed["code"]
            plan = self.visits.get(code)
            if plan is None:
                yield "unknown visit", code, f"{code} is no visit of the protocol."
            elif "alone" in signed and not plan["may_be_alone"]:
                yield "deviation", code, f"{code} may not be held by one therapist, whoever signs."
            elif signed.get("earliest", plan["earliest"]) < plan["deviation_earliest"] or (
                signed.get("latest", plan["latest"]) > plan["deviation_latest"]
            ):
                most = f"{plan['deviation_earliest']} to {plan['deviation_latest']}"
                yield "deviation", code, f"{code} may be at most {most} days after {plan['anchor']}, whoever signs."

    def _pair(self, pair: list[str], request: Values) -> Iterator[tuple[str, str]]:
        if "pairs" in request and pair not in request["pairs"]:
            yield "pair", f"{pair[0]} and {pair[1]} are no pair that was asked for."
        for key in pair:
            if "therapist" not in self.people.get(key, {}).get("roles", ()):
                yield "pair", f"{key} is no therapist."
        lead, second = (self.people.get(key, {}) for key in pair)
        if not lead.get("may_lead", True):
            yield "may not lead", f"{pair[0]} may not lead."
        for wish in request.get("preferences", ()):
            if wish.get("must", False):
                first, then = (
                    wish["trait"] == key or wish["trait"] in person.get("traits", ())
                    for key, person in zip(pair, (lead, second), strict=True)
                )
                kept = {
                    "one": first or then,
                    "both": first and then,
                    "lead": first,
                    "neither": not (first or then),
                    "not lead": not first,
                }
                if not kept[wish.get("of", "one")]:
                    yield "preference", f"the pair has not what must be: {wish['trait']}."

    def _visit(self, visit: Values, course: Course) -> Iterator[tuple[str, str]]:
        plan = course.plans[visit["code"]]
        start, end = _at(visit["start"]), _at(visit["end"])
        if start >= end:
            yield "length", "ends before it begins."
            return
        if end - start != timedelta(minutes=plan["minutes"]):
            yield "length", f"does not last {plan['minutes']} minutes."
        yield from self._window(plan, visit, course)
        yield from self._clinic(plan, start, end)
        yield from self._staff(plan, visit, course)
        yield from self._room(plan, visit, start, end)
        times = course.request.get("times")
        if plan["kind"] != "call" and times is not None and not self._fits(times, start, end):
            yield "patient's times", "is at a time at which the patient cannot come."

    def _window(self, plan: Values, visit: Values, course: Course) -> Iterator[tuple[str, str]]:
        start, request = _at(visit["start"]), course.request
        day = self._local(start).date()
        if plan["anchor"] is None:
            if not request["first_day"] <= day.isoformat() <= request["last_start"]:
                yield "first day", "is not between the first day and the last start asked for."
        elif (since := self._counted_from(plan["anchor"], course)) is None:
            yield "anchor", f"is counted from {plan['anchor']}, which is off, and nothing says when that was to be."
        else:
            anchor = self.visits[plan["anchor"]]
            days = (day - since).days
            if not plan["earliest"] <= days <= plan["latest"]:
                yield "window", f"is {days} days after {plan['anchor']}, not {plan['earliest']} to {plan['latest']}."
            next_morning = plan["kind"] == "integration" and anchor["kind"] == "dosing" and plan["latest"] == 1
            if next_morning and self._local(start).time() >= time(12):
                yield "morning", "is not in the morning."
        if plan["after_washout"] and day.isoformat() < request.get("clear_from", ""):
            yield "washout", "is before the washout ends."
        if "not_before" in request and start < _at(request["not_before"]):
            yield "past", "is in the past."
        wanted = request.get("wanted", {})
        if visit["code"] in wanted and start != _at(wanted[visit["code"]]):
            yield "wanted", "does not begin when it was wanted."

    def _counted_from(self, code: str, course: Course) -> date | None:
        """The day from which the windows of other visits are counted; of a visit that is off, where it stood."""
        stood = course.request.get("stood", {})
        start = course.placed[code]["start"] if code in course.placed else stood.get(code)
        return None if start is None else self._local(_at(start)).date()

    def _clinic(self, plan: Values, start: datetime, end: datetime) -> Iterator[tuple[str, str]]:
        clinic, begins, ends = self.instance["clinic"], self._local(start), self._local(end)
        if not self._within((clinic["opens"], clinic["closes"]), start, end):
            yield "clinic hours", f"is outside the clinic's hours, from {begins:%H:%M} to {ends:%H:%M}."
        if begins.date().isoformat() in self.closures and plan["kind"] != "call":
            yield "closure", "is on a day on which the clinic is closed."
        if begins.minute % 15 or begins.second or begins.microsecond:
            yield "quarter hour", "does not begin on a quarter of an hour."

    def _staff(self, plan: Values, visit: Values, course: Course) -> Iterator[tuple[str, str]]:
        therapists = [visit[duty] for duty in ("lead", "second") if duty in visit]
        if not plan.get("fewest", plan["therapists"]) <= len(therapists) <= plan["therapists"]:
            yield "staffing", f"has {len(therapists)} therapists, not {plan['therapists']}."
        if "stand_in" in visit:
            yield from self._stand_in(visit["stand_in"], therapists, course)
        else:
            for duty, key in zip(("lead", "second"), course.pair, strict=True):
                if duty in visit and visit[duty] != key:
                    yield "continuity", f"has {visit[duty]} as {duty}, where the pair has {key}."
        yield from self._one(plan, visit, "rater", "rater", "rater" in plan["also_present"])
        if visit.get("rater") in course.pair:
            yield "independence", "is rated by one of the pair."
        yield from self._one(plan, visit, "physician", "physician", "physician" in plan["also_present"])
        roster = any("night attendant" in person["roles"] for person in self.people.values())
        yield from self._one(
            plan, visit, "night", "night attendant", roster and "night attendant" in plan["also_present"]
        )
        for duty in ("lead", "second", "rater", "physician"):
            if duty in visit:
                yield from self._person(plan, visit, visit[duty], duty)
        if "night" in visit:
            yield from self._night(visit)

    def _stand_in(self, key: str, therapists: list[str], course: Course) -> Iterator[tuple[str, str]]:
        """A colleague in the place of one of the pair, beside the other one; never somebody who rates this patient."""
        if key in course.pair or key not in therapists:
            yield "needless stand-in", f"says that {key} stands in, who is of the pair or not there."
        strange = [other for other in therapists if other not in course.pair]
        if len(strange) > 1 or len(set(therapists)) != len(therapists):
            yield "continuity", "is with nobody of the pair, or with one person twice."
        if "therapist" not in self.people.get(key, {}).get("roles", ()):
            yield "not a stand-in", f"has {key} in the place of a therapist, who is none."
        if any(visit.get("rater") == key for visit in course.placed.values()):
            yield "independence", f"has {key} in the place of a therapist, who rates this patient."

    def _one(self, plan: Values, visit: Values, duty: str, role: str, needed: bool) -> Iterator[tuple[str, str]]:
        if needed and duty not in visit:
            yield f"no {duty}", f"has no {role}."
        if duty in visit and role not in plan["also_present"]:
            yield f"needless {duty}", f"needs no {role}."
        if duty in visit and role not in self.people.get(visit[duty], {}).get("roles", ()):
            yield f"not a {duty}", f"has {visit[duty]} as {role}, who is none."

    def _person(self, plan: Values, visit: Values, key: str, duty: str) -> Iterator[tuple[str, str]]:
        person = self.people.get(key)
        if person is None:
            yield "unknown person", f"is with {key}, whom nobody knows."
            return
        start, end = _at(visit["start"]), _at(visit["end"])
        if plan["kind"] != "call" and not self._fits(person["hours"], start, end):
            yield "working hours", f"is at a time at which {key} does not work."
        yield from self._away(person, self._local(start).date())
        if duty == "physician":  # cover takes no time of its own, but whoever covers must be there
            for taken in self.taken["person", key]:
                if not taken.is_new and taken.start < end and start < taken.end:
                    yield "physician booked", f"is covered by {key}, who is taken by {taken.by}."

    def _away(self, person: Values, day: date) -> Iterator[tuple[str, str]]:
        for leave in person.get("leave", ()):
            if leave["first"] <= day.isoformat() <= leave["last"]:
                yield "leave", f"is on a day on which {person['key']} is away."
        for kind in sorted({kind for role in person["roles"] for kind in self.needs.get(role, ())}):
            ends = [row.get("expires_on") for row in person.get("credentials", ()) if row["kind"] == kind]
            if not ends:
                yield "credential", f"is with {person['key']}, who has no {kind}."
            elif not any(until is None or until >= day.isoformat() for until in ends):
                yield "credential lapsed", f"is with {person['key']}, whose {kind} has ended."

    def _night(self, visit: Values) -> Iterator[tuple[str, str]]:
        person = self.people.get(visit["night"])
        if person is None:
            yield "unknown person", f"is followed by a night with {visit['night']}, whom nobody knows."
            return
        day = self._local(_at(visit["start"])).date()
        weekday = WEEKDAYS[day.weekday()]
        if weekday not in person["nights"] if "nights" in person else not person["hours"].get(weekday):
            yield "night roster", f"is followed by a night on which {person['key']} does not work."
        yield from self._away(person, day)

    def _room(self, plan: Values, visit: Values, start: datetime, end: datetime) -> Iterator[tuple[str, str]]:
        if "room" not in visit:
            if plan["room"] is not None:
                yield "no room", f"has no {plan['room']} room."
            return
        room = self.rooms.get(visit["room"])
        if room is None:
            yield "unknown room", f"is in {visit['room']}, which nobody knows."
            return
        if plan["room"] is None:
            yield "needless room", "needs no room."
        elif room["kind"] != plan["room"]:
            yield "room kind", f"is in a {room['kind']} room."
        if not self._within((room["opens"], room["closes"]), start, end):
            yield "room hours", f"is at a time at which {visit['room']} is closed."

    def _orders(self, course: Course) -> Iterator[tuple[str, str, str]]:
        placed = course.placed
        for code, plan in course.plans.items():
            then = plan["before"]
            if code not in placed or then not in placed or then in course.held:
                continue
            first, last = placed[code], placed[then]
            if _at(first["end"]) > _at(last["start"]):
                yield "order", code, f"{code} does not end before {then} begins."
            days = {self._local(_at(visit["start"])).date() for visit in (first, last)}
            if plan["kind"] == self.visits[then]["kind"] and len(days) == 1:
                yield "same day", code, f"{code} and {then} are on one day."

    # The clinic's wall

    def _local(self, instant: datetime) -> datetime:
        return instant.astimezone(self.zone)

    def _wall(self, day: date, name: str) -> datetime:
        """The instant of the clinic's opening or closing on a day; 24:00 is the next midnight."""
        clock = self.instance["clinic"][name]
        if clock == "24:00":
            return datetime.combine(day + timedelta(days=1), time(0), self.zone)
        return datetime.combine(day, time.fromisoformat(clock), self.zone)

    def _within(self, hours: tuple[str, str], start: datetime, end: datetime) -> bool:
        begins, ends = self._local(start), self._local(end)
        midnight = ends.time() == time(0) and ends.date() == begins.date() + timedelta(days=1)
        if begins.date() != ends.date() and not midnight:
            return False
        until = "24:00" if midnight else f"{ends:%H:%M}"
        return hours[0] <= f"{begins:%H:%M}" and until <= hours[1]

    def _fits(self, week: Values, start: datetime, end: datetime) -> bool:
        """True when the hours of that weekday, taken together where they touch, hold the whole visit."""
        joined: list[list[str]] = []
        for opens, closes in sorted(week.get(WEEKDAYS[self._local(start).weekday()], ())):
            if joined and opens <= joined[-1][1]:
                joined[-1][1] = max(joined[-1][1], closes)
            else:
                joined.append([opens, closes])
        return any(self._within((opens, closes), start, end) for opens, closes in joined)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _same(one: Values, other: Values) -> bool:
    names = ("lead", "second", "rater", "room", "physician", "night")
    same_time = _at(one["start"]) == _at(other["start"]) and _at(one["end"]) == _at(other["end"])
    return same_time and all(one.get(name) == other.get(name) for name in names)


def _visits(asked: Any, protocols: Mapping[str, Protocol]) -> dict[str, dict[str, Any]]:
    """The visits of the protocol as plain values, by code. KeyError for a protocol that nobody ships."""
    usual = {"anchor": None, "before": None, "room": None, "also_present": (), "after_washout": False, "therapists": 2}
    windows = {"earliest": 0, "target": 0, "latest": 0, "may_be_alone": False}
    if not isinstance(asked, str):
        found = {visit["code"]: {**usual, **windows, **visit} for visit in asked["visits"]}
        for visit in found.values():
            visit.setdefault("deviation_earliest", visit["earliest"])
            visit.setdefault("deviation_latest", visit["latest"])
        return found
    return {
        visit.code: {
            "kind": visit.kind.value,
            "minutes": visit.minutes.value,
            "anchor": visit.anchor,
            "earliest": visit.earliest.value,
            "latest": visit.latest.value,
            "before": visit.before,
            "therapists": visit.therapists,
            "room": None if visit.room is None else visit.room.value,
            "also_present": visit.also_present,
            "after_washout": visit.after_washout,
            "deviation_earliest": (visit.deviation_earliest or visit.earliest).value,
            "deviation_latest": (visit.deviation_latest or visit.latest).value,
            "may_be_alone": visit.may_be_alone,
        }
        for visit in protocols[asked].visits
    }
