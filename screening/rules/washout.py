"""How long a medicine has to be out before a dosing day: last dose + half-lives, rounded up to days, + days to settle.

The clock starts at the last dose after the taper, which the prescriber plans; nothing here proposes a taper. A medicine that
the table does not know, or whose last dose nobody knows, has no clear-from date, and none ever counts as washed out.
"""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from accounts.rules.findings import Finding, Mark, Outcome, Source
from patients.rules.protocol import Figure, WashoutPolicy
from screening.rules.candidate import Candidate, JudgementFact, MedicineFact
from screening.rules.medicines import BY_NAME, Drug, Rule, read
from screening.rules.words import capital, counted, said

DECIDES = "physician"
# The published rule, with the reference table's own half-lives: what holds where no protocol chooses.
PHASE_3 = Source("Account of the Phase 3 results: washout of five half-lives and one week to settle", Mark.PUBLISHED)
REFERENCE = WashoutPolicy(Figure(5, "half-lives", PHASE_3), Figure(7, "days", PHASE_3), {})
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


def washouts(
    medicine: MedicineFact, policy: WashoutPolicy, *, as_of: date, poor: bool = False, between: bool = False
) -> tuple[Washout, ...]:
    """The washout of every drug that a medicine's name stands for; one of an unknown drug when it stands for none.

    `poor`: the patient is a CYP2D6 poor metaboliser. `between`: a dosing day has been held, the next one is ahead.
    """
    drugs = read(medicine.name).drugs
    if not drugs:
        return (_unknown(medicine.name),)
    return tuple(_washout(drug, medicine, policy, as_of, poor, between) for drug in drugs)


def washout(medicine: MedicineFact, policy: WashoutPolicy, *, as_of: date, poor: bool = False) -> Washout:
    """One answer for one name: of a combination the longest wait. A name that is not read for certain is unknown."""
    found = washouts(medicine, policy, as_of=as_of, poor=poor)
    if not read(medicine.name).certain:
        return _unknown(medicine.name)
    if len(found) == 1:
        return found[0]
    days = [one.days for one in found if one.days is not None]
    dates = [one.clear_from for one in found if one.clear_from]
    known = len(days) == len(found)
    sources = [one.source for one in found if one.source]
    return Washout(
        drug=" and ".join(one.drug for one in found),
        known=True,
        drug_class="; ".join(dict.fromkeys(one.drug_class for one in found)),
        rule=min((one.rule for one in found if one.rule), key=list(Rule).index),
        days=max(days) if known else None,
        clear_from=max(dates) if known and len(dates) == len(found) else None,
        arithmetic=" ".join(one.arithmetic for one in found),
        caution=" ".join(dict.fromkeys(one.caution for one in found if one.caution)),
        source=Source(
            "; ".join(dict.fromkeys(source.document for source in sources)),
            max((source.mark for source in sources), key=list(Mark).index),
        ),
    )


def unknown_words(name: str) -> str:
    """Why nothing is known of a name, and what it may have been meant to be."""
    reading = read(name)
    if reading.long_acting:
        known = " and ".join(reading.nearest)
        why = f"{name} is a long-acting form; the reference table has only the short-acting forms of {known}."
    elif reading.nearest:
        why = f"{name} cannot be read for certain; the nearest in the reference table: {' or '.join(map(_generic, reading.nearest))}."
    else:
        why = f"{name} is not in the reference table."
    return f"{capital(why)} Its washout is unknown, and nothing is assumed."


def _generic(name: str) -> str:
    """A name of the table, a trade name with its generic one."""
    drug = BY_NAME[name]
    return name if name in drug.names else f"{capital(name)} ({drug.name})"


def _unknown(name: str) -> Washout:
    return Washout(name, False, "", None, None, None, unknown_words(name), "", None)


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


def _washout(
    drug: Drug, medicine: MedicineFact, policy: WashoutPolicy, as_of: date, poor: bool, between: bool
) -> Washout:
    days, sum_in_words, source = _days(drug, medicine, policy, poor, between)
    last = _last_dose(medicine, as_of)
    clear = last + timedelta(days=days) if last and days is not None else None
    sentence = f"{capital(drug.name)}: {sum_in_words}"
    if clear and last:
        sentence += f" Last dose {said(last)}, clear from {said(clear)}."
    if days is not None and (drug.keep or (drug.keep_regular and medicine.regular)):
        sentence += " For reference only: whether it is ever stopped is the prescriber's decision."
    return Washout(drug.name, True, drug.drug_class, drug.rule, days, clear, sentence, drug.caution, source)


