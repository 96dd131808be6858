"""What is known of courses today, gathered for the board, the course page and Today in a fixed number of queries."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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
from reports.rules.readiness import Blocker, Facts, Remedy, Upcoming, asks_screening, blockers
from screening.actions.facts import candidates_at, decision_standing, newest_decisions
from screening.actions.risk import risk_findings
from screening.rules import washout
from screening.rules.booked import as_planned, outlooks
from screening.rules.candidate import Candidate
from screening.rules.verdict import reasons
from sessions.actions.blocking import course_open
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
class Staff:
    """Credentials and roles by person and clinic."""

    papers: Mapping[tuple[int, int], list[Credential]]
    roles: Mapping[tuple[int, int], frozenset[Role]]


@dataclass(frozen=True, eq=False)
class Standing:
    """One course as it stands on one day. Everything is worked out when it is asked: lists show a part of it."""

    course: Course
    on: dt.date
    candidate: Candidate
    decision: Finding  # whether the newest decision stands
    risk: Finding
    staff: Staff

    @cached_property
    def visits(self) -> tuple[Visit, ...]:
        """Planned and held, in their order."""
        return tuple(self.course.standing_visits)

    @cached_property
    def coming(self) -> list[Visit]:
        return [visit for visit in self.visits if visit.state == Visit.State.PLANNED]

    @property
    def held(self) -> list[Visit]:
        return [visit for visit in self.visits if visit.state == Visit.State.DONE]

    @cached_property
    def ahead(self) -> list[Visit]:
        """The planned visits from today on."""
        return [visit for visit in self.coming if self.day(visit.ends_at) >= self.on]

    @property
    def next_visit(self) -> Visit | None:
        return self.ahead[0] if self.ahead else None

    @property
    def next_dosing(self) -> Visit | None:
        """The dosing day that is planned next, today's included."""
        return next((visit for visit in self.ahead if visit.kind == VisitKind.DOSING), None)

    @property
    def is_today(self) -> bool:
        """Whether the next visit is held on this day, or was to be."""
        return self.next_visit is not None and self.day(self.next_visit.starts_at) == self.on

    @property
    def is_this_week(self) -> bool:
        monday = self.on - dt.timedelta(days=self.on.weekday())
        days = [self.day(visit.starts_at) for visit in self.coming]
        return any(monday <= day < monday + dt.timedelta(days=7) for day in days)

    @cached_property
    def pair(self) -> list[User]:
        return self.course.pair(self.on)

    @cached_property
    def blocked(self) -> dict[int, tuple[Finding, ...]]:
        """Why booked dosing days from today on may not be held as things stand, by the key of the visit."""
        days = {visit.pk: self.day(visit.starts_at) for visit in self.ahead if visit.kind == VisitKind.DOSING}
        if not days:
            return {}
        standing = (course_open(self.course), self.decision, self.risk)
        found = outlooks(self.course.plan, self.candidate, standing, days.values(), today=self.on)
        return {key: found[day].blocked for key, day in days.items() if found[day].is_blocked}

    @cached_property
    def blockers(self) -> tuple[Blocker, ...]:
        return blockers(_facts(self))

    @cached_property
    def remedies(self) -> list[tuple[Blocker, str, str, str]]:
        """Each blocker with the view where it is put right, its address, and what to do there."""
        return [_remedy(self.course, blocker) for blocker in self.blockers]

    @cached_property
    def washout(self) -> tuple[dt.date, dt.date] | None:
        """From the first last dose to the clear-from date, while one is running."""
        return _washout(self.course, self.candidate, self.on)

    def day(self, instant: dt.datetime) -> dt.date:
        return instant.astimezone(self.course.clinic.zone).date()


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
        blocked={key for row in drawn for key in row.blocked},
        link=(lambda visit: reverse("sessions:visit", args=[visit.public_id])) if form is Form.LARGE else None,
    )


