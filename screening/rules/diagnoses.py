"""The diagnoses of a psychiatric evaluation: one a line, an ICD-10 code first, then its words, since when and until when.

Held against the answers: a code that speaks of a criterion never lets it be met in silence, whatever was answered.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from accounts.rules.findings import Finding, Outcome
from patients.rules.protocol import Criterion, CriterionKind, EvidenceKind, Reach
from screening.rules import conditions
from screening.rules.candidate import Candidate, Piece
from screening.rules.computed import Answer
from screening.rules.conditions import ICD, Meaning, Span
from screening.rules.words import PIECES, before, said

READING = "diagnoses"
AGAINST = "Diagnoses: "
EXAMPLE = "F43.1 Post-traumatic stress disorder, since 2021-03"
# A category of ICD-10 (of ICD-10-CM its third place may be A or B), and up to four places behind the dot.
CODE = re.compile(r"[A-Z]\d[\dAB](?:\.[\dA-Z]{1,4})?")
ANYWHERE = re.compile(rf"\b{CODE.pattern}\b")
UNDOTTED = re.compile(r"[A-Z]\d[\dAB][\dA-Z]{1,4}")
DAY = r"(?P<{}>\d{{4}}(?:-\d\d(?:-\d\d)?)?)"
LINE = re.compile(
    r"(?P<code>[^\s,:;]+)[,:;]?\s*(?P<words>.*?)"
    rf"(?:,?\s*\bsince\s+{DAY.format('since')})?(?:,?\s*\buntil\s+{DAY.format('until')})?\s*"
)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One line. `code` in capitals, empty where the line begins with none; days as far as they are written, or empty."""

    code: str
    words: str
    since: str = ""
    until: str = ""

    @property
    def name(self) -> str:
        """The code with its words: those written, else those of the table."""
        words = self.words or next((meaning.display for meaning in meanings(self)), "")
        return f"{self.code} ({words})" if self.code and words else self.code or words

    @property
    def written(self) -> str:
        """The line as it is kept."""
        days = f"{f', since {self.since}' if self.since else ''}{f', until {self.until}' if self.until else ''}"
        return f"{self.code} {self.words}".strip() + days


@lru_cache(maxsize=256)
def read(text: str) -> tuple[Diagnosis, ...]:
    """Every line that holds something."""
    # One space at a time: of a long run of them the pattern would try every pair.
    return tuple(_read(" ".join(line.split())) for line in text.splitlines() if line.strip())


def faults(text: str) -> list[str]:
    """What is wrong with the form of each line, in a sentence; empty when every line begins with a code."""
    return [fault for diagnosis in read(text) if (fault := _fault(diagnosis))]


def of(candidate: Candidate) -> tuple[Diagnosis, ...]:
    """Those of the newest evaluation, valid still or not: a diagnosis does not go away because a paper grew old."""
    piece = candidate.piece(EvidenceKind.PSYCHIATRIC)
    return read(piece.words.get(READING, "")) if piece else ()


@lru_cache(maxsize=1024)
def meanings(diagnosis: Diagnosis) -> tuple[Meaning, ...]:
    """What every code of the line speaks of; where none is known, what the words do."""
    codes = [*filter(None, [diagnosis.code]), *ANYWHERE.findall(diagnosis.words.upper())]
    known = [meaning for code in codes if (meaning := conditions.of_code(ICD, code))]
    return tuple(known) or conditions.of_words([diagnosis.words])


def contradicts(finding: Finding) -> bool:
    """Whether this finding waits because a diagnosis says something else than the answer."""
    return AGAINST in finding.evidence


@dataclass(frozen=True, slots=True)
class Spoken:
    """What the diagnoses say, by the code of the criterion that they speak of."""

    against: Mapping[str, Sequence[tuple[Diagnosis, Meaning]]]
    supporting: Mapping[str, Diagnosis]


@lru_cache(maxsize=256)
def spoken(listed: tuple[Diagnosis, ...]) -> Spoken:
    """Every criterion that a diagnosis speaks of, looked up once for all of them."""
    against: dict[str, list[tuple[Diagnosis, Meaning]]] = {}
    supporting: dict[str, Diagnosis] = {}
    for diagnosis in listed:
        for meaning in meanings(diagnosis):
            for code in (*meaning.criteria, *meaning.against):
                against.setdefault(code, []).append((diagnosis, meaning))
            for code in meaning.supports:
                supporting.setdefault(code, diagnosis)
    return Spoken(against, supporting)


