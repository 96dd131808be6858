"""Consent of a course, and the texts that a clinic publishes for it."""

from datetime import date
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actions.audit import record_opening
from accounts.rules.findings import Refused
from patients.models import Course
from screening.actions import consents as acts
from screening.forms.consent import ConsentForm, ConsentTextForm, RecallForm
from screening.models import Consent, ConsentText
from screening.rules.candidate import ConsentKind
from screening.rules.words import capital
from screening.views.drafting import Typing

either = require_http_methods(["GET", "HEAD", "POST"])


@either
def consent(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """Explain, check and record one kind of consent; beside it what is agreed now and what was recorded."""
    found, today = _open(request, course_id)
    if request.method == "POST" and "withdraw" in request.POST:
        return _withdraw(request, found)
    kind = _kind(request)
    text = acts.text_in_force(found.clinic, kind, on=today)
    typing = Typing(request, f"consent {kind}, {text.version if text else ''}", clinic=found.clinic, course=found)
    form = None
    if text:
        initial = typing.begun({"explained_by": request.user.pk})
        form = ConsentForm(typing.data, text=text, course=found, today=today, initial=initial)
        if answer := typing.answer(form):
            return answer
    if request.method == "POST" and form and form.is_valid():
        try:
            given = acts.give_consent(found, text=text, **form.given, by=request.user, at=timezone.now())
        except Refused as refused:
            _say(request, found, form, refused, text)
        else:
            typing.done()
            _told(request, given)
            return redirect(_here(found, kind))
    return _page(request, found, kind, text, form, today, typing=typing)


@require_POST
def narrow(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """Less is agreed, at once."""
    found, _ = _open(request, course_id)
    row = _consent(request, found, request.POST.get("consent", ""))
    try:
        acts.narrow(row, keep=request.POST.getlist("keep"), by=request.user, at=timezone.now())
    except Refused as refused:
        for finding in refused.findings:
            messages.error(request, finding.sentence)
    else:
        messages.success(request, f"Consent to {row.kind} is narrower from now on.")
    back = request.POST.get("back", "")
    if url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        return redirect(back)
    return redirect(_here(found, ConsentKind(row.kind)))


@require_POST
def recall(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """Ask for a consent again."""
    found, today = _open(request, course_id)
    kind = _kind(request)
    form = RecallForm(request.POST)
    if not form.is_valid():
        text = acts.text_in_force(found.clinic, kind, on=today)
        own = ConsentForm(text=text, course=found, today=today) if text else None
        return _page(request, found, kind, text, own, today, again=form)
    acts.ask_again(found, kind=kind, **form.cleaned_data, by=request.user, at=timezone.now())
    messages.success(request, f"Consent to {kind} is asked for again; what was given no longer counts.")
    return redirect(_here(found, kind))


@either
def texts(request: HttpRequest) -> HttpResponse:
    """The clinic's consent texts, and the form to publish the next version."""
    today = timezone.localdate(timezone=request.clinic.zone)
    form = ConsentTextForm(request.POST or None, today=today)
    if request.method == "POST" and form.is_valid():
        try:
            acts.publish_text(request.clinic, **form.cleaned_data, by=request.user, at=timezone.now())
        except Refused as refused:
            for finding in refused.findings:
                form.add_error(finding.code if finding.code in form.fields else None, finding.sentence)
        else:
            messages.success(request, "Published. A published text is never changed.")
            return redirect("screening:consent_texts")
    rows = ConsentText.objects.visible_to(request.grant).filter(clinic=request.clinic).select_related("published_by")
    current = {kind: acts.text_in_force(request.clinic, kind, on=today) for kind in ConsentKind}
    listed = [(row, row == current[ConsentKind(row.kind)]) for row in rows]
    context = {"form": form, "texts": listed, "today": today}
    return render(request, "screening/consent_texts.html", context, status=409 if form.errors else 200)


@require_safe
def text(request: HttpRequest, text_id: UUID) -> HttpResponse:
    rows = ConsentText.objects.visible_to(request.grant).select_related("published_by", "clinic")
    found = get_object_or_404(rows, public_id=text_id)
    return render(request, "screening/consent_text.html", {"text": found, "questions": acts.questions_of(found)})


def _page(
    request: HttpRequest,
    found: Course,
    kind: ConsentKind,
    text: ConsentText | None,
    form: ConsentForm | None,
    today: date,
    again: RecallForm | None = None,
    typing: Typing | None = None,
) -> HttpResponse:
    given = found.consents.filter(kind=kind).select_related(
        "explained_by", "by", "withdrawal", "withdrawal__by", "text"
    )
    rows = list(given.order_by("-at", "-pk"))
    doubts = [fact for fact in acts.facts_of({found: today})[found.pk] if fact.kind is kind]
    newest = rows[0] if rows and not hasattr(rows[0], "withdrawal") else None
    context = {
        "course": found,
        "kind": kind,
        "kinds": [(known, capital(known)) for known in ConsentKind],
        "text": text,
        "form": form,
        "typing": typing
        or Typing(request, f"consent {kind}, {text.version if text else ''}", clinic=found.clinic, course=found),
        "again": again or RecallForm(),
        "given": rows,
        "newest": newest,
        "doubt": doubts[-1].doubt if doubts else "",
        "agreed": acts.agreed_on(found, kind, today),
        "wishes": acts.open_wishes(found, kind),
    }
    wrong = (form is not None and form.errors) or (again is not None and again.errors)
    return render(request, "screening/consent.html", context, status=409 if wrong else 200)


def _say(request: HttpRequest, found: Course, form: ConsentForm, refused: Refused, text: ConsentText) -> None:
    """Each reason beside its field; what was wished for on the day of a dose is kept."""
    for finding in refused.findings:
        form.add_error(finding.code if finding.code in form.fields else None, finding.sentence)
    if {finding.code for finding in refused.findings} == {"widening"}:
        acts.keep_wish(found, text=text, terms=form.terms, by=request.user, at=timezone.now())


def _told(request: HttpRequest, given: Consent) -> None:
    if given.understood:
        messages.success(request, f"Consent to {given.kind} is recorded.")
        return
    messages.warning(
        request,
        "Recorded with the answers as they were given. They were not all right: explain it again and ask again.",
    )


def _withdraw(request: HttpRequest, found: Course) -> HttpResponse:
    row = _consent(request, found, request.POST["withdraw"])
    acts.withdraw_consent(row, reason=request.POST.get("why", "")[:300], by=request.user, at=timezone.now())
    messages.success(request, f"Consent to {row.kind} is withdrawn.")
    return redirect(_here(found, ConsentKind(row.kind)))


def _consent(request: HttpRequest, found: Course, named: str) -> Consent:
    try:
        public_id = UUID(named)
    except ValueError as problem:
        raise Http404("no such consent") from problem
    rows = Consent.objects.visible_to(request.grant).select_related("course__clinic", "text", "explained_by")
    return get_object_or_404(rows, course=found, public_id=public_id)


def _kind(request: HttpRequest) -> ConsentKind:
    named = request.GET.get("kind", ConsentKind.TREATMENT)
    return ConsentKind(named) if named in {known.value for known in ConsentKind} else ConsentKind.TREATMENT


def _here(found: Course, kind: ConsentKind) -> str:
    return f"{reverse('screening:consent', args=[found.public_id])}?{urlencode({'kind': kind.value})}"


def _open(request: HttpRequest, course_id: UUID) -> tuple[Course, date]:
    rows = Course.objects.visible_to(request.grant).select_related("patient", "clinic", "protocol")
    found = get_object_or_404(rows, public_id=course_id)
    record_opening(by=request.user, patient=found.patient, what="consent", at=timezone.now())
    return found, timezone.localdate(timezone=found.clinic.zone)
