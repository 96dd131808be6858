from screening.models.record import Consent, ConsentWithdrawal, Decision, Evidence, Judgement
from screening.models.risk import Alert, AlertReader, RiskClearing, RiskReading, SafetyPlan

__all__ = [
    "Alert",
    "AlertReader",
    "Consent",
    "ConsentWithdrawal",
    "Decision",
    "Evidence",
    "Judgement",
    "RiskClearing",
    "RiskReading",
    "SafetyPlan",
]
