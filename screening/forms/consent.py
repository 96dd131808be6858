import datetime as dt
from typing import Any

from django import forms

from accounts.models import Clinic, User
from accounts.rules.access import Role
from patients.models import Course
from screening.actions.consents import questions_of
from screening.forms.record import DayField, Radios
from screening.models import ConsentText
from screening.rules.candidate import ConsentKind
from screening.rules.consents import Question, Recall, questions_from
from screening.rules.words import capital

PURPOSES = (
    ("own review by the pair", "Own review by the pair"),
    ("supervision", "Supervision"),
    ("training", "Training"),
    ("research", "Research"),
)
ZONES = (("hand", "Hand"), ("shoulder", "Shoulder"), ("arm", "Arm"))
TOUCH_PURPOSES = (("grounding", "Grounding"), ("comfort", "Comfort that the patient asks for"))
LINE = {"class": "form-control", "autocomplete": "off"}
HOLDS = forms.NumberInput(attrs={"class": "form-control", "inputmode": "numeric"})


def line(label: str, *, required: bool = True, note: str = "") -> forms.CharField:
    return forms.CharField(
        label=label, max_length=160, required=required, help_text=note, widget=forms.TextInput(attrs=LINE)
    )


def lines(label: str, note: str) -> forms.CharField:
    area = forms.Textarea(attrs={"class": "form-control", "rows": 3})
    return forms.CharField(label=label, help_text=note, required=False, max_length=1500, widget=area)


def several(label: str, choices: Any, note: str = "") -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=choices, widget=forms.CheckboxSelectMultiple, required=False, help_text=note
    )


def split(written: str) -> list[str]:
    """One entry a line, without empty ones."""
    return [entry.strip() for entry in written.splitlines() if entry.strip()]


class ConsentForm(forms.Form):
    """A consent as it was explained and given: the understanding check question by question, then what was agreed."""

    given_on = DayField(label="Given on")
    explained_by = forms.ModelChoiceField(label="Explained by", queryset=User.objects.none())
    minutes = forms.IntegerField(
        label="Time spent on it", help_text="minutes", min_value=1, max_value=600, widget=HOLDS
    )
    language = line("Language it was explained in")
    own_words = lines("What the patient said it means", "In the patient's own words.")

    def __init__(self, *args: Any, text: ConsentText, course: Course, today: dt.date, **more: Any) -> None:
        super().__init__(*args, **more)
        self.kind, self.questions = ConsentKind(text.kind), questions_of(text)
        self.fields["given_on"].initial = today
        self.fields["language"].initial = course.patient.language
        self.fields["explained_by"].queryset = explainers(course.clinic, today)
        self.fields["explained_by"].widget.attrs["class"] = "form-select"
        for number, question in enumerate(self.questions):
            self.fields[f"check_{number}"] = self._asked(question)
        if not self.questions:
            self.fields["understood"] = forms.ChoiceField(
                label="Did the patient say in own words what was agreed?",
                choices=(("yes", "Yes"), ("no", "Not yet")),
                widget=Radios,
            )
        self.own = self._own_fields([str(user) for user in course.pair(today)])
        self.fields.update(self.own)

    @property
    def check(self) -> list[Any]:
        names = [f"check_{number}" for number in range(len(self.questions))] or ["understood"]
        return [self[name] for name in names]

    @property
    def head(self) -> list[Any]:
        return [self[name] for name in ("given_on", "explained_by", "minutes", "language")]

    @property
    def own_fields(self) -> list[Any]:
        return [self[name] for name in self.own]

    @property
    def given(self) -> dict[str, Any]:
        """What `give_consent` wants."""
        clean = self.cleaned_data
        return {
            **{name: clean[name] for name in ("given_on", "explained_by", "minutes", "language", "own_words")},
            "answers": [int(clean[f"check_{number}"]) for number in range(len(self.questions))],
            "understood": clean.get("understood") == "yes",
            "terms": self.terms,
        }

    @property
    def terms(self) -> dict[str, Any]:
        split_up = ("recipients", "witnesses")
        return {
            name: split(self.cleaned_data[name]) if name in split_up else self.cleaned_data[name] for name in self.own
        }

    @staticmethod
    def _asked(question: Question) -> forms.ChoiceField:
        choices = [(str(number), answer) for number, answer in enumerate(question.answers)]
        return forms.ChoiceField(label=question.ask, choices=choices, widget=Radios)

    def _own_fields(self, pair: list[str]) -> dict[str, forms.Field]:
        if self.kind is ConsentKind.RECORDING:
            keep = forms.IntegerField(label="Kept for", help_text="months", required=False, min_value=0, widget=HOLDS)
            note = "Nothing ticked means no recording."
            return {"purposes": several("Recordings may be used for", PURPOSES, note), "keep_months": keep}
        if self.kind is ConsentKind.SHARING:
            return {"recipients": lines("Who may be told, and what", "One on each line: Dr Fictional, the dates only.")}
        if self.kind is ConsentKind.TOUCH:
            therapists = [(name, name) for name in pair]
            return {
                "zones": several("Where touch is welcome", ZONES, "Nothing ticked means no touch."),
                "purposes": several("For", TOUCH_PURPOSES),
                "therapists": several("By", therapists, "It extends to nobody else."),
                "stop_word": line("Word that stops every touch", required=False),
                "stop_sign": line("Hand sign that stops every touch", required=False),
                "witnesses": lines("Who was present when it was agreed", "One name on each line."),
                "practised": forms.BooleanField(label="Asking, touching and stopping were practised", required=False),
                "safety": forms.BooleanField(label="A hold to prevent a fall or self-harm is agreed", required=False),
                "sober": forms.BooleanField(
                    label="The patient is sober, and this is not the day of a dose", required=False
                ),
            }
        return {}


