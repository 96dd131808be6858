"""How long a medicine has to be out before a dosing day: last dose + half-lives, rounded up to days, + days to settle.

The clock starts at the last dose after the taper, which the prescriber plans; nothing here proposes a taper. A medicine that
the table does not know, or whose last dose nobody knows, has no clear-from date, and none ever counts as washed out.
"""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from accounts.rules.findings import Finding, Outcome, Source
from patients.rules.protocol import WashoutPolicy
from screening.rules.candidate import Candidate, JudgementFact, MedicineFact
from screening.rules.medicines import Drug, Rule, read
from screening.rules.words import capital, counted, said

DECIDES = "physician"
# The graver answer of two, when one entry of the list names two drugs.
GRAVITY = (Outcome.MET, Outcome.JUDGEMENT, Outcome.WAITING, Outcome.UNKNOWN, Outcome.NOT_MET)


@dataclass(frozen=True, slots=True)
class Washout:
    """The washout of one medicine. `days` None: no number exists. `clear_from` None: no date exists (yet)."""

    drug: str
    known: bool
    drug_class: str
    rule: Rule | None
    days: int | None
    clear_from: date | None
    arithmetic: str
    caution: str
    source: Source | None


@dataclass(frozen=True, slots=True)
class Clearance:
    """One entry of the medicine list: its washouts (one per drug it names) and what they mean on the day asked about."""

    medicine: MedicineFact
    washouts: tuple[Washout, ...]
    certain: bool  # the name was read exactly; a date that rests on a guess is not given
    finding: Finding
    no_wait: bool  # nothing to wait for: it may go on, or a clinician's judgement is what is asked

    @property
    def clear_from(self) -> date | None:
        dates = [washout.clear_from for washout in self.washouts]
        return max(day for day in dates if day) if self.certain and all(dates) else None


def washouts(medicine: MedicineFact, policy: WashoutPolicy, *, as_of: date, poor: bool = False) -> tuple[Washout, ...]:
    """The washout of every drug that a medicine's name stands for; one of an unknown drug when it stands for none."""
    drugs = read(medicine.name).drugs
    if not drugs:
        sentence = f"{medicine.name} is not in the reference table: its washout is unknown, and nothing is assumed."
        return (Washout(medicine.name, False, "", None, None, None, sentence, "", None),)
    return tuple(_washout(drug, medicine, policy, as_of, poor) for drug in drugs)


def clearances(candidate: Candidate, policy: WashoutPolicy, *, as_of: date) -> list[Clearance]:
    """Every entry of the medicine list, with its finding on the day `as_of`."""
    return [_clearance(medicine, candidate, policy, as_of) for medicine in candidate.medicines]


def clear_from(cleared: list[Clearance], *, as_of: date) -> date | None:
    """The first day on which nothing has to be waited for; `as_of` when that is today, None when nobody can say."""
    waits = [entry for entry in cleared if not entry.no_wait]
    dates = [entry.clear_from for entry in waits]
    if not all(dates):
        return None
    return max([as_of, *(day for day in dates if day)])


def medicine_code(medicine: MedicineFact) -> str:
    """The code of a medicine's finding, stable while its name is. What the table does not know is "unlisted"."""
    return ("medicine-" if read(medicine.name).drugs else "unlisted-") + "-".join(
        "".join(c if c.isalnum() else " " for c in medicine.name.casefold()).split()
    )


def _washout(drug: Drug, medicine: MedicineFact, policy: WashoutPolicy, as_of: date, poor: bool) -> Washout:
    days, sum_in_words, source = _days(drug, medicine, policy, poor)
    last = _last_dose(medicine, as_of)
    clear = last + timedelta(days=days) if last and days is not None else None
    sentence = f"{capital(drug.name)}: {sum_in_words}"
    if clear and last:
        sentence += f" Last dose {said(last)}, clear from {said(clear)}."
    return Washout(drug.name, True, drug.drug_class, drug.rule, days, clear, sentence, drug.caution, source)


def _days(drug: Drug, medicine: MedicineFact, policy: WashoutPolicy, poor: bool) -> tuple[int | None, str, Source]:
    """Days after the last dose, the sum in words, and where the figure comes from."""
    if drug.rule is Rule.CONTINUE:
        return 0, "may go on; there is nothing to wash out.", drug.source
    if drug.no_days or drug.half_life is None:
        return None, "the prescriber decides; no number of days is given.", drug.source
    if drug.fixed_days is not None:
        return (
            drug.fixed_days,
            f"{counted(drug.fixed_days, 'day')} after the last dose ({drug.fixed_why}).",
            drug.source,
        )
    hours, whose, source = drug.half_life, f"of {drug.metabolite}" if drug.metabolite else "", drug.source
    if chosen := policy.choices.get(drug.name):
        hours, whose, source = chosen.value, "as this protocol chooses", chosen.source
    if poor and drug.poor and drug.poor > hours:
        hours, whose, source = drug.poor, "in a CYP2D6 poor metaboliser", drug.source
    lives = policy.half_lives.value
    out = math.ceil(Fraction(str(lives)) * Fraction(str(hours)) / 24)
    words = f"{lives:g} half-lives of {hours:g} h" + (f" ({whose})" if whose else "")
    words += f" = {lives * hours:g} h = {counted(out, 'day')} rounded up"
    if drug.as_needed and not medicine.regular:
        days = max(out, 1)
        words += ", without days to settle because it is taken only as needed"
    else:
        days = out + policy.settling.whole
        words += f", + {counted(policy.settling.whole, 'day')} to settle"
    if days < drug.floor_days:
        days = drug.floor_days
        words += f", raised to the floor of {counted(drug.floor_days, 'day')}"
    return days, f"{words} = {counted(days, 'day')}.", source


