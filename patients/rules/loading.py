"""From the text of a protocol to its dataclasses. Whatever is missing, unknown or contradictory is refused by file, key and line.

Three conveniences keep the file readable for a clinician, and nothing else does:
`[figures]` names a figure that many places use; `[defaults.<kind>]` holds what all visits of a kind share;
a visit with `doses = [1, 2, 3]` stands for one visit per dosing day, with {dose}, {previous} and {next} in its words.
Neighbouring visits with `doses` are laid out dose by dose.
"""

from collections.abc import Iterable, Mapping
from itertools import groupby

from patients.rules.protocol import (
    Criterion,
    CriterionKind,
    DosePlan,
    DosingDay,
    EvidenceKind,
    Figure,
    HoursBand,
    MeasurePlan,
    Period,
    PreScreening,
    Protocol,
    Reach,
    RoomKind,
    StaffRule,
    VisitKind,
    VisitPlan,
    VitalLimit,
    VitalSlot,
    WashoutPolicy,
)
from patients.rules.reading import LoadError, Table, open_file

__all__ = ["LoadError", "load"]

VITAL_MEASURES = ("systolic", "diastolic", "pulse", "temperature", "oxygen")
VITAL_STAGES = ("before-dose", "before-supplement", "any-time", "close")
DOMAINS = ("general", "psychiatric", "medical")
# What the screening can work out; a criterion computed from anything else could never be met.
COMPUTED = (
    "age",
    "alcohol",
    "blood_pressure",
    "boosters",
    "cannabis",
    "caps5",
    "contact",
    "drug_screen",
    "liver",
    "medicines",
    "panel",
    "pcl5",
    "potassium",
    "pregnancy",
    "prior_mdma",
    "ptsd",
    "qtc_bazett",
    "qtc_fridericia",
    "suicide_risk",
    "weight",
)
RATED_BY = ("rater", "therapist", "patient")


def load(text: str, name: str) -> Protocol:
    """The protocol written in `text`; `name` is the file's name for messages. Raises LoadError."""
    root = open_file(text, name)
    visits, criteria = _visits(root), _criteria(root)
    dosing_days = {visit.dose_number: visit.code for visit in visits if visit.kind is VisitKind.DOSING}
    codes = [visit.code for visit in visits]
    protocol = Protocol(
        code=root.text("code"),
        version=root.whole("version"),
        title=root.text("title"),
        summary=root.text("summary"),
        indications=root.texts("indications"),
        salt=root.text("salt"),
        course_maximum=root.figure("course_maximum", "mg"),
        periods=tuple(_period(table) for table in root.tables("periods")),
        staffing=tuple(_staff_rule(table) for table in root.tables("staffing")),
        visits=visits,
        doses=_doses(root, dosing_days),
        dosing_day=_dosing_day(root.table("dosing_day")),
        vital_slots=tuple(_vital_slot(table) for table in root.tables("vital_slots")),
        vital_limits=tuple(_vital_limit(table) for table in root.tables("vital_limits")),
        criteria=criteria,
        decision_signatures=_signatures(root),
        evidence_validity=_evidence_validity(root.table("evidence_validity")),
        washout=_washout(root.table("washout")),
        measures=tuple(_measure(table, codes) for table in root.tables("measures")),
        hours=_hours(root.table("hours")),
        sources=root.sources(),
        prescreen=_prescreen(root, criteria),
    )
    root.done()
    return protocol


def _prescreen(root: Table, criteria: tuple[Criterion, ...]) -> PreScreening:
    if not root.has("prescreen"):
        return PreScreening()
    table = root.table("prescreen")
    asked = PreScreening(table.texts("criteria", among=[criterion.code for criterion in criteria]), table.source())
    table.done()
    return asked


# Visits


