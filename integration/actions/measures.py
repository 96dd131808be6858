import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from accounts.actions.editing import edit
from accounts.models import User
from accounts.rules.findings import Finding, Refused, refusal
from integration.models import Assessment
from integration.rules import caps5, cssrs, entering, instruments
from integration.rules.instruments import Instrument
from integration.rules.symptoms import Item
from patients.models import Course
from patients.rules.protocol import MeasurePlan, VisitKind
from screening.actions.alerts import raise_risk
from screening.rules import suicide
from screening.rules.suicide import Asked
from sessions.actions.record import complete
from sessions.models import Visit


def measure_plan(course: Course, instrument: str, code: str) -> MeasurePlan | None:
    """What the course's protocol says about this measure at this visit; None when it does not ask for it."""
    for plan in course.plan.measures:
        if plan.code == instrument and code in plan.visits:
            return plan
    return None


def duties(course: Course, user: User, on: dt.date) -> frozenset[str]:
    """What somebody does on this course's care team on a day."""
    return frozenset(member.duty for member in course.members(on) if member.user_id == user.pk)


def entry_refusals(visit: Visit, instrument: str, *, by: User, on: dt.date) -> list[Finding]:
    """Every reason why this person may not enter this measure at this visit; empty when they may."""
    plan = measure_plan(visit.course, instrument, visit.code)
    if plan is None:
        return [refusal("not_asked_for", f"The protocol does not ask for {instrument} at this visit.")]
    reasons = entering.who_refusals(plan.by, duties(visit.course, by, on))
    if visit.state == Visit.State.CANCELLED:
        reasons.append(
            refusal("visit_cancelled", "This visit was cancelled. Enter the measure at the one in its place.")
        )
    return reasons


@transaction.atomic
def keep_answers(
    visit: Visit,
    *,
    instrument: str,
    answers: Mapping[str, int],
    taken_on: dt.date,
    by: User,
    at: dt.datetime,
    learned_something: bool = False,
    version: int | None = None,
) -> Assessment:
    """Keep a sheet that is not signed yet, whole or not; the total follows from the answers.

    `version` is the version that was shown, None for a sheet that was not begun. Raises Refused with every reason, and
    Stale when somebody else changed the sheet meanwhile.
    """
    on = at.astimezone(visit.course.clinic.zone).date()
    reasons = entry_refusals(visit, instrument, by=by, on=on) + entering.day_refusals(taken_on, as_of=on)
    if reasons:
        raise Refused(reasons)
    values = {
        "taken_on": taken_on,
        "items": dict(answers),
        "total": instruments.total(instrument, answers),
        "blinded": instrument == caps5.CODE
        and entering.blinded(duties(visit.course, by, on), learned_something=learned_something),
    }
    sheet = open_sheet(visit, instrument)
    if sheet is None:
        return _begin(visit, instrument, values, by=by, at=at)
    return edit(sheet, version=version or 0, by=by, **values)


def open_sheet(visit: Visit, instrument: str) -> Assessment | None:
    """The sheet that was begun and not signed."""
    return Assessment.objects.open().filter(visit=visit, instrument=instrument).first()


def sheet_in_force(visit: Visit, instrument: str) -> Assessment | None:
    """The signed sheet that counts."""
    return Assessment.objects.in_force().filter(visit=visit, instrument=instrument).first()


def _begin(visit: Visit, instrument: str, values: dict, *, by: User, at: dt.datetime) -> Assessment:
    try:
        with transaction.atomic():
            return Assessment.objects.create(
                course=visit.course, visit=visit, instrument=instrument, begun_by=by, begun_at=at, **values
            )
    except IntegrityError as problem:
        raise Refused(
            [refusal("sheet_exists", "Somebody else has signed or begun this sheet meanwhile. Open it again.")]
        ) from problem


@transaction.atomic
def sign_sheet(sheet: Assessment, *, by: User, at: dt.datetime, leave_out_missing: bool = False) -> Assessment:
    """Sign a sheet: from now on nobody can change it. Raises Refused with every missing answer by name."""
    on = at.astimezone(sheet.course.clinic.zone).date()
    reasons = entry_refusals(sheet.visit, sheet.instrument, by=by, on=on)
    reasons += entering.signing_refusals(sheet.instrument, sheet.items, leave_out_missing=leave_out_missing)
    if reasons:
        raise Refused(reasons)
    moved = Assessment.objects.filter(pk=sheet.pk, version=sheet.version, signed_at=None).update(
        signed_by=by, signed_at=at, version=sheet.version + 1
    )
    if not moved:
        raise Refused([refusal("sheet_changed", "Somebody else has just changed or signed this sheet. Open it again.")])
    sheet.refresh_from_db()
    if sheet.instrument == cssrs.CODE:
        _note_risk(sheet, by=by, at=at)
    if _was_all(sheet.visit, at):
        complete(sheet.visit, by=by, at=at)
    return sheet


