from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms

from reminders.rules.states import Step

MEANINGS = {
    Step.IT_WAS_SENT: "It was sent: the mail server's log or the reader says so",
    Step.SEND_AGAIN: "Send again: it certainly did not arrive",
    Step.LET_GO: "Let it go: the reader knows, or it is no longer of use",
}


class DecisionForm(forms.Form):
    """What somebody found out about a reminder, and how."""

    step = forms.ChoiceField(label="What became of it", widget=forms.RadioSelect)
    reason = forms.CharField(label="How you know", max_length=200, help_text="It stays with the reminder.")

    def __init__(self, *args: object, choices: tuple[Step, ...], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["step"].choices = [(step.value, MEANINGS[step]) for step in choices]
        self.helper = FormHelper()
        self.helper.add_input(Submit("", "Settle it"))
