"""What stands against a dosing day that is booked already, as far as it is known today.

Time alone takes away some reasons until then (a washout that ends before the day) and brings others (evidence that will be
out of date). Only what is wrong today and will still be wrong on the day blocks it; the rest is to be renewed in time.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date

from accounts.rules.findings import Finding
from patients.rules.protocol import Protocol
from screening.rules.candidate import Candidate
from screening.rules.verdict import reasons


@dataclass(frozen=True, slots=True)
class Outlook:
    """`blocked`: every reason that is there today and does not end by itself.

    What runs out before the day is worked out when it is asked: lists of hundreds of days show only what blocks them.
    """

    blocked: tuple[Finding, ...] = ()
    running_out: Callable[[], tuple[Finding, ...]] = field(default=tuple, compare=False, repr=False)

    @property
    def is_blocked(self) -> bool:
        return bool(self.blocked)

    @property
    def renew(self) -> tuple[Finding, ...]:
        """What is met today and will not be on the day."""
        return self.running_out()


def outlooks(
    protocol: Protocol, candidate: Candidate, standing: Iterable[Finding], days: Iterable[date], *, today: date
) -> dict[date, Outlook]:
    """The outlook of each booked day. `standing` is what holds on every day alike: the newest decision, the suicide risk."""
    open_today = {finding.code for finding in reasons(protocol, candidate, as_of=today)}
    always = tuple(finding for finding in standing if finding.blocks)
    return {day: _outlook(protocol, candidate, always, open_today, max(day, today), today) for day in set(days)}


def _outlook(
    protocol: Protocol, candidate: Candidate, always: tuple[Finding, ...], open_today: set[str], day: date, today: date
) -> Outlook:
    planned = as_planned(candidate, by=day, today=today)
    still = reasons(protocol, planned, as_of=day, among=open_today) if open_today else ()

    def running_out() -> tuple[Finding, ...]:
        then = reasons(protocol, planned, as_of=day)
        return said_once(finding for finding in then if finding.code not in open_today)

    return Outlook(said_once((*always, *still)), running_out)


def as_planned(candidate: Candidate, *, by: date, today: date) -> Candidate:
    """The candidate of a later day if every last dose that is planned until then is the last one."""
    medicines = tuple(
        replace(taken, ongoing=False)
        if taken.ongoing and taken.last_dose_on and today < taken.last_dose_on < by
        else taken
        for taken in candidate.medicines
    )
    return replace(candidate, medicines=medicines)


def said_once(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings without those that repeat a sentence: one missing ECG is one reason, however many criteria wait for it."""
    first: dict[str, Finding] = {}
    for finding in findings:
        first.setdefault(finding.sentence, finding)
    return tuple(first.values())
