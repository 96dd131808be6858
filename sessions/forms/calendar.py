"""Input of the planner, the calendar, rooms and leave."""

import datetime as dt
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Field, Layout
from django import forms
from django.utils import timezone

from patients.models import Course
from sessions.models import Closure, Leave, Room
from sessions.rules.planning import Week, Wish

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ANY = "any"
TEAM = "team"


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, **more: Any) -> None:
        super().__init__(format="%Y-%m-%d", **more)


class TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self, **more: Any) -> None:
        super().__init__(format="%H:%M", attrs={"step": 900}, **more)


class NearDay(forms.DateField):
    """A day that something can be planned for: a year that was typed wrongly is said, and not searched up to."""

    YEARS = 5

    def validate(self, value: dt.date | None) -> None:
        super().validate(value)
        year = timezone.localdate().year
        if value is not None and abs(value.year - year) > self.YEARS:
            sentence = f"The year {value.year} is more than {self.YEARS} years away."
            raise forms.ValidationError(f"{sentence} Choose a day between {year - self.YEARS} and {year + self.YEARS}.")


class PlanForm(forms.Form):
    """When a course may begin, with whom, and when the patient can come."""

    first_week = NearDay(label="Begin in the week of", widget=DateInput)
    within = forms.TypedChoiceField(
        label="Or up to",
        coerce=int,
        choices=[
            (1, "that week only"),
            (2, "1 week later"),
            (4, "3 weeks later"),
            (8, "7 weeks later"),
            (16, "15 weeks later"),
            (26, "half a year later"),
        ],
    )
    pair = forms.ChoiceField(label="Therapists")

    def __init__(
        self, *args: Any, course: Course, pair: list[Any], therapists: dict[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(*args, **more)
        self.course, self.team = course, pair
        choices = [(ANY, "Any two who are free")]
        if len(pair) == 2:
            choices.insert(0, (TEAM, f"{pair[0]} and {pair[1]}"))
        choices += _named(str(self.data.get("pair", "")), therapists or {})
        self.fields["pair"].choices = choices
        for number, day in enumerate(DAYS):
            self.fields[f"from_{number}"] = forms.TimeField(label=f"{day} from", required=False, widget=TimeInput)
            self.fields[f"until_{number}"] = forms.TimeField(label=f"{day} until", required=False, widget=TimeInput)

    @staticmethod
    def defaults(course: Course, pair: list[Any], today: dt.date) -> dict[str, Any]:
        """Next week, the care team's pair, the times of the chart."""
        values = {
            "first_week": (today + dt.timedelta(days=7 - today.weekday())).isoformat(),
            "within": "4",
            "pair": TEAM if len(pair) == 2 else ANY,
        }
        for day, hours in course.patient.times.items():
            if hours:
                values[f"from_{day}"], values[f"until_{day}"] = hours[0][0], hours[-1][-1]
        return values

    @property
    def weekdays(self) -> list[tuple[str, Any, Any]]:
        return [(day, self[f"from_{n}"], self[f"until_{n}"]) for n, day in enumerate(DAYS)]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        for number, day in enumerate(DAYS):
            start, end = values.get(f"from_{number}"), values.get(f"until_{number}")
            if (start is None) != (end is None):
                self.add_error(f"until_{number}", f"Give both times for {day}, or neither.")
            elif start is not None and end is not None and start >= end:
                self.add_error(f"until_{number}", f"{day} ends before it begins.")
        return values

    @property
    def times(self) -> Week:
        """The patient's times; empty: any time."""
        week: Week = {}
        for number in range(len(DAYS)):
            start, end = self.cleaned_data.get(f"from_{number}"), self.cleaned_data.get(f"until_{number}")
            if start and end:
                week[number] = ((start, end),)
        return week

    def wish(self) -> Wish:
        first = self.cleaned_data["first_week"]
        monday = first - dt.timedelta(days=first.weekday())
        last = monday + dt.timedelta(weeks=self.cleaned_data["within"], days=-1)
        asked = self.cleaned_data["pair"]
        pair = None
        if asked == TEAM:
            pair = (str(self.team[0].pk), str(self.team[1].pk))
        elif asked != ANY:
            lead, second = asked.split("-")
            pair = (lead, second)
        return Wish(monday, last, pair, self.times)


def _named(asked: str, therapists: dict[str, str]) -> list[tuple[str, str]]:
    """The choice of two therapists of the clinic by name, as alternatives ask for them ("12-34")."""
    lead, _, second = asked.partition("-")
    if lead == second or lead not in therapists or second not in therapists:
        return []
    return [(asked, f"{therapists[lead]} and {therapists[second]}")]


class RoomForm(forms.ModelForm):
    class Meta:
        model = Room
        fields = ["name", "kind", "turnover_minutes", "opens_at", "closes_at", "active"]
        widgets = {"opens_at": TimeInput(), "closes_at": TimeInput()}
        labels = {
            "turnover_minutes": "Turnover, minutes",
            "opens_at": "Opens",
            "closes_at": "Closes",
            "active": "In use",
        }

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(
            Div(Field("name"), Field("kind"), css_class="field-row"),
            Div(Field("turnover_minutes"), Field("opens_at"), Field("closes_at"), css_class="field-row"),
            "active",
        )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        opens, closes = values.get("opens_at"), values.get("closes_at")
        if opens and closes and opens >= closes:
            self.add_error("closes_at", "The room closes before it opens.")
        return values


class LeaveForm(forms.ModelForm):
    class Meta:
        model = Leave
        fields = ["membership", "starts_on", "ends_on", "note"]
        field_classes = {"starts_on": NearDay, "ends_on": NearDay}
        widgets = {"starts_on": DateInput(), "ends_on": DateInput()}
        labels = {"membership": "Who", "starts_on": "First day away", "ends_on": "Last day away"}

    def __init__(self, *args: Any, members: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["membership"].queryset = members
        self.fields["membership"].label_from_instance = lambda member: str(member.user)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        first, last = values.get("starts_on"), values.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", "The last day comes before the first.")
        return values


class ClosureForm(forms.ModelForm):
    class Meta:
        model = Closure
        fields = ["day", "name"]
        field_classes = {"day": NearDay}
        widgets = {"day": DateInput()}
        labels = {"name": "Why"}

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
