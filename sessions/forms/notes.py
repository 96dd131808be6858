"""What is typed into notes."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms

from accounts.forms import DraftedForm
from sessions.rules.notes import Item, NoteKind

PASSWORD = forms.PasswordInput(attrs={"autocomplete": "current-password"})


class NoteForm(DraftedForm):
    kind = forms.TypedChoiceField(
        choices=[(kind.value, kind.value) for kind in NoteKind], coerce=NoteKind, widget=forms.HiddenInput
    )
    base_version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    ticked = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"})
    )
    text = forms.CharField(
        required=False, strip=False, widget=forms.Textarea(attrs={"rows": 18, "class": "form-control"})
    )

    def __init__(self, *args: Any, items: tuple[Item, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ticked"].choices = [(item.code, item.label) for item in items]

    def clean_text(self) -> str:
        # Browsers send CRLF; the digest of a signature must not depend on it.
        return self.cleaned_data["text"].replace("\r\n", "\n")


class SignForm(forms.Form):
    shown_version = forms.IntegerField(widget=forms.HiddenInput)
    kind = forms.CharField(widget=forms.HiddenInput)
    password = forms.CharField(label="Your password", widget=PASSWORD)

    helper = FormHelper()
    helper.form_tag = False
    helper.add_input(Submit("sign", "Sign"))


class AddendumForm(forms.Form):
    kind = forms.CharField(widget=forms.HiddenInput)
    text = forms.CharField(label="Addendum", strip=False, widget=forms.Textarea(attrs={"rows": 5}))
    reason = forms.CharField(label="Why it is added", max_length=200)
    password = forms.CharField(label="Your password", widget=PASSWORD)

    helper = FormHelper()
    helper.form_tag = False
    helper.add_input(Submit("add", "Sign the addendum"))

    def clean_text(self) -> str:
        return self.cleaned_data["text"].replace("\r\n", "\n")