def _visits(root: Table) -> tuple[VisitPlan, ...]:
    defaults = root.table("defaults")
    by_kind = {kind: defaults.values_of(kind.value) for kind in VisitKind if defaults.has(kind.value)}
    defaults.done()
    entries = root.tables("visits")
    visits: list[VisitPlan] = []
    pending: list[tuple[VisitPlan, Table]] = []
    for repeated, block in groupby(entries, key=lambda entry: entry.has("doses")):
        for entry in _dose_by_dose(list(block)) if repeated else block:
            plan = _visit(entry, by_kind)
            pending.append((plan, entry))
            visits.append(plan)
    _check_order(pending)
    return tuple(visits)


def _dose_by_dose(block: list[Table]) -> Iterable[Table]:
    entries = [(entry, entry.wholes("doses")) for entry in block]
    for dose in sorted({dose for _, doses in entries for dose in doses}):
        for entry, doses in entries:
            if dose in doses:
                words = {"dose": str(dose), "previous": str(dose - 1), "next": str(dose + 1)}
                yield entry.written_with(words, dose_number=dose)


def _visit(entry: Table, defaults: Mapping[VisitKind, Mapping[str, object]]) -> VisitPlan:
    kind = entry.choice("kind", VisitKind)
    entry = entry.over(defaults.get(kind, {}))
    anchor = entry.optional_text("anchor")
    plan = VisitPlan(
        code=entry.text("code"),
        kind=kind,
        title=entry.text("title"),
        dose_number=entry.optional_whole("dose_number"),
        minutes=entry.figure("minutes", "min"),
        anchor=anchor,
        earliest=entry.figure("earliest", "days"),
        target=entry.figure("target", "days"),
        latest=entry.figure("latest", "days"),
        before=entry.optional_text("before"),
        therapists=entry.whole("therapists"),
        room=entry.choice("room", RoomKind) if entry.has("room") else None,
        also_present=entry.texts("also_present"),
        after_washout=entry.flag("after_washout"),
        deviation_earliest=entry.figure("deviation_earliest", "days") if entry.has("deviation_earliest") else None,
        deviation_latest=entry.figure("deviation_latest", "days") if entry.has("deviation_latest") else None,
        may_be_alone=entry.has("may_be_alone") and entry.flag("may_be_alone"),
    )
    entry.done()
    if not plan.earliest.value <= plan.target.value <= plan.latest.value:
        raise entry.wrong(
            "earliest",
            f"the window of {plan.code} must run earliest, target, latest; it says "
            f"{plan.earliest.value:g}, {plan.target.value:g}, {plan.latest.value:g}",
        )
    if plan.deviation_earliest is not None and plan.deviation_earliest.value > plan.earliest.value:
        raise entry.wrong("deviation_earliest", f"a deviation of {plan.code} must open its window, not close it")
    if plan.deviation_latest is not None and plan.deviation_latest.value < plan.latest.value:
        raise entry.wrong("deviation_latest", f"a deviation of {plan.code} must open its window, not close it")
    if plan.may_be_alone and (plan.therapists < 2 or kind is VisitKind.DOSING):
        raise entry.wrong("may_be_alone", f"{plan.code} is no visit of two therapists that one may hold alone")
    if plan.minutes.value <= 0:
        raise entry.wrong("minutes", f"{plan.code} must last longer than 0 minutes")
    if plan.therapists not in (0, 1, 2):
        raise entry.wrong("therapists", f"{plan.code} asks for {plan.therapists} therapists; a pair has two")
    if (kind is VisitKind.DOSING) and plan.dose_number is None:
        raise entry.wrong("dose_number", f"{plan.code} is a dosing day and needs a dose number")
    if kind is VisitKind.DOSING and plan.therapists < 2:
        raise entry.wrong("therapists", f"{plan.code} is a dosing day and needs both therapists")
    return plan


