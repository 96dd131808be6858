"""The only way to read a clinic's records: through what one person may reach on one page."""

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.db.models import Q

from accounts.rules.access import PAGES, duties_on, reaches

if TYPE_CHECKING:
    from accounts.models.people import User


@dataclass(frozen=True, slots=True)
class Grant:
    """What one person reaches on one page on one day: clinic ids reached whole, and those reached by care team only."""

    user_id: int
    page: str
    clinics: frozenset[int]
    team_clinics: frozenset[int]
    on: dt.date

    @property
    def empty(self) -> bool:
        return not self.clinics and not self.team_clinics


def grant_for(user: "User", page: str, on: dt.date) -> Grant:
    """The grant of a page in the access table. A page without a row, or a person without a role, reaches nothing."""
    whole: set[int] = set()
    by_team: set[int] = set()
    row = PAGES.get(page)
    if row is not None and user.is_active:
        for membership in user.current_memberships(on):
            clinic_wide, team = reaches(row, membership.held)
            if clinic_wide:
                whole.add(membership.clinic_id)
            if team:
                by_team.add(membership.clinic_id)
    return Grant(user.pk, page, frozenset(whole), frozenset(by_team), on)


class ScopedQuerySet(models.QuerySet):
    """A QuerySet of records that a clinic owns. Paths are written from the model: "course__clinic", "course__team"."""

    clinic_path: ClassVar[str] = "clinic"
    team_path: ClassVar[str | None] = None

    def visible_to(self, grant: Grant) -> Self:
        reach = Q(**{f"{self.clinic_path}__in": grant.clinics})
        if self.team_path and grant.team_clinics:
            # A subquery, so that two care-team rows of one person cannot double a record.
            on_team = self.model._base_manager.filter(
                Q(**{f"{self.team_path}__ends_on": None}) | Q(**{f"{self.team_path}__ends_on__gte": grant.on}),
                **{
                    f"{self.team_path}__user": grant.user_id,
                    f"{self.team_path}__starts_on__lte": grant.on,
                    f"{self.clinic_path}__in": grant.team_clinics,
                    f"{self.team_path}__duty__in": duties_on(grant.page),
                },
            )
            reach |= Q(pk__in=on_team.values("pk"))
        return self.filter(reach)
