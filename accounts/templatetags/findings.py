from collections.abc import Iterable
from typing import Any

from django import template

from accounts.rules.findings import Finding, Outcome

register = template.Library()

GROUPS = [
    ("Stops", (Outcome.NOT_MET,)),
    ("Missing or still running", (Outcome.UNKNOWN, Outcome.WAITING)),
    ("For judgement", (Outcome.JUDGEMENT,)),
    ("Met", (Outcome.MET,)),
]


@register.filter
def said_once(findings: Iterable[Finding]) -> list[Finding]:
    """Findings without those that say the very same again, as missing evidence does for each of its requirements."""
    once: dict[tuple[Outcome, str], Finding] = {}
    for finding in findings:
        once.setdefault((finding.outcome, finding.sentence), finding)
    return list(once.values())


@register.filter
def grouped(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Findings in the order in which a clinician needs them; empty groups are left out."""
    everything = said_once(findings)
    groups = [(title, [f for f in everything if f.outcome in outcomes]) for title, outcomes in GROUPS]
    return [{"title": title, "findings": found} for title, found in groups if found]
