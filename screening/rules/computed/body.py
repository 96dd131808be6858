"""Worked out from the physical examination and the ECG."""

from datetime import date

from patients.rules.protocol import EvidenceKind
from screening.rules.computed.asked import JUDGEMENT, MET, NOT_MET, UNKNOWN, Answer, Asked, at_least
from screening.rules.ecg import corrected, rr_interval
from screening.rules.words import counted, said


def weight(asked: Asked) -> Answer:
    return at_least(asked, "weight", "weight", "Body weight", "kg")


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