def _note_risk(sheet: Assessment, *, by: User, at: dt.datetime) -> None:
    signs = cssrs.signs(sheet.items)
    raise_risk(
        sheet.course,
        risk=suicide.triage(signs),
        asked=Asked.MEASURE,
        reference=str(sheet.public_id),
        evidence=f"C-SSRS signed by {by}: {suicide.written(signs)}",
        taken_on=sheet.taken_on,
        by=by,
        at=at,
    )


def _was_all(visit: Visit, at: dt.datetime) -> bool:
    """Whether this was a visit for measures only, and the last of them has just been signed."""
    if visit.kind not in (VisitKind.RATING, VisitKind.FOLLOW_UP) or visit.state != Visit.State.PLANNED:
        return False
    asked = {plan.code for plan in visit.course.plan.measures if visit.code in plan.visits}
    signed = set(Assessment.objects.in_force().filter(visit=visit).values_list("instrument", flat=True))
    return at >= visit.starts_at and asked <= signed


@transaction.atomic
def begin_correction(signed: Assessment, *, reason: str, by: User, at: dt.datetime) -> Assessment:
    """Begin a new sheet with the same answers that will supersede this one when it is signed. The old one stays.

    Raises Refused without a reason, when the sheet is not signed, or when it is being corrected already.
    """
    on = at.astimezone(signed.course.clinic.zone).date()
    reasons = entry_refusals(signed.visit, signed.instrument, by=by, on=on)
    if not signed.is_signed:
        reasons.append(refusal("not_signed", "This sheet is not signed: change it as it is."))
    if not reason.strip():
        reasons.append(refusal("no_reason", "Say why the signed sheet is corrected: the reason is kept with it."))
    if hasattr(signed, "superseded_by"):
        reasons.append(refusal("corrected_already", "This sheet has a correction already. Open that one."))
    if reasons:
        raise Refused(reasons)
    return Assessment.objects.create(
        course=signed.course,
        visit=signed.visit,
        instrument=signed.instrument,
        taken_on=signed.taken_on,
        items=signed.items,
        total=signed.total,
        blinded=signed.blinded,
        begun_by=by,
        begun_at=at,
        supersedes=signed,
        reason=reason.strip(),
    )


@dataclass(frozen=True, slots=True)
class Desk:
    """One measure of one visit as one person may see it."""

    visit: Visit
    measure: Instrument
    plan: MeasurePlan
    rating: bool  # an independent rater: no visit number, no dose, no scores of others
    signed: Assessment | None
    signed_elsewhere: bool  # another rater has signed it
    open: Assessment | None
    refusals: list[Finding]

    @property
    def day(self) -> dt.date:
        return self.visit.starts_at.astimezone(self.visit.course.clinic.zone).date()

    @property
    def signed_answers(self) -> list[tuple[Item, str]]:
        """The signed answers in words, "" where there is none."""
        answers = self.signed.items if self.signed else {}
        return [
            (item, f"{answers[item.code]} {item.scale[answers[item.code]]}" if item.code in answers else "")
            for item in self.measure.items
        ]

    @property
    def risk(self) -> Finding | None:
        """What a signed suicide screen says."""
        if self.signed is None or self.measure.code != cssrs.CODE:
            return None
        return cssrs.finding(cssrs.score(self.signed.items), f"{self.signed.taken_on:%-d %B %Y}")

    @property
    def may_write(self) -> bool:
        """There is a sheet to fill in: none is signed, or its correction was begun."""
        return not self.refusals and not self.signed_elsewhere and (self.signed is None or self.open is not None)

    @property
    def may_correct(self) -> bool:
        return not self.refusals and self.signed is not None and self.open is None


def desk_of(visit: Visit, measure: Instrument, *, by: User, on: dt.date) -> Desk | None:
    """The measure as this person may see it; None when it is none of theirs.

    A rater sees ratings only, and of those the own; whoever treats sees signed sheets and the open ones of the own side.
    """
    plan = measure_plan(visit.course, measure.code, visit.code)
    held = duties(visit.course, by, on)
    rating = entering.RATER in held
    if plan is None or (rating and plan.by != entering.RATER):
        return None
    signed, begun = sheet_in_force(visit, measure.code), open_sheet(visit, measure.code)
    elsewhere = bool(rating and signed and signed.signed_by_id != by.pk)
    refusals = entry_refusals(visit, measure.code, by=by, on=on)
    return Desk(
        visit=visit,
        measure=measure,
        plan=plan,
        rating=rating,
        signed=None if elsewhere else signed,
        signed_elsewhere=elsewhere,
        open=None if refusals or elsewhere else begun,
        refusals=refusals,
    )
