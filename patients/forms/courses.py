from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Div, Layout, Row, Submit
from django import forms
from django.db.models import QuerySet

from accounts.models import Membership
from patients.actions.care import NewApproval
from patients.forms.patients import DayField
from patients.models import Course, CourseApproval, ProtocolVersion, TeamMember
from patients.rules.approvals import NEEDED, TITLES
from patients.rules.withdrawal import CAUSE_TITLES


class ProtocolChoice(forms.ModelChoiceField):
    """A protocol by its code and version, never by a running number."""

    def label_from_instance(self, version: ProtocolVersion) -> str:
        return version.title

    def prepare_value(self, value: Any) -> Any:
        return value.code if isinstance(value, ProtocolVersion) else value


class MemberChoice(forms.ModelChoiceField):
    def label_from_instance(self, membership: Membership) -> str:
        return str(membership.user)


def _route_label(route: str, title: str) -> str:
    needed, _ = NEEDED[route]
    return f"{title}: needs the {' and the '.join(TITLES[kind] for kind in needed)}"


class CourseForm(forms.Form):
    """Which protocol, for what, under which permit."""

    protocol = ProtocolChoice(queryset=ProtocolVersion.objects.none(), to_field_name="code", empty_label=None)
    indication = forms.ChoiceField()
    access_route = forms.ChoiceField(
        label="Access route",
        widget=forms.RadioSelect,
        choices=[(route.value, _route_label(route.value, route.label)) for route in Course.Route],
    )

    def __init__(self, *args: Any, protocols: QuerySet[ProtocolVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A subquery: a choice is looked up by its code, which DISTINCT ON does not allow on the query itself.
        self.fields["protocol"].queryset = ProtocolVersion.objects.filter(pk__in=protocols.values("pk"))
        allowed = [indication for version in protocols for indication in version.protocol.indications]
        self.fields["indication"].choices = [(indication, indication) for indication in dict.fromkeys(allowed)]
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.layout = Layout(
            Row(Column("protocol", css_class="col-sm-8"), Column("indication", css_class="col-sm-4")), "access_route"
        )


class ApprovalForm(forms.Form):
    """One approval: who gave it, under which reference, from and until."""

    kind = forms.ChoiceField(choices=[("", "Choose the kind"), *CourseApproval.Kind.choices])
    authority = forms.CharField(label="Given by", max_length=120)
    reference = forms.CharField(max_length=80)
    approved_on = DayField(label="Valid from")
    expires_on = DayField(label="Valid until")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.layout = Layout(
            "kind",
            Row(Column("authority", css_class="col-sm-7"), Column("reference", css_class="col-sm-5")),
            Row(Column("approved_on", css_class="col-sm-6"), Column("expires_on", css_class="col-sm-6")),
            Div(Submit("save", "Record approval"), css_class="form-actions"),
        )
        self.helper.attrs = {"novalidate": ""}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        begins, ends = cleaned.get("approved_on"), cleaned.get("expires_on")
        if begins and ends and begins > ends:
            self.add_error("expires_on", "An approval cannot end before it begins.")
        return cleaned

    @property
    def approval(self) -> NewApproval:
        return NewApproval(**{name: self.cleaned_data[name] for name in self.fields})


class _ApprovalsAtOpening(forms.BaseFormSet):
    @property
    def approvals(self) -> list[NewApproval]:
        """The rows that were filled in."""
        return [
            NewApproval(**{name: form.cleaned_data[name] for name in form.fields})
            for form in self.forms
            if form.has_changed()
        ]


class _OpeningRow(ApprovalForm):
    """A row of the page that opens a course; an empty row is left out."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper.form_tag = False
        self.helper.layout = Layout(*self.helper.layout.fields[:-1])


ApprovalFormSet = forms.formset_factory(_OpeningRow, formset=_ApprovalsAtOpening, extra=2, max_num=4, absolute_max=4)


class TeamForm(forms.Form):
    """Who takes which duty. Who may not is refused by the rule, with sentences; here they are only not offered."""

    def __init__(
        self,
        *args: Any,
        members: QuerySet[Membership],
        offered: dict[str, list[Membership]],
        current: dict[str, Membership],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for duty in TeamMember.Duty:
            field = MemberChoice(
                queryset=members,
                to_field_name="public_id",
                required=False,
                label=duty.label,
                initial=current[duty].public_id if duty in current else None,
            )
            field.choices = [("", "Nobody yet"), *((m.public_id, str(m.user)) for m in offered[duty])]
            self.fields[duty.value] = field
        self.helper = FormHelper()
        self.helper.layout = Layout(
            Row(Column("lead", css_class="col-sm-6"), Column("second", css_class="col-sm-6")),
            Row(Column("physician", css_class="col-sm-6"), Column("rater", css_class="col-sm-6")),
            Div(Submit("save", "Save the care team"), css_class="form-actions"),
        )

    @property
    def members(self) -> dict[str, Membership | None]:
        return {duty.value: self.cleaned_data[duty.value] for duty in TeamMember.Duty}


class WithdrawForm(forms.Form):
    cause = forms.ChoiceField(
        label="Why does the course end?",
        widget=forms.RadioSelect,
        choices=[(cause.value, title) for cause, title in CAUSE_TITLES.items()],
    )
    words = forms.CharField(
        label="In words", required=False, max_length=400, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Needed for another reason, welcome for every one. It is kept with the course.",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.layout = Layout(
            "cause",
            "words",
            Div(Submit("save", "Withdraw the course", css_class="btn-danger"), css_class="form-actions"),
        )
        self.helper.attrs = {"novalidate": ""}
