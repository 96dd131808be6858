"""What is typed on a dosing day."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils import timezone

from accounts.actions.passwords import confirm
from accounts.models import User
from accounts.rules.findings import Refused
from sessions.models import Effect, Touch
from sessions.rules.facts import Basis, Check, DoseKind


@dataclass(frozen=True, slots=True)
class Question:
    """How one check is asked. `number` is (least, most, step, unit)."""

    check: Check
    ask: str
    yes: str = "Yes"
    no: str = "No"
    number: tuple[float, float, str, str] | None = None
    number_label: str = ""
    detail: str = ""  # label of the words beside it; they are needed when `detail_needed`
    detail_needed: bool = False
    choices: tuple[str, ...] = ()  # instead of free words
    person: bool = False
    one_answer: bool = False  # only `yes` makes sense


QUESTIONS = {
    question.check: question
    for question in (
        Question(Check.IDENTITY, "Did the patient say their full name and date of birth?"),
        Question(Check.CONSENT, "Does the patient affirm consent today?"),
        Question(
            Check.TOUCH,
            "Was the touch agreement read again together?",
            detail="Agreed for today",
            choices=("Hand", "Hand and shoulder", "Hand, arm and shoulder", "No touch"),
        ),
        Question(
            Check.FASTING,
            "How long ago did the patient last eat?",
            yes="Save",
            number=(0, 72, "0.5", "h"),
            number_label="Hours since the last meal",
            one_answer=True,
        ),
        Question(
            Check.ABSTAINED,
            "No alcohol, cannabis or other psychoactive substance in the last day?",
            yes="None",
            no="Something was taken",
            detail="What and when, if anything",
        ),
        Question(
            Check.PREGNANCY,
            "Pregnancy test of today",
            yes="Negative or does not apply",
            no="Positive",
            detail="Lot of the test, or why it does not apply",
        ),
        Question(
            Check.URINE,
            "Urine drug screen of today",
            yes="Negative or explained",
            no="Positive, not explained",
            detail="Explanation, if positive",
        ),
        Question(
            Check.SUICIDE_RISK,
            "C-SSRS since the last visit",
            yes="No behaviour",
            no="There was behaviour",
            number=(0, 5, "1", "of 5"),
            number_label="Highest ideation",
        ),
        Question(
            Check.DISTRESS,
            "How distressed does the patient feel now?",
            yes="Save",
            number=(0, 10, "1", "of 10"),
            number_label="Distress",
            one_answer=True,
        ),
        Question(
            Check.PHYSICIAN,
            "Which physician covers today?",
            yes="Save",
            no="Nobody can be reached",
            person=True,
            detail="Where",
            choices=("On site", "On call"),
            detail_needed=True,
        ),
        Question(
            Check.ATTENDANT,
            "Is a night attendant arranged?",
            detail="Name and telephone",
            detail_needed=True,
        ),
        Question(Check.ROOM, "Is the room set up?", yes="All of it", no="Not yet"),
        Question(Check.AFFIRMED, "Does the patient want the supplemental dose?", yes="Wants it", no="Declines"),
        Question(Check.ORIENTED, "Is the patient oriented to person, place and time?"),
        Question(Check.GAIT, "Does the patient walk safely?"),
        Question(Check.STABLE, "Do both therapists and the patient agree that the patient is stable?"),
        Question(
            Check.ADULT,
            "Has the night attendant or a named adult taken over?",
            detail="Name",
            detail_needed=True,
        ),
        Question(Check.NO_DRIVING, "Does the patient know not to drive until tomorrow?"),
    )
}


class CheckForm(forms.Form):
    check = forms.TypedChoiceField(choices=[(check.value, check.value) for check in Check], coerce=Check)
    good = forms.TypedChoiceField(choices=[("yes", "yes"), ("no", "no")], coerce=lambda value: value == "yes")
    number = forms.DecimalField(required=False, max_digits=4, decimal_places=1)
    person = forms.ModelChoiceField(User.objects.none(), required=False)
    detail = forms.CharField(required=False, max_length=200)

    def __init__(self, *args: Any, physicians: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = physicians

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        question = QUESTIONS.get(values.get("check"))
        if question is None or "good" not in values:
            return values
        if question.number:
            least, most, _, unit = question.number
            number = values.get("number")
            if number is None or not least <= number <= most:
                self.add_error("number", f"{question.number_label}: enter {least:g} to {most:g} {unit}.")
        if question.person and values["good"] and not values.get("person"):
            self.add_error("person", "Choose the physician.")
        if question.detail_needed and values["good"] and not values.get("detail", "").strip():
            self.add_error("detail", f"{question.detail}: this is needed.")
        return values


class StepForm(forms.Form):
    reason = forms.CharField(required=False, max_length=500)


class DoseForm(forms.Form):
    """A dose, given by whoever is logged in and witnessed by somebody else with their own password."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    kind = forms.TypedChoiceField(
        choices=[(kind.value, kind.value) for kind in DoseKind], coerce=DoseKind, widget=forms.HiddenInput
    )
    basis = forms.TypedChoiceField(
        choices=[(basis.value, basis.value) for basis in Basis], coerce=Basis, widget=forms.HiddenInput
    )
    mg = forms.DecimalField(label="Dose", max_digits=5, decimal_places=1, min_value=0)
    lot = forms.CharField(label="Lot on the container", max_length=60)
    witness = forms.ModelChoiceField(User.objects.none(), label="Witness", empty_label=None)
    witness_password = forms.CharField(
        label="Password of the witness", widget=forms.PasswordInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, witnesses: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["witness"].queryset = witnesses

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        witness, password = values.get("witness"), values.get("witness_password")
        if witness and password:
            try:
                confirm(witness, password)
            except Refused as refused:
                self.add_error("witness_password", str(refused))
        return values


class MomentForm(forms.Form):
    """Something that happened at a moment: now, unless the form says when."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    at = forms.DateTimeField(required=False)

    def clean_at(self) -> Any:
        return self.cleaned_data["at"] or timezone.now()


class VitalForm(MomentForm):
    slot = forms.CharField(required=False, max_length=30)
    systolic = forms.IntegerField(required=False, min_value=40, max_value=300)
    diastolic = forms.IntegerField(required=False, min_value=20, max_value=200)
    pulse = forms.IntegerField(required=False, min_value=20, max_value=260)
    temperature = forms.DecimalField(required=False, min_value=30, max_value=45, max_digits=3, decimal_places=1)
    oxygen = forms.IntegerField(required=False, min_value=50, max_value=100)

    MEASURES = ("systolic", "diastolic", "pulse", "temperature", "oxygen")

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if self.errors:
            return values
        if all(values[name] is None for name in self.MEASURES):
            raise forms.ValidationError("Enter at least one value.")
        systolic, diastolic = values["systolic"], values["diastolic"]
        if (systolic is None) != (diastolic is None):
            raise forms.ValidationError("Enter both pressures, or neither.")
        if systolic is not None and systolic <= diastolic:
            raise forms.ValidationError("The upper pressure is higher than the lower one. Check both.")
        return values

    @property
    def measures(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.MEASURES}


class EffectForm(MomentForm):
    term = forms.ChoiceField()
    severity = forms.ChoiceField(choices=[("", ""), *Effect.Severity.choices], required=False)
    note = forms.CharField(required=False, max_length=300)

    def __init__(self, *args: Any, terms: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["term"].choices = [(term, term) for term in terms]


class EffectEndForm(forms.Form):
    effect = forms.UUIDField()


class TouchForm(MomentForm):
    kind = forms.ChoiceField(choices=Touch.Kind.choices)
    initiator = forms.ChoiceField(choices=Touch.Initiator.choices)
    therapist = forms.ModelChoiceField(User.objects.none())
    note = forms.CharField(required=False, max_length=300)

    def __init__(self, *args: Any, therapists: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["therapist"].queryset = therapists


class PresenceForm(forms.Form):
    therapist = forms.ModelChoiceField(User.objects.none())
    act = forms.ChoiceField(choices=[("arrive", "arrive"), ("leave", "leave")])
    time = forms.TimeField(required=False)
    back = forms.ChoiceField(choices=[("dosing", "dosing"), ("note", "note")], required=False)

    def __init__(self, *args: Any, therapists: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["therapist"].queryset = therapists

    def moment(self, now: Any) -> Any:
        """The time typed, as the last such time in the clinic's day; now when nothing was typed."""
        if not (time := self.cleaned_data["time"]):
            return now
        here = timezone.localtime(now)
        moment = here.replace(hour=time.hour, minute=time.minute, second=0, microsecond=0)
        return moment if moment <= here else moment - dt.timedelta(days=1)
