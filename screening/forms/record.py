import datetime as dt
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from accounts.forms import DraftedForm
from patients.models import Course
from patients.rules.protocol import EvidenceKind
from screening.actions.facts import piece_of
from screening.models import Decision, Evidence
from screening.rules import diagnoses
from screening.rules.candidate import Piece
from screening.rules.history import differences, needs_reason
from screening.rules.readings import GROUPS, Choice, Day, Number, Reading, Text, dated, last_name, questions

UNKNOWN = ("", "Unknown")
ANSWERS = (UNKNOWN, ("no", "No"), ("yes", "Yes"))


class Radios(forms.RadioSelect):
    """Large targets, drawn by screening/_choice.html."""


class DayField(forms.DateField):
    """A day, with the browser's own date field."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d")
        super().__init__(widget=widget, **options)


def field_for(reading: Reading) -> forms.Field:
    """The form field in which one reading is typed. Nothing is required: what is not known stays unknown."""
    if isinstance(reading, Number):
        attrs = {"class": "form-control", "inputmode": "numeric" if reading.whole else "decimal", "autocomplete": "off"}
        attrs |= {"step": "1" if reading.whole else "any", "min": f"{reading.low:g}", "max": f"{reading.high:g}"}
        beyond = f"Only {reading.low:g} to {reading.high:g} {reading.unit}".rstrip()
        beyond += " can be recorded here. Look at the value and its unit again."
        return forms.FloatField(
            label=reading.label,
            help_text=reading.unit,
            validators=[MinValueValidator(reading.low, beyond), MaxValueValidator(reading.high, beyond)],
            required=False,
            widget=forms.NumberInput(attrs=attrs),
        )
    if isinstance(reading, Choice):
        return forms.ChoiceField(
            label=reading.label, choices=(UNKNOWN, *reading.choices), required=False, widget=Radios, initial=""
        )
    if isinstance(reading, Day):
        return DayField(label=reading.label, required=False)
    widget = forms.Textarea(attrs={"class": "form-control", "rows": 3})
    return forms.CharField(label=reading.label, help_text=reading.note, required=False, max_length=2000, widget=widget)


class EvidenceForm(DraftedForm):
    """One piece of evidence: its readings and the protocol's questions that belong to it. Unknown is the default."""

    # When what the page showed as recorded last was recorded; somebody may have recorded another since.
    base = forms.CharField(required=False, widget=forms.HiddenInput)

    taken_on = DayField(label="Taken on")

    def __init__(
        self, *args: Any, course: Course, kind: EvidenceKind, before: Evidence | None, today: dt.date, **more: Any
    ):
        super().__init__(*args, **more)
        self.course, self.kind, self.before, self.today = course, kind, before, today
        self.fields["tab"].required = False
        self.groups = GROUPS[kind]
        self.asked = questions(course.plan, kind)
        self.fields["taken_on"].initial = today
        for group in self.groups:
            for reading in group.readings:
                self.fields[reading.name] = field_for(reading)
        for criterion in self.asked:
            self.fields[self.name_of(criterion.code)] = forms.ChoiceField(
                label=criterion.question, choices=ANSWERS, required=False, widget=Radios, initial=""
            )
        for criterion in dated(course.plan, kind):
            self.fields[last_name(criterion.code)] = DayField(label="If yes, when was it last so?", required=False)
        self.fields["correction"] = forms.CharField(
            label="Reason, if this takes back something that was recorded",
            required=False,
            max_length=300,
            widget=forms.TextInput(attrs={"class": "form-control"}),
        )

    @staticmethod
    def name_of(code: str) -> str:
        return f"answer-{code}"

    @staticmethod
    def filled_from(before: Evidence) -> dict[str, Any]:
        """Initial values for completing or correcting what is recorded."""
        values = before.values
        answers = {EvidenceForm.name_of(code): "yes" if yes else "no" for code, yes in values["answers"].items()}
        numbers = {name: f"{number:.10g}" for name, number in values["numbers"].items()}
        return {"taken_on": before.taken_on, **numbers, **values["words"], **answers}

    @property
    def typed(self) -> dict[str, str]:
        """What stands in the fields as it was typed, right or wrong, for a draft."""
        names = [name for name in self.fields if name not in (*DraftedForm.base_fields, "base")]
        return {name: self.data[name] for name in names if self.data.get(name)}

    @property
    def shown_base(self) -> str:
        return self.before.at.isoformat() if self.before else ""

    @property
    def drawn_groups(self) -> list[dict[str, Any]]:
        """Groups with their bound fields, for the template."""
        return [
            {"title": group.title, "note": group.note, "across": group.across, "fields": self._bound(group.readings)}
            for group in self.groups
        ]

    @property
    def drawn_questions(self) -> list[dict[str, Any]]:
        return [{"criterion": c, "field": self[self.name_of(c.code)], "last": self._last(c.code)} for c in self.asked]

    @property
    def taken(self) -> dict[str, Any]:
        """What `record_evidence` wants; what is unknown is left out."""
        clean = self.cleaned_data
        readings = [reading for group in self.groups for reading in group.readings]
        numbers = {r.name: clean[r.name] for r in readings if isinstance(r, Number) and clean[r.name] is not None}
        words = {r.name: str(clean[r.name]) for r in readings if not isinstance(r, Number) and clean[r.name]}
        words |= {name: str(clean[name]) for name in map(last_name, (c.code for c in self.asked)) if clean.get(name)}
        answers = {c.code: clean[self.name_of(c.code)] == "yes" for c in self.asked if clean[self.name_of(c.code)]}
        return {
            "taken_on": clean["taken_on"],
            "numbers": numbers,
            "words": words,
            "answers": answers,
            "correction": clean["correction"],
        }

    def clean_taken_on(self) -> dt.date:
        day = self.cleaned_data["taken_on"]
        if day > self.today:
            raise forms.ValidationError("This day has not come yet. Enter the day on which it was taken.")
        return day

    def clean(self) -> dict[str, Any]:
        clean = super().clean() or {}
        for fault in diagnoses.faults(clean.get(diagnoses.READING) or ""):
            self.add_error(diagnoses.READING, fault)
        for criterion in self.asked:
            last = last_name(criterion.code)
            if clean.get(last) and clean.get(self.name_of(criterion.code)) != "yes":
                self.add_error(last, "A day is only for a yes. Correct the answer or remove the day.")
            elif clean.get(last) and clean[last] > self.today:
                self.add_error(last, "This day has not come yet.")
        if self.kind is EvidenceKind.EXAMINATION:
            self._clean_pressures(clean)
        for name in (reading.name for group in self.groups for reading in group.readings):
            lower, upper = clean.get(f"{name}_lower"), clean.get(f"{name}_upper")
            if lower is not None and upper is not None and lower > upper:
                self.add_error(f"{name}_lower", "The lower limit is above the upper one. Are the two swapped?")
        if self.before and clean.get("base") and clean["base"] != self.shown_base:
            whose = f"{self.before.by} has recorded this while you were writing"
            self.add_error(None, f"{whose}. Read it in the history; recording again puts yours in its place.")
        if self.before and not self.errors and not clean.get("correction", "").strip():
            self._ask_why(piece_of(self.before), clean)
        return clean

    def _last(self, code: str) -> forms.BoundField | None:
        return self[last_name(code)] if last_name(code) in self.fields else None

    def _ask_why(self, before: Piece, clean: dict[str, Any]) -> None:
        taken = self.taken
        after = Piece(self.kind, taken["taken_on"], taken["answers"], taken["numbers"], taken["words"])
        if not needs_reason(self.course.plan, before, after):
            return
        day = f"{before.taken_on:%-d %b %Y}"
        if after.taken_on < before.taken_on:
            self.add_error("correction", f"Evidence of {day} is there: say why this replaces it.")
            return
        changed = [d.title for d in differences(self.course.plan, before, after) if d.is_correction]
        more = f" and {len(changed) - 2} more" if len(changed) > 2 else ""
        self.add_error(
            "correction", f"This takes back what was recorded for {day} ({', '.join(changed[:2])}{more}): say why."
        )

    def _clean_pressures(self, clean: dict[str, Any]) -> None:
        for n in ("1", "2", "3"):
            parts = [f"day_{n}", f"systolic_{n}", f"diastolic_{n}"]
            given = [name for name in parts if clean.get(name) is not None]
            if given and len(given) < len(parts) and not any(name in self.errors for name in parts):
                missing = next(name for name in parts if name not in given)
                self.add_error(missing, "A reading needs its day and both numbers.")
            day = clean.get(f"day_{n}")
            if day and day > self.today:
                self.add_error(f"day_{n}", "This day has not come yet.")
            systolic, diastolic = clean.get(f"systolic_{n}"), clean.get(f"diastolic_{n}")
            if systolic is not None and diastolic is not None and systolic <= diastolic:
                self.add_error(f"systolic_{n}", "Systolic is the higher number. Are the two swapped?")

    def _bound(self, readings: tuple[Reading, ...]) -> list[dict[str, Any]]:
        shape = {Number: "number", Choice: "choice", Day: "day", Text: "text"}
        return [{"field": self[reading.name], "shape": shape[type(reading)]} for reading in readings]


