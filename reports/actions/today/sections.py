import datetime as dt
from collections.abc import Callable

from accounts.models import User
from accounts.rules.access import Role
from reports.actions.today.courses import blocked_courses, blocked_days, decide_again, decisions
from reports.actions.today.due import measures_due, ratings_due, well_being_due
from reports.actions.today.lines import Section
from reports.actions.today.openings import odd_openings
from reports.actions.today.papers import lapsing_approvals, lapsing_papers, six_monthly
from reports.actions.today.reader import Reader
from reports.actions.today.visits import clinic_today, doses_needed, dosing_today, my_visits, my_week, unsigned_notes

SECTIONS: dict[Role, list[Callable[[Reader], Section | None]]] = {
    Role.THERAPIST: [my_visits, blocked_days, unsigned_notes, well_being_due, measures_due, my_week],
    Role.PHYSICIAN: [dosing_today, blocked_days, well_being_due, decide_again, decisions],
    Role.COORDINATOR: [clinic_today, blocked_days, blocked_courses, lapsing_approvals],
    Role.CUSTODIAN: [doses_needed],
    Role.RATER: [ratings_due],
    Role.ADMIN: [lapsing_papers, lapsing_approvals, six_monthly],
    Role.PRIVACY: [odd_openings],
}


def sections_for(user: User, *, on: dt.date, at: dt.datetime) -> list[Section]:
    """Everything that waits for this person today, in the order of their roles."""
    reader = Reader(user, on, at)
    roles = {Role(role) for membership in user.current_memberships(on) for role in membership.roles}
    makers = [maker for role, own in SECTIONS.items() if role in roles for maker in own]
    # Blocked days come last: they take what other sections have gathered of the same courses.
    made = {maker: maker(reader) for maker in sorted(makers, key=lambda maker: maker is blocked_days)}
    return [section for maker in dict.fromkeys(makers) if (section := made[maker]) is not None]
