"""What is asked of the free time: who, where, how long, from when."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django import forms

from patients.models import Course
from patients.rules.protocol import RoomKind
from sessions.actions.freetime import Pattern
from sessions.forms.calendar import DateInput, NearDay
from sessions.rules.repair import lasting

ROOMS = [(RoomKind.DOSING.value, "A dosing room"), (RoomKind.CONSULTING.value, "A consulting room")]
LONGEST = 26 * 7  # days looked ahead: a course and its follow-up


class FreeTimeForm(forms.Form):
    """One therapist or two, a room, a physician, and the morning after; for a course that has no dosing day, or for nobody."""

    first = forms.ChoiceField(label="Therapist")
    second = forms.ChoiceField(label="And", required=False)
    room = forms.ChoiceField(label="In", choices=ROOMS)
    minutes = forms.IntegerField(
        label="Minutes", min_value=15, max_value=720, widget=forms.NumberInput(attrs={"step": 15})
    )
    course = forms.ChoiceField(label="To plan", required=False)
    start = NearDay(label="From", widget=DateInput)
    days = forms.IntegerField(label="Days ahead", min_value=1, max_value=LONGEST)
    physician = forms.BooleanField(label="A physician on duty", required=False)
    night = forms.BooleanField(label="Somebody for the night", required=False)
    morning = forms.BooleanField(label="And the morning after", required=False)

    def __init__(self, *args: Any, therapists: dict[str, str], courses: Iterable[Course] = (), **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["first"].choices = [("", "Choose"), *therapists.items()]
        self.fields["second"].choices = [("", "Nobody else"), *therapists.items()]
        named = [(str(course.public_id), str(course.patient)) for course in courses]
        self.fields["course"].choices = [("", "Nobody's course"), *named]

    def clean_minutes(self) -> int:
        minutes = self.cleaned_data["minutes"]
        if minutes % 15:
            raise forms.ValidationError("Give quarters of an hour: 15, 30, 45, 60 and so on.")
        return minutes

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("first") and values.get("first") == values.get("second"):
            self.add_error("second", "Choose two different people.")
        return values

    @property
    def pair(self) -> tuple[str, str]:
        """By key; one person alone is both."""
        return self.cleaned_data["first"], self.cleaned_data["second"] or self.cleaned_data["first"]

    @property
    def is_of_two(self) -> bool:
        return bool(self.cleaned_data["second"])

    def pattern(self, usual: Pattern) -> Pattern:
        """The protocol's dosing day and its morning after, as they are asked for."""
        values = self.cleaned_data
        also = [("physician", values["physician"]), ("night attendant", values["night"])]
        dosing, morning = usual
        there = 2 if self.is_of_two else 1
        asked = replace(
            lasting(dosing, values["minutes"]),
            therapists=min(dosing.therapists, there),
            room=RoomKind(values["room"]),
            also_present=tuple(who for who, is_asked in also if is_asked),
        )
        if morning is None or not values["morning"]:
            return asked, None
        return asked, replace(morning, therapists=min(morning.therapists, there))
