"""Many courses planned together: exact insertion of one course at a time, inside a search over courses.

A few related courses are taken out of the calendar and put back, cheapest plan first, in another order (ruin and
recreate); what is worse is kept with a chance that falls from round to round (annealing). The search goes by rounds and
by its seed, never by the clock: so many rounds with one seed give the same plan on every machine, and a search that is
stopped early has found what a search of that many rounds finds.
"""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from accounts.rules.findings import Finding, Outcome
from sessions.rules.chain import Chain, Costs, Link, Pair, links_of
from sessions.rules.obstacles import preliminaries
from sessions.rules.openings import Calendar, Openings, Shape
from sessions.rules.planner import plan_course
from sessions.rules.planning import Appointment, Plan, Request
from sessions.rules.search import Search, calendar_for

UNPLANNED = 4000  # what a course without a plan costs, times its priority
HOTTEST, COLDEST = 300.0, 3.0  # of the annealing, in units of cost
LARGEST_RUIN = 8
FEW_BRANCHES = 12
FEW_PAIRS = 4  # of one insertion in a round, as long as one of them finds a place; any two of eight are 28
SOON = timedelta(weeks=8)  # later beginnings are looked at only when there is none so soon
LONG_DAY = 480  # minutes of a dosing day


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a search is, truly: rounds done of those to do, and the best so far."""

    round: int
    rounds: int
    planned: int
    courses: int
    objective: int


@dataclass(frozen=True, slots=True)
class ClinicPlan:
    """The best plan found: by patient the courses that have one, and why the others have none."""

    plans: dict[str, Plan]
    refused: dict[str, tuple[Finding, ...]]
    objective: int
    bound: int | None  # None: the search was stopped before it was worked out
    rounds: int


Watch = Callable[[Progress], bool]
CROWDED_OUT = Finding(
    "crowded_out",
    Outcome.NOT_MET,
    "It found no place beside the courses that were put in before it, and there was no time to work out why. "
    "Allow more time, or plan it alone.",
    decided_by="coordinator",
)
NOT_TRIED = Finding(
    "not_tried",
    Outcome.UNKNOWN,
    "It was not tried within the limit. Allow more time, or plan it alone.",
    decided_by="coordinator",
)


def plan_clinic(
    requests: list[Request], *, seed: int = 1, rounds: int | None = None, watch: Watch | None = None
) -> ClinicPlan:
    """Plan all these courses of one clinic together.

    `watch` is told the progress whenever a course was tried for the first time and after every round, and stops the
    search, with the best so far, by returning False. Courses that were not tried by then are refused with that reason.
    """
    if not requests:
        return ClinicPlan({}, {}, 0, 0, 0)
    return _Search(requests, seed).run(rounds_for(len(requests)) if rounds is None else rounds, watch)


def rounds_for(courses: int) -> int:
    return 0 if courses <= 1 else 40 * courses


class _Course:
    """One course of the search: what never changes of it, and where it stands."""

    def __init__(self, request: Request, calendar: Calendar) -> None:
        self.request = request
        self.links: list[Link] = links_of(request)
        self.chain = Chain(request, calendar.days, self.links)
        soon = min(request.last_start, request.first_day + SOON)
        self.soon = Chain(replace(request, last_start=soon), calendar.days, self.links)
        self.openings = Openings(request, calendar)
        self.plan: Plan | None = None
        self.masks: dict[str, int] = {}
        self.pair: Pair | None = None  # of the last plan it had

    @property
    def cost(self) -> int:
        return UNPLANNED * self.request.priority if self.plan is None else self.plan.cost

    @property
    def people(self) -> set[str]:
        pairs = self.request.pairs if self.plan is None else (self.plan.pair,)
        return {key for pair in pairs for key in pair}


class _Fragments:
    """What a visit costs beyond itself when it breaks up a therapist's day on which a dosing day could still be."""

    def __init__(self, calendar: Calendar, price: float) -> None:
        self.calendar, self.price = calendar, price
        self._known: dict[str, tuple[int, Costs]] = {}

    def of(self, shape: Shape, pairs: tuple[Pair, ...], low: int, high: int) -> Costs:
        if not self.price or not shape.therapists or shape.call or shape.minutes >= LONG_DAY:
            return np.zeros((1, high - low + 1), dtype=np.float32)
        days = [self._whole_days(lead) + self._whole_days(second) for lead, second in pairs]
        return np.float32(self.price) * np.stack(days)[:, low : high + 1]

    def _whole_days(self, key: str) -> Costs:
        version, known = self.calendar.version(key), self._known.get(key)
        if known is None or known[0] != version:
            days = self.calendar.days
            whole = days.flags(self.calendar.person_starts(key, LONG_DAY, False)).astype(np.float32)
            known = self._known[key] = (version, whole)
        return known[1]


