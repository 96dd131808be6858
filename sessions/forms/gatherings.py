import datetime as dt
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms

from sessions.forms.calendar import DateInput, NearDay, TimeInput
from sessions.models import Gathering


class GatheringForm(forms.Form):
    """Who comes together, where and when, in the clinic's wall time."""

    kind = forms.ChoiceField(label="What", choices=Gathering.Kind.choices)
    day = NearDay(label="Day", widget=DateInput)
    clock = forms.TimeField(label="Begins at", widget=TimeInput)
    minutes = forms.IntegerField(label="Minutes", min_value=15, max_value=480, initial=90)
    room = forms.ModelChoiceField(label="Room", queryset=None, required=False)
    therapists = forms.ModelMultipleChoiceField(label="Therapists", queryset=None, widget=forms.CheckboxSelectMultiple)
    patients = forms.ModelMultipleChoiceField(
        label="Patients, for a group", queryset=None, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, rooms: Any, therapists: Any, patients: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["room"].queryset = rooms
        self.fields["therapists"].queryset = therapists
        self.fields["patients"].queryset = patients
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True

    def clean_clock(self) -> dt.time:
        clock = self.cleaned_data["clock"]
        if clock.minute % 15 or clock.second:
            raise forms.ValidationError("It begins on a quarter of an hour: 09:00, 09:15, 09:30 or 09:45.")
        return clock
