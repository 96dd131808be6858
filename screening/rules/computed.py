"""Criteria that are worked out from readings and records instead of being answered yes or no.

Each function gets the criterion with its limits and answers MET, NOT_MET, UNKNOWN or JUDGEMENT; a KeyError means that the
protocol gives no such limit, which the caller turns into unknown. Limits read "at least" and "at most" unless the text says so.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from accounts.rules.findings import Outcome
from patients.rules.protocol import Criterion, EvidenceKind, Protocol
from screening.rules.candidate import Candidate, Piece
from screening.rules.ecg import corrected, rr_interval
from screening.rules.limits import side, span
from screening.rules.medicines import read
from screening.rules.readings import GROUPS, USE_DISORDER, Number
from screening.rules.washout import GRAVITY, Clearance
from screening.rules.words import PIECES, capital, counted, said

MET, NOT_MET, UNKNOWN, JUDGEMENT = Outcome.MET, Outcome.NOT_MET, Outcome.UNKNOWN, Outcome.JUDGEMENT
LABORATORY = {reading.name: reading for group in GROUPS[EvidenceKind.LABORATORY] for reading in group.readings}
STOPPING_GRADES = ("moderate", "severe")
BEHAVIOUR_MONTHS = {"quarter": 3, "half year": 6}  # how long ago at most, by the word recorded


@dataclass(frozen=True, slots=True)
class Answer:
    outcome: Outcome
    sentence: str
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """One criterion put to one candidate. `piece` is the current evidence, absent for criteria that rest on other records."""

    protocol: Protocol
    criterion: Criterion
    candidate: Candidate
    piece: Piece
    as_of: date
    entries: Sequence[Clearance] = ()  # the medicine list with its washouts on the day
    laboratory: Piece | None = None  # the laboratory's results, while they are current

    def limit(self, name: str) -> float:
        return self.criterion.limits[name].value

    def number(self, name: str) -> float | None:
        return self.piece.numbers.get(name)

    def word(self, name: str) -> str:
        return self.piece.words.get(name, "")


def age(asked: Asked) -> Answer:
    born, least = asked.candidate.born_on, asked.limit("age")
    if born is None:
        return Answer(UNKNOWN, "The date of birth is not recorded; enter it in the patient's details.")
    today = asked.as_of
    if born > today:
        return Answer(
            UNKNOWN, f"The date of birth, {said(born)}, has not come yet; correct it in the patient's details."
        )
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    evidence = f"Born {said(born)}, {counted(years, 'year')} old"
    if years < least:
        return Answer(NOT_MET, f"The patient is {years}; the protocol starts at {least:g}.", evidence)
    return Answer(MET, f"The patient is {years}.", evidence)


def contact(asked: Asked) -> Answer:
    if asked.candidate.contact_named is None:
        return Answer(
            UNKNOWN, "Whether an emergency contact is named is not recorded; enter one in the patient's details."
        )
    if asked.candidate.contact_named:
        return Answer(MET, "An emergency contact with a telephone number is named.")
    # A list of contacts has no day of its own; a judgement of it holds until the history is taken again.
    history = asked.candidate.piece(EvidenceKind.HISTORY)
    evidence = f"Contacts: none by telephone, {said(history.taken_on if history else asked.as_of)}"
    return Answer(
        NOT_MET, "No emergency contact with a telephone number is named; enter one in the patient's details.", evidence
    )


def weight(asked: Asked) -> Answer:
    return _at_least(asked, "weight", "weight", "Body weight", "kg")


def ptsd(asked: Asked) -> Answer:
    """PTSD now, and for long enough."""
    absent, lasted, least = (
        asked.piece.answers.get(asked.criterion.code),
        asked.number("ptsd_months"),
        asked.limit("months"),
    )
    evidence = f"PTSD for {lasted:g} months, {said(asked.piece.taken_on)}" if lasted is not None else ""
    if absent:
        return Answer(NOT_MET, f"“{asked.criterion.question}” was answered yes.", evidence)
    if lasted is not None and lasted < least:
        return Answer(NOT_MET, f"PTSD has lasted {lasted:g} months, less than {least:g}.", evidence)
    if absent is None:
        return Answer(UNKNOWN, f"“{asked.criterion.question}” has not been answered.", evidence)
    if lasted is None:
        return Answer(UNKNOWN, "How long PTSD has lasted is not recorded.")
    return Answer(MET, f"PTSD is present and has lasted {lasted:g} months, at least {least:g}.", evidence)


def prior_mdma(asked: Asked) -> Answer:
    """Uses, the last one, and earlier trials: all three have to be known, and any of them may stop."""
    uses, last, trial = asked.number("mdma_uses"), asked.word("mdma_last"), asked.word("mdma_trial")
    most, months = asked.limit("uses"), asked.limit("free_for")
    parts = [
        f"{uses:g} uses" if uses is not None else "",
        f"last: {last}" if last else "",
        f"trial: {trial}" if trial else "",
    ]
    evidence = _dated(asked, ", ".join(part for part in parts if part))
    if trial == "yes":
        return Answer(NOT_MET, "MDMA was given in an earlier trial.", evidence)
    if uses is not None and uses > most:
        return Answer(NOT_MET, f"MDMA was used {uses:g} times in 10 years, more than {most:g}.", evidence)
    if last == "half year":
        return Answer(NOT_MET, f"MDMA was used within {months:g} months.", evidence)
    if uses is None or last not in ("never", "earlier") or trial != "no":
        return Answer(
            UNKNOWN, "How often and when MDMA was used, and whether in a trial, is not fully recorded.", evidence
        )
    return Answer(
        MET, f"MDMA was used {uses:g} times in 10 years, at most {most:g}, and not within {months:g} months.", evidence
    )


def caps5(asked: Asked) -> Answer:
    return _at_least(asked, "caps5", "total", "CAPS-5 total", "points")


def pcl5(asked: Asked) -> Answer:
    return _at_least(asked, "pcl5", "total", "PCL-5 total", "points")


def blood_pressure(asked: Asked) -> Answer:
    """Uncontrolled: at or above either limit on every one of so many separate days. High on some of them: for judgement."""
    systolic, diastolic, days = asked.limit("systolic"), asked.limit("diastolic"), int(asked.limit("occasions"))
    readings = _readings(asked)
    evidence = "; ".join(f"{top:g}/{bottom:g} mmHg on {said(day)}" for day, (top, bottom) in sorted(readings.items()))
    if len(readings) < days:
        need = (
            f"{counted(len(readings), 'day')} with a current reading; {days} separate days are needed. Measure again."
        )
        return Answer(UNKNOWN, f"Blood pressure: {need}", evidence)
    high = sum(top >= systolic or bottom >= diastolic for top, bottom in readings.values())
    limit = f"{systolic:g}/{diastolic:g} mmHg"
    if high == 0:
        return Answer(MET, f"Blood pressure was below {limit} on {days} separate days.", evidence)
    if high < len(readings):
        return Answer(JUDGEMENT, f"Blood pressure was {limit} or more on {high} of {len(readings)} days.", evidence)
    return Answer(NOT_MET, f"Blood pressure was {limit} or more on all of {len(readings)} separate days.", evidence)


def qtc_bazett(asked: Asked) -> Answer:
    return _qtc(asked, bazett=True)


def qtc_fridericia(asked: Asked) -> Answer:
    return _qtc(asked, bazett=False)


def potassium(asked: Asked) -> Answer:
    """The answer about torsade risks together with the potassium of the laboratory: neither may hide the other."""
    risk = asked.piece.answers.get(asked.criterion.code)
    value = asked.laboratory.numbers.get("potassium") if asked.laboratory else None
    least = asked.limit("potassium")
    parts = [f"{capital(PIECES[asked.piece.kind])} of {said(asked.piece.taken_on)}: {'yes' if risk else 'no'}"]
    if asked.laboratory and value is not None:
        parts.append(f"Potassium {value:g} mmol/L, {said(asked.laboratory.taken_on)}")
    evidence = "; ".join(parts if risk is not None else parts[1:])
    if risk:
        return Answer(NOT_MET, f"“{asked.criterion.question}” was answered yes.", evidence)
    if value is not None and value < least:
        return Answer(NOT_MET, f"Potassium is {value:g} mmol/L, below {least:g}; correct and repeat it.", evidence)
    if risk is None:
        return Answer(UNKNOWN, f"“{asked.criterion.question}” has not been answered.", evidence)
    if value is None:
        return Answer(UNKNOWN, "Potassium has not been measured, or too long ago.", evidence)
    return Answer(MET, f"Nothing of this is known, and potassium is {value:g} mmol/L.", evidence)


def drug_screen(asked: Asked) -> Answer:
    result = asked.word("drug_screen")
    evidence = f"Urine drug screen {result}, {said(asked.piece.taken_on)}" if result else ""
    if result == "positive":
        return Answer(JUDGEMENT, "The urine drug screen is positive.", evidence)
    if result != "negative":
        return Answer(UNKNOWN, "No urine drug screen is recorded.")
    return Answer(MET, "The urine drug screen is negative.", evidence)


def panel(asked: Asked) -> Answer:
    """Every test of the criterion's list, held against the reference limits that its own laboratory printed."""
    missing, outside = [], []
    for name in asked.criterion.readings:
        reading = LABORATORY.get(name)
        if isinstance(reading, Number):
            value, low, high = asked.number(name), asked.number(f"{name}_lower"), asked.number(f"{name}_upper")
            if value is None or high is None or (low is None and "lower" in reading.limited):
                missing.append(reading.label)
            elif side(reading, asked.piece.numbers):
                outside.append(f"{reading.label} {value:g} {reading.unit} ({span(reading, asked.piece.numbers)})")
        elif reading is None or asked.word(name) not in ("normal", "abnormal"):
            missing.append(reading.label if reading else name)
        elif asked.word(name) == "abnormal":
            outside.append(f"{reading.label} abnormal")
    evidence = f"{'; '.join(outside)}, {said(asked.piece.taken_on)}" if outside else ""
    if missing:
        listed = ", ".join(missing)
        return Answer(UNKNOWN, f"Not recorded with the laboratory's reference limits: {listed}.", evidence)
    if outside:
        return Answer(JUDGEMENT, f"Outside the laboratory's reference limits: {', '.join(outside)}.", evidence)
    return Answer(MET, "Every laboratory value is within the laboratory's reference limits.", evidence)


