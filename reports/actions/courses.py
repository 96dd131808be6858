"""What is known of courses today, gathered for the board, the course page and Today in a fixed number of queries."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Prefetch, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf
from django.urls import reverse

from accounts.models import Credential, User
from accounts.rules.access import Role
from accounts.rules.findings import Finding
from patients.models import Course, TeamMember
from patients.rules import approvals, team
from patients.rules.protocol import VisitKind
from reports.rules.readiness import Blocker, Facts, Remedy, Upcoming, blockers
from screening.actions.facts import candidates_at, decision_standing, newest_decisions
from screening.actions.risk import risk_findings
from screening.models import Decision
from screening.rules import washout
from screening.rules.booked import as_planned, outlooks
from screening.rules.candidate import Candidate
from screening.rules.verdict import judge
from sessions.actions.pictures import pictures_of
from sessions.models import Allocation, Visit
from sessions.rules.picture import Form, Picture

NAME = Coalesce(NullIf(F("therapist__name"), Value("")), F("therapist__username"))  # as people are called everywhere
REMEDIES = {
    Remedy.SCREENING: ("screening:course", "Open the screening"),
    Remedy.CONSENT: ("screening:consent", "Record consent"),
    Remedy.DECISION: ("screening:decide", "Decide"),
    Remedy.PLAN: ("sessions:plan", "Plan the course"),
    Remedy.TEAM: ("patients:team", "Open the team"),
    Remedy.APPROVALS: ("patients:approvals", "Open the approvals"),
    Remedy.PATIENT: ("patients:detail", "Open the patient"),
    Remedy.VISIT: ("sessions:visit", "Open the visit"),
}


@dataclass(frozen=True)
class Standing:
    """One course as it stands on one day."""

    course: Course
    on: dt.date
    visits: tuple[Visit, ...]  # planned and held, in their order
    next_visit: Visit | None
    blockers: tuple[Blocker, ...]
    washout: tuple[dt.date, dt.date] | None = None
    remedies: tuple[tuple[Blocker, str, str, str], ...] = field(default=())  # blocker, view, address, what to do
    decision: Finding | None = None  # whether the newest decision stands; None while the course is in screening

    @property
    def pair(self) -> list[User]:
        return self.course.pair(self.on)

    @property
    def coming(self) -> list[Visit]:
        return [visit for visit in self.visits if visit.state == Visit.State.PLANNED]

    @property
    def next_dosing(self) -> Visit | None:
        """The dosing day that is planned next, today's included."""
        zone = self.course.clinic.zone
        dosing = [visit for visit in self.coming if visit.kind == VisitKind.DOSING]
        return next((visit for visit in dosing if visit.ends_at.astimezone(zone).date() >= self.on), None)

    @property
    def held(self) -> list[Visit]:
        return [visit for visit in self.visits if visit.state == Visit.State.DONE]

    @property
    def is_today(self) -> bool:
        """Whether the next visit is held on this day, or was to be."""
        visit, zone = self.next_visit, self.course.clinic.zone
        return visit is not None and visit.starts_at.astimezone(zone).date() == self.on

    @cached_property
    def is_this_week(self) -> bool:
        monday = self.on - dt.timedelta(days=self.on.weekday())
        zone = self.course.clinic.zone
        days = [visit.starts_at.astimezone(zone).date() for visit in self.coming]
        return any(monday <= day < monday + dt.timedelta(days=7) for day in days)


def pictures(rows: list[Standing], form: Form, *, origin: dt.date | None = None) -> dict[int, Picture]:
    """The ribbons of the courses that have something to draw, by course. The large one leads to its visits."""
    drawn = [row for row in rows if row.visits or row.washout]
    if not drawn:
        return {}
    return pictures_of(
        [row.course for row in drawn],
        today=drawn[0].on,
        form=form,
        origin=origin,
        washouts={row.course.pk: row.washout for row in drawn if row.washout},
        link=(lambda visit: reverse("sessions:visit", args=[visit.public_id])) if form is Form.LARGE else None,
    )


def with_everything(courses: QuerySet[Course]) -> QuerySet[Course]:
    """The courses with all that `standings` reads, in a fixed number of queries."""
    visits = Visit.objects.standing().select_related("room").order_by("starts_at", "pk")
    taken = Allocation.objects.filter(visit=OuterRef("pk"), active=True, therapist__isnull=False).order_by("pk")
    # Names only: a clinic of two hundred courses has thousands of allocations, and nothing else of them is asked.
    visits = visits.annotate(therapist_names=ArraySubquery(taken.values_list(NAME)))
    return courses.select_related("patient", "clinic", "protocol").prefetch_related(
        Prefetch("visits", queryset=visits),
        Prefetch("team", queryset=TeamMember.objects.select_related("user")),
        "approvals",
        "deviations",
        "patient__contacts",
    )


def standings(courses: Iterable[Course], *, at: dt.datetime) -> list[Standing]:
    """Every course with its next visit and what blocks it. Give courses that went through `with_everything`."""
    rows = list(courses)
    people = {member.user_id for course in rows for member in course.team.all()}
    papers: dict[tuple[int, int], list[Credential]] = defaultdict(list)
    roles: dict[tuple[int, int], frozenset[Role]] = {}
    candidates = candidates_at(rows, at)
    decisions, risks = newest_decisions(rows), risk_findings(rows)
    for row in Credential.objects.filter(
        membership__user__in=people, membership__clinic__in={course.clinic_id for course in rows}
    ).select_related("membership"):
        key = (row.membership.user_id, row.membership.clinic_id)
        papers[key].append(row)
        roles[key] = frozenset(Role(role) for role in row.membership.roles)
    return [
        _standing(course, papers, roles, candidates[course.pk], decisions.get(course.pk), risks[course.pk], at)
        for course in rows
    ]


