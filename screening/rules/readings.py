"""What is recorded besides yes and no: the typed readings of each piece of evidence, with the range a typing error leaves.

The ranges catch slips of the keyboard, they are no clinical limits: those belong to the protocol.
"""

from dataclasses import dataclass

from patients.rules.protocol import Criterion, EvidenceKind, Protocol
from screening.rules.units import Unit, units_of


@dataclass(frozen=True, slots=True)
class Number:
    name: str
    label: str
    unit: str
    low: float
    high: float
    whole: bool = False
    of: str = ""  # the reading whose reference limit, as the laboratory prints it, this is
    limited: tuple[str, ...] = ()  # which reference limits it has: lower, upper

    @property
    def units(self) -> tuple[Unit, ...]:
        """Other units in which it may be reported."""
        return units_of(self.of or self.name)

    def said(self, value: float) -> str:
        """A value with its unit; of a score the range in brackets."""
        return f"{value:g} ({self.unit})" if self.unit[:1].isdigit() and "–" in self.unit else f"{value:g} {self.unit}"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words; unknown, which is kept as absence, is always among them."""

    name: str
    label: str
    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Day:
    name: str
    label: str


@dataclass(frozen=True, slots=True)
class Text:
    name: str
    label: str
    note: str = ""


Reading = Number | Choice | Day | Text


@dataclass(frozen=True, slots=True)
class Group:
    """Readings that are taken together. `across` of them stand in one row."""

    title: str
    readings: tuple[Reading, ...]
    across: int = 3
    note: str = ""


# Readings that are lists: one entry a line, and an import adds to them.
LISTS = ("diagnoses", "allergies")
ALLERGIES = "One a line, the substance and then the reaction: Penicillin: rash."
DIAGNOSES = "One a line, the code first: F43.1 Post-traumatic stress disorder, since 2021-03. An ended one: until 2024."
YES_NO = (("no", "No"), ("yes", "Yes"))
USE_DISORDER = (
    ("none", "None"),
    ("mild", "Mild"),
    ("remission", "Moderate, in remission"),
    ("moderate", "Moderate"),
    ("severe", "Severe"),
)
PRESSURES = tuple(
    reading
    for n in (1, 2, 3)
    for reading in (
        Day(f"day_{n}", f"Day of reading {n}"),
        Number(f"systolic_{n}", f"Systolic {n}", "mmHg", 60, 280, whole=True),
        Number(f"diastolic_{n}", f"Diastolic {n}", "mmHg", 30, 180, whole=True),
    )
)


def _tested(name: str, label: str, unit: str, low: float, high: float, *, lower: bool = True) -> tuple[Number, ...]:
    """A laboratory value with the reference limits that its laboratory prints beside it."""
    limited = ("lower", "upper") if lower else ("upper",)
    limits = (
        Number(f"{name}_{which}", f"{label}, {which} limit of normal", unit, 0, high, of=name) for which in limited
    )
    return (Number(name, label, unit, low, high, limited=limited), *limits)


GROUPS: dict[EvidenceKind, tuple[Group, ...]] = {
    EvidenceKind.HISTORY: (
        Group(
            "Medicines",
            (Choice("medicines_complete", "Is the medicine list gone through with the patient and complete?", YES_NO),),
            1,
            "Over-the-counter medicines, supplements and substances too. The list itself is kept in the patient's chart.",
        ),
        Group(
            "Earlier MDMA",
            (
                Number("mdma_uses", "Uses in the last 10 years", "uses", 0, 2000, whole=True),
                Choice(
                    "mdma_last",
                    "Last used",
                    (("never", "Never"), ("earlier", "More than 6 months ago"), ("half year", "Within 6 months")),
                ),
                Choice("mdma_trial", "Was it given in an earlier trial?", YES_NO),
            ),
            1,
        ),
        Group("Allergies", (Text("allergies", "Allergies and intolerances", ALLERGIES),), 1),
    ),
    EvidenceKind.EXAMINATION: (
        Group("Body", (Number("weight", "Weight", "kg", 25, 300),)),
        Group("Blood pressure, at rest, on three separate days", PRESSURES),
    ),
    EvidenceKind.ECG: (
        Group(
            "The tracing",
            (
                Number("qt", "QT interval", "ms", 200, 750, whole=True),
                Number("rr", "RR interval", "ms", 300, 2000, whole=True),
                Number("rate", "Heart rate", "per minute", 30, 200, whole=True),
                Number("qtc_printed", "QTc as the device prints it", "ms", 200, 750, whole=True),
            ),
            note="RR interval and heart rate check each other; QTc by Bazett and Fridericia is worked out, and only that counts.",
        ),
        Group("Rhythm", (Choice("rhythm", "Rhythm", (("sinus", "Sinus rhythm"), ("other", "Another rhythm"))),), 1),
    ),
    EvidenceKind.LABORATORY: (
        Group(
            "Blood, each with the reference limits that the laboratory prints",
            (
                *_tested("sodium", "Sodium", "mmol/L", 100, 180),
                *_tested("potassium", "Potassium", "mmol/L", 1.5, 9),
                *_tested("creatinine", "Creatinine", "µmol/L", 10, 2000),
                *_tested("haemoglobin", "Haemoglobin", "g/L", 30, 250),
                *_tested("leucocytes", "White cells", "10^9/L", 0.1, 200),
                *_tested("platelets", "Platelets", "10^9/L", 5, 2000),
                *_tested("tsh", "TSH", "mIU/L", 0, 200),
                *_tested("hba1c", "HbA1c", "mmol/mol", 10, 200, lower=False),
            ),
        ),
        Group(
            "Liver",
            (
                *_tested("alt", "ALT", "U/L", 0, 10000, lower=False),
                *_tested("ast", "AST", "U/L", 0, 10000, lower=False),
            ),
            2,
        ),
        Group("Signs of liver disease", (Choice("liver_symptoms", "Is there symptomatic liver disease?", YES_NO),), 1),
        Group(
            "Pregnancy",
            (
                Choice("can_become_pregnant", "Can the patient become pregnant?", YES_NO),
                Choice(
                    "pregnancy_test",
                    "Pregnancy test",
                    (("negative", "Negative"), ("positive", "Positive"), ("not needed", "Not needed")),
                ),
                Choice("nursing", "Is the patient nursing?", YES_NO),
                Choice("contraception", "Is effective contraception used?", YES_NO),
            ),
            1,
        ),
        Group(
            "Urine and metabolism",
            (
                Choice("urinalysis", "Urinalysis", (("normal", "Normal"), ("abnormal", "Abnormal"))),
                Choice("drug_screen", "Urine drug screen", (("negative", "Negative"), ("positive", "Positive"))),
                Choice(
                    "cyp2d6", "CYP2D6, if tested", (("other", "Not a poor metaboliser"), ("poor", "Poor metaboliser"))
                ),
            ),
            1,
        ),
    ),
    EvidenceKind.PSYCHIATRIC: (
        Group("Diagnoses", (Text("diagnoses", "Diagnoses, with ICD-10 codes", DIAGNOSES),), 1),
        Group(
            "C-SSRS: ideation, 0 (none) to 5 (with plan and intent)",
            (
                Number("ideation_month", "Worst in the last month", "0–5", 0, 5, whole=True),
                Number("ideation_half_year", "Worst in the last 6 months", "0–5", 0, 5, whole=True),
            ),
            2,
        ),
        Group(
            "C-SSRS: how often, and behaviour",
            (
                Choice("ideation_weekly", "In the last month, was it weekly or more often?", YES_NO),
                Choice(
                    "behaviour",
                    "Suicidal behaviour",
                    (
                        ("never", "Never"),
                        ("earlier", "More than 6 months ago"),
                        ("half year", "Within 6 months"),
                        ("quarter", "Within 3 months"),
                    ),
                ),
            ),
            1,
        ),
        Group(
            "PTSD",
            (
                Number("ptsd_months", "How long PTSD has lasted", "months", 0, 1200),
                Number("caps5", "CAPS-5 total", "0–80", 0, 80, whole=True),
                Number("pcl5", "PCL-5 total at screening", "0–80", 0, 80, whole=True),
            ),
        ),
        Group(
            "Use disorders, as graded by DSM-5",
            (
                Choice("alcohol_use", "Alcohol use disorder", USE_DISORDER),
                Choice("cannabis_use", "Cannabis use disorder", USE_DISORDER),
            ),
            1,
        ),
        Group(
            "Other instruments, where they were used",
            (
                Number("phq9", "PHQ-9 total (depression)", "0–27", 0, 27, whole=True),
                Number("audit", "AUDIT total (alcohol)", "0–40", 0, 40, whole=True),
                Number("dudit", "DUDIT total (drugs)", "0–44", 0, 44, whole=True),
                Number("des2", "DES-II mean (dissociation)", "0–100", 0, 100),
                Number("ace", "ACE total", "0–10", 0, 10, whole=True),
                Choice("mini", "MINI interview", (("done", "Done"), ("not done", "Not done"))),
                Choice("scid5pd", "SCID-5-PD interview", (("done", "Done"), ("not done", "Not done"))),
            ),
        ),
    ),
}

# Computed criteria whose question is asked besides.
ALSO_ASKED = ("potassium", "ptsd")


def questions(protocol: Protocol, kind: EvidenceKind) -> list[Criterion]:
    """The criteria that are answered yes or no in one piece of evidence, in the order of the protocol."""
    return [c for c in protocol.criteria if c.evidence is kind and (c.computed is None or c.computed in ALSO_ASKED)]


def dated(protocol: Protocol, kind: EvidenceKind) -> list[Criterion]:
    """The questions that reach back within a time: a yes may say when it was last so."""
    return [c for c in questions(protocol, kind) if c.look_back and c.computed is None]


def last_name(code: str) -> str:
    """The name among the words of a piece under which the day of a yes is kept."""
    return f"last-{code}"


def said_values(kind: EvidenceKind, numbers: dict[str, float], words: dict[str, str]) -> list[tuple[str, str]]:
    """The readings that were taken, as (label, value with unit), for showing them again."""
    said = []
    for group in GROUPS[kind]:
        for reading in group.readings:
            if isinstance(reading, Number):
                if reading.name in numbers:
                    said.append((reading.label, reading.said(numbers[reading.name])))
            elif reading.name in words:
                word = words[reading.name]
                said.append(
                    (reading.label, dict(reading.choices).get(word, word) if isinstance(reading, Choice) else word)
                )
    return said