def liver(asked: Asked) -> Answer:
    times, symptoms = asked.limit("transaminases"), asked.word("liver_symptoms")
    shares = {name: _share(asked, name) for name in ("alt", "ast")}
    readings = [
        f"{name.upper()} {share:.2f} x the upper limit of normal" for name, share in shares.items() if share is not None
    ]
    evidence = _dated(asked, "; ".join(readings))
    if symptoms == "yes":
        return Answer(NOT_MET, "There is symptomatic liver disease.", evidence)
    if any(share is not None and share > times for share in shares.values()):
        return Answer(NOT_MET, f"A transaminase is more than {times:g} times the upper limit of normal.", evidence)
    if symptoms != "no":
        return Answer(UNKNOWN, "Whether there is symptomatic liver disease has not been answered.", evidence)
    if None in shares.values():
        return Answer(UNKNOWN, "ALT and AST are needed, each with the laboratory's upper limit of normal.", evidence)
    return Answer(MET, f"No symptoms, and ALT and AST are within {times:g} times the upper limit of normal.", evidence)


def pregnancy(asked: Asked) -> Answer:
    possible, test = asked.word("can_become_pregnant"), asked.word("pregnancy_test")
    nursing, contraception = asked.word("nursing"), asked.word("contraception")
    evidence = f"Test {test}, {said(asked.piece.taken_on)}" if test else ""
    if test == "positive":
        return Answer(NOT_MET, "The pregnancy test is positive.", evidence)
    if nursing == "yes":
        return Answer(NOT_MET, "The patient is nursing.", evidence)
    if possible not in ("yes", "no"):
        return Answer(UNKNOWN, "Whether the patient can become pregnant has not been answered.", evidence)
    if nursing != "no":
        return Answer(UNKNOWN, "Whether the patient is nursing has not been answered.", evidence)
    if possible == "no":
        if test not in ("negative", "not needed"):
            return Answer(UNKNOWN, "No pregnancy test is recorded; if none is needed, record that.", evidence)
        return Answer(MET, "The patient cannot become pregnant and is not nursing.", evidence)
    if contraception == "no":
        return Answer(NOT_MET, "Pregnancy is possible and no effective contraception is used.", evidence)
    if test != "negative":
        return Answer(UNKNOWN, "Pregnancy is possible and no negative test is recorded.", evidence)
    if contraception != "yes":
        return Answer(UNKNOWN, "Whether effective contraception is used has not been answered.", evidence)
    return Answer(MET, "The pregnancy test is negative and effective contraception is used.", evidence)


