"""What is next for a person, section by section, in each role they hold. Reads only what their roles reach."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.models import Clinic, Credential, Opening, User, grant_for
from accounts.rules.access import Role
from accounts.rules.credentials import SOON, Standing, standing, words
from integration.actions.outcomes import Task, ratings_of, tasks_of
from integration.rules.due import Timing
from patients.models import Course, CourseApproval, Patient
from patients.models.course import CourseQuerySet
from reports.actions.courses import standings, with_everything
from reports.actions.half_years import numbers_of
from reports.rules.half_year import SOURCE, latest
from reports.rules.unusual import Opened, oddities
from screening.actions.tapering import watches_of
from sessions.actions.blocking import outlooks_of
from sessions.models import Signature, Visit

WEEK = dt.timedelta(days=7)
FAR = dt.datetime.max.replace(tzinfo=dt.UTC)
SHOWN = 8
IN_PERSON = ("preparation", "dosing", "integration")


@dataclass(frozen=True)
class Line:
    """One thing that waits: when, what, the rest, where to go. `tone` is good, attention, stop or nothing."""

    title: str
    href: str = ""
    when: str = ""
    kind: str = ""  # of a visit
    detail: str = ""
    tone: str = ""
    links: tuple[tuple[str, str], ...] = ()  # where else to go: label, address


@dataclass(frozen=True)
class Section:
    title: str
    empty: str
    lines: list[Line] = field(default_factory=list)
    more: list[Line] = field(default_factory=list)  # folded away, where no other page holds them all
    count: int = 0
    href: str = ""  # where all of them are
    href_label: str = ""


@dataclass(frozen=True)
class Reader:
    """The person who looks, and the moment."""

    user: User
    on: dt.date
    at: dt.datetime

    def visits(self, page: str) -> QuerySet[Visit]:
        rows = Visit.objects.visible_to(grant_for(self.user, page, self.on))
        return rows.select_related("course__patient", "course__protocol", "room")

    def courses(self, page: str) -> QuerySet[Course]:
        return Course.objects.visible_to(grant_for(self.user, page, self.on))

    def measured(self, page: str) -> CourseQuerySet:
        """Courses with what their measures are decided from."""
        rows = Course.objects.visible_to(grant_for(self.user, page, self.on))
        return rows.select_related("patient", "clinic", "protocol").prefetch_related("team")

    def between(self, first: int, last: int) -> tuple[dt.datetime, dt.datetime]:
        """From the beginning of one day to the end of another, counted from today, in the clinic's zone."""
        zone = timezone.get_current_timezone()
        start = dt.datetime.combine(self.on + dt.timedelta(days=first), dt.time(), zone)
        return start, dt.datetime.combine(self.on + dt.timedelta(days=last + 1), dt.time(), zone)


def sections_for(user: User, *, on: dt.date, at: dt.datetime) -> list[Section]:
    """Everything that waits for this person today, in the order of their roles."""
    reader = Reader(user, on, at)
    roles = {Role(role) for membership in user.current_memberships(on) for role in membership.roles}
    makers = [maker for role, own in SECTIONS.items() if role in roles for maker in own]
    made = [maker(reader) for maker in dict.fromkeys(makers)]
    return [section for section in made if section is not None]


def my_visits(reader: Reader) -> Section:
    start, end = reader.between(0, 0)
    rows = (
        reader.visits("sessions:visit")
        .standing()
        .filter(allocations__therapist=reader.user, allocations__active=True, starts_at__lt=end, ends_at__gte=start)
        .distinct()
    )
    return _section("Your visits today", "No visit today.", [_today(row, reader) for row in rows])


def my_week(reader: Reader) -> Section:
    start, end = reader.between(1, 7)
    rows = (
        reader.visits("sessions:visit")
        .standing()
        .filter(allocations__therapist=reader.user, allocations__active=True, starts_at__gte=start, starts_at__lt=end)
        .distinct()
    )
    return _section(
        "In the next seven days",
        "Nothing is booked for you in the next seven days.",
        [_visit(row) for row in rows],
        reverse("sessions:calendar"),
        "Calendar",
    )


def clinic_today(reader: Reader) -> Section:
    start, end = reader.between(0, 0)
    rows = (
        reader.visits("sessions:visit").standing().filter(starts_at__lt=end, ends_at__gte=start).order_by("starts_at")
    )
    calendar = f"{reverse('sessions:calendar')}?view=day&day={reader.on.isoformat()}"
    lines = [_today(row, reader, "sessions:visit") for row in rows]
    return _section("In the clinic today", "Nobody is booked today.", lines, calendar, "The day in the calendar")