def held(
    answer: Answer, criterion: Criterion, listed: tuple[Diagnosis, ...], evaluation: Piece | None, day: date
) -> Answer:
    """The answer to a criterion with the diagnoses beside it. It never comes out better than it was.

    Met in spite of a code that speaks of it: unknown where the criterion stops for good, so that one of the two has to be
    corrected; else for judgement. A code that speaks for a requirement is only mentioned.
    """
    if not listed or evaluation is None:
        return answer
    says = spoken(listed)
    if criterion.code not in says.against and criterion.code not in says.supporting:
        return answer
    where = f"the {PIECES[evaluation.kind]} of {said(evaluation.taken_on)}"
    if answer.outcome is Outcome.MET and (against := _against(criterion, says, day)):
        names = ", ".join(diagnosis.name for diagnosis in against)
        sentence = f"{_answered(answer, criterion, evaluation)} {where} records {names}."
        evidence = "; ".join(part for part in (answer.evidence, f"{AGAINST}{names}") if part)
        if criterion.kind is CriterionKind.STOP and criterion.reach is Reach.EVER:
            return Answer(Outcome.UNKNOWN, f"{sentence} Correct the answer or the diagnosis.", evidence)
        return Answer(Outcome.JUDGEMENT, sentence, evidence)
    if diagnosis := says.supporting.get(criterion.code):
        sentence = f"{diagnosis.name} is recorded in {where}: it supports this and does not replace the instrument."
        return Answer(answer.outcome, f"{answer.sentence} {sentence}", answer.evidence)
    return answer


def _against(criterion: Criterion, says: Spoken, day: date) -> list[Diagnosis]:
    speaking = says.against.get(criterion.code, ())
    counting = [diagnosis for diagnosis, meaning in speaking if not _is_past(diagnosis, meaning, criterion, day)]
    return list(dict.fromkeys(counting))


def _is_past(diagnosis: Diagnosis, meaning: Meaning, criterion: Criterion, day: date) -> bool:
    """Whether it ended before the time that the criterion asks about; as far as its end is known, and no further."""
    if not diagnosis.until or criterion.reach is Reach.EVER or meaning.span is Span.EVER:
        return False
    begins = before(day, criterion.look_back) if criterion.look_back else day
    return diagnosis.until < begins.isoformat()[: len(diagnosis.until)]


def _answered(answer: Answer, criterion: Criterion, evaluation: Piece) -> str:
    if criterion.computed is None and answer.sentence == f"{criterion.requirement}.":
        return f"“{criterion.question}” was answered no, but"
    return f"{answer.sentence} But"


def _read(line: str) -> Diagnosis:
    found = LINE.fullmatch(line)
    if found is None or not CODE.fullmatch(found["code"].upper()):
        return Diagnosis("", line)
    return Diagnosis(found["code"].upper(), found["words"].strip(" ,"), found["since"] or "", found["until"] or "")


def _fault(diagnosis: Diagnosis) -> str:
    if not diagnosis.code:
        first = diagnosis.words.split()[0].strip(",:;").upper()
        shown = diagnosis.words if len(diagnosis.words) <= 40 else f"{diagnosis.words[:39]}…"
        if UNDOTTED.fullmatch(first):
            return f"“{shown}”: write the code with its dot, {first[:3]}.{first[3:]}."
        return f"“{shown}” does not begin with an ICD-10 code. Write one diagnosis a line, as in: {EXAMPLE}"
    for when in (diagnosis.since, diagnosis.until):
        if when and not _exists(when):
            return f"{diagnosis.code}: {when} is no day that exists. Write 2021, 2021-03 or 2021-03-15."
    if re.search(r"\b(?:since|until)\b", diagnosis.words, re.IGNORECASE):
        return f"{diagnosis.code}: write when it began and ended as in: {EXAMPLE}, until 2024"
    if second := ANYWHERE.search(diagnosis.words.upper()):
        return f"{diagnosis.code}: {second.group()} is a diagnosis of its own; write one a line."
    if diagnosis.since and diagnosis.until and diagnosis.until < diagnosis.since[: len(diagnosis.until)]:
        return f"{diagnosis.code}: it ends before it begins."
    return ""


def _exists(written: str) -> bool:
    try:
        date.fromisoformat(f"{written}-01-01"[:10])
    except ValueError:
        return False
    return True
