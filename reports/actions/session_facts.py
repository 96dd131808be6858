"""What was held in one visit, as its document shows it."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from patients.rules.protocol import VisitKind
from reports.rules.papers import (
    CheckLine,
    DoseLine,
    EffectLine,
    Footnote,
    HoursLine,
    Limit,
    NoteText,
    Paper,
    Person,
    Reading,
    SignatureLine,
    Statement,
)
from reports.rules.words import duration, span
from sessions.actions.notes import signers
from sessions.models import Addendum, DayCheck, Dose, Effect, Note, Presence, TherapySession, Visit, VitalSign
from sessions.rules.hours import Stretch, tally
from sessions.rules.notes import NoteKind, is_complete, items_for
from sessions.rules.vitals import NAMES


def session_of(visit: Visit) -> TherapySession | None:
    return TherapySession.objects.filter(visit=visit).first()


def subtitle(visit: Visit) -> str:
    zone = visit.course.clinic.zone
    starts, ends = visit.starts_at.astimezone(zone), visit.ends_at.astimezone(zone)
    return f"{visit.title}, {starts:%A %-d %B %Y}, {span(starts, ends)}"


def present(visit: Visit) -> list[tuple[int, Person]]:
    """Who was there, with their arrivals and leavings; who was booked, where nobody wrote it down."""
    zone = visit.course.clinic.zone
    duties = {row.user_id: row.get_duty_display() for row in visit.course.members(visit.starts_at.date())}
    rows: dict[int, tuple[str, list[Presence]]] = {}
    for row in Presence.objects.filter(session__visit=visit).select_related("therapist"):
        rows.setdefault(row.therapist_id, (str(row.therapist), []))[1].append(row)
    if not rows:
        booked = [(user.pk, str(user)) for user in visit.therapists]
        return [(key, Person(name, duties.get(key, "Therapist"), from_to="booked")) for key, name in booked]
    return [
        (key, Person(name, duties.get(key, "Therapist"), from_to="; ".join(_stay(row, zone) for row in stays)))
        for key, (name, stays) in rows.items()
    ]


def _stay(row: Presence, zone: dt.tzinfo) -> str:
    arrived = row.arrived_at.astimezone(zone)
    if row.left_at is None:
        return f"from {arrived:%H:%M}"
    minutes = int((row.left_at - row.arrived_at).total_seconds() // 60)
    return f"{span(arrived, row.left_at.astimezone(zone))} ({duration(minutes)})"


def stretches(visits: Iterable[Visit]) -> tuple[list[Stretch], list[Stretch]]:
    """(planned, logged) times of the therapists in these visits."""
    visits = list(visits)
    planned = [
        Stretch(str(visit.pk), VisitKind(visit.kind), str(therapist), visit.starts_at, visit.ends_at)
        for visit in visits
        if visit.is_standing
        for therapist in visit.therapists
    ]
    kinds = {visit.pk: VisitKind(visit.kind) for visit in visits}
    rows = Presence.objects.filter(session__visit__in=visits).select_related("therapist", "session")
    logged = [
        Stretch(str(row.session.visit_id), kinds[row.session.visit_id], str(row.therapist), row.arrived_at, row.left_at)
        for row in rows
    ]
    return planned, logged


def hours_of(visit: Visit) -> tuple[HoursLine, ...]:
    """Planned and logged time of each therapist in this visit, with the sum."""
    planned, logged = (tally(rows) for rows in stretches([visit]))
    names = sorted({*planned.therapists, *logged.therapists})
    if not names:
        return ()
    lines = [HoursLine(name, duration(planned.of(None, name)), duration(logged.of(None, name))) for name in names]
    return (*lines, HoursLine("Total", duration(planned.of()), duration(logged.of())))


def with_the_day(paper: Paper, visit: Visit) -> Paper:
    """Add what was asked, given and seen."""
    session = session_of(visit)
    if session is None:
        return paper
    zone = visit.course.clinic.zone
    limits = _limits(visit) if visit.kind == VisitKind.DOSING else ()
    return replace(
        paper,
        salt=visit.course.plan.salt,
        steps=tuple(
            CheckLine(row.at.astimezone(zone), row.get_step_display(), row.reason, str(row.by))
            for row in session.steps.select_related("by")
        ),
        checks=tuple(
            CheckLine(row.at.astimezone(zone), _asked(row), _answered(row), str(row.by), row.good)
            for row in session.checks.select_related("by", "person")
        ),
        doses=doses_of([visit], zone),
        readings=_readings(session, visit, zone),
        limits=limits,
        effects=effects_of([visit], zone),
        touches=tuple(
            EffectLine(
                row.at.astimezone(zone),
                None,
                row.get_kind_display(),
                row.get_initiator_display(),
                row.note,
                str(row.therapist),
            )
            for row in session.touches.select_related("therapist")
        ),
        footnotes=tuple(
            Footnote(number, f"{limit.label} {limit.unit}: {limit.source} ({limit.mark}).")
            for number, limit in enumerate(limits, start=1)
        ),
    )


def _asked(row: DayCheck) -> str:
    return row.get_check_code_display().capitalize()


UNITS = {"fasting": "h", "suicide_risk": "on the C-SSRS", "distress": "of 10"}


def _answered(row: DayCheck) -> str:
    number = f"{float(row.number):g} {UNITS.get(row.check_code, '')}".strip() if row.number is not None else ""
    parts = ["in order" if row.good else "not in order", number, str(row.person or ""), row.detail]
    return ", ".join(part for part in parts if part)


def doses_of(visits: Iterable[Visit], zone: dt.tzinfo) -> tuple[DoseLine, ...]:
    rows = Dose.objects.filter(session__visit__in=list(visits)).select_related(
        "session__visit", "given_by", "witnessed_by"
    )
    return tuple(
        DoseLine(
            row.given_at.astimezone(zone),
            row.session.visit.code,
            row.kind,
            f"{float(row.mg):g} mg",
            str(row.given_by),
            str(row.witnessed_by),
            row.lot,
        )
        for row in rows.order_by("given_at")
    )


def effects_of(visits: Iterable[Visit], zone: dt.tzinfo) -> tuple[EffectLine, ...]:
    rows = Effect.objects.filter(session__visit__in=list(visits)).select_related("by").order_by("from_at", "pk")
    return tuple(
        EffectLine(
            row.from_at.astimezone(zone),
            row.until_at.astimezone(zone) if row.until_at else None,
            row.term,
            row.get_severity_display() or "",
            row.note,
            row.by.initials,
        )
        for row in rows
    )


def _readings(session: TherapySession, visit: Visit, zone: dt.tzinfo) -> tuple[Reading, ...]:
    titles = {slot.code: slot.title for slot in visit.course.plan.vital_slots}
    rows = VitalSign.objects.filter(session=session, replaced_by=None).select_related("by")
    return tuple(
        Reading(
            at=row.taken_at.astimezone(zone),
            title=titles.get(row.slot, "Extra set"),
            systolic=row.systolic,
            diastolic=row.diastolic,
            pulse=row.pulse,
            temperature=None if row.temperature is None else float(row.temperature),
            oxygen=row.oxygen,
            by=row.by.initials,
            remark="entered later" if row.late else "",
        )
        for row in rows.order_by("taken_at", "saved_at")
    )


def _limits(visit: Visit) -> tuple[Limit, ...]:
    """The thresholds that the plot draws, each once."""
    found: dict[tuple[str, float], Limit] = {}
    for limit in visit.course.plan.vital_limits:
        if limit.stage == "before-supplement" and limit.above and limit.measure in ("systolic", "diastolic", "pulse"):
            value = limit.limit.value
            label = f"{NAMES[limit.measure].capitalize()} {value:g}"
            found.setdefault(
                (limit.measure, value),
                Limit(
                    f"{label}",
                    limit.measure,
                    value,
                    limit.limit.unit,
                    limit.limit.source.document,
                    limit.limit.source.mark,
                ),
            )
    return tuple(found.values())


def notes_of(visits: list[Visit]) -> tuple[NoteText, ...]:
    """The pair's notes with their later additions, in the order of the visits. Only for the pair's own copies."""
    found: list[NoteText] = []
    rows = Note.objects.filter(session__visit__in=visits).select_related("author", "session__visit__course__clinic")
    for note in rows.order_by("session__visit__starts_at", "-kind", "pk"):
        visit = note.session.visit
        zone = visit.course.clinic.zone
        labels = {item.code: item.label for item in items_for(VisitKind(visit.kind))}
        ticked = [labels.get(code, code) for code in note.ticked]
        text = "\n".join([*(f"• {label}" for label in ticked), note.text]).strip()
        if not text:
            continue
        last = note.versions.select_related("by").first()
        by, when = (str(last.by), last.at) if last else (str(note.author or ""), visit.starts_at)
        found.append(NoteText(f"{visit.code} {note.get_kind_display()}", by, when.astimezone(zone), text))
        found += [
            NoteText(
                f"{visit.code} Addendum",
                row.printed_name,
                row.at.astimezone(zone),
                f"{row.text}\n\nWhy: {row.reason}",
                True,
            )
            for row in Addendum.objects.filter(note=note)
        ]
    return tuple(found)


def signatures_of(visit: Visit) -> tuple[list[SignatureLine], list[str]]:
    """(who signed the record of a visit, names of those who still have to). Nobody of nobody: not complete."""
    session = session_of(visit)
    note = Note.objects.filter(session=session, kind=NoteKind.RECORD).first() if session else None
    if session is None or note is None:
        return [], [str(user) for user in visit.therapists]
    zone = visit.course.clinic.zone
    rows = list(note.signatures.select_related("signer"))
    lines = [
        SignatureLine(row.printed_name, visit.code, row.meaning, row.at.astimezone(zone), row.at.astimezone(dt.UTC))
        for row in rows
    ]
    needed = signers(note, session)
    signed = frozenset(str(row.signer_id) for row in rows)
    if is_complete(signed, needed):
        return lines, []
    people = {str(user.pk): str(user) for user in visit.therapists}
    missing = [people.get(key, "another therapist") for key in sorted(needed - signed)]
    return lines, missing or ["a therapist of the session"]


def statement(visit: Visit) -> Statement:
    """A session's document is final once everybody who held it has signed its record."""
    signed, missing = signatures_of(visit)
    if not signed and not missing:
        missing = ["a therapist of the session"]
    if missing:
        reason = "Not signed by all who held the session; the record may still change."
        return Statement(True, reason, tuple(signed), tuple(missing))
    return Statement(False, "", tuple(signed))