def with_everything(courses: QuerySet[Course]) -> QuerySet[Course]:
    """The courses with all that `standings` reads, in a fixed number of queries."""
    visits = Visit.objects.standing().prefetch_related("room").order_by("starts_at", "pk")
    taken = Allocation.objects.filter(visit=OuterRef("pk"), active=True, therapist__isnull=False).order_by("pk")
    # Names only: a clinic of two hundred courses has thousands of allocations, and nothing else of them is asked.
    visits = visits.annotate(therapist_names=ArraySubquery(taken.values_list(NAME)))
    return courses.select_related("patient", "clinic").prefetch_related(
        "protocol",  # 50 kB of text, once for all of its courses
        Prefetch("visits", queryset=visits, to_attr="standing_visits"),
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
    staff = Staff(papers, roles)
    return [
        Standing(
            course,
            at.astimezone(course.clinic.zone).date(),
            candidates[course.pk],
            decision_standing(course, decisions.get(course.pk), candidates[course.pk]),
            risks[course.pk],
            staff,
        )
        for course in rows
    ]


def _facts(row: Standing) -> Facts:
    course, on = row.course, row.on
    day = row.day(row.next_visit.starts_at) if row.next_visit else on
    next_visit = _upcoming(row, row.next_visit) if row.next_visit else None
    asked = course.is_active and asks_screening(course.state, next_visit)
    decided = course.state != Course.State.SCREENING
    return Facts(
        state=course.state,
        next_visit=next_visit,
        passed=tuple(_upcoming(row, visit) for visit in row.coming if row.day(visit.ends_at) < on),
        held=len(row.held),
        of_visits=len(course.plan.visits),
        screening=tuple(_screening_findings(row, day)) if asked else (),
        decided=decided,
        team=tuple(_team_findings(row, day)),
        duties=frozenset(member.duty for member in course.members(on)),
        approvals=tuple(_approval_findings(course, day)),
        contacts=frozenset(contact.kind for contact in course.patient.contacts.all() if contact.active),
        blocked_days=tuple(_blocked_days(row)) if course.is_active and decided and not asked else (),
    )


def _screening_findings(row: Standing, day: dt.date) -> Iterable[Finding]:
    """What screening has against the day of the next visit, and whether a decision still stands."""
    if row.course.state != Course.State.SCREENING:
        yield row.decision
    yield row.risk
    yield from reasons(row.course.plan, as_planned(row.candidate, by=day, today=row.on), as_of=day)


def _blocked_days(row: Standing) -> Iterable[tuple[Upcoming, tuple[Finding, ...]]]:
    """Booked dosing days that may not be held as things stand, with the reasons."""
    yield from ((_upcoming(row, visit), row.blocked[visit.pk]) for visit in row.ahead if visit.pk in row.blocked)


def _washout(course: Course, candidate: Candidate, on: dt.date) -> tuple[dt.date, dt.date] | None:
    if not course.is_active:
        return None
    entries = washout.clearances(candidate, course.plan.washout, as_of=on)
    clear = washout.clear_from(entries, as_of=on)
    if clear is None or clear <= on:
        return None
    began = [entry.medicine.last_dose_on for entry in entries if entry.clear_from and entry.clear_from > on]
    return min([on, *(day for day in began if day)]), clear


def _upcoming(row: Standing, visit: Visit) -> Upcoming:
    plan = next((plan for plan in row.course.plan.visits if plan.code == visit.code), None)
    return Upcoming(
        key=str(visit.public_id),
        code=visit.code,
        title=visit.title,
        kind=VisitKind(visit.kind),
        day=row.day(visit.starts_at),
        needs_room=plan is not None and plan.room is not None,
        room=visit.room.name if visit.room else "",
        needs_therapists=plan.therapists if plan else 0,
        therapists=tuple(visit.therapist_names),
    )


def _team_findings(row: Standing, day: dt.date) -> Iterable[Finding]:
    for member in row.course.members(row.on):
        key = (member.user_id, row.course.clinic_id)
        if member.duty not in team.DUTIES or not team.DUTIES[member.duty].credentials:
            continue
        held = tuple(team.Held(one.kind, one.title, one.expires_on) for one in row.staff.papers.get(key, ()))
        wanted = frozenset({team.DUTIES[member.duty].role})
        person = team.Person(str(member.user), row.staff.roles.get(key, wanted), held)
        yield from team.refusals(person, member.duty, day)


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