class JudgementForm(forms.Form):
    about = forms.CharField(widget=forms.HiddenInput, required=False, strip=False)
    acceptable = forms.ChoiceField(
        label="Your judgement",
        choices=(
            ("yes", "Acceptable: treatment may go on in spite of it"),
            ("no", "Not acceptable: it stops treatment"),
        ),
        widget=Radios,
    )
    reason = forms.CharField(
        label="Reason",
        help_text="What you weighed, and on what you rest it: a letter, a call, a source.",
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 5}),
    )


class DecisionForm(forms.Form):
    seen = forms.CharField(widget=forms.HiddenInput)
    answer = forms.ChoiceField(label="Decision", choices=Decision.Answer.choices, widget=Radios)
    reason = forms.CharField(
        label="Reason (needed when you decide against treatment)",
        required=False,
        help_text="Kept with the course.",
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 4}),
    )
    password = forms.CharField(
        label="Your password",
        strip=False,
        widget=forms.PasswordInput(attrs={"class": "form-control", "autocomplete": "current-password"}),
    )

    def clean(self) -> dict[str, Any]:
        clean = super().clean() or {}
        if clean.get("answer") == Decision.Answer.NOT_ELIGIBLE and not clean.get("reason", "").strip():
            self.add_error("reason", "Write down why the patient is not treated.")
        return clean