def _standing(
    course: Course,
    papers: dict[tuple[int, int], list[Credential]],
    roles: dict[tuple[int, int], frozenset[Role]],
    candidate: Candidate,
    decision: Decision | None,
    risk: Finding,
    at: dt.datetime,
) -> Standing:
    zone = course.clinic.zone
    on = at.astimezone(zone).date()
    visits = tuple(course.visits.all())
    planned = [visit for visit in visits if visit.state == Visit.State.PLANNED]
    coming = next((visit for visit in planned if visit.ends_at.astimezone(zone).date() >= on), None)
    passed = [visit for visit in planned if visit.ends_at.astimezone(zone).date() < on]
    day = coming.starts_at.astimezone(zone).date() if coming else on
    signed = None if course.state == Course.State.SCREENING else decision_standing(course, decision, candidate)
    facts = Facts(
        state=course.state,
        next_visit=_upcoming(course, coming) if coming else None,
        passed=tuple(_upcoming(course, visit) for visit in passed),
        held=sum(visit.state == Visit.State.DONE for visit in visits),
        of_visits=len(course.plan.visits),
        screening=tuple(_screening_findings(course, candidate, signed, risk, day, on)) if course.is_active else (),
        decided=course.state != Course.State.SCREENING,
        team=tuple(_team_findings(course, on, day, papers, roles)),
        duties=frozenset(member.duty for member in course.members(on)),
        approvals=tuple(_approval_findings(course, day)),
        contacts=frozenset(contact.kind for contact in course.patient.contacts.all() if contact.active),
        blocked_days=tuple(_blocked_days(course, planned, candidate, (signed, risk), on)) if signed else (),
    )
    found = blockers(facts)
    remedies = tuple(_remedy(course, blocker) for blocker in found)
    return Standing(course, on, visits, coming, found, _washout(course, candidate, on), remedies, signed)


def _screening_findings(
    course: Course, candidate: Candidate, signed: Finding | None, risk: Finding, day: dt.date, on: dt.date
) -> Iterable[Finding]:
    """What screening has against the day of the next visit, and whether a decision still stands."""
    if signed:
        yield signed
    yield risk
    yield from judge(course.plan, as_planned(candidate, by=day, today=on), as_of=day).reasons


def _blocked_days(
    course: Course, planned: list[Visit], candidate: Candidate, standing: tuple[Finding, ...], on: dt.date
) -> Iterable[tuple[Upcoming, tuple[Finding, ...]]]:
    """Booked dosing days that may not be held as things stand, with the reasons."""
    dosing = [_upcoming(course, visit) for visit in planned if visit.kind == VisitKind.DOSING]
    coming = [visit for visit in dosing if visit.day >= on]
    if not coming:
        return
    ahead = outlooks(course.plan, candidate, standing, [visit.day for visit in coming], today=on)
    yield from ((visit, ahead[visit.day].blocked) for visit in coming if ahead[visit.day].is_blocked)


def _washout(course: Course, candidate: Candidate, on: dt.date) -> tuple[dt.date, dt.date] | None:
    """From the first last dose to the clear-from date, while one is running."""
    if not course.is_active:
        return None
    entries = washout.clearances(candidate, course.plan.washout, as_of=on)
    clear = washout.clear_from(entries, as_of=on)
    if clear is None or clear <= on:
        return None
    began = [entry.medicine.last_dose_on for entry in entries if entry.clear_from and entry.clear_from > on]
    return min([on, *(day for day in began if day)]), clear


def _upcoming(course: Course, visit: Visit) -> Upcoming:
    plan = next((row for row in course.plan.visits if row.code == visit.code), None)
    return Upcoming(
        key=str(visit.public_id),
        code=visit.code,
        title=visit.title,
        kind=VisitKind(visit.kind),
        day=visit.starts_at.astimezone(course.clinic.zone).date(),
        needs_room=plan is not None and plan.room is not None,
        room=visit.room.name if visit.room else "",
        needs_therapists=plan.therapists if plan else 0,
        therapists=tuple(visit.therapist_names),
    )


def _team_findings(
    course: Course,
    on: dt.date,
    day: dt.date,
    papers: dict[tuple[int, int], list[Credential]],
    roles: dict[tuple[int, int], frozenset[Role]],
) -> Iterable[Finding]:
    for member in course.members(on):
        key = (member.user_id, course.clinic_id)
        if member.duty not in team.DUTIES or not team.DUTIES[member.duty].credentials:
            continue
        held = tuple(team.Held(row.kind, row.title, row.expires_on) for row in papers[key])
        wanted = frozenset({team.DUTIES[member.duty].role})
        yield from team.refusals(team.Person(str(member.user), roles.get(key, wanted), held), member.duty, day)


def _approval_findings(course: Course, day: dt.date) -> list[Finding]:
    held = [
        approvals.Approval(row.kind, row.reference, row.approved_on, row.expires_on) for row in course.approvals.all()
    ]
    return approvals.findings(course.access_route, held, day)


def _remedy(course: Course, blocker: Blocker) -> tuple[Blocker, str, str, str]:
    view, words = REMEDIES[blocker.remedy]
    key = course.public_id
    if blocker.remedy is Remedy.PATIENT:
        key = course.patient.public_id
    elif blocker.remedy is Remedy.VISIT:
        key = blocker.visit
    return blocker, view, reverse(view, args=[key]), words