def _last_dose(medicine: MedicineFact, as_of: date) -> date | None:
    """The day that the clock starts. While a medicine is taken there is none, unless its stop is planned or it is as needed."""
    last = medicine.last_dose_on
    if last is None or not medicine.ongoing:
        return last
    return last if last > as_of or not medicine.regular else None


def _clearance(medicine: MedicineFact, candidate: Candidate, policy: WashoutPolicy, as_of: date) -> Clearance:
    code, reading = medicine_code(medicine), read(medicine.name)
    found = washouts(medicine, policy, as_of=as_of, poor=candidate.poor_metaboliser)
    judged = candidate.judgement(code, medicine.said)
    if not reading.drugs:
        return Clearance(medicine, found, False, _of_unknown(code, medicine, judged), judged is not None)
    answers = [
        (*_outcome(drug, washout, medicine, as_of), washout) for drug, washout in zip(reading.drugs, found, strict=True)
    ]
    outcome, _, gravest = max(answers, key=lambda answer: GRAVITY.index(answer[0]))
    sentence = " ".join(words for _, words, _ in answers)
    if not reading.certain:
        sentence = f"{medicine.name} was read as {' and '.join(drug.name for drug in reading.drugs)}. {sentence}"
        if outcome in (Outcome.MET, Outcome.JUDGEMENT):
            outcome = Outcome.UNKNOWN
            sentence += " Write the generic name in the medicine list; a guess never clears anybody."
    if outcome is Outcome.JUDGEMENT and judged:
        outcome, sentence = judged_outcome(judged), f"{sentence} {judged_words(judged)}"
    no_wait = outcome in (Outcome.JUDGEMENT, Outcome.MET) and all(
        washout.clear_from is None or washout.clear_from <= as_of for washout in found
    )
    finding = Finding(code, outcome, sentence, medicine.said, gravest.source, DECIDES)
    return Clearance(medicine, found, reading.certain, finding, no_wait)


def _of_unknown(code: str, medicine: MedicineFact, judged: JudgementFact | None) -> Finding:
    if judged:
        return Finding(code, judged_outcome(judged), judged_words(judged), medicine.said, None, DECIDES)
    sentence = (
        f"{medicine.name} is not in the reference table, so its washout is unknown. Correct the spelling, "
        "or let the physician look it up and write down the judgement with its source."
    )
    return Finding(code, Outcome.UNKNOWN, sentence, medicine.said, None, DECIDES)


def _outcome(drug: Drug, washout: Washout, medicine: MedicineFact, as_of: date) -> tuple[Outcome, str]:
    """What one drug means on the day, before any judgement."""
    name, taken = capital(drug.name), medicine.ongoing is True
    if drug.rule is Rule.CONTINUE:
        return Outcome.MET, f"{name} may go on. {drug.caution}".strip()
    if drug.rule is Rule.ABSTAIN:
        return Outcome.MET, f"{name}: {drug.fixed_why}. It is asked on the dosing day."
    if drug.keep and taken and not _planned(medicine, as_of):
        if drug.rule is Rule.HARD:
            return Outcome.NOT_MET, f"{name} and MDMA must not meet, and it is never stopped for this. {drug.caution}"
        return (
            Outcome.JUDGEMENT,
            f"{name} is taken: the physician judges it; no stop date is shown. {drug.caution}".strip(),
        )
    if washout.days is None:
        return Outcome.JUDGEMENT, f"{name}: the physician judges it; no number of days is given. {drug.caution}".strip()
    if drug.rule is Rule.PRESCRIBER and taken and not _planned(medicine, as_of):
        return Outcome.JUDGEMENT, f"{name} is taken: the physician judges whether it may go on. {drug.caution}".strip()
    if washout.clear_from is None:
        return _without_date(name, washout, medicine)
    if washout.clear_from > as_of:
        left = counted((washout.clear_from - as_of).days, "day")
        plan = " if the last dose is taken as planned" if _planned(medicine, as_of) else ""
        return Outcome.WAITING, f"{washout.arithmetic} {capital(left)} to go{plan}."
    if taken:
        return (
            Outcome.JUDGEMENT,
            f"{washout.arithmetic} It is still taken as needed: the physician judges whether that is safe.",
        )
    return Outcome.MET, f"{washout.arithmetic} Washed out."


def _without_date(name: str, washout: Washout, medicine: MedicineFact) -> tuple[Outcome, str]:
    need = f"{counted(washout.days or 0, 'day')} are needed after the last dose"
    if medicine.ongoing:
        return (
            Outcome.WAITING,
            f"{name} is still taken; {need}. The prescriber plans any taper; enter the last dose when it was taken.",
        )
    return Outcome.UNKNOWN, f"When {name} was last taken is not known; {need}. Ask the patient and enter the date."


def _planned(medicine: MedicineFact, as_of: date) -> bool:
    return medicine.last_dose_on is not None and medicine.last_dose_on > as_of


def judged_outcome(judged: JudgementFact) -> Outcome:
    return Outcome.MET if judged.acceptable else Outcome.NOT_MET


def judged_words(judged: JudgementFact) -> str:
    answer = "acceptable" if judged.acceptable else "not acceptable"
    return f"Judged {answer} by {judged.by} on {said(judged.on)}: {judged.reason}"
