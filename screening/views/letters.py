"""The letter after a decision against treatment, written and signed by the physician. Its paper is made among the reports."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.actions.passwords import few_guesses
from accounts.rules.findings import Refused
from screening.actions import letters as acts
from screening.forms.letter import LetterForm
from screening.models import Decision, Letter
from screening.rules.letter import MEANING, Addressee
from screening.views.drafting import Typing
from screening.views.page import open_course


@require_http_methods(["GET", "HEAD", "POST"])
def letter(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """The draft to the patient or the referrer; opening it writes nothing, keeping it does."""
    found, _ = open_course(request, course_id, "letter about the screening")
    decision = found.decisions.first()
    if decision is None or decision.answer != Decision.Answer.NOT_ELIGIBLE:
        raise Http404("no decision against treatment")
    to = Addressee.REFERRER if request.GET.get("to") == Addressee.REFERRER else Addressee.PATIENT
    row = found.letters.filter(to=to, decision=decision).select_related("signed_by").first()
    typing = Typing(request, f"letter to the {to}, {decision.public_id}", clinic=found.clinic, course=found)
    form = LetterForm(typing.data, initial=typing.begun(_beginning(row)))
    if answer := typing.answer(form):
        return answer
    if request.method == "POST":
        row = row or acts.begin_letter(found, to=to, by=request.user, at=timezone.now())
        if "begin" in request.POST or (form.is_valid() and _acted(request, form, row)):
            typing.done()
            return redirect(f"{reverse('screening:letter', args=[found.public_id])}?to={to}")
    context = {"course": found, "letter": row, "form": form, "to": to, "kinds": Letter.TO, "meaning": MEANING}
    context["typing"] = typing
    return render(request, "screening/letter.html", context, status=409 if form.errors else 200)


def _acted(request: HttpRequest, form: LetterForm, row: Letter) -> bool:
    """Keep the wording, and sign it where that was pressed; what was refused stands in the form."""
    clean = form.cleaned_data
    try:
        kept = acts.keep_letter(
            row,
            version=clean["version"],
            address=clean["address"],
            body=clean["body"],
            by=request.user,
            at=timezone.now(),
        )
        if "sign" in request.POST:
            with few_guesses(request.user):
                acts.sign_letter(
                    kept, version=kept.version, password=clean["password"], by=request.user, at=timezone.now()
                )
    except Refused as refused:
        form.add_error(None, str(refused))
        form.shown_version = Letter.objects.visible_to(request.grant).get(pk=row.pk).version
        return False
    messages.success(request, "The letter is signed." if "sign" in request.POST else "The draft is kept.")
    return True


def _beginning(row: Letter | None) -> dict[str, object]:
    return {"address": row.address, "body": row.body, "version": row.version} if row else {}