class _Search:
    def __init__(self, requests: list[Request], seed: int) -> None:
        self.dice = random.Random(seed)  # noqa: S311, reproducible, guards nothing
        self.calendar = calendar_for(requests)
        self.stopped = {r.client.key: tuple(found) for r in requests if (found := preliminaries(r))}
        self.courses: list[_Course] = []
        self.all = requests
        self.fragments = _Fragments(self.calendar, 6.0)

    def run(self, rounds: int, watch: Watch | None) -> ClinicPlan:
        def goes_on(done: int, kept: list[Plan | None], best: int) -> bool:
            if watch is None:
                return True
            planned = sum(plan is not None for plan in kept)
            return watch(Progress(done, rounds, planned, len(self.all), self._with_left_out(best)))

        has_time = self._try_each(lambda: goes_on(0, self._snapshot(), self._objective()))
        best, kept = self._objective(), self._snapshot()
        bound = self._bound(lambda: goes_on(0, kept, best)) if has_time else None
        schedule = max(1, rounds_for(len(self.courses)))
        done = 0
        for done in range(1, rounds + 1) if self.courses and bound is not None else ():
            cooled = min(1.0, done / schedule)
            change = self._round(HOTTEST * (COLDEST / HOTTEST) ** cooled)
            if change and self._objective() < best:
                best, kept = self._objective(), self._snapshot()
            if not goes_on(done, kept, best):
                break
        self._restore(kept)
        plans = {c.request.client.key: c.plan for c in self.courses if c.plan is not None}
        refused = self._refused(explained=has_time)
        whole = None if bound is None else self._with_left_out(bound)
        return ClinicPlan(plans, refused, self._with_left_out(best), whole, done)

    def _try_each(self, goes_on: Callable[[], bool]) -> bool:
        """Put each course in, the urgent and the early ones first; False when there was no time to try them all."""
        tried: dict[str, _Course] = {}
        has_time = True
        for request in sorted(self.all, key=lambda request: (-request.priority, request.first_day)):
            if request.client.key not in self.stopped:
                if not has_time:
                    break
                course = tried[request.client.key] = _Course(request, self.calendar)
                self.courses.append(course)
                self._insert(course)
                has_time = goes_on()
        else:
            has_time = True  # the last one was tried in time
        self.courses = [tried[request.client.key] for request in self.all if request.client.key in tried]
        return has_time

    def _round(self, heat: float) -> bool:
        """One ruin and recreation; True when it was kept."""
        ruined = self._ruined()
        before = [(course, course.plan, course.masks) for course in ruined]
        cost = sum(course.cost for course in ruined)
        for course in ruined:
            self._remove(course)
        self.fragments.price = self.dice.choice((0.0, 3.0, 6.0, 12.0))
        for course in self._in_some_order(before):
            self._insert(course)
        worse = sum(course.cost for course in ruined) - cost
        if worse <= 0 or self.dice.random() < math.exp(-worse / heat):
            return True
        for course in ruined:
            self._remove(course)
        for course, plan, masks in before:
            self._put(course, plan, masks)
        return False

    def _ruined(self) -> list[_Course]:
        """A course, one without a plan more often than not, and a few of those that share therapists and weeks with it."""
        dice = self.dice
        without = [course for course in self.courses if course.plan is None]
        first = dice.choice(without) if without and dice.random() < 0.7 else dice.choice(self.courses)
        people, when = first.people, self._when(first)

        def distance(course: _Course) -> float:
            shared = len(people & course.people)
            return abs(self._when(course) - when) / (1 + 2 * shared) * (0.5 + dice.random()) + (0 if shared else 60)

        others = sorted((c for c in self.courses if c is not first and c.plan is not None), key=distance)
        found = [first, *others[: dice.randrange(1, LARGEST_RUIN)]]
        return found + [course for course in dice.sample(without, min(len(without), 2)) if course is not first]

    def _when(self, course: _Course) -> int:
        if course.plan is None:
            return self.calendar.days.index(course.request.first_day) + 60
        return self.calendar.days.index(course.plan.appointments[0].start.date()) + 60

    def _in_some_order(self, before: list[tuple[_Course, Plan | None, dict[str, int]]]) -> list[_Course]:
        courses = [course for course, _, _ in before]
        self.dice.shuffle(courses)
        way = self.dice.randrange(3)
        if way == 1:
            had = {id(course): plan for course, plan, _ in before}
            courses.sort(key=lambda course: had[id(course)] is not None)
        if way == 2:
            courses.sort(key=lambda course: (-course.request.priority, course.request.first_day))
        return courses

    # Putting in and taking out

    def _insert(self, course: _Course) -> None:
        course.openings.refresh()
        some = self._some_pairs(course)
        others = tuple(pair for pair in course.request.pairs if pair not in some)
        for chain, pairs in ((course.soon, some), (course.soon, others), (course.chain, course.request.pairs)):
            search = Search(
                course.request, course.openings, course.links, chain, self.fragments, FEW_BRANCHES, is_hasty=True
            )
            plan = search.best(pairs)
            if plan is not None:
                self._put(course, plan, self.calendar.masks(_movable(plan, course.request)))
                return

    def _some_pairs(self, course: _Course) -> tuple[Pair, ...]:
        """All pairs for a course that never had a plan; then the pair it had last and a few that the dice choose."""
        every = course.request.pairs
        if course.pair is None or len(every) <= FEW_PAIRS:
            return every
        drawn = {course.pair, *self.dice.sample(every, FEW_PAIRS - 1)}
        return tuple(pair for pair in every if pair in drawn)

    def _put(self, course: _Course, plan: Plan | None, masks: dict[str, int]) -> None:
        if plan is not None:
            course.plan, course.masks, course.pair = plan, masks, plan.pair
            self.calendar.take(_movable(plan, course.request), masks)

    def _remove(self, course: _Course) -> None:
        if course.plan is not None:
            self.calendar.release(_movable(course.plan, course.request), course.masks)
            course.plan, course.masks = None, {}

    # The whole

    def _objective(self) -> int:
        return sum(course.cost for course in self.courses)

    def _with_left_out(self, cost: int) -> int:
        """With what the courses cost that cannot be planned, or were not tried."""
        tried = {course.request.client.key for course in self.courses}
        return cost + sum(UNPLANNED * r.priority for r in self.all if r.client.key not in tried)

    def _snapshot(self) -> list[Plan | None]:
        return [course.plan for course in self.courses]

    def _restore(self, kept: list[Plan | None]) -> None:
        for course in self.courses:
            self._remove(course)
        for course, plan in zip(self.courses, kept, strict=True):
            if plan is not None:
                self._put(course, plan, self.calendar.masks(_movable(plan, course.request)))

    def _bound(self, goes_on: Callable[[], bool]) -> int | None:
        """No plan is cheaper: every course as if it had the clinic to itself; None without the time for it."""
        kept, total = self._snapshot(), 0
        self._restore([None] * len(kept))
        for course in self.courses:
            if not goes_on():
                return None
            course.openings.refresh()
            search = Search(course.request, course.openings, course.links, course.chain)
            least = min((node[0] for node in search.nodes(course.request.pairs)), default=math.inf)
            total += int(min(least, UNPLANNED * course.request.priority))
        self._restore(kept)
        return total

    def _refused(self, *, explained: bool) -> dict[str, tuple[Finding, ...]]:
        """Why each course without a plan has none; without the time for it, only whether it was tried."""
        found = dict(self.stopped)
        for course in self.courses:
            if course.plan is None:
                why = plan_course(course.request, self.calendar).findings if explained else (CROWDED_OUT,)
                found[course.request.client.key] = why
        for request in self.all if not explained else ():
            if request.client.key not in found and all(request is not course.request for course in self.courses):
                found[request.client.key] = (NOT_TRIED,)
        return found


def _movable(plan: Plan, request: Request) -> list[Appointment]:
    return [appointment for appointment in plan.appointments if appointment.code not in request.held]
