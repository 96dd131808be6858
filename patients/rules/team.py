"""Who may join a care team: the role, the licence and the training that a duty asks for, unexpired on the day."""

import datetime as dt
from dataclasses import dataclass

from accounts.rules.access import PAGES, ROLE_TITLES, Role
from accounts.rules.findings import Finding, Mark, Outcome, Source

BRIEF = Source("The clinic's brief", Mark.BRIEF)

CREDENTIAL_TITLES = {
    "licence": "licence to practise",
    "training": "MDMA therapy training",
    "prescriber": "prescriber registration",
}


@dataclass(frozen=True, slots=True)
class Held:
    """A credential somebody holds."""

    kind: str
    title: str
    expires_on: dt.date


@dataclass(frozen=True, slots=True)
class Person:
    """What is known about somebody who might join: roles in force on the day, and credentials, lapsed ones too."""

    name: str
    roles: frozenset[Role]
    credentials: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class Duty:
    """What a place on the care team asks for."""

    title: str
    role: Role
    credentials: tuple[str, ...]


DUTIES = {
    "lead": Duty("lead therapist", Role.THERAPIST, ("licence", "training")),
    "second": Duty("second therapist", Role.THERAPIST, ("licence", "training")),
    "physician": Duty("physician", Role.PHYSICIAN, ("licence",)),
    "rater": Duty("independent rater", Role.RATER, ()),
}


def refusals(person: Person, duty: str, on: dt.date) -> list[Finding]:
    """Every reason why this person may not take this duty on this day; empty when they may."""
    wanted = DUTIES[duty]
    reasons: list[Finding] = []
    if wanted.role not in person.roles:
        reasons.append(
            _reason(
                "team-role",
                f"{person.name} is not a {ROLE_TITLES[wanted.role].lower()} of this clinic, as a {wanted.title} must be.",
            )
        )
    for kind in wanted.credentials:
        reasons += _credential_reasons(person, kind, on)
    if duty == "rater" and (seeing := person.roles & PAGES["reports:course"].clinic):
        titles = " and ".join(ROLE_TITLES[role].lower() for role in Role if role in seeing)
        reasons.append(
            _reason(
                "team-blinding",
                f"{person.name} is also {titles} of this clinic and may open every course, so the rating would not be"
                " blinded. Choose somebody else, or take the other role away under Clinic, People.",
            )
        )
    return reasons


def _credential_reasons(person: Person, kind: str, on: dt.date) -> list[Finding]:
    held = [credential for credential in person.credentials if credential.kind == kind]
    what = CREDENTIAL_TITLES[kind]
    if not held:
        return [_reason(f"team-{kind}", f"{person.name} has no {what} on record. Record it under Clinic, People.")]
    latest = max(held, key=lambda credential: credential.expires_on)
    if latest.expires_on < on:
        return [
            _reason(
                f"team-{kind}",
                f"The {what} of {person.name} expired on {latest.expires_on:%-d %B %Y}. Record the renewed one under Clinic, People.",
                evidence=latest.title,
            )
        ]
    return []


def doubled(chosen: dict[str, str]) -> list[Finding]:
    """Refuses one person in two places; `chosen` maps a duty to a person's name or key."""
    seen: dict[str, str] = {}
    reasons: list[Finding] = []
    for duty, person in chosen.items():
        if person in seen:
            reasons.append(
                _reason(
                    "team-doubled",
                    f"The {DUTIES[seen[person]].title} and the {DUTIES[duty].title} must be two different people.",
                )
            )
        seen.setdefault(person, duty)
    return reasons


def _reason(code: str, sentence: str, evidence: str = "") -> Finding:
    return Finding(code, Outcome.NOT_MET, sentence, evidence, BRIEF)
