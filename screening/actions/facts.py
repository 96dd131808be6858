"""What is known of a course's candidate, and whether treatment may go on. Reads only; other rooms ask here."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from django.db.models import OuterRef, QuerySet, Subquery

from accounts.rules.findings import Finding
from patients.models import Contact, Course, Medicine
from patients.rules.protocol import EvidenceKind
from screening.actions.consents import facts_of
from screening.actions.risk import risk_findings
from screening.models import Decision, Evidence, Judgement, TaperPlan
from screening.rules import decision as deciding
from screening.rules import washout
from screening.rules.booked import Outlook, outlooks
from screening.rules.candidate import Candidate, JudgementFact, MedicineFact, Piece
from screening.rules.verdict import Verdict, judge

# Who metabolises poorly does so when a later laboratory, or another course, did not ask for it.
NEWEST_CYP2D6 = Subquery(
    Evidence.objects.filter(
        course__patient=OuterRef("course__patient"), kind=EvidenceKind.LABORATORY, values__words__has_key="cyp2d6"
    )
    .order_by("-at", "-pk")
    .values("values__words__cyp2d6")[:1]
)


class Clear(NamedTuple):
    """The first day that no washout stands against, None when nobody can say; and every medicine's finding."""

    on: dt.date | None
    findings: list[Finding]


def candidate_for(course: Course, as_of: dt.date) -> Candidate:
    """Everything that the rules of screening look at, as it stands on a day."""
    return candidates_for([course], as_of)[course.pk]


def candidates_for(courses: Iterable[Course], as_of: dt.date) -> dict[int, Candidate]:
    """Candidates by course key, in eight queries however many courses there are. Needs `patient` and `clinic` selected."""
    return _candidates(dict.fromkeys(courses, as_of))


def candidates_at(courses: Iterable[Course], at: dt.datetime) -> dict[int, Candidate]:
    """`candidates_for` at an instant: each on the day that it is then in its own clinic."""
    return _candidates({course: at.astimezone(course.clinic.zone).date() for course in courses})


def _candidates(days: Mapping[Course, dt.date]) -> dict[int, Candidate]:
    rows = list(days)
    keys, patients = [course.pk for course in rows], [course.patient_id for course in rows]
    evidence: dict[int, dict[EvidenceKind, Piece]] = {key: {} for key in keys}
    poor: set[int] = set()
    for piece in Evidence.objects.filter(course__in=keys).annotate(cyp2d6=NEWEST_CYP2D6).newest():
        evidence[piece.course_id][EvidenceKind(piece.kind)] = piece_of(piece)
        if piece.cyp2d6 == "poor":
            poor.add(piece.course_id)
    judgements: dict[int, list[JudgementFact]] = {key: [] for key in keys}
    zones = {course.pk: course.clinic.zone for course in rows}
    for judged in Judgement.objects.filter(course__in=keys).select_related("by"):
        on = judged.at.astimezone(zones[judged.course_id]).date()
        judgements[judged.course_id].append(
            JudgementFact(judged.code, judged.about, judged.acceptable, judged.reason, str(judged.by), on)
        )
    consents = facts_of(days)
    medicines: dict[int, list[MedicineFact]] = {key: [] for key in patients}
    for taken in with_plans(Medicine.objects.filter(patient__in=patients)).order_by("name", "pk"):
        medicines[taken.patient_id].append(medicine_of(taken))
    emergency = Contact.objects.filter(patient__in=patients, kind=Contact.Kind.EMERGENCY, active=True)
    reachable = set(emergency.exclude(phone="").values_list("patient_id", flat=True))
    return {
        course.pk: Candidate(
            born_on=course.patient.date_of_birth,
            sex=course.patient.sex or None,
            contact_named=course.patient_id in reachable,
            poor_metaboliser=course.pk in poor,
            dosed_on=course.dosed_on,
            evidence=evidence[course.pk],
            medicines=tuple(medicines[course.patient_id]),
            consents=tuple(consents[course.pk]),
            judgements=tuple(judgements[course.pk]),
            began_on=course.opened_on,
        )
        for course in rows
    }


def verdict_for(course: Course, as_of: dt.date) -> Verdict:
    """The verdict of the course's own protocol on a day, with every finding."""
    return judge(course.plan, candidate_for(course, as_of), as_of=as_of)


def clear_from(course: Course, as_of: dt.date) -> Clear:
    """From which day on no washout stands against a dosing day: `as_of` itself when none does, None when unknown."""
    entries = washout.clearances(candidate_for(course, as_of), course.plan.washout, as_of=as_of)
    return Clear(washout.clear_from(entries, as_of=as_of), [entry.finding for entry in entries])