def _check_order(pending: list[tuple[VisitPlan, Table]]) -> None:
    place: dict[str, int] = {}
    for number, (plan, entry) in enumerate(pending):
        if plan.code in place:
            raise entry.wrong("code", f"the visit {plan.code} is described twice")
        if plan.anchor is None and number:
            raise entry.wrong("anchor", f"{plan.code} needs an anchor: only the first visit opens the course")
        if plan.anchor is not None and plan.anchor not in place:
            raise entry.wrong(
                "anchor", f"{plan.code} counts from {plan.anchor}, which is no earlier visit of this file"
            )
        place[plan.code] = number
    for number, (plan, entry) in enumerate(pending):
        if plan.before is not None and place.get(plan.before, -1) <= number:
            raise entry.wrong(
                "before", f"{plan.code} must end before {plan.before}, which is no later visit of this file"
            )
    doses = [plan.dose_number for plan, _ in pending if plan.kind is VisitKind.DOSING]
    if not doses or doses != list(range(1, len(doses) + 1)):
        raise pending[0][1].wrong("code", f"dosing days must be numbered 1, 2, 3 in order; this file has {doses}")


# Doses and the dosing day


def _doses(root: Table, dosing_days: Mapping[int | None, str]) -> tuple[DosePlan, ...]:
    plans: list[DosePlan] = []
    for entry in root.tables("doses"):
        plan = DosePlan(
            dose_number=entry.whole("dose_number"),
            initial_choices=entry.figures("initial_choices", "mg"),
            supplement_share=entry.figure("supplement_share", "share"),
            supplement_earliest=entry.figure("supplement_earliest", "min"),
            supplement_latest=entry.figure("supplement_latest", "min"),
            session_maximum=entry.figure("session_maximum", "mg"),
        )
        entry.done()
        if plan.dose_number not in dosing_days:
            raise entry.wrong("dose_number", f"there is no dosing day {plan.dose_number} among the visits")
        if plan.supplement_earliest.value >= plan.supplement_latest.value:
            raise entry.wrong("supplement_earliest", "the supplement window must open before it closes")
        if not 0 < plan.supplement_share.value <= 1:
            raise entry.wrong(
                "supplement_share", "the supplement is a share of the initial dose, above 0 and at most 1"
            )
        highest = max(choice.value for choice in plan.initial_choices) * (1 + plan.supplement_share.value)
        if highest > plan.session_maximum.value:
            raise entry.wrong(
                "session_maximum",
                f"the doses of day {plan.dose_number} can reach {highest:g} mg, above the day's maximum of "
                f"{plan.session_maximum.value:g} mg",
            )
        plans.append(plan)
    if [plan.dose_number for plan in plans] != list(dosing_days):
        raise root.wrong("doses", f"each dosing day needs one dose plan, in order: {_listed(dosing_days.values())}")
    return tuple(plans)


def _dosing_day(table: Table) -> DosingDay:
    day = DosingDay(
        fasting=table.figure("fasting", "h"),
        abstain=table.figure("abstain", "h"),
        tests_valid=table.figure("tests_valid", "h"),
        vitals_valid=table.figure("vitals_valid", "min"),
        supplement_vitals_valid=table.figure("supplement_vitals_valid", "min"),
        late_after=table.figure("late_after", "min"),
        fluid_maximum=table.figure("fluid_maximum", "l"),
        stay=table.figure("stay", "min"),
        room_list=table.texts("room_list"),
        effects=table.texts("effects"),
    )
    table.done()
    return day


def _vital_slot(entry: Table) -> VitalSlot:
    slot = VitalSlot(
        code=entry.text("code"),
        title=entry.text("title"),
        minute=entry.figure("minute", "min"),
        measures=entry.texts("measures", among=VITAL_MEASURES),
    )
    entry.done()
    return slot


def _vital_limit(entry: Table) -> VitalLimit:
    limit = VitalLimit(
        code=entry.text("code"),
        stage=entry.text("stage", among=VITAL_STAGES),
        measure=entry.text("measure", among=VITAL_MEASURES),
        above=entry.flag("above"),
        at_limit=entry.flag("at_limit"),
        limit=entry.figure("limit"),
        action=entry.text("action"),
    )
    entry.done()
    return limit


