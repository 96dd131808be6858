"""Worked out from the laboratory's results."""

from patients.rules.protocol import EvidenceKind
from screening.rules.computed.asked import JUDGEMENT, MET, NOT_MET, UNKNOWN, Answer, Asked, dated
from screening.rules.limits import side, span
from screening.rules.readings import GROUPS, Number
from screening.rules.words import PIECES, capital, said

LABORATORY = {reading.name: reading for group in GROUPS[EvidenceKind.LABORATORY] for reading in group.readings}


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
    evidence = dated(asked, "; ".join(readings))
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


def _share(asked: Asked, name: str) -> float | None:
    value, upper = asked.number(name), asked.number(f"{name}_upper")
    return value / upper if value is not None and upper else None
