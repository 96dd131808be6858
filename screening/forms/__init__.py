from screening.forms.record import ConsentForm, DecisionForm, EvidenceForm, JudgementForm

__all__ = ["ConsentForm", "DecisionForm", "EvidenceForm", "JudgementForm"]
