import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from patients.actions.patients import NewContact
from patients.models import Contact, Patient
from screening.forms.record import DayField
from screening.rules.importing.opening import MEGABYTE

LINE = {"class": "form-control", "autocomplete": "off"}


class UploadForm(forms.Form):
    """One file of at most so many megabytes. What is in it is the rules' business."""

    file = forms.FileField(
        label="FHIR file", widget=forms.ClearableFileInput(attrs={"class": "form-control", "accept": ".json,.ndjson"})
    )

    def __init__(self, *args: Any, limit: int, **more: Any) -> None:
        super().__init__(*args, **more)
        self.limit = limit
        self.fields[
            "file"
        ].help_text = f"A FHIR R4 Bundle as JSON, or NDJSON with one resource on each line; one person, at most {limit} MB, not zipped."
        self.fields["file"].widget.attrs["data-most-bytes"] = limit * MEGABYTE

    def refuse_size(self) -> None:
        """Say what the limit is; the file itself was left out before it was read."""
        self.full_clean()
        self.errors.pop("file", None)
        self.add_error("file", f"The file is larger than {self.limit} MB, and nothing of it was read. Export less.")


class NewPatientForm(forms.Form):
    """The person of a record, to be looked at and completed before a chart is opened."""

    given_name = forms.CharField(max_length=80, widget=forms.TextInput(LINE))
    family_name = forms.CharField(max_length=80, widget=forms.TextInput(LINE))
    date_of_birth = DayField()
    sex = forms.ChoiceField(
        label="Sex for QT limits",
        choices=[("", "Not stated"), *Patient.Sex.choices],
        required=False,
        widget=forms.Select({"class": "form-select"}),
    )
    phone = forms.CharField(label="Telephone", max_length=40, required=False, widget=forms.TextInput(LINE))
    email = forms.EmailField(label="E-mail", required=False, widget=forms.EmailInput(LINE))
    emergency_name = forms.CharField(label="Emergency contact: name", max_length=120, widget=forms.TextInput(LINE))
    emergency_phone = forms.CharField(label="Emergency contact: telephone", max_length=40, widget=forms.TextInput(LINE))
    somebody_else = forms.BooleanField(label="This is somebody else: open a new chart", required=False)

    def clean_date_of_birth(self) -> dt.date:
        born = self.cleaned_data["date_of_birth"]
        if not timezone.localdate() - dt.timedelta(days=366 * 120) < born < timezone.localdate():
            raise ValidationError("Check the year of birth.")
        return born

    @property
    def details(self) -> dict[str, Any]:
        names = ("given_name", "family_name", "date_of_birth", "sex", "phone", "email")
        return {name: self.cleaned_data[name] for name in names}

    @property
    def contacts(self) -> list[NewContact]:
        given = self.cleaned_data
        return [NewContact(Contact.Kind.EMERGENCY, given["emergency_name"], given["emergency_phone"])]

    @property
    def person_fields(self) -> list[Any]:
        return [field for field in self if field.name != "somebody_else"]