def alcohol(asked: Asked) -> Answer:
    return _use_disorder(asked, "alcohol_use", "Alcohol", ("audit", "AUDIT"))


def cannabis(asked: Asked) -> Answer:
    return _use_disorder(asked, "cannabis_use", "Cannabis", ("dudit", "DUDIT"))


def suicide_risk(asked: Asked) -> Answer:
    """C-SSRS: an ideation level within the look-back when the criterion has that limit, suicidal behaviour otherwise."""
    months = asked.criterion.look_back.whole if asked.criterion.look_back else 0
    if "ideation" not in asked.criterion.limits:
        return _behaviour(asked, months)
    return _ideation(asked, int(asked.limit("ideation")), months)


def medicines(asked: Asked) -> Answer:
    """Every entry of the list together; each has a finding of its own besides."""
    listed = medicine_list(asked.candidate)
    if listed.outcome is not MET:
        return listed
    return _together(asked.entries, "No medicine is taken.")


def boosters(asked: Asked) -> Answer:
    """Ritonavir and cobicistat alone. A name that nobody can read may be one of their combinations."""
    boosting = [
        entry for entry in asked.entries if any("ritonavir" in drug.names for drug in read(entry.medicine.name).drugs)
    ]
    unread = [entry for entry in asked.entries if not read(entry.medicine.name).drugs and entry.finding.blocks]
    listed = medicine_list(asked.candidate)
    if not boosting and listed.outcome is not MET:
        return listed
    if not boosting and unread:
        names = ", ".join(entry.medicine.name for entry in unread)
        sentence = f"Whether {names} holds ritonavir or cobicistat is not known; correct the name or judge it."
        return Answer(UNKNOWN, sentence, "; ".join(entry.medicine.said for entry in unread))
    return _together(boosting, "The medicine list has neither ritonavir nor cobicistat.")


