"""Worked out from the psychiatric evaluation."""

from screening.rules.computed.asked import JUDGEMENT, MET, NOT_MET, UNKNOWN, Answer, Asked, at_least
from screening.rules.readings import USE_DISORDER
from screening.rules.words import said

STOPPING_GRADES = ("moderate", "severe")
BEHAVIOUR_MONTHS = {"quarter": 3, "half year": 6}  # how long ago at most, by the word recorded


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


def caps5(asked: Asked) -> Answer:
    return at_least(asked, "caps5", "total", "CAPS-5 total", "points")


def pcl5(asked: Asked) -> Answer:
    return at_least(asked, "pcl5", "total", "PCL-5 total", "points")


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
