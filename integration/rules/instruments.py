"""The measures this application can render and score. Others need a licence and stay on paper until the clinic has one."""

from dataclasses import dataclass

from integration.rules import caps5, cssrs, pcl5
from integration.rules.symptoms import Answers, Item


@dataclass(frozen=True, slots=True)
class Instrument:
    """What to ask and how the page speaks of it. `highest_total` is None where the items make no sum."""

    code: str
    slug: str
    title: str
    about: str
    items: tuple[Item, ...]
    highest_total: int | None
    licence: str


INSTRUMENTS: dict[str, Instrument] = {
    caps5.CODE: Instrument(
        caps5.CODE,
        "caps-5",
        "Clinician-rated PTSD symptoms",
        "Rate each symptom after the interview. The interview guide holds the full wording.",
        caps5.ITEMS,
        caps5.HIGHEST_TOTAL,
        "United States government work, for qualified interviewers",
    ),
    pcl5.CODE: Instrument(
        pcl5.CODE,
        "pcl-5",
        "Self-rated PTSD symptoms, past month",
        "Copy the patient's own answers from the sheet. Leave out what the patient left out.",
        pcl5.ITEMS,
        pcl5.HIGHEST_TOTAL,
        "Not under copyright",
    ),
    cssrs.CODE: Instrument(
        cssrs.CODE,
        "c-ssrs",
        "Thoughts of suicide and attempts",
        "Ask with the full wording of the screen. A no to 2 skips 3 to 5; a no to 6 skips the last question.",
        cssrs.ITEMS,
        None,
        "Free of charge",
    ),
}
BY_SLUG: dict[str, Instrument] = {instrument.slug: instrument for instrument in INSTRUMENTS.values()}


def total(code: str, answers: Answers) -> int | None:
    """The total of these answers; None where items are missing or the instrument makes no sum. KeyError if unknown."""
    if code == caps5.CODE:
        return caps5.score(answers).total
    if code == pcl5.CODE:
        return pcl5.score(answers).total
    cssrs.score(answers)
    return None


def missing(code: str, answers: Answers) -> tuple[Item, ...]:
    """The questions still to be answered, in order."""
    if code == cssrs.CODE:
        return cssrs.score(answers).missing
    return tuple(item for item in INSTRUMENTS[code].items if item.required and answers.get(item.code) is None)


def answers_from(code: str, given: dict[str, str]) -> dict[str, int]:
    """Clean text answers: empty ones are dropped; ValueError names the item that is off its scale."""
    clean: dict[str, int] = {}
    for item in INSTRUMENTS[code].items:
        text = given.get(item.code, "").strip()
        if not text:
            continue
        if not (text.isascii() and text.isdigit() and int(text) < len(item.scale)):
            raise ValueError(f"{item.label}: choose one of the answers shown.")
        clean[item.code] = int(text)
    return clean