class RecallForm(forms.Form):
    """Ask for a consent again."""

    cause = forms.ChoiceField(label="Why", choices=[(cause.value, capital(cause)) for cause in Recall])
    words = line("What is new")

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["cause"].widget.attrs["class"] = "form-select"


class ConsentTextForm(forms.Form):
    """A version of a consent text, to be published for good."""

    kind = forms.ChoiceField(label="Consent to", choices=[(kind.value, capital(kind)) for kind in ConsentKind])
    version = line("Version")
    valid_from = DayField(label="In force from")
    valid_until = DayField(label="Expires on", required=False)
    holds_days = forms.IntegerField(
        label="A consent to it holds for",
        help_text="days; empty: the whole course",
        required=False,
        min_value=1,
        widget=HOLDS,
    )
    words = forms.CharField(label="Text", widget=forms.Textarea(attrs={"class": "form-control", "rows": 12}))
    questions = forms.CharField(
        label="Understanding check",
        required=False,
        help_text="A question on its own line, then each answer after a dash, the right one after a star.",
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 8}),
    )
    asks_again = forms.BooleanField(
        label="Whoever agreed to an earlier version is asked again", required=False, initial=True
    )

    def __init__(self, *args: Any, today: dt.date, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["valid_from"].initial = today
        self.fields["kind"].widget.attrs["class"] = "form-select"

    def clean_questions(self) -> tuple[Question, ...]:
        try:
            return questions_from(self.cleaned_data["questions"])
        except ValueError as problem:
            raise forms.ValidationError(str(problem)) from problem


def explainers(clinic: Clinic, today: dt.date) -> Any:
    """Therapists and physicians of the clinic on a day."""
    roles = [Role.THERAPIST.value, Role.PHYSICIAN.value]
    return (
        User.objects.filter(
            memberships__clinic=clinic,
            memberships__roles__overlap=roles,
            memberships__starts_on__lte=today,
            is_active=True,
        )
        .exclude(memberships__clinic=clinic, memberships__ends_on__lt=today)
        .order_by("name")
        .distinct()
    )
