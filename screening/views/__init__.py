from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.actions.passwords import few_guesses
from accounts.rules.findings import Refused
from screening.actions import deciding
from screening.actions import record as acts
from screening.actions.facts import candidate_for, verdict_for
from screening.forms import DecisionForm, JudgementForm
from screening.models import Decision
from screening.rules.verdict import judge as put_to_protocol
from screening.views import drawn
from screening.views.drafting import Typing
from screening.views.page import course, decisions, discard, draft, evidence, history, links, open_course

__all__ = ["course", "decide", "decisions", "discard", "draft", "evidence", "history", "judge"]

either = require_http_methods(["GET", "HEAD", "POST"])


@either
def judge(request: HttpRequest, course_id: UUID, judged: str) -> HttpResponse:
    found, today = open_course(request, course_id, f"screening judgement {judged}"[:80])
    code = drawn.code_of(found, judged)
    finding = next((f for f in verdict_for(found, today).findings if f.code == code), None)
    if finding is None:
        raise Http404("no such finding")
    typing = Typing(request, f"judgement {judged}", clinic=found.clinic, course=found)
    form = JudgementForm(typing.data, initial=typing.begun({"about": finding.evidence}))
    if answer := typing.answer(form):
        return answer
    if request.method == "POST" and form.is_valid():
        clean = form.cleaned_data
        try:
            acts.judge_finding(
                found,
                code=code,
                about=clean["about"],
                acceptable=clean["acceptable"] == "yes",
                reason=clean["reason"],
                by=request.user,
                at=timezone.now(),
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            typing.done()
            messages.success(request, f"Your judgement is recorded: {drawn.name_of(found, finding)}.")
            return redirect("screening:course", found.public_id)
    earlier = found.judgements.filter(code=code).select_related("by").order_by("-at", "-pk")
    criterion = next((c for c in found.plan.criteria if c.code == code), None)
    context = {"course": found, "form": form, "finding": finding, "criterion": criterion, "earlier": earlier}
    context["typing"] = typing
    context["may_judge"] = acts.may_be_judged(code, finding.outcome) or any(
        e.about == finding.evidence for e in earlier
    )
    return render(request, "screening/judge.html", context, status=409 if form.errors else 200)


@either
def decide(request: HttpRequest, course_id: UUID) -> HttpResponse:
    found, today = open_course(request, course_id, "screening decision")
    candidate = candidate_for(found, today)
    verdict = put_to_protocol(found.plan, candidate, as_of=today)
    seen = deciding.what_is_seen(candidate, verdict)
    typing = Typing(request, "decision", clinic=found.clinic, course=found)
    form = DecisionForm(typing.data, initial=typing.begun({"seen": seen}))
    if answer := typing.answer(form):
        return answer
    refused_for = ()
    if request.method == "POST" and form.is_valid():
        clean = form.cleaned_data
        try:
            with few_guesses(request.user):
                decision = deciding.decide(
                    found,
                    eligible=clean["answer"] == Decision.Answer.ELIGIBLE,
                    reason=clean["reason"],
                    seen=clean["seen"],
                    password=clean["password"],
                    by=request.user,
                    at=timezone.now(),
                )
        except Refused as refused:
            refused_for = refused.findings
        else:
            typing.done()
            messages.success(request, _signed_words(decision))
            return redirect("screening:course", found.public_id)
    context = {
        "course": found,
        "form": form,
        "typing": typing,
        "seen": seen,
        "verdict": verdict,
        "refused": refused_for,
        "groups": drawn.grouped(found, verdict.blockers, links(request)),
        "meaning": Decision.MEANING,
        "signatures": found.plan.decision_signatures.whole,
        "first": deciding.first_signature(found, candidate, request.user),
        "met": len(verdict.findings) - len(verdict.blockers),
    }
    return render(request, "screening/decide.html", context, status=409 if form.errors or refused_for else 200)


def _signed_words(decision: Decision) -> str:
    if decision.waits_for_second:
        return "Signed as the first. It counts when another physician has signed too."
    return f"Signed: {decision.get_answer_display().lower()}."
