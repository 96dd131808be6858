from screening.forms.imports import NewPatientForm, UploadForm
from screening.forms.record import ConsentForm, DecisionForm, EvidenceForm, JudgementForm

__all__ = ["ConsentForm", "DecisionForm", "EvidenceForm", "JudgementForm", "NewPatientForm", "UploadForm"]
