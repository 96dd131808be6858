"""Drafts of a form that has a page of its own: what is typed is kept on the server, and given back after a lock or a crash.

A view makes one `Typing` for its form, lets it answer first, and tells it when the form has done its work. The page posts
drafts to its own address, so that whoever may open the form, and nobody else, may keep a draft of it.
"""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts.actions import drafts
from accounts.forms import DraftedForm
from accounts.models import Clinic
from patients.models import Course
from screening.models import FormDraft

KEEP, DISCARD = "keep", "discard"
TOO_MUCH = 100_000  # characters in one draft


class Typing:
    """What the person of this request is typing into one form. `form` says which, and what it is about."""

    def __init__(self, request: HttpRequest, form: str, *, clinic: Clinic, course: Course | None = None) -> None:
        self.request, self.clinic = request, clinic
        self.about = {"form": form, "clinic": clinic, "course": course}
        self.rows = FormDraft.objects.visible_to(request.grant).filter(author=request.user, **self.about)
        self.asked = request.GET.get("draft", "") if request.method == "POST" else ""
        self.draft = None if request.method == "POST" else self.rows.first()

    @property
    def data(self) -> Any:
        """What the form is bound to: nothing while it is shown for the first time."""
        return self.request.POST or None

    def begun(self, initial: dict[str, Any]) -> dict[str, Any]:
        """What the form begins with: what was being typed, else `initial`."""
        return initial | (self.draft.typed if self.draft else {})

    def answer(self, form: forms.Form) -> HttpResponse | None:
        """The answer to a page that keeps or discards a draft; None for every other request."""
        if self.asked == KEEP:
            return self._keep(form)
        if self.asked == DISCARD:
            for row in self.rows:
                drafts.forget(self.rows, tab=row.tab, by=self.request.user)
            return redirect(self._address())
        return None

    def done(self) -> None:
        """The form has done its work: drop the drafts of this page and the one that it began with."""
        key = DraftedForm(self.request.POST)
        if key.is_valid():
            drafts.forget(self.rows, tab=key.cleaned_data["tab"], by=self.request.user)
            drafts.forget_restored(
                self.rows,
                tab=key.cleaned_data["restored"],
                shown_at=key.cleaned_data["shown_at"],
                by=self.request.user,
            )

    @property
    def keys(self) -> DraftedForm:
        """The hidden fields that name this page, and the draft that it began with."""
        begun = {"restored": self.draft.tab, "shown_at": timezone.now().isoformat()} if self.draft else {}
        return DraftedForm(self.data, initial=begun, auto_id=False)

    @property
    def keeping(self) -> str:
        return self._address(KEEP)

    @property
    def discarding(self) -> str:
        return self._address(DISCARD)

    def _keep(self, form: forms.Form) -> JsonResponse:
        key, typed = DraftedForm(self.request.POST), _typed(form)
        if not key.is_valid() or len(str(typed)) > TOO_MUCH:
            return JsonResponse({"sentence": "This could not be kept."}, status=400)
        now, page = timezone.now(), key.cleaned_data
        drafts.keep(self.rows, tab=page["tab"], by=self.request.user, at=now, about=self.about, typed=typed)
        drafts.forget_restored(self.rows, tab=page["restored"], shown_at=page["shown_at"], by=self.request.user)
        saved = timezone.localtime(now, self.clinic.zone)
        return JsonResponse({"saved": f"{saved:%H:%M}", "sentence": ""})

    def _address(self, draft: str = "") -> str:
        """The address of this page, with what is asked of its drafts."""
        query = self.request.GET.copy()
        query.pop("draft", None)
        if draft:
            query["draft"] = draft
        return f"{self.request.path}?{query.urlencode()}" if query else self.request.path


def _typed(form: forms.Form) -> dict[str, Any]:
    """What stands in the fields as it was typed, right or wrong; never a password.

    Of what the page itself put there only the version that was shown: who goes on with a draft that somebody has overtaken
    is told so, as they would have been then.
    """
    return {
        name: field.widget.value_from_datadict(form.data, form.files, form.add_prefix(name))
        for name, field in form.fields.items()
        if (name == "version" or not field.widget.is_hidden) and not isinstance(field.widget, forms.PasswordInput)
    }
