"""Criteria that are worked out from readings and records instead of being answered yes or no.

Each function gets the criterion with its limits and answers MET, NOT_MET, UNKNOWN or JUDGEMENT; a KeyError means that the
protocol gives no such limit, which the caller turns into unknown. Limits read "at least" and "at most" unless the text says so.
"""

from collections.abc import Callable

from patients.rules.protocol import EvidenceKind
from screening.rules.computed import body, chart, laboratory, mind
from screening.rules.computed.asked import Answer, Asked
from screening.rules.computed.chart import medicine_list

__all__ = ["COMPUTED", "Answer", "Asked", "medicine_list"]

# The evidence that a criterion rests on, None for records of another kind; and what works it out.
COMPUTED: dict[str, tuple[EvidenceKind | None, Callable[[Asked], Answer]]] = {
    "age": (None, chart.age),
    "contact": (None, chart.contact),
    "medicines": (None, chart.medicines),
    "boosters": (None, chart.boosters),
    "alcohol": (EvidenceKind.PSYCHIATRIC, mind.alcohol),
    "cannabis": (EvidenceKind.PSYCHIATRIC, mind.cannabis),
    "weight": (EvidenceKind.EXAMINATION, body.weight),
    "blood_pressure": (EvidenceKind.EXAMINATION, body.blood_pressure),
    "qtc_bazett": (EvidenceKind.ECG, body.qtc_bazett),
    "qtc_fridericia": (EvidenceKind.ECG, body.qtc_fridericia),
    "potassium": (EvidenceKind.HISTORY, laboratory.potassium),
    "prior_mdma": (EvidenceKind.HISTORY, chart.prior_mdma),
    "ptsd": (EvidenceKind.PSYCHIATRIC, mind.ptsd),
    "drug_screen": (EvidenceKind.LABORATORY, laboratory.drug_screen),
    "panel": (EvidenceKind.LABORATORY, laboratory.panel),
    "liver": (EvidenceKind.LABORATORY, laboratory.liver),
    "pregnancy": (EvidenceKind.LABORATORY, laboratory.pregnancy),
    "suicide_risk": (EvidenceKind.PSYCHIATRIC, mind.suicide_risk),
    "caps5": (EvidenceKind.PSYCHIATRIC, mind.caps5),
    "pcl5": (EvidenceKind.PSYCHIATRIC, mind.pcl5),
}
