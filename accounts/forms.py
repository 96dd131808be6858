import datetime as dt
import uuid
from typing import Any

from allauth.account import forms as account
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Layout, Row, Submit
from django import forms

from accounts.models import Credential, Membership
from accounts.rules.access import ROLE_TITLES, Role


def _calmed(form: forms.Form, asked: str) -> None:
    """Without the link to a reset by mail, which the clinic's admin does, and without labels written a second time."""
    form.fields[asked].help_text = ""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)
        field.label = str(field.label).capitalize()


class LoginForm(account.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _calmed(self, "password")


class ReauthenticateForm(account.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _calmed(self, "password")


class ChangePasswordForm(account.ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _calmed(self, "oldpassword")


class DraftedForm(forms.Form):
    """A form whose typing is kept on the server: `tab` is the key of this page in the browser.

    `restored` and `shown_at` name the draft that the page began with, so that saving tidies it away.
    """

    tab = forms.UUIDField(initial=uuid.uuid4, widget=forms.HiddenInput)
    restored = forms.UUIDField(required=False, widget=forms.HiddenInput)
    shown_at = forms.DateTimeField(required=False, widget=forms.HiddenInput)


class RolesForm(forms.Form):
    roles = forms.MultipleChoiceField(
        choices=[(role.value, ROLE_TITLES[role]) for role in Role],
        widget=forms.CheckboxSelectMultiple,
        help_text="Each adds what it may open; see the access table.",
        error_messages={"required": "Tick at least one. Somebody who leaves keeps their roles and gets a last day."},
    )
    ends_on = forms.DateField(
        label="Works here until",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Leave empty while they stay. From the day after, nothing opens any more.",
    )
    weekly_hours = forms.IntegerField(
        label="Hours in visits a week, at most",
        required=False,
        min_value=1,
        max_value=80,
        help_text="Leave empty for as many as the working hours allow. The planner never books more.",
    )
    may_lead = forms.BooleanField(
        label="May lead a course", required=False, help_text="Of the two therapists of a course, one leads."
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, membership: Membership, **kwargs: Any) -> None:
        names = ("roles", "ends_on", "weekly_hours", "may_lead", "version")
        now = {name: getattr(membership, name) for name in names}
        super().__init__(*args, initial=now, prefix="roles", **kwargs)
        self.membership = membership
        self.helper = FormHelper()
        self.helper.add_input(Submit("act", "Save roles"))

    def clean_ends_on(self) -> dt.date | None:
        day: dt.date | None = self.cleaned_data["ends_on"]
        if day and day < self.membership.starts_on:
            raise forms.ValidationError("That is before the first day.")
        return day


class CredentialForm(forms.ModelForm):
    class Meta:
        model = Credential
        fields = ["kind", "title", "number", "issued_on", "expires_on"]
        labels = {"issued_on": "Issued", "expires_on": "Last day in force"}
        widgets = {
            "issued_on": forms.DateInput(attrs={"type": "date"}),
            "expires_on": forms.DateInput(attrs={"type": "date"}),
        }
        help_texts = {"title": "As it stands on the paper.", "number": "As the issuer numbers it."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, prefix="credential", **kwargs)
        self.helper = FormHelper()
        self.helper.layout = Layout(
            "kind", Row(Column("title"), Column("number")), Row(Column("issued_on"), Column("expires_on"))
        )
        self.helper.add_input(Submit("act", "Record credential"))

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        issued, expires = values.get("issued_on"), values.get("expires_on")
        if issued and expires and issued > expires:
            self.add_error("expires_on", "That is before the day it was issued.")
        return values
