from django import forms

AREA = {"class": "form-control"}


class LetterForm(forms.Form):
    """The wording of a letter, and the physician's password where it is signed."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    address = forms.CharField(
        label="Name and address, as on the envelope",
        required=False,
        widget=forms.Textarea({**AREA, "rows": 4}),
        help_text="It shows through the window: the discreet name of the clinic stands above it, nothing else.",
    )
    body = forms.CharField(label="Letter", strip=False, widget=forms.Textarea({**AREA, "rows": 18}))
    password = forms.CharField(
        label="Your password",
        required=False,
        strip=False,
        widget=forms.PasswordInput({**AREA, "autocomplete": "current-password"}),
    )

    shown_version: int | None = None  # where the draft has moved on since the form was sent

    def clean_body(self) -> str:
        # Browsers send CRLF; the digest of a signature must not depend on it.
        return str(self.cleaned_data["body"]).replace("\r\n", "\n")

    def clean_address(self) -> str:
        return str(self.cleaned_data["address"]).replace("\r\n", "\n")