def medicine_list(candidate: Candidate) -> Answer:
    """Whether somebody has said that the list is whole. An empty list that nobody asked about is no list."""
    history = candidate.piece(EvidenceKind.HISTORY)
    if history and history.words.get("medicines_complete") == "yes":
        evidence = f"{counted(len(candidate.medicines), 'medicine')} listed, {said(history.taken_on)}"
        return Answer(MET, "The medicine list was gone through with the patient and is complete.", evidence)
    return Answer(
        UNKNOWN, "Nobody has said that the medicine list is complete; go through it and say so in the medical history."
    )


COMPUTED: dict[str, tuple[EvidenceKind | None, Callable[[Asked], Answer]]] = {
    "age": (None, age),
    "contact": (None, contact),
    "medicines": (None, medicines),
    "boosters": (None, boosters),
    "alcohol": (EvidenceKind.PSYCHIATRIC, alcohol),
    "cannabis": (EvidenceKind.PSYCHIATRIC, cannabis),
    "weight": (EvidenceKind.EXAMINATION, weight),
    "blood_pressure": (EvidenceKind.EXAMINATION, blood_pressure),
    "qtc_bazett": (EvidenceKind.ECG, qtc_bazett),
    "qtc_fridericia": (EvidenceKind.ECG, qtc_fridericia),
    "potassium": (EvidenceKind.HISTORY, potassium),
    "prior_mdma": (EvidenceKind.HISTORY, prior_mdma),
    "ptsd": (EvidenceKind.PSYCHIATRIC, ptsd),
    "drug_screen": (EvidenceKind.LABORATORY, drug_screen),
    "panel": (EvidenceKind.LABORATORY, panel),
    "liver": (EvidenceKind.LABORATORY, liver),
    "pregnancy": (EvidenceKind.LABORATORY, pregnancy),
    "suicide_risk": (EvidenceKind.PSYCHIATRIC, suicide_risk),
    "caps5": (EvidenceKind.PSYCHIATRIC, caps5),
    "pcl5": (EvidenceKind.PSYCHIATRIC, pcl5),
}


