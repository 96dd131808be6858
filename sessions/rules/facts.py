"""What is known of a dosing day at one instant. Every value that nobody has established is None or absent, never assumed.

Times carry the clinic's zone, because the sentences made from them are read by people in that clinic.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from accounts.rules.findings import Finding
from patients.rules.protocol import DosePlan, DosingDay, VitalLimit
from sessions.rules.vitals import Reading


class Basis(StrEnum):
    """What a figure in milligrams weighs. 80 mg of the hydrochloride is 67 mg of base: the two are never mixed."""

    HYDROCHLORIDE = "HCl"
    FREE_BASE = "base"


class DoseKind(StrEnum):
    INITIAL = "initial"
    SUPPLEMENTAL = "supplemental"


class Check(StrEnum):
    """What is asked and written down on the day."""

    IDENTITY = "identity"
    CONSENT = "consent"
    TOUCH = "touch"
    FASTING = "fasting"
    ABSTAINED = "abstained"
    PREGNANCY = "pregnancy"
    URINE = "urine"
    SUICIDE_RISK = "suicide_risk"
    DISTRESS = "distress"
    PHYSICIAN = "physician"
    ATTENDANT = "attendant"
    ROOM = "room"
    AFFIRMED = "affirmed"
    ORIENTED = "oriented"
    GAIT = "gait"
    STABLE = "stable"
    ADULT = "adult"
    NO_DRIVING = "no_driving"


@dataclass(frozen=True, slots=True)
class Answer:
    """One check as answered. `number` is hours for fasting, 0-5 for the C-SSRS, 0-10 for distress; otherwise None."""

    check: Check
    good: bool
    at: datetime
    number: float | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on duty. `live` says whether licence and training hold today; None when nobody knows."""

    key: str
    name: str
    live: bool | None


@dataclass(frozen=True, slots=True)
class Given:
    """A dose that was given in this session."""

    kind: DoseKind
    mg: float
    basis: Basis
    at: datetime


@dataclass(frozen=True, slots=True)
class Proposal:
    """A dose somebody is about to give: milligrams, the basis they are counted in, and two people by key."""

    kind: DoseKind
    mg: float
    basis: Basis | None
    lot: str
    given_by: str
    witnessed_by: str


@dataclass(frozen=True, slots=True)
class Facts:
    now: datetime
    therapists_needed: int
    present: tuple[Person, ...]  # therapists who have arrived and not left
    physician: Person | None
    eligibility: tuple[Finding, ...] | None  # screening's answer at this instant; None when it could not be had
    may_be_pregnant: bool | None  # None is treated as yes
    answers: tuple[Answer, ...]
    readings: tuple[Reading, ...]
    severe_effects: tuple[str, ...]  # severe and still going on
    doses: tuple[Given, ...]
    earlier_mg: float | None  # given in the course's other sessions
    plan: DosePlan | None
    day: DosingDay
    course_maximum: float | None
    salt: Basis | None  # the protocol's
    limits: tuple[VitalLimit, ...]
    reason: str = ""  # why a supplement is withheld or the day called off

    def answer(self, check: Check, *, since: datetime | None = None) -> Answer | None:
        """The latest answer, or the latest after a moment."""
        found = [row for row in self.answers if row.check is check and (since is None or row.at > since)]
        return max(reversed(found), key=lambda row: row.at, default=None)  # of one instant, the last written

    def dose(self, kind: DoseKind) -> Given | None:
        return next((dose for dose in self.doses if dose.kind is kind), None)

    def latest(self, measure: str, *, since: datetime | None = None) -> Reading | None:
        """The latest reading that holds this measure."""
        found = [
            row for row in self.readings if row.value(measure) is not None and (since is None or row.taken_at > since)
        ]
        return max(reversed(found), key=lambda row: row.taken_at, default=None)

    @property
    def session_mg(self) -> float:
        return sum(dose.mg for dose in self.doses)


def basis_of(salt: str) -> Basis | None:
    """The basis a protocol's salt is counted in; None when its name tells neither."""
    words = salt.casefold()
    if "hydrochloride" in words or "hcl" in words:
        return Basis.HYDROCHLORIDE
    return Basis.FREE_BASE if "base" in words else None