def unsigned_notes(reader: Reader) -> Section:
    signed = Signature.objects.filter(signer=reader.user, note__kind="record", note__session__visit=OuterRef("pk"))
    rows = (
        reader.visits("sessions:note")
        .standing()
        .filter(allocations__therapist=reader.user, allocations__active=True, ends_at__lt=reader.at, kind__in=IN_PERSON)
        .exclude(Exists(signed))
        .distinct()
        .order_by("-starts_at")
    )
    lines = [
        Line(str(row.course.patient), reverse("sessions:note", args=[row.public_id]), _when(row), row.kind, row.title)
        for row in rows
    ]
    return _section("Notes you have not signed", "Every note of yours is signed.", lines)


def blocked_courses(reader: Reader) -> Section:
    rows = standings(with_everything(reader.courses("reports:board").active()), at=reader.at)
    blocked = [row for row in rows if row.blockers]
    blocked.sort(key=lambda row: (row.next_visit is None, row.next_visit.starts_at if row.next_visit else reader.at))
    lines = [
        Line(
            str(row.course.patient),
            reverse("reports:course", args=[row.course.public_id]),
            _when(row.next_visit) if row.next_visit else row.course.get_state_display(),
            row.next_visit.kind if row.next_visit else "",
            _first_of([blocker.finding.sentence for blocker in row.blockers]),
            "attention",
        )
        for row in blocked
    ]
    all_of_them = f"{reverse('reports:board')}?show=blocked"
    return _section("Courses that something blocks", "No course is blocked.", lines, all_of_them, "All blocked courses")


def blocked_days(reader: Reader) -> Section:
    """Booked dosing days that may not be held as things stand, for whoever may read the screening.

    Days of one course that the same reasons block are one line.
    """
    start, _ = reader.between(0, 0)
    rows = list(
        Visit.objects.visible_to(grant_for(reader.user, "screening:course", reader.on))
        .filter(kind="dosing", state=Visit.State.PLANNED, starts_at__gte=start)
        .select_related("course__patient")
    )
    standing = outlooks_of(rows, today=reader.on)
    alike: dict[tuple[Course, tuple[str, ...]], list[Visit]] = defaultdict(list)
    for row in rows:
        if row.pk in standing and standing[row.pk].is_blocked:
            alike[row.course, tuple(finding.sentence for finding in standing[row.pk].blocked)].append(row)
    lines = [
        Line(
            f"{' and '.join(row.title for row in days)}, {course.patient}",
            reverse("screening:course", args=[course.public_id]),
            _when(days[0]),
            days[0].kind,
            _first_of(reasons),
            "stop",
            tuple((f"Open {row.code}", reverse("sessions:visit", args=[row.public_id])) for row in days),
        )
        for (course, reasons), days in alike.items()
    ]
    return _section("Blocked dosing days", "No dosing day that is booked is blocked.", lines)


def decide_again(reader: Reader) -> Section:
    """Decisions that no longer stand because something underneath has changed, the nearest dosing day first."""
    rows = with_everything(
        reader.courses("screening:decide").filter(state__in=[Course.State.ELIGIBLE, Course.State.IN_TREATMENT])
    )
    reopened = [
        (row, finding)
        for row in standings(rows, at=reader.at)
        for finding in [row.decision]
        if finding is not None and finding.blocks
    ]
    lines = [
        Line(
            str(row.course.patient),
            reverse("screening:course", args=[row.course.public_id]),
            _when(row.next_dosing) if row.next_dosing else "No dosing day booked",
            "",
            finding.sentence,
            "attention",
        )
        for row, finding in sorted(
            reopened, key=lambda pair: pair[0].next_dosing.starts_at if pair[0].next_dosing else FAR
        )
    ]
    return _section("Decisions to sign again", "Every decision still stands.", lines)


def lapsing_approvals(reader: Reader) -> Section:
    rows = (
        CourseApproval.objects.visible_to(grant_for(reader.user, "patients:approvals", reader.on))
        .filter(course__state__in=Course.ACTIVE, expires_on__lte=reader.on + SOON)
        .select_related("course__patient")
        .order_by("expires_on")
    )
    lines = [
        Line(
            f"{row.course.patient}: {row.get_kind_display()}",
            reverse("patients:approvals", args=[row.course.public_id]),
            detail=words(row.expires_on, reader.on),
            tone="stop" if standing(row.expires_on, reader.on) is Standing.LAPSED else "attention",
        )
        for row in rows
    ]
    return _section(
        "Approvals that expire within 60 days", "Every approval is in force for longer than 60 days.", lines
    )