def _at_least(asked: Asked, reading: str, limit: str, name: str, unit: str) -> Answer:
    value, least = asked.number(reading), asked.limit(limit)
    if value is None:
        return Answer(UNKNOWN, f"{name} is not recorded.")
    evidence = f"{name} {value:g} {unit}, {said(asked.piece.taken_on)}"
    if value < least:
        return Answer(NOT_MET, f"{name} is {value:g} {unit}, below {least:g}.", evidence)
    return Answer(MET, f"{name} is {value:g} {unit}, at least {least:g}.", evidence)


def _readings(asked: Asked) -> dict[date, tuple[float, float]]:
    """Current, readable blood pressures by day; of two on one day the higher systolic and the higher diastolic stand."""
    validity = asked.protocol.evidence_validity[EvidenceKind.EXAMINATION].whole
    readings: dict[date, tuple[float, float]] = {}
    for number in ("1", "2", "3"):
        top, bottom = asked.number(f"systolic_{number}"), asked.number(f"diastolic_{number}")
        if top is None or bottom is None or top <= bottom or not asked.word(f"day_{number}"):
            continue
        day = date.fromisoformat(asked.word(f"day_{number}"))
        if 0 <= (asked.as_of - day).days <= validity:
            highest = readings.get(day, (top, bottom))
            readings[day] = max(highest[0], top), max(highest[1], bottom)
    return readings


def _qtc(asked: Asked, *, bazett: bool) -> Answer:
    male, female = asked.limit("male"), asked.limit("female")
    qt, rr = asked.number("qt"), rr_interval(asked.number("rr"), asked.number("rate"))
    if qt is None or qt <= 0:
        return Answer(UNKNOWN, "The QT interval is not recorded.")
    if rr is None:
        return Answer(
            UNKNOWN, "RR interval and heart rate are both needed and must agree; read the ECG again and record both."
        )
    values = corrected(qt, rr)
    value, name = (values.bazett, "Bazett") if bazett else (values.fridericia, "Fridericia")
    printed = asked.number("qtc_printed")
    beside = f", the device prints {printed:g} ms" if printed is not None else ""
    evidence = (
        f"QT {qt:g} ms, RR {rr:.0f} ms: QTcB {values.bazett} ms, QTcF {values.fridericia} ms{beside}, "
        f"{said(asked.piece.taken_on)}"
    )
    limit = {"male": male, "female": female}.get(asked.candidate.sex or "")
    if value > (max(male, female) if limit is None else limit):
        return Answer(NOT_MET, f"QTc ({name}) is {value} ms, above {limit or max(male, female):g} ms.", evidence)
    if limit is None and value > min(male, female):
        return Answer(
            UNKNOWN, f"QTc ({name}) is {value} ms; which limit applies is unknown until the sex is recorded.", evidence
        )
    rhythm = asked.word("rhythm")
    if rhythm not in ("sinus", "other"):
        return Answer(UNKNOWN, "The rhythm is not recorded.", evidence)
    if rhythm == "other":
        return Answer(JUDGEMENT, f"QTc ({name}) is {value} ms, but the rhythm is not sinus rhythm.", evidence)
    sentence = f"QTc ({name}) is {value} ms, at most {limit or min(male, female):g} ms."
    if printed is not None and printed > (limit or min(male, female)):
        sentence += f" The device prints {printed:g} ms, above it: look at the tracing again."
    return Answer(MET, sentence, evidence)


