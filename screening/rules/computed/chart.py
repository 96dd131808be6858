"""Worked out from the chart, the medicine list and the medical history."""

from collections.abc import Sequence

from accounts.rules.findings import Outcome
from patients.rules.protocol import EvidenceKind
from screening.rules.candidate import Candidate
from screening.rules.computed.asked import MET, NOT_MET, UNKNOWN, Answer, Asked, dated
from screening.rules.medicines import read
from screening.rules.washout import GRAVITY, Clearance
from screening.rules.words import counted, said


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


def prior_mdma(asked: Asked) -> Answer:
    """Uses, the last one, and earlier trials: all three have to be known, and any of them may stop."""
    uses, last, trial = asked.number("mdma_uses"), asked.word("mdma_last"), asked.word("mdma_trial")
    most, months = asked.limit("uses"), asked.limit("free_for")
    parts = [
        f"{uses:g} uses" if uses is not None else "",
        f"last: {last}" if last else "",
        f"trial: {trial}" if trial else "",
    ]
    evidence = dated(asked, ", ".join(part for part in parts if part))
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
