"""Input of the waiting list and of what patients ask for."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.models import User
from patients.models import Course
from sessions.forms.calendar import DateInput, NearDay
from sessions.rules.preferences import SAY, Of


class WaitingForm(forms.Form):
    """Which waiting courses are planned together, and when they may begin."""

    courses = forms.ModelMultipleChoiceField(
        queryset=Course.objects.none(),
        to_field_name="public_id",
        error_messages={"required": "Tick the courses that shall be planned."},
    )
    first_week = NearDay(label="Begin in the week of", widget=DateInput)
    within = forms.TypedChoiceField(
        label="Or up to",
        coerce=int,
        choices=[(4, "3 weeks later"), (8, "7 weeks later"), (16, "15 weeks later"), (26, "half a year later")],
    )

    def __init__(self, *args: Any, courses: Sequence[Course], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["courses"].queryset = Course.objects.filter(pk__in=[course.pk for course in courses])

    @staticmethod
    def defaults(courses: Sequence[Course], today: dt.date) -> dict[str, Any]:
        monday = today + dt.timedelta(days=7 - today.weekday())
        return {"courses": [str(c.public_id) for c in courses], "first_week": monday.isoformat(), "within": "16"}

    @property
    def days(self) -> tuple[dt.date, dt.date]:
        """The first day and the last on which a course may begin."""
        first = self.cleaned_data["first_week"]
        monday = first - dt.timedelta(days=first.weekday())
        return monday, monday + dt.timedelta(weeks=self.cleaned_data["within"], days=-1)


class PreferenceForm(forms.Form):
    """A trait or a person that a patient asks for, or asks not to have."""

    of = forms.ChoiceField(label="Wanted in", choices=[(of.value, SAY[of].capitalize()) for of in Of])
    trait = forms.CharField(label="What", required=False, max_length=40, help_text="As in: woman, speaks Welsh.")
    person = forms.ModelChoiceField(label="Or whom", queryset=User.objects.none(), required=False, empty_label="")
    must = forms.BooleanField(label="It must be so; without it nobody is planned", required=False)

    def __init__(self, *args: Any, therapists: Any, traits: Sequence[str], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["person"].queryset = therapists
        self.fields["of"].widget.attrs["class"] = self.fields["person"].widget.attrs["class"] = "form-select"
        self.fields["trait"].widget.attrs |= {"class": "form-control", "list": "traits", "autocomplete": "off"}
        self.fields["must"].widget.attrs["class"] = "form-check-input"
        self.known = traits

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        values["trait"] = (values.get("trait") or "").strip()
        if bool(values["trait"]) == bool(values.get("person")):
            self.add_error("trait", "Give either what is asked for or whom, not both.")
        elif values["trait"] and values["trait"] not in self.known and values.get("must"):
            self.add_error(
                "trait",
                f"No therapist has “{values['trait']}” on record, so nobody could be planned. "
                "Write it as under Working hours.",
            )
        return values