def decisions(reader: Reader) -> Section:
    rows = standings(
        with_everything(reader.courses("screening:decide").filter(state=Course.State.SCREENING)), at=reader.at
    )
    lines = [
        Line(
            str(row.course.patient),
            reverse("screening:course", args=[row.course.public_id]),
            detail=_first_of([blocker.finding.sentence for blocker in row.blockers]),
            tone="good" if any(blocker.finding.code == "no-decision" for blocker in row.blockers) else "attention",
        )
        for row in rows
    ]
    lines.sort(key=lambda line: line.tone != "good")
    return _section("In screening", "Nobody is in screening.", lines)


def dosing_today(reader: Reader) -> Section:
    start, end = reader.between(0, 1)
    rows = reader.visits("sessions:dosing").standing().filter(kind="dosing", starts_at__lt=end, ends_at__gte=start)
    lines = [_visit(row) for row in rows]
    return _section("Dosing today and tomorrow", "Nobody is dosed today or tomorrow.", lines)


def doses_needed(reader: Reader) -> Section:
    """For the safe: how much on which day. By chart number, because nothing else of the chart is needed for it."""
    start, end = reader.between(0, 6)
    rows = (
        reader.visits("sessions:calendar")
        .standing()
        .filter(kind="dosing", state=Visit.State.PLANNED, starts_at__gte=start, starts_at__lt=end)
    )
    lines = [
        Line(f"Chart {row.course.patient.chart_number}, {row.title}", "", _when(row), row.kind, _milligrams(row))
        for row in rows
    ]
    return _section("Doses needed this week", "No dosing day in the next seven days.", lines)


def ratings_due(reader: Reader) -> Section:
    """By chart number and day: the number of the visit would tell a blinded rater too much."""
    soon = reader.on + dt.timedelta(days=14)
    rows = ratings_of(reader.measured("integration:ratings"), by=reader.user, as_of=reader.on)
    lines = [
        Line(f"CAPS-5 with chart {row.course.patient.chart_number}", _sheet(row), _day(row), "", *_late(row))
        for row in rows
        if row.open or (row.due.timing is Timing.AHEAD and row.due.on and row.due.on <= soon)
    ]
    return _section(
        "Ratings due", "No rating in the next two weeks.", lines, reverse("integration:ratings"), "All your ratings"
    )


def measures_due(reader: Reader) -> Section:
    """What the treating team has to ask and enter; ratings are the rater's."""
    rows = tasks_of(reader.measured("integration:assess").active(), by=reader.user, as_of=reader.on)
    lines = [
        Line(f"{row.due.instrument}, {row.course.patient}", _sheet(row), _day(row), "", *_late(row))
        for row in rows
        if row.open and row.slug
    ]
    return _section("Measures to enter", "No measure is due.", lines)


def well_being_due(reader: Reader) -> Section:
    """Who is to be asked how they are: a taper or a washout runs, and the week is over."""
    rows = {row.pk: row for row in reader.measured("screening:check").active()}
    due = [
        (rows[key], watch) for key, watch in watches_of(rows.values(), reader.on).items() if watch.due_on <= reader.on
    ]
    lines = [
        Line(
            str(course.patient),
            reverse("screening:check", args=[course.public_id]),
            detail=watch.words(reader.on),
            tone="attention" if watch.late(reader.on) else "",
        )
        for course, watch in sorted(due, key=lambda pair: pair[1].due_on)
    ]
    return _section("Well-being checks due", "Nobody in a taper or washout waits to be asked.", lines)


def lapsing_papers(reader: Reader) -> Section:
    rows = (
        Credential.objects.visible_to(grant_for(reader.user, "accounts:person", reader.on))
        .filter(expires_on__lte=reader.on + SOON)
        .select_related("membership__user")
        .order_by("expires_on")
    )
    lines = [
        Line(
            f"{row.membership.user}: {row.title}",
            reverse("accounts:person", args=[row.membership.public_id]),
            detail=words(row.expires_on, reader.on),
            tone="stop" if standing(row.expires_on, reader.on) is Standing.LAPSED else "attention",
        )
        for row in rows
    ]
    return _section("Papers to renew", "Every licence and training is in force for longer than 60 days.", lines)


def six_monthly(reader: Reader) -> Section | None:
    """What authorised prescribers report each half-year, nought too. Nothing in a clinic outside Australia."""
    grant, half = grant_for(reader.user, "patients:approvals", reader.on), latest(reader.on)
    lines = []
    for clinic in Clinic.objects.filter(pk__in=grant.clinics, region__istartswith="AU"):
        new, treated = numbers_of(clinic, half)
        detail = f"{new} new patient{'' if new == 1 else 's'}, {treated} treated in all. {SOURCE.document}."
        due = "due" if reader.on <= half.due else "was due"
        tone = "attention" if reader.on <= half.due else ""
        lines.append(Line(f"{clinic}, {half.said}", when=f"{due} {half.due:%-d %b %Y}", detail=detail, tone=tone))
    return _section("Six-monthly report of authorised prescribers", "", lines) if lines else None


