from collections.abc import Sequence

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.core.files.uploadedfile import UploadedFile

from reports.rules import documents
from reports.rules.documents import Contents
from screening.models import Letter, SafetyPlan
from sessions.models import Visit

SUMMARY, SAFETY_PLAN = "summary", "safety-plan"
LARGEST_FILE = 20 * 1024 * 1024


class ReportForm(forms.Form):
    """Which document of a course, and how much of the record it holds."""

    about = forms.ChoiceField(label="Document")
    contents = forms.ChoiceField(label="What it holds", widget=forms.RadioSelect)

    def __init__(
        self,
        *args: object,
        visits: list[Visit],
        offered: tuple[Contents, ...],
        letters: Sequence[Letter] = (),
        safety_plan: SafetyPlan | None = None,
        **kwargs: object,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.newest_plan = safety_plan
        self.letters = {str(letter.public_id): letter for letter in letters}
        self.visits = {str(visit.public_id): visit for visit in visits}
        self.fields["about"].choices = [
            (SUMMARY, "Summary of the whole course"),
            *((key, f"Session report {visit.code}, {visit.title}") for key, visit in self.visits.items()),
            *((key, f"{letter}{'' if letter.is_signed else ', draft'}") for key, letter in self.letters.items()),
            *([(SAFETY_PLAN, f"{safety_plan}, for the patient to take home")] if safety_plan else []),
        ]
        self.fields["contents"].choices = [(each.value, documents.HOLDS[each]) for each in offered]
        # The pair's notes are never in by default: a copy with them is asked for on purpose.
        self.fields["contents"].initial = offered[min(1, len(offered) - 1)].value
        self.helper = FormHelper()
        self.helper.add_input(Submit("", "Make the document"))

    @property
    def visit(self) -> Visit | None:
        return self.visits.get(self.cleaned_data["about"])

    @property
    def letter(self) -> Letter | None:
        return self.letters.get(self.cleaned_data["about"])

    @property
    def safety_plan(self) -> SafetyPlan | None:
        return self.newest_plan if self.cleaned_data["about"] == SAFETY_PLAN else None

    @property
    def wanted(self) -> Contents:
        """A letter is the physician's, a safety plan the patient's; neither has a copy for the office."""
        return Contents.CLINICAL if self.letter or self.safety_plan else Contents(self.cleaned_data["contents"])


class VerifyForm(forms.Form):
    """A code as somebody typed it from a paper, and the file where they have it."""

    code = forms.CharField(label="Verification code", max_length=40, help_text="Sixteen letters and figures.")
    file = forms.FileField(label="The file, to compare it as well", required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.add_input(Submit("", "Check it"))

    def clean_code(self) -> str:
        code = documents.code_as_typed(self.cleaned_data["code"])
        if code is None:
            raise forms.ValidationError("A code has sixteen letters and figures, as in 7K3F-9QWE-TT12-MN4X.")
        return code

    def clean_file(self) -> UploadedFile | None:
        file = self.cleaned_data["file"]
        if file and file.size > LARGEST_FILE:
            raise forms.ValidationError("This file is larger than any document issued here.")
        return file
