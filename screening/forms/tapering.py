from typing import Any

from django import forms

from patients.models import Medicine
from screening.forms.record import DayField, Radios
from screening.models import WellBeing
from screening.rules.tapering import Step

STEPS = range(1, 7)


class MedicineChoice(forms.ModelChoiceField):
    def label_from_instance(self, medicine: Medicine) -> str:
        return f"{medicine.name} {medicine.dose}".strip()


class TaperForm(forms.Form):
    """The prescriber's plan as it was told: a dose and the day from which it is taken, step by step."""

    medicine = MedicineChoice(
        queryset=Medicine.objects.none(),
        to_field_name="public_id",
        empty_label=None,
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    prescriber = forms.CharField(max_length=120, widget=forms.TextInput(attrs={"class": "form-control"}))
    last_dose_on = DayField(label="Planned last dose", required=False)
    note = forms.CharField(max_length=300, required=False, widget=forms.TextInput(attrs={"class": "form-control"}))

    def __init__(self, *args: Any, medicines: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["medicine"].queryset = medicines
        for number in STEPS:
            self.fields[f"dose_{number}"] = forms.CharField(
                label=f"Dose of step {number}",
                max_length=80,
                required=False,
                widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
            )
            self.fields[f"from_{number}"] = DayField(label=f"Step {number} from", required=False)

    @property
    def rows(self) -> list[tuple[Any, Any]]:
        """The fields of each step, for the page."""
        return [(self[f"from_{number}"], self[f"dose_{number}"]) for number in STEPS]

    def clean(self) -> dict[str, Any]:
        clean = super().clean() or {}
        for number in STEPS:
            if bool(clean.get(f"dose_{number}")) != bool(clean.get(f"from_{number}")) and not self.errors:
                self.add_error(f"dose_{number}", "Enter the dose and its day, or leave both empty.")
        return clean

    @property
    def values(self) -> dict[str, Any]:
        """What the action takes."""
        clean = self.cleaned_data
        steps = [Step(clean[f"from_{n}"], clean[f"dose_{n}"]) for n in STEPS if clean[f"from_{n}"]]
        return {name: clean[name] for name in ("medicine", "prescriber", "last_dose_on", "note")} | {"steps": steps}


class WellBeingForm(forms.Form):
    """Four questions, half a minute on the telephone. Nothing is ticked beforehand."""

    taken_on = DayField(label="Asked on")
    how = forms.TypedChoiceField(label="How are you?", choices=WellBeing.GRADES, coerce=int, widget=Radios)
    sleep = forms.TypedChoiceField(label="How do you sleep?", choices=WellBeing.GRADES, coerce=int, widget=Radios)
    mood = forms.TypedChoiceField(label="How is your mood?", choices=WellBeing.GRADES, coerce=int, widget=Radios)
    suicidal = forms.TypedChoiceField(
        label="Have you had thoughts of ending your life?",
        choices=[("no", "No"), ("yes", "Yes")],
        coerce=lambda answer: answer == "yes",
        widget=Radios,
    )
    note = forms.CharField(
        label="In their words",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 3}),
    )
