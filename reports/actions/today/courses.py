"""Courses and booked dosing days that something stands against, and decisions that wait for a physician."""

import datetime as dt
from collections import defaultdict

from django.urls import reverse

from accounts.models import grant_for
from patients.models import Course
from reports.actions.today.lines import Line, Section, first_of, section, when
from reports.actions.today.reader import Reader
from screening.actions.reopening import TREATED
from sessions.actions.blocking import outlooks_of
from sessions.models import Visit

FAR = dt.datetime.max.replace(tzinfo=dt.UTC)


def blocked_courses(reader: Reader) -> Section:
    blocked = [row for row in reader.standings("reports:board") if row.blockers]
    blocked.sort(key=lambda row: (row.next_visit is None, row.next_visit.starts_at if row.next_visit else reader.at))
    lines = [
        Line(
            str(row.course.patient),
            reverse("reports:course", args=[row.course.public_id]),
            when(row.next_visit) if row.next_visit else row.course.get_state_display(),
            row.next_visit.kind if row.next_visit else "",
            first_of([blocker.finding.sentence for blocker in row.blockers]),
            "attention",
        )
        for row in blocked
    ]
    all_of_them = f"{reverse('reports:board')}?show=blocked"
    return section("Courses that something blocks", "No course is blocked.", lines, all_of_them, "All blocked courses")


def blocked_days(reader: Reader) -> Section:
    """Booked dosing days that may not be held as things stand, for whoever may read the screening.

    Days of one course that the same reasons block are one line.
    """
    start, _ = reader.between(0, 0)
    rows = list(
        Visit.objects.visible_to(grant_for(reader.user, "screening:course", reader.on))
        .filter(kind="dosing", state=Visit.State.PLANNED, starts_at__gte=start)
        .select_related("course__patient", "course__clinic")
    )
    known = {standing.course.pk: standing.blocked for gathered in reader.gathered.values() for standing in gathered}
    blocked = {key: reasons for reasons_of in known.values() for key, reasons in reasons_of.items()}
    others = outlooks_of([row for row in rows if row.course_id not in known], today=reader.on)
    blocked |= {key: outlook.blocked for key, outlook in others.items()}
    alike: dict[tuple[Course, tuple[str, ...]], list[Visit]] = defaultdict(list)
    for row in rows:
        if reasons := blocked.get(row.pk):
            alike[row.course, tuple(finding.sentence for finding in reasons)].append(row)
    lines = [
        Line(
            f"{' and '.join(row.title for row in days)}, {course.patient}",
            reverse("screening:course", args=[course.public_id]),
            when(days[0]),
            days[0].kind,
            first_of(reasons),
            "stop",
            tuple((f"Open {row.code}", reverse("sessions:visit", args=[row.public_id])) for row in days),
        )
        for (course, reasons), days in alike.items()
    ]
    return section("Blocked dosing days", "No dosing day that is booked is blocked.", lines)


def decide_again(reader: Reader) -> Section:
    """Decisions that no longer stand because something underneath has changed, the nearest dosing day first."""
    reopened = [
        (row, row.decision)
        for row in reader.standings("screening:decide")
        if row.course.state in TREATED and row.decision.blocks
    ]
    lines = [
        Line(
            str(row.course.patient),
            reverse("screening:course", args=[row.course.public_id]),
            when(row.next_dosing) if row.next_dosing else "No dosing day booked",
            "",
            finding.sentence,
            "attention",
        )
        for row, finding in sorted(
            reopened, key=lambda pair: pair[0].next_dosing.starts_at if pair[0].next_dosing else FAR
        )
    ]
    return section("Decisions to sign again", "Every decision still stands.", lines)


def decisions(reader: Reader) -> Section:
    lines = [
        Line(
            str(row.course.patient),
            reverse("screening:course", args=[row.course.public_id]),
            detail=first_of([blocker.finding.sentence for blocker in row.blockers]),
            tone="good" if any(blocker.finding.code == "no-decision" for blocker in row.blockers) else "attention",
        )
        for row in reader.standings("screening:decide")
        if row.course.state == Course.State.SCREENING
    ]
    lines.sort(key=lambda line: line.tone != "good")
    return section("In screening", "Nobody is in screening.", lines)
