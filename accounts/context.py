from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from accounts.models import grant_for

# (title, icon, view name, path prefix that marks it as current)
RAIL = [
    ("Today", "sun", "reports:today", "/$"),
    ("Courses", "route", "reports:board", "/courses/"),
    ("Calendar", "calendar-days", "sessions:calendar", "/calendar/"),
    ("Patients", "users", "patients:list", "/patients/"),
    ("Ratings", "clipboard-list", "integration:ratings", "/ratings/"),
    ("Hours", "clock", "sessions:hours", "/hours/"),
    ("Reports", "file-text", "reports:list", "/reports/"),
    ("Reminders", "bell", "reminders:log", "/reminders/"),
    ("Protocols", "book-open", "patients:protocols", "/protocols/"),
    ("Clinic", "building-2", "accounts:people", "/clinic/"),
]


def frame(request: HttpRequest) -> dict[str, Any]:
    """What the frame of every page shows: the rail this person may use, the clinic and its clock."""
    grant = getattr(request, "grant", None)
    if grant is None:
        return {"rail": [], "clinic": None}
    entries = []
    for title, icon, name, prefix in RAIL:
        open_to_all = name in ("reports:today", "patients:protocols")
        if not open_to_all and grant_for(request.user, name, grant.on).empty:
            continue
        try:
            href = reverse(name)
        except NoReverseMatch:
            continue
        current = request.path == "/" if prefix == "/$" else request.path.startswith(prefix)
        entries.append({"title": title, "icon": icon, "href": href, "current": current})
    return {"rail": entries, "clinic": request.clinic}