def eligible_now(course: Course, as_of: dt.date) -> list[Finding]:
    """Every reason of screening why a dosing day may not be held on `as_of`; empty when it may.

    The newest decision has to be a physician's yes, nothing it rests on may have changed since, and everything has to be
    met again today: evidence still valid, washouts over, consent not withdrawn.
    """
    return eligible_now_for([course], as_of)[course.pk]


def eligible_now_for(courses: Iterable[Course], as_of: dt.date) -> dict[int, list[Finding]]:
    """`eligible_now` of many courses at once, in ten queries."""
    rows = list(courses)
    risks = risk_findings(rows)
    candidates, newest = candidates_for(rows, as_of), newest_decisions(rows)
    return {
        course.pk: [
            *_blocking(decision_standing(course, newest.get(course.pk), candidates[course.pk])),
            *judge(course.plan, candidates[course.pk], as_of=as_of).blockers,
            *_blocking(risks[course.pk]),
        ]
        for course in rows
    }


def outlooks_for(booked: Mapping[Course, Collection[dt.date]], *, today: dt.date) -> dict[int, dict[dt.date, Outlook]]:
    """What stands against the booked dosing days of courses, by course key and day, in eight queries."""
    risks, candidates, newest = risk_findings(booked), candidates_for(booked, today), newest_decisions(booked)
    answers = {}
    for course, days in booked.items():
        candidate = candidates[course.pk]
        at_any_time = (decision_standing(course, newest.get(course.pk), candidate), risks[course.pk])
        answers[course.pk] = outlooks(course.plan, candidate, at_any_time, days, today=today)
    return answers


def newest_decisions(courses: Iterable[Course]) -> dict[int, Decision]:
    """The decision signed last for each course that has one."""
    return {
        row.course_id: row
        for row in Decision.objects.filter(course__in=[course.pk for course in courses])
        .order_by("course_id", "-signed_at", "-pk")
        .distinct("course_id")
        .select_related("signed_by", "course__clinic")
    }


def decision_standing(course: Course, decision: Decision | None, candidate: Candidate) -> Finding:
    """Whether the newest decision of a course still lets treatment go on."""
    return deciding.standing(signed(decision) if decision else None, candidate, course.protocol.sha256)


def has_decision(course: Course) -> bool:
    """Whether the newest decision says that the patient may be treated, with every signature that the protocol asks for."""
    newest = course.decisions.first()
    return newest is not None and newest.answer == Decision.Answer.ELIGIBLE and not newest.waits_for_second


def may_become_pregnant(course: Course) -> bool | None:
    """What the newest laboratory evidence says; None when nobody has asked."""
    newest = course.evidence.filter(kind=EvidenceKind.LABORATORY).first()
    return {"yes": True, "no": False}.get(newest.values["words"].get("can_become_pregnant")) if newest else None


def piece_of(row: Evidence) -> Piece:
    """A row of evidence as the rules read it."""
    values = row.values
    return Piece(EvidenceKind(row.kind), row.taken_on, values["answers"], values["numbers"], values["words"])


def with_plans(medicines: QuerySet[Medicine]) -> QuerySet[Medicine]:
    """The medicines with the last dose that the newest taper plan of each foresees."""
    newest = TaperPlan.objects.filter(medicine=OuterRef("pk")).order_by("-at", "-pk")
    return medicines.annotate(planned_last_dose_on=Subquery(newest.values("last_dose_on")[:1]))


def medicine_of(row: Medicine) -> MedicineFact:
    """A medicine of the chart, of `with_plans`, as the rules read it.

    While it is taken regularly, the last dose is the one that the prescriber plans, if one is planned; afterwards the one
    that was taken. Of what is taken as needed a plan that has passed would read like a dose that was the last.
    """
    planned = row.planned_last_dose_on if row.regular else None
    last = planned if row.ongoing else row.last_dose_on
    return MedicineFact(row.name, row.dose, row.regular, row.ongoing, last, row.started_on)


def signed(decision: Decision) -> deciding.Signed:
    """A decision as the rules read it."""
    on = decision.signed_at.astimezone(decision.course.clinic.zone).date()
    return deciding.Signed(
        decision.answer == Decision.Answer.ELIGIBLE,
        str(decision.signed_by),
        on,
        decision.inputs,
        decision.protocol_sha256,
        decision.signed_by_id,
        decision.waits_for_second,
    )


def _blocking(finding: Finding) -> list[Finding]:
    return [finding] if finding.blocks else []
