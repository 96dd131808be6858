from screening.models.consent import (
    Consent,
    ConsentRecall,
    ConsentText,
    ConsentWish,
    ConsentWithdrawal,
    Influence,
)
from screening.models.draft import FormDraft
from screening.models.imports import ImportBatch, ImportLine
from screening.models.letter import Letter
from screening.models.prescreen import PreScreen
from screening.models.record import Decision, Evidence, EvidenceDraft, Judgement
from screening.models.reopening import Reopening
from screening.models.risk import Alert, AlertReader, RiskClearing, RiskReading, SafetyPlan
from screening.models.taper import TaperPlan, TaperStep, WellBeing

__all__ = [
    "Alert",
    "AlertReader",
    "Consent",
    "ConsentRecall",
    "ConsentText",
    "ConsentWish",
    "ConsentWithdrawal",
    "Decision",
    "Evidence",
    "EvidenceDraft",
    "FormDraft",
    "ImportBatch",
    "ImportLine",
    "Influence",
    "Judgement",
    "Letter",
    "PreScreen",
    "Reopening",
    "RiskClearing",
    "RiskReading",
    "SafetyPlan",
    "TaperPlan",
    "TaperStep",
    "WellBeing",
]
