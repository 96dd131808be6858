"""A file of somebody's own calendar."""

from typing import Any

from django import forms

from sessions.actions.outside import MOST_BYTES

LIMIT = MOST_BYTES // 1_000_000


class OutsideForm(forms.Form):
    file = forms.FileField(
        label="Calendar file (.ics)",
        help_text=f"At most {LIMIT} MB. Only from when until when is kept, never a title, a place or a person.",
        error_messages={"required": f"Choose a file of at most {LIMIT} MB."},
        widget=forms.FileInput(
            attrs={"class": "form-control", "accept": ".ics,text/calendar", "data-most-bytes": MOST_BYTES}
        ),
    )
    limit = LIMIT

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(f"The file is larger than {LIMIT} MB. Export a shorter period.")
        return file
