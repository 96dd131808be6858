"""A run of the planner over several waiting courses: asked for, worked out by a worker, then booked or thrown away."""

import datetime as dt
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import structlog
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts.models import Clinic, User
from accounts.rules.findings import Finding, Refused, refusal
from patients.models import Course
from sessions.actions.booking import all_locked, settle_pair
from sessions.actions.planning import Shared, request_for, shared_by
from sessions.actions.waiting import courses_waiting
from sessions.actions.waking import wake
from sessions.actions.writing import Planned, hold_calendar, write
from sessions.models import PlanningRun, Rearrangement, RunCourse, Visit
from sessions.rules.checking import check
from sessions.rules.clinic import ClinicPlan, Progress, plan_clinic
from sessions.rules.instance import appointment_of, course_values
from sessions.rules.planning import Plan, Request, Wish
from sessions.rules.running import BROKEN, LOST, NO_BROKER, SILENT_FOR, State, Step, leads_to, sources

SAYS_EVERY = 0.5  # seconds between two words of a worker about how far it is

logger = structlog.get_logger()


class Overtaken(Exception):
    """The calendar has changed since the run was made; carries what stands against it now, and nothing was booked."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("The calendar has changed since this was planned.")


@transaction.atomic
def ask(
    clinic: Clinic, *, courses: Iterable[Course], first_day: dt.date, last_start: dt.date, by: User, at: dt.datetime
) -> PlanningRun:
    """Ask for these waiting courses to be planned together.

    Raises Refused when none of them waits, or while another run of the clinic is open.
    """
    end_lost(at=at, clinic=clinic)
    chosen = list(courses_waiting(clinic).filter(pk__in=[course.pk for course in courses]))
    if not chosen:
        raise Refused([refusal("nobody_waits", "None of these courses waits for a plan any more.")])
    try:
        with transaction.atomic():
            run = PlanningRun.objects.create(
                clinic=clinic, first_day=first_day, last_start=last_start, asked_by=by, asked_at=at
            )
    except IntegrityError as problem:
        sentence = "Another planning of this clinic is open. Book it or throw it away first."
        raise Refused([refusal("run_open", sentence)]) from problem
    RunCourse.objects.bulk_create(RunCourse(run=run, course=course) for course in chosen)
    transaction.on_commit(lambda: _wake(run, at=at))
    return run


def _wake(run: PlanningRun, *, at: dt.datetime) -> None:
    if not wake("sessions.tasks.plan_together", run.pk, queue="planning"):
        end(run, Step.FAIL, failure=NO_BROKER, at=at)


def end(run: PlanningRun, step: Step, *, at: dt.datetime, by: User | None = None, failure: str = "") -> bool:
    """Book, discard or fail a run; False when it was over already or somebody was faster."""
    return bool(_take(step, PlanningRun.objects.filter(pk=run.pk), failure=failure, ended_at=at, ended_by=by))


def _take(step: Step, runs: QuerySet[PlanningRun], **values: Any) -> int:
    """Take a step with those of the runs that are where it may be taken; how many these were."""
    return runs.filter(state__in=sources(step)).update(state=leads_to(step), **values)


def end_lost(*, at: dt.datetime, clinic: Clinic | None = None) -> int:
    """End the runs whose worker is gone; how many there were."""
    rows = PlanningRun.objects.filter(state=State.PLANNING, seen_at__lt=at - SILENT_FOR)
    if clinic is not None:
        rows = rows.filter(clinic=clinic)
    return _take(Step.FAIL, rows, failure=LOST, ended_at=at)


def stop(run: PlanningRun) -> None:
    """Ask the worker to end with the best plan so far."""
    PlanningRun.objects.filter(pk=run.pk, state__in=(State.ASKED, State.PLANNING)).update(stop_asked=True)


# What the worker does


def work(run_id: int, *, now: Callable[[], dt.datetime]) -> None:
    """Plan the courses of a run. Any fault ends in a sentence on its page; nothing is booked here."""
    if not _take(Step.BEGIN, PlanningRun.objects.filter(pk=run_id), seen_at=now()):
        return  # another worker has it, or it is over
    run = PlanningRun.objects.select_related("clinic").get(pk=run_id)
    try:
        _work(run, now)
    except Exception:
        logger.exception("run_not_planned", run=run.pk)
        end(run, Step.FAIL, failure=BROKEN, at=now())


def _work(run: PlanningRun, now: Callable[[], dt.datetime]) -> None:
    rows = list(run.courses.select_related("course__clinic", "course__patient", "course__protocol"))
    watch = _Watch(run, now)
    requests = requests_for([row.course for row in rows], run, as_of=now(), tick=watch.say)
    result = plan_clinic(requests, watch=watch)
    _finish(run, rows, result, rounds=watch.rounds, at=now())


def requests_for(
    courses: Sequence[Course], run: PlanningRun, *, as_of: dt.datetime, tick: Callable[[], bool]
) -> list[Request]:
    """One request a course, all over the same people and rooms, so that they can be planned together.

    Whoever may be a therapist of one of them needs a therapist's papers in all of them.
    """
    found = []
    today = as_of.astimezone(run.clinic.zone).date()
    shared = shared_by(run.clinic, courses, as_of=as_of)
    for course in courses:
        pair = tuple(str(user.pk) for user in course.pair(today))
        wish = Wish(run.first_day, run.last_start, pair if len(pair) == 2 else None)
        found.append(request_for(course, wish=wish, as_of=as_of, shared=shared))
        tick()
    people = {key: person for request in found for key, person in request.people.items()}
    people |= {key: request.people[key] for request in found for pair in request.pairs for key in pair}
    return [replace(one, people=people, house=found[0].house, spaces=found[0].spaces) for one in found]


class _Watch:
    """Says at most every half second how far the search is, and hears whether it shall stop: once for all."""

    def __init__(self, run: PlanningRun, now: Callable[[], dt.datetime]) -> None:
        self.run, self.now = run, now
        self.said = float("-inf")
        self.rounds = 0
        self.goes_on = True

    def __call__(self, progress: Progress) -> bool:
        self.rounds = progress.rounds
        return self.say(
            rounds=progress.rounds, done_rounds=progress.round, planned=progress.planned, cost=progress.objective
        )

    def say(self, **values: int) -> bool:
        """Whether to go on."""
        if self.goes_on and time.monotonic() - self.said >= SAYS_EVERY:
            self.said = time.monotonic()
            rows = PlanningRun.objects.filter(pk=self.run.pk, state=State.PLANNING)
            rows.update(seen_at=self.now(), **values)
            self.goes_on = rows.filter(stop_asked=False).exists()
        return self.goes_on


@transaction.atomic
def _finish(run: PlanningRun, rows: Sequence[RunCourse], result: ClinicPlan, *, rounds: int, at: dt.datetime) -> None:
    done = _take(
        Step.FINISH,
        PlanningRun.objects.filter(pk=run.pk),
        seen_at=at,
        rounds=rounds,
        done_rounds=result.rounds,
        planned=len(result.plans),
        cost=result.objective,
        bound=result.bound,
    )
    if not done:
        return  # thrown away meanwhile
    for row in rows:
        key = str(row.course.patient_id)
        row.plan = course_values(key, result.plans[key]) if key in result.plans else None
        row.reasons = [values_of(finding) for finding in result.refused.get(key, ())]
    RunCourse.objects.bulk_update(rows, ["plan", "reasons"])


def values_of(finding: Finding) -> dict[str, str]:
    return {
        "code": finding.code,
        "outcome": finding.outcome.value,
        "sentence": finding.sentence,
        "evidence": finding.evidence,
        "decided_by": finding.decided_by,
    }


def plan_of(found: dict[str, Any]) -> Plan:
    """A plan as the run keeps it."""
    lead, second = found["pair"]
    return Plan((lead, second), tuple(appointment_of(visit, "$") for visit in found["visits"]), found["cost"])


# What follows


@transaction.atomic
def book_run(run: PlanningRun, *, by: User, at: dt.datetime) -> list[Visit]:
    """Book every course that the run planned: all of them in one transaction and one change, or none.

    Each plan is checked again, by code that the planner does not share, against the calendar as it is by then, with the
    courses before it booked. Raises Overtaken when one of them does not hold any more, Refused when the run is over.
    """
    hold_calendar(run.clinic)
    if not end(run, Step.BOOK, at=at, by=by):
        sentence = "This planning is not open any more: somebody has booked it or thrown it away."
        raise Refused([refusal("run_over", sentence)])
    visits: list[Visit] = []
    try:
        with transaction.atomic():
            change = None
            rows = list(run.courses.exclude(plan=None))
            courses = _still_waiting(run, rows)
            shared = shared_by(run.clinic, list(courses.values()), as_of=at)
            for row in rows:
                change, booked = _book(run, row, courses[row.course_id], shared, into=change, by=by, at=at)
                visits += booked
            PlanningRun.objects.filter(pk=run.pk).update(change=change)
    except Refused as refused:
        raise Overtaken(refused.findings) from refused
    return visits


def _still_waiting(run: PlanningRun, rows: Sequence[RunCourse]) -> dict[int, Course]:
    """The courses of these rows, held until the transaction ends. Raises Refused when one does not wait any more."""
    courses = all_locked([row.course_id for row in rows])
    if courses_waiting(run.clinic).filter(pk__in=courses).count() < len(rows):
        raise Refused([refusal("not_waiting", "One of these courses does not wait for a plan any more.")])
    return courses


def _book(
    run: PlanningRun,
    row: RunCourse,
    course: Course,
    shared: Shared,
    *,
    into: Rearrangement | None,
    by: User,
    at: dt.datetime,
) -> tuple[Rearrangement | None, list[Visit]]:
    plan = plan_of(row.plan)
    wish = Wish(run.first_day, run.last_start, plan.pair)
    request = request_for(course, wish=wish, as_of=at, shared=shared)
    if faults := check(plan, request):
        raise Refused(faults)
    settle_pair(course, plan, by=by, at=at)
    planned = Planned(course, plan, request, {})
    reason = "Planned together with other courses"
    return write(course.clinic, [planned], kind=Rearrangement.Kind.BOOKED, reason=reason, by=by, at=at, into=into)


def discard(run: PlanningRun, *, by: User, at: dt.datetime) -> bool:
    """Throw a run away; False when it was over already."""
    return end(run, Step.DISCARD, at=at, by=by)


@transaction.atomic
def plan_again(run: PlanningRun, *, by: User, at: dt.datetime) -> PlanningRun:
    """Throw a run away, if it is open, and ask for those of its courses that still wait once more."""
    end_lost(at=at, clinic=run.clinic)
    end(run, Step.DISCARD, at=at, by=by)
    courses = [row.course for row in run.courses.select_related("course")]
    return ask(run.clinic, courses=courses, first_day=run.first_day, last_start=run.last_start, by=by, at=at)
