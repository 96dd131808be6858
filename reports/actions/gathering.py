"""Gathers a document's facts out of the record. Nothing here writes, and nothing is gathered that may not be held."""

import datetime as dt
from dataclasses import replace

from accounts.models import Credential
from patients.models import Course
from reports.actions import course_facts, session_facts
from reports.models import Report
from reports.rules.documents import Contents
from reports.rules.papers import Footnote, LetterText, Paper, Person, SafetyPlanText, SignatureLine, Statement, Subject
from screening.actions.letters import is_genuine
from screening.models import Letter, SafetyPlan
from screening.rules.letter import MEANING


def record_of(report: Report, *, at: dt.datetime) -> Paper:
    """Everything the document shows but its pictures, in the clinic's zone, as the record stands at `at`."""
    course, visit = report.course, report.visit
    if report.letter:
        return replace(_cover(report, _letter_statement(report.letter), at), letter=_letter(report.letter, at))
    if report.safety_plan:
        return replace(_cover(report, Statement(False, ""), at), safety_plan=_safety_plan(report.safety_plan))
    statement = session_facts.statement(visit) if visit else course_facts.statement(course)
    paper = _cover(report, statement, at)
    if visit:
        paper = replace(
            paper,
            subtitle=session_facts.subtitle(visit),
            is_dosing_day=visit.kind == "dosing" and report.contents != Contents.OFFICE,
            team=tuple(_with_credentials(course, session_facts.present(visit))),
            hours=session_facts.hours_of(visit),
        )
        if report.contents != Contents.OFFICE:
            paper = session_facts.with_the_day(paper, visit)
        if report.contents == Contents.WITH_NOTES:
            paper = replace(paper, notes=session_facts.notes_of([visit]))
        return paper
    hours, remark, figure = course_facts.hours_of(course)
    paper = replace(
        paper,
        subtitle=f"{course.get_state_display()}, opened {course.opened_on:%-d %B %Y}",
        team_when="On the team",
        team=tuple(_with_credentials(course, course_facts.team_of(course))),
        visits=course_facts.visits_of(course),
        hours=hours,
        hours_remark=remark,
        footnotes=(Footnote(1, figure),),
    )
    if report.contents != Contents.OFFICE:
        paper = course_facts.with_the_treatment(paper, course)
    if report.contents == Contents.WITH_NOTES:
        paper = replace(paper, notes=session_facts.notes_of(list(course.visits.all())))
    return paper


def _letter(letter: Letter, at: dt.datetime) -> LetterText:
    """What stands on the sheet. The sender is the clinic's discreet name: it shows through the window of the envelope."""
    clinic = letter.course.clinic
    on = (letter.signed_at or at).astimezone(clinic.zone).date()
    return LetterText(clinic.discreet_name, clinic.phone, tuple(letter.address.splitlines()), on, letter.body)


def _safety_plan(plan: SafetyPlan) -> SafetyPlanText:
    """The plan as it was kept, without the headings under which nothing stands."""
    clinic = plan.course.clinic
    lines = tuple((title, tuple(said)) for title, said in plan.lines if said)
    return SafetyPlanText(clinic.discreet_name, clinic.phone, plan.at.astimezone(clinic.zone).date(), lines)


def _letter_statement(letter: Letter) -> Statement:
    """A draft until the physician has signed exactly this wording."""
    if not (letter.signed_at and is_genuine(letter)):
        reason = "What is stored is not what was signed." if letter.signed_at else "Not signed by the physician yet."
        return Statement(True, reason, missing=("the physician",))
    here = letter.signed_at.astimezone(letter.course.clinic.zone)
    return Statement(False, "", (SignatureLine(letter.printed_name, "Letter", MEANING, here, letter.signed_at),))


def _cover(report: Report, statement: Statement, at: dt.datetime) -> Paper:
    course = report.course
    patient, zone = course.patient, course.clinic.zone
    return Paper(
        title=report.title,
        subtitle="",
        clinic=course.clinic.name,
        zone=course.clinic.time_zone,
        subject=Subject(
            patient=str(patient),
            born=patient.date_of_birth,
            chart_number=patient.chart_number,
            indication=course.indication,
            access_route=course.get_access_route_display(),
            approvals=tuple(
                f"{approval.authority} {approval.reference}, until {approval.expires_on:%-d %b %Y}"
                if approval.expires_on
                else f"{approval.authority} {approval.reference}"
                for approval in course.approvals.all()
            ),
            protocol=str(course.protocol),
        ),
        version=f"version {report.version}",
        code=report.code,
        printed_at=at.astimezone(zone),
        printed_by=str(report.requested_by),
        is_draft=statement.is_draft,
        draft_reason=statement.reason,
        contents=report.contents,
        signatures=statement.signatures,
        missing_signatures=statement.missing,
    )


def _with_credentials(course: Course, people: list[tuple[int, Person]]) -> list[Person]:
    """The people with their licence and training as recorded."""
    papers: dict[int, list[str]] = {}
    held = Credential.objects.filter(
        membership__clinic=course.clinic_id, membership__user__in=[user for user, _ in people]
    ).select_related("membership")
    for row in held.order_by("kind", "expires_on"):
        number = f", no. {row.number}" if row.number else ""
        papers.setdefault(row.membership.user_id, []).append(f"{row.title}{number}, to {row.expires_on:%-d %b %Y}")
    return [replace(person, credential="; ".join(papers.get(user, []))) for user, person in people]
