"""The words of planning: what the planner is told, what it answers. Data only, shared by the planner and its checker."""

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from accounts.rules.findings import Finding
from patients.rules.protocol import Protocol, RoomKind, VisitPlan
from sessions.rules.intervals import Interval

Hours = tuple[time, time]
Week = dict[int, tuple[Hours, ...]]  # Monday is 0; a missing day is closed


class Duty(StrEnum):
    """Why somebody is in a visit."""

    LEAD = "lead"
    SECOND = "second"
    PHYSICIAN = "physician"
    RATER = "rater"


@dataclass(frozen=True, slots=True)
class Absence:
    """Whole days away, both ends included."""

    first: date
    last: date
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Credential:
    """A licence or a training; `expires_on` is the last day on which it is good, None when it does not expire."""

    kind: str
    title: str
    expires_on: date | None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can be in a visit, with the hours they work and what they already do."""

    key: str
    name: str
    hours: Week
    absences: tuple[Absence, ...] = ()
    busy: tuple[Interval, ...] = ()
    credentials: tuple[Credential, ...] = ()
    needs: tuple[str, ...] = ()  # the kinds of credential that must be good on the day
    may_lead: bool = True
    weekly_minutes: int | None = None  # the most they may be booked in one week, Monday to Sunday
    outside: tuple[Interval, ...] = ()  # taken elsewhere: in the way, but not counted as hours of this clinic
    traits: tuple[str, ...] = ()  # what a patient may ask for, such as "woman" or "speaks German"
    nights: frozenset[int] | None = None  # weekdays after which they may stay the night; None: those on which they work


@dataclass(frozen=True, slots=True)
class Space:
    """A room. What is in `busy` already includes the turnover of the booking it comes from."""

    key: str
    name: str
    kind: RoomKind
    opens: time
    closes: time
    turnover: int = 0  # minutes after a visit in which nobody else may have the room
    busy: tuple[Interval, ...] = ()


@dataclass(frozen=True, slots=True)
class Client:
    """The patient as the calendar sees them: when they can come (None: at any time) and what they already have."""

    key: str
    times: Week | None = None
    busy: tuple[Interval, ...] = ()


@dataclass(frozen=True, slots=True)
class House:
    """The clinic: its wall clock, its opening hours (the same on every day) and the days on which it is closed."""

    zone: ZoneInfo
    opens: time
    closes: time
    closures: dict[date, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Weights:
    """What the planner tries to keep small. A day is a calendar day; the unit is arbitrary, only ratios matter."""

    waiting: int = 2  # per day from the first day asked for to the first visit
    dosing_gap: int = 4  # per day between a dosing day and its target
    gap: int = 1  # per day between any other visit and its target
    off_hours_call: int = 5  # a call on a day on which neither therapist works
    preference: int = 30  # a wish of the patient that the pair does not meet
    moved: int = 1000  # a visit that changes its day when a course is planned again; on the same day half of it
    stand_in: int = 5000  # somebody new in place of one of the pair
    stand_in_dosing: int = 20000  # the same on a dosing day
    alone: int = 6000  # one therapist in a visit that asks for two
    deviation: int = 8000  # a visit outside its window


@dataclass(frozen=True, slots=True)
class Appointment:
    """One visit with its place in time.

    `cover` is the physician on duty for it, who may cover other rooms as well; `night` who stays with the patient from
    the hour at which the clinic closes to the hour at which it opens again.
    """

    code: str
    start: datetime
    end: datetime
    people: tuple[tuple[Duty, str], ...]
    room: str | None
    cover: str | None = None
    night: str | None = None

    @property
    def interval(self) -> Interval:
        return Interval(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Visits:
    """The visits of a protocol without the rest of it: all that planning needs."""

    code: str
    visits: tuple[VisitPlan, ...]

    def visit(self, code: str) -> VisitPlan:
        """The visit of this code; KeyError when there is none."""
        for visit in self.visits:
            if visit.code == code:
                return visit
        raise KeyError(code)


@dataclass(frozen=True, slots=True)
class FallBack:
    """What may give way for one visit when nothing ordinary fits; the price of each is in Weights.

    `window` is what counts as ordinary, in days after the anchor, where the request's protocol leaves more than that.
    """

    stand_ins: tuple[str, ...] = ()  # therapists who may take the place of one of the pair
    alone: bool = False
    window: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """One course to be placed into a calendar.

    `pairs` holds every admissible (lead, second), by key, best liked first; `misses` says which wishes of the patient a
    pair does not meet, and `left_out` says what must be and cost pairs their place, with how many pairs each cost. Without `attendants` nights are not on the roster, and a plan says that somebody must be named.
    When a course is planned again, `held` are the visits that are history and stay exactly as they were, `wanted` is
    when somebody wants a visit to begin, `wanted_rooms` and `wanted_people` (its therapists) where and with whom, and
    `current` is where the visits stand now, with what it costs to move each of them in `prices`.
    """

    protocol: Protocol | Visits
    house: House
    client: Client
    people: dict[str, Person]
    pairs: tuple[tuple[str, str], ...]
    physicians: tuple[str, ...]
    raters: tuple[str, ...]
    spaces: tuple[Space, ...]
    first_day: date
    last_start: date
    not_before: datetime | None = None
    clear_from: date | None = None
    washout_unknown: tuple[str, ...] = ()  # a sentence for each medicine whose clear-from date nobody knows
    held: dict[str, Appointment] = field(default_factory=dict)
    wanted: dict[str, datetime] = field(default_factory=dict)
    wanted_rooms: dict[str, str] = field(default_factory=dict)
    wanted_people: dict[str, frozenset[str]] = field(default_factory=dict)
    current: dict[str, Appointment] = field(default_factory=dict)
    prices: dict[str, int] = field(default_factory=dict)
    fall_backs: dict[str, FallBack] = field(default_factory=dict)
    weights: Weights = field(default_factory=Weights)
    attendants: tuple[str, ...] = ()
    priority: int = 1  # how many times a day of waiting counts
    misses: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole course: every visit of the protocol, in its order."""

    pair: tuple[str, str]
    appointments: tuple[Appointment, ...]
    cost: int

    def appointment(self, code: str) -> Appointment:
        """The appointment of a visit code; KeyError when the plan has none."""
        for appointment in self.appointments:
            if appointment.code == code:
                return appointment
        raise KeyError(code)

    @property
    def fingerprint(self) -> str:
        """The same for the same plan: what a page shows and what is booked can be compared."""
        words = repr((self.pair, self.appointments))
        return hashlib.sha256(words.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a coordinator asks for. `pair` None: any two therapists of the clinic; `times` None: as in the chart.

    With `mend` the course stands as it is: only the visits named in `again` are to get a place besides those that have one.
    """

    first_day: date
    last_start: date
    pair: tuple[str, str] | None = None
    times: Week | None = None
    mend: bool = False
    again: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Proposal:
    """The planner's answer: a plan (and the best plans of other pairs), or every reason why there is none."""

    plan: Plan | None
    others: tuple[Plan, ...]
    findings: tuple[Finding, ...]
