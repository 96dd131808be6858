from screening.forms.imports import NewPatientForm, UploadForm
from screening.forms.record import DecisionForm, EvidenceForm, JudgementForm

__all__ = ["DecisionForm", "EvidenceForm", "JudgementForm", "NewPatientForm", "UploadForm"]
