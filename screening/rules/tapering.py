"""The prescriber's taper as it was told us, and how somebody is looked after meanwhile. Nothing here proposes a dose.

People have got worse off their antidepressants while they waited for treatment (S98 of the clinical facts). So somebody asks
after them every week, from the first step of a taper until the last washout is over.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from accounts.rules.findings import Finding, Mark, Source, refusal
from screening.rules.washout import Clearance
from screening.rules.words import counted, said

EVERY = timedelta(days=7)
WEEKLY = Source(
    "Proposal after press accounts of trial participants who got worse off antidepressants", Mark.NOT_VERIFIED
)


@dataclass(frozen=True, slots=True)
class Step:
    """From this day on, this dose: the prescriber's words."""

    from_on: date
    dose: str


@dataclass(frozen=True, slots=True)
class Watch:
    """A taper or washout is under way: since when, and when the next check is due."""

    since: date
    due_on: date

    def late(self, as_of: date) -> int:
        """Days overdue; 0 on the day and before."""
        return max((as_of - self.due_on).days, 0)

    def words(self, as_of: date) -> str:
        if as_of < self.due_on:
            return f"Next well-being check on {said(self.due_on)}"
        late = self.late(as_of)
        return f"Well-being check {counted(late, 'day')} late" if late else "Well-being check due today"


def refusals(steps: Sequence[Step], *, last_dose_on: date | None, prescriber: str) -> list[Finding]:
    """Every reason why this is no plan that could be followed."""
    reasons = []
    days = [step.from_on for step in steps]
    if not prescriber.strip():
        reasons.append(refusal("prescriber", "Name the prescriber: the plan is theirs."))
    if not steps:
        reasons.append(refusal("steps", "Enter at least one step: a dose, and the day from which it is taken."))
    if any(not step.dose.strip() for step in steps):
        reasons.append(refusal("dose", "Enter the dose of every step."))
    if any(later <= earlier for earlier, later in pairwise(days)):
        reasons.append(refusal("order", "Each step begins later than the one before."))
    if last_dose_on and days and last_dose_on < days[-1]:
        reasons.append(refusal("last-dose", "The last dose is not before the last step."))
    return reasons


def step_on(steps: Iterable[Step], day: date) -> Step | None:
    """The step that holds on a day; None before the first."""
    begun = [step for step in steps if step.from_on <= day]
    return max(begun, key=lambda step: step.from_on) if begun else None


def watch(
    tapers: Iterable[date], entries: Iterable[Clearance], *, last_checked: date | None, as_of: date
) -> Watch | None:
    """Whether somebody has to be asked how they are. `tapers`: first days of the tapers of medicines still taken.

    The first check is due a week after the beginning, each later one a week after the one before.
    """
    washing = [
        entry.medicine.last_dose_on
        for entry in entries
        if entry.finding.blocks and not entry.medicine.ongoing and entry.medicine.last_dose_on
    ]
    begun = [day for day in (*tapers, *washing) if day <= as_of]
    if not begun:
        return None
    since = min(begun)
    return Watch(since, max(since, last_checked or since) + EVERY)
