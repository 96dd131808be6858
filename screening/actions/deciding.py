import datetime as dt
from dataclasses import asdict
from typing import Any

from django.db import transaction

from accounts.models import User
from accounts.rules.access import Role
from accounts.rules.findings import Finding, Refused
from patients.actions.courses import move_course
from patients.models import Course
from screening.actions.facts import candidate_for, signed
from screening.actions.reopening import end
from screening.actions.risk import risk_findings
from screening.models import Decision, Reopening
from screening.rules.candidate import Candidate, fingerprint, inputs
from screening.rules.decision import MOVES, Signing, refusals, seconds
from screening.rules.verdict import Verdict, judge


@transaction.atomic
def decide(
    course: Course, *, eligible: bool, reason: str, seen: str, password: str, by: User, at: dt.datetime
) -> Decision:
    """Sign whether the patient may be treated, and move the course accordingly.

    Where the protocol asks for two signatures, the first yes moves nothing; the second, of another physician and about the
    same facts, does.
    `seen` is the fingerprint of what the page showed (`what_is_seen`). The findings are worked out again here, with the
    course held, so that nothing can slip in between. Raises Refused with every reason.
    """
    held = (
        Course.objects.select_for_update(of=("self",)).select_related("patient", "clinic", "protocol").get(pk=course.pk)
    )
    today = at.astimezone(held.clinic.zone).date()
    candidate = candidate_for(held, today)
    verdict = judge(held.plan, candidate, as_of=today)
    signing = Signing(
        eligible=eligible,
        reason=reason,
        is_physician=Role.PHYSICIAN in by.roles_in(held.clinic_id, today),
        password_right=by.check_password(password),
        seen=seen,
        now=what_is_seen(candidate, verdict),
    )
    reasons = refusals(held.state, verdict, signing)
    if eligible and (risk := risk_findings([held])[held.pk]).blocks:
        reasons.append(risk)
    if reasons:
        raise Refused(reasons)
    decision = _written(held, candidate, verdict, eligible=eligible, reason=reason, by=by, at=at)
    decision.save(force_insert=True)
    if decision.waits_for_second:
        return decision
    end(held, ended=Reopening.End.DECIDED, at=at)
    why = reason.strip() or "Eligible by a physician's decision"
    for state in MOVES[held.state, eligible]:
        held = move_course(held, to=state, by=by, at=at, reason=why[:500])
    return decision


def what_is_seen(candidate: Candidate, verdict: Verdict) -> str:
    """The fingerprint of everything a physician reads before deciding."""
    return fingerprint({"inputs": inputs(candidate), "findings": [snapshot(finding) for finding in verdict.findings]})


def snapshot(finding: Finding) -> dict[str, Any]:
    """A finding as plain values, to be kept beside a decision."""
    return asdict(finding)


def first_signature(course: Course, candidate: Candidate, by: User) -> Decision | None:
    """The decision that waits for `by`'s signature as the second, if one does."""
    newest = course.decisions.select_related("signed_by", "course__clinic").first()
    waits = newest and seconds(signed(newest), signer=by.pk, candidate=candidate, protocol=course.protocol.sha256)
    return newest if waits else None


def is_genuine(decision: Decision) -> bool:
    """Whether what was signed is still what is there."""
    return decision.digest == fingerprint(_content(decision)) and decision.inputs_sha256 == fingerprint(decision.inputs)


def _written(
    course: Course, candidate: Candidate, verdict: Verdict, *, eligible: bool, reason: str, by: User, at: dt.datetime
) -> Decision:
    answer = Decision.Answer.ELIGIBLE if eligible else Decision.Answer.NOT_ELIGIBLE
    decision = Decision(
        signatures=course.plan.decision_signatures.whole if eligible else 1,
        seconds=first_signature(course, candidate, by) if eligible else None,
        course=course,
        answer=answer,
        reason=reason.strip(),
        standing=verdict.standing,
        findings=[snapshot(finding) for finding in verdict.findings],
        inputs=inputs(candidate),
        inputs_sha256=fingerprint(inputs(candidate)),
        protocol_sha256=course.protocol.sha256,
        printed_name=str(by),
        meaning=Decision.MEANING[answer],
        signed_by=by,
        signed_at=at,
    )
    decision.digest = fingerprint(_content(decision))
    return decision


def _content(decision: Decision) -> dict[str, Any]:
    """What the signature covers."""
    return {
        "decision": str(decision.public_id),
        "course": decision.course_id,
        "answer": str(decision.answer),
        "reason": decision.reason,
        "findings": decision.findings,
        "inputs": decision.inputs,
        "protocol": decision.protocol_sha256,
        "signer": decision.signed_by_id,
        "signatures": decision.signatures,
        "seconds": decision.seconds_id,
        "printed_name": decision.printed_name,
        "meaning": decision.meaning,
        "at": decision.signed_at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
    }