# Criteria and evidence


def _criteria(root: Table) -> tuple[Criterion, ...]:
    criteria: dict[str, Criterion] = {}
    for entry in root.tables("criteria"):
        limits = entry.table("limits") if entry.has("limits") else None
        criterion = Criterion(
            code=entry.text("code"),
            domain=entry.text("domain", among=DOMAINS),
            requirement=entry.text("requirement"),
            question=entry.text("question"),
            kind=entry.choice("kind", CriterionKind),
            evidence=entry.choice("evidence", EvidenceKind) if entry.has("evidence") else None,
            computed=entry.text("computed", among=COMPUTED) if entry.has("computed") else None,
            readings=entry.texts("readings") if entry.has("readings") else (),
            limits={key: limits.figure(key) for key in limits.names()} if limits else {},
            reach=Reach.WITHIN if entry.has("look_back") else entry.choice("reach", Reach),
            look_back=_look_back(entry),
            source=entry.source(),
            unverified=entry.optional_text("unverified") or "",
            decided_by=entry.text("decided_by"),
        )
        entry.done()
        if criterion.reach is Reach.WITHIN and criterion.look_back is None:
            raise entry.wrong("reach", f"{criterion.code} reaches back within a look_back, which is missing")
        if criterion.code in criteria:
            raise entry.wrong("code", f"the criterion {criterion.code} is described twice")
        if criterion.evidence is None and criterion.computed is None:
            raise entry.wrong("evidence", f"{criterion.code} needs its evidence or the record it is computed from")
        criteria[criterion.code] = criterion
    return tuple(criteria.values())


def _look_back(entry: Table) -> Figure | None:
    if not entry.has("look_back"):
        return None
    figure = entry.figure("look_back")
    if figure.unit not in ("days", "months"):
        raise entry.wrong("look_back", f'is counted in "days" or "months", not in "{figure.unit}"')
    return figure


def _signatures(root: Table) -> Figure:
    figure = root.figure("decision_signatures", "signatures")
    if figure.value not in (1, 2):
        raise root.wrong("decision_signatures", f"must be 1 or 2, not {figure.value:g}")
    return figure


def _evidence_validity(table: Table) -> dict[EvidenceKind, Figure]:
    validity = {kind: table.figure(kind.value, "days") for kind in EvidenceKind}
    table.done()
    return validity


def _washout(table: Table) -> WashoutPolicy:
    choices = table.table("choices")
    policy = WashoutPolicy(
        half_lives=table.figure("half_lives", "half-lives"),
        settling=table.figure("settling", "days"),
        choices={drug: choices.figure(drug, "h") for drug in choices.names()},
    )
    table.done()
    return policy


# The rest


def _period(entry: Table) -> Period:
    period = Period(
        code=entry.text("code"),
        title=entry.text("title"),
        shortest=entry.figure("shortest", "days"),
        longest=entry.figure("longest", "days"),
    )
    entry.done()
    return period


def _staff_rule(entry: Table) -> StaffRule:
    rule = StaffRule(code=entry.text("code"), sentence=entry.text("sentence"), source=entry.source())
    entry.done()
    return rule


def _measure(entry: Table, codes: list[str]) -> MeasurePlan:
    measure = MeasurePlan(
        code=entry.text("code"),
        title=entry.text("title"),
        visits=entry.texts("visits", among=codes),
        by=entry.text("by", among=RATED_BY),
        source=entry.source(),
    )
    entry.done()
    return measure


def _hours(table: Table) -> HoursBand:
    band = HoursBand(
        low=table.figure("low", "h"),
        high=table.figure("high", "h"),
        standard_low=table.figure("standard_low", "h"),
        standard_high=table.figure("standard_high", "h"),
    )
    table.done()
    return band


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words)
