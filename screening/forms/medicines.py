import datetime as dt
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Column, Div, Layout, Row, Submit
from django import forms
from django.urls import reverse_lazy

from patients.models import Medicine
from screening.rules.interactions import Restart, restart

KNOWN_NAMES = '<div class="known-names" id="known-names" aria-live="polite"></div>'


class PlainDay(forms.DateField):
    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)


class MedicineForm(forms.ModelForm):
    """A medicine as the patient takes it. Names of the reference table are offered; any other may be written."""

    started_on = PlainDay(label="Started on", required=False)
    last_dose_on = PlainDay(
        label="Last dose on",
        required=False,
        help_text="The very last dose, after any taper. Leave empty if it is not known.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput)
    aware = forms.BooleanField(
        label="The prescriber knows of the dosing day and wants it begun now", required=False, widget=forms.HiddenInput
    )

    class Meta:
        model = Medicine
        fields = ("name", "dose", "regular", "started_on", "ongoing", "last_dose_on", "prescriber", "note")
        labels = {"ongoing": "Still taken", "regular": "Taken regularly"}
        help_texts = {"ongoing": "", "regular": "Untick for now and then."}

    def __init__(self, *args: Any, today: dt.date, dosed_on: dt.date | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today, self.dosed_on = today, dosed_on
        # The row is filled with what was typed as soon as the form is checked.
        self.was_known, self.was_ongoing = self.instance.pk is not None, self.instance.ongoing
        self.was_named, self.was_last = self.instance.name, self.instance.last_dose_on
        self.fields["version"].initial = self.instance.version
        if not self.was_known:
            del self.fields["version"]
        name = self.fields["name"]
        name.help_text = "As on the label: also what is bought without a prescription, and substances."
        name.widget.attrs |= {
            "data-known-names": "#known-names",
            "data-search": reverse_lazy("screening:known_names"),
            "autocomplete": "off",
            "spellcheck": "false",
        }
        self.helper = FormHelper()
        self.helper.attrs = {"novalidate": ""}
        self.helper.layout = Layout(
            *(["version"] if self.was_known else []),
            Row(Column("name", HTML(KNOWN_NAMES), css_class="col-sm-7"), Column("dose", css_class="col-sm-5")),
            "regular",
            "ongoing",
            Row(Column("started_on", css_class="col-sm-6"), Column("last_dose_on", css_class="col-sm-6")),
            "prescriber",
            "note",
            "aware",
            Div(Submit("save", "Save changes" if self.was_known else "Add medicine"), css_class="form-actions"),
        )

    def clean(self) -> dict[str, Any]:
        clean = super().clean() or {}
        started, last, ongoing = clean.get("started_on"), clean.get("last_dose_on"), clean.get("ongoing")
        if ongoing and last:
            self.add_error(
                "last_dose_on",
                "A medicine that is still taken has no last dose. Untick “Still taken” if it is stopped.",
            )
        for name, day in (("started_on", started), ("last_dose_on", last)):
            if day and day > self.today:
                self.add_error(name, "This day has not come yet. Record it when it has.")
        if started and last and started > last:
            self.add_error("last_dose_on", "The last dose cannot be before the first.")
        if self._is_restart(ongoing) and self.was_last and (started is None or started <= self.was_last):
            self.add_error(
                "started_on", f"It was stopped on {self.was_last:%-d %b %Y}. Enter the day it was begun again."
            )
        if (warning := self._warning(clean)) and not clean.get("aware"):
            self.fields["aware"].widget = forms.CheckboxInput()
            self.add_error("aware", f"{warning.sentence} {warning.source.document} ({warning.source.mark}).")
        return clean

    def _is_restart(self, ongoing: bool | None) -> bool:
        return bool(ongoing) and self.was_known and not self.was_ongoing

    def _warning(self, clean: dict[str, Any]) -> Restart | None:
        """R23, when something is begun: added, begun again, or given another name or first day."""
        begun = (
            not self.was_known
            or self._is_restart(clean.get("ongoing"))
            or {"name", "started_on"} & {*self.changed_data}
        )
        if not begun or not clean.get("ongoing") or not clean.get("name"):
            return None
        return restart(clean["name"], started_on=clean.get("started_on"), dosed_on=self.dosed_on, as_of=self.today)

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.Meta.fields}
