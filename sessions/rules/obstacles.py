"""Why a course does not fit, in words: what is in the way, and the fewest rules whose lifting would let it in."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import combinations, islice

import numpy as np

from accounts.rules.findings import Finding, Outcome
from patients.rules.protocol import RoomKind
from sessions.rules.chain import Costing, Link, Pair
from sessions.rules.clashes import clashes
from sessions.rules.openings import last_good_day
from sessions.rules.planning import Person, Plan, Request
from sessions.rules.search import Search, calendar_for, search_for

WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
LOOKED_AT = 24  # pairs of which it is asked how far they get; the best liked come first
MOST_SETS = 60  # of rules that are tried together, so that a no is explained within a second
LATER = timedelta(weeks=26)  # how much later a beginning is tried when it is asked whether a later one would help


@dataclass(frozen=True, slots=True)
class Lift:
    """A rule that could give way, what it is in words, and what somebody would do about it."""

    key: str
    fact: str
    remedy: str
    decided_by: str = "coordinator"


def preliminaries(request: Request) -> list[Finding]:
    """Reasons that need no search: what is missing or unknown whatever the calendar looks like."""
    found: list[Finding] = []

    def stop(code: str, sentence: str, outcome: Outcome = Outcome.NOT_MET, by: str = "coordinator") -> None:
        found.append(Finding(code, outcome, sentence, decided_by=by))

    if not request.pairs and request.left_out:
        asked = "; ".join(request.left_out)
        sentence = (
            f"No two therapists are what this patient must have ({asked}). Ask again whether it is a must or a wish."
        )
        stop("preference", sentence)
    elif not request.pairs:
        stop("pair", "No two therapists may treat this patient together. Name a lead and a second on the care team.")
    if request.last_start < request.first_day:
        stop("start", "The latest first visit lies before the earliest. Choose a later last day.")
    for medicine in request.washout_unknown:
        sentence = (
            f"Nobody knows when {medicine} is washed out. Record its last dose; until then no dosing day is safe."
        )
        stop("washout_unknown", sentence, Outcome.UNKNOWN, "physician")
    visits = request.protocol.visits
    for kind in sorted({visit.room for visit in visits if visit.room is not None}):
        if not any(space.kind is kind for space in request.spaces):
            stop("no_room", f"The clinic has no {kind} room in use. Add one under Clinic, Rooms.", by="clinic admin")
    present = {duty for visit in visits for duty in visit.also_present}
    if "physician" in present and not request.physicians:
        stop("no_physician", "Dosing days need a physician, and the clinic has none. Add one under Clinic, People.")
    if "rater" in present and not request.raters:
        stop("no_rater", "Ratings need a rater who does not treat this patient, and there is none.")
    is_new = not request.held and not request.current  # who leads a course that is under way goes on leading it
    if is_new and request.pairs and not any(request.people[lead].may_lead for lead, _ in request.pairs):
        names = ", ".join(dict.fromkeys(request.people[lead].name for lead, _ in request.pairs))
        stop("may_not_lead", f"{names} may not lead a course. Let the other of the two lead, or choose somebody else.")
    for key in sorted({who for pair in request.pairs for who in pair}):
        found += _missing_credentials(request.people[key], request)
    return found


def _missing_credentials(person: Person, request: Request) -> list[Finding]:
    if len(request.pairs) > 1:
        return []  # another pair may do without them
    held = {credential.kind for credential in person.credentials}
    return [
        Finding(
            "no_credential",
            Outcome.NOT_MET,
            f"{person.name} has no {kind} on record and cannot be booked. Record it under Clinic, People.",
            decided_by="clinic admin",
        )
        for kind in person.needs
        if kind not in held
    ]


def explain(search: Search) -> list[Finding]:
    """Every reason why no admissible pair has a plan: where the course stops, and what would open it."""
    request = search.request
    if request.wanted:
        direct = clashes(request, request.pairs[0])
        if not _Ease(search, request.pairs[0]).opens(tuple(_lifts(request, request.pairs[0]))):
            direct.append(_no_calendar(request, search.links))
        if direct:
            return direct
    looked_at = request.pairs[:LOOKED_AT]
    reach, pair = _furthest(search, looked_at)
    findings = [_stuck(search, pair, reach), *_ways_out(search, pair)]
    if len(request.pairs) > 1:
        sentence = (
            f"{len(request.pairs)} pairs were tried; this is the one that gets furthest: {_names(request, pair)}."
        )
        findings.append(Finding("pairs_tried", Outcome.NOT_MET, sentence))
    findings += [_left_out(asked, count) for asked, count in request.left_out.items()]
    return findings


def _left_out(asked: str, count: int) -> Finding:
    pairs = "1 pair" if count == 1 else f"{count} pairs"
    sentence = f"What must be for this patient ({asked}) leaves {pairs} out. More would be open if it were a wish."
    return Finding("preference", Outcome.NOT_MET, sentence, decided_by="coordinator")


def _names(request: Request, pair: tuple[str, str]) -> str:
    return " and ".join(request.people[key].name for key in pair)


def _furthest(search: Search, pairs: tuple[Pair, ...]) -> tuple[int, Pair]:
    """How many visits, in the order of the course, the best pair can place, and the first such pair.

    Found by halving, as fewer always fit where more do.
    """
    low, high, best = 0, len(search.links), pairs[0]
    while low < high:
        middle = (low + high + 1) // 2
        possible = np.isfinite(Costing(search.chain, search.openings, pairs, upto=middle).total)
        if possible.any():
            low, best = middle, pairs[int(possible.argmax())]
        else:
            high = middle - 1
    return low, best


def _stuck(search: Search, pair: Pair, reach: int) -> Finding:
    request, days, links = search.request, search.openings.days, search.links
    names = _names(request, pair)
    if reach == len(links):
        sentence = (
            f"Every visit has days with {names}, but on days or in weeks that hold several visits they do not fit."
        )
        return Finding("times", Outcome.NOT_MET, sentence)
    link = links[reach]
    if link.visit.anchor is None:
        low, high = request.first_day, request.last_start
    else:
        placed = Costing(search.chain, search.openings, (pair,), upto=reach).days_of(0)
        anchor = days.dates[placed[link.visit.anchor]]
        low, high = anchor + timedelta(days=link.low), anchor + timedelta(days=link.high)
    sentence = (
        f"{link.visit.title} ({link.code}) has no day with {names}: everything before it can be placed, "
        f"but its window, {_span(low, high)} in the best of those plans, stays closed in all of them."
    )
    if not reach:
        sentence = f"{link.visit.title} ({link.code}) has no day with {names} from {_span(low, high)}."
    return Finding("stuck", Outcome.NOT_MET, sentence, evidence=f"{reach} of {len(links)} visits can be placed")


def _ways_out(search: Search, pair: Pair) -> list[Finding]:
    """The smallest sets of rules that, lifted together, open a plan: all of one or two, or one set of more."""
    ease = _Ease(search, pair)
    lifts = tuple(_lifts(search.request, pair))
    if not ease.opens(lifts):
        return [_no_calendar(search.request, search.links)]
    needed = tuple(lift for lift in lifts if not ease.opens(tuple(other for other in lifts if other is not lift)))
    for size in (1, 2):
        rest = [lift for lift in lifts if lift not in needed]
        more_of = combinations(rest, size - len(needed)) if len(needed) <= size else ()
        chosen = [(*needed, *more) for more in islice(more_of, MOST_SETS)]
        in_order = [tuple(lift for lift in lifts if lift in some) for some in chosen]
        if ways := [_way_out(some, plan, search.request) for some in in_order if (plan := ease.plan(some))]:
            return ways
    fewest = lifts
    for lift in lifts:
        without = tuple(other for other in fewest if other is not lift)
        if ease.opens(without):
            fewest = without
    plan = ease.plan(fewest)
    return [_way_out(fewest, plan, search.request)] if plan else [_too_many(lifts)]


def _too_many(lifts: tuple[Lift, ...]) -> Finding:
    facts = " ".join(dict.fromkeys(lift.fact for lift in lifts))
    return Finding("many", Outcome.NOT_MET, f"No few rules are to blame. In the way are: {facts}")


def _no_calendar(request: Request, links: list[Link]) -> Finding:
    """The windows of the protocol themselves leave no day, whoever is free."""
    for link in links:
        wanted, anchor = request.wanted.get(link.code), link.visit.anchor
        beside = {**request.current, **request.held}.get(anchor or "")
        if wanted is not None and beside is not None:
            zone = request.house.zone
            day = beside.start.astimezone(zone).date()
            window = _span(day + timedelta(days=link.low), day + timedelta(days=link.high))
            sentence = (
                f"The protocol leaves no room for {link.visit.title} on {_day(wanted.astimezone(zone).date())}, whoever is "
                f"free: counted from {anchor} it may be {window}, and what follows must keep its own windows."
            )
            return Finding("window", Outcome.NOT_MET, sentence)
    sentence = "The windows and orders of the protocol leave no day, even if everybody were free at any time."
    return Finding("window", Outcome.NOT_MET, sentence)


class _Ease:
    """The same course with some rules lifted."""

    def __init__(self, search: Search, pair: Pair) -> None:
        self.request, self.links, self.pair = search.request, search.links, pair
        self.later = replace(search.request, last_start=search.request.last_start + LATER)
        self.calendar = calendar_for([self.later])
        self._searches: dict[frozenset[str], Search] = {}

    def opens(self, chosen: tuple[Lift, ...]) -> bool:
        """Whether every visit then has a day; times of day are not looked at."""
        search = self._search(chosen)
        return bool(np.isfinite(Costing(search.chain, search.openings, (self.pair,)).total[0]))

    def plan(self, chosen: tuple[Lift, ...]) -> Plan | None:
        """A whole plan with its times; None when there is none."""
        if not self.opens(chosen):
            return None
        return self._search(chosen).best((self.pair,))

    def _search(self, chosen: tuple[Lift, ...]) -> Search:
        keys = frozenset(lift.key for lift in chosen)
        if keys not in self._searches:
            request = self.later if "start" in keys else self.request
            self._searches[keys] = search_for(request, keys, self.calendar)
        return self._searches[keys]


def _way_out(chosen: tuple[Lift, ...], plan: Plan, request: Request) -> Finding:
    first = min(appointment.start for appointment in plan.appointments).astimezone(request.house.zone)
    facts = " ".join(dict.fromkeys(lift.fact for lift in chosen))
    remedy = " and ".join(lift.remedy for lift in chosen)
    joint = ("", "", "Both are in the way; neither is enough alone. ")[min(len(chosen), 2)]
    if len(chosen) > 2:
        joint = "All of them are in the way; none can be left out. "
    then = "" if request.wanted else f"; the first visit would then be on {_day(first.date())}"
    sentence = f"{facts} {joint}It would fit if {remedy}{then}."
    code = "+".join(lift.key.partition(":")[0] for lift in chosen)
    deciders = ", ".join(dict.fromkeys(lift.decided_by for lift in chosen))
    return Finding(code, Outcome.NOT_MET, sentence, decided_by=deciders)


def _lifts(request: Request, pair: tuple[str, str]) -> list[Lift]:
    """Every rule of this request that could be in the way, in a fixed order."""
    lifts = [lift for key in pair for lift in _lifts_of(request.people[key])]
    shared = _shared_weekdays(request, pair)
    lifts += [
        replace(lift, fact=f"{_names(request, pair)} share {shared}.")
        for lift in lifts
        if lift.key.startswith("hours:")
    ]
    lifts = [lift for i, lift in enumerate(lifts) if all(lift.key != later.key for later in lifts[i + 1 :])]
    for kind in RoomKind:
        if rooms := [space for space in request.spaces if space.kind is kind]:
            listed = ", ".join(space.name for space in rooms)
            fact = f"{listed} {'is' if len(rooms) == 1 else 'are'} closed or booked on the days that count."
            lifts.append(Lift(f"room:{kind}", fact, f"another {kind} room were open", "clinic admin"))
    lifts.append(
        Lift("cover", "No physician is on duty for a whole dosing day.", "a physician covered the dosing days")
    )
    if request.attendants:
        lifts.append(Lift("night", "Nobody is free for a night.", "somebody else stayed for the nights"))
    lifts.append(Lift("rater", "No independent rater is free in a rating's window.", "a rater had other hours"))
    if request.client.times is not None:
        lifts.append(
            Lift("times", "The patient's own times leave too little.", "the patient could come at other times")
        )
    if request.client.busy:
        fact = "The patient has other visits on days that count."
        lifts.append(Lift("booked:patient", fact, "those other visits moved"))
    lifts.append(
        Lift("clinic", "The clinic's opening hours are too short.", "the clinic opened longer", "clinic admin")
    )
    if request.house.closures:
        fact = "The clinic is closed on days that count."
        lifts.append(Lift("closures", fact, "it opened on a holiday", "clinic admin"))
    if request.clear_from is not None:
        fact = f"The washout ends on {_day(request.clear_from)}."
        lifts.append(Lift("washout", fact, "the physician found an earlier clear-from date", "physician"))
    if not request.wanted:
        fact = f"The first visit must be between {_span(request.first_day, request.last_start)}."
        lifts.append(Lift("start", fact, "the course began later"))
    return lifts


def _lifts_of(person: Person) -> list[Lift]:
    name = person.name
    lifts = [Lift(f"hours:{person.key}", f"{name} works {_weekdays(set(person.hours))}.", f"{name} worked other hours")]
    if person.absences:
        away = ", ".join(_span(absence.first, absence.last) for absence in person.absences)
        lifts.append(Lift(f"away:{person.key}", f"{name} is away {away}.", f"{name} were there"))
    taken = [
        ("booked with other patients", "visits", person.busy),
        ("taken elsewhere", "times elsewhere", person.outside),
    ]
    if known := [(how, what) for how, what, times in taken if times]:
        fact = f"{name} is {' and '.join(how for how, _ in known)}."
        moved = f"{name}'s other {' or '.join(what for _, what in known)} moved"
        lifts.append(Lift(f"booked:{person.key}", fact, moved))
    last = last_good_day(person)
    if person.weekly_minutes is not None:
        fact = f"{name} may be booked for {person.weekly_minutes / 60:g} hours a week."
        lifts.append(Lift(f"weekly:{person.key}", fact, f"{name} had more hours a week", "clinic admin"))
    if last is not None and last > date.min:
        fact = f"A credential of {name} ends on {_day(last)}."
        lifts.append(Lift(f"lapsed:{person.key}", fact, "it were renewed", "clinic admin"))
    return lifts


def _shared_weekdays(request: Request, pair: tuple[str, str]) -> str:
    lead, second = (set(request.people[key].hours) for key in pair)
    shared = lead & second
    return f"only {_weekdays(shared)}" if shared else "no weekday"


def _weekdays(days: set[int]) -> str:
    if not days:
        return "on no day"
    names = [WEEKDAYS[day] for day in sorted(days)]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"


def _span(first: date, last: date) -> str:
    return _day(first) if first == last else f"{first.day} {first:%b} to {last.day} {last:%b %Y}"