def _dated(asked: Asked, words: str) -> str:
    """The words with the day of the evidence: a judgement of one day's evidence is none of the next."""
    return f"{words}, {said(asked.piece.taken_on)}" if words else ""


def _share(asked: Asked, name: str) -> float | None:
    value, upper = asked.number(name), asked.number(f"{name}_upper")
    return value / upper if value is not None and upper else None


def _use_disorder(asked: Asked, reading: str, what: str, instrument: tuple[str, str]) -> Answer:
    """By its grade: severe stops, moderate stops unless it is in remission, mild does not. The instrument's total stands beside it."""
    grade, name = dict(USE_DISORDER).get(asked.word(reading), ""), f"{what} use disorder"
    if not grade:
        return Answer(UNKNOWN, f"{name} is not graded; record none, mild, moderate, in remission or severe.")
    total = asked.number(instrument[0])
    beside = f", {instrument[1]} {total:g}" if total is not None else ""
    evidence = f"{name}: {grade.lower()}{beside}, {said(asked.piece.taken_on)}"
    if asked.word(reading) in STOPPING_GRADES:
        return Answer(NOT_MET, f"{name} is graded {grade.lower()}.", evidence)
    return Answer(MET, f"{name}: {grade.lower()}.", evidence)


def _ideation(asked: Asked, limit: int, months: int) -> Answer:
    month, half_year = asked.number("ideation_month"), asked.number("ideation_half_year")
    needed, span = ([month], "the last month") if months <= 1 else ([month, half_year], "the last 6 months")
    level = max((known for known in needed if known is not None), default=None)
    if level is None or (level < limit and None in needed):
        return Answer(UNKNOWN, f"C-SSRS ideation of {span} is not recorded.")
    evidence = f"C-SSRS ideation {level:g} in {span}, {said(asked.piece.taken_on)}"
    if level < limit:
        return Answer(MET, f"C-SSRS ideation in {span} is {level:g}, below {limit}.", evidence)
    if months <= 1 and asked.word("ideation_weekly") == "no":
        return Answer(JUDGEMENT, f"C-SSRS ideation in {span} is {level:g}, less often than weekly.", evidence)
    return Answer(NOT_MET, f"C-SSRS ideation in {span} is {level:g}; {limit} or more is a stop.", evidence)


def _behaviour(asked: Asked, months: int) -> Answer:
    """The evidence says its day: a judgement of one evaluation is none of the next."""
    recorded, day = asked.word("behaviour"), said(asked.piece.taken_on)
    if recorded in ("never", "earlier"):
        when = "ever" if recorded == "never" else "recently; an earlier attempt is not by itself an exclusion"
        return Answer(MET, f"No suicidal behaviour {when}.", f"C-SSRS behaviour: {recorded}, {day}")
    if recorded not in BEHAVIOUR_MONTHS:
        return Answer(UNKNOWN, "C-SSRS behaviour is not recorded.")
    within, evidence = BEHAVIOUR_MONTHS[recorded], f"C-SSRS behaviour within {BEHAVIOUR_MONTHS[recorded]} months, {day}"
    if months and within > months:
        return Answer(JUDGEMENT, f"Suicidal behaviour within {within} months; the limit is {months}.", evidence)
    return Answer(NOT_MET, f"Suicidal behaviour within {within} months.", evidence)


def _together(entries: Sequence[Clearance], none: str) -> Answer:
    if not entries:
        return Answer(MET, none)
    outcome = max((entry.finding.outcome for entry in entries), key=GRAVITY.index)
    evidence = "; ".join(entry.medicine.said for entry in entries)
    if outcome is MET:
        return Answer(MET, "Every medicine of the list is washed out or may go on.", evidence)
    open_ = ", ".join(_with_day(entry) for entry in entries if entry.finding.blocks)
    return Answer(outcome, f"In the way of a dosing day: {open_}.", evidence)


def _with_day(entry: Clearance) -> str:
    """The medicine, and until when while its washout is what is waited for."""
    if entry.finding.outcome is Outcome.WAITING and entry.clear_from:
        return f"{entry.medicine.name} until {said(entry.clear_from)}"
    return entry.medicine.name
