from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Layout, Row, Submit
from django import forms

from integration.models import Insight, Practice
from integration.rules import caps5, cssrs, pcl5
from integration.rules.instruments import Instrument, missing
from integration.rules.symptoms import CLUSTER_NAMES, Answers, Cluster, Item

# What stands over each part of a sheet.
PARTS: dict[str, tuple[tuple[str, tuple[Item, ...]], ...]] = {
    caps5.CODE: (
        ("The event", (caps5.EVENT,)),
        *(
            (CLUSTER_NAMES[cluster], tuple(item for item in caps5.SYMPTOM_ITEMS if item.cluster is cluster))
            for cluster in Cluster
        ),
        ("Duration", (caps5.DURATION,)),
        ("Distress and impairment", caps5.IMPAIRMENT_ITEMS),
        ("Dissociation (left out where it was not asked)", caps5.DISSOCIATION_ITEMS),
    ),
    pcl5.CODE: (("In the past month, how much bothered by", pcl5.ITEMS),),
    cssrs.CODE: (
        ("Thoughts", (cssrs.WISH, cssrs.THOUGHTS, cssrs.METHOD, cssrs.INTENT, cssrs.PLAN)),
        ("Attempts and preparation", (cssrs.BEHAVIOUR_EVER, cssrs.BEHAVIOUR_RECENT)),
    ),
}


def field_name(item: Item) -> str:
    return f"item_{item.code}"


@dataclass(frozen=True, slots=True)
class Line:
    """One item of a sheet as the page draws it."""

    item: Item
    field: forms.BoundField
    open: bool


class SheetForm(forms.Form):
    """One measure, item by item. Nothing is required to keep it; signing asks for the rest."""

    taken_on = forms.DateField(
        label="Taken on", widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"})
    )
    learned_something = forms.BooleanField(
        label="I learned something that tells how far the treatment is",
        required=False,
        help_text="The rating then counts as not blinded.",
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )
    leave_out_missing = forms.BooleanField(
        label="Sign it with these answers missing",
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, measure: Instrument, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.measure = measure
        for item in measure.items:
            self.fields[field_name(item)] = forms.TypedChoiceField(
                label=item.label,
                choices=[(str(value), word) for value, word in item.choices],
                coerce=int,
                empty_value=None,
                required=False,
                widget=forms.RadioSelect(attrs={"class": "btn-check", "autocomplete": "off"}),
            )

    @property
    def answers(self) -> Answers:
        """The answers given, by item code. Only after validation."""
        given = {item.code: self.cleaned_data.get(field_name(item)) for item in self.measure.items}
        return {code: value for code, value in given.items() if value is not None}

    @property
    def parts(self) -> Iterator[tuple[str, list[Line]]]:
        open_items = self._open_items()
        for title, items in PARTS[self.measure.code]:
            yield title, [Line(item, self[field_name(item)], item in open_items) for item in items]

    def _open_items(self) -> tuple[Item, ...]:
        """What is missing, marked only once somebody tried to sign."""
        return missing(self.measure.code, self.answers) if self.is_bound and self.is_valid() else ()

    @classmethod
    def answers_initial(cls, answers: Answers) -> dict[str, str]:
        return {f"item_{code}": str(value) for code, value in answers.items()}


class CorrectionForm(forms.Form):
    reason = forms.CharField(label="Why the signed sheet is corrected", max_length=300)

    helper = FormHelper()
    helper.form_tag = False
    helper.add_input(Submit("correct", "Correct this sheet", css_class="btn-outline-primary"))


class InsightForm(forms.ModelForm):
    class Meta:
        model = Insight
        fields = ["text"]
        labels = {"text": "In the patient's own words where you can"}
        widgets = {"text": forms.Textarea(attrs={"rows": 4})}

    helper = FormHelper()
    helper.form_tag = False
    helper.add_input(Submit("insight", "Keep this insight"))


class PracticeForm(forms.ModelForm):
    class Meta:
        model = Practice
        fields = ["title", "times_a_week", "started_on"]
        labels = {"title": "What will be practised", "times_a_week": "Days a week", "started_on": "From"}
        help_texts = {"title": "Small enough to succeed: a walk at dawn, ten minutes of writing."}
        widgets = {
            "started_on": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            "times_a_week": forms.NumberInput(attrs={"min": 1, "max": 7}),
        }

    helper = FormHelper()
    helper.form_tag = False
    helper.layout = Layout("title", Row(Column("times_a_week"), Column("started_on")))
    helper.add_input(Submit("practice", "Begin this practice"))

    def clean_times_a_week(self) -> int:
        days: int = self.cleaned_data["times_a_week"]
        if not 1 <= days <= 7:
            raise forms.ValidationError("Between 1 and 7 days a week.")
        return days


class DoneForm(forms.Form):
    on = forms.DateField()
    note = forms.CharField(max_length=200, required=False)
