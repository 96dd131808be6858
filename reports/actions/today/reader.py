import datetime as dt
from dataclasses import dataclass, field

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User, grant_for
from patients.models import Course
from patients.models.course import CourseQuerySet
from reports.actions.courses import Standing, standings, with_everything
from sessions.models import Visit


@dataclass(frozen=True)
class Reader:
    """The person who looks, and the moment."""

    user: User
    on: dt.date
    at: dt.datetime
    gathered: dict[str, list[Standing]] = field(default_factory=dict, compare=False, repr=False)

    def visits(self, page: str) -> QuerySet[Visit]:
        rows = Visit.objects.visible_to(grant_for(self.user, page, self.on))
        return rows.select_related("course__patient", "room")

    def courses(self, page: str) -> CourseQuerySet:
        return Course.objects.visible_to(grant_for(self.user, page, self.on))

    def standings(self, page: str) -> list[Standing]:
        """The active courses of a page as they stand; gathered once, however many sections ask."""
        if page not in self.gathered:
            self.gathered[page] = standings(with_everything(self.courses(page).active()), at=self.at)
        return self.gathered[page]

    def measured(self, page: str) -> CourseQuerySet:
        """Courses with what their measures are decided from."""
        rows = self.courses(page)
        return rows.select_related("patient", "clinic").prefetch_related("protocol", "team")

    def between(self, first: int, last: int) -> tuple[dt.datetime, dt.datetime]:
        """From the beginning of one day to the end of another, counted from today, in the clinic's zone."""
        zone = timezone.get_current_timezone()
        start = dt.datetime.combine(self.on + dt.timedelta(days=first), dt.time(), zone)
        return start, dt.datetime.combine(self.on + dt.timedelta(days=last + 1), dt.time(), zone)
