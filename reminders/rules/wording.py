"""What a reminder says. The words are fixed, name nothing and nobody, and are checked before each message leaves.

A reminder may be read by whoever holds the telephone, so neither subject, sender nor text may tell what the visit is.
The clinic chooses one neutral name for messages; a name that reveals too much is left out rather than repaired.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from .schedule import RHYTHMS, Kind, Reader

BANNED = (
    "mdma",
    "mdmaat",
    "midomafetamine",
    "ecstasy",
    "molly",
    "psychedel",
    "psilocybin",
    "ketamine",
    "empathogen",
    "psych",
    "mental",
    "therap",
    "dosing",
    "dose",
    "ptsd",
    "trauma",
    "drug",
    "substance",
    "medicin",
    "medicat",
    "washout",
    "treatment",
    "integration",
    "session",
    "addict",
    "suicid",
    "depress",
    "anxiety",
)

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

SENDER = "Appointments"
SUBJECT = {Reader.PATIENT: "Your appointment", Reader.STAFF: "A note from your calendar"}

SENTENCES: dict[Kind, str] = {
    Kind.WEEK_BEFORE: "You have an appointment on {when}. If it no longer suits you, please tell us soon.",
    Kind.TWO_DAYS_BEFORE: "You have an appointment on {when}.",
    Kind.DAY_BEFORE: "You have an appointment on {when}. Please look again at the notes we gave you for it.",
    Kind.WASHOUT_CHECK: "A check is due for the visit on {when}. Please sign in to see it.",
    Kind.DAY_BEFORE_CHECK: "Please go through the list for the visit on {when}. Sign in to see it.",
    Kind.CALL_DUE: "A call is planned for {when}. Please sign in to see it.",
    Kind.MEASURES_DUE: "Forms are due at the visit on {when}. Please sign in to see them.",
    Kind.DAY_AFTER_CHECK: "A short check is due after the visit on {when}. Please sign in to see it.",
    Kind.ALERT: "Something needs you now, since {when}. Please sign in to see it.",
}
REACH_US = "If you cannot come, please call the number we gave you."
REACH_US_AT = "If you cannot come, please call {phone}."

# Latin letters, figures and plain punctuation: no look-alike alphabets, no direction marks, no line breaks.
PLAIN_NAME = re.compile(r"[A-Za-z0-9À-ÖØ-öø-ÿ&'’.,()\- ]{2,60}")
PLAIN_PHONE = re.compile(r"\+?[0-9][0-9 ()\-./]{3,24}")


@dataclass(frozen=True, slots=True)
class Letter:
    """What the words are made from; `when` is the visit on the clinic's clock."""

    kind: Kind
    when: datetime
    discreet: bool
    name: str  # the clinic's neutral name for messages
    phone: str
    revealing: tuple[str, ...]  # the clinic's own name and the like, never to appear


@dataclass(frozen=True, slots=True)
class Message:
    sender: str
    subject: str
    body: str


def _folded(text: str) -> str:
    """Letters and figures only, without accents, case, or anything set between them."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


def revealing_words(text: str, *, also: tuple[str, ...] = ()) -> list[str]:
    """Every banned word and every one of the names in `also` that a text holds, however it is spaced or accented."""
    folded = _folded(text)
    names = [name for name in also if len(_folded(name)) > 2]
    return [word for word in BANNED if word in folded] + [name for name in names if _folded(name) in folded]


def name_that_may_be_shown(name: str, *, revealing: tuple[str, ...] = ()) -> str:
    """The clinic's name for messages if it tells nothing, else an empty string."""
    stripped = name.strip()
    if not PLAIN_NAME.fullmatch(stripped) or revealing_words(stripped, also=revealing):
        return ""
    return stripped


def day_and_hour(when: datetime) -> str:
    """Tue 10 Mar, 10:00: without the machine's locale, so that every server writes the same."""
    return f"{DAYS[when.weekday()]} {when.day} {MONTHS[when.month - 1]}, {when:%H:%M}"


def message(letter: Letter) -> Message:
    """The words of one reminder. The discreet form names no clinic and no number; neither form names the visit."""
    reader = RHYTHMS[letter.kind].reader
    sentences = [SENTENCES[letter.kind].format(when=day_and_hour(letter.when))]
    name = ""
    if reader is Reader.PATIENT:
        phone = letter.phone.strip()
        may_name_number = not letter.discreet and PLAIN_PHONE.fullmatch(phone) is not None
        sentences.append(REACH_US_AT.format(phone=phone) if may_name_number else REACH_US)
        name = "" if letter.discreet else name_that_may_be_shown(letter.name, revealing=letter.revealing)
    body = " ".join(sentences) + "\n" + (f"\n{name}\n" if name else "")
    return Message(sender=SENDER, subject=SUBJECT[reader], body=body)
