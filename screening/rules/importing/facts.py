"""What a record from elsewhere says, as plain values. Nothing is interpreted yet; what it does not say is None or empty."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

MOST_LETTERS = 300


@dataclass(frozen=True, slots=True)
class Code:
    system: str
    code: str
    display: str = ""


@dataclass(frozen=True, slots=True)
class Coded:
    """A thing by its codes and by the words that somebody wrote."""

    codes: tuple[Code, ...] = ()
    text: str = ""

    @property
    def name(self) -> str:
        """What to call it: the words written, else a code's own, else the code."""
        displays = [code.display for code in self.codes if code.display]
        codes = [code.code for code in self.codes if code.code]
        return next(iter([*filter(None, [self.text]), *displays, *codes]), "")


@dataclass(frozen=True, slots=True)
class Origin:
    """The resource that a fact was read from. The digest is of its content, wherever it stands in the file."""

    kind: str
    id: str
    path: str
    digest: str

    @property
    def key(self) -> str:
        return f"{self.kind}/{self.id}:{self.digest}"

    @property
    def said(self) -> str:
        return f"{self.kind} {self.id}".strip()


@dataclass(frozen=True, slots=True)
class When:
    """A day as far as it is known: `day` only when it is known to the day, and `words` as the record says it."""

    day: date | None = None
    words: str = ""
    moment: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    origin: Origin
    given_name: str
    family_name: str
    born_on: date | None
    sex: str
    phone: str
    email: str
    language: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A diagnosis, a procedure, an allergy, the conclusion of a report or what a relative has. `state` and `certainty` as FHIR
    codes them."""

    origin: Origin
    thing: Coded
    state: str
    certainty: str
    began: When
    ended: When
    relative: Coded | None = None  # whose it is, where it is not the patient's own
    reactions: tuple[str, ...] = ()  # of an allergy, in words


@dataclass(frozen=True, slots=True)
class Taken:
    """A medicine as prescribed or as stated. `state` as FHIR codes it."""

    origin: Origin
    thing: Coded
    reference: str  # the Medication resource that names it, where it is named elsewhere
    state: str
    dose: str
    as_needed: bool
    prescriber: str
    began: When
    ended: When


@dataclass(frozen=True, slots=True)
class Value:
    """One measured value: a number with its unit, or a coded or written result."""

    thing: Coded
    number: float | None = None
    unit: str = ""
    lower: float | None = None  # limits of normal, in the same unit
    upper: float | None = None
    result: Coded = field(default_factory=Coded)
    trouble: str = ""  # why there is no value that could be used


@dataclass(frozen=True, slots=True)
class Measured:
    """An observation: its own value first, then its components'."""

    origin: Origin
    thing: Coded
    state: str
    when: When
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """Observations that were made together, by the references to them."""

    origin: Origin
    thing: Coded
    results: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Left:
    """An entry of the file that nothing is proposed from, and why."""

    path: str
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Record:
    """One person's record as read from one file."""

    person: Person
    problems: tuple[Problem, ...] = ()
    taken: tuple[Taken, ...] = ()
    measured: tuple[Measured, ...] = ()
    panels: tuple[Panel, ...] = ()
    medicines: Mapping[str, Coded] = field(default_factory=dict)  # Medication resources by what refers to them
    skipped: tuple[Left, ...] = ()
    not_read: Mapping[str, int] = field(default_factory=dict)  # kinds of resource that nothing here asks for, counted


Fact = Person | Problem | Taken | Measured | Panel


def plain(text: object) -> str:
    """Text on one line, without invisible and direction-changing characters, and not endless."""
    kept = str(text or "")
    if not kept.isprintable():
        kept = "".join(" " if c.isspace() else c for c in kept if c.isspace() or unicodedata.category(c)[0] != "C")
    words = " ".join(kept.split())
    return words if len(words) <= MOST_LETTERS else f"{words[: MOST_LETTERS - 1]}…"


def when(value: date | datetime | str | None) -> When:
    """A FHIR date or moment; a year or a month alone is no day."""
    if value is None:
        return When()
    if isinstance(value, datetime):
        return When(value.date(), f"{value:%-d %b %Y}", value.isoformat())
    if isinstance(value, date):
        return When(value, f"{value:%-d %b %Y}", value.isoformat())
    return When(None, plain(value), plain(value))
