from patients.forms.courses import (
    ApprovalForm,
    ApprovalFormSet,
    CourseForm,
    TeamForm,
    WithdrawForm,
)
from patients.forms.patients import WEEKDAYS, ContactForm, DetailsForm, IntakeForm

__all__ = [
    "WEEKDAYS",
    "ApprovalForm",
    "ApprovalFormSet",
    "ContactForm",
    "CourseForm",
    "DetailsForm",
    "IntakeForm",
    "TeamForm",
    "WithdrawForm",
]
