from screening.models.record import Consent, ConsentWithdrawal, Decision, Evidence, Judgement

__all__ = ["Consent", "ConsentWithdrawal", "Decision", "Evidence", "Judgement"]
