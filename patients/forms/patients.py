import datetime as dt
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Column, Div, Field, Fieldset, Layout, Row, Submit
from django import forms
from django.utils import timezone

from patients.actions.patients import NewContact
from patients.models import Contact, Patient
from patients.rules import stretches

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class DayField(forms.DateField):
    """A day, with the browser's own date field."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)


class SpansField(forms.CharField):
    """Times of one day as people write them, "9-12, 14:00-17:00"; a list of ["09:00", "12:00"] when clean."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(f"{start}-{end}" for start, end in value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[list[str]]:
        try:
            spans = stretches.read(super().clean(value))
        except ValueError as problem:
            raise forms.ValidationError(str(problem)) from problem
        return [[f"{start:%H:%M}", f"{end:%H:%M}"] for start, end in spans]


def _helper(*layout: Any, submit: str) -> FormHelper:
    helper = FormHelper()
    helper.layout = Layout(*layout, Div(Submit("save", submit), css_class="form-actions"))
    helper.attrs = {"novalidate": ""}
    helper.form_show_errors = True
    return helper


class DetailsForm(forms.ModelForm):
    """Who the patient is, how they may be reached, and when they can come."""

    date_of_birth = DayField()
    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Patient
        fields = (
            "given_name",
            "family_name",
            "date_of_birth",
            "sex",
            "phone",
            "email",
            "language",
            "reminder_channel",
            "discreet",
            "quiet_from",
            "quiet_until",
        )
        widgets = {
            "quiet_from": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "quiet_until": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
        }
        labels = {
            "phone": "Telephone",
            "discreet": "Discreet messages",
            "reminder_channel": "Reminders",
            "quiet_from": "No messages from",
            "quiet_until": "No messages until",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number, day in enumerate(WEEKDAYS):
            self.fields[f"day_{number}"] = SpansField(
                label=day, required=False, initial=(self.instance.times or {}).get(str(number), "")
            )
        self.fields["version"].initial = self.instance.version
        self.fields["sex"].choices = [("", "Not stated"), *Patient.Sex.choices]
        self.helper = _helper(
            "version",
            *self._who(),
            *self._reach(),
            Fieldset(
                "When the patient can come",
                HTML(
                    '<p class="note">Leave all empty for any time the clinic is open. Otherwise an empty day is a day off.</p>'
                ),
                Row(
                    *(
                        Column(Field(f"day_{n}", placeholder="9:00-17:00"), css_class="col-sm-6 col-lg-4")
                        for n in range(7)
                    )
                ),
            ),
            submit="Save changes",
        )

    def _who(self) -> tuple[Any, ...]:
        return (
            Fieldset(
                "Patient",
                Row(Column("given_name", css_class="col-sm-6"), Column("family_name", css_class="col-sm-6")),
                Row(
                    Column("date_of_birth", css_class="col-sm-4"),
                    Column("sex", css_class="col-sm-4"),
                    Column("language", css_class="col-sm-4"),
                ),
            ),
        )

    def _reach(self) -> tuple[Any, ...]:
        return (
            Fieldset(
                "How to reach them",
                Row(Column("phone", css_class="col-sm-6"), Column("email", css_class="col-sm-6")),
                Row(
                    Column("reminder_channel", css_class="col-sm-4"),
                    Column("quiet_from", css_class="col-6 col-sm-4"),
                    Column("quiet_until", css_class="col-6 col-sm-4"),
                ),
                "discreet",
            ),
        )

    def clean_date_of_birth(self) -> dt.date:
        born = self.cleaned_data["date_of_birth"]
        if not timezone.localdate() - dt.timedelta(days=366 * 120) < born < timezone.localdate():
            raise forms.ValidationError("Check the year of birth.")
        return born

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("reminder_channel") == Patient.Channel.EMAIL and not cleaned.get("email"):
            self.add_error("email", "Reminders by e-mail need an address.")
        return cleaned

    @property
    def details(self) -> dict[str, Any]:
        """What the actions take: the fields of a patient and their own times."""
        times = {str(n): spans for n in range(7) if (spans := self.cleaned_data.get(f"day_{n}"))}
        return {**{name: self.cleaned_data[name] for name in self.Meta.fields}, "times": times}


class IntakeForm(DetailsForm):
    """One page: the patient, an emergency contact and the ride home."""

    emergency_name = forms.CharField(label="Name", max_length=120)
    emergency_relationship = forms.CharField(label="Relationship", max_length=60, required=False)
    emergency_phone = forms.CharField(label="Telephone", max_length=40, widget=forms.TextInput(attrs={"type": "tel"}))
    same_ride = forms.BooleanField(label="The same person drives the patient home", required=False, initial=True)
    ride_name = forms.CharField(label="Name", max_length=120, required=False)
    ride_phone = forms.CharField(
        label="Telephone", max_length=40, required=False, widget=forms.TextInput(attrs={"type": "tel"})
    )
    somebody_else = forms.BooleanField(
        label="This is somebody else: take them in", required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("version", *(f"day_{n}" for n in range(7))):
            del self.fields[name]
        self.fields["given_name"].widget.attrs["autofocus"] = True
        self.helper = _helper(
            *self._who(),
            *self._reach(),
            Fieldset(
                "Emergency contact",
                Row(
                    Column("emergency_name", css_class="col-sm-5"),
                    Column("emergency_relationship", css_class="col-sm-3"),
                    Column("emergency_phone", css_class="col-sm-4"),
                ),
            ),
            Fieldset(
                "Ride home after a dosing day",
                "same_ride",
                HTML('<p class="note">Or another person:</p>'),
                Row(Column("ride_name", css_class="col-sm-5"), Column("ride_phone", css_class="col-sm-4")),
            ),
            "somebody_else",
            submit="Take in",
        )

    def ask_whether_somebody_else(self) -> None:
        """Show the tick that says the likeness is chance."""
        self.fields["somebody_else"].widget = forms.CheckboxInput()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if bool(cleaned.get("ride_name")) != bool(cleaned.get("ride_phone")):
            self.add_error("ride_name", "Give the name and the telephone number, or leave both empty.")
        return cleaned

    @property
    def contacts(self) -> list[NewContact]:
        given = self.cleaned_data
        contacts = [
            NewContact(
                Contact.Kind.EMERGENCY,
                given["emergency_name"],
                given["emergency_phone"],
                given["emergency_relationship"],
            )
        ]
        if given["ride_name"]:
            contacts.append(NewContact(Contact.Kind.RIDE_HOME, given["ride_name"], given["ride_phone"]))
        elif given["same_ride"]:
            contacts.append(
                NewContact(
                    Contact.Kind.RIDE_HOME,
                    given["emergency_name"],
                    given["emergency_phone"],
                    given["emergency_relationship"],
                )
            )
        return contacts


class ContactForm(forms.ModelForm):
    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Contact
        fields = ("kind", "name", "relationship", "phone", "active")
        labels = {"active": "May be called", "kind": "For", "phone": "Telephone"}
        widgets = {"phone": forms.TextInput(attrs={"type": "tel"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = self.instance.pk is not None
        self.fields["version"].initial = self.instance.version
        if not known:
            del self.fields["version"], self.fields["active"]
        self.helper = _helper(
            *(["version"] if known else []),
            "kind",
            Row(Column("name", css_class="col-sm-7"), Column("relationship", css_class="col-sm-5")),
            "phone",
            *(["active"] if known else []),
            submit="Save changes" if known else "Add contact",
        )

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.Meta.fields if name in self.fields}
