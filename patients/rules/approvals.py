"""Which approvals an access route rests on, and whether they are there and in force."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from accounts.rules.findings import Finding, Mark, Outcome, Source

BRIEF = Source("The clinic's brief", Mark.BRIEF)

# Kinds of approval each route needs, with where that is written.
NEEDED: dict[str, tuple[tuple[str, ...], Source]] = {
    "trial": (("ethics", "regulator"), BRIEF),
    "expanded_access": (
        ("ethics", "regulator"),
        Source("Expanded access, site requirements (maps.org)", Mark.PUBLISHED),
    ),
    "authorised_prescriber": (
        ("ethics", "prescriber"),
        Source("Authorised prescribers of MDMA (tga.gov.au)", Mark.PUBLISHED),
    ),
    "special_access": (("regulator",), Source("Special Access Program notice, 2023 (canada.ca)", Mark.PUBLISHED)),
}
TITLES = {
    "ethics": "ethics committee's approval",
    "regulator": "regulator's approval",
    "prescriber": "prescriber's authority",
    "sponsor": "sponsor's agreement",
}
SOON = dt.timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Approval:
    kind: str
    reference: str
    approved_on: dt.date
    expires_on: dt.date


def findings(route: str, approvals: Iterable[Approval], on: dt.date) -> list[Finding]:
    """One finding for each approval the route needs: met, missing, not yet valid or expired on the day."""
    needed, source = NEEDED[route]
    held = list(approvals)
    return [_finding(kind, [approval for approval in held if approval.kind == kind], source, on) for kind in needed]


def _finding(kind: str, held: list[Approval], source: Source, on: dt.date) -> Finding:
    what = TITLES[kind]
    code = f"approval-{kind}"
    if not held:
        return Finding(
            code, Outcome.NOT_MET, f"The {what} is missing. Record it with its reference and expiry.", "", source
        )
    valid = [approval for approval in held if approval.approved_on <= on <= approval.expires_on]
    if valid:
        last = max(valid, key=lambda approval: approval.expires_on)
        sentence = f"The {what} is in force until {last.expires_on:%-d %B %Y}."
        if last.expires_on - on <= SOON:
            sentence += f" It expires in {(last.expires_on - on).days} days: ask for its renewal now."
        return Finding(code, Outcome.MET, sentence, last.reference, source)
    last = max(held, key=lambda approval: approval.expires_on)
    if last.expires_on < on:
        sentence = f"The {what} expired on {last.expires_on:%-d %B %Y}. Record the renewed one."
    else:
        sentence = f"The {what} begins only on {last.approved_on:%-d %B %Y}."
    return Finding(code, Outcome.NOT_MET, sentence, last.reference, source)
