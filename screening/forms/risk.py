from typing import Any

from django import forms

from accounts.rules.findings import Refused
from screening.models import SafetyPlan
from screening.rules.safety import HEADINGS


def words(label: str, *, note: str = "", rows: int = 4, required: bool = True) -> forms.CharField:
    area = forms.Textarea(attrs={"class": "form-control", "rows": rows})
    return forms.CharField(label=label, help_text=note, required=required, max_length=4000, widget=area)


class AlertForm(forms.Form):
    done = words("What was done", note="Whom you reached, what was agreed, what comes next.")


class ClearingForm(forms.Form):
    why = words("Why it is safe to go on", note="What you asked, what has changed, and what was agreed. Kept for good.")


class SafetyPlanForm(forms.Form):
    """One heading after the other, as it is gone through with the patient."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, newest: SafetyPlan | None, begun: dict[str, Any], **more: Any) -> None:
        written = (newest.words if newest else {}) | begun
        super().__init__(*args, initial={"version": newest.version if newest else 0, **written}, **more)
        for heading in HEADINGS:
            self.fields[heading.code] = words(heading.title, note=heading.ask, rows=3, required=False)

    @property
    def headings(self) -> list[Any]:
        return [self[heading.code] for heading in HEADINGS]

    @property
    def words(self) -> dict[str, str]:
        return {heading.code: self.cleaned_data[heading.code] for heading in HEADINGS}

    def say(self, refused: Refused) -> None:
        """Put each reason beside the heading that it is about."""
        for finding in refused.findings:
            self.add_error(finding.code if finding.code in self.fields else None, finding.sentence)
