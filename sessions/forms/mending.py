"""What is asked when the calendar changes: a time, a length, an absence, a reason."""

import datetime as dt
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.utils import timezone

from accounts.models import User
from sessions.forms.calendar import DateInput, NearDay, TimeInput
from sessions.models import Deviation, Room, Visit
from sessions.rules.events import ClinicClosed, Event, PersonAway, RoomAway

CLINIC = "clinic"
LONGEST = dt.timedelta(days=366)


class MoveForm(forms.Form):
    """A new time for one visit, in the clinic's wall time; also another room, or one person in place of another.

    Dropped on the line of a pair ("12-34"), whoever of the visit is not of that pair gives place to who is.
    """

    DAY_PAGE, WEEK_PAGE = "day", "week"

    day = NearDay(label="Day", widget=DateInput)
    clock = forms.TimeField(label="Begins at", widget=TimeInput)
    version = forms.IntegerField(widget=forms.HiddenInput)
    room = forms.ModelChoiceField(Room.objects.none(), required=False, label="In", empty_label="Any that is free")
    comes = forms.ModelChoiceField(User.objects.none(), required=False, label="With", empty_label="Whoever holds it")
    leaves = forms.ModelChoiceField(User.objects.none(), required=False, label="In place of", empty_label="Nobody")
    pair = forms.RegexField(r"\A\d{1,9}-\d{1,9}\Z", required=False)
    # Where it was dragged: the calendar to go back to.
    view = forms.ChoiceField(choices=[("", ""), (DAY_PAGE, ""), (WEEK_PAGE, "")], required=False)
    by = forms.ChoiceField(choices=[("", ""), ("people", ""), ("rooms", ""), ("pairs", "")], required=False)

    def __init__(self, *args: Any, visit: Visit, people: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.visit = visit
        self.fields["room"].queryset = Room.objects.filter(clinic=visit.course.clinic_id, active=True)
        self.fields["leaves"].queryset = User.objects.filter(pk__in=[person.pk for person in visit.therapists])
        self.fields["comes"].queryset = people
        for name in ("room", "leaves", "comes"):
            self.fields[name].widget.attrs["class"] = "form-select"
        self.fields["leaves"].error_messages["invalid_choice"] = "Only a therapist of the visit can be replaced."
        self.fields["comes"].error_messages["invalid_choice"] = "Only a therapist can take a place in it."

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("pair"):
            values |= self._on_the_line_of({int(key) for key in values["pair"].split("-")})
        if bool(values.get("leaves")) != bool(values.get("comes")):
            raise forms.ValidationError("Only a therapist of the visit can be replaced, and by a therapist.")
        return values

    def _on_the_line_of(self, pair: set[int]) -> dict[str, User]:
        """Who leaves the visit and who comes, so that it is in the line of this pair."""
        now = {person.pk: person for person in self.visit.therapists}
        if set(now) <= pair:
            return {}  # one of them alone is in their line already
        people = {person.pk: person for person in self.fields["comes"].queryset.filter(pk__in=pair)}
        leaves, comes = now.keys() - pair, pair - now.keys()
        if not pair & now.keys() or len(comes) != 1 or not comes <= people.keys():
            names = " and ".join(str(person) for person in now.values())
            raise forms.ValidationError(
                f"{self.visit.code} is held by {names}, and a course keeps its pair: only one of the two can be replaced, "
                "by a therapist. Drop it on the line of a pair with one of them in it, or on one therapist by person; "
                "to give the whole course another pair, plan it again with any two who are free."
            )
        return {"leaves": now[leaves.pop()], "comes": people[comes.pop()]}

    def clean_clock(self) -> dt.time:
        clock = self.cleaned_data["clock"]
        if clock.minute % 15 or clock.second:
            raise forms.ValidationError("Visits begin on a quarter of an hour: 09:00, 09:15, 09:30 or 09:45.")
        return clock


class LengthForm(forms.Form):
    """How long one visit is to be."""

    minutes = forms.IntegerField(
        label="Minutes", min_value=15, max_value=720, widget=forms.NumberInput(attrs={"step": 15})
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def clean_minutes(self) -> int:
        minutes = self.cleaned_data["minutes"]
        if minutes % 15:
            raise forms.ValidationError("Give quarters of an hour: 15, 30, 45, 60 and so on.")
        return minutes


class CancelForm(forms.Form):
    """Why a visit does not take place, and whether it is to get another day at once."""

    MISSED = "missed"
    CANCELLED = "cancelled"

    what = forms.ChoiceField(label="What happened", widget=forms.RadioSelect, initial=CANCELLED)
    reason = forms.CharField(
        label="Why",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="It stays with the visit and in the chart's history.",
    )
    again = forms.BooleanField(label="Give it another day, and show me what would follow", required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, visit: Visit, **more: Any) -> None:
        super().__init__(*args, **more)
        choices = [(self.CANCELLED, "It is cancelled")]
        if visit.starts_at <= timezone.now():
            choices.append((self.MISSED, "The patient did not come"))
        self.fields["what"].choices = choices
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True


class LateForm(forms.Form):
    """How late a visit began, and why."""

    minutes = forms.IntegerField(label="Minutes late", min_value=1, max_value=720)
    reason = forms.CharField(label="Why", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True


class ReasonForm(forms.Form):
    reason = forms.CharField(label="Why", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True


class AbsenceForm(forms.Form):
    """Who or what cannot be there, from and until."""

    what = forms.ChoiceField(label="Who or what")
    first = NearDay(label="First day", widget=DateInput)
    last = NearDay(label="Last day", widget=DateInput)
    note = forms.CharField(label="Note", max_length=80, required=False, help_text="Colleagues read it.")

    def __init__(self, *args: Any, members: Any, rooms: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        people = [(f"person:{member.user_id}", str(member.user)) for member in members]
        places = [(f"room:{room.pk}", room.name) for room in rooms]
        self.fields["what"].choices = [
            ("", "Choose"),
            ("People", people),
            ("Rooms", places),
            ("Everybody", [(CLINIC, "The whole clinic is closed")]),
        ]
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        first, last = values.get("first"), values.get("last")
        if first and last and last < first:
            self.add_error("last", "The last day comes before the first.")
        elif first and last and last - first > LONGEST:
            self.add_error("last", "Give at most a year at a time.")
        return values

    def event(self) -> Event:
        """The event that the valid form describes."""
        kind, _, key = self.cleaned_data["what"].partition(":")
        first, last, note = (self.cleaned_data[name] for name in ("first", "last", "note"))
        if kind == "person":
            return PersonAway(key, first, last, note)
        return RoomAway(key, first, last, note) if kind == "room" else ClinicClosed(first, last, note or "closed")


class DeviationForm(forms.Form):
    """A departure from the protocol for one visit, signed with the password."""

    code = forms.ChoiceField(label="Visit")
    rule = forms.ChoiceField(label="What is allowed", choices=Deviation.Rule.choices, widget=forms.RadioSelect)
    earliest = forms.IntegerField(label="Earliest, days after the visit it counts from", required=False)
    latest = forms.IntegerField(label="Latest, days after the visit it counts from", required=False)
    reason = forms.CharField(label="Why", widget=forms.Textarea(attrs={"rows": 4}))
    password = forms.CharField(
        label="Your password", widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["code"].choices = choices
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
