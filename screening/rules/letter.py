"""The letter after a decision against treatment: plain words, no diagnosis, nothing that tells a stranger what it is about."""

from collections.abc import Sequence
from enum import StrEnum

from accounts.rules.findings import Finding, refusal


class Addressee(StrEnum):
    PATIENT = "patient"
    REFERRER = "referrer"


MEANING = "I have read this letter and send it in my name."


def proposed(to: Addressee, *, name: str, reasons: Sequence[str], clinic: str, phone: str) -> str:
    """A first wording. It names no medicine, no diagnosis and no finding; the physician writes what else is to be said.

    `reasons` are counted, not told: what was found is talked about, or told to a colleague by telephone.
    """
    found = "one reason" if len(reasons) == 1 else "several reasons" if reasons else "a reason"
    call = f" You can reach us on {phone}." if phone else ""
    if to is Addressee.PATIENT:
        return (
            f"Dear {name},\n\n"
            "Thank you for the time you gave us and for answering so many questions.\n\n"
            f"We have looked at everything together and found {found} why the treatment you asked about would not be safe "
            "for you at present. This is no judgement of you, and it does not mean that nothing can be done.\n\n"
            "We would like to tell you ourselves what we found and what else may help, and to answer your questions."
            f"{call} If you do not feel safe, do not wait for us: call the emergency number or go to the nearest "
            "emergency department.\n\n"
            "Please change nothing about your medicines because of this letter; talk to whoever prescribes them first."
        )
    return (
        "Dear colleague,\n\n"
        f"Thank you for sending {name} to {clinic}. After a full assessment we found {found} against the treatment that "
        "was asked for, and we do not offer it at present.\n\n"
        f"With the patient's consent we are glad to tell you the findings by telephone.{call}\n\n"
        "We have asked the patient to change nothing about their medicines without talking to you."
    )


def refusals(body: str, *, is_signed: bool) -> list[Finding]:
    """Every reason why a letter may not be kept or signed like this."""
    reasons = []
    if is_signed:
        reasons.append(refusal("signed", "This letter is signed and stays as it is. Write another one."))
    if not body.strip():
        reasons.append(refusal("empty", "The letter is empty. Write what is to be said."))
    return reasons
