"""Input of working weeks."""

from typing import Any

from django import forms

from accounts.models import Membership
from patients.rules import stretches
from sessions.forms.calendar import DAYS
from sessions.rules.planning import Week


class StretchesField(forms.CharField):
    """Times of one day as people write them, "9-12, 14-17:30"; pairs of times when clean."""

    def clean(self, value: Any) -> list[stretches.Stretch]:
        try:
            return stretches.read(super().clean(value))
        except ValueError as problem:
            raise forms.ValidationError(str(problem)) from problem


class WeekForm(forms.Form):
    """One person's working week: a line a day, the most hours, the nights, and what a patient may ask for."""

    weekly_hours = forms.IntegerField(
        label="At most so many hours in visits a week", required=False, min_value=1, max_value=60
    )
    traits = forms.CharField(
        label="What a patient may ask for",
        required=False,
        max_length=200,
        help_text="Separated by commas, as in: woman, speaks Welsh.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def __init__(self, *args: Any, membership: Membership, **more: Any) -> None:
        super().__init__(*args, **more)
        self.stays_nights = "night_attendant" in membership.roles
        for number, day in enumerate(DAYS):
            self.fields[f"day_{number}"] = StretchesField(label=day, required=False, max_length=60)
        if self.stays_nights:
            self.fields["nights"] = forms.TypedMultipleChoiceField(
                label="Nights they may stay, by the day before",
                choices=list(enumerate(DAYS)),
                coerce=int,
                required=False,
                widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input m-0"}),
            )

    @staticmethod
    def values_of(membership: Membership) -> dict[str, Any]:
        """The week as it stands. Reads `working_times`; prefetch them for lists."""
        rows = list(membership.working_times.all())
        days = {
            f"day_{n}": stretches.say((row.starts, row.ends) for row in rows if row.weekday == n)
            for n in range(len(DAYS))
        }
        return days | {
            "weekly_hours": membership.weekly_hours,
            "traits": ", ".join(membership.traits),
            "nights": membership.nights,
            "version": membership.version,
        }

    @property
    def days(self) -> list[Any]:
        return [self[f"day_{n}"] for n in range(len(DAYS))]

    def clean_traits(self) -> list[str]:
        traits = list(dict.fromkeys(part.strip() for part in self.cleaned_data["traits"].split(",") if part.strip()))
        if any(len(trait) > 40 for trait in traits):
            raise forms.ValidationError("Keep each of them to 40 letters.")
        return traits

    @property
    def hours(self) -> Week:
        """The working hours by weekday, once the form is valid."""
        days = ((n, tuple(self.cleaned_data[f"day_{n}"])) for n in range(len(DAYS)))
        return {n: times for n, times in days if times}