def odd_openings(reader: Reader) -> Section:
    grant = grant_for(reader.user, "patients:changes", reader.on)
    openings = Opening.objects.visible_to(grant).filter(at__gte=reader.at - WEEK).select_related("by", "clinic")
    by_clinic: dict[Clinic, list[Opened]] = {}
    for row in openings:
        by_clinic.setdefault(row.clinic, []).append(
            Opened(str(row.by), row.patient_id, row.at.astimezone(row.clinic.zone))
        )
    charts = {row.pk: row for row in Patient.objects.visible_to(grant)} if by_clinic else {}
    lines = []
    for clinic, rows in by_clinic.items():
        for odd in oddities(rows, clinic.opens_at, clinic.closes_at):
            links = tuple(
                (charts[key].chart_number, reverse("patients:changes", args=[charts[key].public_id]))
                for key in dict.fromkeys(odd.charts)
                if key in charts
            )
            day = f"{odd.day:%a} {odd.day.day} {odd.day:%b}"
            lines.append(Line(f"{odd.who} opened {odd.sentence}", when=day, links=links))
    return _section(
        "Openings to ask about",
        "In the last seven days no chart was opened outside opening hours, and nobody opened unusually many.",
        lines,
    )


SECTIONS: dict[Role, list[Callable[[Reader], Section | None]]] = {
    Role.THERAPIST: [my_visits, blocked_days, unsigned_notes, well_being_due, measures_due, my_week],
    Role.PHYSICIAN: [dosing_today, blocked_days, well_being_due, decide_again, decisions],
    Role.COORDINATOR: [clinic_today, blocked_days, blocked_courses, lapsing_approvals],
    Role.CUSTODIAN: [doses_needed],
    Role.RATER: [ratings_due],
    Role.ADMIN: [lapsing_papers, lapsing_approvals, six_monthly],
    Role.PRIVACY: [odd_openings],
}


def _section(title: str, empty: str, lines: list[Line], href: str = "", href_label: str = "") -> Section:
    more = [] if href else lines[SHOWN:]
    return Section(title, empty, lines[:SHOWN], more, len(lines), href, href_label)


def _visit(row: Visit, view: str = "") -> Line:
    view = view or ("sessions:dosing" if row.kind == "dosing" else "sessions:visit")
    where = row.room.name if row.room else "by telephone or video"
    return Line(
        str(row.course.patient), reverse(view, args=[row.public_id]), _when(row), row.kind, f"{row.title} · {where}"
    )


def _today(row: Visit, reader: Reader, view: str = "") -> Line:
    """A visit of today: its hours instead of its day, and what is known of it when they are over."""
    line, starts, ends = _visit(row, view), timezone.localtime(row.starts_at), timezone.localtime(row.ends_at)
    line = replace(line, when=f"{starts:%H:%M} to {ends:%H:%M}")
    if row.state == Visit.State.DONE:
        return replace(line, detail=f"{line.detail} · done", tone="good")
    if row.is_late(reader.at):
        return replace(line, detail=f"{line.detail} · its time is over, not closed yet", tone="attention")
    return line


def _when(row: Visit) -> str:
    starts = timezone.localtime(row.starts_at)
    return f"{starts:%a} {starts.day} {starts:%b}, {starts:%H:%M}"


def _sheet(task: Task) -> str:
    return reverse("integration:assess", args=[task.course.public_id, task.slug, task.visit_id])


def _day(task: Task) -> str:
    return f"{task.due.on:%a} {task.due.on.day} {task.due.on:%b}" if task.due.on else ""


def _late(task: Task) -> tuple[str, str]:
    """How late, in words, and the tone it is said in."""
    if not task.late:
        return ("Begun, not signed", "") if task.due.timing is Timing.STARTED else ("", "")
    return f"{task.late} day{'' if task.late == 1 else 's'} late", "attention"


def _milligrams(row: Visit) -> str:
    plan = next((dose for dose in row.course.plan.doses if dose.dose_number == row.dose_number), None)
    if plan is None:
        return "No dose in the protocol"
    choices = " or ".join(f"{value:g}" for value in sorted(choice.value for choice in plan.initial_choices))
    return f"{choices} mg, with supplement at most {plan.session_maximum.value:g} mg ({row.course.plan.salt})"


def _first_of(sentences: Iterable[str]) -> str:
    everything = list(sentences)
    if not everything:
        return ""
    more = f" And {len(everything) - 1} more." if len(everything) > 1 else ""
    return everything[0] + more