def _days(
    drug: Drug, medicine: MedicineFact, policy: WashoutPolicy, poor: bool, between: bool
) -> tuple[int | None, str, Source]:
    """Days after the last dose, the sum in words, and where the figure comes from."""
    if drug.rule is Rule.CONTINUE:
        return 0, "may go on; there is nothing to wash out.", drug.source
    if not drug.no_days and drug.fixed_days is not None:
        return (
            drug.fixed_days,
            f"{counted(drug.fixed_days, 'day')} after the last dose ({drug.fixed_why}).",
            drug.source,
        )
    if drug.no_days or drug.half_life is None:
        return None, "the prescriber decides; no number of days is given.", drug.source
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
    elif drug.hold and between:
        days = max(out, 1)
        words += ", without days to settle because it is held between two dosing days"
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
    between = candidate.dosed_on is not None and candidate.dosed_on < as_of
    found = washouts(medicine, policy, as_of=as_of, poor=candidate.poor_metaboliser, between=between)
    judged = candidate.judgement(code, medicine.said, as_of=as_of)
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
        f"{unknown_words(medicine.name)} Correct the spelling, "
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
    if drug.keep and taken and not is_planned(medicine, as_of):
        if drug.rule is Rule.HARD:
            return Outcome.NOT_MET, f"{name} and MDMA must not meet, and it is never stopped for this. {drug.caution}"
        return (
            Outcome.JUDGEMENT,
            f"{name} is taken: the physician judges it; no stop date is shown. {drug.caution}".strip(),
        )
    if drug.keep_regular and medicine.regular and taken and not is_planned(medicine, as_of):
        return (
            Outcome.WAITING,
            f"{name} is taken regularly: whether and how it is ever stopped is the prescriber's decision, and no date "
            f"is shown. {drug.caution}",
        )
    if washout.days is None:
        return Outcome.JUDGEMENT, f"{name}: the physician judges it; no number of days is given. {drug.caution}".strip()
    if drug.rule is Rule.PRESCRIBER and taken and not is_planned(medicine, as_of):
        return Outcome.JUDGEMENT, f"{name} is taken: the physician judges whether it may go on. {drug.caution}".strip()
    if washout.clear_from is None:
        return _without_date(name, washout.days, medicine)
    if washout.clear_from > as_of:
        left = counted((washout.clear_from - as_of).days, "day")
        plan = " if the last dose is taken as planned" if is_planned(medicine, as_of) else ""
        return Outcome.WAITING, f"{washout.arithmetic} {capital(left)} to go{plan}."
    if taken and drug.rule is Rule.HARD:
        return (
            Outcome.UNKNOWN,
            f"{washout.arithmetic} It is still taken as needed, and {name} and MDMA must not meet: agree that it is not "
            "taken any more, and enter that.",
        )
    if taken:
        return (
            Outcome.JUDGEMENT,
            f"{washout.arithmetic} It is still taken as needed: the physician judges whether that is safe.",
        )
    if medicine.ongoing is None:
        return (
            Outcome.UNKNOWN,
            f"{washout.arithmetic} Whether {name} is still taken has not been said; ask, and enter it.",
        )
    return Outcome.MET, f"{washout.arithmetic} Washed out."


def _without_date(name: str, days: int, medicine: MedicineFact) -> tuple[Outcome, str]:
    need = f"{counted(days, 'day')} are needed after the last dose"
    if medicine.ongoing:
        return (
            Outcome.WAITING,
            f"{name} is still taken; {need}. The prescriber plans any taper; enter the last dose when it was taken.",
        )
    return Outcome.UNKNOWN, f"When {name} was last taken is not known; {need}. Ask the patient and enter the date."


def is_planned(medicine: MedicineFact, as_of: date) -> bool:
    """Whether its last dose is one that has not been taken yet."""
    return medicine.last_dose_on is not None and medicine.last_dose_on > as_of


def judged_outcome(judged: JudgementFact) -> Outcome:
    return Outcome.MET if judged.acceptable else Outcome.NOT_MET


def judged_words(judged: JudgementFact) -> str:
    answer = "acceptable" if judged.acceptable else "not acceptable"
    return f"Judged {answer} by {judged.by} on {said(judged.on)}: {judged.reason}"
