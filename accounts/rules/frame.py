"""What the frame of every page shows to somebody: the entries of the rail and of the clinic's strip that they may open."""

from collections.abc import Iterable
from dataclasses import dataclass

from accounts.rules.access import PAGES, Door, Role


@dataclass(frozen=True, slots=True)
class Entry:
    title: str
    icon: str
    name: str  # of the view
    under: tuple[str, ...] = ()  # paths below which this entry is the current one


RAIL = (
    Entry("Today", "sun", "reports:today"),
    Entry("Courses", "route", "reports:board", ("/courses/",)),
    Entry("Calendar", "calendar-days", "sessions:calendar", ("/calendar/", "/visits/")),
    Entry("Patients", "users", "patients:list", ("/patients/", "/search/", "/prescreens/", "/screen-failures/")),
    Entry("Ratings", "clipboard-list", "integration:ratings", ("/ratings/",)),
    Entry("Hours", "clock", "sessions:hours", ("/hours/",)),
    Entry("Reports", "file-text", "reports:list", ("/reports/", "/verify/")),
)
CLINIC = (
    Entry("People", "", "accounts:people", ("/clinic/people/",)),
    Entry("Rooms", "", "sessions:rooms", ("/clinic/rooms/",)),
    Entry("Working hours", "", "sessions:working_hours", ("/clinic/working-hours/",)),
    Entry("Leave", "", "sessions:leave", ("/clinic/leave/", "/clinic/left-outside/")),
    Entry("Duty", "", "sessions:duty", ("/clinic/duty/",)),
    Entry("Protocols", "", "patients:protocols", ("/protocols/",)),
    Entry("Consent texts", "", "screening:consent_texts", ("/clinic/consent-texts/",)),
    Entry("Reminder log", "", "reminders:log", ("/reminders/",)),
    Entry("Access", "", "accounts:access", ("/clinic/access/",)),
)


def may_open(roles: Iterable[Role]) -> frozenset[str]:
    """Names of the views that somebody with these roles can open at all, for the whole clinic or for their own courses."""
    held = frozenset(roles)
    return frozenset(
        name for name, page in PAGES.items() if page.door is not Door.ROLES or page.clinic & held or page.team & held
    )


def is_current(entry: Entry, path: str) -> bool:
    return path == "/" if not entry.under else path.startswith(entry.under)
