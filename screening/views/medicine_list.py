"""The medicines of the screening page: what is waited for and for how long, what may go on, and what MDMA does with each."""

from dataclasses import dataclass
from datetime import date

from accounts.rules.findings import Outcome
from patients.models import Course
from screening.actions.tapering import watch_of
from screening.models import TaperPlan
from screening.rules.candidate import Candidate
from screening.rules.interactions import Interaction, Restart, interactions, restarts
from screening.rules.tapering import Step, step_on
from screening.rules.washout import Clearance, clear_from, clearances


@dataclass(frozen=True, slots=True)
class Row:
    """One medicine; its washout as a bar of days gone out of days needed."""

    clearance: Clearance
    gone: int
    needed: int
    left: int
    interactions: tuple[Interaction, ...]

    @property
    def share(self) -> int:
        """Percent of the bar that is filled."""
        return min(100, round(100 * self.gone / self.needed)) if self.needed else 0


@dataclass(frozen=True, slots=True)
class MedicineList:
    """The list as a clinician goes through it. `clear_from` None: nobody can give a date."""

    in_the_way: list[Row]
    may_continue: list[Row]
    washed_out: list[Row]
    restarts: list[Restart]
    clear_from: date | None
    left: int
    tapers: list[tuple[TaperPlan, Step | None]]  # the plans that hold, each with today's step
    check: str  # when the next well-being check is due; empty outside a taper or washout
    check_late: bool

    @property
    def is_empty(self) -> bool:
        return not (self.in_the_way or self.may_continue or self.washed_out)


def listed(course: Course, candidate: Candidate, today: date) -> MedicineList:
    """Everything that the section shows on a day."""
    entries = clearances(candidate, course.plan.washout, as_of=today)
    rows = [_row(entry, today) for entry in entries]
    met = [row for row in rows if row.clearance.finding.outcome is Outcome.MET]
    until = clear_from(entries, as_of=today)
    plans = course.taper_plans.filter(medicine__ongoing=True).newest().select_related("medicine")
    watch = watch_of(course, entries, today)
    return MedicineList(
        in_the_way=[row for row in rows if row.clearance.finding.blocks],
        may_continue=[row for row in met if not _is_over(row.clearance)],
        washed_out=[row for row in met if _is_over(row.clearance)],
        restarts=restarts(candidate.medicines, dosed_on=candidate.dosed_on, as_of=today),
        clear_from=until,
        left=max((until - today).days, 0) if until else 0,
        tapers=[(plan, step_on(plan.as_steps, today)) for plan in plans],
        check=watch.words(today) if watch else "",
        check_late=bool(watch and watch.late(today)),
    )


def _is_over(entry: Clearance) -> bool:
    """Whether it is no longer taken, rather than taken on."""
    return entry.medicine.ongoing is False


def _row(entry: Clearance, today: date) -> Row:
    needed = max((washout.days or 0 for washout in entry.washouts), default=0)
    last = entry.medicine.last_dose_on
    gone = min(max((today - last).days, 0), needed) if last and not entry.medicine.ongoing else 0
    left = (entry.clear_from - today).days if entry.clear_from and entry.clear_from > today else 0
    return Row(entry, gone, needed, left, interactions(entry.medicine.name))
