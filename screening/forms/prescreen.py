import datetime as dt
from typing import Any

from django import forms

from patients.actions.care import NewApproval
from patients.models import Course, CourseApproval, Patient, ProtocolVersion
from patients.rules.protocol import Protocol
from screening.forms.record import ANSWERS, DayField, EvidenceForm, Radios
from screening.models import PreScreen
from screening.rules.prescreen import Call, CallOutcome, asked

LINE = {"class": "form-control", "autocomplete": "off"}


def line(label: str, length: int, *, required: bool = False, note: str = "", kind: str = "text") -> forms.CharField:
    widget = forms.TextInput({**LINE, "type": kind})
    return forms.CharField(label=label, max_length=length, required=required, help_text=note, widget=widget)


class CallForm(forms.Form):
    """A call as it goes: who it is, the questions, and what comes of it."""

    name = line("Name or alias", 120, required=True)
    phone = line("Telephone", 40, kind="tel")
    email = forms.EmailField(label="E-mail", required=False, widget=forms.EmailInput(LINE))
    referrer = line("Referred by", 160)
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea({"class": "form-control", "rows": 3}))
    outcome = forms.ChoiceField(label="What comes of it", choices=PreScreen.OUTCOMES, widget=Radios)
    reason = line("Reason", 500)
    call_back_on = DayField(label="Call back on", required=False)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, protocol: Protocol, row: PreScreen | None = None, begun: dict[str, Any], **more: Any
    ) -> None:
        super().__init__(*args, initial=(_beginning(row) if row else {}) | begun, **more)
        self.asked = asked(protocol)
        for criterion in self.asked:
            self.fields[EvidenceForm.name_of(criterion.code)] = forms.ChoiceField(
                label=criterion.question,
                choices=ANSWERS,
                required=False,
                widget=Radios,
                initial=_answer(row, criterion.code),
            )

    @property
    def drawn_questions(self) -> list[dict[str, Any]]:
        return [{"criterion": c, "field": self[EvidenceForm.name_of(c.code)]} for c in self.asked]

    @property
    def who(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in ("name", "phone", "email", "referrer")}

    @property
    def call(self) -> Call:
        clean = self.cleaned_data
        given = {c.code: clean[EvidenceForm.name_of(c.code)] for c in self.asked}
        answers = {code: word == "yes" for code, word in given.items() if word}
        return Call(answers, CallOutcome(clean["outcome"]), clean["reason"], clean["call_back_on"])

    def clean(self) -> dict[str, Any]:
        clean = super().clean() or {}
        if not clean.get("phone") and not clean.get("email"):
            self.add_error("phone", "Give a telephone number or an e-mail address: somebody has to reach them.")
        return clean


class AfterCallForm(forms.Form):
    """What is needed besides the call to open a chart and a course in one step."""

    given_name = line("Given name", 80, required=True)
    family_name = line("Family name", 80, required=True)
    date_of_birth = DayField(label="Date of birth")
    sex = forms.ChoiceField(
        label="Sex for QT limits",
        choices=[("", "Not stated"), *Patient.Sex.choices],
        required=False,
        widget=forms.Select({"class": "form-select"}),
    )
    indication = forms.ChoiceField(label="Indication", widget=forms.Select({"class": "form-select"}))
    access_route = forms.ChoiceField(
        label="Access route", choices=Course.Route.choices, widget=forms.Select({"class": "form-select"})
    )
    kind = forms.ChoiceField(
        label="Approval", choices=CourseApproval.Kind.choices, widget=forms.Select({"class": "form-select"})
    )
    authority = line("Authority", 120, required=True)
    reference = line("Reference", 80, required=True)
    approved_on = DayField(label="Approved on")
    expires_on = DayField(label="Expires on")

    def __init__(self, *args: Any, protocol: ProtocolVersion, today: dt.date, **more: Any) -> None:
        super().__init__(*args, **more)
        self.today = today
        self.fields["indication"].choices = [(words, words) for words in protocol.protocol.indications]

    def clean_date_of_birth(self) -> dt.date:
        born = self.cleaned_data["date_of_birth"]
        if not self.today - dt.timedelta(days=366 * 120) < born < self.today:
            raise forms.ValidationError("Check the year of birth.")
        return born

    def clean(self) -> dict[str, Any]:
        clean = super().clean() or {}
        approved, expires = clean.get("approved_on"), clean.get("expires_on")
        if approved and expires and expires < approved:
            self.add_error("expires_on", "An approval cannot expire before it is given.")
        return clean

    @property
    def details(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("given_name", "family_name", "date_of_birth", "sex")}

    @property
    def approval(self) -> NewApproval:
        names = ("kind", "authority", "reference", "approved_on", "expires_on")
        return NewApproval(**{name: self.cleaned_data[name] for name in names})


def _beginning(row: PreScreen) -> dict[str, Any]:
    names = ("name", "phone", "email", "referrer", "note", "outcome", "reason", "call_back_on", "version")
    return {name: getattr(row, name) for name in names}


def _answer(row: PreScreen | None, code: str) -> str:
    answer = row.answers.get(code) if row else None
    return "" if answer is None else "yes" if answer else "no"
